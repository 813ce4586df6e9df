/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex learn: exceptions out of honest days, for a person to review. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/cmd_intel.h"
#include "cmd/complain.h"
#include "cmd/container_dirs.h"
#include "cmd/learn.h"
#include "engine/engine.h"
#include "state/ctrfiles.h"
#include "store/query.h"

static const char usage[] =
	"usage: auspex learn [OPTION]... LOG...\n"
	"       auspex learn [OPTION]... -d FILE\n"
	"\n"
	"Proposes exceptions for what is found in logs of honest days, or stands in a\n"
	"database: as YAML on standard output, to be reviewed and moved to auspex.yaml.\n"
	"Nothing is written anywhere else. Proposals that would hide what is grave come\n"
	"as comments, with what they would hide.\n"
	"\n"
	"  -d, --database FILE        learn from a database of findings instead\n"
	"  -m, --manifest [WHO=]FILE  as of auspex analyze\n"
	"  -i, --intel FILE           as of auspex analyze: what is listed is no honest day's\n"
	"      --containers DIR       as of auspex analyze\n"
	"  -c, --config FILE          read settings from FILE: what its exceptions cover is\n"
	"                             not proposed again\n"
	"  -h, --help                 print this help\n"
	"\n"
	"exit status: 0 done; 2 wrong usage or configuration; 3 some input could not be\n"
	"read; 4 database\n";

struct learner {
	const char *database, *config_path;
	struct container_dirs container_dirs;
	const char *lists[INTEL_LISTS_MAX];
	size_t nlists;
	struct config config;
	struct manifest_set *manifests;
	struct intel_set *intel;
	struct ctrfiles *containers;
	struct store *store;
	char *folder, *file; /* of the database that is thrown away */
	bool input_errors;
};

enum { OPT_CONTAINERS = 256 };

static const struct option options[] = {
	{ "database", required_argument, NULL, 'd' },
	{ "manifest", required_argument, NULL, 'm' },
	{ "intel", required_argument, NULL, 'i' },
	{ "containers", required_argument, NULL, OPT_CONTAINERS },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_option(struct learner *l, int opt)
{
	struct err err;

	switch (opt) {
	case 'd': l->database = optarg; return 0;
	case 'm':
		if (manifest_set_add(l->manifests, optarg, &err) == 0)
			return 0;
		complain("%s", err.msg);
		return -1;
	case 'i':
		if (l->nlists == INTEL_LISTS_MAX)
			return -1;
		l->lists[l->nlists++] = optarg;
		return 0;
	case 'c': l->config_path = optarg; return 0;
	case OPT_CONTAINERS:
		if (container_dirs_add(&l->container_dirs, optarg, &err) == 0)
			return 0;
		complain("%s", err.msg);
		return -1;
	default: return -1;
	}
}

/* 0: go on; 1: done (help); -1: wrong. */
static int parse(struct learner *l, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "d:m:i:c:h", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			return 1;
		}
		if (take_option(l, opt) != 0)
			return -1;
	}
	if ((optind == argc) == !l->database) {
		complain(l->database
				 ? "learn: give logs or -d, not both"
				 : "learn: no log was named: give a file, a directory "
				   "or -");
		return -1;
	}
	return 0;
}

static int configure(struct learner *l)
{
	struct err err = { "" };

	if (l->config_path && config_load(&l->config, l->config_path, &err) != 0) {
		complain("%s", err.msg);
		return -1;
	}
	if (container_dirs_load(&l->container_dirs, l->config.containers, &l->containers,
				&err) != 0) {
		complain("%s", err.msg);
		return -1;
	}
	return intel_load(l->intel, &l->config.intel, l->lists, l->nlists);
}

static void on_problem(void *ctx, const char *msg)
{
	struct learner *l = ctx;

	l->input_errors = true;
	complain("%s", msg);
}

/* Findings are kept in a file for as long as it takes. */
static int open_scratch(struct learner *l, struct err *err)
{
	const char *tmp = getenv("TMPDIR");

	l->folder = xasprintf("%s/auspex-learn.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(l->folder)) {
		int rc = err_set(err, "%s: %s: set TMPDIR to a folder with room",
				 l->folder, strerror(errno));

		free(l->folder);
		l->folder = NULL;
		return rc;
	}
	l->file = xasprintf("%s/findings.db", l->folder);
	return store_open(l->file, STORE_WRITE, &l->store, err);
}

static void drop_scratch(struct learner *l)
{
	static const char *const tails[] = { "", "-wal", "-shm" };

	for (size_t i = 0; l->file && i < sizeof(tails) / sizeof(tails[0]); i++) {
		char *path = xasprintf("%s%s", l->file, tails[i]);

		unlink(path);
		free(path);
	}
	if (l->folder)
		rmdir(l->folder);
	free(l->file);
	free(l->folder);
}

static int read_logs(struct learner *l, const char *const *paths, size_t npaths,
		     struct err *err)
{
	struct detect_setup detect = { .manifests = l->manifests,
				       .config = &l->config,
				       .intel = l->intel };
	struct engine_setup setup = { .detect = &detect,
				      .containers = l->containers,
				      .problem = on_problem,
				      .ctx = l };
	struct engine_result result;
	struct engine *engine;
	int rc;

	if (open_scratch(l, err) != 0)
		return -1;
	store_name_host(l->store, l->config.hostname);
	setup.store = l->store;
	engine = engine_new(&setup);
	rc = engine_run(engine, paths, npaths, &result, err);
	engine_free(&engine);
	return rc;
}

/* What the settings cover already is suppressed, or would be. */
static int learn_all(struct learner *l, struct learn *learn, struct err *err)
{
	struct finding_filter all = { 0 };
	struct finding_cursor *cursor;
	struct finding *f;
	int64_t id;
	int rc;

	if (store_findings(l->store, &all, &cursor, err) != 0)
		return -1;
	while ((rc = finding_cursor_next(cursor, &f, &id, err)) > 0) {
		if (!config_exception(&l->config, f))
			learn_add(learn, f);
		finding_free(&f);
	}
	finding_cursor_close(&cursor);
	return rc;
}

static int run(struct learner *l, const char *const *paths, size_t npaths)
{
	struct learn *learn;
	struct err err;
	int rc;

	if (l->database)
		rc = store_open(l->database, STORE_READ, &l->store, &err);
	else
		rc = read_logs(l, paths, npaths, &err);
	learn = learn_new();
	if (rc == 0)
		rc = learn_all(l, learn, &err);
	if (rc == 0)
		learn_print(learn, stdout);
	learn_free(&learn);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = err_set(&err, "output: %s: see that there is room for it",
			     strerror(errno));
	store_close(&l->store);
	drop_scratch(l);
	if (rc != 0)
		complain("%s", err.msg);
	return rc != 0 ? STATUS_DATABASE : l->input_errors ? STATUS_INPUT : STATUS_OK;
}

int cmd_learn(int argc, char **argv)
{
	struct learner l = { .manifests = manifest_set_new(), .intel = intel_set_new() };
	int rc, status = STATUS_OK;

	config_init(&l.config);
	rc = parse(&l, argc, argv);
	if (rc < 0 || (rc == 0 && configure(&l) != 0)) {
		fputs("auspex: learn: see 'auspex learn --help'\n", stderr);
		status = STATUS_USAGE;
	} else if (rc == 0) {
		status = run(&l, (const char *const *)argv + optind,
			     (size_t)(argc - optind));
	}
	manifest_set_free(&l.manifests);
	intel_set_free(&l.intel);
	ctrfiles_free(&l.containers);
	config_fini(&l.config);
	return status;
}
