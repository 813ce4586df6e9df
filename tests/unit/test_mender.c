/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/mender.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "engine/logfiles.h"
#include "unit/folder.h"

enum { EVENTS = 3000, RECORDS = 5, LOGS = 4 };

/* A log of EVENTS events, in files, and the stream that goes with it. */
struct world {
	char *lines[EVENTS * RECORDS]; /* of the log, in its order */
	size_t n, first_of[LOGS + 1];  /* the first line of each file, oldest first */
	char *stream[EVENTS * (RECORDS + 1)];
	size_t nstream;
	size_t files; /* that are there */
	struct strbuf got;
	struct mender *mender;
	struct mender_count read, lost;
	uint64_t now;
};

static const char *const types[RECORDS] = { "SYSCALL", "CWD", "PATH", "PATH",
					    "PROCTITLE" };

/* Two events at a time, whose records lie between one another. */
static void make_log(struct world *w)
{
	for (size_t e = 0; e < EVENTS; e += 2) {
		for (size_t i = 0; i < 2 * RECORDS; i++) {
			size_t event = e + (i / 2 + i) % 2, record = i / 2;

			w->lines[w->n++] = xasprintf(
				"type=%s msg=audit(%zu.%03zu:%zu): item=%zu of %zu%s",
				types[record], 1700000000 + event / 100, event % 1000,
				event + 1, record, event,
				record == RECORDS - 1 ? "" : " and some more");
			w->stream[w->nstream++] = w->lines[w->n - 1];
			if (record == RECORDS - 1)
				w->stream[w->nstream++] =
					xasprintf("type=EOE msg=audit(%zu.%03zu:%zu): ",
						  1700000000 + event / 100, event % 1000,
						  event + 1);
		}
	}
}

/* audit.log is the newest; the file number of the oldest is the highest. */
static void write_logs(struct world *w, size_t files)
{
	w->files = files;
	for (size_t i = 0; i < files; i++) {
		size_t from = w->n * i / files, to = w->n * (i + 1) / files;
		char name[32];
		FILE *file;

		snprintf(name, sizeof(name), i == files - 1 ? "log" : "log.%zu",
			 files - 1 - i);
		file = fopen(name, "w");
		ck_assert_ptr_nonnull(file);
		w->first_of[i] = from;
		for (size_t l = from; l < to; l++)
			fprintf(file, "%s\n", w->lines[l]);
		fclose(file);
	}
}

static size_t list(void *ctx, int fds[CHAIN_LIST])
{
	const struct world *w = ctx;
	size_t n = 0;

	for (size_t i = 0; i < w->files; i++) {
		char name[32];

		snprintf(name, sizeof(name), i == 0 ? "log" : "log.%zu", i);
		fds[n] = open(name, O_RDONLY | O_CLOEXEC);
		n += fds[n] >= 0;
	}
	return n;
}

static void alive(void *ctx UNUSED)
{
}

static struct world *world_new(size_t files, uint64_t limit)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct mender_setup how = {
		.list = list, .alive = alive, .ctx = w, .limit = limit
	};

	make_log(w);
	write_logs(w, files);
	strbuf_init(&w->got);
	w->mender = mender_new(&how);
	return w;
}

static void world_free(struct world *w)
{
	for (size_t i = 0; i < w->nstream; i++) {
		if (strncmp(w->stream[i], "type=EOE", 8) == 0)
			free(w->stream[i]);
	}
	for (size_t i = 0; i < w->n; i++)
		free(w->lines[i]);
	mender_free(&w->mender);
	strbuf_fini(&w->got);
	free(w);
}

static void take_fill(struct world *w)
{
	struct mender_count read, lost;
	struct slice line;

	bool told;

	while (mender_fill(w->mender, &line))
		strbuf_printf(&w->got, "%.*s\n", SLICE_FMT(line));
	told = mender_has_lost(w->mender);
	mender_filled(w->mender, &read, &lost);
	ck_assert_int_eq(told, lost.records || lost.first);
	ck_assert(!mender_has_lost(w->mender));
	w->read.records += read.records;
	w->lost.records += lost.records;
	if (lost.first)
		w->lost.first = lost.first;
	if (lost.last)
		w->lost.last = lost.last;
}

