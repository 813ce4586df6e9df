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
/* Before the first stream_read() or behind it: the next byte read is this one. */
int stream_skip_to(struct stream *stream, uint64_t offset, struct err *err);
/*
 * Does an unpacked regular file begin with these bytes, and is it at least as
 * long as what was read of it? true for everything else.
 */
bool stream_begins_with(const struct stream *stream, const char *bytes, size_t len);
/* Can the file grow: is it regular and not packed? */
bool stream_can_grow(const struct stream *stream);
enum stream_at {
	STREAM_AT_PATH,  /* the open file is the one that its path names */
	STREAM_AT_NONE,  /* there is no file of that name */
	STREAM_AT_OTHER, /* it is another one */
};
enum stream_at stream_at(const struct stream *stream);
/* Bytes of the file itself that were read so far. */
uint64_t stream_raw_done(const struct stream *stream);
/* Leaves *stream NULL; NULL is allowed. */
void stream_close(struct stream **stream);

/* "PATH: what is wrong: what to do" for an errno value. Returns -1. */
int stream_fail(const char *path, int number, struct err *err);

#endif
