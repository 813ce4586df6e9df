/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/hasher.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "unit/folder.h"

static enum hash_outcome hash(struct hasher *h, const char *path, struct hash_result *out)
{
	struct hash_job *job;

	hash_job_begin(h, path, 0, &job, out);
	ck_assert_int_eq(job != NULL, out->outcome == HASH_GOES_ON);
	while (job)
		hash_job_step(h, &job, out);
	return out->outcome;
}

static void make_fifo(void)
{
	ck_assert_int_eq(mkfifo("file", 0644), 0);
}

/* 8 TiB of nothing. */
static void make_sparse(void)
{
	put_text(".", "file", "x");
	ck_assert_int_eq(truncate("file", (off_t)8 << 40), 0);
}

static void make_big(void)
{
	int fd = open("file", O_WRONLY | O_CREAT, 0644);

	ck_assert_int_eq(posix_fallocate(fd, 0, (off_t)HASH_LIMIT_BYTES + 1), 0);
	close(fd);
}

static void make_nothing(void)
{
}

START_TEST(traps_are_left_alone)
{
	static const struct {
		void (*make)(void);
		const char *path;
		enum hash_outcome outcome;
	} cases[] = {
		{ make_fifo, "file", HASH_NO_FILE },
		{ make_nothing, ".", HASH_NO_FILE },
		{ make_nothing, "/dev/zero", HASH_NO_FILE },
		{ make_nothing, "file", HASH_GONE },
		{ make_sparse, "file", HASH_SPARSE },
		{ make_big, "file", HASH_BIG },
	};
	struct hasher *h = hasher_new();
	struct hash_result result;

	cases[_i].make();
	ck_assert_int_eq(hash(h, cases[_i].path, &result), cases[_i].outcome);
	ck_assert_str_eq(result.sha256, "");
	hasher_free(&h);
}
END_TEST

/* sha256sum of "abc\n" and of nothing */
static const char abc[] =
	"edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb";
static const char nothing[] =
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

START_TEST(digest_is_true)
{
	struct hasher *h = hasher_new();
	struct hash_result result;

	put_text(".", "file", "abc\n");
	ck_assert_int_eq(hash(h, "file", &result), HASH_DONE);
	ck_assert_str_eq(result.sha256, abc);
	ck_assert_uint_eq(result.size, 4);
	put_text(".", "file", "");
	ck_assert_int_eq(hash(h, "file", &result), HASH_DONE);
	ck_assert_str_eq(result.sha256, nothing);
	hasher_free(&h);
}
END_TEST

/* The same size and mtime do not make it the same file: ctime tells. */
START_TEST(forged_times_do_not_help)
{
	struct timespec times[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	struct hasher *h = hasher_new();
	struct hash_result result;

	put_text(".", "file", "abc\n");
	ck_assert_int_eq(utimensat(AT_FDCWD, "file", times, 0), 0);
	ck_assert_int_eq(hash(h, "file", &result), HASH_DONE);
	ck_assert_str_eq(result.sha256, abc);
	put_text(".", "file", "abd\n");
	ck_assert_int_eq(utimensat(AT_FDCWD, "file", times, 0), 0);
	ck_assert_int_eq(hash(h, "file", &result), HASH_DONE);
	ck_assert_str_ne(result.sha256, abc);
	hasher_free(&h);
}
END_TEST

START_TEST(write_meanwhile_is_noticed)
{
	struct hasher *h = hasher_new();
	struct hash_result result;
	struct hash_job *job;

	put_text(".", "file", "abc\n");
	hash_job_begin(h, "file", 0, &job, &result);
	ck_assert_ptr_nonnull(job);
	hash_job_step(h, &job, &result);
	ck_assert_ptr_nonnull(job);
	usleep(20000); /* a tick of the clock of inodes */
	put_text(".", "file", "abd\n");
	hash_job_step(h, &job, &result);
	ck_assert_ptr_null(job);
	ck_assert_int_eq(result.outcome, HASH_CHANGED);
	hasher_free(&h);
}
END_TEST

/* What is held can be read when its name is gone. */
START_TEST(held_file_outlives_its_name)
{
	struct hasher *h = hasher_new();
	struct hash_result result;
	struct hash_job *job;

	put_text(".", "file", "abc\n");
	hash_job_begin(h, "file", 0, &job, &result);
	ck_assert_int_eq(rename("file", "other"), 0);
	put_text(".", "file", "abd\n");
	while (job)
		hash_job_step(h, &job, &result);
	unlink("other");
	/* Its new name moved the ctime: that is as far as it can be trusted. */
	ck_assert(result.outcome == HASH_DONE || result.outcome == HASH_CHANGED);
	if (result.outcome == HASH_DONE)
		ck_assert_str_eq(result.sha256, abc);
	hasher_free(&h);
}
END_TEST

Suite *suite_hasher(void);

Suite *suite_hasher(void)
{
	Suite *suite = suite_create("hasher");
	TCase *tc = tcase_create("hasher");

	tcase_add_checked_fixture(tc, enter_folder, leave_folder);
	tcase_add_loop_test(tc, traps_are_left_alone, 0, 6);
	tcase_add_test(tc, digest_is_true);
	tcase_add_test(tc, forged_times_do_not_help);
	tcase_add_test(tc, write_meanwhile_is_noticed);
	tcase_add_test(tc, held_file_outlives_its_name);
	suite_add_tcase(suite, tc);
	return suite;
}
