/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptor tables: which number stands for which open file description.
 *
 * What the records do not show is unknown, not empty: a number without an
 * entry may be anything that was inherited from before the log began.
 */
#ifndef AUSPEX_STATE_FDTAB_H
#define AUSPEX_STATE_FDTAB_H

#include "state/fdobj.h"

enum fd_how { FD_BORN, FD_DUPLICATED, FD_INHERITED };

struct fdent {
	struct fdobj *obj;   /* a reference of the table's */
	struct evref placed; /* the event that put it at this number */
	int fd;
	int from : 24; /* FD_DUPLICATED: the number it was copied from; -1 */
	enum fd_how how : 4;
	bool cloexec : 1;
	bool ghost : 1; /* closed by an exec if close-on-exec was still set; see fdtab_exec */
	bool unsure : 1; /* copied from a number that may have been used anew unseen */
};

struct fdtab;

/*
 * A table belongs to one process; a fork's snapshot shares it until one side
 * writes. Only the owner counts as holder of what the table names.
 */
struct fdtab *fdtab_new(struct memory *mem);
struct fdtab *fdtab_ref(struct fdtab *tab);
void fdtab_unref(struct fdtab **tab);

/* NULL: not known, or a ghost. */
const struct fdent *fdtab_get(const struct fdtab *tab, int fd);
/* The same, ghosts as well. */
const struct fdent *fdtab_get_ghost(const struct fdtab *tab, int fd);
size_t fdtab_count(const struct fdtab *tab);
/*
 * Entries by number, ghosts as well, from a zeroed struct fdtab_iter on:
 * upwards with fdtab_next, downwards with fdtab_prev. At most LIMIT_FD_SCAN
 * of them; then, and at the end, NULL. The table must not change.
 */
struct fdtab_iter {
	uint32_t done, leaf, at;
};
const struct fdent *fdtab_next(const struct fdtab *tab, struct fdtab_iter *it);
const struct fdent *fdtab_prev(const struct fdtab *tab, struct fdtab_iter *it);

/*
 * A number was given out that the table thinks is taken: a close was not
 * recorded, and others may not have been. From then on older entries are
 * unsure.
 */
void fdtab_note_leak(struct fdtab **tab, struct evref at);
/* Was ent placed before such a leak was noticed? */
bool fdtab_is_leaky(const struct fdtab *tab, const struct fdent *ent);

/*
 * Changes for a process. *tab is replaced by a copy first where a snapshot
 * shares it. put takes its own reference on obj; false: over LIMIT_FDS.
 */
bool fdtab_put(struct fdtab **tab, struct proc *owner, const struct fdent *ent);
void fdtab_close(struct fdtab **tab, struct proc *owner, int fd);
void fdtab_close_range(struct fdtab **tab, struct proc *owner, uint64_t first,
		       uint64_t last, bool only_mark);
/*
 * execve: what is marked close-on-exec goes. Rules seldom audit F_SETFD, so
 * the mark may have been taken off unseen: such an entry stays as a ghost
 * until the next exec, and lives again when its number is duplicated.
 */
void fdtab_exec(struct fdtab **tab, struct proc *owner);
/* The process begins (or ceases) to hold all that its table names. */
void fdtab_hold(struct fdtab *tab, struct proc *owner);
void fdtab_release(struct fdtab *tab, struct proc *owner);

/*
 * The table of a process that is put away, which holds none of it any more
 * (fdtab_release). NULL: there is nothing in it, or, where *tab is left, it
 * is shared or large: it is at rest as far as it can be, and goes on being
 * used as it is. Else it is gone, and what is returned holds it, in a third
 * of the space or less. base: an event near those that made it, the same when
 * it is made a table again.
 */
struct fdrest;
struct fdrest *fdtab_rest(struct fdtab **tab, struct evref base);
/* *rest, which may be NULL, as a table; it is gone. fdtab_hold() is for the caller. */
struct fdtab *fdtab_of_rest(struct memory *mem, struct fdrest **rest, struct evref base);
/* Leaves *rest NULL; NULL is allowed. */
void fdrest_free(struct memory *mem, struct fdrest **rest);
/* What all of them share; after the last of them. */
void fddirs_free(struct memory *mem);
/* How many entries it holds. */
uint32_t fdrest_count(const struct fdrest *rest);

#endif
