/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/about.h"
#include "engine/ask.h"
#include "engine/hasher.h"
#include "engine/logask.h"
#include "engine/seeds.h"
#include "engine/whereabouts.h"
#include "keeper/links.h"
#include "state/procfs.h"

enum {
	LINK_MAX = 4096, /* PATH_MAX */
	ENVIRON_MAX = 128 << 10,
	LIMIT_TASKS = 512, /* open files */
};

/* A question that waits for its file to be read. */
struct task {
	struct ask_header asked;
	struct hash_job *job; /* NULL: free */
	struct hash_result result;
};

struct helper {
	const struct helper_setup *setup;
	struct hasher *hasher;
	struct whereabouts *where;
	struct logfiles logs;
	struct task tasks[LIMIT_TASKS]; /* a ring: first to come, first served */
	unsigned first, count;
	/* The processes that are still to be told of, while scanning. */
	struct procfs *procfs;
	int64_t *pids;
	size_t npids, next_pid;
	struct arena arena;
	struct ask_message question, reply;
};

/* A reply that the keeper cannot take now is waited with: who waits is us. */
static void answer(struct helper *h)
{
	if (send(LINK_REPLIES_WRITE, &h->reply, ask_size(&h->reply), MSG_NOSIGNAL) < 0)
		return;
}

/* ---- files ---- */

/* Does the process still run path? The kernel puts " (deleted)" behind it. */
static bool still_runs(const char *link, struct slice path)
{
	char target[LINK_MAX];
	ssize_t n = readlink(link, target, sizeof(target));

	return n > 0 && (size_t)n >= path.len &&
	       memcmp(target, path.ptr, path.len) == 0 &&
	       ((size_t)n == path.len || target[path.len] == ' ');
}

/*
 * On overlay file systems records and stat(2) name different devices, both
 * without a major number; the inodes agree (fs/overlayfs/inode.c, ovl_map_dev_ino).
 */
static bool is_wanted(const struct ask_header *asked, const struct hash_result *got)
{
	bool anonymous = asked->dev >> 32 == 0 && got->dev >> 32 == 0;

	return asked->inode == 0 ||
	       (asked->inode == got->inode && (asked->dev == got->dev || anonymous));
}

/*
 * First what the process itself holds; where it is gone already, the file
 * that its name leads to here, if that is the very inode of the records.
 */
static void take_hold(struct helper *h, const struct ask_header *asked, struct slice path,
		      struct hash_job **job, struct hash_result *out)
{
	char name[LINK_MAX + 48];

	*job = NULL;
	*out = (struct hash_result){ .outcome = HASH_GONE };
	snprintf(name, sizeof(name), "/proc/%lld/exe", (long long)asked->pid);
	if (asked->kind == ASK_PROGRAM && still_runs(name, path))
		hash_job_begin(h->hasher, name, asked->pid, job, out);
	if (out->outcome != HASH_GONE || path.len == 0 || path.ptr[0] != '/')
		return;
	snprintf(name, sizeof(name), "/proc/%lld/root%s", (long long)asked->pid,
		 path.ptr);
	hash_job_begin(h->hasher, name, asked->pid, job, out);
	if (out->outcome == HASH_GONE && asked->inode)
		hash_job_begin(h->hasher, path.ptr, 0, job, out);
	if (!is_wanted(asked, out)) {
		hash_job_free(job);
		*out = (struct hash_result){ .outcome = HASH_GONE };
	}
}

static void answer_file(struct helper *h, const struct ask_header *asked,
			const struct hash_result *result)
{
	ask_start(&h->reply, (enum ask_kind)asked->kind, asked->id);
	h->reply.header.pid = asked->pid;
	h->reply.header.dev = result->dev;
	h->reply.header.inode = result->inode;
	ask_add(&h->reply, "outcome", hash_outcome_name(result->outcome));
	if (result->outcome == HASH_DONE)
		ask_add(&h->reply, "sha256", result->sha256);
	ask_add_number(&h->reply, "size", result->size);
	answer(h);
}

/* While it still is the program that was asked for. */
static void tell_about(struct helper *h, const struct ask_header *asked,
		       struct slice path)
{
	const struct ctrfacts *facts;
	struct slice variables;
	char name[48];

	snprintf(name, sizeof(name), "/proc/%lld/exe", (long long)asked->pid);
	if (!still_runs(name, path))
		return;
	arena_reset(&h->arena);
	ask_start(&h->reply, ASK_ABOUT, asked->id);
	h->reply.header.pid = asked->pid;
	facts = whereabouts_find(h->where, asked->pid, true, &h->arena);
	about_add_container(&h->reply, facts);
	variables = procfs_text(asked->pid, "environ", ENVIRON_MAX, &h->arena);
	if (about_add_environment(&h->reply, variables) || facts)
		answer(h);
}

/* Does the process have the connection that it is said to have? */
static void tell_fds(struct helper *h, const struct ask_header *asked)
{
	struct procfs *procfs = procfs_new();
	struct seed seed;

	arena_reset(&h->arena);
	if (procfs_read(procfs, asked->pid, &h->arena, &seed)) {
		seeds_encode(&h->reply, &seed);
		h->reply.header.kind = ASK_FDS;
		h->reply.header.id = asked->id;
		answer(h);
	}
	procfs_free(&procfs);
}

