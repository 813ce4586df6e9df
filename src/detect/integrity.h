/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the program that a process runs the one that the image recorded? */
#ifndef AUSPEX_DETECT_INTEGRITY_H
#define AUSPEX_DETECT_INTEGRITY_H

#include "manifest/set.h"
#include "state/state.h"

enum integrity {
	INTEGRITY_UNKNOWN, /* no manifest speaks for the process */
	INTEGRITY_KEPT,    /* the image holds it, and no record shows a change */
	INTEGRITY_BROKEN,  /* added to the image, or changed */
};

enum integrity integrity_of(const struct manifest_set *set, const struct state *state,
			    const struct proc *proc);
/*
 * The content of path, as proc sees it, has become known: is it the one that
 * the manifest holds there?
 */
enum integrity integrity_of_content(const struct manifest_set *set,
				    const struct proc *proc, const char *path,
				    const char *sha256);
/* The path of the file in proc's image that has that content; NULL: none. */
const char *integrity_name(const struct manifest_set *set, const struct proc *proc,
			   const char *sha256);

#endif
