/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin's processes: what they share before each is what it is. */
#ifndef AUSPEX_CMD_PLUGIN_PRIV_H
#define AUSPEX_CMD_PLUGIN_PRIV_H

#include <sys/types.h>

#include "config/config.h"
#include "detect/signatures.h"
#include "intel/set.h"
#include "manifest/set.h"

struct plugin {
	const char *config_path; /* as given, or the usual one */
	bool config_given;       /* then it must be there */
	const char *database;    /* as given, or NULL */
	pid_t auditd;
	struct config config;
	/* The worker's. */
	struct manifest_set *manifests;
	struct intel_set *intel;
	struct signatures *signatures;
	/* What was in force before: something may still point into it. */
	struct config old_config;
	struct manifest_set *old_manifests;
	struct signatures *old_signatures;
};

/*
 * To standard error and to syslog: under an auditd that runs in the background
 * the first leads nowhere.
 */
void plugin_tell(const char *msg);

/* What auspex-keeper executes this program for; each returns its exit status. */
int plugin_worker(struct plugin *p);
int plugin_helper(struct plugin *p);
int plugin_probe(struct plugin *p);

#endif
