/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs that lie there, or are still being written: engine_run(). */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/ahead.h"
#include "engine/engine_priv.h"
#include "engine/resume.h"
#include "store/resume.h"

enum {
	PROGRESS_LINES = 65536, /* between two calls of progress() */
	PROGRESS_BATCHES = 64,  /* the same, where they come in batches */
	FOLLOW_WAIT_MS = 200,   /* between two looks at a log that is followed */
	FOLLOW_COMMIT_MS = 1000,
	FOLLOW_SAVE_MS = 60000, /* between two savings of all that is known */
	FOLLOW_AGE_MS = 2000,   /* end_of_event_timeout of auditd.conf(5) */
};

/* One run over one source. */
struct run {
	struct engine *engine;
	struct source *source;
	struct engine_result *result;
	struct ahead *ahead; /* NULL: everything in one thread */
	char *torn;          /* the last line, without a newline; NULL: it was whole */
	size_t torn_len;
	uint64_t lines, batches;
	uint64_t saved_ms, committed_ms;
};

static int take_event(struct engine *e, const struct event *event, struct err *err)
{
	logs_event(e->logs, event->time);
	engine_take_event(e, event);
	if (e->since_commit % (state_wants_store(e->state) ? PUT_FULL : PUT_EVENTS) ==
		    0 &&
	    engine_put_changed(e, err) != 0)
		return -1;
	if (e->since_commit >= BATCH_EVENTS &&
	    (engine_end_batch(e, err) != 0 || engine_begin(e, err) != 0))
		return -1;
	return 0;
}

static int take_ready(struct engine *e, struct err *err)
{
	struct event *event;

	while ((event = assembler_next(e->assembler))) {
		if (take_event(e, event, err) != 0)
			return -1;
	}
	return sink_status(e->sink, err);
}

static void tell_progress(const struct run *run)
{
	const struct engine *e = run->engine;
	struct source_pos pos;

	if (!e->setup.progress)
		return;
	source_pos(run->source, &pos);
	e->setup.progress(e->setup.ctx, &pos, assembler_stats(e->assembler)->events,
			  sink_count(e->sink));
}

/* The same for what is read ahead: where that is, is the reader's to know. */
static int look_at_batch(struct run *run, struct err *err)
{
	const struct engine *e = run->engine;
	struct ahead_progress at;

	if (!ahead_progress(run->ahead, &at))
		return 0;
	if (++run->batches % PROGRESS_BATCHES == 0 && e->setup.progress)
		e->setup.progress(e->setup.ctx, &at.pos, at.events, sink_count(e->sink));
	return sink_status(e->sink, err);
}

static int feed(struct run *run, struct slice line, struct err *err)
{
	struct engine *e = run->engine;

	logs_follow(e->logs, run->source, assembler_stats(e->assembler));
	assembler_feed(e->assembler, line);
	return take_ready(e, err);
}

/* A torn line counts only when it is known that nothing will end it. */
static int feed_torn(struct run *run, struct err *err)
{
	struct slice line = slice_make(run->torn, run->torn_len);
	int rc = run->torn ? feed(run, line, err) : 0;

	free(run->torn);
	run->torn = NULL;
	return rc;
}

static int take_line(struct run *run, struct slice line, struct err *err)
{
	if (run->torn && feed_torn(run, err) != 0)
		return -1;
	if (!source_whole(run->source)) {
		run->torn = xmemdup0(line.ptr, line.len);
		run->torn_len = line.len;
		return 0;
	}
	if (feed(run, line, err) != 0)
		return -1;
	if (++run->lines % PROGRESS_LINES == 0)
		tell_progress(run);
	return 0;
}

/* ---- a log that grows ---- */

static bool stopped(const struct engine *e)
{
	return e->setup.stopped && e->setup.stopped(e->setup.ctx);
}

/* What there is so far comes to the store; now and then all that is known. */
static int commit_so_far(struct run *run, struct err *err)
{
	struct engine *e = run->engine;
	struct resume_point *point = NULL;
	uint64_t now = mono_ms();
	int rc = 0;

	run->committed_ms = now;
	if (now - run->saved_ms >= FOLLOW_SAVE_MS) {
		run->saved_ms = now;
		point = resume_here(e, run->source);
	}
	logs_update(e->logs, run->source, assembler_stats(e->assembler));
	if (point)
		rc = resume_put(e, point, slice_make(NULL, 0), err);
	resume_point_free(&point);
	if (rc == 0 && logs_put(e->logs, e->setup.store, err) == 0 &&
	    engine_end_batch(e, err) == 0 && engine_begin(e, err) == 0) {
		if (e->setup.committed)
			e->setup.committed(e->setup.ctx);
		return 0;
	}
	return -1;
}

