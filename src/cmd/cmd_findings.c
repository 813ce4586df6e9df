/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex findings: what was found, as a list or counted. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"
#include "cmd/database.h"
#include "cmd/take.h"
#include "report/report.h"
#include "report/summary.h"
#include "store/query.h"

static const char usage[] =
	"usage: auspex findings [OPTION]...\n"
	"\n"
	"Lists the findings that a database holds, the newest last.\n"
	"\n"
	"  -d, --database FILE     database to read (default: $AUSPEX_DB, else "
	"auspex.db,\n"
	"                          else /var/lib/auspex/auspex.db)\n"
	"  -s, --severity LEVEL    at least this: info, low, medium, high, critical\n"
	"      --since TIME        that went on at or after TIME\n"
	"      --until TIME        that began before TIME\n"
	"  -D, --detector ID       of this detector, like reverse_shell\n"
	"  -t, --technique ID      of this ATT&CK technique or one below it, like T1059\n"
	"  -H, --host NAME         on this host\n"
	"  -C, --container NAME    in this container: name, pod, image or beginning of "
	"the id\n"
	"  -a, --all               those as well that are suppressed: exempt by configuration\n"
	"      --sort KEY          by time (default), severity, count, detector, host,\n"
	"                          container or id, the least first; -KEY: the greatest "
	"first\n"
	"  -S, --summary           count them by severity, detector, technique and "
	"container\n"
	"  -f, --format FORMAT     table (default), jsonl, csv, ocsf or ecs\n"
	"  -h, --help              print this help\n"
	"\n"
	"TIME is in UTC: 2026-11-21, \"2026-11-21 23:25\", 2026-11-21T23:25:58Z, "
	"seconds\n"
	"since 1970, today, yesterday, \"2 hours ago\", 3d.\n"
	"\n"
	"exit status: 0 done; 2 wrong usage; 4 the database could not be read\n";

enum { OPT_SINCE = 256, OPT_UNTIL, OPT_SORT };

static const struct option options[] = {
	{ "database", required_argument, NULL, 'd' },
	{ "severity", required_argument, NULL, 's' },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "detector", required_argument, NULL, 'D' },
	{ "technique", required_argument, NULL, 't' },
	{ "host", required_argument, NULL, 'H' },
	{ "container", required_argument, NULL, 'C' },
	{ "all", no_argument, NULL, 'a' },
	{ "sort", required_argument, NULL, OPT_SORT },
	{ "summary", no_argument, NULL, 'S' },
	{ "format", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct findings_args {
	const char *database;
	const struct report_format *format;
	struct finding_filter filter;
	bool summary, help;
};

/* One of the program's, or of a rule that once found something here. */
static bool is_detector(struct store *store, const char *id)
{
	if (!id || detector_find(id) || store_knows_detector(store, id))
		return true;
	complain("findings: \"%s\" is no detector: use one like reverse_shell or "
		 "added_binary_executed",
		 id);
	return false;
}

static bool take_order(struct finding_filter *filter, const char *name)
{
	filter->reverse = name[0] == '-';
	if (finding_order_parse(name + filter->reverse, &filter->order))
		return true;
	complain("findings: --sort: \"%s\" is no order: use time, severity, count, "
		 "detector, host, container or id",
		 name);
	return false;
}

/* false after a complaint, or where getopt has complained. */
static bool take_option(struct findings_args *args, int opt)
{
	struct finding_filter *filter = &args->filter;

	switch (opt) {
	case 'd': args->database = optarg; return true;
	case 's': return take_severity("findings", optarg, filter);
	case OPT_SINCE: return take_time("findings", "since", optarg, &filter->since);
	case OPT_UNTIL: return take_time("findings", "until", optarg, &filter->until);
	case 'D': filter->detector = optarg; return true;
	case 't': filter->technique = optarg; return true;
	case 'H': filter->host = optarg; return true;
	case 'C': filter->container = optarg; return true;
	case 'a': filter->suppressed = true; return true;
	case OPT_SORT: return take_order(filter, optarg);
	case 'S': args->summary = true; return true;
	case 'f':
		args->format = report_format_find(optarg);
		if (!args->format)
			complain(
				"findings: \"%s\" is no format: use table, jsonl, csv, ocsf or ecs",
				optarg);
		return args->format != NULL;
	case 'h': args->help = true; return true;
	default: return false;
	}
}

static bool parse(struct findings_args *args, int argc, char **argv)
{
	int opt;

	args->format = report_format_find("table");
	while ((opt = getopt_long(argc, argv, "d:s:D:t:H:C:aSf:h", options, NULL)) !=
	       -1) {
		if (!take_option(args, opt))
			return false;
		if (args->help)
			return true;
	}
	if (optind < argc) {
		complain("findings: \"%s\" is not understood: for one finding use "
			 "'auspex show ID'",
			 argv[optind]);
		return false;
	}
	return true;
}

static int print_all(struct finding_cursor *cursor, const struct findings_args *args,
		     const struct report_options *look, struct err *err)
{
	struct report report;
	struct finding *f;
	int64_t id;
	int rc;

	report_begin(&report, args->format, stdout, look);
	while ((rc = finding_cursor_next(cursor, &f, &id, err)) > 0) {
		report_finding(&report, id, f);
		finding_free(&f);
	}
	/* Whether it could be written is for the pager to say. */
	report_end(&report, NULL);
	if (rc == 0 && report.count == 0 && look->width > 0)
		complain("findings: there are none");
	return rc;
}

static int print_summary(struct finding_cursor *cursor, const struct report_options *look,
			 struct err *err)
{
	struct summary *summary = summary_new();
	struct finding *f;
	int64_t id;
	int rc;

	while ((rc = finding_cursor_next(cursor, &f, &id, err)) > 0) {
		summary_add(summary, f);
		finding_free(&f);
	}
	if (rc == 0)
		summary_print(summary, stdout, look);
	summary_free(&summary);
	return rc;
}

static int run(const struct findings_args *args)
{
	struct store *store = database_open(args->database);
	struct finding_cursor *cursor;
	struct report_options look;
	struct pager pager;
	struct err err;
	int rc;

	if (!store)
		return STATUS_DATABASE;
	if (!is_detector(store, args->filter.detector)) {
		store_close(&store);
		return STATUS_USAGE;
	}
	report_options_for(stdout, &look);
	pager_start(&pager);
	rc = store_findings(store, &args->filter, &cursor, &err);
	if (rc == 0) {
		rc = args->summary ? print_summary(cursor, &look, &err)
				   : print_all(cursor, args, &look, &err);
		finding_cursor_close(&cursor);
	}
	if (pager_end(&pager, rc == 0 ? &err : NULL) != 0)
		rc = -1;
	if (rc != 0)
		complain("%s", err.msg);
	store_close(&store);
	return rc == 0 ? STATUS_OK : STATUS_DATABASE;
}

int cmd_findings(int argc, char **argv)
{
	struct findings_args args = { 0 };

	if (!parse(&args, argc, argv)) {
		fputs("auspex: see 'auspex findings --help'\n", stderr);
		return STATUS_USAGE;
	}
	if (args.help) {
		fputs(usage, stdout);
		return STATUS_OK;
	}
	return run(&args);
}
