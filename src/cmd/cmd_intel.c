/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex intel: lists of indicators in, what they match out. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "base/escape.h"
#include "base/stamp.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "cmd/cmd_intel.h"
#include "cmd/complain.h"
#include "cmd/subcommand.h"
#include "intel/set.h"

static const struct sub_option options[] = {
	{ 'i', "intel", "FILE", "ilrm",
	  "the file of indicators (default: intel.db here, else\n" INTEL_SYSTEM_FILE
	  ")" },
	{ 's', "source", "NAME", "i",
	  "call the source NAME (default: the list's own file name)" },
	{ 'a', "author", "NAME", "i", "who made the lists, where they do not say it" },
	{ 'f', "format", "FORMAT", "i",
	  "what the lists are: auto (default), list, csv, clamav, stix, misp" },
	{ 'g', "good", NULL, "i", "what the lists hold is known to be good" },
	{ 'S', "sources", NULL, "l", "list the sources instead, and count" },
	{ 'd', "database", "FILE", "m",
	  "database of findings (default: $AUSPEX_DB, auspex.db here,\n"
	  "or that of the plugin)" },
	{ 'm', "manifest", "FILE", "m", "look into this manifest too; may be repeated" },
	{ 'n', "only-print", NULL, "m", "store nothing; the database is only read" },
	{ 'c', "config", "FILE", "m", "read exceptions and `intel` from FILE" },
	{ 'q', "quiet", NULL, "im", "print no summary" },
	{ 'h', "help", NULL, "ilrm", "print this and exit" },
};

const char *intel_path(const char *given)
{
	if (given)
		return given;
	if (access("intel.db", F_OK) == 0 || access(INTEL_SYSTEM_FILE, F_OK) != 0)
		return "intel.db";
	return INTEL_SYSTEM_FILE;
}

void intel_tell_bad(void *ctx, const char *where, uint64_t line, const char *why)
{
	struct intel_bad *bad = ctx;

	if (++bad->count <= INTEL_BAD_MAX)
		complain("%s:%llu: %s: passed over", where, (unsigned long long)line,
			 why);
}

void intel_end_bad(const struct intel_bad *bad)
{
	if (bad->count > INTEL_BAD_MAX)
		complain("%llu more of that kind",
			 (unsigned long long)(bad->count - INTEL_BAD_MAX));
}

/* ---- import ---- */

static void print_count(uint64_t n, const char *what)
{
	if (n)
		fprintf(stderr, ", %llu %s", (unsigned long long)n, what);
}

static void sum_up(const struct intel_counts *c, const char *what)
{
	struct strbuf safe;

	strbuf_init(&safe);
	escape_add(&safe, slice_str(what));
	fprintf(stderr, "auspex: %s: %llu indicators", strbuf_str(&safe),
		(unsigned long long)c->taken);
	strbuf_fini(&safe);
	print_count(c->allowed, "known to be good");
	print_count(c->again, "given twice");
	print_count(c->empty, "of the empty file left out");
	print_count(c->unfit, "not meant for detection");
	print_count(c->bad, "passed over");
	fputc('\n', stderr);
}

/* Of two files with one name the second would take the first one's place. */
static const char *same_name(const struct intel_args *args)
{
	for (int i = 0; i < args->nnames; i++) {
		for (int k = 0; k < i; k++) {
			if (slice_eq(slice_basename(slice_str(args->names[i])),
				     slice_basename(slice_str(args->names[k]))))
				return args->names[i];
		}
	}
	return NULL;
}

static int import_all(const struct intel_args *args, struct intel_db *db, struct err *err)
{
	struct intel_bad bad = { 0 };
	struct intel_import how = { .source = args->source,
				    .author = args->author,
				    .format = args->format,
				    .allow = args->good,
				    .now = wall_ms(),
				    .bad = intel_tell_bad,
				    .ctx = &bad };
	struct intel_source source = { .name = args->source,
				       .author = args->author,
				       .imported = how.now };

	if (args->source && intel_db_add_source(db, &source, &how.into, err) != 0)
		return -1;
	for (int i = 0; i < args->nnames; i++) {
		struct intel_counts counts = { 0 };

		bad.count = 0;
		if (intel_import_file(db, args->names[i], &how, &counts, err) != 0)
			return -1;
		intel_end_bad(&bad);
		if (!args->quiet)
			sum_up(&counts, args->names[i]);
	}
	return 0;
}

