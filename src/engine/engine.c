/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/ctrstore.h"
#include "engine/engine_priv.h"
#include "engine/procstore.h"
#include "engine/rootdir.h"

struct engine *engine_new(const struct engine_setup *setup)
{
	struct engine *e = xcalloc(1, sizeof(*e));

	e->setup = *setup;
	e->assembler = assembler_new();
	e->state = state_new();
	state_know_containers(e->state, setup->containers);
	e->evidence = evidence_new();
	e->sink = sink_new(setup->store, e->evidence, setup->detect->config);
	if (setup->observe || setup->root)
		sink_take_contents(e->sink);
	if (setup->found)
		sink_tell(e->sink, setup->found, setup->ctx);
	e->out = sink_out(e->sink);
	e->detectors = detectors();
	for (size_t i = 0; i < LIMIT_DETECTORS && e->detectors[i]; i++)
		e->selves[i] = e->detectors[i]->init
				       ? e->detectors[i]->init(setup->detect)
				       : NULL;
	return e;
}

void engine_free(struct engine **ep)
{
	struct engine *e = *ep;

	if (!e)
		return;
	for (size_t i = 0; i < LIMIT_DETECTORS && e->detectors[i]; i++) {
		if (e->detectors[i]->fini)
			e->detectors[i]->fini(e->selves[i]);
	}
	if (e->setup.root)
		rootdir_forget(e->setup.root);
	sink_free(&e->sink);
	evidence_free(&e->evidence);
	seeding_free(&e->seeding);
	state_free(&e->state);
	assembler_free(&e->assembler);
	logs_free(&e->logs);
	free(e->resume_marks);
	strbuf_fini(&e->resume_undo);
	free(e);
	*ep = NULL;
}

uint64_t engine_count(const struct engine *e)
{
	return sink_count(e->sink);
}

bool engine_found(const struct engine *e, const char *uid)
{
	return sink_has(e->sink, uid);
}

/* ---- batches ---- */

int engine_put_changed(struct engine *e, struct err *err)
{
	if (procstore_put(e->setup.store, e->state, err) != 0)
		return -1;
	return ctrstore_put(e->setup.store, e->state, err);
}

int engine_begin(struct engine *e, struct err *err)
{
	if (!e->begun && store_begin(e->setup.store, err) != 0)
		return -1;
	e->begun = true;
	return 0;
}

/* What could not be looked up is not found: somebody has to know. */
static int tell_intel(struct engine *e, struct err *err)
{
	const char *problem = intel_set_problem(e->setup.detect->intel);
	struct health_row row = { .kind = "indicators_failed",
				  .detail = problem,
				  .count = 1,
				  .first = e->opened,
				  .last = e->last };

	if (!problem || e->intel_told)
		return 0;
	e->intel_told = true;
	return store_put_health(e->setup.store, &row, err);
}

int engine_end_batch(struct engine *e, struct err *err)
{
	e->since_commit = 0;
	e->begun = false;
	if (engine_put_changed(e, err) != 0 || tell_intel(e, err) != 0 ||
	    sink_status(e->sink, err) != 0 || store_commit(e->setup.store, err) != 0)
		return -1;
	return 0;
}

/* ---- events ---- */

void engine_take_event(struct engine *e, const struct event *event)
{
	struct activity act;

	state_apply(e->state, event, &act);
	evidence_add(e->evidence, &act);
	for (size_t i = 0; e->detectors[i]; i++)
		e->detectors[i]->activity(e->selves[i], e->state, &act, &e->out);
	sink_activity(e->sink, &act);
	if (e->setup.root)
		rootdir_activity(e->setup.root, &act);
	if (e->setup.observe)
		e->setup.observe(e->setup.ctx, &act);
	if (e->first == 0 || event->time < e->first)
		e->first = event->time;
	if (event->time > e->last)
		e->last = event->time;
	if (e->opened == 0) {
		e->opened = event->time;
		snprintf(e->node, sizeof(e->node), "%.*s", SLICE_FMT(event->node));
	}
	e->since_commit++;
}

