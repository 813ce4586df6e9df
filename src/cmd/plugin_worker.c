/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin's worker: its settings, its rights, and the engine that it feeds. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "cmd/cmd_intel.h"
#include "cmd/expired.h"
#include "cmd/plugin_priv.h"
#include "engine/asker.h"
#include "engine/confine.h"
#include "engine/worker.h"
#include "keeper/links.h"

static void on_bad_line(void *ctx, const char *where, uint64_t line, const char *why)
{
	struct intel_bad *bad = ctx;
	char msg[512];

	if (++bad->count > INTEL_BAD_MAX)
		return;
	snprintf(msg, sizeof(msg), "%s:%llu: %s: passed over", where,
		 (unsigned long long)line, why);
	plugin_tell(msg);
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
	config_init(config);
	if ((p->config_given || access(p->config_path, F_OK) == 0) &&
	    config_load(config, p->config_path, err) != 0)
		return -1;
	for (size_t i = 0; i < config->plugin_manifests.count; i++) {
		if (manifest_set_add(manifests, config->plugin_manifests.items[i], err) !=
		    0)
			return -1;
	}
	expired_tell(config, p->config_path, plugin_tell);
	if (read_intel(config, intel, err) != 0)
		return -1;
	*signatures = signatures_new(config, err);
	return *signatures ? 0 : -1;
}

/* Once, before anything of it runs. */
static void tell_built_in(const struct plugin *p)
{
	intel_tell_built_in(p->intel, p->manifests, plugin_tell);
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
	plugin_tell(msg);
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
	ro[n] = folder_of(p->config_path, folders[n], PATH_MAX);
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
		plugin_tell(err->msg);
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

/* What is wrong here is tried again after a while: it may be put right. */
static enum worker_end work(struct plugin *p, struct ring *ring)
{
	struct detect_setup detect = { .manifests = p->manifests,
				       .config = &p->config,
				       .intel = p->intel };
	struct engine_setup engine = { .detect = &detect, .problem = on_problem };
	struct worker_setup worker = {
		.ring = ring,
		.reload = reload,
		.before_fork = before_fork,
		.complain = plugin_tell,
		.ctx = p,
	};
	struct err err;

	if (read_settings(p, &p->config, p->manifests, p->intel, &p->signatures, &err) !=
		    0 ||
	    open_store(p, &engine.store, &err) != 0)
		return again(ring, &err);
	detect.signatures = p->signatures;
	worker.logs = p->config.plugin_read_back_mib ? LINK_LOGS_WORKER : -1;
	worker.log_limit = (uint64_t)p->config.plugin_read_back_mib << 20;
	worker.asker = asker_new(p->config.plugin_helper ? LINK_REQUESTS_WRITE : -1,
				 ring->ctl->model);
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

int plugin_worker(struct plugin *p)
{
	struct ring ring;
	struct err err;

	openlog("auspex", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	if (ring_attach(&ring, LINK_CONTROL, LINK_RING, &err) != 0) {
		plugin_tell(err.msg);
		return WORKER_AGAIN;
	}
	p->manifests = manifest_set_new();
	p->intel = intel_set_new();
	return (int)work(p, &ring);
}
