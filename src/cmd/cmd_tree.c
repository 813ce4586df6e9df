/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex tree: which process started which. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/stamp.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"
#include "cmd/database.h"
#include "report/process_list.h"
#include "report/tree.h"

enum { PROCESSES_MAX = 100000 };

static const char usage[] =
	"usage: auspex tree [OPTION]...\n"
	"\n"
	"Draws who started whom: the processes that findings are about, with all above\n"
	"and below them, or those of one finding, process, session or container.\n"
	"\n"
	"  -d, --database FILE    database to read (default: $AUSPEX_DB, else "
	"auspex.db,\n"
	"                         else /var/lib/auspex/auspex.db)\n"
	"  -i, --finding ID       the tree of this finding\n"
	"  -p, --pid PID          the tree of this process\n"
	"      --at TIME          ... of the one that had the PID at TIME (UTC)\n"
	"  -s, --session NUMBER   the trees of this login session (ses=)\n"
	"  -C, --container NAME   the trees of this container: name, pod, or beginning "
	"of the id\n"
	"      --full             command lines whole, no equal children left out\n"
	"  -h, --help             print this help\n"
	"\n"
	"exit status: 0 done; 2 wrong usage, or there is no such process; 4 the "
	"database\n"
	"could not be read\n";

enum { OPT_AT = 256, OPT_FULL };

static const struct option options[] = {
	{ "database", required_argument, NULL, 'd' },
	{ "finding", required_argument, NULL, 'i' },
	{ "pid", required_argument, NULL, 'p' },
	{ "at", required_argument, NULL, OPT_AT },
	{ "session", required_argument, NULL, 's' },
	{ "container", required_argument, NULL, 'C' },
	{ "full", no_argument, NULL, OPT_FULL },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct tree_args {
	const char *database;
	struct process_filter filter;
	unsigned seeds; /* how many options that choose there were */
	bool full, help;
};

static bool take_number(struct tree_args *args, enum process_seed seed, const char *what)
{
	const char *text = optarg[0] == '#' ? optarg + 1 : optarg;

	args->filter.seed = seed;
	args->seeds++;
	if (num_i64(slice_str(text), &args->filter.number) && args->filter.number > 0)
		return true;
	complain("tree: \"%s\" is no number of a %s", optarg, what);
	return false;
}

static bool take_time(struct tree_args *args)
{
	if (stamp_parse(optarg, wall_ms(), &args->filter.at))
		return true;
	complain("tree: --at: \"%s\" is no time: try \"2026-11-21 23:25:58\"", optarg);
	return false;
}

static bool take_option(struct tree_args *args, int opt)
{
	switch (opt) {
	case 'd': args->database = optarg; return true;
	case 'i': return take_number(args, SEED_FINDING, "finding");
	case 'p': return take_number(args, SEED_PID, "process");
	case 's': return take_number(args, SEED_SESSION, "session");
	case 'C':
		args->filter.seed = SEED_CONTAINER;
		args->filter.container = optarg;
		args->seeds++;
		return true;
	case OPT_AT: return take_time(args);
	case OPT_FULL: args->full = true; return true;
	case 'h': args->help = true; return true;
	default: return false;
	}
}

static bool parse(struct tree_args *args, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "d:i:p:s:C:h", options, NULL)) != -1) {
		if (!take_option(args, opt))
			return false;
		if (args->help)
			return true;
	}
	if (optind < argc) {
		complain("tree: \"%s\" is not understood: a finding's tree is --finding "
			 "%s",
			 argv[optind], argv[optind]);
		return false;
	}
	if (args->seeds > 1) {
		complain(
			"tree: use only one of --finding, --pid, --session, --container");
		return false;
	}
	if (args->filter.at != 0 && args->filter.seed != SEED_PID) {
		complain("tree: --at goes with --pid only");
		return false;
	}
	return true;
}

static int print_tree(const struct tree_args *args, const struct process_list *list,
		      struct err *err)
{
	struct report_options look;
	struct tree_options tree = {
		.look = &look, .full = args->full, .times = true, .heads = true
	};
	struct pager pager;
	size_t left_out;

	tree.keep_seeds =
		args->filter.seed == SEED_PID || args->filter.seed == SEED_FINDING;
	if (args->filter.seed == SEED_FINDING)
		tree.finding = args->filter.number;
	report_options_for(stdout, &look);
	pager_start(&pager);
	left_out = tree_print(stdout, &tree, list->items, list->n);
	if (pager_end(&pager, err) != 0)
		return -1;
	if (left_out > 0)
		complain("tree: %zu processes are too deep in the tree to be drawn",
			 left_out);
	if (list->n == args->filter.limit)
		complain("tree: only the first %d processes are drawn", PROCESSES_MAX);
	return 0;
}

/* What is said where the database holds none of what was asked for. */
static const char *const none_of[] = {
	[SEED_FINDING] = "there is no such finding, or it names no process: 'auspex "
			 "findings' lists them",
	[SEED_PID] = "there is no such process in it",
	[SEED_SESSION] = "there is no process of that session in it",
	[SEED_CONTAINER] = "there is no process of that container in it",
};

static int run(struct tree_args *args)
{
	struct store *store = database_open(args->database);
	struct process_list list;
	struct err err;
	int rc, status = STATUS_OK;

	if (!store)
		return STATUS_DATABASE;
	process_list_init(&list);
	args->filter.limit = PROCESSES_MAX;
	rc = process_list_read(&list, store, &args->filter, &err);
	if (rc == 0 && list.n == 0 && args->seeds > 0) {
		complain("tree: %s: %s", database_path(args->database),
			 none_of[args->filter.seed]);
		status = STATUS_USAGE;
	} else if (rc == 0 && list.n == 0) {
		complain("tree: %s: no findings, so no trees: choose one with --pid, "
			 "--session or --container",
			 database_path(args->database));
	} else if (rc == 0) {
		rc = print_tree(args, &list, &err);
	}
	if (rc != 0) {
		complain("%s", err.msg);
		status = STATUS_DATABASE;
	}
	process_list_fini(&list);
	store_close(&store);
	return status;
}

int cmd_tree(int argc, char **argv)
{
	struct tree_args args = { 0 };

	if (!parse(&args, argc, argv)) {
		fputs("auspex: see 'auspex tree --help'\n", stderr);
		return STATUS_USAGE;
	}
	if (args.help) {
		fputs(usage, stdout);
		return STATUS_OK;
	}
	return run(&args);
}
