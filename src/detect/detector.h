/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A detector looks at activities and the world model, and emits findings.
 * It can neither log nor write nor change what it looks at.
 */
#ifndef AUSPEX_DETECT_DETECTOR_H
#define AUSPEX_DETECT_DETECTOR_H

#include "config/config.h"
#include "finding/finding.h"
#include "manifest/set.h"
#include "state/state.h"

/* What detectors are told once; borrowed, must outlive them. */
struct detect_setup {
	const struct manifest_set *manifests;
	const struct config *config;
};

/* Where findings go; takes *finding over. */
struct finding_out {
	void (*emit)(void *ctx, struct finding *finding);
	void *ctx;
};

struct detector {
	const char *name;
	/* init and fini: NULL where nothing is remembered; self is NULL then */
	void *(*init)(const struct detect_setup *setup);
	/* state: after the activity */
	void (*activity)(void *self, const struct state *state, const struct activity *act,
			 const struct finding_out *out);
	/* the input has ended: what was held back must be decided now; or NULL */
	void (*finish)(void *self, const struct state *state,
		       const struct finding_out *out);
	void (*fini)(void *self);
};

/* NULL-terminated. */
const struct detector *const *detectors(void);

#endif
