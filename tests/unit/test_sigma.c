/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule language, over a small table of fields. */
#include "sigma/sigma.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

#define HEAD "title: t\nlogsource: {product: linux, category: process_creation}\n"

enum { FIELD_IMAGE, FIELD_LINE, FIELD_IP, FIELD_NONE, FIELD_ALL };

static int resolve(enum sigma_source source UNUSED, struct slice field)
{
	if (slice_eq_str(field, "Image"))
		return FIELD_IMAGE;
	if (slice_eq_str(field, "CommandLine"))
		return FIELD_LINE;
	if (slice_eq_str(field, "Ip"))
		return FIELD_IP;
	if (slice_eq_str(field, "Missing"))
		return FIELD_NONE;
	return field.len == 0 ? FIELD_ALL : -1;
}

/* What is asked: two values of CommandLine (or ctx), one of the others. */
static bool get(void *ctx, int field, struct slice name UNUSED, size_t index,
		struct sigma_value *value)
{
	static const char *const texts[][2] = {
		[FIELD_IMAGE] = { "/usr/bin/Bash" },
		[FIELD_LINE] = { "bash -c 'id*' \\ 7", "second 42" },
		[FIELD_IP] = { "192.0.2.17" },
		[FIELD_NONE] = { NULL },
		[FIELD_ALL] = { "type=SYSCALL exe=\"/usr/bin/Bash\"" },
	};
	static char lower[64];
	const char *text = index < 2 ? texts[field][index] : NULL;

