/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image archive on its way to a manifest, in steps that know nothing of
 * each other's inside:
 *   plan    the archive's JSON says which layers, in which order  image_plan.c
 *   read    each layer's tar becomes a list of changes            image_read.c
 *   apply   the changes of all layers, lowest first: what of them
 *           makes up the image                                    image_apply.c
 *   read    each layer again, for the content of the files that
 *           are left                                           image_content.c
 * record_image.c finds the files and drives the steps.
 */
#ifndef AUSPEX_MANIFEST_IMAGE_H
#define AUSPEX_MANIFEST_IMAGE_H

#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "manifest/limits.h"
#include "manifest/record_priv.h"

struct archive;

enum change_kind {
	CHANGE_SET,      /* an entry of `entry.kind` */
	CHANGE_HARDLINK, /* another name for `entry.link` */
	CHANGE_WHITEOUT, /* what the layers below have at `path` is gone */
	CHANGE_OPAQUE,   /* what they have below `path` is gone */
};

struct change {
	enum change_kind kind;
	struct manifest_entry entry; /* path: absolute, normalised */
};

struct image_layer {
	const char *name;        /* of the archive's member, normalised */
	const char *blob_digest; /* of its bytes, 64 hex digits; NULL: not known */
	const char *diff_id;     /* of its tar, 64 hex digits; NULL: not known */
	bool have;               /* it has been read */
	bool shared;             /* the changes belong to another layer */
	struct change *changes;
	size_t nchanges, cap;
	size_t next; /* in the second reading, the change that comes */
};

/* A file of the image: a name, and the change that brought its content. */
struct image_file {
	const struct change *from;
	const char *path;
};

struct image {
	struct recording *r;
	struct arena arena; /* all strings */
	struct image_layer *layers;
	size_t nlayers;
	size_t nchanges;          /* of all layers */
	bool again;               /* the layers are read the second time */
	struct image_file *files; /* after image_apply, in order of `from` */
	size_t nfiles;
	size_t name_bytes;
	uint64_t bytes;  /* unpacked so far */
	time_t deadline; /* of CLOCK_MONOTONIC */
	bool failed;     /* r->err says why */
};

/* The JSON documents of an archive, by normalised member name. */
struct image_texts {
	/* false: there is none of that name. Borrowed until the end. */
	bool (*get)(void *ctx, const char *name, struct slice *out);
	void *ctx;
};

/*
 * Fills image->layers and the notes of the manifest. -1 with err when the
 * image is not to be found or not one; *found: whether there was any of the
 * documents by which an image archive is known.
 */
int image_plan(struct image *image, const struct image_texts *texts, bool *found);

/* Gives bytes, 0 at the end, -1 when image->failed. */
typedef ssize_t image_pull_fn(void *ctx, const void **bytes);

/* Reads one layer, packed or not, and holds it to its digest. */
int image_read_layer(struct image *image, struct image_layer *layer, image_pull_fn *pull,
		     void *ctx);
/* Reads a layer from a tar that is open, to its end. */
int image_read_tar(struct image *image, struct image_layer *layer, struct archive *tar);

/*
 * Puts the layers together, lowest first: all but files goes out, what files
 * there are to image->files, and the layers are as if they had not been read.
 */
int image_apply(struct image *image);

/*
 * The content of the entry that tar stands at: measured in the first reading,
 * in the second written out under each name that the image has for it.
 */
int image_take_content(struct image *image, struct archive *tar, struct change *change);

/* Fails with what libarchive says is wrong with tar; name may be empty. */
int image_bad_tar(struct image *image, struct archive *tar, const char *name);
/* Sets r->err unless it is set already, and image->failed. Returns -1. */
int image_fail(struct image *image, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* -1 when the time is up. */
int image_check_time(struct image *image);
/* `out` bytes in all have come from `in` bytes of one stream: -1: a bomb. */
int image_check_ratio(struct image *image, uint64_t in, uint64_t out);
/* More bytes unpacked: -1 when they are too many in all. */
int image_add_bytes(struct image *image, uint64_t more);

/*
 * An archive's name for a file as an absolute, normalised path ("./a//b" as
 * "/a/b") in out. false: it leads out ("..") or is too long.
 */
bool image_path(const char *name, char out[static MANIFEST_PATH_MAX + 1]);

#endif
