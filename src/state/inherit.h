/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process is given by the one that made it; shared by lineage.c alone.
 *
 * With CLONE_PARENT (runc makes a container's first process so, twice in a
 * row) ppid= does not name the maker. Where the child's first record comes
 * before that of the clone, it is given what ppid= holds; when the clone
 * comes, it gets all of it again, and so does whom it has made meanwhile.
 */
#ifndef AUSPEX_STATE_INHERIT_H
#define AUSPEX_STATE_INHERIT_H

#include "state/proc_priv.h"

/* fork: what from's clone left; NULL: what from holds now. */
void inherit_files(struct proctab *tab, struct proc *proc, struct proc *from,
		   const struct fork *fork);
/* own: with CLONE_NEWNS. */
void inherit_mounts(struct proc *proc, const struct proc *from, bool own);
void inherit_image(struct proc *proc, struct image *image, struct cred cred);

/* maker made child by that clone, and its own maker may still be unknown. */
void inherit_note(struct proctab *tab, struct proc *maker, struct proc *child,
		  struct evref at);
/* child was taken for the child of another one. What it holds is maker's now, but
 * for what it has done itself since it began. */
void inherit_again(struct proctab *tab, struct proc *child, struct proc *maker);

#endif