static enum mender_verdict take_line(struct world *w, const char *line)
{
	enum mender_verdict verdict;
	struct slice whole = slice_str(line);
	int rounds = 0;

	while ((verdict = mender_line(w->mender, &whole, ++w->now)) == MENDER_FILL) {
		take_fill(w);
		ck_assert_int_lt(++rounds, 4);
	}
	if (verdict != MENDER_KNOWN)
		strbuf_printf(&w->got, "%.*s\n", SLICE_FMT(whole));
	return verdict;
}

/* The line without its last bytes. */
static void take_cut(struct world *w, const char *line, size_t cut)
{
	char *text = xasprintf("%.*s", (int)(strlen(line) - cut), line);

	take_line(w, text);
	free(text);
}

/*
 * What was given out is the log; an EOE stands behind the last record of its
 * event.
 */
static void check_got(struct world *w, size_t from, size_t to)
{
	struct slice rest = strbuf_slice(&w->got);
	size_t at = from;

	while (rest.len) {
		size_t len = (size_t)((const char *)memchr(rest.ptr, '\n', rest.len) -
				      rest.ptr);
		struct slice line = slice_make(rest.ptr, len);
		unsigned long event;

		if (slice_starts(line, SLICE_LIT("type=EOE"))) {
			event = strtoul((const char *)memrchr(line.ptr, ':', len - 2) + 1,
					NULL, 10);
			/* Its last record is the last or but one of its pair's. */
			ck_assert_uint_ge(at, (event - 1) / 2 * 2 * RECORDS +
						      2 * RECORDS - 1);
		} else {
			ck_assert_uint_lt(at, to);
			ck_assert_msg(slice_eq_str(line, w->lines[at]),
				      "%.*s where %s was to come", SLICE_FMT(line),
				      w->lines[at]);
			at++;
		}
		rest = slice_skip(rest, len + 1);
	}
	ck_assert_uint_eq(at, to);
}

/* ---- tests ---- */

static const struct {
	unsigned start, run; /* one in so many lines begins a gap; its length */
	size_t files;
	size_t cut; /* bytes that each line of the stream lacks, as of auditd 4.2.1 */
} losses[] = {
	{ 0, 0, 1, 0 },      { 50, 1, 1, 0 },        { 5, 1, 1, 0 },
	{ 3, 1, 2, 0 },      { 20, 30, 1, 0 },       { 20, 30, LOGS, 0 },
	{ 400, 5000, 1, 0 }, { 400, 5000, LOGS, 0 }, { 0, 0, 1, 16 },
	{ 5, 1, 2, 16 },     { 20, 30, LOGS, 16 },
};

/* A gap of any length anywhere is filled, and every line comes once. */
START_TEST(test_losses)
{
	struct world *w = world_new(losses[_i].files, 1 << 30);
	unsigned lost = 0;

	srandom(7);
	/* Where nothing is remembered it begins with what comes first. */
	take_cut(w, w->stream[0], losses[_i].cut);
	for (size_t i = 1; i < w->nstream; i++) {
		if (lost == 0 && losses[_i].start && random() % losses[_i].start == 0)
			lost = 1 + (unsigned)random() % losses[_i].run;
		if (lost)
			lost--;
		else
			take_cut(w, w->stream[i], losses[_i].cut);
	}
	if (mender_end(w->mender))
		take_fill(w);
	check_got(w, 0, w->n);
	ck_assert_int_eq(w->read.records > 0, losses[_i].start > 0);
	ck_assert_uint_eq(w->lost.records, 0);
	world_free(w);
}
END_TEST

/* One takes so many lines of the stream, and the next one goes on where it stopped. */
static void hand_over(struct world *w, size_t lines, struct world *next)
{
	struct chain_mark mark;

	for (size_t i = 0; i < lines; i++) {
		take_line(w, w->stream[i]);
		mender_settle(w->mender);
	}
	ck_assert(mender_mark(w->mender, &mark));
	ck_assert(mender_open(next->mender));
	ck_assert(mender_start(next->mender, &mark, NULL));
	strbuf_add_slice(&next->got, strbuf_slice(&w->got));
}

