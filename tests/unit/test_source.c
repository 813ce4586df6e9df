/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/source.h"

#include <archive.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/limits.h"
#include "base/compiler.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "unit/folder.h"

/* A file with one record of that second. */
static void write_log(const char *name, unsigned sec)
{
	char line[80];
	int n = snprintf(line, sizeof(line), "type=CWD msg=audit(%u.000:1): cwd=\"%s\"\n",
			 sec, name);

	put_file(".", name, line, (size_t)n);
}

/* All lines with '|' between them, errors as "!message". */
static char *read_all(const char *const *paths, size_t npaths)
{
	struct source *source;
	enum source_status status;
	struct strbuf out;
	struct slice line;
	struct err err;

	strbuf_init(&out);
	if (source_open(paths, npaths, &source, &err) < 0)
		return xasprintf("no: %s", err.msg);
	while ((status = source_next(source, &line, &err)) != SOURCE_END) {
		if (out.len)
			strbuf_add_char(&out, '|');
		if (status == SOURCE_ERROR)
			strbuf_printf(&out, "!%s", err.msg);
		else
			strbuf_add_slice(&out, line);
	}
	source_close(&source);
	strbuf_add(&out, "", 1);
	return out.ptr;
}

static char *read_one(const char *path)
{
	return read_all(&path, 1);
}

static void check_text(const char *text, size_t len, const char *want)
{
	char *got;

	put_file(".", "f", text, len);
	got = read_one("f");
	ck_assert_str_eq(got, want);
	free(got);
}

static const struct {
	const char *text, *lines;
} texts[] = {
	{ "", "" },
	{ "a\n", "a" },
	{ "a", "a" },
	{ "a\nb\n", "a|b" },
	{ "a\nb", "a|b" },
	{ "a\n\nb\n", "a||b" },
	{ "a\r\nb\r\n", "a|b" },
	{ "a\rb\r", "a\rb" },
	{ "\xef\xbb\xbf"
	  "a\nb\n",
	  "a|b" },
	{ "a\n\xef\xbb\xbf"
	  "b\n",
	  "a|\xef\xbb\xbf"
	  "b" },
};

START_TEST(cuts_lines)
{
	check_text(texts[_i].text, strlen(texts[_i].text), texts[_i].lines);
}
END_TEST

START_TEST(nul_bytes_are_kept)
{
	const char *path = "f";
	struct source *source;
	struct slice line;

	put_file(".", "f", "a\0b\n\0\0\0", 7);
	ck_assert_int_eq(source_open(&path, 1, &source, NULL), 0);
	ck_assert_int_eq(source_next(source, &line, NULL), SOURCE_LINE);
	ck_assert(slice_eq(line, SLICE_LIT("a\0b")));
	ck_assert_int_eq(source_next(source, &line, NULL), SOURCE_LINE);
	ck_assert(slice_eq(line, SLICE_LIT("\0\0\0")));
	ck_assert_int_eq(source_next(source, &line, NULL), SOURCE_END);
	source_close(&source);
}
END_TEST

/* Lengths around the limit, and around the buffer's size. */
START_TEST(long_lines_are_cut)
{
	static const size_t lens[] = { LIMIT_LINE - 1, LIMIT_LINE,        LIMIT_LINE + 1,
				       LIMIT_LINE + 2, 256 * 1024 - 1,    256 * 1024,
				       320 * 1024,     320 * 1024 + 1,    320 * 1024 + 2,
				       1000 * 1000,    LIMIT_LINE * 5 + 7 };
	const char *path = "f";

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		size_t want = lens[i] > LIMIT_LINE ? LIMIT_LINE + 1 : lens[i];
		char *text = xmalloc(lens[i] + 3);
		struct source_pos pos;
		struct source *source;
		struct slice line;

		memset(text, 'x', lens[i]);
		memcpy(text + lens[i], "\nb\n", 3);
		put_file(".", "f", text, lens[i] + 3);
		ck_assert_int_eq(source_open(&path, 1, &source, NULL), 0);
		ck_assert_int_eq(source_next(source, &line, NULL), SOURCE_LINE);
		ck_assert_uint_eq(line.len, want);
		ck_assert_int_eq(source_next(source, &line, NULL), SOURCE_LINE);
		ck_assert_msg(slice_eq_str(line, "b"), "after %zu: %.20s...", lens[i],
			      line.ptr);
		source_pos(source, &pos);
		ck_assert_uint_eq(pos.line, 2);
		ck_assert_uint_eq(pos.offset, lens[i] + 1);
		ck_assert_int_eq(source_next(source, &line, NULL), SOURCE_END);
		source_close(&source);
		free(text);
	}
}
END_TEST

