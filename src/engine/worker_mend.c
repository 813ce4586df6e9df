/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the live stream lost and audit.log has: mender.h says how it is found. */
#include "engine/worker_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "engine/carry.h"
#include "engine/logline.h"
#include "store/resume.h"

enum {
	FILL_LINES = 2048, /* at once, between two looks at the clock */
	ROW_MS = 10000,    /* what is read back within that is one row */
	WAIT_ROUNDS = 5,   /* for a helper that has just been started */
	TAKE_UPS = 2,      /* that workers may die of */
	CUT_TOLD = 16,     /* the log may not have been found at once */
};

/* The row of the table resume that says how far the log was read. */
static const char mark_path[] = "auditd", mark_by[] = "plugin";

static size_t list(void *ctx, int fds[CHAIN_LIST])
{
	struct worker *w = ctx;

	_Static_assert((int)CHAIN_LIST == (int)LOGFILES_MAX, "all that may come");
	return logask(&w->logask, fds);
}

static void alive(void *ctx)
{
	struct worker *w = ctx;

	atomic_store(&w->ctl->beat_ms, mono_ms());
}

/* ---- what is told ---- */

/* Why the log is not read, once for each reason. */
static int tell_problem(struct worker *w)
{
	if (strcmp(w->log_problem, w->logask.why) == 0)
		return 0;
	memcpy(w->log_problem, w->logask.why, sizeof(w->log_problem));
	if (!w->log_problem[0])
		return 0;
	w->setup->complain(w->log_problem);
	return worker_note(w, "log_not_read", w->log_problem, 1, wall_ms(), 0);
}

static int tell_dropped(struct worker *w)
{
	w->gap_open = false;
	return worker_note(w, "dropped_records",
			   "records that found no room because the worker was behind",
			   w->gap.records, w->gap.first, w->gap.last);
}

static int tell_read(struct worker *w, const struct mender_count *read)
{
	struct mender_count *row = &w->read_back;

	if (row->records == 0 || read->first - row->last > ROW_MS)
		*row = (struct mender_count){ .first = read->first };
	row->records += read->records;
	row->last = read->last;
	return worker_note(w, "read_back",
			   "records that the live stream lost: read from audit.log",
			   row->records, row->first, row->last);
}

static int tell_filled(struct worker *w)
{
	struct mender_count read, lost;

	if (!mender_filled(w->mender, &read, &lost))
		return 0;
	if (read.records && tell_read(w, &read) != 0)
		return -1;
	if (!lost.first)
		return 0;
	return worker_note(w, "lost_records",
			   "records that neither the live stream nor audit.log has, or "
			   "more than plugin.read_back_mib",
			   lost.records, lost.first, lost.last);
}

/* ---- where the last generation stopped ---- */

static int find_row(struct worker *w, struct arena *arena, struct resume_row *row)
{
	return store_find_resume(w->setup->store, mark_path, mark_by, arena, row,
				 &w->err);
}

/* "OFFSET DIGEST TIME", see write_mark(). */
static bool read_mark(const char *text, struct chain_mark *mark, int64_t *time)
{
	const char *digest = strchr(text, ' '), *behind;

	if (!digest || !num_u64(slice_make(text, (size_t)(digest - text)), &mark->offset))
		return false;
	behind = strchr(++digest, ' ');
	if (!behind || behind - digest != SHA256_HEX ||
	    !num_i64(slice_str(behind + 1), time))
		return false;
	snprintf(mark->digest, sizeof(mark->digest), "%.*s", SHA256_HEX, digest);
	return true;
}

static bool open_log(struct worker *w)
{
	for (int i = 0; i < WAIT_ROUNDS; i++) {
		alive(w);
		if (mender_open(w->mender))
			return true;
		/* There is none; or the helper has not come to that yet. */
		if (w->logask.answered)
			break;
	}
	return false;
}

/* What the last generation left: the engine, and how far the log was read. */
struct legacy {
	struct resume_row engine, log;
	bool has_engine, has_log;
	struct chain_mark from, to; /* of the two */
	int64_t time;
};

/* Can what was known be taken up where it was left, or from where it began? */
static bool find_engine(struct worker *w, const struct legacy *old)
{
	if (!old->has_engine || atomic_fetch_add(&w->ctl->take_ups, 1) >= TAKE_UPS ||
	    !mender_start(w->mender, &old->from, old->has_log ? &old->to : NULL))
		return false;
	return strcmp(old->from.digest, old->to.digest) == 0 ||
	       mender_unread(w->mender) <= w->setup->log_limit;
}

