/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/about.h"
#include "engine/pulse.h"
#include "engine/seeds.h"

enum {
	COMMIT_MS = 100,         /* an event waits no longer for its commit */
	COMMIT_MAX_MS = 2000,    /* but for a disk that is slower than that */
	STANDBY_BYTES = 8 << 20, /* of the ring between two standbys */
	STANDBY_MS = 10000,
	STANDBY_RETRY_MS = 100, /* where there is none */
	STEP_HALVES = 6,        /* smallest step: a 64th */
	BEAT_LINES = 4096,
	POISON_EVENTS = 3,   /* deaths at one line after which its events are lost */
	POISON_LINE = 6,     /* and the line itself */
	ORPHANS_MAX = 5,     /* deaths of workers when the keeper is gone */
	COMPLAIN_EVERY = 60, /* failures of the store */
	SERVE = -2,          /* go on as the worker */
};

struct worker {
	const struct worker_setup *setup;
	struct ring_ctl *ctl;
	uint64_t pos;    /* the next frame */
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
	bool ended;
	struct err err;
};

/* ---- the standby ---- */

/* A child bears neither name before it is what the name says. */
static pid_t fork_unnamed(const char *parent_name)
{
	pid_t pid;

	prctl(PR_SET_NAME, "auspex-fork");
	pid = fork();
	if (pid != 0)
		prctl(PR_SET_NAME, parent_name);
	return pid;
}

static bool keeper_lives(const struct worker *w)
{
	struct pollfd fd = { .fd = w->setup->links->alive[0] };

	return poll(&fd, 1, 0) == 0;
}

/*
 * Sleeps until the keeper calls. false: nobody will, because the keeper is
 * gone or has another standby.
 */
static bool wait_for_call(const struct worker *w)
{
	const struct timespec second = { 1, 0 };
	sigset_t call;

	sigemptyset(&call);
	sigaddset(&call, SIGUSR1);
	while (sigtimedwait(&call, NULL, &second) != SIGUSR1) {
		if (atomic_load(&w->ctl->standby) != getpid() || !keeper_lives(w))
			return false;
	}
	return atomic_load(&w->ctl->standby) == getpid();
}

/* Another death at the same line, or at a new one? */
static void note_death(struct worker *w)
{
	uint64_t at = atomic_exchange(&w->ctl->at, 0);

	if (at == 0)
		return;
	if (at != atomic_load(&w->ctl->at_last))
		atomic_store(&w->ctl->at_deaths, 0);
	atomic_store(&w->ctl->at_last, at);
	w->poison_deaths = atomic_fetch_add(&w->ctl->at_deaths, 1) + 1;
	w->poison = at;
}

/* Waits for the end of the worker that the standby made. Returns its status. */
static int watch(const struct worker *w, pid_t worker)
{
	const struct timespec second = { 1, 0 };
	uint64_t since = mono_ms();
	sigset_t child;
	int status = 0;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (waitpid(worker, &status, WNOHANG) != worker) {
		uint64_t now = mono_ms(), beat = atomic_load(&w->ctl->beat_ms);

		if (now > beat && now - beat > WORKER_HANG_MS &&
		    now - since > WORKER_HANG_MS)
			kill(worker, SIGKILL);
		sigtimedwait(&child, NULL, &second);
	}
	atomic_fetch_add(&w->ctl->deaths, 1);
	return status;
}

/* How long to wait before the next worker: those that get on start at once. */
static unsigned pause_ms(struct worker *w, int status)
{
	/* Killed in the middle of a line, or idle: how far did it come? */
	uint64_t at = atomic_load(&w->ctl->at);
	uint64_t done = at ? at : atomic_load(&w->ctl->done);

	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_AGAIN)
		return WORKER_AGAIN_MS;
	if (done > w->last_done)
		w->pause = 0;
	else
		w->pause = w->pause ? w->pause * 2 : WORKER_PAUSE_MS;
	if (w->pause > WORKER_PAUSE_MAX_MS)
		w->pause = WORKER_PAUSE_MAX_MS;
	w->last_done = done;
	return w->pause;
}

static void sleep_ms(unsigned ms)
{
	struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&wait, NULL);
}

/*
 * The life of a standby. It never becomes a worker itself, but makes one,
 * and another one when that dies: what it remembers is safe from whatever
 * happens to them. Returns SERVE in each new worker, and otherwise how this
 * process is to end.
 */
