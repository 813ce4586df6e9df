/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log that is written, rotated in every way and packed while it is read,
 * with the reader stopping and going on at random. Each line carries its
 * number: all must come, once, in order. A failure names its seed;
 * AUSPEX_SEED=N runs that one alone.
 */
#include <archive.h>
#include <check.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/record.h"
#include "audit/source.h"
#include "base/compiler.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "unit/folder.h"

enum {
	SEEDS = 150,
	STEPS = 120,
	KEEP = 8, /* rotated logs */
	MARKS_MAX = 4096,
	PADDING = 3000,
	NAME_LEN = 32,
};

static uint64_t random_state;

/* The writer: what it has written, and of which line only the beginning. */
static unsigned written;
static struct strbuf torn;
static unsigned rotations; /* since the reader looked last */

/* The reader. */
static struct source *source;
static unsigned got;
static struct source_mark marks[MARKS_MAX];
static size_t nmarks;
static uint64_t seed;

static unsigned below(unsigned limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % limit);
}

static void append(const char *bytes, size_t len)
{
	int fd = open("audit.log", O_WRONLY | O_APPEND | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static void end_torn_line(void)
{
	append(torn.ptr, torn.len);
	strbuf_clear(&torn);
}

/* Writes some lines, the last one perhaps not to its end. */
static void write_lines(void)
{
	struct strbuf text;
	size_t keep = 0;

	if (torn.len)
		end_torn_line();
	strbuf_init(&text);
	for (unsigned n = 1 + below(6); n > 0; n--) {
		size_t start = text.len;

		strbuf_printf(&text, "type=CWD msg=audit(1700000000.000:%u): cwd=\"",
			      ++written);
		for (unsigned k = below(4) ? below(50) : below(PADDING); k > 0; k--)
			strbuf_add_char(&text, 'x');
		strbuf_add_str(&text, "\"\n");
		if (n == 1 && below(3) == 0)
			keep = below((unsigned)(text.len - start));
	}
	strbuf_add(&torn, text.ptr + text.len - keep, keep);
	append(text.ptr, text.len - keep);
	strbuf_fini(&text);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static const char *rotated_name(char *buf, unsigned n, bool packed)
{
	snprintf(buf, NAME_LEN, "audit.log.%u%s", n, packed ? ".gz" : "");
	return buf;
}

static void shift(void)
{
	char from[NAME_LEN], to[NAME_LEN];

	for (unsigned n = KEEP; n > 0; n--) {
		for (int packed = 0; packed < 2; packed++) {
			if (!exists(rotated_name(from, n, packed)))
				continue;
			if (n == KEEP)
				ck_assert_int_eq(unlink(from), 0);
			else
				ck_assert_int_eq(
					rename(from, rotated_name(to, n + 1, packed)), 0);
		}
	}
}

static void rotate(void)
{
	bool by_copy = below(2);
	struct strbuf bytes;

	if (torn.len)
		end_torn_line();
	if (!exists("audit.log"))
		return;
	/* More than is kept, and lines are gone for good. */
	if (++rotations > KEEP / 2)
		return;
	shift();
	if (!by_copy) {
		ck_assert_int_eq(rename("audit.log", "audit.log.1"), 0);
		if (below(2))
			append("", 0);
		return;
	}
	strbuf_init(&bytes);
	take_file("audit.log", &bytes);
	put_file(".", "audit.log.1", bytes.ptr, bytes.len);
	ck_assert_int_eq(truncate("audit.log", 0), 0);
	strbuf_fini(&bytes);
}

static void pack(void)
{
	char from[NAME_LEN], to[NAME_LEN];
	unsigned n = 1 + below(KEEP);
	struct strbuf bytes;

	if (!exists(rotated_name(from, n, false)))
		return;
	strbuf_init(&bytes);
	take_file(from, &bytes);
	put_packed(rotated_name(to, n, true), ARCHIVE_FILTER_GZIP, bytes.ptr, bytes.len);
	ck_assert_int_eq(unlink(from), 0);
	strbuf_fini(&bytes);
}

static void open_source(bool follow)
{
	const char *path = below(2) ? "audit.log" : ".";
	struct err err;

	/* The live log alone does not lead to what was put aside. */
	if (!exists("audit.log") || nmarks)
		path = ".";
	ck_assert_msg(source_open(&path, 1, &source, &err) == 0, "seed %" PRIu64 ": %s",
		      seed, err.msg);
	source_resume(source, marks, nmarks);
	if (follow)
		source_follow(source);
}

static void take_marks(void)
{
	struct source_mark mark;
	const char *path;

	for (size_t n = 0; source_mark(source, n, &mark, &path); n++) {
		if (!mark.head_len)
			continue;
		ck_assert_uint_lt(nmarks, MARKS_MAX);
		marks[nmarks++] = mark;
	}
}

/* Reads what there is; every line must be the next one. */
static enum source_status read_lines(void)
{
	enum source_status status;
	struct source_pos pos;
	struct record record;
	struct slice line;
	struct err err;

	while ((status = source_next(source, &line, &err)) == SOURCE_LINE) {
		source_pos(source, &pos);
		if (!pos.whole)
			continue; /* will come whole */
		ck_assert_msg(record_scan(line, &record), "seed %" PRIu64 ": %.*s", seed,
			      SLICE_FMT(line));
		ck_assert_msg(record.serial == got + 1, "seed %" PRIu64 ": %u after %u",
			      seed, record.serial, got);
		got++;
	}
	ck_assert_msg(status != SOURCE_ERROR, "seed %" PRIu64 ": %s", seed, err.msg);
	rotations = 0;
	return status;
}

static void stop_reading(void)
{
	take_marks();
	source_close(&source);
}

static void read_step(void)
{
	bool follow = below(4) > 0;

	if (!source) {
		if (!exists("audit.log") && !exists("audit.log.1") &&
		    !exists("audit.log.1.gz"))
			return;
		open_source(follow);
	}
	if (read_lines() == SOURCE_END || below(4) == 0)
		stop_reading();
}

static void check_seed(void)
{
	written = got = rotations = 0;
	nmarks = 0;
	random_state = seed * 0x9e3779b97f4a7c15u + 1;
	strbuf_init(&torn);
	write_lines();
	write_lines();
	read_step();
	for (unsigned step = 0; step < STEPS; step++) {
		switch (below(8)) {
		case 0:
			rotate();
			/* An empty log says nothing about where it goes. */
			write_lines();
			end_torn_line();
			break;
		case 1: pack(); break;
		case 2:
		case 3: read_step(); break;
		default: write_lines(); break;
		}
	}
	if (torn.len)
		end_torn_line();
	if (!source)
		open_source(true);
	read_lines();
	ck_assert_msg(got == written, "seed %" PRIu64 ": %u lines of %u", seed, got,
		      written);
	source_close(&source);
	strbuf_fini(&torn);
}

START_TEST(every_line_comes_once)
{
	const char *wanted = getenv("AUSPEX_SEED");

	seed = wanted ? strtoull(wanted, NULL, 10) : (uint64_t)_i;
	check_seed();
}
END_TEST

START_TEST(a_log_that_was_rotated_away_is_said)
{
	const char *path = "audit.log";
	struct slice line;
	struct err err = { "" };

	strbuf_init(&torn);
	random_state = 1;
	write_lines();
	end_torn_line();
	ck_assert_int_eq(source_open(&path, 1, &source, &err), 0);
	source_follow(source);
	while (source_next(source, &line, &err) == SOURCE_LINE)
		;
	ck_assert_int_eq(truncate("audit.log", 0), 0);
	write_lines();
	end_torn_line();
	ck_assert_int_eq(source_next(source, &line, &err), SOURCE_ERROR);
	ck_assert_ptr_nonnull(strstr(err.msg, "records may be missing"));
	ck_assert_int_eq(source_next(source, &line, &err), SOURCE_LINE);
	source_close(&source);
	strbuf_fini(&torn);
}
END_TEST

START_TEST(another_file_with_the_same_beginning_is_read_whole)
{
	const char *path = "audit.log";
	struct source_mark mark;
	const char *name;
	struct slice line;
	unsigned count = 0;
	FILE *f = fopen("audit.log", "w");

	for (unsigned i = 0; i < 100; i++)
		fprintf(f, "type=CWD msg=audit(1700000000.000:%u): cwd=\"/\"\n", i);
	fclose(f);
	ck_assert_int_eq(source_open(&path, 1, &source, NULL), 0);
	while (source_next(source, &line, NULL) == SOURCE_LINE)
		;
	ck_assert(source_mark(source, 0, &mark, &name));
	ck_assert_str_eq(name, "audit.log");
	ck_assert_uint_eq(mark.line, 100);
	source_close(&source);
	f = fopen("audit.log", "r+");
	ck_assert_int_eq(fseek(f, -5, SEEK_END), 0);
	fputs("z", f);
	fclose(f);
	ck_assert_int_eq(source_open(&path, 1, &source, NULL), 0);
	source_resume(source, &mark, 1);
	while (source_next(source, &line, NULL) == SOURCE_LINE)
		count++;
	ck_assert_uint_eq(count, 100);
	source_close(&source);
}
END_TEST

Suite *suite_follow(void);

Suite *suite_follow(void)
{
	Suite *suite = suite_create("follow");
	TCase *tc = tcase_create("follow");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, enter_folder, leave_folder);
	tcase_add_loop_test(tc, every_line_comes_once, 0, SEEDS);
	tcase_add_test(tc, a_log_that_was_rotated_away_is_said);
	tcase_add_test(tc, another_file_with_the_same_beginning_is_read_whole);
	suite_add_tcase(suite, tc);
	return suite;
}
