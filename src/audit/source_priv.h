/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What source.c, source_mark.c and source_follow.c share. */
#ifndef AUSPEX_AUDIT_SOURCE_PRIV_H
#define AUSPEX_AUDIT_SOURCE_PRIV_H

#include "audit/source.h"
#include "audit/source_set.h"
#include "audit/source_stream.h"

enum {
	SOURCE_HEAD = 1024,  /* bytes that a file is known by, at most */
	SOURCE_HEAD_MIN = 1, /* at least: what was read ends with a line */
	SOURCE_TAIL = 256,   /* bytes before a mark's offset that must be the same */
};

/* The first bytes of a file, unpacked. */
struct source_head {
	char bytes[SOURCE_HEAD];
	size_t len;
};

/* A file that was begun, or a mark that was given. */
struct source_seen {
	char *path; /* owned; NULL: it was given */
	struct source_mark mark;
};

struct source {
	struct source_set set;
	size_t next; /* file to be opened next */
	struct stream *stream;
	bool regular; /* the open file is one that has a head */
	bool live;    /* and one that rotation has not put aside */
	struct source_head head;
	struct source_seen *seen;
	size_t nseen, room, ngiven;
	char *buf;       /* with the last SOURCE_TAIL bytes before at, if any */
	size_t at, end;  /* what is not given out yet */
	size_t searched; /* no newline before this */
	bool eof;        /* nothing more to read, as yet */
	bool ended;      /* and there never will be */
	bool skipping, whole, follow;
	uint64_t offset; /* of buf[at] in the unpacked file */
	uint64_t line, line_offset;
	uint64_t bytes_before, bytes_all;
};

/* Passes over len bytes of the buffer. */
void source_advance(struct source *source, size_t len);
/* Reads more behind what is there; at the end of the file eof is set. */
int source_fill(struct source *source, struct err *err);

/* Begins to keep the mark of the file that was just opened. */
void source_seen_add(struct source *source, const char *path);
/* Brings the mark of the open file up to where the source is. */
void source_seen_update(struct source *source);
/* Goes on where a mark of the file says. */
int source_seen_skip(struct source *source, struct err *err);
/* The first bytes of a file; none where it cannot be read. */
void source_head_read(const char *path, struct source_head *out);
/* Are these the first bytes of the file that the mark is of? */
bool source_mark_fits(const struct source_mark *mark, const struct source_head *head);

/*
 * At the end of a file that is followed: SOURCE_LINE when there is more to
 * look at, SOURCE_WAIT, or SOURCE_ERROR.
 */
enum source_status source_follow_on(struct source *source, struct err *err);

#endif
