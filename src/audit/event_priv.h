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
 * What the SYSCALL records of a task end with, from ppid= on: the same for
 * many of them, so that it is decoded once. Changes nothing of what comes
 * out. To be freed with free().
 */
struct syscall_ends;
struct syscall_ends *syscall_ends_new(void);

/*
 * Makes an event that has all its records ready for its readers: decodes
 * SYSCALL, adds to event->missing what the records do not hold.
 * proctitle: does this kernel write PROCTITLE records?
 */
void event_finish(struct event *event, bool proctitle, struct syscall_ends *ends);

#endif
