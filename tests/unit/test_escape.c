/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/escape.h"

#include <check.h>
#include <stdlib.h>

#include "base/compiler.h"

static const struct {
	const char *name, *raw, *shown;
} cases[] = {
	{ "plain", "/usr/bin/bash -i", "/usr/bin/bash -i" },
	{ "empty", "", "" },
	{ "newline and tab", "a\nb\tc", "a\\x0ab\\x09c" },
	{ "carriage return", "a\rb", "a\\x0db" },
	{ "terminal sequence", "\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m" },
	{ "DEL", "a\x7f", "a\\x7f" },
	{ "C1 as one byte",
	  "\x9b"
	  "31m",
	  "\\x9b31m" },
	{ "C1 as UTF-8",
	  "\xc2\x9b"
	  "31m",
	  "\\xc2\\x9b31m" },
	{ "umlaut", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "emoji", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	{ "right-to-left override", "\xe2\x80\xaetxt", "\\xe2\\x80\\xaetxt" },
	{ "isolate", "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },
	{ "Arabic letter mark", "\xd8\x9c", "\\xd8\\x9c" },
	{ "zero-width space",
	  "a\xe2\x80\x8b"
	  "b",
	  "a\\xe2\\x80\\x8bb" },
	{ "byte order mark", "\xef\xbb\xbf", "\\xef\\xbb\\xbf" },
	{ "line separator", "\xe2\x80\xa8", "\\xe2\\x80\\xa8" },
	{ "tag characters", "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81" },
	{ "soft hyphen", "\xc2\xad", "\\xc2\\xad" },
	{ "lone byte", "\xff", "\\xff" },
	{ "cut short", "\xe2\x80", "\\xe2\\x80" },
	{ "overlong slash", "\xc0\xaf", "\\xc0\\xaf" },
	{ "overlong in three", "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "beyond Unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "backslash alone", "C:\\dir\\", "C:\\dir\\" },
	{ "backslash x and no hex", "\\xyz \\x4", "\\xyz \\x4" },
	{ "what looks escaped", "\\x41", "\\x5cx41" },
	{ "twice escaped", "\\\\x41", "\\\\x5cx41" },
	{ "backslash before a control", "\\\x1b", "\\\\x1b" },
	{ "half an escape before a byte", "\\x\xff", "\\x\\xff" },
};

START_TEST(shows_and_gives_back)
{
	struct strbuf shown, back;

	strbuf_init(&shown);
	strbuf_init(&back);
	escape_add(&shown, slice_str(cases[_i].raw));
	ck_assert_msg(strcmp(strbuf_str(&shown), cases[_i].shown) == 0, "%s: %s",
		      cases[_i].name, strbuf_str(&shown));
	unescape_add(&back, strbuf_slice(&shown));
	ck_assert_msg(slice_eq_str(strbuf_slice(&back), cases[_i].raw),
		      "%s: not the same", cases[_i].name);
	strbuf_fini(&shown);
	strbuf_fini(&back);
}
END_TEST

START_TEST(nul_bytes_are_kept)
{
	struct slice raw = SLICE_LIT("a\0b");
	struct strbuf shown, back;

	strbuf_init(&shown);
	strbuf_init(&back);
	escape_add(&shown, raw);
	ck_assert_str_eq(strbuf_str(&shown), "a\\x00b");
	unescape_add(&back, strbuf_slice(&shown));
	ck_assert(slice_eq(strbuf_slice(&back), raw));
	strbuf_fini(&shown);
	strbuf_fini(&back);
}
END_TEST

/* Shown as it stands, s acts on no terminal and is UTF-8. */
static bool is_safe(struct slice s)
{
	while (s.len > 0) {
		unsigned cp = 0;
		size_t len = utf8_scan(s, &cp);

		if (len == 0 || cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) ||
		    (cp >= 0x202a && cp <= 0x202e))
			return false;
		s = slice_skip(s, len);
	}
	return true;
}

/* Any bytes: the result is safe, and goes back to them. */
START_TEST(random_bytes_round_trip)
{
	static const char favourites[] = "\\x41\x1b\xe2\x80\xae\xff f\xc2\x9b";
	struct strbuf shown, back;

	srandom(20261121);
	strbuf_init(&shown);
	strbuf_init(&back);
	for (int round = 0; round < 20000; round++) {
		char bytes[24];
		struct slice raw = slice_make(bytes, (size_t)random() % sizeof(bytes));

		for (size_t i = 0; i < raw.len; i++)
			bytes[i] = random() % 2 ? favourites[(size_t)random() %
							     (sizeof(favourites) - 1)]
						: (char)random();
		strbuf_clear(&shown);
		strbuf_clear(&back);
		escape_add(&shown, raw);
		unescape_add(&back, strbuf_slice(&shown));
		/* One assertion a failure: check notes each one that is made. */
		if (!slice_eq(strbuf_slice(&back), raw) || !is_safe(strbuf_slice(&shown)))
			ck_abort_msg("round %d: %s", round, strbuf_str(&shown));
	}
	strbuf_fini(&shown);
	strbuf_fini(&back);
}
END_TEST

Suite *suite_escape(void);

Suite *suite_escape(void)
{
	Suite *suite = suite_create("escape");
	TCase *tc = tcase_create("escape");

	tcase_add_loop_test(tc, shows_and_gives_back, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, nul_bytes_are_kept);
	tcase_add_test(tc, random_bytes_round_trip);
	suite_add_tcase(suite, tc);
	return suite;
}