START_TEST(says_where_it_is)
{
	const char *path = "f";
	struct source_pos pos;
	struct source *source;
	struct slice line;

	put_file(".", "f", "aa\r\nb\n\nc", 8);
	ck_assert_int_eq(source_open(&path, 1, &source, NULL), 0);
	for (unsigned i = 0; i < 4; i++) {
		static const uint64_t offsets[] = { 0, 4, 6, 7 };

		ck_assert_int_eq(source_next(source, &line, NULL), SOURCE_LINE);
		source_pos(source, &pos);
		ck_assert_str_eq(pos.path, "f");
		ck_assert_uint_eq(pos.line, i + 1);
		ck_assert_uint_eq(pos.offset, offsets[i]);
		ck_assert_uint_eq(pos.bytes_all, 8);
	}
	ck_assert_uint_eq(pos.bytes_done, 8);
	source_close(&source);
}
END_TEST

START_TEST(packed_files_are_told_by_content)
{
	static const int filters[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ,
				       ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_BZIP2 };
	static const char text[] = "a\nb\nc\n";

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		char *got;

		put_packed("plain.log", filters[i], text, sizeof(text) - 1);
		got = read_one("plain.log");
		ck_assert_str_eq(got, "a|b|c");
		free(got);
	}
	/* The first bytes of bzip2, and then none of it. */
	check_text("BZhnothing\n", 11, "BZhnothing");
}
END_TEST

START_TEST(a_damaged_packed_file_gives_what_it_can)
{
	struct strbuf text;
	struct stat st;
	char *got;

	strbuf_init(&text);
	for (unsigned i = 0; i < 100000; i++)
		strbuf_printf(&text, "%u\n", i * 2654435761u);
	put_packed("f", ARCHIVE_FILTER_GZIP, text.ptr, text.len);
	ck_assert_int_eq(stat("f", &st), 0);
	ck_assert_int_eq(truncate("f", st.st_size / 2), 0);
	got = read_one("f");
	ck_assert_msg(strncmp(got, "0|2654435761|", 13) == 0, "%.40s", got);
	ck_assert_ptr_nonnull(
		strstr(got, "|!f: the compressed data is damaged or cut off"));
	free(got);
	strbuf_fini(&text);
}
END_TEST

static const struct {
	const char *names[5];
	const char *order;
} sets[] = {
	{ { "audit.log", "audit.log.1", "audit.log.2" },
	  "audit.log.2 audit.log.1 audit.log" },
	{ { "audit.log.9", "audit.log.10", "audit.log" },
	  "audit.log.10 audit.log.9 audit.log" },
	{ { "audit.log", "audit.log-20240102", "audit.log-20231231" },
	  "audit.log-20231231 audit.log-20240102 audit.log" },
	{ { "audit.log.1", "audit.log.2.gz", "audit.log.old", "other.log" },
	  "audit.log.2.gz audit.log.1" },
};

/* All records have one time, so that only the names tell the order. */
START_TEST(a_directory_is_a_rotated_set)
{
	struct strbuf want;
	char *names, *save = NULL, *got;

	strbuf_init(&want);
	for (size_t i = 0; i < 5 && sets[_i].names[i]; i++)
		write_log(sets[_i].names[i], 7);
	names = xstrdup(sets[_i].order);
	for (char *name = strtok_r(names, " ", &save); name;
	     name = strtok_r(NULL, " ", &save))
		strbuf_printf(&want, "%stype=CWD msg=audit(7.000:1): cwd=\"%s\"",
			      want.len ? "|" : "", name);
	got = read_one(".");
	ck_assert_str_eq(got, strbuf_str(&want));
	free(got);
	free(names);
	strbuf_fini(&want);
}
END_TEST