/* Nothing new for now. */
static int wait_for_more(struct run *run, struct err *err)
{
	struct engine *e = run->engine;

	assembler_tick(e->assembler, mono_ms(), FOLLOW_AGE_MS);
	if (take_ready(e, err) != 0)
		return -1;
	if (e->since_commit && mono_ms() - run->committed_ms >= FOLLOW_COMMIT_MS &&
	    commit_so_far(run, err) != 0)
		return -1;
	tell_progress(run);
	/* A signal ends it early. */
	poll(NULL, 0, FOLLOW_WAIT_MS);
	return 0;
}

/* ---- from the beginning to the end ---- */

/* All that the reader finds before it stops. */
static int take_ahead(struct run *run, struct err *err)
{
	struct engine *e = run->engine;
	const struct event *event;

	ahead_start(run->ahead, logs_begun(e->logs));
	while ((event = ahead_next(run->ahead, !stopped(e)))) {
		if (take_event(e, event, err) != 0 || look_at_batch(run, err) != 0)
			return -1;
	}
	return sink_status(e->sink, err);
}

/* As source_next(), after what could be read ahead. */
static enum source_status next(struct run *run, struct slice *line, struct err *problem,
			       struct err *err, int *rc)
{
	*rc = 0;
	/* What follows a torn line decides what becomes of that. */
	if (!run->ahead || run->torn)
		return source_next(run->source, line, problem);
	*rc = take_ahead(run, err);
	return *rc == 0 ? ahead_stop(run->ahead, line, problem) : SOURCE_END;
}

static int read_all(struct run *run, struct err *err)
{
	struct engine *e = run->engine;
	enum source_status status;
	struct slice line;
	struct err problem;
	int rc = 0;

	while (rc == 0 && !stopped(e) &&
	       (status = next(run, &line, &problem, err, &rc)) != SOURCE_END) {
		if (status == SOURCE_ERROR) {
			run->result->input_errors++;
			e->setup.problem(e->setup.ctx, problem.msg);
		} else if (status == SOURCE_WAIT) {
			rc = wait_for_more(run, err);
		} else {
			rc = take_line(run, line, err);
		}
	}
	return rc;
}

/* All that is stored because the log ends here, as far as can be seen. */
static int take_end(struct run *run, struct err *err)
{
	struct engine *e = run->engine;

	if (feed_torn(run, err) != 0)
		return -1;
	engine_finish(e);
	logs_update(e->logs, run->source, assembler_stats(e->assembler));
	if (engine_put_changed(e, err) != 0 ||
	    logs_put(e->logs, e->setup.store, err) != 0)
		return -1;
	return engine_put_health(e, e->first, err);
}

static int end(struct run *run, struct err *err)
{
	struct engine *e = run->engine;
	struct resume_point *point = resume_here(e, run->source);
	struct strbuf undo;
	int rc = 0;

	strbuf_init(&undo);
	if (point)
		rc = store_watch(e->setup.store, err);
	if (rc == 0)
		rc = take_end(run, err);
	if (rc == 0 && point)
		rc = store_unwatch(e->setup.store, &undo, err);
	if (rc == 0 && point)
		rc = resume_put(e, point, strbuf_slice(&undo), err);
	if (rc == 0)
		rc = engine_end_batch(e, err);
	resume_point_free(&point);
	strbuf_fini(&undo);
	return rc;
}

static int run_source(struct engine *e, struct source *source,
		      struct engine_result *result, struct err *err)
{
	struct run run = { .engine = e, .source = source, .result = result };
	int rc;

	run.saved_ms = run.committed_ms = mono_ms();
	if (e->setup.follow)
		source_follow(source);
	rc = engine_begin(e, err);
	if (rc == 0)
		rc = resume_find(e, source, err);
	/* A pipe that is followed may keep the reader waiting for good. */
	if (rc == 0 && e->setup.ahead && (!e->setup.follow || source_has_marks(source)))
		run.ahead = ahead_new(source, e->assembler, e->setup.ahead);
	if (rc == 0)
		rc = read_all(&run, err);
	ahead_free(&run.ahead);
	tell_progress(&run);
	if (rc == 0)
		rc = end(&run, err);
	free(run.torn);
	return rc;
}

int engine_run(struct engine *e, const char *const *paths, size_t npaths,
	       struct engine_result *result, struct err *err)
{
	struct source *source;
	struct err problem;
	int rc;

	*result = (struct engine_result){ 0 };
	if (source_open(paths, npaths, &source, &problem) != 0) {
		result->input_errors++;
		e->setup.problem(e->setup.ctx, problem.msg);
		return 0;
	}
	e->logs = logs_new();
	rc = run_source(e, source, result, err);
	source_close(&source);
	result->reader = *assembler_stats(e->assembler);
	result->new_records = result->reader.records - e->new_from;
	result->findings = sink_count(e->sink);
	result->has_severity = sink_worst(e->sink, &result->worst);
	return rc;
}
