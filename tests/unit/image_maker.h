/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds image archives in a folder of their own, for tests of recording. */
#ifndef AUSPEX_TESTS_IMAGE_MAKER_H
#define AUSPEX_TESTS_IMAGE_MAKER_H

#include <stddef.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "manifest/manifest.h"

enum { MAKER_LAYERS_MAX = 8 };

enum form {
	FORM_DOCKER,       /* layers HEX.tar, manifest.json last */
	FORM_DOCKER_LINKS, /* layers behind links, manifest.json first */
	FORM_DOCKER_GZ,    /* the whole packed */
	FORM_DOCKER_ZSTD,
	FORM_OCI_DIR, /* plain layers */
	FORM_OCI_DIR_GZ,
	FORM_OCI_DIR_ZSTD,
	FORM_OCI_TAR, /* gzip layers */
	FORM_OCI_TAR_ZSTD,
	FORM_BOTH, /* docker's newer one: manifest.json and an index */
	FORM_MAX
};

/*
 * A tar in memory from "TYPE PATH [TEXT];..." where TYPE is f (file), d, l
 * (symbolic link to TEXT), h (hard link), p (pipe). filter: "none" "gzip" ...
 */
void make_tar(const char *entries, const char *filter, struct strbuf *out);
void hex_of(const struct strbuf *bytes, char hex[static SHA256_HEX + 1]);

/*
 * Writes the image FORM made of those layers into folder; returns the path
 * of the archive or layout, the caller's. Its name is "test/image:1".
 */
char *make_image(const char *folder, enum form form, const char *const *layers);
/* A tar of everything that stands in folder/name, packed with filter. */
char *pack_folder(const char *folder, const char *name, const char *filter);

/*
 * All but the root, in one line: "/a=1" a file that holds "1", "/a~1" one of
 * which the MD5 is known, "=?" any other; "/b/" a directory, "/c>target" a
 * link, "/d|" something else. The caller's.
 */
char *describe_manifest(const struct manifest *m);

#endif
