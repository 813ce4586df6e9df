/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex analyze: logs in, findings out. */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/map.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/cmd_intel.h"
#include "cmd/complain.h"
#include "cmd/container_dirs.h"
#include "cmd/expired.h"
#include "cmd/judged_by.h"
#include "cmd/progress.h"
#include "config/config.h"
#include "detect/signatures.h"
#include "engine/engine.h"
#include "engine/rootdir.h"
#include "manifest/set.h"
#include "report/report.h"
#include "state/ctrfiles.h"
#include "store/query.h"

static const char usage[] =
	"usage: auspex analyze [OPTION]... LOG...\n"
	"\n"
	"Reads audit logs and stores what it finds in a database. LOG is a file, a\n"
	"directory with a rotated set (audit.log, audit.log.1, ...), or - for standard\n"
	"input. Several logs are read in the order of their records' times. What an\n"
	"earlier run has put into the database is not read again: it goes on from there.\n"
	"\n"
	"  -d, --database FILE        database to write (default: auspex.db)\n"
	"  -m, --manifest [WHO=]FILE  judge what runs by this image manifest; may be repeated.\n"
	"                             WHO: an image (reference, digest or id), a container\n"
	"                             (name or id), * for all containers, or /DIR for\n"
	"                             processes with that root directory; without it,\n"
	"                             the host's\n"
	"      --containers DIR       a copy of the container runtimes' files under their\n"
	"                             usual paths (DIR/run/containerd, DIR/var/lib/docker,\n"
	"                             ...): names, images and pods come from there\n"
	"  -i, --intel FILE           hold it against these indicators: a file that `auspex\n"
	"                             intel import` has made, or a list as that takes it;\n"
	"                             may be repeated\n"
	"      --root DIR             a copy of the host's file system (or its disk, mounted):\n"
	"                             what ran is held against the manifest by its content\n"
	"  -f, --format FORMAT        how findings are printed: table (default), jsonl, csv,\n"
	"                             ocsf, ecs\n"
	"  -c, --config FILE          read settings from FILE\n"
	"  -F, --follow               go on reading the last log as it grows, over its\n"
	"                             rotation, until SIGINT or SIGTERM\n"
	"      --anew                 read the logs from their beginning, though an\n"
	"                             earlier run has read them\n"
	"      --threads NUMBER       1: do everything in one thread; 2: read ahead in a second\n"
	"                             one (default, where there are two processors); what\n"
	"                             comes out is the same\n"
	"      --fail-on SEVERITY     exit with 1 on findings of at least this severity\n"
	"  -q, --quiet                print no summary and no progress\n"
	"  -h, --help                 print this help\n"
	"\n"
	"exit status: 0 done; 1 findings at or above --fail-on; 2 wrong usage or\n"
	"configuration; 3 some input could not be read (the rest is stored); 4 database\n";

struct analyze {
	const char *database, *format;
	const char *config_path;
	struct config config;
	struct manifest_set *manifests;
	struct intel_set *intel;
	const char *lists[INTEL_LISTS_MAX]; /* of -i */
	size_t nlists;
	struct signatures *signatures;
	struct container_dirs container_dirs;
	struct ctrfiles *containers;
	const char *root_dir;
	struct rootdir *root;
	bool quiet, follow, anew;
	uint32_t threads;      /* 0: as many as there are processors */
	enum severity fail_on; /* SEV_MAX: never */
	struct progress progress;
	struct store *store;
	struct engine *engine;
	struct report report;
	struct map *printed; /* uids; the value is only a mark */
};

enum { OPT_FAIL_ON = 256, OPT_CONTAINERS, OPT_ROOT, OPT_ANEW, OPT_THREADS };

