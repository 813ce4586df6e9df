/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clones that a caller's record showed and no child has claimed yet, with
 * what the child inherits. They outlive their caller: the child of a double
 * fork speaks first when its parent is gone.
 */
#ifndef AUSPEX_STATE_FORKS_H
#define AUSPEX_STATE_FORKS_H

#include "state/proc.h"

struct fork {
	struct proc *caller; /* a reference */
	int64_t number;      /* exit=: a pid or thread id in the caller's namespace */
	struct evref event;
	struct fork_flags flags;
	struct fdtab *fds;   /* as they were then: a reference */
	struct image *image; /* what the caller ran then: a reference */
	struct cred cred;
	struct fork *older, *newer;   /* of the same caller */
	struct fork *elder, *younger; /* of all callers */
};

/* All of them, by age. */
struct forks {
	struct fork *eldest, *youngest;
	size_t count;
};

/* Makes room by dropping the oldest ones. */
void forks_add(struct forks *forks, struct proc *caller, int64_t number, struct evref at,
	       struct fork_flags flags);
/* The newest with that number among callers that may be in the host's own pid
 * namespace, or NULL. */
struct fork *forks_by_number(const struct host *host, int64_t number);
void forks_drop(struct forks *forks, struct fork *fork);
/* All of that host; NULL: all. */
void forks_drop_host(struct forks *forks, const struct host *host);

#endif