static void take_file(struct helper *h, const struct ask_header *asked, struct slice path)
{
	struct task *task = &h->tasks[(h->first + h->count) % LIMIT_TASKS];

	if (!path.ptr || asked->pid <= 0 || h->count == LIMIT_TASKS)
		return;
	task->asked = *asked;
	if (asked->kind == ASK_PROGRAM)
		tell_about(h, asked, path);
	take_hold(h, asked, path, &task->job, &task->result);
	if (task->job)
		h->count++;
	else
		answer_file(h, asked, &task->result);
}

/* Reads a piece of the file that has waited longest. */
static void read_on(struct helper *h)
{
	struct task *task = &h->tasks[h->first];

	hash_job_step(h->hasher, &task->job, &task->result);
	if (task->job)
		return;
	answer_file(h, &task->asked, &task->result);
	h->first = (h->first + 1) % LIMIT_TASKS;
	h->count--;
}

/* ---- all processes ---- */

static void begin_scan(struct helper *h)
{
	if (h->procfs)
		return;
	whereabouts_read(h->where);
	h->procfs = procfs_new();
	h->pids = procfs_pids(&h->npids);
	h->next_pid = 0;
}

/* Tells of the next process. */
static void scan_on(struct helper *h)
{
	struct seed seed;

	if (h->next_pid == h->npids) {
		ask_start(&h->reply, ASK_SCANNED, 0);
		answer(h);
		procfs_free(&h->procfs);
		free(h->pids);
		h->pids = NULL;
		return;
	}
	arena_reset(&h->arena);
	if (!procfs_read(h->procfs, h->pids[h->next_pid++], &h->arena, &seed))
		return;
	seeds_encode(&h->reply, &seed);
	about_add_container(&h->reply,
			    whereabouts_find(h->where, seed.pid, false, &h->arena));
	answer(h);
}

static void take_question(struct helper *h, size_t len)
{
	struct ask_header asked;
	struct slice texts;

	if (!ask_read(&h->question, len, &asked, &texts))
		return;
	if (asked.kind == ASK_SCAN)
		begin_scan(h);
	else if (asked.kind == ASK_FDS)
		tell_fds(h, &asked);
	else if (asked.kind == ASK_PROGRAM || asked.kind == ASK_FILE)
		take_file(h, &asked, ask_get(texts, "path"));
}

/* The worker waits for this one. */
static void take_log_question(struct helper *h, int socket)
{
	ssize_t n = recv(socket, &h->question, sizeof(h->question), MSG_DONTWAIT);
	struct ask_header asked;
	struct slice texts;

	if (n > 0 && ask_read(&h->question, (size_t)n, &asked, &texts) &&
	    asked.kind == ASK_LOGS && h->setup->auditd_conf)
		logask_answer(&h->logs, socket, asked.id);
}

/*
 * Questions come first: a process may end any moment, but a file that was
 * taken hold of stays.
 */
static void work(struct helper *h, struct pollfd fds[3])
{
	bool busy = h->count > 0 || h->procfs;
	ssize_t n;

	atomic_store(&h->setup->ctl->helper_beat, 0);
	if (poll(fds, 3, busy ? 0 : 1000) < 0)
		fds[0].revents = fds[1].revents = fds[2].revents = 0;
	/* From here on it may hang, and the keeper looks at this clock. */
	atomic_store(&h->setup->ctl->helper_beat, mono_ms());
	if (fds[2].revents & POLLIN)
		take_log_question(h, fds[2].fd);
	if (fds[0].revents & POLLIN) {
		n = recv(fds[0].fd, &h->question, sizeof(h->question), MSG_DONTWAIT);
		if (n > 0)
			take_question(h, (size_t)n);
	} else if (h->procfs) {
		scan_on(h);
	} else if (h->count > 0) {
		read_on(h);
	}
}

void helper_run(const struct helper_setup *setup)
{
	struct helper *h = xcalloc(1, sizeof(*h));
	struct pollfd fds[3] = {
		{ .fd = LINK_REQUESTS_READ, .events = POLLIN },
		{ .fd = LINK_ALIVE_READ },
		{ .fd = LINK_LOGS_HELPER, .events = POLLIN },
	};

	prctl(PR_SET_NAME, "auspex-helper");
	h->setup = setup;
	if (setup->auditd_conf)
		logfiles_init(&h->logs, setup->auditd_conf);
	h->hasher = hasher_new();
	h->where = whereabouts_new();
	arena_init(&h->arena);
	while (!fds[1].revents) {
		work(h, fds);
	}
	while (h->count > 0) {
		hash_job_free(&h->tasks[h->first].job);
		h->first = (h->first + 1) % LIMIT_TASKS;
		h->count--;
	}
	procfs_free(&h->procfs);
	free(h->pids);
	arena_fini(&h->arena);
	hasher_free(&h->hasher);
	whereabouts_free(&h->where);
	free(h);
}
