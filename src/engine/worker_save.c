/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From time to time what the worker knows is stored, with its place in
 * audit.log, for a generation that nobody is left to hand it to. Packing it
 * takes seconds where it is large, so that is done by the saver: a process
 * forked between two transactions, as a standby is. It packs what it has
 * inherited into memory that it shares with the worker and ends; the worker
 * then stores that in a transaction of its own. The next generation takes it
 * up and reads the log from that place on, once more, which changes nothing
 * of what was stored since.
 */
#include "engine/worker_priv.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/carry.h"
#include "engine/resume.h"

enum {
	SAVE_BYTES = 8 << 20,  /* of records between two saves, */
	SAVE_LIMITS = 4,       /* but less than this part of what is read back, */
	SAVE_MS = 5 * 60000,   /* and no longer than that, if there were any */
	SAVE_SHARE = 20,       /* of a processor's time a save takes one part */
	SAVER_MAX_MS = 600000, /* then it is given up */
	SAVER_NICE = 10, /* what changes meanwhile is there twice: not for too long */
};

/* What a million processes need is a sixth of it; see tests/bench/README.md. */
static const size_t room_size = (size_t)256 << 20;

/* Written by the saver, read once that has ended. */
struct save_room {
	size_t len;
	char sha256[SHA256_HEX + 1];
	bool whole;
	char bytes[];
};

/* ---- the saver ---- */

struct packing {
	struct save_room *room;
	struct sha256 *digest;
	pid_t worker;
	bool full;
};

static void take_packed(void *ctx, const void *bytes, size_t len)
{
	struct packing *p = ctx;

	/* Nobody waits for it any more: there is nothing to be put in order. */
	if (getppid() != p->worker)
		raise(SIGKILL);
	p->full |= len > room_size - sizeof(*p->room) - p->room->len;
	if (p->full)
		return;
	memcpy(p->room->bytes + p->room->len, bytes, len);
	p->room->len += len;
	sha256_add(p->digest, bytes, len);
}

static void be_saver(struct worker *w, pid_t worker)
{
	struct packing packing = { .room = w->save.room,
				   .digest = sha256_new(),
				   .worker = worker };
	struct zip *zip = zip_new_to(take_packed, &packing);
	uint8_t raw[SHA256_LEN];

	prctl(PR_SET_NAME, "auspex-saver");
	store_leave(w->setup->store);
	setpriority(PRIO_PROCESS, 0, SAVER_NICE);
	resume_save_to(w->setup->engine, zip);
	zip_end(&zip);
	sha256_end(packing.digest, raw);
	sha256_free(&packing.digest);
	hex_encode(raw, SHA256_LEN, packing.room->sha256);
	packing.room->whole = !packing.full;
}

/* ---- the worker ---- */

/* The log is to be read again from the place of the last save at most. */
static uint64_t step_bytes(const struct worker *w)
{
	uint64_t most = w->setup->log_limit / SAVE_LIMITS;
	uint64_t bytes = w->save.size > SAVE_BYTES ? w->save.size : SAVE_BYTES;

	return bytes < most ? bytes : most;
}

static bool is_due(const struct worker *w)
{
	uint64_t bytes = w->fed - w->save.fed, age = mono_ms() - w->save.began_ms;

	/* Where the log is not read, nobody could go on from there. */
	if (!w->mender || !w->engine_put || w->save.pid || bytes == 0 ||
	    age / SAVE_SHARE < w->save.took_ms)
		return false;
	return bytes >= step_bytes(w) || age >= SAVE_MS;
}

static void drop_room(struct worker *w)
{
	if (w->save.room)
		munmap(w->save.room, room_size);
	w->save.room = NULL;
	w->save.pid = 0;
}

/* Only what is written of it is there. */
static bool make_room(struct worker *w)
{
	void *room = mmap(NULL, room_size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		return false;
	w->save.room = room;
	return true;
}

static void note_failure(struct worker *w, const char *why)
{
	if (w->save.failures++ == 0) {
		w->save.failed_since = wall_ms();
		w->setup->complain(why);
	}
}

bool worker_save_start(struct worker *w)
{
	pid_t worker = getpid();

	if (!is_due(w) || !worker_mend_here(w, w->save.mark))
		return false;
	w->save.began_ms = mono_ms();
	w->save.fed = w->fed;
	if (!make_room(w)) {
		note_failure(w, "what is known cannot be saved: there is no memory");
		return false;
	}
	w->save.pid = worker_fork("auspex-worker");
	if (w->save.pid == 0) {
		be_saver(w, worker);
		drop_room(w);
		return true;
	}
	if (w->save.pid < 0) {
		note_failure(w, "what is known cannot be saved: no process can be made");
		drop_room(w);
	}
	return false;
}

static uint64_t ms_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000 + (uint64_t)time->tv_usec / 1000;
}

static void store(struct worker *w)
{
	const struct save_room *room = w->save.room;
	struct slice state = slice_make(room->bytes, room->len);
	struct err err;

	atomic_store(&w->ctl->beat_ms, mono_ms());
	if (carry_keep(w->setup->engine, w->engine_row, w->save.mark, state, room->sha256,
		       &err) != 0)
		note_failure(w, err.msg);
	else
		w->save.size = room->len;
}

void worker_save_take(struct worker *w)
{
	uint64_t now = mono_ms(), took;
	struct rusage usage = { 0 };
	int status;
	pid_t pid;

	if (!w->save.pid)
		return;
	pid = wait4(w->save.pid, &status, WNOHANG, &usage);
	if (pid == 0) {
		if (now - w->save.began_ms > SAVER_MAX_MS)
			kill(w->save.pid, SIGKILL);
		return;
	}
	if (pid == w->save.pid && WIFEXITED(status) && w->save.room->whole)
		store(w);
	else
		note_failure(w, "what is known could not be saved: the saver died");
	took = ms_of(&usage.ru_utime) + ms_of(&usage.ru_stime) + (mono_ms() - now);
	/* However long it took, the next one is not put off for longer than this. */
	w->save.took_ms = took < SAVE_MS / SAVE_SHARE ? took : SAVE_MS / SAVE_SHARE;
	drop_room(w);
}

int worker_save_tell(struct worker *w)
{
	uint64_t failures = w->save.failures;

	w->save.failures = 0;
	if (failures == 0)
		return 0;
	return worker_note(w, "save_failed",
			   "what is known could not be saved: a plugin that is killed "
			   "would begin with what was saved before",
			   failures, w->save.failed_since, wall_ms());
}

void worker_save_forget(struct worker *w)
{
	drop_room(w);
}

void worker_save_end(struct worker *w)
{
	if (w->save.pid > 0) {
		kill(w->save.pid, SIGKILL);
		while (waitpid(w->save.pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	drop_room(w);
}
