/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/field.h"

#include <check.h>

#include "base/compiler.h"

static const struct {
	const char *raw, *text;
	size_t len;
} texts[] = {
	{ "\"bash\"", "bash", 4 },
	{ "\"\"", "", 0 },
	{ "(null)", "", 0 },
	{ "", "", 0 },
	{ "2F746D702F6120622028", "/tmp/a b (", 10 },
	{ "6100620163", "a\0b\1c", 5 },
	{ "6g", "6g", 2 },
	{ "616", "616", 3 },
	{ "?", "?", 1 },
	{ "(none)", "(none)", 6 },
	{ "<no_memory>", "<no_memory>", 11 },
	{ "\"cut", "cut", 3 },
	{ "2f", "/", 1 },
	{ "6100\"", "a\0", 2 },
	{ "6g\"", "6g\"", 3 },
};

START_TEST(text_of_a_raw_value)
{
	struct arena arena;
	struct slice got;

	arena_init(&arena);
	got = field_text(slice_str(texts[_i].raw), &arena);
	ck_assert_msg(slice_eq(got, slice_make(texts[_i].text, texts[_i].len)),
		      "%s: %.*s", texts[_i].raw, SLICE_FMT(got));
	arena_fini(&arena);
}
END_TEST

START_TEST(encoded_fields)
{
	static const char *const yes[] = { "comm", "exe", "cwd",       "name",  "acct",
					   "key",  "cmd", "proctitle", "watch", "data" };
	static const char *const no[] = { "",      "a",   "co",  "comms",
					  "saddr", "tty", "pid", "zz" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		ck_assert_msg(field_is_encoded(slice_str(yes[i])), "%s", yes[i]);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		ck_assert_msg(!field_is_encoded(slice_str(no[i])), "%s", no[i]);
}
END_TEST

struct target {
	uint32_t u32, hex32, oct;
	uint64_t u64, hex64;
	int64_t i64;
	struct slice raw;
};

static const struct field_spec specs[] = {
	FIELD_SPEC("u32", FIELD_U32, struct target, u32),
	FIELD_SPEC("u64", FIELD_U64, struct target, u64),
	FIELD_SPEC("i64", FIELD_I64, struct target, i64),
	FIELD_SPEC("hex", FIELD_HEX32, struct target, hex32),
	FIELD_SPEC("hex64", FIELD_HEX64, struct target, hex64),
	FIELD_SPEC("oct", FIELD_OCT32, struct target, oct),
	FIELD_SPEC("raw", FIELD_RAW, struct target, raw),
	FIELD_SPEC_SKIP("skip"),
};

START_TEST(reads_a_table_in_any_order)
{
	static const char *const bodies[] = {
		"u32=4294967295 u64=18446744073709551615 i64=-22 hex=c000003e "
		"hex64=ffffffffffffff9c oct=0100755 raw=\"x y\" skip=1",
		"other=1 raw=\"x y\" oct=0100755 hex64=ffffffffffffff9c more=2 "
		"hex=c000003e i64=-22 u64=18446744073709551615 u32=-1",
		"text, u32=-1 more u32=7 u64=18446744073709551615 u64=1 i64=-22 raw=\"x y\" raw=z "
		"u32x=9 hex=c000003e hex64=ffffffffffffff9c oct=0100755 u3=4",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct target t = { 0 };
		uint32_t read =
			fields_read(slice_str(bodies[i]), specs, ARRAY_SIZE(specs), &t);

		ck_assert_uint_eq(read & 0x7f, 0x7f);
		ck_assert_uint_eq(t.u32, UINT32_MAX);
		ck_assert_uint_eq(t.u64, UINT64_MAX);
		ck_assert_int_eq(t.i64, -22);
		ck_assert_uint_eq(t.hex32, 0xc000003e);
		ck_assert_uint_eq(t.hex64, 0xffffffffffffff9cu);
		ck_assert_uint_eq(t.oct, 0100755);
		ck_assert(slice_eq_str(t.raw, "\"x y\""));
	}
}
END_TEST

START_TEST(leaves_alone_what_is_no_number)
{
	static const char body[] =
		"u32=4294967296 u64=1x i64=- hex=100000000 hex64= oct=9 ";
	struct target t = { 1, 2, 3, 4, 5, 6, { NULL, 0 } };
	uint32_t read = fields_read(slice_str(body), specs, ARRAY_SIZE(specs), &t);

	ck_assert_uint_eq(read, 0);
	ck_assert_uint_eq(t.u32, 1);
	ck_assert_uint_eq(t.hex32, 2);
	ck_assert_uint_eq(t.oct, 3);
	ck_assert_uint_eq(t.u64, 4);
	ck_assert_uint_eq(t.hex64, 5);
	ck_assert_int_eq(t.i64, 6);
}
END_TEST

Suite *suite_field(void);

Suite *suite_field(void)
{
	Suite *suite = suite_create("field");
	TCase *tc = tcase_create("field");

	tcase_add_loop_test(tc, text_of_a_raw_value, 0, ARRAY_SIZE(texts));
	tcase_add_test(tc, encoded_fields);
	tcase_add_test(tc, reads_a_table_in_any_order);
	tcase_add_test(tc, leaves_alone_what_is_no_number);
	suite_add_tcase(suite, tc);
	return suite;
}