static int run_import(void *ctx)
{
	const struct intel_args *args = ctx;
	const char *path = intel_path(args->intel), *twice = same_name(args);
	struct intel_db *db;
	struct err err;
	int rc;

	if (twice && !args->source) {
		complain("intel import: two lists are called %s: give them one name with "
			 "--source",
			 twice);
		return STATUS_USAGE;
	}
	if (intel_db_update(path, &db, &err) != 0) {
		complain("%s", err.msg);
		return STATUS_DATABASE;
	}
	rc = import_all(args, db, &err);
	if (rc != 0) {
		intel_db_free(&db);
		complain("%s", err.msg);
		complain("%s is as it was before", path);
		return STATUS_INPUT;
	}
	if (intel_db_commit(&db, &err) == 0)
		return STATUS_OK;
	complain("%s", err.msg);
	return STATUS_DATABASE;
}

/* ---- list, remove ---- */

static void put(const char *text, int width)
{
	struct strbuf safe;

	strbuf_init(&safe);
	escape_add(&safe, slice_str(text ? text : "-"));
	printf(width ? "%-*s  " : "%.*s", width ? width : (int)safe.len,
	       strbuf_str(&safe));
	strbuf_fini(&safe);
}

static void print_source(void *ctx UNUSED, const struct intel_source *s)
{
	char when[STAMP_MAX];

	stamp_short(s->imported, when);
	printf("%10llu  %10llu  %s  ", (unsigned long long)s->indicators,
	       (unsigned long long)s->allowed, when);
	put(s->format, 6);
	put(s->name, 24);
	put(s->author, 0);
	putchar('\n');
}

static void print_match(void *ctx UNUSED, const struct intel_match *m, bool allow)
{
	put(allow ? "good" : indicator_kind_name(m->kind), 7);
	put(m->value, m->kind < IND_URL ? 64 : 40);
	put(m->name, 24);
	put(m->author, 16);
	put(m->source, 0);
	putchar('\n');
}

/* Whatever the words are: digests too, which are no words of a command line. */
static bool look_up(struct intel_set *set, const char *word, struct arena *arena,
		    struct intel_match *out)
{
	struct indicator *ind = arena_zalloc(arena, sizeof(*ind));

	if (indicator_hash(slice_str(word), ind) == NULL)
		return intel_find_digest(set, ind->kind, ind->key, SIZE_UNKNOWN, 0, arena,
					 out);
	return intel_find_word(set, slice_str(word), 0, arena, out);
}

static int list_words(const struct intel_args *args, const char *path)
{
	struct intel_set *set = intel_set_new();
	struct intel_match match;
	struct arena arena;
	struct err err;
	int found = 0, status = STATUS_OK;

	arena_init(&arena);
	if (intel_set_add(set, path, &(struct intel_import){ 0 }, &err) != 0) {
		complain("%s", err.msg);
		status = STATUS_DATABASE;
	}
	for (int i = 0; i < args->nnames && status == STATUS_OK; i++) {
		if (!look_up(set, args->names[i], &arena, &match))
			continue;
		print_match(NULL, &match, false);
		found++;
	}
	arena_fini(&arena);
	intel_set_free(&set);
	return status == STATUS_OK && found < args->nnames ? STATUS_FOUND : status;
}

