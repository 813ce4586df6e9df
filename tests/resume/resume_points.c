/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resume_points POINTS SEED LOG...
 *
 * Writes each log a piece at a time, cut at any byte, the way auditd and
 * logrotate do: appending, renaming, copying and truncating, packing. Between
 * pieces it is analysed by an engine of its own into one database, POINTS
 * times in all, most with a second thread that reads ahead. At the end
 * that database must hold row by row what a single pass over the whole log
 * stores in one thread.
 */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/source_stream.h"
#include "base/compiler.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "engine/engine.h"
#include "manifest/set.h"
#include "store/store_priv.h"

enum { LIMIT_ROTATED = 64, STOPS_MAX = 8, AHEAD_MAX = 20 };

struct trial {
	char dir[64];
	uint64_t random;
	unsigned points, rotations, packed, copied;
};

static void die(const char *what, const char *path)
{
	fprintf(stderr, "resume_points: %s: %s: %s\n", path, what, strerror(errno));
	exit(2);
}

/* Numerical Recipes' 64-bit linear congruential generator; the high bits. */
static unsigned dice(struct trial *t, unsigned sides)
{
	t->random = t->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((t->random >> 33) % sides);
}

/* ---- files ---- */

static void read_log(const char *path, struct strbuf *out)
{
	char buf[65536];
	struct stream *stream;
	struct err err;
	ssize_t n;

	if (stream_open(path, &stream, &err) != 0)
		die("cannot be opened", path);
	while ((n = stream_read(stream, buf, sizeof(buf), &err)) > 0)
		strbuf_add(out, buf, (size_t)n);
	stream_close(&stream);
}

static char *in_dir(const struct trial *t, const char *name)
{
	return xasprintf("%s/%s", t->dir, name);
}

static void append(const struct trial *t, const char *bytes, size_t len)
{
	char *path = in_dir(t, "log/audit.log");
	FILE *file = fopen(path, "a");

	if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
		die("cannot be written", path);
	free(path);
}

static void pack_file(struct trial *t, const char *from, const char *to)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	struct strbuf bytes;

	strbuf_init(&bytes);
	read_log(from, &bytes);
	archive_write_set_format_raw(a);
	switch (dice(t, 3)) {
	case 0: archive_write_add_filter_gzip(a); break;
	case 1: archive_write_add_filter_xz(a); break;
	default: archive_write_add_filter_zstd(a); break;
	}
	archive_entry_set_filetype(entry, AE_IFREG);
	if (archive_write_open_filename(a, to) != ARCHIVE_OK ||
	    archive_write_header(a, entry) != ARCHIVE_OK ||
	    archive_write_data(a, bytes.ptr, bytes.len) != (la_ssize_t)bytes.len ||
	    archive_write_close(a) != ARCHIVE_OK)
		die("cannot be packed", to);
	archive_entry_free(entry);
	archive_write_free(a);
	unlink(from);
	strbuf_fini(&bytes);
	t->packed++;
}

/* audit.log.N becomes audit.log.N+1, packed or not. */
static void shift(const struct trial *t)
{
	for (unsigned i = LIMIT_ROTATED; i-- > 1;) {
		char *from = xasprintf("%s/log/audit.log.%u", t->dir, i);
		char *to = xasprintf("%s/log/audit.log.%u", t->dir, i + 1);
		char *from_packed = xasprintf("%s.gz", from);
		char *to_packed = xasprintf("%s.gz", to);

		rename(from, to);
		rename(from_packed, to_packed);
		free(from);
		free(to);
		free(from_packed);
		free(to_packed);
	}
}

