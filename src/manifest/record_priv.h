/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorders of the several kinds of source share. */
#ifndef AUSPEX_MANIFEST_RECORD_PRIV_H
#define AUSPEX_MANIFEST_RECORD_PRIV_H

#include <sys/types.h>

#include "base/compiler.h"
#include "manifest/manifest_priv.h"
#include "manifest/mtree_out.h"
#include "manifest/record.h"

struct recording {
	const char *source; /* without its kind */
	const struct record_options *options;
	/* The notes; and for those that need it, the tree as it is known so far. */
	struct manifest *manifest;
	struct mtree_out *out; /* where entries go */
	struct record_counts *counts;
	struct err *err;
};

/* Each puts all that there is into r->out; 0, or -1 with r->err. */
int record_dir(struct recording *r);
int record_oci(struct recording *r);     /* an OCI image layout in a folder */
int record_archive(struct recording *r); /* an image's or a root's, as tar */
int record_tar(struct recording *r);     /* a root's, whatever is in it */
int record_dpkg(struct recording *r);    /* what dpkg has installed in a root */
int record_rpm(struct recording *r);     /* and rpm */

/* Of st_mode. */
enum manifest_kind recording_kind(mode_t mode);

/*
 * Opens a path below a directory, following no links and never leaving it.
 * -1 with errno.
 */
int recording_open_below(int root, const char *path, int flags);

/* path: absolute and normalised, NUL-terminated. */
bool recording_excludes(const struct recording *r, const char *path);
/* Tells the user of something that is missing from the manifest. */
void recording_warn(struct recording *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* To be called after every entry; -1 when there are too many. */
int recording_progress(struct recording *r);
/* Shows how far it is. */
void recording_show(const struct recording *r);
/* A message for too many entries. Returns -1. */
int recording_full(struct recording *r);
/* Puts all entries of r->manifest into r->out. */
int recording_put_all(struct recording *r);

#endif
