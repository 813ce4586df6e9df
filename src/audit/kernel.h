/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own view of its audit system, asked over netlink through
 * libaudit; needs CAP_AUDIT_CONTROL and the initial pid and user namespace.
 */
#ifndef AUSPEX_AUDIT_KERNEL_H
#define AUSPEX_AUDIT_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

/* struct audit_status of linux/audit.h, but for its mask. */
struct kernel_audit {
	uint32_t enabled; /* 0 off, 1 on, 2 locked */
	uint32_t failure; /* 0 silent, 1 printk, 2 panic */
	uint32_t pid;     /* of auditd; 0: none */
	uint32_t rate_limit, backlog_limit, lost, backlog, backlog_wait_time;
};

/* A descriptor to be closed, or -1 with errno. */
int kernel_audit_open(void);
/* false, with errno: no answer. */
bool kernel_audit_status(int fd, struct kernel_audit *out);

enum { KERNEL_RULE_FIELDS = 64, KERNEL_RULE_WORDS = 64, LIMIT_KERNEL_RULES = 4096 };

/* struct audit_rule_data of linux/audit.h, in numbers of that header. */
struct kernel_rule {
	uint32_t list, action;
	uint32_t mask[KERNEL_RULE_WORDS]; /* one bit for each call */
	uint32_t nfields;
	struct {
		uint32_t field, op, value;
	} fields[KERNEL_RULE_FIELDS];
	char path[4096]; /* of its watch or directory; or "" */
};

/*
 * Gives each loaded rule to take(), in their order. false, with errno: not
 * all could be had.
 */
bool kernel_audit_rules(int fd, void (*take)(void *ctx, const struct kernel_rule *rule),
			void *ctx);

#endif
