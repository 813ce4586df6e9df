/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording: a directory, an image archive or a package database becomes a
 * manifest. Nothing is unpacked, no link is followed out of the tree, what
 * is no file is named and not opened.
 */
#ifndef AUSPEX_MANIFEST_RECORD_H
#define AUSPEX_MANIFEST_RECORD_H

#include <stdio.h>

#include "manifest/manifest.h"

struct record_counts {
	uint64_t entries;
	uint64_t bytes;      /* that went through the digest */
	uint64_t unreadable; /* entries whose type, target or content is missing */
	uint64_t changed;    /* packaged files that are not as they were packaged */
	uint64_t skipped;    /* mount points whose content was left out */
};

struct record_options {
	const char *image; /* which one of an archive; NULL: there is only one */
	const char *root;  /* whose package database; NULL: "/" */
	/* Left out with all that is below: absolute, as in the manifest. */
	const char *const *exclude;
	size_t nexclude;
	/* Files of which this one knows only the MD5 get an MD5 too; or NULL. */
	const struct manifest *like;
	bool one_file_system; /* a directory's mount points are left empty */
	/* Both may be NULL. A warning is a line for a person, not escaped. */
	void (*warn)(void *ctx, const char *what);
	void (*progress)(void *ctx, const struct record_counts *counts);
	void *ctx;
};

/* What has been recorded and waits to be written. */
struct recorded;

/*
 * source: a path, or KIND:PATH where its kind is not to be guessed: dir, oci
 * (an image layout in a folder), archive (an image's, as tar), tar (of a root
 * file system), dpkg, rpm. *out is the caller's. Files of a directory that
 * cannot be read are counted and warned about; of an archive, nothing is
 * recorded unless all of it is sound.
 */
int manifest_record(const char *source, const struct record_options *options,
		    struct recorded **out, struct record_counts *counts, struct err *err);
/* Writes it as mtree text, once. What goes wrong with `to` is in its ferror(). */
int recorded_write(struct recorded *recorded, FILE *to, struct err *err);
void recorded_free(struct recorded **recorded);

/* The same, written to memory and read again. *out is the caller's, sorted. */
int manifest_record_load(const char *source, const struct record_options *options,
			 struct manifest **out, struct record_counts *counts,
			 struct err *err);

#endif
