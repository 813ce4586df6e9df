/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/tree.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/xalloc.h"

enum { ITEMS_MAX = 4096 };

/* A forest under construction, of processes that each ran one program. */
struct forest {
	struct process_item items[ITEMS_MAX];
	struct image_row images[ITEMS_MAX];
	const char *argv[ITEMS_MAX][2];
	size_t n;
};

static struct process_item *grow_tree(struct forest *f, int64_t id, int64_t parent,
				      const char *program)
{
	size_t i = f->n++;

	ck_assert_uint_lt(i, ITEMS_MAX);
	f->argv[i][0] = program;
	f->images[i] = (struct image_row){ .seq = 1,
					   .exe = program,
					   .argv = f->argv[i],
					   .argc = 1,
					   .argc_total = 1,
					   .user_id = 0 };
	f->items[i] = (struct process_item){ .id = id,
					     .parent_id = parent,
					     .row.pid = id,
					     .row.started = 1000 * id,
					     .images = &f->images[i],
					     .nimages = 1 };
	return &f->items[i];
}

static char *drawn(const struct forest *f, const struct tree_options *options,
		   size_t *left_out)
{
	char *text = NULL;
	size_t len, left;
	FILE *out = open_memstream(&text, &len);

	left = tree_print(out, options, f->items, f->n);
	if (left_out)
		*left_out = left;
	fclose(out);
	return text;
}

static const struct report_options plain;
static const struct report_options utf8 = { .utf8 = true };

START_TEST(draws_parents_above_children)
{
	static const struct tree_options options = { .look = &plain };
	static const struct process_mark mark = { 3, SEV_HIGH, "Reverse Shell" };
	struct forest *f = xcalloc(1, sizeof(*f));
	struct process_item *marked;
	char *text;

	/* In any order. */
	grow_tree(f, 4, 2, "/bin/d");
	marked = grow_tree(f, 3, 1, "/bin/c");
	grow_tree(f, 2, 1, "/bin/b");
	grow_tree(f, 1, 0, "/bin/a");
	grow_tree(f, 9, 77, "/bin/other");
	marked->marks = &mark;
	marked->nmarks = 1;
	text = drawn(f, &options, NULL);
	ck_assert_str_eq(text, "/bin/a (1) uid 0\n"
			       "|- /bin/b (2)\n"
			       "|  `- /bin/d (4)\n"
			       "`- /bin/c (3)  #3 high Reverse Shell\n"
			       "/bin/other (9) uid 0\n");
	free(text);
	free(f);
}
END_TEST

START_TEST(draws_lines_where_the_terminal_can)
{
	static const struct tree_options options = {
		.look = &utf8, .finding = 3, .times = true, .heads = true
	};
	static const struct process_mark mark = { 3, SEV_HIGH, "Reverse Shell" };
	struct forest *f = xcalloc(1, sizeof(*f));
	struct process_item *child;
	char *text;

	grow_tree(f, 1, 0, "a");
	f->items[0].row.host = "node1";
	child = grow_tree(f, 2, 1, "b");
	child->marks = &mark;
	child->nmarks = 1;
	child->container = "web";
	child->row.has_exit = true;
	child->row.exit_code = 2;
	text = drawn(f, &options, NULL);
	ck_assert_str_eq(text, "node1, 1970-01-01 (UTC)\n"
			       "01-01 00:00:01  a (1) uid 0\n"
			       "01-01 00:00:02  └─ b (2) [web] exit 2 ◀  "
			       "#3 high Reverse Shell\n");
	free(text);
	free(f);
}
END_TEST

