/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which containers a manifest speaks for. */
#ifndef AUSPEX_MANIFEST_SELECT_H
#define AUSPEX_MANIFEST_SELECT_H

#include "manifest/manifest.h"

/* Names of a container and of its image; any may be NULL. */
struct manifest_names {
	const char *id, *name;
	const char *image;    /* the reference that it was asked for by */
	const char *digest;   /* of the image's manifest, "sha256:..." */
	const char *image_id; /* of the image's configuration, "sha256:..." */
	const char *rootfs;   /* the directory of the host that is its root */
};

/* From worse to better; the best one of several is taken. */
enum manifest_fit {
	FIT_NONE,
	FIT_ANY,   /* "*" */
	FIT_IMAGE, /* by reference, digest or id of the image */
	FIT_NAME,  /* this very container, by name, id or root directory */
};

/*
 * selector: what stood before the '=' of -m. Where only the image's id or
 * digest is known, it is compared with what the manifest says of the image
 * that it was recorded from.
 */
enum manifest_fit manifest_fits(const char *selector, const struct manifest *manifest,
				const struct manifest_names *names);

/*
 * Do two references name the same image? "nginx" is
 * "docker.io/library/nginx:latest" (github.com/distribution/reference,
 * normalize.go); a digest behind '@' is not compared unless both have one.
 */
bool manifest_same_reference(const char *a, const char *b);

#endif
