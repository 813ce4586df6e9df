/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a log ahead: a second thread takes lines, puts events together and
 * hands them over in batches, while the first one looks at those of the batch
 * before. All that is not a plain line of the file that is being read stops
 * the reader, so that the first thread deals with it alone, as it would
 * without a second one: what comes out is the same, in the same order.
 */
#ifndef AUSPEX_ENGINE_AHEAD_H
#define AUSPEX_ENGINE_AHEAD_H

#include "audit/assemble.h"
#include "audit/source.h"

struct ahead;

/* What is told of a batch once it is there. */
struct ahead_progress {
	struct source_pos pos; /* of the last line that was read for it */
	uint64_t events;       /* that the assembler has counted by then */
};

/*
 * Both are borrowed. events: in a batch, at most. NULL: there can be no second
 * thread.
 */
struct ahead *ahead_new(struct source *source, struct assembler *assembler,
			size_t events);
/* Waits for the reader; what it has read and nobody has taken is lost. */
void ahead_free(struct ahead **ahead);

/*
 * source and assembler are the reader's, until ahead_next() says NULL. It
 * stops before a line of another file than the first begun ones.
 */
void ahead_start(struct ahead *ahead, size_t begun);
/*
 * The next event, borrowed until the next call. NULL: the reader has stopped,
 * and all of its events were taken. go_on false: it is to stop soon.
 */
struct event *ahead_next(struct ahead *ahead, bool go_on);
/* Where the last event stands; false: no other than when it was asked last. */
bool ahead_progress(struct ahead *ahead, struct ahead_progress *out);
/*
 * What the reader stopped at, as source_next() gave it: a line was not fed
 * yet. SOURCE_LINE and an empty line: it was asked to.
 */
enum source_status ahead_stop(const struct ahead *ahead, struct slice *line,
			      struct err *problem);

#endif