/* Another process goes on where the first one stopped. */
START_TEST(test_mark)
{
	struct world *w = world_new(LOGS, 1 << 30), *next = world_new(LOGS, 1 << 30);
	size_t half = w->nstream / 2;

	hand_over(w, half, next);
	for (size_t i = half + 3000; i < next->nstream; i++)
		take_line(next, next->stream[i]);
	check_got(next, 0, next->n);
	ck_assert_uint_gt(next->read.records, 2000);
	world_free(w);
	world_free(next);
}
END_TEST

/*
 * What the first one read at the end of the log was still in auditd's queue, and
 * comes to the other one: in this file, or in the one before it.
 */
START_TEST(test_late)
{
	struct world *w = world_new(LOGS, 1 << 30), *next = world_new(LOGS, 1 << 30);
	/* Of the four files the third begins with the second half of the lines. */
	size_t half = _i == 0 ? w->nstream / 2 + 500 : w->nstream / 2 + 20;

	hand_over(w, half, next);
	for (size_t i = half - 400; i < half; i++) {
		enum mender_verdict verdict = take_line(next, w->stream[i]);

		ck_assert_int_eq(verdict, strncmp(w->stream[i], "type=EOE", 8) == 0
						  ? MENDER_PASS
						  : MENDER_KNOWN);
	}
	for (size_t i = half; i < next->nstream; i++)
		take_line(next, next->stream[i]);
	check_got(next, 0, next->n);
	ck_assert_uint_eq(next->read.records, 0);
	world_free(w);
	world_free(next);
}
END_TEST

/* The same from any place, also in the middle of an event; of a gap too. */
START_TEST(test_exact)
{
	struct world *w = world_new(LOGS, 1 << 30), *next = world_new(LOGS, 1 << 30);
	struct chain_mark mark, same;
	struct slice line;

	ck_assert(!mender_exact(w->mender, &mark));
	for (size_t i = 0; i < 1000; i++)
		take_line(w, w->stream[i]);
	ck_assert(mender_exact(w->mender, &mark));
	ck_assert(mender_here(w->mender, &same));
	ck_assert_uint_eq(mark.offset, same.offset);
	/* It was taken, and may come in the log behind this place. */
	take_line(w, "type=USER msg=audit(1.000:1): nobody's");
	ck_assert(!mender_exact(w->mender, &mark));
	ck_assert(mender_here(w->mender, &same));
	strbuf_cut(&w->got,
		   w->got.len - strlen("type=USER msg=audit(1.000:1): nobody's\n"));
	take_line(w, w->stream[1000]);
	ck_assert(mender_exact(w->mender, &mark));
	line = slice_str(w->stream[4001]);
	ck_assert_int_eq(mender_line(w->mender, &line, 1), MENDER_FILL);
	for (int i = 0; i < 300; i++) {
		ck_assert(mender_fill(w->mender, &line));
		strbuf_printf(&w->got, "%.*s\n", SLICE_FMT(line));
	}
	ck_assert(mender_exact(w->mender, &mark));
	ck_assert(mender_open(next->mender));
	ck_assert(mender_start(next->mender, &mark, NULL));
	strbuf_add_slice(&next->got, strbuf_slice(&w->got));
	for (size_t i = 2000; i < next->nstream; i++)
		take_line(next, next->stream[i]);
	check_got(next, 0, next->n);
	world_free(w);
	world_free(next);
}
END_TEST

/* What was logged last is gone, or is of another log. */
START_TEST(test_mark_gone)
{
	struct world *w = world_new(1, 1 << 30);
	struct chain_mark mark = { .offset = 5000, .digest = "none" };

	ck_assert(mender_open(w->mender));
	ck_assert(!mender_start(w->mender, &mark, NULL));
	ck_assert(mender_is_open(w->mender));
	ck_assert_int_eq(take_line(w, w->stream[3000]), MENDER_TAKE);
	ck_assert_int_eq(take_line(w, w->stream[3001]), MENDER_JOINED);
	ck_assert_uint_eq(w->read.records, 0);
	world_free(w);
}
END_TEST

