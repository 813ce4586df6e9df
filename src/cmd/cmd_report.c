/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex report: a database as one HTML file. */
#include <getopt.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/fsio.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"
#include "cmd/database.h"
#include "cmd/take.h"
#include "report/report_html.h"

static const char usage[] =
	"usage: auspex report [OPTION]... [-o FILE]\n"
	"\n"
	"Writes what a database holds as one HTML file, to read, print or add to a\n"
	"ticket: summary, timeline, findings with their evidence, ATT&CK, containers, and\n"
	"what the log could not show. It needs no network.\n"
	"\n"
	"  -o, --output FILE       write FILE (default, and -: standard output)\n"
	"  -d, --database FILE     database to read (default: $AUSPEX_DB, else auspex.db,\n"
	"                          else /var/lib/auspex/auspex.db)\n"
	"  -s, --severity LEVEL    at least this: info, low, medium, high, critical\n"
	"      --since TIME        that went on at or after TIME\n"
	"      --until TIME        that began before TIME\n"
	"  -a, --all               suppressed findings as well\n"
	"  -h, --help              print this help\n"
	"\n"
	"TIME as 'auspex findings' takes it.\n"
	"\n"
	"exit status: 0 done; 2 wrong usage; 3 FILE could not be written; 4 the database\n"
	"could not be read\n";

enum { OPT_SINCE = 256, OPT_UNTIL };

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "database", required_argument, NULL, 'd' },
	{ "severity", required_argument, NULL, 's' },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "all", no_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct report_args {
	const char *database, *output;
	struct finding_filter filter;
	bool help;
};

static bool take_option(struct report_args *args, int opt)
{
	struct finding_filter *filter = &args->filter;

	switch (opt) {
	case 'o': args->output = optarg; return true;
	case 'd': args->database = optarg; return true;
	case 's': return take_severity("report", optarg, filter);
	case OPT_SINCE: return take_time("report", "since", optarg, &filter->since);
	case OPT_UNTIL: return take_time("report", "until", optarg, &filter->until);
	case 'a': filter->suppressed = true; return true;
	case 'h': args->help = true; return true;
	default: return false;
	}
}

static bool parse(struct report_args *args, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "o:d:s:ah", options, NULL)) != -1) {
		if (!take_option(args, opt))
			return false;
		if (args->help)
			return true;
	}
	if (optind < argc) {
		complain("report: \"%s\" is one argument too many", argv[optind]);
		return false;
	}
	if (!args->output && isatty(STDOUT_FILENO)) {
		complain("report: HTML is not for a terminal: give -o FILE.html");
		return false;
	}
	return true;
}

static int write_report(const struct report_args *args, struct store *store)
{
	struct timespec now;
	struct html_report report = { .store = store,
				      .filter = &args->filter,
				      .database = database_path(args->database) };
	struct fsio_out *out;
	struct err err;

	clock_gettime(CLOCK_REALTIME, &now);
	report.made = (stamp_ms)now.tv_sec * 1000;
	if (take_output(args->output, &out) != 0)
		return STATUS_INPUT;
	if (report_html(fsio_out_file(out), &report, &err) != 0) {
		fsio_out_abort(&out);
		complain("%s", err.msg);
		return STATUS_DATABASE;
	}
	if (fsio_out_commit(&out, &err) != 0) {
		complain("%s", err.msg);
		return STATUS_INPUT;
	}
	return STATUS_OK;
}

int cmd_report(int argc, char **argv)
{
	struct report_args args = { 0 };
	struct store *store;
	int status;

	if (!parse(&args, argc, argv)) {
		fputs("auspex: see 'auspex report --help'\n", stderr);
		return STATUS_USAGE;
	}
	if (args.help) {
		fputs(usage, stdout);
		return STATUS_OK;
	}
	store = database_open(args.database);
	if (!store)
		return STATUS_DATABASE;
	status = write_report(&args, store);
	store_close(&store);
	return status;
}
