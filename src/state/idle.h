/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that live and have done nothing for longest are put away when
 * the world model takes too much: who they are is kept, in a tenth of the
 * space, what they ran by name, and their descriptors (fdtab_rest); their
 * arguments become unknown (the store has them). One that shows up again is
 * taken out, with the same uid. Shared by proc.c, idle.c and save.c alone.
 */
#ifndef AUSPEX_STATE_IDLE_H
#define AUSPEX_STATE_IDLE_H

#include "base/pack.h"
#include "state/proc.h"

enum { LIMIT_SKETCHES = 4096, IDLE_CHUNK = 8 };

/* What few have: a container, a root, a uid that was given from outside. */
struct idle_more {
	char *root;                  /* owned; or NULL */
	struct container *container; /* a use; or NULL */
	uint8_t uid[PROC_UID_HEX / 2];
	bool has_uid;
	uint8_t container_via;
};

/* Numbers of others: 1 and on, 0: none. */
struct idle {
	struct fdrest *rest;    /* descriptors that nobody shares: owned; or NULL */
	struct fdtab *fds;      /* or those that somebody does: a reference */
	struct image *sketch;   /* a reference: exe and comm; or NULL */
	struct idle_more *more; /* owned; or NULL */
	stamp_ms started;
	uint32_t serial;
	uint32_t pid;
	int32_t ppid;
	uint32_t auid, ses;
	uint32_t images;       /* that it has run, for the store's numbers */
	uint32_t newer, older; /* by when they were put away */
	uint32_t next;         /* in the index, or among the free ones */
	uint16_t host;
	uint8_t pidns;
	bool observed : 1, start_seen : 1, made_thread : 1;
};

struct idle_chunk {
	struct idle at[IDLE_CHUNK];
};

struct idles {
	struct idle_chunk **chunks; /* owned */
	uint32_t nchunks, chunks_cap;
	uint32_t count;
	uint32_t free, oldest, newest;
	uint32_t laden;  /* the oldest that may have descriptors */
	uint32_t nindex; /* a power of two; 0: the index is to be made */
	uint32_t *index; /* owned: the first of those with one hash */
};

/* Out of the table of the living into that of the idle; false: not now. */
bool idle_put(struct proctab *tab, struct proc *proc);
/* The process with that pid, taken out; NULL: none is put away. */
struct proc *idle_take(struct proctab *tab, struct host *host, int64_t pid);
void idle_forget_host(struct proctab *tab, const struct host *host);
void idle_forget_oldest(struct proctab *tab);
void idle_fini(struct proctab *tab);

extern const struct pack_type pack_idles;

#endif
