/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/slice.h"

#include <check.h>

static const struct {
	const char *path, *base;
} basenames[] = {
	{ "/usr/bin/bash", "bash" },
	{ "bash", "bash" },
	{ "/", "" },
	{ "a/", "" },
	{ "", "" },
	{ "//x", "x" },
};

START_TEST(basename_is_what_follows_the_last_slash)
{
	struct slice got = slice_basename(slice_str(basenames[_i].path));

	ck_assert_msg(slice_eq_str(got, basenames[_i].base), "%s: got %.*s",
		      basenames[_i].path, SLICE_FMT(got));
}
END_TEST

START_TEST(skip_stops_at_the_end)
{
	ck_assert(slice_eq_str(slice_skip(slice_str("abc"), 1), "bc"));
	ck_assert_uint_eq(slice_skip(slice_str("abc"), 9).len, 0);
	ck_assert_uint_eq(slice_skip(slice_str(NULL), 1).len, 0);
}
END_TEST

START_TEST(ends_and_starts)
{
	struct slice s = SLICE_LIT("libx.so");

	ck_assert(slice_starts(s, SLICE_LIT("lib")));
	ck_assert(!slice_starts(s, SLICE_LIT("libx.so.1")));
	ck_assert(slice_starts(s, SLICE_LIT("")));
	ck_assert(slice_ends(s, SLICE_LIT(".so")));
	ck_assert(!slice_ends(s, SLICE_LIT(".a")));
	ck_assert(!slice_ends(SLICE_LIT("o"), SLICE_LIT("so")));
}
END_TEST

START_TEST(bytes_may_be_nul)
{
	ck_assert(!slice_eq(SLICE_LIT("a\0b"), SLICE_LIT("a\0c")));
	ck_assert(slice_eq(SLICE_LIT("a\0b"), SLICE_LIT("a\0b")));
}
END_TEST

Suite *suite_slice(void);

Suite *suite_slice(void)
{
	Suite *suite = suite_create("slice");
	TCase *tc = tcase_create("slice");

	tcase_add_loop_test(tc, basename_is_what_follows_the_last_slash, 0,
			    sizeof(basenames) / sizeof(basenames[0]));
	tcase_add_test(tc, skip_stops_at_the_end);
	tcase_add_test(tc, ends_and_starts);
	tcase_add_test(tc, bytes_may_be_nul);
	suite_add_tcase(suite, tc);
	return suite;
}
