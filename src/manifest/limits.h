/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every limit that a manifest or an image archive is held to. */
#ifndef AUSPEX_MANIFEST_LIMITS_H
#define AUSPEX_MANIFEST_LIMITS_H

#include <stdint.h>

enum {
	/* A path without its NUL, as the kernel's PATH_MAX (linux/limits.h). */
	MANIFEST_PATH_MAX = 4095,
	/* Links followed in one look-up: MAXSYMLINKS of the kernel (namei.h). */
	MANIFEST_HOPS_MAX = 40,
	MANIFEST_ENTRIES_MAX = 4000000,
	/* A path and a link target, every byte as \ooo, and room for keywords. */
	MTREE_LINE_MAX = 40960,
	MTREE_TEXT_MAX = 1 << 30,
	MTREE_WORD_MAX = 4 * MANIFEST_PATH_MAX,
};

/*
 * A larger file is recorded without its digest, so that a sparse one (a
 * lastlog of a terabyte) does not stop a recording.
 */
#define RECORD_FILE_MAX (UINT64_C(16) << 30)

#endif
