/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/probe.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/kernel.h"
#include "base/clock.h"
#include "base/compiler.h"
#include "base/fsio.h"
#include "base/xalloc.h"
#include "engine/ask.h"
#include "keeper/links.h"

enum {
	STATUS_MS = 10000,
	STATE_EVERY = 6,     /* auditd is asked for its state every so many times */
	STATE_WAIT_MS = 200, /* what it takes to write it */
	STATE_MAX = 64 << 10,
};

struct probe {
	const struct probe_setup *setup;
	struct ask_message reply;
	unsigned round;
};

/* audit 3.0.9, and from 4.1.2 on (src/auditd.c, write_state_report). */
static const char *const report_files[] = { "/run/audit/auditd.state",
					    "/var/run/auditd.state" };

/* "key = value" lines; key begins with the words. */
static bool state_value(struct slice text, const char *key, struct slice *out)
{
	size_t klen = strlen(key);

	while (text.len > 0) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len;

		if (len > klen + 3 && memcmp(text.ptr, key, klen) == 0 &&
		    memcmp(text.ptr + klen, " = ", 3) == 0) {
			*out = slice_make(text.ptr + klen + 3, len - klen - 3);
			return true;
		}
		text = slice_skip(text, len + 1);
	}
	return false;
}

static void add_state(struct probe *p, struct slice text)
{
	static const struct {
		const char *line, *key;
	} wanted[] = {
		{ "current plugin queue depth", "queue" },
		{ "max plugin queue depth used", "queue_max" },
		{ "plugin queue size", "queue_size" },
		{ "plugin queue overflow detected", "overflow" },
		{ "plugin queueing suspended", "suspended" },
	};
	struct slice value;
	char copy[32];

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (state_value(text, wanted[i].line, &value)) {
			snprintf(copy, sizeof(copy), "%.*s", SLICE_FMT(value));
			ask_add(&p->reply, wanted[i].key, copy);
		}
	}
}

/*
 * The report at path, if it is newer than since: what an auditd before this one
 * has left there says nothing.
 */
static bool add_report(struct probe *p, const char *path, const struct timespec *since)
{
	struct strbuf text;
	struct stat st;
	bool ok;

	if (stat(path, &st) != 0 || st.st_mtim.tv_sec < since->tv_sec ||
	    (st.st_mtim.tv_sec == since->tv_sec && st.st_mtim.tv_nsec < since->tv_nsec))
		return false;
	strbuf_init(&text);
	ok = fsio_read_file(path, STATE_MAX, &text, NULL) == 0;
	if (ok)
		add_state(p, strbuf_slice(&text));
	strbuf_fini(&text);
	return ok;
}

/*
 * auditd writes its state on SIGCONT (auditd(8)), which is the one signal that
 * needs no right within a session (kill(2)).
 */
static bool ask_auditd(struct probe *p)
{
	const struct timespec wait = { 0, STATE_WAIT_MS * 1000000L };
	struct timespec since;

	/* The clock that files are dated by. */
	clock_gettime(CLOCK_REALTIME_COARSE, &since);
	if (p->setup->auditd <= 1 || kill(p->setup->auditd, SIGCONT) != 0)
		return false;
	nanosleep(&wait, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(report_files); i++) {
		if (add_report(p, report_files[i], &since))
			return true;
	}
	return false;
}

static void ask_kernel(struct probe *p)
{
	struct kernel_audit status;

	if (p->setup->audit < 0 || !kernel_audit_status(p->setup->audit, &status))
		return;
	ask_add_number(&p->reply, "enabled", status.enabled);
	ask_add_number(&p->reply, "lost", status.lost);
	ask_add_number(&p->reply, "backlog", status.backlog);
	ask_add_number(&p->reply, "backlog_limit", status.backlog_limit);
	ask_add_number(&p->reply, "rate_limit", status.rate_limit);
}

static void tell_status(struct probe *p)
{
	ask_start(&p->reply, ASK_STATUS, 0);
	ask_kernel(p);
	/* One that has just been started may not listen yet: it is asked again. */
	if (p->round % STATE_EVERY != 0 || ask_auditd(p))
		p->round++;
	ask_add_number(&p->reply, "time", (uint64_t)wall_ms());
	/* A reply that the keeper cannot take now is waited with: who waits is us. */
	if (send(LINK_REPLIES_WRITE, &p->reply, ask_size(&p->reply), MSG_NOSIGNAL) < 0)
		return;
}

void probe_run(const struct probe_setup *setup)
{
	struct probe *p = xcalloc(1, sizeof(*p));
	struct pollfd alive = { .fd = LINK_ALIVE_READ };

	prctl(PR_SET_NAME, "auspex-probe");
	p->setup = setup;
	do {
		tell_status(p);
	} while (poll(&alive, 1, STATUS_MS) <= 0);
	free(p);
}
