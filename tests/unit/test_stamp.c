/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/stamp.h"

#include <check.h>

#include "base/compiler.h"

/* 2026-11-21T23:25:58.915Z */
static const int64_t now = 1795303558915;

static const struct {
	const char *text;
	int64_t ms;
} good[] = {
	{ "2026-11-21T23:25:58.915Z", 1795303558915 },
	{ "2026-11-21 23:25:58.915", 1795303558915 },
	{ "2026-11-21T23:25:58,9", 1795303558900 },
	{ "2026-11-21T23:25:58.915273Z", 1795303558915 },
	{ "2026-11-21 23:25:58", 1795303558000 },
	{ "2026-11-21 23:25", 1795303500000 },
	{ "2026-11-21", 1795219200000 },
	{ "2026-11-22T00:25:58.915+01:00", 1795303558915 },
	{ "2026-11-21T18:25:58-0500", 1795303558000 },
	{ "2024-02-29", 1709164800000 },
	{ "1795303558", 1795303558000 },
	{ "1795303558.915", 1795303558915 },
	{ "100000000", 100000000000 },
	{ "now", 1795303558915 },
	{ "Today", 1795219200000 },
	{ "yesterday", 1795132800000 },
	{ "2 hours ago", 1795303558915 - 7200000 },
	{ "1 hour ago", 1795303558915 - 3600000 },
	{ "90 min ago", 1795303558915 - 5400000 },
	{ "3d", 1795303558915 - 259200000 },
	{ "2 weeks", 1795303558915 - 1209600000 },
	{ "30s", 1795303558915 - 30000 },
};

START_TEST(understands)
{
	int64_t ms = -1;

	ck_assert_msg(stamp_parse(good[_i].text, now, &ms), "%s: not understood",
		      good[_i].text);
	ck_assert_msg(ms == good[_i].ms, "%s: %lld", good[_i].text, (long long)ms);
}
END_TEST

static const char *const bad[] = {
	"",
	" ",
	"soon",
	"2026",
	"2026-13-01",
	"2023-02-29",
	"2026-11-31",
	"2026-11-21T25:00",
	"2026-11-21T23:60",
	"2026-11-21T23:25:58.",
	"2026-11-21x",
	"2026-11-21T23:25:58+1",
	"2 fortnights ago",
	"hours ago",
	"-3d",
	"99999999999999999999",
	"1795303558.",
	"1795303558.5x",
	"9999999999d",
};

START_TEST(refuses)
{
	int64_t ms = 42;

	ck_assert_msg(!stamp_parse(bad[_i], now, &ms), "%s: %lld", bad[_i],
		      (long long)ms);
	ck_assert_int_eq(ms, 42);
}
END_TEST

static const struct {
	int64_t ms;
	const char *iso, *brief;
} written[] = {
	{ 1795303558915, "2026-11-21T23:25:58.915Z", "2026-11-21 23:25:58" },
	{ 0, "1970-01-01T00:00:00.000Z", "1970-01-01 00:00:00" },
	{ 253402300799999, "9999-12-31T23:59:59.999Z", "9999-12-31 23:59:59" },
	{ 253402300800000, "253402300800000", "253402300800000" },
	{ INT64_MAX, "9223372036854775807", "9223372036854775807" },
	{ -1, "-1", "-1" },
};

START_TEST(writes)
{
	char text[STAMP_MAX];

	stamp_iso(written[_i].ms, text);
	ck_assert_str_eq(text, written[_i].iso);
	stamp_short(written[_i].ms, text);
	ck_assert_str_eq(text, written[_i].brief);
}
END_TEST

Suite *suite_stamp(void);

Suite *suite_stamp(void)
{
	Suite *suite = suite_create("stamp");
	TCase *tc = tcase_create("stamp");

	tcase_add_loop_test(tc, understands, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tc, refuses, 0, ARRAY_SIZE(bad));
	tcase_add_loop_test(tc, writes, 0, ARRAY_SIZE(written));
	suite_add_tcase(suite, tc);
	return suite;
}