/* Of a gap beyond the limit the newest part is read. */
START_TEST(test_limit)
{
	struct world *w = world_new(2, 20000);

	take_line(w, w->stream[0]);
	take_line(w, w->stream[w->nstream - 2]);
	ck_assert_uint_gt(w->read.records, 200);
	ck_assert_uint_lt(w->read.records, 500);
	ck_assert_uint_eq(w->read.records + w->lost.records, w->n - 2);
	ck_assert_int_ge(w->lost.first, 1700000000000);
	ck_assert_int_gt(w->lost.last, w->lost.first);
	world_free(w);
}
END_TEST

/* Files that had gone when the worker came to them: from when to when. */
START_TEST(test_hole)
{
	struct world *w = world_new(1, 1 << 30);
	size_t third = w->n / 3 / (2 * RECORDS) * 2 * RECORDS;

	write_logs(w, 3);
	ck_assert_int_eq(rename("log", "kept"), 0);
	ck_assert_int_eq(rename("log.2", "log"), 0);
	w->files = 1;
	take_line(w, w->stream[0]);
	ck_assert_int_eq(rename("kept", "log"), 0);
	ck_assert_int_eq(take_line(w, w->stream[w->nstream - 2]), MENDER_JOINED);
	ck_assert_uint_ge(w->read.records, 2 * third - 2 * RECORDS);
	ck_assert_int_gt(w->lost.last, w->lost.first);
	ck_assert_int_ge(w->lost.first, 1700000000000);
	world_free(w);
}
END_TEST

/* Lines of the stream that the log does not have, and the other way round. */
START_TEST(test_odd)
{
	struct world *w = world_new(1, 1 << 30);

	take_line(w, w->stream[0]);
	ck_assert_int_eq(take_line(w, "type=USER msg=audit(1.000:1): nobody's"),
			 MENDER_TAKE);
	ck_assert_int_eq(take_line(w, "nonsense"), MENDER_TAKE);
	ck_assert_int_eq(take_line(w, w->stream[1]), MENDER_JOINED);
	/* Too many to be sure what the log would have had. */
	for (int i = 0; i < 20; i++)
		take_line(w, "type=USER msg=audit(1.000:1): nobody's");
	for (int i = 0; i < 2000; i++)
		take_line(w, "type=USER msg=audit(1.000:1): nobody's, and long enough");
	for (size_t i = 504; take_line(w, w->stream[i]) != MENDER_JOINED; i++)
		ck_assert_uint_lt(i, w->nstream / 2);
	ck_assert_uint_eq(w->read.records, 0);
	world_free(w);
}
END_TEST

/* Another host's records are in the log, and not in the stream: no gap. */
START_TEST(test_other_host)
{
	struct world *w = world_new(1, 1 << 30);

	for (size_t i = 1; i < w->n; i++) {
		if (i % 7 == 0) {
			char *line = xasprintf("node=far %s", w->lines[i]);

			for (size_t k = 0; k < w->nstream; k++) {
				if (w->stream[k] == w->lines[i])
					w->stream[k] = line;
			}
			free(w->lines[i]);
			w->lines[i] = line;
		}
	}
	write_logs(w, 1);
	for (size_t i = 0; i < w->nstream; i++) {
		if (strncmp(w->stream[i], "node=", 5) != 0)
			take_line(w, w->stream[i]);
	}
	ck_assert_uint_eq(w->read.records, 0);
	ck_assert_ptr_null(memmem(w->got.ptr, w->got.len, "node=", 5));
	world_free(w);
}
END_TEST

/* What the quiet stream lacks is read back; what comes then all the same is known. */
START_TEST(test_quiet)
{
	struct world *w = world_new(1, 1 << 30);
	size_t at = w->nstream - 40;

	for (size_t i = 0; i < at; i++)
		take_line(w, w->stream[i]);
	ck_assert(!mender_quiet(w->mender, 100000, 100100));
	ck_assert(!mender_quiet(w->mender, 100500, 100500));
	ck_assert(mender_quiet(w->mender, 101200, 101200));
	take_fill(w);
	check_got(w, 0, w->n);
	for (size_t i = at; i < w->nstream; i++) {
		enum mender_verdict verdict = take_line(w, w->stream[i]);

		ck_assert_int_eq(verdict, strncmp(w->stream[i], "type=EOE", 8) == 0
						  ? MENDER_PASS
						  : MENDER_KNOWN);
	}
	world_free(w);
}
END_TEST

