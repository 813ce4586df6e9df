/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/yaml.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

/* A tree as text: {key=... } for mappings, [...] for lists, "'" if quoted. */
static void show(const struct yaml_node *node, struct strbuf *out)
{
	if (node->key.ptr)
		strbuf_printf(out, "%.*s=", SLICE_FMT(node->key));
	if (node->kind == YAML_IS_SCALAR) {
		strbuf_printf(out, "%s%.*s@%u ", node->plain ? "" : "'",
			      SLICE_FMT(node->text), node->line);
		return;
	}
	strbuf_add_str(out, node->kind == YAML_IS_MAP ? "{" : "[");
	for (const struct yaml_node *child = node->first; child; child = child->next)
		show(child, out);
	strbuf_add_str(out, node->kind == YAML_IS_MAP ? "}" : "]");
}

static const struct {
	const char *text, *tree;
} good[] = {
	{ "", "" },
	{ "# only a comment\n", "" },
	{ "a: 1\nb: 'x y'\n", "{a=1@1 b='x y@2 }" },
	{ "a:\n  - 1\n  - {b: 2}\n", "{a=[1@2 {b=2@3 }]}" },
	{ "a:\n", "{a=@1 }" },
	{ "--- 1\n--- 2\n", "1@1 2@2 " },
	{ "a: |\n  x\n  y\n", "{a='x\ny\n@1 }" },
	{ "\"k\\t\": \"v\\n\"\n", "{k\t='v\n@1 }" },
	{ "a: ! 1\n", "{a=1@1 }" },
	{ "&anchor a: 1\n", "{a=1@1 }" },
	{ "\xef\xbb\xbf"
	  "a: \xc3\xa9\n",
	  "{a=\xc3\xa9@1 }" },
};

START_TEST(good_text_becomes_a_tree)
{
	struct err err = { "" };
	struct yaml_tree *yaml = yaml_tree_parse(slice_str(good[_i].text), "t", &err);
	struct strbuf out;

	ck_assert_msg(yaml, "%s: %s", good[_i].text, err.msg);
	strbuf_init(&out);
	for (size_t i = 0; i < yaml_tree_ndocs(yaml); i++)
		show(yaml_tree_doc(yaml, i), &out);
	ck_assert_str_eq(strbuf_str(&out), good[_i].tree);
	strbuf_fini(&out);
	yaml_tree_free(&yaml);
	ck_assert_ptr_null(yaml);
}
END_TEST

