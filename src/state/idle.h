/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that live and have done nothing for longest are put away when
 * the world model takes too much: who they are is kept, in a tenth of the
 * space, and what they ran by name; their descriptors and arguments become
 * unknown (the store has the arguments). One that shows up again is taken
 * out, with the same uid. Shared by proc.c and idle.c alone.
 */
#ifndef AUSPEX_STATE_IDLE_H
#define AUSPEX_STATE_IDLE_H

#include "state/proc.h"

enum { LIMIT_SKETCHES = 4096 };

struct idle {
	uint64_t key; /* host's number << 32 | pid */
	uint8_t uid[PROC_UID_HEX / 2];
	struct evref started;
	int32_t ppid;
	uint32_t auid, ses;
	uint32_t images;             /* that it has run, for the store's numbers */
	struct image *sketch;        /* a reference: exe and comm; or NULL */
	struct container *container; /* a use; or NULL */
	char *root;                  /* owned; or NULL */
	struct idle *newer, *older;
	uint8_t container_via, pidns;
	bool observed, start_seen, made_thread;
};

/* Out of the table of the living into that of the idle; false: not now. */
bool idle_put(struct proctab *tab, struct proc *proc);
/* The process with that pid, taken out; NULL: none is put away. */
struct proc *idle_take(struct proctab *tab, struct host *host, int64_t pid);
void idle_forget_host(struct proctab *tab, const struct host *host);
void idle_forget_oldest(struct proctab *tab);
void idle_fini(struct proctab *tab);

#endif
