/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/kernel.h"

#include <errno.h>
#include <libaudit.h>
#include <poll.h>
#include <string.h>
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

/* Texts of the fields stand one behind the other in buf. */
static void copy_path(const struct audit_rule_data *data, struct kernel_rule *rule)
{
	size_t at = 0;

	for (uint32_t i = 0; i < rule->nfields; i++) {
		uint32_t field = data->fields[i], len = data->values[i];

		if (!(field >= AUDIT_SUBJ_USER && field <= AUDIT_OBJ_LEV_HIGH) &&
		    field != AUDIT_WATCH && field != AUDIT_DIR &&
		    field != AUDIT_FILTERKEY && field != AUDIT_EXE)
			continue;
		if (len > data->buflen - at)
			return;
		if ((field == AUDIT_WATCH || field == AUDIT_DIR) &&
		    len < sizeof(rule->path))
			memcpy(rule->path, data->buf + at, len);
		at += len;
	}
}

static void convert(const struct audit_rule_data *data, struct kernel_rule *rule)
{
	*rule = (struct kernel_rule){ .list = data->flags, .action = data->action };
	for (size_t i = 0; i < KERNEL_RULE_WORDS; i++)
		rule->mask[i] = data->mask[i];
	rule->nfields = data->field_count < KERNEL_RULE_FIELDS ? data->field_count
							       : KERNEL_RULE_FIELDS;
	for (uint32_t i = 0; i < rule->nfields; i++) {
		rule->fields[i].field = data->fields[i];
		rule->fields[i].op = data->fieldflags[i];
		rule->fields[i].value = data->values[i];
	}
	copy_path(data, rule);
}

bool kernel_audit_rules(int fd, void (*take)(void *ctx, const struct kernel_rule *rule),
			void *ctx)
{
	struct audit_reply reply;
	struct kernel_rule rule;
	int rc = audit_request_rules_list_data(fd);

	if (rc <= 0) {
		errno = -rc;
		return false;
	}
	for (int i = 0; i < LIMIT_KERNEL_RULES; i++) {
		struct pollfd fds = { .fd = fd, .events = POLLIN };

		if (poll(&fds, 1, ANSWER_MS) <= 0) {
			errno = ETIMEDOUT;
			return false;
		}
		if (audit_get_reply(fd, &reply, GET_REPLY_NONBLOCKING, 0) <= 0)
			continue;
		if (reply.type == NLMSG_DONE)
			return true;
		if (reply.type == NLMSG_ERROR && reply.error->error) {
			errno = -reply.error->error;
			return false;
		}
		if (reply.type != AUDIT_LIST_RULES)
			continue;
		convert(reply.ruledata, &rule);
		take(ctx, &rule);
	}
	errno = E2BIG;
	return false;
}
