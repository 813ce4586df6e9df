/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the readers and recorders of this room fill a manifest. */
#ifndef AUSPEX_MANIFEST_MANIFEST_PRIV_H
#define AUSPEX_MANIFEST_MANIFEST_PRIV_H

#include "manifest/manifest.h"

enum manifest_note {
	NOTE_VERSION, /* of the program that recorded it */
	NOTE_SOURCE,
	NOTE_TIME,
	NOTE_IMAGE,
	NOTE_DIGEST,
	NOTE_IMAGE_ID,
	NOTE_MAX
};

/* The kind of an entry that has been removed; only while an image is applied. */
#define MF_GONE MF_KIND_MAX

struct manifest *manifest_new(void);

/* The word for a note in the header comment, "image". */
const char *manifest_note_name(enum manifest_note note);
/* NULL when there is none. */
const char *manifest_note(const struct manifest *manifest, enum manifest_note note);
void manifest_set_note(struct manifest *manifest, enum manifest_note note,
		       struct slice text);

/*
 * The entry of a normalised absolute path, added (as an empty file) when it
 * is new; *added says so. Valid until the next call. NULL when there are
 * MANIFEST_ENTRIES_MAX.
 */
struct manifest_entry *manifest_put(struct manifest *manifest, struct slice path,
				    bool *added);
/* By its very letters, no link is followed; path holds no NUL. */
const struct manifest_entry *manifest_get(const struct manifest *manifest,
					  struct slice path);
/* Where a normalised path stands in the entries; SIZE_MAX: nowhere. */
size_t manifest_index(const struct manifest *manifest, const char *path);
/*
 * The path that is reached when the links in it are followed, that in the
 * last component only where asked for; what is not there counts as a plain
 * directory. out has room for MANIFEST_PATH_MAX + 1. false: links in a
 * circle, below a file, too long.
 */
bool manifest_resolve(const struct manifest *manifest, struct slice path,
		      bool follow_last, char *out);
/* The i-th entry, to be changed. */
struct manifest_entry *manifest_at(struct manifest *manifest, size_t i);
/* A copy that lives as long as the manifest. */
const char *manifest_strdup(struct manifest *manifest, struct slice s);
/* To be called when all are in; makes manifest_find_sha256 work. */
void manifest_finish(struct manifest *manifest);

/* Order of paths with '/' below every other byte: <0, 0, >0. */
int manifest_path_cmp(const char *a, const char *b);

#endif
