/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex show: one finding whole. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"
#include "cmd/database.h"
#include "report/show.h"

enum { PROCESSES_MAX = 20000, RELATED_MAX = 10 };

static const char usage[] =
	"usage: auspex show [OPTION]... ID\n"
	"\n"
	"Shows one finding whole: what happened and why it matters, the process and "
	"those\n"
	"above and below it, connection and file, the records that prove it, related\n"
	"findings, and what to do next. ID is its number in 'auspex findings'.\n"
	"\n"
	"  -d, --database FILE    database to read (default: $AUSPEX_DB, else "
	"auspex.db,\n"
	"                         else /var/lib/auspex/auspex.db)\n"
	"      --raw              the records as they were logged, and all of them\n"
	"  -f, --format FORMAT    table, jsonl or csv: as 'auspex findings' does, with "
	"this one\n"
	"  -h, --help             print this help\n"
	"\n"
	"exit status: 0 done; 2 wrong usage, or there is no such finding; 4 the "
	"database\n"
	"could not be read\n";

enum { OPT_RAW = 256 };

static const struct option options[] = {
	{ "database", required_argument, NULL, 'd' },
	{ "raw", no_argument, NULL, OPT_RAW },
	{ "format", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct show_args {
	const char *database;
	const struct report_format *format; /* NULL: the page */
	int64_t id;
	bool raw, help;
};

static bool take_option(struct show_args *args, int opt)
{
	switch (opt) {
	case 'd': args->database = optarg; return true;
	case OPT_RAW: args->raw = true; return true;
	case 'f':
		args->format = report_format_find(optarg);
		if (!args->format)
			complain("show: \"%s\" is no format: use table, jsonl or csv",
				 optarg);
		return args->format != NULL;
	case 'h': args->help = true; return true;
	default: return false;
	}
}

static bool parse(struct show_args *args, int argc, char **argv)
{
	const char *number;
	int opt;

	while ((opt = getopt_long(argc, argv, "d:f:h", options, NULL)) != -1) {
		if (!take_option(args, opt))
			return false;
		if (args->help)
			return true;
	}
	if (argc - optind != 1) {
		complain("show: give the number of one finding, see 'auspex findings'");
		return false;
	}
	number = argv[optind][0] == '#' ? argv[optind] + 1 : argv[optind];
	if (num_i64(slice_str(number), &args->id) && args->id > 0)
		return true;
	complain("show: \"%s\" is no number of a finding", argv[optind]);
	return false;
}

/* *out NULL, 0: there is none of that number. */
static int read_finding(struct store *store, int64_t id, struct finding **out,
			struct err *err)
{
	struct finding_filter filter = { .id = id };
	struct finding_cursor *cursor;
	int rc;

	*out = NULL;
	if (store_findings(store, &filter, &cursor, err) != 0)
		return -1;
	rc = finding_cursor_next(cursor, out, &id, err);
	finding_cursor_close(&cursor);
	return rc < 0 ? -1 : 0;
}

static int print_page(struct store *store, const struct show_args *args,
		      const struct finding *finding, struct err *err)
{
	struct process_filter filter = { .seed = SEED_FINDING,
					 .number = args->id,
					 .limit = PROCESSES_MAX };
	struct process_list processes;
	struct related_finding *related;
	struct show show = { .id = args->id,
			     .database = args->database,
			     .finding = finding,
			     .processes = &processes };
	struct report_options look;
	struct pager pager;
	int rc;

	process_list_init(&processes);
	rc = process_list_read(&processes, store, &filter, err);
	if (rc == 0)
		rc = store_related(store, args->id, RELATED_MAX, &processes.arena,
				   &related, &show.nrelated, err);
	if (rc == 0) {
		show.related = related;
		report_options_for(stdout, &look);
		look.raw = args->raw;
		pager_start(&pager);
		show_print(stdout, &show, &look);
		rc = pager_end(&pager, err);
	}
	process_list_fini(&processes);
	return rc;
}

static int print_formatted(const struct show_args *args, const struct finding *finding,
			   struct err *err)
{
	struct report_options look;
	struct report report;

	report_options_for(stdout, &look);
	look.raw = args->raw;
	report_begin(&report, args->format, stdout, &look);
	report_finding(&report, args->id, finding);
	return report_end(&report, err);
}

static int run(const struct show_args *args)
{
	struct store *store = database_open(args->database);
	struct finding *finding;
	struct err err;
	int rc, status = STATUS_OK;

	if (!store)
		return STATUS_DATABASE;
	rc = read_finding(store, args->id, &finding, &err);
	if (rc == 0 && !finding) {
		complain("show: %s: there is no finding %lld: 'auspex findings' lists "
			 "them",
			 database_path(args->database), (long long)args->id);
		status = STATUS_USAGE;
	} else if (rc == 0) {
		rc = args->format ? print_formatted(args, finding, &err)
				  : print_page(store, args, finding, &err);
	}
	if (rc != 0) {
		complain("%s", err.msg);
		status = STATUS_DATABASE;
	}
	finding_free(&finding);
	store_close(&store);
	return status;
}

int cmd_show(int argc, char **argv)
{
	struct show_args args = { 0 };

	if (!parse(&args, argc, argv)) {
		fputs("auspex: see 'auspex show --help'\n", stderr);
		return STATUS_USAGE;
	}
	if (args.help) {
		fputs(usage, stdout);
		return STATUS_OK;
	}
	return run(&args);
}
