/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Process trees drawn for people. */
#ifndef AUSPEX_REPORT_TREE_H
#define AUSPEX_REPORT_TREE_H

#include "report/report.h"
#include "store/query.h"

struct tree_options {
	const struct report_options *look;
	bool full;       /* command lines whole, nothing collapsed */
	bool keep_seeds; /* what was asked for is never collapsed */
	int64_t finding; /* the one that the tree is about; 0: none */
	size_t lines;    /* no more than these, 0: all */
	unsigned indent; /* blanks before each line */
	bool times;      /* with a column of start times */
	bool heads;      /* host and day above each tree */
};

/*
 * Draws the forest that the n processes make, children below their parent
 * in the order of their start. Returns how many lines were left out.
 */
size_t tree_print(FILE *out, const struct tree_options *options,
		  const struct process_item *items, size_t n);

#endif
