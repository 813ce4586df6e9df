/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker's side of reading audit.log: the files of a log as one sequence
 * of lines, by descriptors that it was given. Files are read with pread(2),
 * so that a forked copy reads the same again, and only behind one another:
 * what follows a file is asked for when its end is reached.
 */
#ifndef AUSPEX_ENGINE_CHAIN_H
#define AUSPEX_ENGINE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/slice.h"

struct chain;

enum {
	CHAIN_LIST = 16,        /* descriptors that are given at once */
	CHAIN_LINE = 128 << 10, /* a longer line is passed over */
	CHAIN_MARK_BYTES = 512, /* before a position, which know it again */
};

/* A place between two lines; later ones compare as greater. */
struct chain_pos {
	uint64_t file; /* counts the files */
	uint64_t offset;
};

/* A place that can be found again by another process. */
struct chain_mark {
	uint64_t offset;
	char digest[SHA256_HEX + 1]; /* of the bytes before it */
};

/*
 * list: gives descriptors of the log's files, the newest first, to be closed
 * by the chain, and returns how many; 0: there is no log.
 */
struct chain *chain_new(size_t (*list)(void *ctx, int fds[CHAIN_LIST]), void *ctx);
void chain_free(struct chain **chain);

/* Takes up what there is, and goes to its beginning. false: there is no log. */
bool chain_open(struct chain *chain);
/* Asks what follows the newest file that is known. true: something does. */
bool chain_refresh(struct chain *chain);
/* Goes to a place that was marked; false: it is in none of the files. */
bool chain_seek_mark(struct chain *chain, const struct chain_mark *mark);
/* Goes to the first line of the last so many bytes. */
void chain_seek_back(struct chain *chain, uint64_t bytes);
/* The place of the first line of the so many bytes before main. */
struct chain_pos chain_before(struct chain *chain, uint64_t bytes);
/* false: nothing stands before that place, or it cannot be read any more. */
bool chain_mark(struct chain *chain, const struct chain_pos *pos, struct chain_mark *out);

/* Goes through the lines on its own. */
struct chain_reader {
	struct chain_pos pos; /* of the next line */
	uint64_t begin;       /* what the buffer holds of that file */
	size_t len;
	size_t line; /* length of the line that was given last; 0: none */
	char *buffer;
};

/* The one that the seeks move. */
struct chain_reader *chain_main(struct chain *chain);
/* The other one, put to where main is. */
struct chain_reader *chain_scout(struct chain *chain);
/* Whole lines only; the same again until chain_skip(). false: no more for now. */
bool chain_line(struct chain *chain, struct chain_reader *reader, struct slice *line);
void chain_skip(struct chain_reader *reader);
/* Goes behind the next line if it is exactly that one: the fast way. */
bool chain_skip_if(struct chain *chain, struct chain_reader *reader, struct slice line);
void chain_move(struct chain *chain, struct chain_reader *reader,
		const struct chain_pos *to);
/* Files before main's are closed. */
void chain_forget(struct chain *chain);
/* Bytes from main to the end of what is known. */
uint64_t chain_unread(struct chain *chain);
/* Are files missing before that one? */
bool chain_is_hole(const struct chain *chain, uint64_t file);

static inline int chain_compare(const struct chain_pos *a, const struct chain_pos *b)
{
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

#endif
