/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/kernel.h"

#include <errno.h>
#include <libaudit.h>
#include <poll.h>
#include <unistd.h>

enum {
	ANSWER_MS = 2000,
	ANSWERS_MAX = 32, /* messages that may come before the one we want */
};

int kernel_audit_open(void)
{
	return audit_open();
}

/* The next message of that type; others are passed over. */
static bool answer(int fd, int type, struct audit_reply *reply)
{
	struct pollfd fds = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < ANSWERS_MAX; i++) {
		if (poll(&fds, 1, ANSWER_MS) <= 0)
			break;
		if (audit_get_reply(fd, reply, GET_REPLY_NONBLOCKING, 0) <= 0)
			continue;
		if (reply->type == NLMSG_ERROR && reply->error->error) {
			errno = -reply->error->error;
			return false;
		}
		if (reply->type == type)
			return true;
	}
	errno = ETIMEDOUT;
	return false;
}

bool kernel_audit_status(int fd, struct kernel_audit *out)
{
	struct audit_reply reply;
	int rc = audit_request_status(fd);

	if (rc <= 0) {
		errno = -rc;
		return false;
	}
	if (!answer(fd, AUDIT_GET, &reply))
		return false;
	*out = (struct kernel_audit){
		.enabled = reply.status->enabled,
		.failure = reply.status->failure,
		.pid = reply.status->pid,
		.rate_limit = reply.status->rate_limit,
		.backlog_limit = reply.status->backlog_limit,
		.lost = reply.status->lost,
		.backlog = reply.status->backlog,
		.backlog_wait_time = reply.status->backlog_wait_time,
	};
	return true;
}