static const struct option options[] = {
	{ "database", required_argument, NULL, 'd' },
	{ "manifest", required_argument, NULL, 'm' },
	{ "containers", required_argument, NULL, OPT_CONTAINERS },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "intel", required_argument, NULL, 'i' },
	{ "format", required_argument, NULL, 'f' },
	{ "config", required_argument, NULL, 'c' },
	{ "fail-on", required_argument, NULL, OPT_FAIL_ON },
	{ "follow", no_argument, NULL, 'F' },
	{ "anew", no_argument, NULL, OPT_ANEW },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int wrong_usage(void)
{
	fputs("auspex: analyze: see 'auspex analyze --help'\n", stderr);
	return STATUS_USAGE;
}

static int take_option(struct analyze *an, int opt, struct err *err)
{
	switch (opt) {
	case 'd': an->database = optarg; return 0;
	case 'm': return manifest_set_add(an->manifests, optarg, err);
	case 'i':
		if (an->nlists == INTEL_LISTS_MAX)
			return err_set(err,
				       "analyze: more than %d times -i: import the "
				       "lists into one file",
				       INTEL_LISTS_MAX);
		an->lists[an->nlists++] = optarg;
		return 0;
	case 'f': an->format = optarg; return 0;
	case 'c': an->config_path = optarg; return 0;
	case 'q': an->quiet = true; return 0;
	case 'F': an->follow = true; return 0;
	case OPT_ANEW: an->anew = true; return 0;
	case OPT_CONTAINERS: return container_dirs_add(&an->container_dirs, optarg, err);
	case OPT_ROOT: an->root_dir = optarg; return 0;
	case OPT_THREADS:
		if (num_u32(slice_str(optarg), &an->threads) && an->threads > 0)
			return 0;
		return err_set(err,
			       "--threads: \"%s\" is no number of threads: use 1 or 2",
			       optarg);
	case OPT_FAIL_ON:
		return severity_parse(optarg, &an->fail_on)
			       ? 0
			       : err_set(err,
					 "--fail-on: \"%s\" is no severity: use info, low, medium, high or critical",
					 optarg);
	default: return -1;
	}
}

