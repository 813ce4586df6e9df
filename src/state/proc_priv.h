/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What proc.c and lineage.c share; nobody else includes this. */
#ifndef AUSPEX_STATE_PROC_PRIV_H
#define AUSPEX_STATE_PROC_PRIV_H

#include "state/claims.h"

enum {
	LIMIT_GONE = 256,  /* ended processes that may still be spoken of */
	LIMIT_EARLY = 256, /* children that spoke before their parent's clone */
};

/* The newest of something: references, the oldest is overwritten. */
struct recent {
	struct proc *procs[LIMIT_GONE];
	unsigned next;
};
_Static_assert(LIMIT_GONE == LIMIT_EARLY, "one type for both");

struct proctab {
	struct map *hosts; /* by node */
	size_t alive;
	struct forks forks;
	struct fdmem fdmem;
	struct recent gone, early;
	struct claims claims;
	struct proc **dead; /* references: ended, and not buried yet */
	size_t ndead, dead_cap;
	struct proc **changed; /* references, in the order of their first change */
	size_t nchanged, changed_cap, changed_at;
};

void recent_add(struct recent *recent, struct proc *proc);
void recent_clear(struct recent *recent);

/* A process that begins at that event, without anything it could inherit. */
struct proc *proctab_add(struct proctab *tab, struct host *host, int64_t pid,
			 struct evref started);

#endif
