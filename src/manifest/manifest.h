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

enum manifest_kind {
	MF_FILE,
	MF_DIR,
	MF_LINK,
	MF_CHAR,
	MF_BLOCK,
	MF_FIFO,
	MF_SOCKET,
	MF_KIND_MAX
};

struct manifest_entry {
	const char *path; /* absolute, normalised: "/usr/bin/ls" */
	enum manifest_kind kind;
	uint16_t mode; /* permission bits */
	bool has_sha256;
	bool has_md5;     /* the SHA-256 is not known, an MD5 is */
	uint64_t size;    /* 0 with has_md5: may be not known */
	const char *link; /* target of a MF_LINK, else NULL */
	union {
		uint8_t sha256[SHA256_LEN];
		uint8_t md5[MD5_LEN];
	};
};

/*
 * Reads mtree text written by us, bsdtar, go-mtree or a BSD's mtree, plain
 * or compressed. *out is the caller's. Nothing but the file is looked at.
 */
int manifest_load(const char *path, struct manifest **out, struct err *err);
/* The same from memory; name is what messages call it. */
int manifest_parse(struct slice text, const char *name, struct manifest **out,
		   struct err *err);
void manifest_free(struct manifest **manifest);

/*
 * What the header comment says, or NULL. For an image: its reference, the
 * digest of its manifest and its id (the digest of its configuration).
 */
const char *manifest_image(const struct manifest *manifest);
const char *manifest_digest(const struct manifest *manifest);
const char *manifest_image_id(const struct manifest *manifest);
const char *manifest_source(const struct manifest *manifest);
const char *manifest_time(const struct manifest *manifest);
/* Entries that there are. */
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
/* Every entry once, in no order before manifest_sort; i below manifest_count. */
const struct manifest_entry *manifest_entry(const struct manifest *manifest, size_t i);
/*
 * Brings the entries into path order, a directory right before what it holds.
 * Not done by manifest_load because look-ups don't need it. What look-ups
 * gave before points elsewhere afterwards.
 */
void manifest_sort(struct manifest *manifest);

#endif