static int stand_by(struct worker *w)
{
	pid_t self = getpid(), pid;
	unsigned orphans = 0;
	int status;

	prctl(PR_SET_NAME, "auspex-standby");
	if (!wait_for_call(w))
		return WORKER_RETIRED;
	for (;;) {
		pid = fork_unnamed("auspex-standby");
		w->losses++;
		if (pid == 0) {
			prctl(PR_SET_NAME, "auspex-worker");
			atomic_store(&w->ctl->worker, getpid());
			atomic_store(&w->ctl->beat_ms, mono_ms());
			w->standby = self;
			w->standby_is_child = false;
			note_death(w);
			return SERVE;
		}
		status = pid > 0 ? watch(w, pid) : 0;
		if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == WORKER_DONE)
			return WORKER_DONE;
		if (atomic_load(&w->ctl->standby) != self ||
		    (!keeper_lives(w) && ++orphans == ORPHANS_MAX))
			return WORKER_RETIRED;
		sleep_ms(pid > 0 ? pause_ms(w, status) : WORKER_AGAIN_MS);
	}
}

static void end_standby(const struct worker *w)
{
	if (w->standby <= 0)
		return;
	kill(w->standby, SIGKILL);
	while (w->standby_is_child && waitpid(w->standby, NULL, 0) < 0 && errno == EINTR)
		;
}

/*
 * Makes a standby of this process as it is now. Returns SERVE to go on, -1
 * where the store cannot be taken up again, or how this process, which is
 * then a standby, is to end.
 */
static int make_standby(struct worker *w)
{
	pid_t pid;
	int role;

	if (store_suspend(w->setup->store, &w->err) != 0)
		return -1;
	w->setup->before_fork(w->setup->ctx);
	pid = fork_unnamed("auspex-worker");
	if (pid == 0) {
		role = stand_by(w);
		if (role != SERVE)
			return role;
	} else if (pid > 0) {
		/* In this order: at no time is there neither of the two, nor a
		 * gap in the ring. */
		atomic_store(&w->ctl->standby, pid);
		end_standby(w);
		w->standby = pid;
		w->standby_is_child = true;
		w->standby_pos = w->pos;
		w->losses -= w->losses > 0;
		atomic_store(&w->ctl->keep, w->pos);
	}
	w->standby_ms = mono_ms();
	return store_resume(w->setup->store, &w->err) == 0 ? SERVE : -1;
}

/* The standby was killed: another one is made at the next opportunity. */
static void look_after_standby(struct worker *w)
{
	if (w->standby <= 0)
		return;
	if (w->standby_is_child ? waitpid(w->standby, NULL, WNOHANG) != 0
				: getppid() != w->standby)
		w->standby = 0;
}

/*
 * What a standby may be behind: what it still needs is no room for new
 * records, and where worker after worker dies, each must come a step ahead.
 */
static uint64_t step_size(const struct worker *w)
{
	uint64_t size = w->setup->ring->size / 4;

	if (size > STANDBY_BYTES)
		size = STANDBY_BYTES;
	return size >> (w->losses < STEP_HALVES ? w->losses : STEP_HALVES);
}

static bool standby_is_due(const struct worker *w)
{
	uint64_t behind = w->pos - w->standby_pos, age = mono_ms() - w->standby_ms;
	if (!w->standby)
		return age >= STANDBY_RETRY_MS;
	return behind >= step_size(w) || (behind && age >= STANDBY_MS);
}

/* ---- the store ---- */

static int note(struct worker *w, const char *kind, const char *detail, uint64_t count,
		int64_t first, int64_t last)
{
	struct health_row row = { .kind = kind,
				  .detail = detail,
				  .count = count,
				  .first = first,
				  .last = last };

	return engine_note(w->setup->engine, &row, &w->err);
}

static int64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool worker_failed(struct ring_ctl *ctl)
{
	uint64_t before = atomic_fetch_add(&ctl->failures, 1);

	if (before == 0)
		atomic_store(&ctl->failed_since, wall_ms());
	return before % COMPLAIN_EVERY == 0;
}

/* If this comes to be stored, the store works again. */
static int tell_failure(struct worker *w, uint64_t failures)
{
	if (failures == 0)
		return 0;
	return note(w, "store_failed", "the database could not be written for a while",
		    failures, atomic_load(&w->ctl->failed_since), wall_ms());
}

static int commit(struct worker *w)
{
	struct source_row progress = { .path = "auditd",
				       .fingerprint = w->start.generation,
				       .bytes = w->pos };
	uint64_t failures = atomic_load(&w->ctl->failures);

	w->batch_since = 0;
	if (atomic_load(&w->ctl->worker) != getpid())
		return err_set(&w->err, "another worker has taken over");
	if (tell_failure(w, failures) != 0)
		return -1;
	if ((w->ended ? engine_end(w->setup->engine, &progress, &w->err)
		      : engine_commit(w->setup->engine, &progress, &w->err)) != 0)
		return -1;
	atomic_store(&w->ctl->done, w->pos);
	atomic_fetch_sub(&w->ctl->failures, failures);
	/* Without a standby the next worker has nothing but the ring. */
	if (!w->standby)
		atomic_store(&w->ctl->keep, w->pos);
	return 0;
}

