/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the worker does with each frame of the ring. */
#include "engine/worker_priv.h"

#include <string.h>

#include "base/clock.h"
#include "engine/about.h"
#include "engine/seeds.h"

int worker_take_line(struct worker *w, struct slice line, uint64_t at)
{
	w->fed += line.len + 1;
	atomic_store_explicit(&w->ctl->at, at, memory_order_relaxed);
	if (at != w->poison || w->poison_deaths < POISON_EVENTS)
		return engine_feed(w->setup->engine, line, &w->err);
	if (worker_note(w, "passed_over", "records that ended the worker again and again",
			++w->passed_over, w->start.time, 0) != 0)
		return -1;
	if (w->poison_deaths < POISON_LINE)
		return engine_pass_over(w->setup->engine, line, &w->err);
	return 0;
}

static int take_lines(struct worker *w, const struct ring_frame *frame)
{
	struct slice rest = slice_make(ring_payload(frame), frame->len);
	bool told = false;
	unsigned n = 0;
	int rc = 0;

	/* Not before there is a record: it tells by what name the host goes. */
	if (!w->scanned)
		asker_scan(w->setup->asker);
	w->scanned = true;
	rest = slice_skip(rest, w->skip);
	while (rc == 0 && rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
		uint64_t at = w->pos + (uint64_t)(rest.ptr - ring_payload(frame)) + 1;
		struct slice line = slice_make(rest.ptr, len);
		enum mender_verdict verdict;

		rc = worker_mend_line(w, &line, frame->mono_ms, &verdict);
		if (rc == 0 && w->filling) {
			w->skip = (size_t)(rest.ptr - ring_payload(frame));
			w->hold = true;
			break;
		}
		/* What the log has more has been read: time goes by, once. */
		if (rc == 0 && !told &&
		    (verdict == MENDER_TAKE || verdict == MENDER_JOINED)) {
			rc = engine_tick(w->setup->engine, frame->mono_ms, &w->err);
			told = true;
		}
		if (rc == 0 && verdict != MENDER_KNOWN)
			rc = worker_take_line(w, line, at);
		rest = slice_skip(rest, len + 1);
		if (++n % BEAT_LINES == 0)
			atomic_store(&w->ctl->beat_ms, mono_ms());
	}
	atomic_store(&w->ctl->at, 0);
	return rc;
}

static int take_tick(struct worker *w, const struct ring_frame *frame)
{
	/* No event is too old that the log may still complete. */
	if (worker_mend_quiet(w, frame->mono_ms))
		return 0;
	return engine_tick(w->setup->engine, frame->mono_ms, &w->err);
}

static int take_gap(struct worker *w, const struct ring_frame *frame)
{
	struct ring_dropped gap;

	memcpy(&gap, ring_payload(frame), sizeof(gap));
	return worker_mend_gap(w, &gap);
}

/* The end counts once what the log has more than the stream was read too. */
static int take_end(struct worker *w)
{
	int rc = worker_mend_end(w);

	w->hold = w->filling;
	w->ended = !w->filling;
	return rc;
}

static int take_process(struct worker *w, const struct ask_header *header,
			struct slice texts, struct arena *arena)
{
	struct ctrfacts container;
	struct seed seed;

	if (!seeds_decode(header, texts, arena, &seed))
		return 0;
	return engine_seed(w->setup->engine, &seed,
			   about_container(texts, arena, &container) ? &container : NULL,
			   &w->err);
}

static int take_scanned(struct worker *w, const struct ask_header *header UNUSED,
			struct slice texts UNUSED, struct arena *arena UNUSED)
{
	return engine_seed(w->setup->engine, NULL, NULL, &w->err);
}

static int take_fds(struct worker *w, const struct ask_header *header, struct slice texts,
		    struct arena *arena)
{
	const char *uid, *words;
	struct seed seed;

	if (!seeds_decode(header, texts, arena, &seed))
		return 0;
	uid = asker_confirm(w->setup->asker, header, &seed, arena, &words);
	return uid ? engine_confirm(w->setup->engine, uid, words, &w->err) : 0;
}

static int take_about(struct worker *w, const struct ask_header *header,
		      struct slice texts, struct arena *arena)
{
	struct process_facts facts;
	struct ctrfacts container;

	if (!asker_about(w->setup->asker, header, &facts))
		return 0;
	if (about_container(texts, arena, &container))
		facts.container = &container;
	facts.nenv = about_environment(texts, arena, &facts.env);
	return engine_about(w->setup->engine, &facts, &w->err);
}

static int take_status(struct worker *w, const struct ask_header *header UNUSED,
		       struct slice texts, struct arena *arena UNUSED)
{
	return pulse_take(&w->pulse, texts, w->setup->engine, &w->err);
}

/* Of a file: its digest. */
static int take_content(struct worker *w, const struct ask_header *header,
			struct slice texts, struct arena *arena UNUSED)
{
	struct content content;

	if (!asker_answer(w->setup->asker, header, texts, &content))
		return 0;
	return engine_content(w->setup->engine, &content, &w->err);
}

/* arena: for what is read out of texts, gone when it has been taken. */
typedef int take_fn(struct worker *w, const struct ask_header *header, struct slice texts,
		    struct arena *arena);

/* NULL: no answer. */
static take_fn *const takers[ASK_KIND_MAX] = {
	[ASK_PROGRAM] = take_content, [ASK_FILE] = take_content,
	[ASK_STATUS] = take_status,   [ASK_PROCESS] = take_process,
	[ASK_SCANNED] = take_scanned, [ASK_ABOUT] = take_about,
	[ASK_FDS] = take_fds,
};

static int take_reply(struct worker *w, const struct ring_frame *frame)
{
	struct ask_header header;
	struct slice texts;
	struct arena arena;
	int rc;

	if (!ask_read(ring_payload(frame), frame->len, &header, &texts) ||
	    !takers[header.kind])
		return 0;
	arena_init(&arena);
	rc = takers[header.kind](w, &header, texts, &arena);
	arena_fini(&arena);
	return rc;
}

static int take_reload(struct worker *w)
{
	struct err err;

	if (w->setup->reload(w->setup->ctx, &err) == 0)
		return 0;
	w->setup->complain(err.msg);
	return worker_note(w, "reload_failed",
			   "the settings could not be read again: the old ones "
			   "are in force",
			   ++w->failed_reloads, w->start.time, wall_ms());
}

int worker_take_frame(struct worker *w, const struct ring_frame *frame)
{
	switch ((enum ring_kind)frame->kind) {
	case RING_LINES: return take_lines(w, frame);
	case RING_TICK: return take_tick(w, frame);
	case RING_DROPPED: return take_gap(w, frame);
	case RING_END: return take_end(w);
	case RING_REPLY: return take_reply(w, frame);
	case RING_RELOAD: return take_reload(w);
	case RING_KIND_MAX: break;
	}
	return 0;
}
