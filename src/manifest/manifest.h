/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recorded image: which files it holds, of what type, size and content.
 * Kept as mtree text (mtree(5)), read and written through libarchive.
 */
#ifndef AUSPEX_MANIFEST_MANIFEST_H
#define AUSPEX_MANIFEST_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/slice.h"

struct manifest;

enum manifest_kind { MF_FILE, MF_DIR, MF_LINK, MF_CHAR, MF_BLOCK, MF_FIFO, MF_SOCKET };

struct manifest_entry {
	const char *path;   /* absolute, normalised: "/usr/bin/ls" */
	enum manifest_kind kind;
	uint32_t mode;      /* permission bits */
	uint64_t size;
	const char *link;   /* target of a MF_LINK, else NULL */
	bool has_sha256;
	uint8_t sha256[SHA256_LEN];
};

/* Reads mtree text written by us, bsdtar, go-mtree or FreeBSD's mtree. */
int manifest_load(const char *path, struct manifest **out, struct err *err);
void manifest_free(struct manifest **manifest);

/* Header comment values, or NULL: image reference, digest, source. */
const char *manifest_image(const struct manifest *manifest);
const char *manifest_digest(const struct manifest *manifest);
size_t manifest_count(const struct manifest *manifest);

/*
 * Look-up of an absolute path with the image's own symbolic links resolved
 * in every component (and in the last one too). NULL: the image does not
 * hold it, or its links run in a circle. Borrowed.
 */
const struct manifest_entry *manifest_find(const struct manifest *manifest,
					   struct slice path);
/* The same without following a link in the last component. */
const struct manifest_entry *manifest_find_nofollow(const struct manifest *manifest,
						    struct slice path);
/* Any file with this content; NULL: none. Borrowed. */
const struct manifest_entry *manifest_find_sha256(const struct manifest *manifest,
						  const uint8_t sha256[SHA256_LEN]);
/* Entries in path order; i below manifest_count. */
const struct manifest_entry *manifest_entry(const struct manifest *manifest, size_t i);

#endif
