/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several manifests, and which of them a process is judged by:
 *   FILE        the host: whatever no other one speaks for
 *   IMAGE=FILE  containers of that image (reference, digest, name or id; "*" all)
 *   /DIR=FILE   processes whose root directory is DIR or below it
 */
#ifndef AUSPEX_MANIFEST_SET_H
#define AUSPEX_MANIFEST_SET_H

#include "manifest/manifest.h"
#include "manifest/select.h"

struct manifest_set;

struct manifest_set *manifest_set_new(void);
void manifest_set_free(struct manifest_set **set);
/* Loads what "[IMAGE=]FILE" names. */
int manifest_set_add(struct manifest_set *set, const char *spec, struct err *err);
/* Each gets what the other had; what was chosen before points into the other. */
void manifest_set_swap(struct manifest_set *a, struct manifest_set *b);
bool manifest_set_empty(const struct manifest_set *set);
/* Does one of them speak for containers? */
bool manifest_set_has_images(const struct manifest_set *set);

/* The i-th of them, and what it was given as; NULL: there are no more. */
const struct manifest *manifest_set_at(const struct manifest_set *set, size_t i,
				       const char **name);
/* The file that the i-th was read from, i below their count. */
const char *manifest_set_file(const struct manifest_set *set, size_t i);

struct manifest_choice {
	const struct manifest *manifest; /* NULL: nothing to judge by */
	const char *name;                /* what stood before the '=', or the file's */
	const char *dir; /* the root that it describes; NULL: the process's */
};

/*
 * root: the process's root directory, NULL for the host's; container: NULL
 * outside of one, else its names. The best fit; of equal ones the first.
 */
struct manifest_choice manifest_set_choose(const struct manifest_set *set,
					   const char *root,
					   const struct manifest_names *container);

#endif
