/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/logask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/ask.h"

enum { WAIT_MS = 1000 };

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(LOGFILES_MAX * sizeof(int))];
};

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

static size_t take_fds(struct msghdr *msg, int fds[LOGFILES_MAX])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t n;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (n > LOGFILES_MAX)
		n = LOGFILES_MAX;
	memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	return n;
}

/* A message that is there; false: there is none. */
static bool receive(struct logask *a, int fds[LOGFILES_MAX], size_t *n, bool *ours)
{
	struct ask_message message;
	union control control;
	struct iovec part = { &message, sizeof(message) };
	struct msghdr msg = { .msg_iov = &part,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(a->socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct ask_header header;
	struct slice texts;

	if (len <= 0)
		return false;
	*n = take_fds(&msg, fds);
	*ours = ask_read(&message, (size_t)len, &header, &texts) &&
		header.kind == ASK_LOGS && header.id == a->asked;
	if (*ours) {
		struct slice why = ask_get(texts, "why");

		snprintf(a->why, sizeof(a->why), "%.*s", (int)why.len,
			 why.ptr ? why.ptr : "");
	}
	return true;
}

/* An answer to a worker that died is nobody's. */
static bool take_ours(struct logask *a, int fds[LOGFILES_MAX], size_t *n)
{
	bool ours = false;

	while (receive(a, fds, n, &ours)) {
		a->answered = ours;
		if (ours)
			return true;
		close_all(fds, *n);
	}
	return false;
}

size_t logask(void *ctx, int fds[LOGFILES_MAX])
{
	struct logask *a = ctx;
	struct ask_header question = { .kind = ASK_LOGS };
	struct pollfd fd = { .fd = a->socket, .events = POLLIN };
	uint64_t until = mono_ms() + WAIT_MS, now;
	size_t n = 0;

	/* Workers come one after another, and all ask by the same socket. */
	a->asked = (uint64_t)getpid() << 32 | (uint32_t)(a->asked + 1);
	question.id = a->asked;
	a->answered = false;
	snprintf(a->why, sizeof(a->why),
		 "the helper that opens audit.log is busy or died");
	if (send(a->socket, &question, sizeof(question), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return 0;
	while ((now = mono_ms()) < until) {
		if (take_ours(a, fds, &n))
			return n;
		if (poll(&fd, 1, (int)(until - now)) < 0 && errno != EINTR)
			break;
	}
	return 0;
}

void logask_answer(struct logfiles *logs, int socket, uint64_t id)
{
	struct ask_message message;
	union control control = { 0 };
	struct iovec part = { &message, 0 };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
	char why[LOGASK_WHY];
	int fds[LOGFILES_MAX];
	size_t n = logfiles_open(logs, fds, why, sizeof(why));

	ask_start(&message, ASK_LOGS, id);
	ask_add(&message, "why", why);
	part.iov_len = ask_size(&message);
	if (n) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.header =
			(struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS,
					  .cmsg_len = CMSG_LEN(n * sizeof(int)) };
		memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	}
	/* Whoever does not get it asks again. */
	sendmsg(socket, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	close_all(fds, n);
}
