/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex plugin: what auditd starts. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "audit/kernel.h"
#include "base/clock.h"
#include "base/compiler.h"
#include "base/digest.h"
#include "base/escape.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "cmd/cmd_intel.h"
#include "cmd/complain.h"
#include "cmd/expired.h"
#include "config/config.h"
#include "detect/signatures.h"
#include "engine/asker.h"
#include "engine/confine.h"
#include "engine/helper.h"
#include "engine/probe.h"
#include "engine/worker.h"
#include "keeper/keeper.h"
#include "keeper/manners.h"
#include "manifest/set.h"

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

struct plugin {
	const char *config_path; /* NULL: the usual one, if it is there */
	const char *database;
	struct config config;
	struct manifest_set *manifests;
	struct intel_set *intel;
	struct signatures *signatures;
	/* What was in force before: something may still point into it. */
	struct config old_config;
	struct manifest_set *old_manifests;
	struct signatures *old_signatures;
};

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "database", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Standard error leads nowhere under an auditd that runs in the background. */
static void tell(const char *msg)
{
	struct strbuf line;

	complain("%s", msg);
	strbuf_init(&line);
	escape_add(&line, slice_str(msg));
	syslog(LOG_ERR, "%s", strbuf_str(&line));
	strbuf_fini(&line);
}

/* 0: go on; 1: done (help); -1: wrong. */
static int parse(struct plugin *p, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "c:d:h", options, NULL)) != -1) {
		switch (opt) {
		case 'c': p->config_path = optarg; break;
		case 'd': p->database = optarg; break;
		case 'h': fputs(usage, stdout); return 1;
		default: return -1;
		}
	}
	if (optind == argc)
		return 0;
	complain("plugin: \"%s\" is too much: the records come from standard input",
		 argv[optind]);
	return -1;
}

static void on_bad_line(void *ctx, const char *where, uint64_t line, const char *why)
{
	struct intel_bad *bad = ctx;
	char msg[512];

	if (++bad->count > INTEL_BAD_MAX)
		return;
	snprintf(msg, sizeof(msg), "%s:%llu: %s: passed over", where,
		 (unsigned long long)line, why);
	tell(msg);
}

static int read_intel(const struct config *config, struct intel_set *intel,
		      struct err *err)
{
	for (size_t i = 0; i < config->intel.count; i++) {
		struct intel_bad bad = { 0 };
		struct intel_import how = { .now = wall_ms(),
					    .bad = on_bad_line,
					    .ctx = &bad };

		if (intel_set_add(intel, config->intel.items[i], &how, err) != 0)
			return -1;
	}
	return 0;
}

static int read_settings(const struct plugin *p, struct config *config,
			 struct manifest_set *manifests, struct intel_set *intel,
			 struct signatures **signatures, struct err *err)
{
	const char *path = p->config_path ? p->config_path : SETTINGS_FILE;

	config_init(config);
	if ((p->config_path || access(path, F_OK) == 0) &&
	    config_load(config, path, err) != 0)
		return -1;
	for (size_t i = 0; i < config->plugin_manifests.count; i++) {
		if (manifest_set_add(manifests, config->plugin_manifests.items[i], err) !=
		    0)
			return -1;
	}
	expired_tell(config, path, tell);
	if (read_intel(config, intel, err) != 0)
		return -1;
	*signatures = signatures_new(config, err);
	return *signatures ? 0 : -1;
}

/* Once, before anything of it runs. */
static void tell_built_in(const struct plugin *p)
{
	intel_tell_built_in(p->intel, p->manifests, tell);
}

/*
 * SIGHUP. What the worker may not open any more (it is another user now, in
 * a closed room) stays as it is until auditd starts the plugin again: the
 * database, the user, the size of the ring.
 */
static int reload(void *ctx, struct err *err)
{
	struct plugin *p = ctx;
	struct manifest_set *manifests = manifest_set_new();
	struct intel_set *intel = intel_set_new();
	struct signatures *signatures = NULL;
	struct config config;

	if (read_settings(p, &config, manifests, intel, &signatures, err) != 0) {
		config_fini(&config);
		manifest_set_free(&manifests);
		intel_set_free(&intel);
		return -1;
	}
	config_fini(&p->old_config);
	manifest_set_free(&p->old_manifests);
	p->old_config = p->config;
	p->config = config;
	manifest_set_swap(p->manifests, manifests);
	p->old_manifests = manifests;
	intel_set_swap(p->intel, intel);
	intel_set_free(&intel);
	tell_built_in(p);
	signatures_free(&p->old_signatures);
	signatures_swap(p->signatures, signatures);
	p->old_signatures = signatures;
	return 0;
}

