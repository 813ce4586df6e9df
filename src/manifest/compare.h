/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is different between two manifests. */
#ifndef AUSPEX_MANIFEST_COMPARE_H
#define AUSPEX_MANIFEST_COMPARE_H

#include "manifest/manifest.h"

enum difference_kind {
	DIFF_ADDED = 1 << 0,   /* only in the second */
	DIFF_REMOVED = 1 << 1, /* only in the first */
	DIFF_KIND = 1 << 2,
	DIFF_MODE = 1 << 3,
	DIFF_SIZE = 1 << 4,
	DIFF_LINK = 1 << 5,
	DIFF_CONTENT = 1 << 6,
};

struct difference {
	unsigned kinds;                              /* of enum difference_kind, or-ed */
	const struct manifest_entry *first, *second; /* NULL where there is none */
};

/* Start with a zeroed one. */
struct difference_iter {
	size_t first, second;
};

/*
 * The next difference in path order; false at the end. Both manifests are
 * sorted (manifest_sort). Contents are compared where both have the
 * same kind of digest.
 */
bool difference_next(const struct manifest *first, const struct manifest *second,
		     struct difference_iter *iter, struct difference *out);

#endif