static void rotate(struct trial *t)
{
	char *live = in_dir(t, "log/audit.log"), *first = in_dir(t, "log/audit.log.1");
	char *second = in_dir(t, "log/audit.log.2"), *packed = xasprintf("%s.gz", second);
	struct strbuf bytes;

	shift(t);
	if (dice(t, 2)) {
		if (rename(live, first) != 0)
			die("cannot be renamed", live);
		append(t, "", 0);
	} else { /* as logrotate's copytruncate */
		FILE *copy = fopen(first, "w");

		strbuf_init(&bytes);
		read_log(live, &bytes);
		if (!copy || fwrite(bytes.ptr, 1, bytes.len, copy) != bytes.len ||
		    fclose(copy) != 0 || truncate(live, 0) != 0)
			die("cannot be copied", live);
		strbuf_fini(&bytes);
		t->copied++;
	}
	if (dice(t, 2) && access(second, F_OK) == 0)
		pack_file(t, second, packed);
	t->rotations++;
	free(live);
	free(first);
	free(second);
	free(packed);
}

static void empty(const struct trial *t)
{
	char *path = in_dir(t, "log");
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	free(path);
	path = in_dir(t, "points.db");
	unlink(path);
	free(path);
	path = in_dir(t, "single.db");
	unlink(path);
	free(path);
}

/* ---- analysis ---- */

static void on_problem(void *ctx UNUSED, const char *msg)
{
	fprintf(stderr, "resume_points: %s\n", msg);
	exit(1);
}

static void analyze(const struct trial *t, const char *name, const char *db, size_t ahead)
{
	struct detect_setup detect = { .manifests = manifest_set_new() };
	char *log = in_dir(t, name), *path = in_dir(t, db);
	const char *const paths[] = { log };
	struct engine_setup setup = { .detect = &detect,
				      .problem = on_problem,
				      .settings = "none",
				      .ahead = ahead };
	struct engine_result result;
	struct engine *engine;
	struct config config;
	struct store *store;
	struct err err;

	config_init(&config);
	detect.config = &config;
	if (store_open(path, STORE_WRITE, &store, &err) != 0)
		on_problem(NULL, err.msg);
	setup.store = store;
	engine = engine_new(&setup);
	if (engine_run(engine, paths, 1, &result, &err) != 0)
		on_problem(NULL, err.msg);
	engine_free(&engine);
	store_close(&store);
	config_fini(&config);
	manifest_set_free((struct manifest_set **)&detect.manifests);
	free(log);
	free(path);
}

/* ---- comparison ---- */

static void dump_rows(sqlite3 *db, const char *sql, struct strbuf *out)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
		fprintf(stderr, "resume_points: %s: %s\n", sql, sqlite3_errmsg(db));
		exit(2);
	}
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const char *text = (const char *)sqlite3_column_text(stmt, i);

			strbuf_printf(out, "%s|", text ? text : "NULL");
		}
		strbuf_add_char(out, '\n');
	}
	sqlite3_finalize(stmt);
}

/* All tables; of the files, whose names and number differ, only the sums. */
static void dump(const struct trial *t, const char *name, struct strbuf *out)
{
	char *path = in_dir(t, name);
	struct strbuf tables;
	sqlite3 *db;
	char *rest;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		die("cannot be opened", path);
	strbuf_init(&tables);
	dump_rows(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
		  &tables);
	for (char *table = strtok_r(tables.ptr, "|\n", &rest); table;
	     table = strtok_r(NULL, "|\n", &rest)) {
		char *sql;

		if (strcmp(table, "resume") == 0 || strcmp(table, "sources") == 0)
			continue;
		sql = xasprintf("SELECT * FROM %s ORDER BY 1, 2", table);
		strbuf_printf(out, "-- %s\n", table);
		dump_rows(db, sql, out);
		free(sql);
	}
	dump_rows(db,
		  "SELECT sum(bytes), sum(records), sum(events), sum(malformed),"
		  " min(first), max(last) FROM sources",
		  out);
	strbuf_fini(&tables);
	sqlite3_close(db);
	free(path);
}

static void show_difference(const struct strbuf *a, const struct strbuf *b)
{
	const char *x = strbuf_str(a), *y = strbuf_str(b), *line = x, *other = y;

	while (*x && *x == *y) {
		if (*x == '\n') {
			line = x + 1;
			other = y + 1;
		}
		x++;
		y++;
	}
	fprintf(stderr, "single pass: %.*s\nin pieces:   %.*s\n",
		(int)strcspn(line, "\n"), line, (int)strcspn(other, "\n"), other);
}

