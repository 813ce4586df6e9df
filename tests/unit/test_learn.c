/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns out of paths, and exceptions that cover what they were learnt from. */
#include "cmd/learn.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "cmd/learn_path.h"
#include "config/config.h"

typedef const char *pattern_fn(const char *const *paths, size_t n, size_t *used,
			       struct arena *arena);

/* Paths with blanks between, sorted; how many belong together, as what. */
static const struct {
	pattern_fn *fn;
	const char *paths, *want; /* NULL: the first is alone */
	size_t used;
} cases[] = {
	{ learn_path_alike, "/a/b1 /a/b2 /a/b3", "/a/b*", 3 },
	{ learn_path_alike, "/a/b1/x /a/b2/x /a/c", "/a/b*/x", 2 },
	{ learn_path_alike, "/a/b1x /a/b22x", "/a/b*x", 2 },
	{ learn_path_alike, "/a/b11 /a/b1", "/a/b1*", 2 },
	{ learn_path_alike, "/a/b /a/c", NULL, 1 },
	{ learn_path_alike, "/a/b1", NULL, 1 },
	{ learn_path_alike, "/tmp/ccAb12cd.s /tmp/ccZz98yx.s", "/tmp/cc*.s", 2 },
	{ learn_path_alike, "/tmp/pip-x7k2q9a/run /tmp/pip-9zz1b2c/run", "/tmp/pip-*/run",
	  2 },
	{ learn_path_alike, "/a/1/2 /a/1/2", "/a/1/2", 2 },
	{ learn_path_alike, "/usr/bin/cat /usr/bin/dog", NULL, 1 },
	{ learn_path_alike, "/a/\\*1 /a/\\*2", "/a/\\**", 2 },
	{ learn_path_folder, "/opt/x/a /opt/x/b /opt/x/c /opt/x/d", "/opt/x/*", 4 },
	{ learn_path_folder, "/opt/x/a /opt/x/b /opt/x/c", NULL, 1 },
	{ learn_path_folder, "/tmp/a /tmp/b /tmp/c /tmp/d", NULL, 1 },
	{ learn_path_folder, "/usr/bin/a /usr/bin/b /usr/bin/c /usr/bin/d", NULL, 1 },
	{ learn_path_folder, "/home/u/a /home/u/b /home/u/c /home/u/d", NULL, 1 },
	{ learn_path_folder, "/opt/x/a /opt/x/b /opt/x/c /opt/x/d/e", NULL, 1 },
	{ learn_path_below, "/o/x/1 /o/x/2 /o/x/a/3 /o/x/a/4 /o/x/b/5 /o/x/c/6",
	  "/o/x/**", 6 },
	{ learn_path_below, "/o/x/1 /o/x/2 /o/x/a/3 /o/x/a/4 /o/x/b/5", NULL, 1 },
	{ learn_path_below, "/tmp/1 /tmp/2 /tmp/3 /tmp/4 /tmp/5 /tmp/6", NULL, 1 },
	{ learn_path_below, "/tmp/v/1 /tmp/v/2 /tmp/v/3 /tmp/v/4 /tmp/v/5 /tmp/v/6",
	  "/tmp/v/**", 6 },
};

START_TEST(paths_become_patterns)
{
	char *copy = strdup(cases[_i].paths), *rest = copy;
	const char *paths[16], *got;
	struct arena arena;
	size_t n = 0, used;

	arena_init(&arena);
	while (rest && n < 16)
		paths[n++] = strsep(&rest, " ");
	got = cases[_i].fn(paths, n, &used, &arena);
	ck_assert_msg((got == NULL) == (cases[_i].want == NULL), "%s: %s",
		      cases[_i].paths, got ? got : "nothing");
	if (got)
		ck_assert_str_eq(got, cases[_i].want);
	ck_assert_uint_eq(used, cases[_i].used);
	arena_fini(&arena);
	free(copy);
}
END_TEST

static struct learn *learn;
static struct strbuf text;

static void learn_one(enum detector_id id, enum severity severity, const char *path,
		      const char *writer, const char *exe)
{
	struct finding_process by = { .exe = writer }, process = { .exe = exe };
	struct finding_target target = { .path = path, .writer = writer ? &by : NULL };
	struct finding *f = finding_new(id);

	f->severity = severity;
	f->target = path ? &target : NULL;
	f->process = exe ? &process : NULL;
	f->summary = "for example";
	learn_add(learn, f);
	f->target = NULL;
	f->process = NULL;
	finding_free(&f);
}

static void print_all(void)
{
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);

	ck_assert_ptr_nonnull(file);
	learn_print(learn, file);
	ck_assert_int_eq(fclose(file), 0);
	strbuf_clear(&text);
	strbuf_add(&text, out, len);
	free(out);
}

