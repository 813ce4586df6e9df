/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lays the live stream beside audit.log and finds what the stream lacks.
 *
 * auditd writes each record to its log before it hands it to plugins, in the
 * same order, and all but EOE (distribute_event() in src/auditd.c of audit
 * 3.0.9). So the next line of the stream is the next line of the log, and
 * what stands between the two was lost: by the keeper, by auditd's queue, or
 * while no plugin ran. It is given out before the line that showed it, so
 * that whoever takes it sees what a reader of the log sees. Where auditd has
 * cut the line of the stream (4.2.0 and 4.2.1 with log_format = RAW do that to
 * each), the log's goes for it.
 */
#ifndef AUSPEX_ENGINE_MENDER_H
#define AUSPEX_ENGINE_MENDER_H

#include "engine/chain.h"
#include <stdint.h>

struct mender;

struct mender_setup {
	size_t (*list)(void *ctx, int fds[CHAIN_LIST]); /* see chain_new() */
	void (*alive)(void *ctx); /* called now and then while much is looked through */
	void *ctx;
	uint64_t limit; /* of one gap, bytes; of more the oldest part is lost */
};

/* What was read back, or was not, since it was told of last. */
struct mender_count {
	uint64_t records;
	int64_t first, last; /* of the records, ms since 1970 */
};

enum mender_verdict {
	MENDER_TAKE,   /* the log does not have this line */
	MENDER_JOINED, /* nothing is missing before it, or nothing any more */
	MENDER_PASS,   /* it says nothing about what is missing: take it */
	MENDER_FILL,   /* mender_fill() first, and then ask again */
	MENDER_KNOWN,  /* it was read back already, or will be: not to be taken */
};

struct mender *mender_new(const struct mender_setup *setup);
void mender_free(struct mender **mender);

/* Asks for the log. */
bool mender_open(struct mender *mender);
/*
 * With an open log, before the first line: where to begin. false: that is not
 * in the log any more; then, and where it is not called, it begins with the
 * first line. Lines of the stream that stand shortly before it are KNOWN. known:
 * what stands before that was read before; or NULL.
 */
bool mender_start(struct mender *mender, const struct chain_mark *mark,
		  const struct chain_mark *known);
/* Bytes that the log has more than was read. */
uint64_t mender_unread(struct mender *mender);
/* Does it have a log? */
bool mender_is_open(const struct mender *mender);

/*
 * The next line of the stream; now_ms: a clock that never goes back. *line
 * becomes the log's where that is longer, until the next call.
 */
enum mender_verdict mender_line(struct mender *mender, struct slice *line,
				uint64_t now_ms);
/*
 * The stream has said nothing until then; seen_ms: the same clock now, which
 * is later. true: mender_fill() has something. What is read back so and comes
 * after all is KNOWN.
 */
bool mender_quiet(struct mender *mender, uint64_t until_ms, uint64_t seen_ms);
/* Are there lines in the log that only wait for the stream to be quiet for longer? */
bool mender_is_waiting(const struct mender *mender);
/* The stream is over. true: mender_fill() has something. */
bool mender_end(struct mender *mender);
/* The next line that the stream lacks, until mender's next call; false: done. */
bool mender_fill(struct mender *mender, struct slice *line);
/* A number for the place in the log that no other has, below 2^63. */
uint64_t mender_place(const struct mender *mender);
/* Once mender_fill() is done; true: something was. */
bool mender_filled(struct mender *mender, struct mender_count *read,
		   struct mender_count *lost);
/* Would mender_filled() tell of something lost? */
bool mender_has_lost(const struct mender *mender);

/* All up to here has been taken, and nobody waits for the rest of an event. */
void mender_settle(struct mender *mender);
/* The last such place; false: there is none. */
bool mender_mark(struct mender *mender, struct chain_mark *out);
/* Where the log was begun to be read, and how far it was; false: it was not. */
bool mender_origin(struct mender *mender, struct chain_mark *out);
bool mender_here(struct mender *mender, struct chain_mark *out);
/* The latter; false also where a line was taken that the log may yet have. */
bool mender_exact(struct mender *mender, struct chain_mark *out);

#endif
