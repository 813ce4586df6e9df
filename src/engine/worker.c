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

#include "base/clock.h"
#include "engine/worker_priv.h"

enum {
	COMMIT_MS = 100,         /* an event waits no longer for its commit */
	COMMIT_MAX_MS = 2000,    /* but for a disk that is slower than that */
	STANDBY_BYTES = 8 << 20, /* of the ring between two standbys */
	STANDBY_MS = 10000,
	STANDBY_RETRY_MS = 100, /* where there is none */
	STEP_HALVES = 6,        /* smallest step: a 64th */
	ORPHANS_MAX = 5,        /* deaths of workers when the keeper is gone */
	COMPLAIN_EVERY = 60,    /* failures of the store */
	SERVE = -2,             /* go on as the worker */
};

/* ---- the standby ---- */

pid_t worker_fork(const char *parent_name)
{
	pid_t pid;

	prctl(PR_SET_NAME, "auspex-fork");
	pid = fork();
	if (pid != 0)
		prctl(PR_SET_NAME, parent_name);
	return pid;
}

static bool keeper_lives(void)
{
	struct pollfd fd = { .fd = LINK_ALIVE_READ };

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
		if (atomic_load(&w->ctl->standby) != getpid() || !keeper_lives())
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
	if (((done | w->last_done) & WORKER_LOG_LINE) != 0 ? done != w->last_done
							   : done > w->last_done)
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
		pid = worker_fork("auspex-standby");
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
		    (!keeper_lives() && ++orphans == ORPHANS_MAX))
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
	pid = worker_fork("auspex-worker");
	if (pid == 0) {
		worker_save_forget(w);
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
		if (worker_save_start(w))
			return WORKER_RETIRED;
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
	return behind >= step_size(w) || ((behind || w->filling) && age >= STANDBY_MS);
}

/* ---- the store ---- */

int worker_note(struct worker *w, const char *kind, const char *detail, uint64_t count,
		int64_t first, int64_t last)
{
	struct health_row row = { .kind = kind,
				  .detail = detail,
				  .count = count,
				  .first = first,
				  .last = last };

	return engine_note(w->setup->engine, &row, &w->err);
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
	return worker_note(w, "store_failed",
			   "the database could not be written for a while", failures,
			   atomic_load(&w->ctl->failed_since), wall_ms());
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
	if (tell_failure(w, failures) != 0 || worker_save_tell(w) != 0 ||
	    worker_mend_commit(w) != 0)
		return -1;
	if ((w->ended ? worker_mend_leave(w, &progress)
		      : engine_commit(w->setup->engine, &progress, &w->err)) != 0)
		return -1;
	atomic_store(&w->ctl->done, w->pos);
	atomic_fetch_sub(&w->ctl->failures, failures);
	/* Without a standby the next worker has nothing but the ring. */
	if (!w->standby)
		atomic_store(&w->ctl->keep, w->pos);
	return 0;
}

/* Sleeps until there is something in the ring, or it is time. */
static void wait_for_ring(struct worker *w)
{
	struct pollfd fds[2] = {
		{ .fd = LINK_WAKE, .events = POLLIN },
		{ .fd = LINK_ALIVE_READ },
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
	if ((fds[0].revents & POLLIN) && read(LINK_WAKE, &rounds, sizeof(rounds)) < 0)
		return;
	/* The keeper is gone: what it left is all there will be. */
	if (fds[1].revents && !ring_at(w->setup->ring, w->pos)) {
		if (worker_mend_end(w) != 0 || w->filling)
			return;
		w->ended = true;
		worker_note(w, "keeper_died",
			    "the plugin was killed: what is lost is read from audit.log",
			    1, wall_ms(), 0);
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

static void go_on(struct worker *w, const struct ring_frame *frame)
{
	w->pos = ring_behind(w->pos, frame);
	w->skip = 0;
}

static int step(struct worker *w)
{
	const struct ring_frame *frame = ring_at(w->setup->ring, w->pos);
	bool worked = false;
	uint64_t now;

	if (w->filling) {
		worked = true;
		if (worker_mend_fill(w) != 0)
			return -1;
	} else if (frame) {
		worked = true;
		w->hold = false;
		if (worker_take_frame(w, frame) != 0)
			return -1;
		if (!w->hold)
			go_on(w, frame);
	} else {
		wait_for_ring(w);
	}
	now = mono_ms();
	atomic_store(&w->ctl->beat_ms, now);
	if (worked && !w->batch_since)
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
	w->save.began_ms = mono_ms();
	note_death(w);
}

/* Both died: the next begins with what the ring has, and knows nothing else. */
static int tell_loss(struct worker *w)
{
	uint32_t model = atomic_load(&w->ctl->model);

	if (model <= 1 || w->pos == 0)
		return 0;
	w->batch_since = mono_ms();
	return worker_note(
		w, "state_lost",
		"the worker and its standby died: what was known of processes was "
		"lost",
		model - 1, w->start.time, wall_ms());
}

enum worker_end worker_run(const struct worker_setup *setup)
{
	struct worker w = { .setup = setup, .ctl = setup->ring->ctl };
	int rc = SERVE;

	begin(&w);
	if (tell_loss(&w) != 0 || worker_mend_begin(&w) != 0)
		rc = -1;
	while (rc == SERVE && !w.ended) {
		if (step(&w) != 0)
			rc = -1;
		look_after_standby(&w);
		if (rc != SERVE || w.batch_since || w.ended)
			continue;
		worker_save_take(&w);
		if (standby_is_due(&w))
			rc = make_standby(&w);
	}
	worker_save_end(&w);
	if (rc == SERVE && w.standby_is_child)
		end_standby(&w);
	if (rc == -1 && atomic_load(&w.ctl->worker) != getpid())
		return WORKER_RETIRED;
	if (rc == -1 && worker_failed(w.ctl))
		setup->complain(w.err.msg);
	return rc == SERVE ? WORKER_DONE : rc == -1 ? WORKER_AGAIN : (enum worker_end)rc;
}
