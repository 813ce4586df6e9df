/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the kernel's audit and auditd fare, by what the helper asked them: what
 * they lost before it could come to us goes into the health table.
 */
#ifndef AUSPEX_ENGINE_PULSE_H
#define AUSPEX_ENGINE_PULSE_H

#include "engine/engine.h"

/* One kind of trouble, from when it began to when it was last seen to grow. */
struct trouble {
	stamp_ms since; /* 0: all is well */
	uint64_t count;
};

struct pulse {
	bool known;
	stamp_ms seen; /* when we last heard */
	uint64_t lost; /* the kernel's counter then */
	struct trouble losing, off, limited, overflow;
};

/* Takes the texts of an ASK_STATUS. */
int pulse_take(struct pulse *pulse, struct slice texts, struct engine *engine,
	       struct err *err);

#endif