/* ---- frames ---- */

static int take_line(struct worker *w, struct slice line, uint64_t at)
{
	if (at != w->poison || w->poison_deaths < POISON_EVENTS)
		return engine_feed(w->setup->engine, line, &w->err);
	if (note(w, "passed_over", "records that ended the worker again and again",
		 ++w->passed_over, w->start.time, 0) != 0)
		return -1;
	if (w->poison_deaths < POISON_LINE)
		return engine_pass_over(w->setup->engine, line, &w->err);
	return 0;
}

static int take_lines(struct worker *w, const struct ring_frame *frame)
{
	struct slice rest = slice_make(ring_payload(frame), frame->len);
	unsigned n = 0;
	int rc = engine_tick(w->setup->engine, frame->mono_ms, &w->err);

	/* Not before there is a record: it tells by what name the host goes. */
	if (!w->scanned)
		asker_scan(w->setup->asker);
	w->scanned = true;
	while (rc == 0 && rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
		uint64_t at = w->pos + (uint64_t)(rest.ptr - ring_payload(frame)) + 1;

		atomic_store_explicit(&w->ctl->at, at, memory_order_relaxed);
		rc = take_line(w, slice_make(rest.ptr, len), at);
		rest = slice_skip(rest, len + 1);
		if (++n % BEAT_LINES == 0)
			atomic_store(&w->ctl->beat_ms, mono_ms());
	}
	atomic_store(&w->ctl->at, 0);
	return rc;
}

static int take_gap(struct worker *w, const struct ring_frame *frame)
{
	struct ring_dropped gap;

	memcpy(&gap, ring_payload(frame), sizeof(gap));
	return note(w, "dropped_records",
		    "records that found no room because the worker was behind",
		    gap.records, gap.first, gap.last);
}

static int take_process(struct worker *w, const struct ask_header *header,
			struct slice texts)
{
	struct ctrfacts container;
	struct arena arena;
	struct seed seed;
	int rc = 0;

	arena_init(&arena);
	if (seeds_decode(header, texts, &arena, &seed))
		rc = engine_seed(w->setup->engine, &seed,
				 about_container(texts, &arena, &container) ? &container
									    : NULL,
				 &w->err);
	arena_fini(&arena);
	return rc;
}

static int take_fds(struct worker *w, const struct ask_header *header, struct slice texts)
{
	const char *uid = NULL, *words;
	struct arena arena;
	struct seed seed;
	int rc = 0;

	arena_init(&arena);
	if (seeds_decode(header, texts, &arena, &seed))
		uid = asker_confirm(w->setup->asker, header, &seed, &arena, &words);
	if (uid)
		rc = engine_confirm(w->setup->engine, uid, words, &w->err);
	arena_fini(&arena);
	return rc;
}

static int take_about(struct worker *w, const struct ask_header *header,
		      struct slice texts)
{
	struct process_facts facts;
	struct ctrfacts container;
	struct arena arena;
	int rc = 0;

	if (!asker_about(w->setup->asker, header, &facts))
		return 0;
	arena_init(&arena);
	if (about_container(texts, &arena, &container))
		facts.container = &container;
	facts.nenv = about_environment(texts, &arena, &facts.env);
	rc = engine_about(w->setup->engine, &facts, &w->err);
	arena_fini(&arena);
	return rc;
}

static int take_reply(struct worker *w, const struct ring_frame *frame)
{
	struct ask_header header;
	struct content content;
	struct slice texts;

	if (!ask_read(ring_payload(frame), frame->len, &header, &texts))
		return 0;
	if (header.kind == ASK_PROCESS)
		return take_process(w, &header, texts);
	if (header.kind == ASK_SCANNED)
		return engine_seed(w->setup->engine, NULL, NULL, &w->err);
	if (header.kind == ASK_ABOUT)
		return take_about(w, &header, texts);
	if (header.kind == ASK_FDS)
		return take_fds(w, &header, texts);
	if (header.kind == ASK_STATUS)
		return pulse_take(&w->pulse, texts, w->setup->engine, &w->err);
	if (!asker_answer(w->setup->asker, &header, texts, &content))
		return 0;
	return engine_content(w->setup->engine, &content, &w->err);
}

static int take_reload(struct worker *w)
{
	struct err err;

	if (w->setup->reload(w->setup->ctx, &err) == 0)
		return 0;
	w->setup->complain(err.msg);
	return note(w, "reload_failed",
		    "the settings could not be read again: the old ones "
		    "are in force",
		    ++w->failed_reloads, w->start.time, wall_ms());
}

