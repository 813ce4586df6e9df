/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What engine.c, analyze.c and resume.c share; nobody else includes this. */
#ifndef AUSPEX_ENGINE_ENGINE_PRIV_H
#define AUSPEX_ENGINE_ENGINE_PRIV_H

#include "engine/engine.h"
#include "engine/evidence.h"
#include "engine/logs.h"
#include "engine/sink.h"

enum {
	LIMIT_DETECTORS = 16,
	PUT_EVENTS = 4096,    /* after so many what changed goes to the store */
	PUT_FULL = 256,       /* the same, where the world model needs room */
	BATCH_EVENTS = 53248, /* between two commits: a multiple of that */
};

struct engine {
	struct engine_setup setup;
	struct assembler *assembler;
	struct state *state;
	struct evidence *evidence;
	struct sink *sink;
	struct finding_out out;
	const struct detector *const *detectors;
	void *selves[LIMIT_DETECTORS];
	bool begun; /* between store_begin and store_commit */
	uint64_t since_commit;
	stamp_ms first, last;
	struct seeding *seeding;
	char node[256];            /* of the first event */
	stamp_ms opened;           /* of the first event that came */
	bool intel_told;           /* that a look-up failed */
	uint64_t health_told;      /* sum of the counts that the store has heard of */
	struct logs *logs;         /* of engine_run() */
	uint64_t new_from;         /* records that earlier runs have read */
	int64_t resume_id;         /* the row of the log that is read on; 0: none yet */
	char *resume_marks;        /* how far it was read before; NULL: it was not */
	struct strbuf resume_undo; /* what was taken back of that */
};

int engine_begin(struct engine *engine, struct err *err);
/* Processes and containers that changed. */
int engine_put_changed(struct engine *engine, struct err *err);
/* Ends the batch. */
int engine_end_batch(struct engine *engine, struct err *err);
void engine_take_event(struct engine *engine, const struct event *event);
/* The input has ended: nothing is held back any more. */
void engine_finish(struct engine *engine);
int engine_put_progress(struct engine *engine, struct source_row *progress,
			struct err *err);
int engine_put_health(struct engine *engine, stamp_ms first, struct err *err);

#endif
