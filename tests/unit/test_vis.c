/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/vis.h"

#include <check.h>

#include "base/compiler.h"

static const struct {
	const char *text, *name; /* name NULL: not to be decoded */
} decodings[] = {
	{ "", "" },
	{ "ls", "ls" },
	{ "a\\040b", "a b" },
	{ "a\\12b", "a\nb" },
	{ "\\303\\251", "\303\251" },
	{ "\\134", "\\" },
	{ "\\\\", "\\" },
	{ "\\#\\=\\*\\\"", "#=*\"" },
	{ "\\a\\b\\t\\n\\v\\f\\r\\s\\E", "\a\b\t\n\v\f\r \033" },
	{ "\\-a", "-a" },
	{ "\\^A\\^?", "\001\177" },
	{ "\\M-a", "\341" },
	{ "\\M^A\\M^?", "\201\377" },
	{ "\\0", NULL },
	{ "a\\000b", NULL },
	{ "\\400", NULL },
	{ "\\777", NULL },
	{ "\\8", NULL },
	{ "\\q", NULL },
	{ "\\", NULL },
	{ "\\^", NULL },
	{ "\\^@", NULL },
	{ "\\M", NULL },
	{ "\\M-", NULL },
	{ "\\Maa", NULL },
	{ "\\ ", NULL },
	{ "\\\303", NULL },
};

START_TEST(decodes)
{
	struct slice text = slice_str(decodings[_i].text);
	const char *name = decodings[_i].name;
	char out[64];
	size_t len = 0;
	bool ok = vis_decode(text, out, &len);

	ck_assert_msg(ok == (name != NULL), "%s", text.ptr);
	if (name)
		ck_assert_msg(slice_eq_str(slice_make(out, len), name), "%s: got %.*s",
			      text.ptr, (int)len, out);
}
END_TEST

START_TEST(a_nul_is_no_name)
{
	char out[8];
	size_t len;

	ck_assert(!vis_decode(SLICE_LIT("a\0b"), out, &len));
}
END_TEST

/* Every byte but NUL, alone and before a digit, comes back as it was. */
START_TEST(what_is_encoded_decodes)
{
	char name[2] = { (char)_i, '7' };
	struct slice in = slice_make(name, sizeof(name));
	struct strbuf text;
	char out[16];
	size_t len;

	strbuf_init(&text);
	vis_encode(in, &text);
	for (size_t i = 0; i < text.len; i++)
		ck_assert(text.ptr[i] > ' ' && text.ptr[i] < 0x7f && text.ptr[i] != '#' &&
			  text.ptr[i] != '=');
	ck_assert(vis_decode(strbuf_slice(&text), out, &len));
	ck_assert(slice_eq(slice_make(out, len), in));
	strbuf_fini(&text);
}
END_TEST

Suite *suite_vis(void);

Suite *suite_vis(void)
{
	Suite *suite = suite_create("vis");
	TCase *tc = tcase_create("vis");

	tcase_add_loop_test(tc, decodes, 0, ARRAY_SIZE(decodings));
	tcase_add_test(tc, a_nul_is_no_name);
	tcase_add_loop_test(tc, what_is_encoded_decodes, 1, 256);
	suite_add_tcase(suite, tc);
	return suite;
}