static int start_at(struct worker *w, const struct legacy *old)
{
	bool found, taken = false;

	if (!open_log(w))
		return tell_problem(w);
	found = find_engine(w, old);
	if (old->has_engine &&
	    carry_take(w->setup->engine, &old->engine, found, &taken, &w->err) != 0)
		return -1;
	w->engine_put = taken;
	if (taken || (!old->has_log && !old->has_engine))
		return 0;
	if (old->has_log && mender_start(w->mender, &old->to, NULL))
		return 0;
	return worker_note(w, "lost_records",
			   "what was logged since then is not in audit.log any more", 0,
			   old->time, w->start.time);
}

static int find_legacy(struct worker *w, struct arena *arena, struct legacy *old)
{
	int64_t time;
	int rc = carry_find(w->setup->engine, arena, &old->engine, &w->err);

	if (rc < 0)
		return -1;
	old->has_engine = rc > 0 && read_mark(old->engine.marks, &old->from, &old->time);
	w->engine_row = rc > 0 ? old->engine.id : 0;
	rc = find_row(w, arena, &old->log);
	if (rc < 0)
		return -1;
	old->has_log = rc > 0 && read_mark(old->log.marks, &old->to, &time);
	w->mark_row = rc > 0 ? old->log.id : 0;
	if (old->has_log)
		old->time = time;
	return 0;
}

int worker_mend_begin(struct worker *w)
{
	struct mender_setup setup = {
		.list = list, .alive = alive, .ctx = w, .limit = w->setup->log_limit
	};
	struct legacy old = { 0 };
	struct arena arena;
	int rc;

	w->logask.socket = w->setup->logs;
	if (w->setup->logs < 0)
		return 0;
	w->mender = mender_new(&setup);
	arena_init(&arena);
	rc = find_legacy(w, &arena, &old);
	/* Behind its beginning the ring itself is what there is. */
	if (rc == 0 && w->pos == 0)
		rc = start_at(w, &old);
	if (engine_is_begun(w->setup->engine))
		w->batch_since = mono_ms();
	arena_fini(&arena);
	return rc;
}

static int put_mark(struct worker *w)
{
	struct resume_row row = { .id = w->mark_row,
				  .path = mark_path,
				  .made_by = mark_by,
				  .settings = "",
				  .marks = w->mark,
				  .sha256 = "" };
	struct arena arena;
	int rc;

	if (store_put_resume(w->setup->store, &row, &w->err) != 0)
		return -1;
	if (w->mark_row)
		return 0;
	arena_init(&arena);
	rc = find_row(w, &arena, &row);
	if (rc > 0)
		w->mark_row = row.id;
	arena_fini(&arena);
	return rc < 0 ? -1 : 0;
}

static void write_mark(struct worker *w, const struct chain_mark *mark,
		       char out[MARK_TEXT])
{
	snprintf(out, MARK_TEXT, "%" PRIu64 " %s %" PRId64, mark->offset, mark->digest,
		 engine_last(w->setup->engine));
}

/* From where the log is to be read for an engine that knows nothing. */
static int put_origin(struct worker *w)
{
	struct resume_row row;
	struct chain_mark mark;
	char text[MARK_TEXT];
	struct arena arena;
	int rc;

	if (w->engine_put || !mender_origin(w->mender, &mark))
		return 0;
	write_mark(w, &mark, text);
	if (carry_nothing(w->setup->engine, w->engine_row, text, &w->err) != 0)
		return -1;
	w->engine_put = true;
	arena_init(&arena);
	rc = carry_find(w->setup->engine, &arena, &row, &w->err);
	w->engine_row = rc > 0 ? row.id : 0;
	arena_fini(&arena);
	return rc < 0 ? -1 : 0;
}

int worker_mend_commit(struct worker *w)
{
	struct chain_mark mark;
	char text[MARK_TEXT];

	if (!w->mender || !engine_is_begun(w->setup->engine))
		return 0;
	if (put_origin(w) != 0)
		return -1;
	if (w->ended ? !mender_here(w->mender, &mark) : !mender_mark(w->mender, &mark))
		return 0;
	write_mark(w, &mark, text);
	if (strcmp(text, w->mark) == 0)
		return 0;
	memcpy(w->mark, text, sizeof(text));
	return put_mark(w);
}

