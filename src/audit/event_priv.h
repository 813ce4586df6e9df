/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the assembler needs of event.c, and what both keep per event. */
#ifndef AUSPEX_AUDIT_EVENT_PRIV_H
#define AUSPEX_AUDIT_EVENT_PRIV_H

#include "audit/event.h"

/* What was decoded once, so that it is not decoded again. */
struct event_memo {
	bool have_paths, have_argv;
	uint32_t npaths;
	const struct event_path *paths;
	bool has_argv;
	struct event_argv argv;
};

/*
 * Makes an event that has all its records ready for its readers: decodes
 * SYSCALL, adds to event->missing what the records do not hold.
 * proctitle: does this kernel write PROCTITLE records?
 */
void event_finish(struct event *event, bool proctitle);

#endif
