/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a list, unpacked, in lines or as they come. */
#ifndef AUSPEX_INTEL_FEED_H
#define AUSPEX_INTEL_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

enum {
	LIMIT_FEED_LINE = 65536,
	LIMIT_FEED_FILES = 1000, /* in one archive */
};

/* Unpacked, of one file of a list. */
#define LIMIT_FEED_BYTES (UINT64_C(8) << 30)

struct feed;

/* Takes no file over: both name and bytes must outlive the feed. */
int feed_open(const char *path, struct feed **out, struct err *err);
struct feed *feed_open_bytes(struct slice bytes, const char *name);
void feed_close(struct feed **feed);

/*
 * On to the next file that is packed in it (a plain one holds itself): 1,
 * 0 at the end, -1. What it is called, for messages; borrowed until then.
 */
int feed_next(struct feed *feed, struct err *err);
const char *feed_name(const struct feed *feed);

/*
 * 1 and the next line without its end; cut where it is longer than the
 * limit, and *cut set. 0 at the end, -1. Valid until the next call.
 */
int feed_line(struct feed *feed, struct slice *line, bool *cut, struct err *err);
/* The number of the line that came last. */
uint64_t feed_line_number(const struct feed *feed);
/* Who takes bytes counts the lines. */
void feed_count_line(struct feed *feed);
/* 1 and some bytes; 0 at the end; -1. */
int feed_bytes(struct feed *feed, struct slice *out, struct err *err);
/* What comes next, up to a line's limit, without taking it. */
int feed_peek(struct feed *feed, struct slice *out, struct err *err);

#endif