/* 0: go on; 1: done (help); -1: wrong. */
static int parse(struct analyze *an, int argc, char **argv)
{
	struct err err = { "" };
	int opt;

	while ((opt = getopt_long(argc, argv, "d:m:i:f:c:Fqh", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			return 1;
		}
		if (take_option(an, opt, &err) != 0) {
			if (err.msg[0])
				complain("%s", err.msg);
			return -1;
		}
	}
	if (optind == argc) {
		complain("analyze: no log was named: give a file, a directory or -");
		return -1;
	}
	return 0;
}

static void tell(const char *msg)
{
	complain("%s", msg);
}

static void on_problem(void *ctx, const char *msg)
{
	struct analyze *an = ctx;

	progress_clear(&an->progress);
	complain("%s", msg);
}

static void on_progress(void *ctx, const struct source_pos *pos, uint64_t events,
			uint64_t findings)
{
	struct analyze *an = ctx;

	progress_show(&an->progress, pos, events, findings);
}

/* The findings of these logs that were not printed yet. */
static int print_findings(struct analyze *an, struct err *err)
{
	struct finding_filter all = { 0 };
	struct finding_cursor *cursor;
	struct finding *f;
	int64_t id;
	int rc;

	if (store_findings(an->store, &all, &cursor, err) != 0)
		return -1;
	while ((rc = finding_cursor_next(cursor, &f, &id, err)) > 0) {
		if (engine_found(an->engine, f->uid) &&
		    !map_put(an->printed, slice_str(f->uid), an))
			report_finding(&an->report, id, f);
		finding_free(&f);
	}
	finding_cursor_close(&cursor);
	return rc;
}

/* Following: something has come to the store. */
static void on_committed(void *ctx)
{
	struct analyze *an = ctx;
	struct err err;

	if (engine_count(an->engine) == map_count(an->printed))
		return;
	progress_clear(&an->progress);
	if (print_findings(an, &err) != 0)
		complain("%s", err.msg);
	fflush(stdout);
}

/* Lines, but no record among them: something else was given. */
static bool is_no_log(const struct engine_result *r)
{
	return r->reader.records == 0 && r->reader.malformed != 0;
}

static void print_summary(const struct analyze *an, const struct engine_result *r)
{
	const struct assembler_stats *s = &r->reader;

	if (is_no_log(r))
		complain(
			"none of the %llu lines is an audit record: is this an audit log?",
			(unsigned long long)s->malformed);
	else if (s->records == 0 && !r->input_errors)
		complain("the input is empty: nothing was read");
	if (an->quiet || s->records == 0)
		return;
	fprintf(stderr,
		"auspex: %llu records, %llu events, %llu findings; stored in %s\n",
		(unsigned long long)s->records, (unsigned long long)s->events,
		(unsigned long long)r->findings, an->database);
	if (r->new_records != s->records)
		fprintf(stderr,
			"auspex: %llu of the records are new since the last run\n",
			(unsigned long long)r->new_records);
	if (s->malformed)
		fprintf(stderr,
			"auspex: %llu lines are no audit records and were passed over\n",
			(unsigned long long)s->malformed);
	if (s->incomplete)
		fprintf(stderr, "auspex: %llu events lack records (lost or cut off)\n",
			(unsigned long long)s->incomplete);
}

static int status_of(const struct analyze *an, const struct engine_result *r)
{
	if (r->input_errors || is_no_log(r))
		return STATUS_INPUT;
	if (r->has_severity && r->worst >= an->fail_on)
		return STATUS_FOUND;
	return STATUS_OK;
}

/* Set by the handler of SIGINT and SIGTERM. */
static volatile sig_atomic_t stop_asked;

static void ask_to_stop(int number UNUSED)
{
	stop_asked = 1;
}

static bool stopped(void *ctx UNUSED)
{
	return stop_asked;
}

static void stop_on_signals(void)
{
	struct sigaction action = { .sa_handler = ask_to_stop };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* Those that this process may run on. */
static int processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static int run_engine(struct analyze *an, const struct engine_setup *setup,
		      const char *const *paths, size_t npaths,
		      struct engine_result *result, struct err *err)
{
	struct report_options look;
	int rc;

	an->engine = engine_new(setup);
	an->printed = map_new();
	report_options_for(stdout, &look);
	report_begin(&an->report, report_format_find(an->format), stdout, &look);
	rc = engine_run(an->engine, paths, npaths, result, err);
	progress_clear(&an->progress);
	if (rc == 0)
		rc = print_findings(an, err);
	if (rc == 0)
		rc = report_end(&an->report, err);
	map_free(&an->printed);
	engine_free(&an->engine);
	return rc;
}

static int run(struct analyze *an, const char *const *paths, size_t npaths)
{
	struct detect_setup detect = { .manifests = an->manifests,
				       .config = &an->config,
				       .intel = an->intel,
				       .signatures = an->signatures };
	struct judged_by by = { .config_path = an->config_path,
				.manifests = an->manifests,
				.containers = &an->container_dirs,
				.lists = &an->config.intel,
				.more_lists = an->lists,
				.nmore = an->nlists,
				.signatures = signatures_digest(an->signatures) };
	bool ahead = an->threads ? an->threads > 1 : processors() > 1;
	char settings[SHA256_HEX + 1];
	struct engine_setup setup = { .detect = &detect,
				      .containers = an->containers,
				      .root = an->root,
				      .problem = on_problem,
				      .note = an->quiet ? NULL : on_problem,
				      .progress = an->quiet ? NULL : on_progress,
				      .settings = settings,
				      .anew = an->anew,
				      .follow = an->follow,
				      .ahead = ahead ? ENGINE_AHEAD : 0,
				      .stopped = an->follow ? stopped : NULL,
				      .committed = an->follow ? on_committed : NULL,
				      .ctx = an };
	struct engine_result result;
	struct err err;
	int rc;

	if (store_open(an->database, STORE_WRITE, &an->store, &err) != 0) {
		complain("%s", err.msg);
		return STATUS_DATABASE;
	}
	store_name_host(an->store, an->config.hostname);
	setup.store = an->store;
	if (an->follow)
		stop_on_signals();
	rc = judged_by_digest(&by, settings, &err);
	if (rc == 0)
		rc = judged_by_put(&by, an->store, &err);
	if (rc == 0)
		rc = run_engine(an, &setup, paths, npaths, &result, &err);
	if (rc == 0)
		print_summary(an, &result);
	else
		complain("%s", err.msg);
	store_close(&an->store);
	judged_by_fini(&by);
	return rc == 0 ? status_of(an, &result) : STATUS_DATABASE;
}

static int load_containers(struct analyze *an)
{
	const char *first;
	struct err err;
	size_t problems;

	if (container_dirs_load(&an->container_dirs, an->config.containers,
				&an->containers, &err) != 0) {
		complain("%s", err.msg);
		return -1;
	}
	if (!an->containers)
		return 0;
	problems = ctrfiles_problems(an->containers, &first);
	if (problems)
		complain("%s (%zu such files were passed over)", first, problems);
	if (ctrfiles_count(an->containers) == 0)
		complain("%s holds no container's files: give the directory that "
			 "holds run and var/lib",
			 an->container_dirs.at[0]);
	return 0;
}

static int open_root(struct analyze *an)
{
	struct err err;

	if (!an->root_dir && an->config.root[0])
		an->root_dir = an->config.root;
	if (!an->root_dir)
		return 0;
	an->root = rootdir_new(an->root_dir, &err);
	if (!an->root)
		complain("%s", err.msg);
	return an->root ? 0 : -1;
}

static int load_intel(struct analyze *an)
{
	if (intel_load(an->intel, &an->config.intel, an->lists, an->nlists) != 0)
		return -1;
	if (!an->quiet)
		intel_tell_built_in(an->intel, an->manifests, tell);
	return 0;
}

static int configure(struct analyze *an)
{
	struct err err;

	if (an->config_path && config_load(&an->config, an->config_path, &err) != 0) {
		complain("%s", err.msg);
		return -1;
	}
	expired_tell(&an->config, an->config_path, tell);
	if (!an->database)
		an->database = an->config.database;
	if (an->fail_on == SEV_MAX)
		an->fail_on = an->config.fail_on;
	if (load_containers(an) != 0 || open_root(an) != 0 || load_intel(an) != 0)
		return -1;
	an->signatures = signatures_new(&an->config, &err);
	if (!an->signatures) {
		complain("%s", err.msg);
		return -1;
	}
	if (!an->quiet && signatures_skipped(an->signatures) > 0)
		complain("rules.paths: rules for other sources than audit logs were left "
			 "out: %zu",
			 signatures_skipped(an->signatures));
	if (!report_format_find(an->format)) {
		complain(
			"analyze: \"%s\" is no format: use table, jsonl, csv, ocsf or ecs",
			an->format);
		return -1;
	}
	return 0;
}

int cmd_analyze(int argc, char **argv)
{
	struct analyze an = { .format = "table", .fail_on = SEV_MAX };
	int status = STATUS_OK;
	int rc;

	an.manifests = manifest_set_new();
	an.intel = intel_set_new();
	progress_init(&an.progress);
	config_init(&an.config);
	rc = parse(&an, argc, argv);
	if (rc < 0 || (rc == 0 && configure(&an) != 0))
		status = wrong_usage();
	else if (rc == 0)
		status = run(&an, (const char *const *)argv + optind,
			     (size_t)(argc - optind));
	manifest_set_free(&an.manifests);
	intel_set_free(&an.intel);
	signatures_free(&an.signatures);
	ctrfiles_free(&an.containers);
	rootdir_free(&an.root);
	config_fini(&an.config);
	return status;
}