static int run_list(void *ctx)
{
	const struct intel_args *args = ctx;
	const char *path = intel_path(args->intel);
	struct intel_db *db;
	struct err err;
	int rc;

	if (args->nnames)
		return list_words(args, path);
	rc = intel_db_open(path, &db, &err);
	if (rc == 0 && args->sources) {
		puts("INDICATORS        GOOD  IMPORTED (UTC)       FORMAT  SOURCE        "
		     "            AUTHOR");
		rc = intel_db_sources(db, print_source, NULL, &err);
	} else if (rc == 0) {
		rc = intel_db_each(db, print_match, NULL, &err);
	}
	intel_db_free(&db);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = err_set(&err, "output: %s: see that there is room for it",
			     strerror(errno));
	if (rc == 0)
		return STATUS_OK;
	complain("%s", err.msg);
	return STATUS_DATABASE;
}

static int remove_all(const struct intel_args *args, struct intel_db **db,
		      const char *path, struct err *err)
{
	for (int i = 0; i < args->nnames; i++) {
		int rc = intel_db_remove_source(*db, args->names[i], err);

		if (rc < 0)
			return -1;
		if (rc == 0)
			return err_set(err,
				       "%s: no source is called %s: see auspex intel "
				       "list --sources",
				       path, args->names[i]);
	}
	return intel_db_commit(db, err);
}

static int run_remove(void *ctx)
{
	const struct intel_args *args = ctx;
	const char *path = intel_path(args->intel);
	struct intel_db *db = NULL;
	struct err err;
	int rc;

	if (access(path, F_OK) != 0) {
		complain("%s: %s: give the file of indicators with -i", path,
			 strerror(errno));
		return STATUS_DATABASE;
	}
	rc = intel_db_update(path, &db, &err);
	if (rc == 0)
		rc = remove_all(args, &db, path, &err);
	intel_db_free(&db);
	if (rc == 0)
		return STATUS_OK;
	complain("%s", err.msg);
	return STATUS_DATABASE;
}

/* ---- what was asked for ---- */

static const struct subcommand subcommands[] = {
	{ "import", "LIST...", "take lists of indicators in", 1, INT_MAX, run_import },
	{ "list", "[HASH|URL|NAME|ADDRESS]...", "print indicators, or look some up", 0,
	  INT_MAX, run_list },
	{ "remove", "SOURCE...", "forget what a source has given", 1, INT_MAX,
	  run_remove },
	{ "match", "", "look back over a database of findings", 0, 0, intel_run_match },
};

static bool take_option(void *ctx, int letter)
{
	struct intel_args *args = ctx;

	switch (letter) {
	case 'i': args->intel = optarg; return true;
	case 's': args->source = optarg; return *optarg != '\0';
	case 'a': args->author = optarg; return true;
	case 'f': return intel_format_find(optarg, &args->format);
	case 'g': args->good = true; return true;
	case 'S': args->sources = true; return true;
	case 'd': args->database = optarg; return true;
	case 'm':
		if (args->nmanifests == INTEL_MANIFESTS_MAX)
			return false;
		args->manifests[args->nmanifests++] = optarg;
		return true;
	case 'n': args->only_print = true; return true;
	case 'c': args->config = optarg; return true;
	case 'q': args->quiet = true; return true;
	default: return false;
	}
}

static void take_names(void *ctx, char **names, int n)
{
	struct intel_args *args = ctx;

	args->names = names;
	args->nnames = n;
}

int cmd_intel(int argc, char **argv)
{
	static const struct subcommands subs = {
		.command = "intel",
		.more = "A LIST holds hashes (MD5, SHA-1, SHA-256), URLs, names of hosts or "
			"addresses,\n"
			"one a line (list; what sha256sum writes and hosts files too); or is\n"
			"MalwareBazaar's CSV (csv), a .hdb, .hsb, .fp or .sfp of ClamAV "
			"(clamav), a STIX\n"
			"bundle (stix), or events or attributes of MISP (misp). It may be "
			"packed with\n"
			"zip, gzip, xz, bzip2 or zstd. What it is, is seen from what it holds.\n",
		.list = subcommands,
		.n = ARRAY_SIZE(subcommands),
		.options = options,
		.noptions = ARRAY_SIZE(options),
		.take = take_option,
		.take_names = take_names,
	};
	struct intel_args args = { 0 };

	return subcommands_run(&subs, &args, argc, argv);
}
