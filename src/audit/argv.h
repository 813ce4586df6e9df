/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments in EXECVE records: "aN=value", or in pieces "aN_len=LENGTH
 * aN[0]=piece aN[1]=piece", over as many records as it takes
 * (audit_log_execve_info() in kernel/auditsc.c).
 */
#ifndef AUSPEX_AUDIT_ARGV_H
#define AUSPEX_AUDIT_ARGV_H

#include "audit/event.h"

/* false: the event has no EXECVE record. Everything is in arena or borrowed. */
bool argv_join(const struct event *event, struct arena *arena, struct event_argv *out);

/* Are all arguments that argc= counts in the records, with all their pieces? */
bool argv_complete(const struct event *event);

#endif
