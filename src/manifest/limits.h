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

enum {
	DPKG_FILE_MAX = 1 << 28,  /* a file of dpkg's database */
	RPM_HEADER_MAX = 1 << 28, /* a package of rpm's, as rpm itself has it */
};

/* An image and its archive. */
enum {
	/* Files of all layers. Images that hold half of it are rare already. */
	IMAGE_CHANGES_MAX = 800000,
	IMAGE_LAYERS_MAX = 1024,    /* container engines stop at 127 or 512 */
	IMAGE_CANDIDATES_MAX = 256, /* images in one archive */
	IMAGE_INDEX_DEPTH = 4,      /* an index of indexes */
	IMAGE_MEMBERS_MAX = 100000, /* files of the archive itself */
	IMAGE_TEXT_MAX = 4 << 20,   /* one JSON document; registries stop there too */
	IMAGE_TEXTS_MAX = 64 << 20, /* all that are kept */
	IMAGE_NAMES_MAX = 1 << 29,  /* bytes of all paths in all layers */
	/*
	 * What comes out for each byte that goes in, looked at when more than
	 * IMAGE_RATIO_GRACE has come out. Layers have 2 to 20; zeros have 230
	 * (gzip -1), 1030 (gzip -9) or 30,000 (zstd).
	 */
	IMAGE_RATIO_MAX = 100,
	IMAGE_RATIO_GRACE = 1 << 28,
	IMAGE_SECONDS_MAX = 3600,
};
#define IMAGE_BYTES_MAX (UINT64_C(256) << 30) /* unpacked, all layers */

#endif
