/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fsio.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "unit/folder.h"

static char *folder, *file;

static void make_place(void)
{
	folder = make_folder();
	file = xasprintf("%s/file", folder);
}

static void remove_place(void)
{
	free(file);
	remove_folder(&folder);
}

static void check_content(const char *path, const char *want)
{
	struct strbuf text;

	strbuf_init(&text);
	ck_assert_int_eq(fsio_read_file(path, 1000, &text, NULL), 0);
	ck_assert_str_eq(strbuf_str(&text), want);
	strbuf_fini(&text);
}

/* Nothing stands in the folder but these names, in order. */
static void check_names(const char *first, const char *second)
{
	char **names = list_folder(folder);

	ck_assert_pstr_eq(names[0], first);
	if (first)
		ck_assert_pstr_eq(names[1], second);
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
}

START_TEST(reads_up_to_the_limit)
{
	struct strbuf text;
	struct err err;

	put_text(folder, "file", "12345");
	strbuf_init(&text);
	ck_assert_int_eq(fsio_read_file(file, 5, &text, &err), 0);
	ck_assert_str_eq(strbuf_str(&text), "12345");
	ck_assert_int_eq(fsio_read_file(file, 4, &text, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "more than 4 bytes"));
	ck_assert_int_eq(fsio_read_file(folder, 4, &text, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "Is a directory"));
	ck_assert_int_eq(fsio_read_file("/nonexistent", 4, &text, &err), -1);
	ck_assert_str_eq(err.msg, "/nonexistent: No such file or directory");
	strbuf_fini(&text);
}
END_TEST

START_TEST(digests_up_to_the_limit)
{
	uint8_t digest[SHA256_LEN];
	char hex[SHA256_HEX + 1];
	uint64_t size;
	int fd;

	put_text(folder, "file", "abc");
	fd = open(file, O_RDONLY);
	ck_assert_int_eq(fsio_sha256_fd(fd, 3, digest, &size), 0);
	hex_encode(digest, sizeof(digest), hex);
	/* FIPS 180-2, example B.1 */
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223"
			      "b00361a396177a9cb410ff61f20015ad");
	ck_assert_uint_eq(size, 3);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(fsio_sha256_fd(fd, 2, digest, &size), -1);
	ck_assert_int_eq(errno, EFBIG);
	close(fd);
	ck_assert_int_eq(fsio_sha256_fd(fd, 2, digest, &size), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(appears_when_committed)
{
	struct fsio_out *out;
	struct err err;
	struct stat st;

	umask(027);
	ck_assert_int_eq(fsio_out_open(file, &out, &err), 0);
	fputs("new", fsio_out_file(out));
	ck_assert_int_ne(access(file, F_OK), 0);
	ck_assert_int_eq(fsio_out_commit(&out, &err), 0);
	ck_assert_ptr_null(out);
	check_content(file, "new");
	check_names("file", NULL);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(stays_as_it_was_when_aborted)
{
	struct fsio_out *out;
	struct err err;

	put_text(folder, "file", "old");
	ck_assert_int_eq(fsio_out_open(file, &out, &err), 0);
	fputs("new", fsio_out_file(out));
	fsio_out_abort(&out);
	check_content(file, "old");
	check_names("file", NULL);
	fsio_out_abort(&out);
}
END_TEST

START_TEST(replaces_the_file_behind_a_link)
{
	char *link = xasprintf("%s/link", folder);
	struct fsio_out *out;
	struct err err;
	struct stat st;

	put_text(folder, "file", "old");
	ck_assert_int_eq(symlink("file", link), 0);
	ck_assert_int_eq(fsio_out_open(link, &out, &err), 0);
	fputs("new", fsio_out_file(out));
	ck_assert_int_eq(fsio_out_commit(&out, &err), 0);
	check_content(file, "new");
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	check_names("file", "link");
	free(link);
}
END_TEST

/* A device must not be replaced by a file of its name. */
START_TEST(writes_to_what_is_no_file)
{
	struct fsio_out *out;
	struct err err;
	char got[4] = "";
	int fd;

	ck_assert_int_eq(mkfifo(file, 0600), 0);
	fd = open(file, O_RDONLY | O_NONBLOCK);
	ck_assert_int_eq(fsio_out_open(file, &out, &err), 0);
	fputs("abc", fsio_out_file(out));
	ck_assert_int_eq(fsio_out_commit(&out, &err), 0);
	ck_assert_int_eq(read(fd, got, sizeof(got)), 3);
	ck_assert_str_eq(got, "abc");
	close(fd);
	check_names("file", NULL);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
	struct fsio_out *out;
	struct err err;

	ck_assert_int_eq(fsio_out_open("/dev/full", &out, &err), 0);
	fputs("abc", fsio_out_file(out));
	ck_assert_int_eq(fsio_out_commit(&out, &err), -1);
	ck_assert_str_eq(err.msg,
			 "/dev/full: cannot be written: No space left on device");
}
END_TEST

START_TEST(a_missing_folder_is_told)
{
	struct fsio_out *out;
	struct err err;

	ck_assert_int_eq(fsio_out_open("/nonexistent/x", &out, &err), -1);
	ck_assert_str_eq(err.msg, "/nonexistent/x: No such file or directory");
	ck_assert_int_eq(fsio_out_fd(-1, "standard output", &out, &err), -1);
	ck_assert_str_eq(err.msg, "standard output: Bad file descriptor");
}
END_TEST

Suite *suite_fsio(void);

Suite *suite_fsio(void)
{
	Suite *suite = suite_create("fsio");
	TCase *tc = tcase_create("fsio");

	tcase_add_checked_fixture(tc, make_place, remove_place);
	tcase_add_test(tc, reads_up_to_the_limit);
	tcase_add_test(tc, digests_up_to_the_limit);
	tcase_add_test(tc, appears_when_committed);
	tcase_add_test(tc, stays_as_it_was_when_aborted);
	tcase_add_test(tc, replaces_the_file_behind_a_link);
	tcase_add_test(tc, writes_to_what_is_no_file);
	tcase_add_test(tc, a_full_disk_is_told);
	tcase_add_test(tc, a_missing_folder_is_told);
	suite_add_tcase(suite, tc);
	return suite;
}