static bool same(const struct trial *t)
{
	struct strbuf single, pieces;
	bool equal;

	strbuf_init(&single);
	strbuf_init(&pieces);
	dump(t, "single.db", &single);
	dump(t, "points.db", &pieces);
	equal = strcmp(strbuf_str(&single), strbuf_str(&pieces)) == 0;
	if (!equal)
		show_difference(&single, &pieces);
	strbuf_fini(&single);
	strbuf_fini(&pieces);
	return equal;
}

/* ---- a trial ---- */

/* Where lines end between at and to; a rotation comes only there. */
static size_t line_end(struct slice log, size_t at)
{
	const char *newline = memchr(log.ptr + at, '\n', log.len - at);

	return newline ? (size_t)(newline - log.ptr) + 1 : log.len;
}

static void write_until(struct trial *t, struct slice log, size_t from, size_t to)
{
	while (dice(t, 2)) {
		size_t at = from + dice(t, (unsigned)(to - from) + 1);

		at = line_end(log, at);
		if (at > to || at == from)
			break;
		append(t, log.ptr + from, at - from);
		rotate(t);
		from = at;
	}
	append(t, log.ptr + from, to - from);
}

static void run_pieces(struct trial *t, struct slice log)
{
	unsigned stops = 1 + dice(t, STOPS_MAX);
	size_t at = 0;

	for (unsigned i = 0; i < stops && at < log.len; i++) {
		size_t left = log.len - at;
		size_t to = at + 1 + dice(t, (unsigned)(2 * left / (stops - i + 1)) + 1);

		if (to >= log.len)
			break;
		write_until(t, log, at, to);
		at = to;
		analyze(t, "log", "points.db", dice(t, AHEAD_MAX));
		t->points++;
	}
	write_until(t, log, at, log.len);
	analyze(t, "log", "points.db", dice(t, AHEAD_MAX));
}

static void write_single(const struct trial *t, struct slice log)
{
	char *path = in_dir(t, "single.log");
	FILE *file = fopen(path, "w");

	if (!file || fwrite(log.ptr, 1, log.len, file) != log.len || fclose(file) != 0)
		die("cannot be written", path);
	free(path);
}

static bool run_trial(struct trial *t, const char *path)
{
	uint64_t seed = t->random;
	struct strbuf log;
	bool equal;

	strbuf_init(&log);
	read_log(path, &log);
	empty(t);
	write_single(t, strbuf_slice(&log));
	analyze(t, "single.log", "single.db", 0);
	run_pieces(t, strbuf_slice(&log));
	strbuf_fini(&log);
	equal = same(t);
	if (!equal)
		fprintf(stderr, "resume_points: %s: not the same, with seed %llu\n", path,
			(unsigned long long)seed);
	return equal;
}

static void remove_all(const struct trial *t)
{
	char *path = in_dir(t, "single.log");

	empty(t);
	unlink(path);
	free(path);
	path = in_dir(t, "log");
	rmdir(path);
	free(path);
	rmdir(t->dir);
}

int main(int argc, char **argv)
{
	struct trial t = { "" };
	unsigned points, failed = 0;
	const char *tmp = getenv("TMPDIR");
	char *log;

	if (argc < 4) {
		fputs("usage: resume_points POINTS SEED LOG...\n", stderr);
		return 2;
	}
	points = (unsigned)strtoul(argv[1], NULL, 10);
	t.random = strtoull(argv[2], NULL, 10);
	snprintf(t.dir, sizeof(t.dir), "%s/resume.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(t.dir))
		die("cannot be made", t.dir);
	log = in_dir(&t, "log");
	if (mkdir(log, 0700) != 0)
		die("cannot be made", log);
	for (int i = 3; t.points < points && !failed; i = i + 1 == argc ? 3 : i + 1)
		failed += !run_trial(&t, argv[i]);
	if (!failed)
		remove_all(&t);
	printf("%u points where reading stopped and went on, %u rotations "
	       "(%u by copying), %u files packed\n",
	       t.points, t.rotations, t.copied, t.packed);
	free(log);
	return failed != 0;
}