static void take_content(struct engine *e, const struct content *content)
{
	e->since_commit++;
	for (size_t i = 0; e->detectors[i]; i++) {
		if (e->detectors[i]->content)
			e->detectors[i]->content(e->selves[i], e->state, content,
						 &e->out);
	}
	sink_content(e->sink, content);
}

void engine_finish(struct engine *e)
{
	struct content content;
	struct event *event;

	assembler_flush(e->assembler);
	while ((event = assembler_next(e->assembler))) {
		if (e->logs)
			logs_event(e->logs, event->time);
		engine_take_event(e, event);
	}
	while (e->setup.root && rootdir_next(e->setup.root, &content))
		take_content(e, &content);
	for (size_t i = 0; e->detectors[i]; i++) {
		if (e->detectors[i]->finish)
			e->detectors[i]->finish(e->selves[i], e->state, &e->out);
	}
}

/* ---- health ---- */

/* What the world model had to forget: see state/memory.h. */
static int put_losses(struct engine *e, stamp_ms first, struct err *err)
{
	const struct memory *memory = state_memory(e->state);

	for (int i = 0; i < LOSS_MAX; i++) {
		struct health_row row = { .kind = loss_kind((enum loss)i),
					  .detail = loss_detail((enum loss)i),
					  .count = memory->lost[i],
					  .first = first,
					  .last = e->last };

		if (row.count && store_put_health(e->setup.store, &row, err) != 0)
			return -1;
	}
	return 0;
}

int engine_put_health(struct engine *e, stamp_ms first, struct err *err)
{
	const struct assembler_stats *s = assembler_stats(e->assembler);
	const struct {
		const char *kind, *detail;
		uint64_t count;
	} rows[] = {
		{ "incomplete_events", "events that lack a record", s->incomplete },
		{ "no_proctitle", "events without their last record", s->no_proctitle },
		{ "missing_path", "fewer PATH records than items= says", s->no_path },
		{ "missing_execve", "executions without their arguments", s->no_execve },
		{ "missing_arguments", "fewer arguments than argc= says", s->no_args },
		{ "missing_syscall", "records whose SYSCALL record is not there",
		  s->no_syscall },
		{ "cut_events", "events cut at a limit", s->cut },
		{ "malformed_lines", "lines that are no audit records", s->malformed },
		{ "long_lines", "lines cut at the limit", s->too_long },
		{ "late_records", "records that came after their event", s->late },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct health_row row = { .kind = rows[i].kind,
					  .detail = rows[i].detail,
					  .count = rows[i].count,
					  .first = first,
					  .last = e->last };

		if (rows[i].count && store_put_health(e->setup.store, &row, err) != 0)
			return -1;
	}
	if (put_losses(e, first, err) != 0)
		return -1;
	return ctrstore_put_health(e->setup.store, e->state, e->setup.detect->manifests,
				   e->first, e->last, err);
}

/* ---- a stream that does not end ---- */

enum {
	LIVE_AGE_MS = 2000,   /* end_of_event_timeout of auditd.conf(5) */
	SEED_SLACK_MS = 2000, /* between two readings of when a process began */
};

/* Nothing is begun before there is something to store. */
static int take_live(struct engine *e, bool lose, struct err *err)
{
	struct event *event;

	while ((event = assembler_next(e->assembler))) {
		if (engine_begin(e, err) != 0)
			return -1;
		if (!lose)
			engine_take_event(e, event);
	}
	return sink_status(e->sink, err);
}

int engine_feed(struct engine *e, struct slice line, struct err *err)
{
	assembler_feed(e->assembler, line);
	return take_live(e, false, err);
}

int engine_pass_over(struct engine *e, struct slice line, struct err *err)
{
	assembler_feed(e->assembler, line);
	return take_live(e, true, err);
}

int engine_tick(struct engine *e, uint64_t now_ms, struct err *err)
{
	assembler_tick(e->assembler, now_ms, LIVE_AGE_MS);
	return take_live(e, false, err);
}

bool engine_is_begun(const struct engine *e)
{
	return e->begun;
}

stamp_ms engine_last(const struct engine *e)
{
	return e->last;
}