static void on_problem(void *ctx UNUSED, const char *msg)
{
	tell(msg);
}

/* The folder of path, in out. */
static const char *folder_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(out, size, "%.*s", slash && slash > path ? (int)(slash - path) : 1,
		 slash ? path : ".");
	return out;
}

/* The last of what the worker may do before it reads what others wrote. */
static int confine(const struct plugin *p, struct err *err)
{
	enum { FOLDERS = 16 };
	char database[PATH_MAX], folders[FOLDERS][PATH_MAX];
	const char *rw[] = { folder_of(p->database, database, sizeof(database)), NULL };
	const char *ro[FOLDERS + 1] = { NULL };
	uint8_t digest[SHA256_LEN];
	struct sha256 *warm;
	size_t n = 0;

	/* Settings, manifests and rules are read again on SIGHUP. */
	ro[n] = folder_of(p->config_path ? p->config_path : SETTINGS_FILE, folders[n],
			  PATH_MAX);
	n++;
	for (size_t i = 0; i < p->config.plugin_manifests.count && n < FOLDERS;
	     i++, n++) {
		const char *item = p->config.plugin_manifests.items[i];
		const char *equal = strchr(item, '=');

		ro[n] = folder_of(equal ? equal + 1 : item, folders[n], PATH_MAX);
	}
	/* Files of indicators are opened again and again. */
	for (size_t i = 0; i < p->config.intel.count && n < FOLDERS; i++, n++)
		ro[n] = folder_of(p->config.intel.items[i], folders[n], PATH_MAX);
	for (size_t i = 0; i < p->config.rules_paths.count && n < FOLDERS; i++)
		ro[n++] = p->config.rules_paths.items[i];
	/* libcrypto reads its settings when it is first used. */
	warm = sha256_new();
	sha256_end(warm, digest);
	sha256_free(&warm);
	if (confine_files(rw, ro, err) < 0)
		return -1;
	return confine_calls(err) < 0 ? -1 : 0;
}

/* Gives up who we are first: what is opened then must be the user's. */
static int open_store(struct plugin *p, struct store **store, struct err *err)
{
	static const int no_caps[] = { -1 };
	struct confine_user user;
	bool found = confine_find_user(p->config.plugin_user, &user);

	setpriority(PRIO_PROCESS, 0, 0);
	if (confine_identity(found ? &user : NULL, no_caps, err) != 0)
		return -1;
	if (!p->database)
		p->database = p->config.plugin_database;
	if (store_open(p->database, STORE_DURABLE, store, err) != 0)
		return -1;
	store_name_host(*store, p->config.hostname);
	return 0;
}

static enum worker_end again(const struct ring *ring, const struct err *err)
{
	if (worker_failed(ring->ctl))
		tell(err->msg);
	return WORKER_AGAIN;
}

/* The process is to be forked: no file of SQLite may be open then. */
static void before_fork(void *ctx)
{
	struct plugin *p = ctx;

	intel_set_suspend(p->intel);
}

static void observe(void *ctx, const struct activity *act)
{
	asker_activity(ctx, act);
}

static void found(void *ctx, const struct finding *finding)
{
	asker_finding(ctx, finding);
}

/*
 * In a process of its own. What is wrong here is tried again after a while:
 * auditd gives a plugin up for good after a number of deaths.
 */
static enum worker_end work(struct plugin *p, struct ring *ring,
			    const struct keeper_links *links)
{
	struct detect_setup detect = { .manifests = p->manifests,
				       .config = &p->config,
				       .intel = p->intel };
	struct engine_setup engine = { .detect = &detect, .problem = on_problem };
	struct worker_setup worker = {
		.ring = ring,
		.links = links,
		.reload = reload,
		.before_fork = before_fork,
		.complain = tell,
		.ctx = p,
	};
	int questions = -1;
	struct err err;

	openlog("auspex", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	if (ring_make_reader(ring, &err) != 0 ||
	    read_settings(p, &p->config, p->manifests, p->intel, &p->signatures, &err) !=
		    0 ||
	    open_store(p, &engine.store, &err) != 0)
		return again(ring, &err);
	detect.signatures = p->signatures;
	if (p->config.plugin_helper)
		questions = links->requests[1];
	worker.logs = p->config.plugin_read_back_mib ? links->logs[1] : -1;
	worker.log_limit = (uint64_t)p->config.plugin_read_back_mib << 20;
	worker.asker = asker_new(questions, ring->ctl->model);
	worker.store = engine.store;
	engine.observe = observe;
	engine.found = found;
	engine.ctx = worker.asker;
	worker.engine = engine_new(&engine);
	tell_built_in(p);
	if (confine(p, &err) != 0)
		return again(ring, &err);
	return worker_run(&worker);
}

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
	tell(err.msg);
	return false;
}