/* Of a container's processes, those that were put into it from outside. */
START_TEST(tells_who_came_by_exec)
{
	static const struct tree_options options = { .look = &plain };
	struct forest *f = xcalloc(1, sizeof(*f));
	char *text;

	grow_tree(f, 1, 0, "runc");
	grow_tree(f, 2, 1, "nginx")->container = "web";
	f->items[1].row.container_via = "entry";
	grow_tree(f, 3, 2, "worker")->container = "web";
	f->items[2].row.container_via = "entry";
	grow_tree(f, 4, 1, "sh")->container = "web";
	f->items[3].row.container_via = "exec";
	grow_tree(f, 5, 4, "id")->container = "web";
	f->items[4].row.container_via = "exec";
	grow_tree(f, 6, 1, "ls")->row.container_via = "exec"; /* its id is not known */
	text = drawn(f, &options, NULL);
	ck_assert_str_eq(text, "runc (1) uid 0\n"
			       "|- nginx (2) [web]\n"
			       "|  `- worker (3)\n"
			       "|- sh (4) [web by exec]\n"
			       "|  `- id (5)\n"
			       "`- ls (6) [container by exec]\n");
	free(text);
	free(f);
}
END_TEST

START_TEST(shows_each_program_of_a_process)
{
	static const char *const sh[] = { "sh", "-c", "exec ./x", NULL };
	static const char *const x[] = { "./x", NULL };
	static const struct image_row images[] = {
		{ .seq = 0, .exe = "/usr/sbin/sshd", .user_id = 0 },
		{ .seq = 1, .exe = "/bin/sh", .argv = sh, .argc = 3, .argc_total = 3 },
		{ .seq = 2, .exe = "/tmp/x", .argv = x, .argc = 1, .argc_total = 1 },
	};
	static const struct tree_options options = { .look = &plain };
	struct forest *f = xcalloc(1, sizeof(*f));
	char *text;

	grow_tree(f, 1, 0, "a");
	f->items[0].images = images;
	f->items[0].nimages = 3;
	text = drawn(f, &options, NULL);
	ck_assert_str_eq(text, "sh -c 'exec ./x' => ./x (1) uid 0\n");
	free(text);
	/* Forked, and no execve seen: it is still its parent's program. */
	f->items[0].nimages = 1;
	text = drawn(f, &options, NULL);
	ck_assert_str_eq(text, "/usr/sbin/sshd (1) uid 0\n");
	free(text);
	f->items[0].nimages = 0;
	text = drawn(f, &options, NULL);
	ck_assert_str_eq(text, "(not observed) (1)\n");
	free(text);
	free(f);
}
END_TEST

START_TEST(cuts_commands_to_the_width)
{
	static const struct report_options narrow = { .width = 60 };
	struct tree_options options = { .look = &narrow };
	struct forest *f = xcalloc(1, sizeof(*f));
	char *text;

	grow_tree(f, 1, 0,
		  "/a/very/long/name/of/a/program/that/does/not/fit/in/the/width/of/it");
	text = drawn(f, &options, NULL);
	ck_assert_uint_eq(strcspn(text, "\n"), 60);
	ck_assert_ptr_nonnull(strstr(text, "... (1) uid 0\n"));
	free(text);
	options.full = true;
	text = drawn(f, &options, NULL);
	ck_assert_ptr_nonnull(strstr(text, "/width/of/it (1) uid 0\n"));
	free(text);
	free(f);
}
END_TEST

START_TEST(collapses_equal_children)
{
	static const struct process_mark mark = { 1, SEV_LOW, "Odd" };
	struct tree_options options = { .look = &plain };
	struct forest *f = xcalloc(1, sizeof(*f));
	struct process_item *odd = NULL;
	char *text;

	grow_tree(f, 1, 0, "make");
	for (int i = 0; i < 20; i++) {
		struct process_item *item = grow_tree(f, 10 + 2 * i, 1, "/usr/bin/gcc");

		if (i == 15)
			odd = item;
		grow_tree(f, 11 + 2 * i, 10 + 2 * i, "cc1");
	}
	grow_tree(f, 90, 1, "ld");
	odd->marks = &mark;
	odd->nmarks = 1;
	text = drawn(f, &options, NULL);
	ck_assert_str_eq(text, "make (1) uid 0\n"
			       "|- /usr/bin/gcc (10)\n"
			       "|  `- cc1 (11)\n"
			       "|- /usr/bin/gcc (12)\n"
			       "|  `- cc1 (13)\n"
			       "|- /usr/bin/gcc (14)\n"
			       "|  `- cc1 (15)\n"
			       "|- /usr/bin/gcc (40)  #1 low Odd\n"
			       "|  `- cc1 (41)\n"
			       "|- ld (90)\n"
			       "`- ... 16 more gcc, with 16 below them\n");
	free(text);
	options.full = true;
	text = drawn(f, &options, NULL);
	ck_assert_ptr_nonnull(strstr(text, "gcc (48)"));
	ck_assert_ptr_null(strstr(text, "more"));
	free(text);
	free(f);
}
END_TEST

