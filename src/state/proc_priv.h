/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What proc.c and lineage.c share; nobody else includes this. */
#ifndef AUSPEX_STATE_PROC_PRIV_H
#define AUSPEX_STATE_PROC_PRIV_H

#include "state/claims.h"
#include "state/idle.h"

/* The newest of something: references, the oldest is overwritten. */
struct recent {
	struct proc *procs[LIMIT_GONE];
	unsigned next;
};
_Static_assert(LIMIT_GONE == LIMIT_EARLY, "one type for both");

struct proctab {
	struct map *hosts;      /* by node */
	struct host *last_host; /* that was asked for */
	size_t alive;
	struct forks forks;
	struct memory mem;
	struct proc *oldest, *newest; /* alive, by activity; borrowed */
	uint32_t nhosts;
	struct idles idles;
	struct map *sketches; /* images of idle processes by exe and comm */
	struct recent gone, early;
	struct claims claims;
	struct proc **dead; /* references: ended, and not buried yet */
	size_t ndead, dead_cap;
	struct proc **changed; /* references, in the order of their first change */
	size_t nchanged, changed_cap, changed_at;
};

/* Out of the table of the living, without an end. */
void proctab_put_away(struct proctab *tab, struct proc *proc);
/* Of who it is and when it began. */
void proc_make_uid(const struct proc *proc, char out[PROC_UID_HEX + 1]);
void recent_add(struct recent *recent, struct proc *proc);
void recent_clear(struct recent *recent);

/* What a living process takes, with its place in the tables. */
enum { PROC_COST = sizeof(struct proc) + MALLOC_COST + 48 };

/* A process that begins at that event, without anything it could inherit. */
struct proc *proctab_add(struct proctab *tab, struct host *host, int64_t pid,
			 struct evref started);

#endif
