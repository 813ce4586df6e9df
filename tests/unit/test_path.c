/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/path.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"

static const struct {
	const char *base, *name, *want;
} absolutes[] = {
	{ "/", "bin/ls", "/bin/ls" },
	{ "/usr/bin", "ls", "/usr/bin/ls" },
	{ "/usr/bin", "/ls", "/ls" },
	{ "/usr/bin", "../lib//x/./y", "/usr/lib/x/y" },
	{ "/usr", "../../../etc", "/etc" },
	{ "/tmp", "...", "/tmp/..." },
	{ "/tmp/...", "../..x", "/tmp/..x" },
	{ "/", "", "/" },
	{ "/tmp", ".", "/tmp" },
	{ "", "x", "/x" },
};

START_TEST(absolute)
{
	char out[LIMIT_PATH];

	path_absolute(slice_str(absolutes[_i].base), slice_str(absolutes[_i].name), out);
	ck_assert_str_eq(out, absolutes[_i].want);
}
END_TEST

static const struct {
	const char *root, *path, *want;
} reals[] = {
	{ NULL, "/bin/ls", "/bin/ls" },
	{ "/srv/root", "/bin/ls", "/srv/root/bin/ls" },
	{ "/srv/root", "/", "/srv/root" },
	{ NULL, "/", "/" },
	{ "?", "/x", "?/x" },
};

START_TEST(real)
{
	char out[LIMIT_PATH];

	path_real(reals[_i].root, reals[_i].path, out);
	ck_assert_str_eq(out, reals[_i].want);
}
END_TEST

static const struct {
	const char *path, *dir;
	bool want;
} withins[] = {
	{ "/usr/bin/ls", "/usr/bin", true },
	{ "/usr/bin", "/usr/bin", true },
	{ "/usr/bin2/ls", "/usr/bin", false },
	{ "/usr", "/usr/bin", false },
	{ "/anything", "/", true },
	{ "/anything", NULL, true },
};

START_TEST(within)
{
	ck_assert_int_eq(path_within(withins[_i].path, withins[_i].dir),
			 withins[_i].want);
}
END_TEST

/* Longer than any path can be: cut, and nothing behind the end is touched. */
START_TEST(too_long)
{
	static char name[3 * LIMIT_PATH];
	char out[LIMIT_PATH + 1], twice[LIMIT_PATH + 1];

	memset(name, 'a', sizeof(name) - 1);
	for (size_t i = 0; i < sizeof(name) - 1; i += 50)
		name[i] = '/';
	out[LIMIT_PATH] = twice[LIMIT_PATH] = '#';
	path_absolute(slice_str("/"), slice_str(name), out);
	ck_assert_uint_lt(strlen(out), LIMIT_PATH);
	ck_assert_uint_gt(strlen(out), LIMIT_PATH - 100);
	path_real(out, out, twice);
	ck_assert_uint_lt(strlen(twice), LIMIT_PATH);
	ck_assert_int_eq(out[LIMIT_PATH], '#');
	ck_assert_int_eq(twice[LIMIT_PATH], '#');
}
END_TEST

Suite *suite_path(void);
Suite *suite_path(void)
{
	Suite *suite = suite_create("path");
	TCase *tc = tcase_create("path");

	tcase_add_loop_test(tc, absolute, 0, ARRAY_SIZE(absolutes));
	tcase_add_loop_test(tc, real, 0, ARRAY_SIZE(reals));
	tcase_add_loop_test(tc, within, 0, ARRAY_SIZE(withins));
	tcase_add_test(tc, too_long);
	suite_add_tcase(suite, tc);
	return suite;
}