bool engine_is_idle(const struct engine *e)
{
	return assembler_open(e->assembler) == 0;
}

int engine_content(struct engine *e, const struct content *content, struct err *err)
{
	if (engine_begin(e, err) != 0)
		return -1;
	take_content(e, content);
	return sink_status(e->sink, err);
}

/* Is it the process that the store knows under the same pid? */
static int find_stored(struct engine *e, struct seed *seed, char uid[PROC_UID_HEX + 1],
		       struct err *err)
{
	struct living_row row;
	int rc = store_find_living(e->setup.store, seed->node, seed->pid, &row, err);
	stamp_ms after = rc > 0 ? row.started - seed->started : 0;

	if (rc <= 0)
		return rc;
	/* /proc counts from the boot, whose time moves with the clock. */
	if (after < -SEED_SLACK_MS || (row.start_seen && after > SEED_SLACK_MS) ||
	    (row.exe[0] && seed->exe && strcmp(row.exe, seed->exe) != 0))
		return 0;
	memcpy(uid, row.uid, PROC_UID_HEX + 1);
	seed->uid = uid;
	seed->seq = row.seq;
	seed->start_seen = row.start_seen;
	seed->started = row.started;
	return 0;
}

int engine_seed(struct engine *e, struct seed *seed, const struct ctrfacts *container,
		struct err *err)
{
	char uid[PROC_UID_HEX + 1];
	struct proc *proc;

	if (!seed) {
		seeding_free(&e->seeding);
		return 0;
	}
	if (engine_begin(e, err) != 0)
		return -1;
	if (!e->seeding)
		e->seeding = seeding_new();
	seed->node = e->node;
	if (find_stored(e, seed, uid, err) != 0)
		return -1;
	proc = state_seed(e->state, e->seeding, seed);
	if (proc && container)
		state_learn_container(e->state, proc, container);
	e->since_commit++;
	return 0;
}

int engine_about(struct engine *e, const struct process_facts *facts, struct err *err)
{
	if (engine_begin(e, err) != 0)
		return -1;
	e->since_commit++;
	if (facts->container)
		state_learn_container(e->state, facts->proc, facts->container);
	if (!facts->nenv)
		return 0;
	return procstore_put_env(e->setup.store, facts->proc, facts->image, facts->env,
				 facts->nenv, err);
}

int engine_confirm(struct engine *e, const char *uid, const char *what, struct err *err)
{
	if (engine_begin(e, err) != 0)
		return -1;
	e->since_commit++;
	return store_confirm_finding(e->setup.store, uid, what, err);
}

int engine_note(struct engine *e, const struct health_row *row, struct err *err)
{
	if (engine_begin(e, err) != 0)
		return -1;
	e->since_commit++;
	return store_put_health(e->setup.store, row, err);
}

static uint64_t health_sum(const struct engine *e)
{
	const struct assembler_stats *s = assembler_stats(e->assembler);
	uint64_t sum = s->incomplete + s->malformed + s->too_long + s->late;

	for (int i = 0; i < LOSS_MAX; i++)
		sum += state_memory(e->state)->lost[i];
	return sum;
}

int engine_put_progress(struct engine *e, struct source_row *progress, struct err *err)
{
	const struct assembler_stats *s = assembler_stats(e->assembler);

	if (health_sum(e) != e->health_told && engine_put_health(e, e->opened, err) != 0)
		return -1;
	e->health_told = health_sum(e);
	progress->records = s->records;
	progress->events = s->events;
	progress->malformed = s->malformed;
	progress->first = e->opened;
	progress->last = e->last;
	return store_put_source(e->setup.store, progress, err);
}

int engine_commit(struct engine *e, struct source_row *progress, struct err *err)
{
	if (!e->begun)
		return 0;
	if (e->since_commit && engine_put_progress(e, progress, err) != 0)
		return -1;
	return engine_end_batch(e, err);
}

int engine_end(struct engine *e, struct source_row *progress, struct err *err)
{
	if (engine_begin(e, err) != 0)
		return -1;
	engine_finish(e);
	e->since_commit++;
	return engine_commit(e, progress, err);
}
