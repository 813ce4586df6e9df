/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of one file, unpacked when it is compressed (told by its first
 * bytes, not by its name); source_stream.c is the only file of this room that knows
 * libarchive.
 */
#ifndef AUSPEX_AUDIT_SOURCE_STREAM_H
#define AUSPEX_AUDIT_SOURCE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct stream;

/* path: "-" is standard input. -1: could not be opened. */
int stream_open(const char *path, struct stream **out, struct err *err);
/*
 * Up to size bytes; 0 at the end; -1 on an error, after which only
 * stream_close() makes sense.
 */
ssize_t stream_read(struct stream *stream, void *buf, size_t size, struct err *err);
/* Bytes of the file itself that were read so far. */
uint64_t stream_raw_done(const struct stream *stream);
/* Leaves *stream NULL; NULL is allowed. */
void stream_close(struct stream **stream);

/* "PATH: what is wrong: what to do" for an errno value. Returns -1. */
int stream_fail(const char *path, int number, struct err *err);

#endif
