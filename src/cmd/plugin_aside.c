/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin's processes beside the worker: they look where it must not. */
#include <linux/capability.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "audit/kernel.h"
#include "cmd/cmd.h"
#include "cmd/plugin_priv.h"
#include "engine/confine.h"
#include "engine/helper.h"
#include "engine/probe.h"
#include "keeper/links.h"
#include "keeper/manners.h"

/* Becomes the user with these rights alone. What is wrong here leaves questions
 * without answers, and nothing else. */
static bool shed(const struct plugin *p, const int *caps)
{
	struct confine_user user;
	bool found = confine_find_user(p->config.plugin_user, &user);
	struct err err;

	openlog("auspex", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	/* Behind the others, but not so far that who is asked about has gone. */
	setpriority(PRIO_PROCESS, 0, 2);
	manners_oom(500);
	if (confine_identity(found ? &user : NULL, caps, &err) == 0 &&
	    confine_calls(&err) >= 0)
		return true;
	plugin_tell(err.msg);
	return false;
}

/*
 * What is wrong in the settings, the worker tells. Others would be no help to it:
 * the keeper starts this process again until they are right.
 */
static bool read_quietly(struct plugin *p)
{
	config_init(&p->config);
	return (!p->config_given && access(p->config_path, F_OK) != 0) ||
	       config_load(&p->config, p->config_path, NULL) == 0;
}

int plugin_helper(struct plugin *p)
{
	static const int look[] = { CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, -1 };
	static const int open_logs[] = { CAP_DAC_READ_SEARCH, -1 };
	struct helper_setup setup = { 0 };
	struct err err;

	setup.ctl = ring_map_control(LINK_CONTROL, &err);
	if (!setup.ctl) {
		plugin_tell(err.msg);
		return STATUS_INPUT;
	}
	if (!read_quietly(p))
		return STATUS_INPUT;
	if (p->config.plugin_read_back_mib)
		setup.auditd_conf = p->config.plugin_auditd_conf;
	if (shed(p, p->config.plugin_helper ? look : open_logs))
		helper_run(&setup);
	return STATUS_OK;
}

/* auditd's report is root's alone. */
int plugin_probe(struct plugin *p)
{
	static const int ask[] = { CAP_DAC_READ_SEARCH, CAP_AUDIT_CONTROL, -1 };
	struct probe_setup setup = { .auditd = p->auditd };

	if (!read_quietly(p))
		return STATUS_INPUT;
	setup.audit = kernel_audit_open();
	if (shed(p, ask))
		probe_run(&setup);
	return STATUS_OK;
}
