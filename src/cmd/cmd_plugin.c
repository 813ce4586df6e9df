/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex plugin: what auditd starts, and what the keeper executes. */
#include <getopt.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/escape.h"
#include "base/num.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"
#include "cmd/plugin_priv.h"
#include "engine/launch.h"
#include "keeper/links.h"
#include "keeper/manners.h"

static const char usage[] =
	"usage: auspex plugin [OPTION]...\n"
	"\n"
	"Reads audit records from standard input, as auditd gives them to its plugins,\n"
	"and stores what it finds at once.\n"
	"\n"
	"  -c, --config FILE          read settings from FILE (default: " SETTINGS_FILE
	")\n"
	"  -d, --database FILE        database to write (default: plugin.database)\n"
	"  -h, --help                 print this help\n"
	"\n"
	"exit status: 0 the input has ended; 2 wrong usage; 3 it cannot run here\n";

/* Behind the usual letters: the keeper's own, which are no part of the help. */
enum { OPT_ROLE = 256, OPT_AUDITD };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "database", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "role", required_argument, NULL, OPT_ROLE },
	{ "auditd", required_argument, NULL, OPT_AUDITD },
	{ NULL, 0, NULL, 0 },
};

static const struct role {
	const char *name;
	int (*run)(struct plugin *p);
} roles[] = {
	{ "worker", plugin_worker },
	{ "helper", plugin_helper },
	{ "probe", plugin_probe },
};

struct plugin_args {
	struct plugin *plugin;
	const char *role; /* NULL: auditd's child, which becomes the keeper */
};

void plugin_tell(const char *msg)
{
	struct strbuf line;

	complain("%s", msg);
	strbuf_init(&line);
	escape_add(&line, slice_str(msg));
	syslog(LOG_ERR, "%s", strbuf_str(&line));
	strbuf_fini(&line);
}

static bool take_auditd(struct plugin *p)
{
	uint64_t pid;

	if (!num_u64(slice_str(optarg), &pid) || pid > INT32_MAX)
		return false;
	p->auditd = (pid_t)pid;
	return true;
}

/* 0: go on; 1: done (help); -1: wrong. */
static int parse(struct plugin_args *args, int argc, char **argv)
{
	struct plugin *p = args->plugin;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:d:h", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			p->config_path = optarg;
			p->config_given = true;
			break;
		case 'd': p->database = optarg; break;
		case 'h': fputs(usage, stdout); return 1;
		case OPT_ROLE: args->role = optarg; break;
		case OPT_AUDITD:
			if (!take_auditd(p))
				return -1;
			break;
		default: return -1;
		}
	}
	if (optind == argc)
		return 0;
	complain("plugin: \"%s\" is too much: the records come from standard input",
		 argv[optind]);
	return -1;
}

/*
 * What the keeper goes on with: to stop its children, whoever they have become
 * (and to keep its memory), and what it has to hand on to them.
 */
static void choose_caps(const struct config *c, int caps[], size_t room)
{
	const struct {
		bool wanted;
		int cap;
	} all[] = {
		{ true, CAP_KILL },
		{ true, CAP_IPC_LOCK },
		{ true, CAP_SETUID },
		{ true, CAP_SETGID },
		{ true, CAP_SETPCAP },
		{ c->plugin_helper || c->plugin_read_back_mib || c->plugin_counters,
		  CAP_DAC_READ_SEARCH },
		{ c->plugin_helper, CAP_SYS_PTRACE },
		{ c->plugin_counters, CAP_AUDIT_CONTROL },
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all) && n + 1 < room; i++) {
		if (all[i].wanted)
			caps[n++] = all[i].cap;
	}
	caps[n] = -1;
}

/* Only returns where there is no keeper to become. */
static int become_keeper(struct plugin *p)
{
	char auditd[16];
	char *args[] = { (char *)"--auditd", auditd, NULL, NULL, NULL, NULL, NULL };
	struct launch launch = { .args = args, .complain = plugin_tell };
	struct config *c = &p->config;
	size_t n = 2;
	int caps[16];
	struct err err;

	/* What is wrong in the settings, the worker tells. */
	config_init(c);
	if (config_load(c, p->config_path, NULL) != 0) {
		config_fini(c);
		config_init(c);
	}
	snprintf(auditd, sizeof(auditd), "%d", (int)getppid());
	if (p->config_given) {
		args[n++] = (char *)"--config";
		args[n++] = (char *)p->config_path;
	}
	if (p->database) {
		args[n++] = (char *)"--database";
		args[n++] = (char *)p->database;
	}
	choose_caps(c, caps, ARRAY_SIZE(caps));
	launch.caps = caps;
	launch.ring_mib = c->plugin_ring_mib;
	launch.helper = c->plugin_helper || c->plugin_read_back_mib;
	launch.probe = c->plugin_counters;
	launch.realtime = c->plugin_realtime;
	launch_keeper(&launch, &err);
	config_fini(c);
	plugin_tell(err.msg);
	return STATUS_INPUT;
}

/* By the one that all of them have. */
static bool has_keeper(void)
{
	struct stat st;

	return fstat(LINK_ALIVE_READ, &st) == 0 && S_ISFIFO(st.st_mode);
}

/*
 * Leaves by _exit(): nothing is to be done at exit, and how a process ends must
 * be what it says.
 */
static int run_role(const struct plugin_args *args)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (strcmp(args->role, roles[i].name) == 0 && has_keeper())
			_exit(roles[i].run(args->plugin));
	}
	complain("plugin: --role is for auspex-keeper alone: see auspex-plugin(8)");
	return STATUS_USAGE;
}

int cmd_plugin(int argc, char **argv)
{
	struct plugin plugin = { .config_path = SETTINGS_FILE };
	struct plugin_args args = { .plugin = &plugin };
	int rc = parse(&args, argc, argv);

	if (rc != 0)
		return rc < 0 ? STATUS_USAGE : STATUS_OK;
	if (args.role)
		return run_role(&args);
	manners_reset();
	return become_keeper(&plugin);
}
