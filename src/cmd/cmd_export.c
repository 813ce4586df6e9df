/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex export: what a database holds, for other programs. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/fsio.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"
#include "cmd/database.h"
#include "cmd/take.h"
#include "report/report.h"
#include "store/query.h"

static const char usage[] =
	"usage: auspex export --to FORMAT [OPTION]...\n"
	"\n"
	"Writes the findings of a database for other programs.\n"
	"\n"
	"  -t, --to FORMAT         jsonl      JSON, an object a line\n"
	"                          csv        for spreadsheets\n"
	"                          ocsf       OCSF Detection Finding (class 2004, schema 1.8.0)\n"
	"                          ecs        Elastic Common Schema, an alert a line\n"
	"                          navigator  a layer for MITRE ATT&CK Navigator\n"
	"                          dot        a graph for Graphviz\n"
	"  -o, --output FILE       write FILE (default, and -: standard output)\n"
	"  -d, --database FILE     database to read (default: $AUSPEX_DB, else auspex.db,\n"
	"                          else /var/lib/auspex/auspex.db)\n"
	"  -a, --all               suppressed findings as well\n"
	"  -h, --help              print this help\n"
	"\n"
	"exit status: 0 done; 2 wrong usage; 3 FILE could not be written; 4 the database\n"
	"could not be read\n";

static const struct option options[] = {
	{ "to", required_argument, NULL, 't' },
	{ "output", required_argument, NULL, 'o' },
	{ "database", required_argument, NULL, 'd' },
	{ "all", no_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct export_args {
	const char *database, *output;
	const struct report_format *format;
	struct finding_filter filter;
	bool help;
};

static bool take_option(struct export_args *args, int opt)
{
	switch (opt) {
	case 't':
		args->format = report_format_find(optarg);
		if (!args->format)
			complain(
				"export: \"%s\" is no format: use jsonl, csv, ocsf, ecs, navigator or dot",
				optarg);
		return args->format != NULL;
	case 'o': args->output = optarg; return true;
	case 'd': args->database = optarg; return true;
	case 'a': args->filter.suppressed = true; return true;
	case 'h': args->help = true; return true;
	default: return false;
	}
}

static bool parse(struct export_args *args, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "t:o:d:ah", options, NULL)) != -1) {
		if (!take_option(args, opt))
			return false;
	}
	if (args->help)
		return true;
	if (optind < argc) {
		complain("export: \"%s\" is one argument too many", argv[optind]);
		return false;
	}
	if (!args->format)
		complain("export: no format was named: give --to FORMAT");
	return args->format != NULL;
}

static int write_all(const struct export_args *args, struct store *store, FILE *out)
{
	struct report_options look = { .raw = true };
	struct finding_cursor *cursor;
	struct report report;
	struct finding *f;
	struct err err;
	int64_t id;
	int rc;

	if (store_findings(store, &args->filter, &cursor, &err) != 0) {
		complain("%s", err.msg);
		return STATUS_DATABASE;
	}
	report_begin(&report, args->format, out, &look);
	while ((rc = finding_cursor_next(cursor, &f, &id, &err)) > 0) {
		report_finding(&report, id, f);
		finding_free(&f);
	}
	finding_cursor_close(&cursor);
	if (report_end(&report, rc == 0 ? &err : NULL) != 0 && rc == 0) {
		complain("%s: %s", args->output ? args->output : "standard output",
			 err.msg);
		return STATUS_INPUT;
	}
	if (rc < 0)
		complain("%s", err.msg);
	return rc == 0 ? STATUS_OK : STATUS_DATABASE;
}

static int run(const struct export_args *args)
{
	struct store *store = database_open(args->database);
	struct fsio_out *out;
	int status = STATUS_INPUT;
	struct err err;

	if (!store)
		return STATUS_DATABASE;
	if (take_output(args->output, &out) == 0) {
		status = write_all(args, store, fsio_out_file(out));
		if (status != STATUS_OK) {
			fsio_out_abort(&out);
		} else if (fsio_out_commit(&out, &err) != 0) {
			complain("%s", err.msg);
			status = STATUS_INPUT;
		}
	}
	store_close(&store);
	return status;
}

int cmd_export(int argc, char **argv)
{
	struct export_args args = { 0 };

	if (!parse(&args, argc, argv)) {
		complain("see 'auspex export --help'");
		return STATUS_USAGE;
	}
	if (args.help) {
		fputs(usage, stdout);
		return STATUS_OK;
	}
	return run(&args);
}