/* A log that is not written costs next to nothing, and so does none at all. */
START_TEST(test_no_log)
{
	struct world *w = world_new(1, 1 << 30);

	w->files = 0;
	for (size_t i = 0; i < w->nstream; i++)
		ck_assert_int_eq(take_line(w, w->stream[i]), MENDER_TAKE);
	ck_assert(!mender_is_open(w->mender));
	ck_assert(!mender_end(w->mender));
	world_free(w);
}
END_TEST

/* ---- which files are opened ---- */

static void make_fifo(void)
{
	ck_assert_int_eq(mkfifo("audit.log", 0600), 0);
}

static void make_link(void)
{
	put_text(".", "elsewhere", "x\n");
	ck_assert_int_eq(symlink("elsewhere", "audit.log"), 0);
}

static void make_directory(void)
{
	ck_assert_int_eq(mkdir("audit.log", 0700), 0);
}

static void make_sparse(void)
{
	put_text(".", "audit.log", "x\n");
	ck_assert_int_eq(truncate("audit.log", (off_t)8 << 40), 0);
}

static void make_open(void)
{
	put_text(".", "audit.log", "x\n");
	ck_assert_int_eq(chmod("audit.log", 0666), 0);
}

static void make_none(void)
{
}

static void make_three(void)
{
	put_text(".", "audit.log", "x\n");
	put_text(".", "audit.log.1", "x\n");
	put_text(".", "audit.log.2", "x\n");
}

static const struct {
	void (*make)(void);
	const char *more; /* settings */
	size_t n;
	const char *why; /* contained; "": none */
} places[] = {
	{ make_three, "num_logs = 5\n", 3, "" },
	{ make_three, "num_logs = 1\n", 2, "" },
	{ make_three, "NUM_LOGS = 0\n", 1, "" },
	{ make_three, "max_log_file_action = KEEP_LOGS\n", 3, "" },
	{ make_three, "write_logs = no\n", 0, "writes no log" },
	{ make_three, "# write_logs = no\n", 1, "" },
	{ make_fifo, "", 0, "audit.log is no regular file" },
	{ make_link, "", 0, "audit.log is a symbolic link" },
	{ make_directory, "", 0, "audit.log is no regular file" },
	{ make_sparse, "", 0, "audit.log has holes" },
	{ make_open, "", 0, "audit.log can be written by everybody" },
	{ make_none, "", 0, "audit.log: No such file" },
};

START_TEST(test_files)
{
	struct logfiles logs;
	int fds[LOGFILES_MAX];
	char why[512];
	char *conf = xasprintf("log_file = %s/audit.log\n%s", entered_folder(),
			       places[_i].more);
	size_t n;

	places[_i].make();
	put_text(".", "auditd.conf", conf);
	free(conf);
	logfiles_init(&logs, "auditd.conf");
	n = logfiles_open(&logs, fds, why, sizeof(why));
	ck_assert_msg(n == places[_i].n, "%zu: %s", n, why);
	if (places[_i].why[0])
		ck_assert_msg(strstr(why, places[_i].why) != NULL, "%s", why);
	else
		ck_assert_str_eq(why, "");
	while (n > 0)
		close(fds[--n]);
}
END_TEST

Suite *suite_mender(void);

Suite *suite_mender(void)
{
	Suite *s = suite_create("mender");
	TCase *tc = tcase_create("mender");

	tcase_add_checked_fixture(tc, enter_folder, leave_folder);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_losses, 0, ARRAY_SIZE(losses));
	tcase_add_test(tc, test_mark);
	tcase_add_loop_test(tc, test_late, 0, 2);
	tcase_add_test(tc, test_exact);
	tcase_add_test(tc, test_mark_gone);
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_hole);
	tcase_add_test(tc, test_odd);
	tcase_add_test(tc, test_other_host);
	tcase_add_test(tc, test_quiet);
	tcase_add_test(tc, test_no_log);
	tcase_add_loop_test(tc, test_files, 0, ARRAY_SIZE(places));
	suite_add_tcase(s, tc);
	return s;
}
