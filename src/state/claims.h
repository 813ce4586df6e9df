/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guesses about who was given what, kept for as long as a later record may
 * correct them; shared by lineage.c and proc.c alone.
 *
 * In a pid namespace a clone's number does not tell which child it made, and
 * the younger of two children may speak first: it gets what was left for the
 * elder one. When that one comes, with a lower pid, they change over.
 *
 * A child made by CLONE_PARENT that speaks before the record of the clone that
 * made it gets what its ppid= holds, and hands that on; see inherit.h.
 */
#ifndef AUSPEX_STATE_CLAIMS_H
#define AUSPEX_STATE_CLAIMS_H

#include "state/forks.h"

/* A clone that a child was given because it was the next one. */
struct claim {
	struct proc *child; /* a reference; NULL: an empty slot */
	const struct proc *caller;
	struct evref event;
	struct fdtab *fds;   /* a reference: what the child was given */
	struct image *image; /* a reference */
};

/* A number that a process closed while it was not settled whose child it is. */
struct early_close {
	const struct proc *proc; /* not to be followed: it may be gone */
	uint32_t started;
	int fd;
	struct evref at;
};

/* Who made child, and may have handed on to it what was not its own. */
struct handed {
	struct proc *maker, *child; /* references; NULL: an empty slot */
	struct evref event;
};

struct claims {
	struct claim list[LIMIT_CLAIMS];
	unsigned next;
	struct early_close closes[LIMIT_EARLY_CLOSES];
	unsigned next_close;
	struct handed handed[LIMIT_HANDED];
	unsigned next_handed;
};

/* Lets go of all of them. */
void claims_clear(struct claims *claims);
/* child, which is new, gets fork. */
void claims_add(struct claims *claims, struct proc *child, const struct fork *fork);
/* The first of caller's children that has a higher pid than pid; or NULL. */
struct claim *claims_above(struct claims *claims, const struct proc *caller, int64_t pid);
/*
 * The clones change over: afterwards fork holds what the claim's child was
 * given so far, and the claim and its child what fork held.
 */
void claims_swap(struct claims *claims, struct claim *claim, struct fork *fork);
/* Closes in a table, which is owner's (NULL: a snapshot), what proc has closed
 * while it was unsettled and not after that event. */
void claims_close_again(const struct claims *claims, const struct proc *proc,
			struct evref until, struct fdtab **tab, struct proc *owner);
void claims_hand(struct claims *claims, struct proc *maker, struct proc *child,
		 struct evref at);

#endif