START_TEST(files_stand_in_the_order_of_their_records)
{
	static const char *const paths[] = { "new", "old", "middle", "audit.log",
					     "audit.log.1" };
	char *got;

	write_log("new", 9);
	write_log("middle", 5);
	write_log("old", 1);
	write_log("audit.log", 1); /* the clock was put back after audit.log.1 */
	write_log("audit.log.1", 2);
	got = read_all(paths, ARRAY_SIZE(paths));
	ck_assert_str_eq(got, "type=CWD msg=audit(2.000:1): cwd=\"audit.log.1\"|"
			      "type=CWD msg=audit(1.000:1): cwd=\"audit.log\"|"
			      "type=CWD msg=audit(1.000:1): cwd=\"old\"|"
			      "type=CWD msg=audit(5.000:1): cwd=\"middle\"|"
			      "type=CWD msg=audit(9.000:1): cwd=\"new\"");
	free(got);
}
END_TEST

START_TEST(a_file_is_read_once)
{
	static const char *const paths[] = { "audit.log", ".", "./audit.log" };
	char *got;

	write_log("audit.log", 1);
	got = read_all(paths, ARRAY_SIZE(paths));
	ck_assert_str_eq(got, "type=CWD msg=audit(1.000:1): cwd=\"audit.log\"");
	free(got);
}
END_TEST

START_TEST(what_cannot_be_read_is_said)
{
	static const char *const paths[] = { "f", "nowhere", "sub" };
	char *got;

	ck_assert_int_eq(mkdir("sub", 0700), 0);
	got = read_one("nowhere");
	ck_assert_str_eq(got, "no: nowhere: No such file or directory: check the name");
	free(got);
	got = read_one("sub");
	ck_assert_str_eq(got,
			 "no: sub: no audit.log in this directory: name the log files");
	free(got);
	put_file(".", "f", "a\n", 2);
	got = read_all(paths, ARRAY_SIZE(paths));
	ck_assert_str_eq(got,
			 "!nowhere: No such file or directory: check the name|"
			 "!sub: no audit.log in this directory: name the log files|a");
	free(got);
}
END_TEST

/* Standard input in pieces of odd sizes gives the lines of the file. */
START_TEST(a_pipe_in_odd_pieces)
{
	struct strbuf text;
	int fds[2], status;
	char *want, *got;
	pid_t writer;

	strbuf_init(&text);
	for (unsigned i = 0; i < 3000; i++) {
		strbuf_printf(&text, "%u", i);
		for (unsigned k = i * 7 % 300; k > 0; k--)
			strbuf_add_char(&text, 'x');
		strbuf_add_str(&text, i % 3 ? "\n" : "\r\n");
	}
	put_file(".", "f", text.ptr, text.len);
	want = read_one("f");
	ck_assert_int_eq(pipe(fds), 0);
	writer = fork();
	if (writer == 0) {
		size_t at = 0;

		for (unsigned n = 1; at < text.len; n = n * 31 % 4099 + 1) {
			size_t left = text.len - at, len = n < left ? n : left;

			if (write(fds[1], text.ptr + at, len) != (ssize_t)len)
				_exit(1);
			at += len;
		}
		_exit(0);
	}
	close(fds[1]);
	ck_assert_int_eq(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	got = read_one("-");
	ck_assert_str_eq(got, want);
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert_int_eq(status, 0);
	close(fds[0]);
	free(got);
	free(want);
	strbuf_fini(&text);
}
END_TEST

Suite *suite_source(void);

Suite *suite_source(void)
{
	Suite *suite = suite_create("source");
	TCase *tc = tcase_create("source");

	tcase_add_checked_fixture(tc, enter_folder, leave_folder);
	tcase_add_loop_test(tc, cuts_lines, 0, ARRAY_SIZE(texts));
	tcase_add_test(tc, nul_bytes_are_kept);
	tcase_add_test(tc, long_lines_are_cut);
	tcase_add_test(tc, says_where_it_is);
	tcase_add_test(tc, packed_files_are_told_by_content);
	tcase_add_test(tc, a_damaged_packed_file_gives_what_it_can);
	tcase_add_loop_test(tc, a_directory_is_a_rotated_set, 0, ARRAY_SIZE(sets));
	tcase_add_test(tc, files_stand_in_the_order_of_their_records);
	tcase_add_test(tc, a_file_is_read_once);
	tcase_add_test(tc, what_cannot_be_read_is_said);
	tcase_add_test(tc, a_pipe_in_odd_pieces);
	suite_add_tcase(suite, tc);
	return suite;
}