static const struct {
	const char *text, *message;
} bad[] = {
	{ "a: 1\nb: *a\n", "t:2: an alias (*name) is not taken" },
	{ "a: 1\nc: 2\na: 3\n", "t:3: the key \"a\" stands twice" },
	{ "a: !!python/object x\n", "t:1: a tag (!...) is not taken" },
	{ "a: !!map {}\n", "t:1: a tag (!...) is not taken" },
	{ "? [1]\n: 2\n", "t:1: a key must be a plain text" },
	{ "? {a: 1}\n: 2\n", "t:1: a key must be a plain text" },
	{ "\"a\\0b\": 1\n", "t:1: a key holds a NUL byte" },
	{ "a: [1\nb: 2\n", "t:2: not YAML: " },
	{ "\ta: 1\n", "t:1: not YAML: " },
	{ "a: \"\n\n", "t:3: not YAML: " },
	{ "a: \xff\n", "t: not YAML: invalid leading UTF-8 octet at byte 3" },
	{ "a: \x01\n", "t: not YAML: control characters are not allowed at byte 3" },
	{ "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "t:1: nested deeper than 16 levels" },
	{ "a: b: c\n", "t:1: not YAML: " },
};

START_TEST(bad_text_names_the_line)
{
	struct err err = { "" };
	struct yaml_tree *yaml = yaml_tree_parse(slice_str(bad[_i].text), "t", &err);

	ck_assert_ptr_null(yaml);
	ck_assert_msg(strncmp(err.msg, bad[_i].message, strlen(bad[_i].message)) == 0,
		      "%s: got \"%s\", not \"%s\"", bad[_i].text, err.msg,
		      bad[_i].message);
}
END_TEST

/* count times unit, and the message that it gives ("" for none). */
static void repeat(const char *unit, size_t count, const char *message)
{
	struct err err = { "" };
	struct strbuf text;
	struct yaml_tree *yaml;

	strbuf_init(&text);
	for (size_t i = 0; i < count; i++)
		strbuf_add_str(&text, unit);
	yaml = yaml_tree_parse(strbuf_slice(&text), "t", &err);
	ck_assert_int_eq(yaml == NULL, *message != '\0');
	ck_assert_msg(strstr(err.msg, message) != NULL, "got \"%s\"", err.msg);
	strbuf_fini(&text);
	yaml_tree_free(&yaml);
}

START_TEST(limits_hold)
{
	repeat("- a\n", YAML_LIMIT_NODES - 1, "");
	repeat("- a\n", YAML_LIMIT_NODES, "more than 100000 values");
	repeat("--- a\n", YAML_LIMIT_DOCS, "");
	repeat("--- a\n", YAML_LIMIT_DOCS + 1, "more than 1000 documents");
	repeat("#abcdef\n", YAML_LIMIT_BYTES / 8, "");
	repeat("#abcdef\n", YAML_LIMIT_BYTES / 8 + 1, "larger than 4 MiB");
	repeat("[", 2000000, "nested deeper");
}
END_TEST

START_TEST(nothing_is_no_document)
{
	struct yaml_tree *tree;
	struct err err;

	tree = yaml_tree_parse(slice_make(NULL, 0), "x.yml", &err);
	ck_assert_ptr_nonnull(tree);
	yaml_tree_free(&tree);
}
END_TEST

START_TEST(members_are_found)
{
	struct yaml_tree *yaml =
		yaml_tree_parse(slice_str("a: 1\nb: ~\nc: '~'\nd: null\n"), "t", NULL);
	const struct yaml_node *top;

	ck_assert_ptr_nonnull(yaml);
	top = yaml_tree_doc(yaml, 0);
	ck_assert_uint_eq(top->count, 4);
	ck_assert(slice_eq_str(yaml_get(top, "a")->text, "1"));
	ck_assert_ptr_null(yaml_get(top, "x"));
	ck_assert_ptr_null(yaml_get(yaml_get(top, "a"), "x"));
	ck_assert_ptr_null(yaml_get(NULL, "x"));
	ck_assert(!yaml_is_null(yaml_get(top, "a")));
	ck_assert(yaml_is_null(yaml_get(top, "b")));
	ck_assert(!yaml_is_null(yaml_get(top, "c")));
	ck_assert(yaml_is_null(yaml_get(top, "d")));
	ck_assert_str_eq(yaml_tree_name(yaml), "t");
	yaml_tree_free(&yaml);
}
END_TEST

START_TEST(files_that_cannot_be_read_are_named)
{
	struct err err = { "" };

	ck_assert_ptr_null(yaml_tree_load("/nonexistent/x.yaml", &err));
	ck_assert_str_eq(
		err.msg,
		"/nonexistent/x.yaml: cannot be opened: No such file or directory");
	ck_assert_ptr_null(yaml_tree_load("/", &err));
	ck_assert_str_eq(err.msg, "/: cannot be read: Is a directory");
}
END_TEST

Suite *suite_yaml(void);

Suite *suite_yaml(void)
{
	Suite *suite = suite_create("yaml");
	TCase *tc = tcase_create("yaml");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, good_text_becomes_a_tree, 0,
			    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, bad_text_names_the_line, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, limits_hold);
	tcase_add_test(tc, nothing_is_no_document);
	tcase_add_test(tc, members_are_found);
	tcase_add_test(tc, files_that_cannot_be_read_are_named);
	suite_add_tcase(suite, tc);
	return suite;
}