static void help(const struct plugin *p, const struct ring *ring,
		 const struct keeper_links *links)
{
	static const int look[] = { CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, -1 };
	static const int open_logs[] = { CAP_DAC_READ_SEARCH, -1 };
	struct helper_setup setup = { .links = links, .ctl = ring->ctl };

	if (p->config.plugin_read_back_mib)
		setup.auditd_conf = p->config.plugin_auditd_conf;
	if (shed(p, p->config.plugin_helper ? look : open_logs))
		helper_run(&setup);
}

/* auditd's report is root's alone. */
static void ask_counters(const struct plugin *p, const struct keeper_links *links,
			 pid_t auditd)
{
	static const int ask[] = { CAP_DAC_READ_SEARCH, CAP_AUDIT_CONTROL, -1 };
	struct probe_setup setup = { .links = links, .auditd = auditd };

	setup.audit = kernel_audit_open();
	if (shed(p, ask))
		probe_run(&setup);
}

/*
 * What the keeper goes on with: to stop its children, whoever they have become
 * (and to keep its memory), and what it has to hand on to them. Where it
 * cannot give up the rest it goes on all the same.
 */
static void settle(void *ctx)
{
	static const int own[] = { CAP_KILL, CAP_IPC_LOCK, CAP_SETUID, CAP_SETGID,
				   CAP_SETPCAP };
	int caps[ARRAY_SIZE(own) + 4];
	const struct plugin *p = ctx;
	const struct config *c = &p->config;
	struct err err;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		caps[n++] = own[i];
	if (c->plugin_helper || c->plugin_read_back_mib || c->plugin_counters)
		caps[n++] = CAP_DAC_READ_SEARCH;
	if (c->plugin_helper)
		caps[n++] = CAP_SYS_PTRACE;
	if (c->plugin_counters)
		caps[n++] = CAP_AUDIT_CONTROL;
	caps[n] = -1;
	if (confine_identity(NULL, caps, &err) != 0 || confine_never(&err) < 0)
		tell(err.msg);
}

static int run(struct plugin *p)
{
	pid_t auditd = getppid();
	struct keeper_setup setup = { 0 };
	struct keeper_links links;
	struct ring ring;
	struct err err;

	/* What is wrong in the settings, the worker tells. */
	config_init(&p->config);
	if (config_load(&p->config, p->config_path ? p->config_path : SETTINGS_FILE,
			NULL) != 0) {
		config_fini(&p->config);
		config_init(&p->config);
	}
	setup.ring_size = (size_t)p->config.plugin_ring_mib << 20;
	setup.helper = p->config.plugin_helper || p->config.plugin_read_back_mib;
	setup.probe = p->config.plugin_counters;
	setup.realtime = p->config.plugin_realtime;
	setup.settle = settle;
	setup.ctx = p;
	/*
	 * Children leave by _exit(): what is to be done at exit is the keeper's,
	 * and how the worker ends must be what it says.
	 */
	switch (keeper_run(&setup, &ring, &links, &err)) {
	case KEEPER_WORKER: _exit((int)work(p, &ring, &links));
	case KEEPER_HELPER: help(p, &ring, &links); _exit(STATUS_OK);
	case KEEPER_PROBE: ask_counters(p, &links, auditd); _exit(STATUS_OK);
	case KEEPER_ENDED: break;
	case KEEPER_FAILED: tell(err.msg); return STATUS_INPUT;
	}
	return STATUS_OK;
}

int cmd_plugin(int argc, char **argv)
{
	struct plugin plugin = { 0 };
	int rc;

	manners_reset();
	rc = parse(&plugin, argc, argv);
	if (rc != 0)
		return rc < 0 ? STATUS_USAGE : STATUS_OK;
	plugin.manifests = manifest_set_new();
	plugin.intel = intel_set_new();
	rc = run(&plugin);
	config_fini(&plugin.config);
	manifest_set_free(&plugin.manifests);
	intel_set_free(&plugin.intel);
	signatures_free(&plugin.signatures);
	return rc;
}