	if (ctx && field == FIELD_LINE)
		text = index ? NULL : ctx;
	if (!text)
		return false;
	for (size_t i = 0; i <= strlen(text); i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	*value = (struct sigma_value){ slice_str(text), slice_str(lower) };
	return true;
}

static const struct {
	const char *detection;
	bool match;
} cases[] = {
	/* values */
	{ "a: {Image: /usr/bin/bash}\n  condition: a", true },
	{ "a: {Image|cased: /usr/bin/bash}\n  condition: a", false },
	{ "a: {Image|cased: /usr/bin/Bash}\n  condition: a", true },
	{ "a: {Image: /usr/bin/bas}\n  condition: a", false },
	{ "a: {Image: /usr/*/ba?h}\n  condition: a", true },
	{ "a: {Image: '*/bash'}\n  condition: a", true },
	{ "a: {Image: '*bin*'}\n  condition: a", true },
	{ "a: {Image: '/usr/bin/ba?'}\n  condition: a", false },
	{ "a: {Image: ''}\n  condition: a", false },
	{ "a: {Missing: null}\n  condition: a", true },
	{ "a: {Image: null}\n  condition: a", false },
	{ "a: {Missing|exists: false}\n  condition: a", true },
	{ "a: {Image|exists: true}\n  condition: a", true },
	{ "a: {Missing|exists: true}\n  condition: a", false },
	/* places */
	{ "a: {Image|endswith: /BASH}\n  condition: a", true },
	{ "a: {Image|startswith: bin}\n  condition: a", false },
	{ "a: {CommandLine|contains: [nothing, '-C ']}\n  condition: a", true },
	{ "a: {CommandLine|contains|all: [bash, second]}\n  condition: a", true },
	{ "a: {CommandLine|contains|all: [bash, third]}\n  condition: a", false },
	{ "a: {CommandLine|contains: 'id\\*'}\n  condition: a", true },
	{ "a: {CommandLine|contains: 'i\\*'}\n  condition: a", false },
	{ "a: {CommandLine|contains: '\\\\ 7'}\n  condition: a", true },
	/* others */
	{ "a: {CommandLine|re: '^bash.*\\d$'}\n  condition: a", true },
	{ "a: {Image|re: BASH}\n  condition: a", false },
	{ "a: {Image|re|i: BASH}\n  condition: a", true },
	{ "a: {Ip|cidr: 192.0.2.0/28}\n  condition: a", false },
	{ "a: {Ip|cidr: 192.0.2.16/28}\n  condition: a", true },
	{ "a: {Ip|cidr: 0.0.0.0/0}\n  condition: a", true },
	{ "a: {Ip|cidr: '2001:db8::/32'}\n  condition: a", false },
	{ "a: [SYSCALL, nothing]\n  condition: a", true },
	{ "a: [nothing]\n  condition: a", false },
	/* searches and conditions */
	{ "a: [{Image: x}, {Image|endswith: bash}]\n  condition: a", true },
	{ "a: {Image|endswith: bash, CommandLine: x}\n  condition: a", false },
	{ "a: {Image: x}\n  b: {Image|endswith: h}\n  condition: a or b", true },
	{ "a: {Image: x}\n  b: {Image|endswith: h}\n  condition: a and b", false },
	{ "a: {Image: x}\n  b: {Image|endswith: h}\n  condition: b and not a", true },
	{ "a: {Image: x}\n  b: {Image|endswith: h}\n  condition: not (a or b)", false },
	{ "a: {Image: x}\n  b: {Image|endswith: h}\n  condition: not a and b or a",
	  true },
	{ "s1: {Image: x}\n  s2: {Image|endswith: h}\n  condition: 1 of s*", true },
	{ "s1: {Image: x}\n  s2: {Image|endswith: h}\n  condition: all of s*", false },
	{ "s1: {Image: x}\n  _f: {Image|endswith: h}\n  condition: 1 of them", false },
	{ "s1: {Image: x}\n  _f: {Image|endswith: h}\n  condition: ALL OF THEM OR _f",
	  true },
};

START_TEST(rules_match)
{
	struct sigma_set *set = sigma_set_new(resolve);
	char text[512];
	struct err err;

	snprintf(text, sizeof(text), HEAD "detection:\n  %s\n", cases[_i].detection);
	ck_assert_msg(sigma_set_add(set, slice_str(text), "x.yml", &err) == 0, "%s: %s",
		      cases[_i].detection, err.msg);
	ck_assert_msg(sigma_match(sigma_set_rule(set, 0), get, NULL) ==
			      (cases[_i].match ? SIGMA_YES : SIGMA_NO),
		      "%s", cases[_i].detection);
	sigma_set_free(&set);
}
END_TEST

/* Base64 of a text that begins anywhere, of a longer one. */
START_TEST(base64_at_any_offset)
{
	static const struct {
		const char *line;
		bool match;
	} lines[] = {
		{ "L2Jpbi9zaCAtYw==", true },         /* "/bin/sh -c" */
		{ "eC9iaW4vc2ggLWM=", true },         /* "x/bin/sh -c" */
		{ "eHgvYmluL3NoIC1jIGlk", true },     /* "xx/bin/sh -c id" */
		{ "eHh4L2Jpbi9zaCAtYyBpZCA=", true }, /* "xxx/bin/sh -c id " */
		{ "L2Jpbi9zaD==", false },
	};
	static const char text[] =
		HEAD "detection:\n"
		     "  a: {CommandLine|base64offset|contains: /bin/sh -c}\n"
		     "  condition: a\n";
	struct sigma_set *set = sigma_set_new(resolve);
	struct err err;

	ck_assert_int_eq(sigma_set_add(set, slice_str(text), "x.yml", &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		ck_assert_msg(sigma_match(sigma_set_rule(set, 0), get,
					  (void *)lines[i].line) ==
				      (lines[i].match ? SIGMA_YES : SIGMA_NO),
			      "%s", lines[i].line);
	sigma_set_free(&set);
}
END_TEST

static const struct {
	const char *rule, *message;
} wrong[] = {
	{ "a", "x.yml:1: this is a text: a Sigma rule is a mapping" },
	{ "title: t\n", "x.yml:1: there is no \"logsource\": add one" },
	{ HEAD, "x.yml:1: there is no \"detection\": add one" },
	{ HEAD "detection: {a: {Image: x}}\n",
	  "x.yml:3: there is no \"condition\": add one" },
	{ HEAD "detection: {a: {Image: x}, condition: b}\n",
	  "x.yml:3: condition: there is no search of that name at \"b\"" },
	{ HEAD "detection: {a: {Image: x}, condition: a a}\n",
	  "x.yml:3: condition: \"and\" or \"or\" is missing at \"a\"" },
	{ HEAD "detection: {a: {Image: x}, condition: a | count() > 3}\n",
	  "x.yml:3: condition: what counts over several events (\"|\") is not "
	  "supported: write a rule for one event" },
	{ HEAD "detection: {a: {Image: x}, condition: (a}\n",
	  "x.yml:3: condition: a \")\" is missing at its end" },
	{ HEAD "detection: {a: {Image: x}, condition: 1 of b*}\n",
	  "x.yml:3: condition: no search is named so at \"b*\"" },
	{ HEAD "detection: {a: {Image: x}, condition: a and}\n",
	  "x.yml:3: condition: there is no search of that name at its end" },
	{ HEAD "detection: {a: {Nobody: x}, condition: a}\n",
	  "x.yml:3: the field \"Nobody\" is not known here: auspex-detectors(7) lists those that are" },
	{ HEAD "detection: {a: {Image|odd: x}, condition: a}\n",
	  "x.yml:3: the modifier \"odd\" is not supported: auspex-detectors(7) lists those that are" },
	{ HEAD "detection: {a: {Image|re|contains: x}, condition: a}\n",
	  "x.yml:3: the modifiers of \"Image|re|contains\" do not go together" },
	{ HEAD "detection: {a: {Image|re: '('}, condition: a}\n",
	  "x.yml:3: the regular expression is wrong at 1: missing closing parenthesis" },
	{ HEAD "detection: {a: {Image|cidr: 1.2.3.4/33}, condition: a}\n",
	  "x.yml:3: \"1.2.3.4/33\" is no network: write 192.0.2.0/24" },
	{ HEAD "detection: {a: {Image|gt: x}, condition: a}\n",
	  "x.yml:3: \"x\" is no number" },
	{ HEAD "detection: {a: {Image: [{x: 1}]}, condition: a}\n",
	  "x.yml:3: a value is a mapping: write texts or numbers" },
	{ HEAD "detection: {a: {}, condition: a}\n",
	  "x.yml:3: the search \"a\" is empty: write fields and values" },
	{ HEAD "detection: {a: {Image: x}, condition: a, timeframe: 5m}\n",
	  "x.yml:3: \"timeframe\" is not supported" },
	{ "correlation: {type: event_count}\n",
	  "x.yml:1: correlations and collections are not supported: write rules that "
	  "stand alone" },
};

START_TEST(wrong_rules_are_named)
{
	struct sigma_set *set = sigma_set_new(resolve);
	struct err err = { "" };

	ck_assert_int_eq(sigma_set_add(set, slice_str(wrong[_i].rule), "x.yml", &err),
			 -1);
	ck_assert_str_eq(err.msg, wrong[_i].message);
	sigma_set_free(&set);
}
END_TEST

START_TEST(rules_for_others_are_left_out)
{
	static const char text[] =
		"title: w\nlogsource: {product: windows, category: process_creation}\n"
		"---\ntitle: s\nlogsource: {product: linux, service: sshd}\n"
		"---\n" HEAD "detection: {a: {Image: x}, condition: a}\n";
	struct sigma_set *set = sigma_set_new(resolve);
	struct err err;

	ck_assert_int_eq(sigma_set_add(set, slice_str(text), "d/some.rule.yml", &err), 0);
	ck_assert_uint_eq(sigma_set_skipped(set), 2);
	ck_assert_uint_eq(sigma_set_count(set), 1);
	ck_assert_str_eq(sigma_set_rule(set, 0)->name, "some.rule");
	ck_assert_str_eq(sigma_set_rule(set, 0)->needs, "execve");
	sigma_set_free(&set);
}
END_TEST

START_TEST(the_same_id_takes_the_place)
{
	static const char first[] =
		HEAD "id: one\ndetection: {a: {Image: x}, condition: a}\n";
	static const char second[] =
		HEAD "id: one\nlevel: low\ndetection: {a: {Image: y}, condition: a}\n";
	struct sigma_set *set = sigma_set_new(resolve);
	struct err err;

	ck_assert_int_eq(sigma_set_add(set, slice_str(first), "x.yml", &err), 0);
	ck_assert_int_eq(sigma_set_add(set, slice_str(second), "y.yml", &err), 0);
	ck_assert_uint_eq(sigma_set_count(set), 1);
	ck_assert_str_eq(sigma_set_rule(set, 0)->level, "low");
	sigma_set_free(&set);
}
END_TEST

/* A pattern that takes for ever is given up. */
START_TEST(bad_expressions_end)
{
	static const char text[] = HEAD
		"detection: {a: {CommandLine|re: '(.*)*(.*)*(.*)*z$'}, condition: a}\n";
	struct sigma_set *set = sigma_set_new(resolve);
	struct err err;

	ck_assert_int_eq(sigma_set_add(set, slice_str(text), "x.yml", &err), 0);
	ck_assert_int_eq(sigma_match(sigma_set_rule(set, 0), get, NULL), SIGMA_NO);
	sigma_set_free(&set);
}
END_TEST

static bool long_text(void *ctx UNUSED, int field UNUSED, struct slice name UNUSED,
		      size_t index, struct sigma_value *value)
{
	static char text[8000];

	memset(text, 'a', sizeof(text));
	value->text = value->lower = slice_make(text, sizeof(text));
	return index < 1000;
}

/* So is a rule of many; what is certain without it is told all the same. */
static const struct {
	const char *condition;
	enum sigma_answer answer;
} costly[] = {
	{ "glob", SIGMA_GIVEN_UP },         { "expressions", SIGMA_GIVEN_UP },
	{ "not glob", SIGMA_GIVEN_UP },     { "plain or glob", SIGMA_YES },
	{ "not plain and glob", SIGMA_NO }, { "plain and glob", SIGMA_GIVEN_UP },
};

START_TEST(costly_rules_end)
{
	struct sigma_set *set = sigma_set_new(resolve);
	char text[1024];
	struct err err;

	snprintf(text, sizeof(text),
		 HEAD "detection:\n"
		      "  plain: {CommandLine|startswith: aaa}\n"
		      "  glob: {CommandLine: '*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*ab'}\n"
		      "  expressions: {CommandLine|re: '(a*)*(a*)*b$'}\n"
		      "  condition: %s\n",
		 costly[_i].condition);
	ck_assert_int_eq(sigma_set_add(set, slice_str(text), "x.yml", &err), 0);
	ck_assert_int_eq(sigma_match(sigma_set_rule(set, 0), long_text, NULL),
			 costly[_i].answer);
	sigma_set_free(&set);
}
END_TEST

static bool knows_image(void *ctx UNUSED, int field, struct slice name UNUSED)
{
	return field == FIELD_IMAGE;
}

static const struct {
	const char *detection;
	bool may;
} partly[] = {
	{ "a: {Image|endswith: bash, CommandLine: x}\n  condition: a", true },
	{ "a: {Image: x, CommandLine|contains: bash}\n  condition: a", false },
	{ "a: {Image: x}\n  b: {CommandLine: x}\n  condition: a or b", true },
	{ "a: {Image|endswith: bash}\n  b: {CommandLine: x}\n  condition: b and not a",
	  false },
	{ "a: {CommandLine: x}\n  condition: not a", true },
};

START_TEST(what_is_known_rules_out)
{
	struct sigma_set *set = sigma_set_new(resolve);
	char text[512];
	struct err err;

	snprintf(text, sizeof(text), HEAD "detection:\n  %s\n", partly[_i].detection);
	ck_assert_int_eq(sigma_set_add(set, slice_str(text), "x.yml", &err), 0);
	ck_assert_msg(sigma_may_match(sigma_set_rule(set, 0), get, knows_image, NULL) ==
			      partly[_i].may,
		      "%s", partly[_i].detection);
	sigma_set_free(&set);
}
END_TEST

Suite *suite_sigma(void);

Suite *suite_sigma(void)
{
	Suite *suite = suite_create("sigma");
	TCase *tc = tcase_create("sigma");

	tcase_add_loop_test(tc, rules_match, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, base64_at_any_offset);
	tcase_add_loop_test(tc, wrong_rules_are_named, 0, ARRAY_SIZE(wrong));
	tcase_add_test(tc, rules_for_others_are_left_out);
	tcase_add_test(tc, the_same_id_takes_the_place);
	tcase_add_test(tc, bad_expressions_end);
	tcase_add_loop_test(tc, costly_rules_end, 0, ARRAY_SIZE(costly));
	tcase_add_loop_test(tc, what_is_known_rules_out, 0, ARRAY_SIZE(partly));
	suite_add_tcase(suite, tc);
	return suite;
}
