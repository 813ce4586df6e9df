/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What worker.c and worker_*.c share; nobody else includes this. */
#ifndef AUSPEX_ENGINE_WORKER_PRIV_H
#define AUSPEX_ENGINE_WORKER_PRIV_H

#include "engine/logask.h"
#include "engine/mender.h"
#include "engine/pulse.h"
#include "engine/worker.h"

enum {
	BEAT_LINES = 4096,
	MARK_TEXT = 256,
	POISON_EVENTS = 3, /* deaths at one line after which its events are lost */
	POISON_LINE = 6,   /* and the line itself */
};

struct save_room;

/* What is being saved: worker_save.c */
struct save {
	pid_t pid;              /* of the saver; 0: there is none */
	struct save_room *room; /* that it fills */
	char mark[MARK_TEXT];   /* the place in the log that belongs to it */
	uint64_t began_ms, fed; /* the last one: when, and worker.fed then */
	uint64_t took_ms, size; /* the last one that ended: work; bytes */
	uint64_t failures;      /* that nobody was told of */
	int64_t failed_since;   /* ms since 1970 */
};

struct worker {
	const struct worker_setup *setup;
	struct ring_ctl *ctl;
	uint64_t pos;    /* the next frame */
	uint64_t fed;    /* bytes of records that were taken, from wherever */
	uint64_t poison; /* the line that killed workers; 0: none */
	uint64_t poison_deaths, passed_over, failed_reloads;
	uint64_t batch_since;             /* 0: nothing waits for a commit */
	uint64_t commit_ms;               /* what the last commit took */
	uint64_t standby_pos, standby_ms; /* when the standby was made */
	pid_t standby;                    /* 0: there is none */
	bool standby_is_child;            /* or the parent, that made this worker */
	uint64_t last_done; /* the standby's: what its last worker reached */
	unsigned pause;
	unsigned losses; /* workers that died lately, less standbys since */
	struct ring_start start;
	struct pulse pulse;
	bool scanned; /* running processes were asked for */
	/* The log beside the stream: worker_mend.c */
	struct mender *mender; /* NULL: it is not looked at */
	struct logask logask;
	char log_problem[LOGASK_WHY]; /* the last that was told */
	size_t skip;       /* bytes of the frame at pos that are taken already */
	bool filling;      /* the log's lines come before the ring's */
	bool hold;         /* the frame at pos is not done with */
	bool end_mended;   /* the log was read to its end, as the stream is over */
	bool gap_open;     /* the keeper dropped what may be in the log */
	unsigned cut_ends; /* of events, that were torn and that no log made good */
	struct ring_dropped gap;
	struct mender_count read_back; /* of the row that is being written */
	int64_t mark_row, engine_row;  /* of the table resume; 0: none yet */
	bool engine_put;               /* that one is of this generation */
	char mark[MARK_TEXT];          /* what stands there */
	struct save save;
	bool ended;
	struct err err;
};

/* A child bears neither name before it is what the name says. */
pid_t worker_fork(const char *parent_name);
/* Puts a row of health. */
int worker_note(struct worker *w, const char *kind, const char *detail, uint64_t count,
		int64_t first, int64_t last);

/* ---- frames: worker_frames.c ---- */

/* Sets w->hold where it is to be given again, once nothing is to be filled. */
int worker_take_frame(struct worker *w, const struct ring_frame *frame);
/* at: a number that no other line has. */
int worker_take_line(struct worker *w, struct slice line, uint64_t at);

/* ---- the log beside the stream: worker_mend.c ---- */

/* Lines of the log have numbers of their own. */
#define WORKER_LOG_LINE ((uint64_t)1 << 63)

int worker_mend_begin(struct worker *w);
/*
 * *verdict: what mender_line() says, and *line is as that leaves it; w->filling
 * is set for MENDER_FILL.
 */
int worker_mend_line(struct worker *w, struct slice *line, uint64_t now_ms,
		     enum mender_verdict *verdict);
/* Nothing came until then. true: the log has more, which is taken soon. */
bool worker_mend_quiet(struct worker *w, uint64_t until_ms);
/* The keeper dropped lines. */
int worker_mend_gap(struct worker *w, const struct ring_dropped *gap);
/* The stream is over; may set w->filling. */
int worker_mend_end(struct worker *w);
/* Some of what the stream lacks; w->filling ends with the last of it. */
int worker_mend_fill(struct worker *w);
/* To be called before a commit: remembers how far the log was read. */
int worker_mend_commit(struct worker *w);
/* Instead of engine_end(): what is known goes to the next generation. */
int worker_mend_leave(struct worker *w, struct source_row *progress);
/*
 * The place in the log behind which nothing, and before which all was taken.
 * false: there is none now.
 */
bool worker_mend_here(struct worker *w, char mark[MARK_TEXT]);

/* ---- the model saved from time to time: worker_save.c ---- */

/*
 * Where a process may be forked, and nothing waits for a commit: makes a saver
 * if it is time. true: this is the saver, and it has done its work.
 */
bool worker_save_start(struct worker *w);
/* When nothing waits for a commit: stores what the saver has packed, if it has. */
void worker_save_take(struct worker *w);
/* To be called before a commit: tells what went wrong. */
int worker_save_tell(struct worker *w);
/* In a standby: the saver is not ours. */
void worker_save_forget(struct worker *w);
void worker_save_end(struct worker *w);

#endif
