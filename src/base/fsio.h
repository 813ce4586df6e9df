/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files in, whole files out. */
#ifndef AUSPEX_BASE_FSIO_H
#define AUSPEX_BASE_FSIO_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/strbuf.h"

/* Appends what a file holds; more than max bytes are an error. */
int fsio_read_file(const char *path, size_t max, struct strbuf *out,
		   struct err *err) MUST_CHECK;

/* The same from a descriptor's position on; errno, EFBIG for too many. */
int fsio_read_fd(int fd, size_t max, struct strbuf *out) MUST_CHECK;

/*
 * Digest and number of the bytes from fd's position to its end. -1 with
 * errno when it cannot be read, EFBIG when there are more than max.
 */
int fsio_sha256_fd(int fd, uint64_t max, uint8_t sha256[SHA256_LEN],
		   uint64_t *size) MUST_CHECK;

/* The same with the MD5 too; ENOTSUP where libcrypto forbids that. */
int fsio_digests_fd(int fd, uint64_t max, uint8_t sha256[SHA256_LEN],
		    uint8_t md5[MD5_LEN], uint64_t *size) MUST_CHECK;

/*
 * A file that appears under its name when it is complete, or not at all:
 * written beside it, brought to the disk, renamed. What is no regular file
 * (a terminal, /dev/null, a pipe) is written to directly.
 */
struct fsio_out;

int fsio_out_open(const char *path, struct fsio_out **out, struct err *err) MUST_CHECK;
/* Writes to fd, which stays open and the caller's; name is for messages. */
int fsio_out_fd(int fd, const char *name, struct fsio_out **out,
		struct err *err) MUST_CHECK;
/* To print into. Errors need not be looked for: the commit tells them. */
FILE *fsio_out_file(struct fsio_out *out);
/*
 * Both free and leave *out NULL. On -1 and after fsio_out_abort the name is
 * as it was before and nothing is left beside it.
 */
int fsio_out_commit(struct fsio_out **out, struct err *err) MUST_CHECK;
void fsio_out_abort(struct fsio_out **out);

#endif