START_TEST(stops_at_the_number_of_lines)
{
	static const struct tree_options options = { .look = &plain, .lines = 2 };
	struct forest *f = xcalloc(1, sizeof(*f));
	size_t left_out;
	char *text;

	for (int i = 1; i <= 5; i++)
		grow_tree(f, i, i - 1, "a");
	text = drawn(f, &options, &left_out);
	ck_assert_str_eq(text, "a (1) uid 0\n`- a (2)\n");
	ck_assert_uint_eq(left_out, 3);
	free(text);
	free(f);
}
END_TEST

/* Of 4096 generations so many are drawn as a person can follow. */
START_TEST(counts_what_is_too_deep)
{
	static const struct tree_options options = { .look = &plain };
	struct forest *f = xcalloc(1, sizeof(*f));
	size_t left_out, lines = 0;
	char *text;

	for (int i = 1; i <= ITEMS_MAX; i++)
		grow_tree(f, i, i - 1, "a");
	text = drawn(f, &options, &left_out);
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	ck_assert_uint_gt(lines, 100);
	ck_assert_uint_eq(lines + left_out, ITEMS_MAX);
	free(text);
	free(f);
}
END_TEST

/* A damaged database may say that a process descends from itself. */
START_TEST(loops_are_cut)
{
	static const struct tree_options options = { .look = &plain };
	struct forest *f = xcalloc(1, sizeof(*f));
	size_t lines = 0;
	char *text;

	grow_tree(f, 1, 3, "a");
	grow_tree(f, 2, 1, "b");
	grow_tree(f, 3, 2, "c");
	grow_tree(f, 4, 4, "self");
	grow_tree(f, 5, 2, "d");
	text = drawn(f, &options, NULL);
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	ck_assert_uint_eq(lines, 5);
	free(text);
	free(f);
}
END_TEST

START_TEST(hostile_names_are_escaped)
{
	static const struct report_options narrow = { .width = 60, .utf8 = true };
	static const struct tree_options options = { .look = &narrow, .heads = true };
	struct forest *f = xcalloc(1, sizeof(*f));
	char *text;

	grow_tree(f, 1, 0, "\x1b[2J\xe2\x80\xae\xff");
	for (int i = 2; i < 12; i++)
		grow_tree(f, i, 1, "/tmp/\x1b[31m\r\n");
	f->items[0].row.host = "\x1b]0;x\x07";
	f->items[0].container = "\x9b"
				"31m";
	text = drawn(f, &options, NULL);
	for (const char *p = text; *p; p++)
		ck_assert_msg((unsigned char)*p >= 0x20 || *p == '\n', "%s", text);
	ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
	ck_assert_ptr_null(strstr(text, "\x9b"));
	free(text);
	free(f);
}
END_TEST

Suite *suite_tree(void);

Suite *suite_tree(void)
{
	Suite *suite = suite_create("tree");
	TCase *tc = tcase_create("tree");

	tcase_add_test(tc, draws_parents_above_children);
	tcase_add_test(tc, draws_lines_where_the_terminal_can);
	tcase_add_test(tc, tells_who_came_by_exec);
	tcase_add_test(tc, shows_each_program_of_a_process);
	tcase_add_test(tc, cuts_commands_to_the_width);
	tcase_add_test(tc, collapses_equal_children);
	tcase_add_test(tc, stops_at_the_number_of_lines);
	tcase_add_test(tc, counts_what_is_too_deep);
	tcase_add_test(tc, loops_are_cut);
	tcase_add_test(tc, hostile_names_are_escaped);
	suite_add_tcase(suite, tc);
	return suite;
}