static void setup(void)
{
	learn = learn_new();
	strbuf_init(&text);
}

static void teardown(void)
{
	learn_free(&learn);
	strbuf_fini(&text);
}

static bool covers(const struct config *config, const char *path)
{
	struct finding_target target = { .path = path };
	struct finding *f = finding_new(DETECT_ADDED_BINARY_EXECUTED);
	bool yes;

	f->target = &target;
	yes = config_exception(config, f) != NULL;
	f->target = NULL;
	finding_free(&f);
	return yes;
}

/* Names that others chose, to be read again as they were. */
static const char *const names[] = {
	"/opt/plain",
	"/opt/a b",
	"/opt/\"quoted\": [x]",
	"/opt/\\back",
	"/opt/star*",
	"/opt/[a]?",
	"/opt/# no comment",
	"/opt/\n  - path: /**\n    reason: mine",
	"/opt/\x1b[31mred",
	"/opt/gr\xc3\xbc\xc3\x9f",
	"/opt/\xe2\x80\xae.bidi",
	"/opt/'",
};

START_TEST(what_is_learnt_covers_what_it_was_learnt_from)
{
	struct config config;
	struct err err = { "" };

	learn_one(DETECT_ADDED_BINARY_EXECUTED, SEV_LOW, names[_i], NULL, NULL);
	print_all();
	config_init(&config);
	ck_assert_msg(config_parse(&config, strbuf_slice(&text), "t", &err) == 0,
		      "%s\n%s", err.msg, strbuf_str(&text));
	ck_assert_uint_eq(config.nexceptions, 1);
	ck_assert_msg(covers(&config, names[_i]), "%s", strbuf_str(&text));
	ck_assert(!covers(&config, "/opt/another"));
	ck_assert(!covers(&config, "/etc/passwd"));
	for (const char *p = strbuf_str(&text); *p; p++)
		ck_assert(*p == '\n' || (unsigned char)*p >= ' ');
	config_fini(&config);
}
END_TEST

START_TEST(what_is_grave_stays_a_comment)
{
	struct config config;
	struct err err = { "" };

	learn_one(DETECT_REVERSE_SHELL, SEV_CRITICAL, NULL, NULL, "/usr/bin/bash");
	learn_one(DETECT_NETCAT_REMOTE_EXECUTION, SEV_LOW, NULL, NULL, "/usr/bin/nc");
	learn_one(DETECT_ADDED_BINARY_EXECUTED, SEV_HIGH, "/tmp/x", "/usr/bin/curl",
		  NULL);
	print_all();
	config_init(&config);
	ck_assert_msg(config_parse(&config, strbuf_slice(&text), "t", &err) == 0, "%s",
		      err.msg);
	ck_assert_uint_eq(config.nexceptions, 0);
	ck_assert_ptr_nonnull(
		strstr(strbuf_str(&text),
		       "this would hide every Reverse Shell of /usr/bin/bash"));
	ck_assert_ptr_nonnull(
		strstr(strbuf_str(&text), "  # - detector: reverse_shell\n"));
	ck_assert_ptr_nonnull(
		strstr(strbuf_str(&text), "this would hide every Netcat Remote Code"));
	config_fini(&config);
}
END_TEST

START_TEST(what_is_alike_is_one)
{
	static const char *const paths[] = { "/srv/b/x9", "/srv/b/x1", "/srv/b/x10" };
	struct config config;
	struct err err = { "" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		learn_one(DETECT_ADDED_BINARY_EXECUTED, SEV_LOW, paths[i], "/usr/bin/ld",
			  NULL);
		learn_one(DETECT_MODIFIED_BINARY_EXECUTED, SEV_MEDIUM, paths[i], NULL,
			  NULL);
	}
	print_all();
	config_init(&config);
	ck_assert_msg(config_parse(&config, strbuf_slice(&text), "t", &err) == 0, "%s",
		      err.msg);
	/* What was modified is named one by one. */
	ck_assert_uint_eq(config.nexceptions, 4);
	ck_assert_str_eq(config.exceptions[0].path, "/srv/b/x*");
	ck_assert_str_eq(config.exceptions[0].writer, "/usr/bin/ld");
	config_fini(&config);
}
END_TEST

Suite *suite_learn(void);

Suite *suite_learn(void)
{
	Suite *s = suite_create("learn");
	TCase *tc = tcase_create("learn");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, paths_become_patterns, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, what_is_learnt_covers_what_it_was_learnt_from, 0,
			    ARRAY_SIZE(names));
	tcase_add_test(tc, what_is_grave_stays_a_comment);
	tcase_add_test(tc, what_is_alike_is_one);
	suite_add_tcase(s, tc);
	return s;
}