static int take_frame(struct worker *w, const struct ring_frame *frame)
{
	switch ((enum ring_kind)frame->kind) {
	case RING_LINES: return take_lines(w, frame);
	case RING_TICK: return engine_tick(w->setup->engine, frame->mono_ms, &w->err);
	case RING_DROPPED: return take_gap(w, frame);
	case RING_END: w->ended = true; return 0;
	case RING_REPLY: return take_reply(w, frame);
	case RING_RELOAD: return take_reload(w);
	case RING_KIND_MAX: break;
	}
	return 0;
}

/* Sleeps until there is something in the ring, or it is time. */
static void wait_for_ring(struct worker *w)
{
	struct pollfd fds[2] = {
		{ .fd = w->setup->links->wake, .events = POLLIN },
		{ .fd = w->setup->links->alive[0] },
	};
	uint64_t now = mono_ms(), rounds;
	int wait = 1000;

	if (w->batch_since)
		wait = now - w->batch_since >= COMMIT_MS
			       ? 0
			       : (int)(COMMIT_MS - (now - w->batch_since));
	atomic_store(&w->ctl->waiting, 1);
	if (!ring_at(w->setup->ring, w->pos))
		poll(fds, 2, wait);
	atomic_store(&w->ctl->waiting, 0);
	if ((fds[0].revents & POLLIN) &&
	    read(w->setup->links->wake, &rounds, sizeof(rounds)) < 0)
		return;
	/* The keeper is gone: what it left is all there will be. */
	if (fds[1].revents && !ring_at(w->setup->ring, w->pos)) {
		w->ended = true;
		note(w, "keeper_died", "the plugin was killed: records were lost", 1,
		     wall_ms(), 0);
	}
}

/*
 * An event waits no longer than COMMIT_MS for its commit to begin, unless a
 * commit takes longer than that: then there is to be as much time for work.
 */
static bool commit_is_due(const struct worker *w, uint64_t now)
{
	uint64_t wait = w->commit_ms > COMMIT_MS ? w->commit_ms : COMMIT_MS;

	/* With nothing left to do there is no reason to wait any longer. */
	if (wait > COMMIT_MS && !ring_at(w->setup->ring, w->pos))
		wait = COMMIT_MS;
	if (w->losses && w->pos - w->standby_pos >= step_size(w))
		return w->batch_since;
	return w->batch_since && now - w->batch_since >= wait;
}

static int step(struct worker *w)
{
	const struct ring_frame *frame = ring_at(w->setup->ring, w->pos);
	uint64_t now;

	if (frame) {
		if (take_frame(w, frame) != 0)
			return -1;
		w->pos = ring_behind(w->pos, frame);
	} else {
		wait_for_ring(w);
	}
	now = mono_ms();
	atomic_store(&w->ctl->beat_ms, now);
	if (frame && !w->batch_since)
		w->batch_since = now;
	if (!w->ended && !commit_is_due(w, now))
		return 0;
	if (commit(w) != 0)
		return -1;
	w->commit_ms = mono_ms() - now;
	if (w->commit_ms > COMMIT_MAX_MS)
		w->commit_ms = COMMIT_MAX_MS;
	return 0;
}

static void begin(struct worker *w)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	prctl(PR_SET_NAME, "auspex-worker");
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGTERM, SIG_IGN); /* the end of the ring is our end */
	signal(SIGHUP, SIG_IGN);
	w->start = w->ctl->start;
	w->pos = w->standby_pos = atomic_load(&w->ctl->keep);
	note_death(w);
}

/* Both died: the next begins with what the ring has, and knows nothing else. */
static int tell_loss(struct worker *w)
{
	uint32_t model = atomic_load(&w->ctl->model);

	if (model <= 1 || w->pos == 0)
		return 0;
	w->batch_since = mono_ms();
	return note(w, "state_lost",
		    "the worker and its standby died: what was known of processes was "
		    "lost",
		    model - 1, w->start.time, wall_ms());
}

enum worker_end worker_run(const struct worker_setup *setup)
{
	struct worker w = { .setup = setup, .ctl = setup->ring->ctl };
	int rc = SERVE;

	begin(&w);
	if (tell_loss(&w) != 0)
		rc = -1;
	while (rc == SERVE && !w.ended) {
		if (step(&w) != 0)
			rc = -1;
		look_after_standby(&w);
		if (rc == SERVE && !w.batch_since && !w.ended && standby_is_due(&w))
			rc = make_standby(&w);
	}
	if (rc == SERVE && w.standby_is_child)
		end_standby(&w);
	if (rc == -1 && atomic_load(&w.ctl->worker) != getpid())
		return WORKER_RETIRED;
	if (rc == -1 && worker_failed(w.ctl))
		setup->complain(w.err.msg);
	return rc == SERVE ? WORKER_DONE : rc == -1 ? WORKER_AGAIN : (enum worker_end)rc;
}