bool worker_mend_here(struct worker *w, char out[MARK_TEXT])
{
	struct chain_mark mark;

	if (!w->mender || !mender_exact(w->mender, &mark))
		return false;
	write_mark(w, &mark, out);
	return true;
}

int worker_mend_leave(struct worker *w, struct source_row *progress)
{
	struct chain_mark mark;
	char text[MARK_TEXT];

	if (!w->mender || !mender_here(w->mender, &mark))
		return engine_end(w->setup->engine, progress, &w->err);
	write_mark(w, &mark, text);
	return carry_end(w->setup->engine, progress, w->engine_row, text, &w->err);
}

/* ---- while it runs ---- */

/* The keeper's gap: is what it dropped there now? */
static int close_gap(struct worker *w, enum mender_verdict verdict)
{
	if (!w->gap_open || verdict == MENDER_PASS || verdict == MENDER_KNOWN)
		return 0;
	if (verdict == MENDER_TAKE)
		return tell_dropped(w);
	w->gap_open = false;
	return 0;
}

/*
 * auditd 4.2.0 and 4.2.1 cut 16 bytes off each record where log_format is RAW
 * (dispatch_event(), src/auditd-dispatch.c). EOE holds nothing but its id, so
 * that none of them escapes notice; and that no log has made it good.
 */
static int tell_cut(struct worker *w)
{
	if (++w->cut_ends != CUT_TOLD)
		return 0;
	return worker_note(
		w, "cut_records",
		"auditd 4.2.0 or 4.2.1 cuts the end of each record, and its log "
		"is not read: set log_format = ENRICHED, or update it",
		0, wall_ms(), 0);
}

int worker_mend_line(struct worker *w, struct slice *line, uint64_t now_ms,
		     enum mender_verdict *verdict)
{
	*verdict = MENDER_TAKE;
	if (!w->mender)
		return logline_is_torn(*line) ? tell_cut(w) : 0;
	/* What was taken so far: is it all, or is there half of an event? */
	if (engine_is_idle(w->setup->engine))
		mender_settle(w->mender);
	*verdict = mender_line(w->mender, line, now_ms);
	w->filling = *verdict == MENDER_FILL;
	if (w->filling)
		return 0;
	if (*verdict == MENDER_TAKE && logline_is_torn(*line) && tell_cut(w) != 0)
		return -1;
	return tell_problem(w) != 0 ? -1 : close_gap(w, *verdict);
}

bool worker_mend_quiet(struct worker *w, uint64_t until_ms)
{
	if (!w->mender)
		return false;
	w->filling = mender_quiet(w->mender, until_ms, mono_ms());
	return w->filling || mender_is_waiting(w->mender);
}

int worker_mend_gap(struct worker *w, const struct ring_dropped *gap)
{
	if (!w->mender || !mender_is_open(w->mender)) {
		w->gap = *gap;
		return tell_dropped(w);
	}
	if (!w->gap_open)
		w->gap = (struct ring_dropped){ .first = gap->first };
	w->gap_open = true;
	w->gap.records += gap->records;
	w->gap.bytes += gap->bytes;
	w->gap.last = gap->last;
	return 0;
}

int worker_mend_end(struct worker *w)
{
	bool mended = w->end_mended;

	w->end_mended = true;
	if (!w->mender || mended)
		return w->gap_open ? tell_dropped(w) : 0;
	w->filling = mender_end(w->mender);
	if (w->filling)
		w->gap_open = false;
	return w->gap_open ? tell_dropped(w) : 0;
}

int worker_mend_fill(struct worker *w)
{
	struct slice line;
	int rc = 0;

	for (int i = 0; i < FILL_LINES && w->filling && rc == 0; i++) {
		uint64_t at = WORKER_LOG_LINE | mender_place(w->mender);

		w->filling = mender_fill(w->mender, &line);
		if (w->filling)
			rc = worker_take_line(w, line, at);
		if (engine_is_idle(w->setup->engine))
			mender_settle(w->mender);
	}
	atomic_store(&w->ctl->at, 0);
	/* What is lost for good would not be found again behind a save. */
	return rc == 0 && (!w->filling || mender_has_lost(w->mender)) ? tell_filled(w)
								      : rc;
}
