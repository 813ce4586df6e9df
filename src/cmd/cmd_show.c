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
	"usage: auspex show [OPTION]... ID...\n"
	"\n"
	"Shows findings whole: what happened and why it matters, the process and "
	"those\n"
	"above and below it, connection and file, the records that prove it, related\n"
	"findings, and what to do next. ID is a number of 'auspex findings'.\n"
	"\n"
	"  -d, --database FILE    database to read (default: $AUSPEX_DB, else "
	"auspex.db,\n"
	"                         else /var/lib/auspex/auspex.db)\n"
	"      --raw              the records as they were logged, and all of them\n"
	"  -f, --format FORMAT    table, jsonl or csv: as 'auspex findings' does, with "
	"these alone\n"
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
	char **ids;
	int nids;
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

/* Also as it stands in texts: "#3". */
static bool parse_id(const char *word, int64_t *id)
{
	return num_i64(slice_str(word + (word[0] == '#')), id) && *id > 0;
}

static bool parse(struct show_args *args, int argc, char **argv)
{
	int64_t id;
	int opt;

	while ((opt = getopt_long(argc, argv, "d:f:h", options, NULL)) != -1) {
		if (!take_option(args, opt))
			return false;
		if (args->help)
			return true;
	}
	args->ids = argv + optind;
	args->nids = argc - optind;
	for (int i = 0; i < args->nids; i++) {
		if (!parse_id(args->ids[i], &id)) {
			complain("show: \"%s\" is no number of a finding", args->ids[i]);
			return false;
		}
	}
	if (args->nids == 0)
		complain("show: give the number of a finding, see 'auspex findings'");
	return args->nids > 0;
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

/* Is there a finding of each number? An exit status, after a complaint. */
static int check_all(struct store *store, const struct show_args *args)
{
	struct finding *finding;
	struct err err;
	int64_t id;

	for (int i = 0; i < args->nids; i++) {
		parse_id(args->ids[i], &id);
		if (read_finding(store, id, &finding, &err) != 0) {
			complain("%s", err.msg);
			return STATUS_DATABASE;
		}
		if (!finding) {
			complain("show: %s: there is no finding %lld: 'auspex findings' "
				 "lists them",
				 database_path(args->database), (long long)id);
			return STATUS_USAGE;
		}
		finding_free(&finding);
	}
	return STATUS_OK;
}

static int print_page(struct store *store, const struct report_options *look,
		      const char *database, int64_t id, const struct finding *finding,
		      struct err *err)
{
	struct process_filter filter = { .seed = SEED_FINDING,
					 .number = id,
					 .limit = PROCESSES_MAX };
	struct process_list processes;
	struct related_finding *related;
	struct show show = { .id = id,
			     .database = database,
			     .finding = finding,
			     .processes = &processes };
	int rc;

	process_list_init(&processes);
	rc = process_list_read(&processes, store, &filter, err);
	if (rc == 0)
		rc = store_related(store, id, RELATED_MAX, &processes.arena, &related,
				   &show.nrelated, err);
	if (rc == 0) {
		show.related = related;
		show_print(stdout, &show, look);
	}
	process_list_fini(&processes);
	return rc;
}

static int print_pages(struct store *store, const struct show_args *args, struct err *err)
{
	struct report_options look;
	struct finding *finding;
	struct pager pager;
	int rc = 0, end;
	int64_t id;

	report_options_for(stdout, &look);
	look.raw = args->raw;
	pager_start(&pager);
	for (int i = 0; i < args->nids && rc == 0; i++) {
		if (i > 0)
			fputs("\n\n", stdout);
		parse_id(args->ids[i], &id);
		rc = read_finding(store, id, &finding, err);
		if (rc == 0 && finding)
			rc = print_page(store, &look, args->database, id, finding, err);
		finding_free(&finding);
	}
	end = pager_end(&pager, rc == 0 ? err : NULL);
	return rc == 0 ? end : rc;
}

static int print_formatted(struct store *store, const struct show_args *args,
			   struct err *err)
{
	struct report_options look;
	struct finding *finding;
	struct report report;
	int rc = 0, end;
	int64_t id;

	report_options_for(stdout, &look);
	look.raw = args->raw;
	report_begin(&report, args->format, stdout, &look);
	for (int i = 0; i < args->nids && rc == 0; i++) {
		parse_id(args->ids[i], &id);
		rc = read_finding(store, id, &finding, err);
		if (rc == 0 && finding)
			report_finding(&report, id, finding);
		finding_free(&finding);
	}
	end = report_end(&report, rc == 0 ? err : NULL);
	return rc == 0 ? end : rc;
}

static int run(const struct show_args *args)
{
	struct store *store = database_open(args->database);
	struct err err;
	int status;

	if (!store)
		return STATUS_DATABASE;
	status = check_all(store, args);
	if (status == STATUS_OK && (args->format ? print_formatted(store, args, &err)
						 : print_pages(store, args, &err)) != 0) {
		complain("%s", err.msg);
		status = STATUS_DATABASE;
	}
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
