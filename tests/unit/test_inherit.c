/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a child holds where its records come before those of its maker. */
#include "state/inherit.h"

#include <check.h>

#include "unit/world.h"

static struct world w;

static void setup(void)
{
	world_init(&w);
}

static void teardown(void)
{
	world_fini(&w);
}

/* CLONE_PARENT, as runc does it: the child is the caller's sibling, and holds
 * what the caller held. */
START_TEST(sibling)
{
	const struct proc *child;

	world_run(&w, "1000<999 clone(11) = 2000 exe=/usr/sbin/runc\n"
		      "2000<1000 socketpair(1,1,0) = 0 fds=5,6 exe=/usr/sbin/runc\n"
		      "2000<1000 clone(8011) = 2001 exe=/usr/sbin/runc\n"
		      "2001<1000 execve() = 0 exe=/usr/bin/app\n");
	child = world_proc(&w, 2001);
	ck_assert_int_eq(child->parent->pid, 1000);
	ck_assert(child->start_seen);
	ck_assert_ptr_nonnull(fdtab_get(child->fds, 5));
}
END_TEST

/* The same, and the child's records come first: until the clone's came it
 * was taken for its parent's child. */
START_TEST(sibling_speaks_first)
{
	const struct proc *child;
	char text[128];

	world_run(&w, "1000<999 openat(0,0,1) = 1 path=/dev/null exe=/usr/sbin/runc\n"
		      "1000<999 clone(11) = 2000 exe=/usr/sbin/runc\n"
		      "2000<1000 pipe2(0,0) = 0 fds=5,6 exe=/usr/sbin/runc\n"
		      "2000<1000 dup3(6,1,0) = 1 exe=/usr/sbin/runc\n"
		      "2000<1000 socketpair(1,1,0) = 0 fds=8,9 exe=/usr/sbin/runc\n"
		      "2000<1000 unshare(20000000) = 0 exe=/usr/sbin/runc\n"
		      "2001<1000 close(9) = 0 @0 exe=/usr/sbin/runc\n"
		      "2001<1000 dup3(8,3,0) = 3 @0 exe=/usr/sbin/runc\n"
		      "2000<1000 clone(8011) = 2001 @0 exe=/usr/sbin/runc\n"
		      "2001<1000 execve() = 0 exe=/usr/bin/app\n");
	child = world_proc(&w, 2001);
	ck_assert_int_eq(child->parent->pid, 1000);
	ck_assert(child->start_seen);
	ck_assert_int_eq(child->pidns, PIDNS_OTHER);
	ck_assert_ptr_null(fdtab_get(child->fds, 9));
	ck_assert_str_eq(world_fd(&w, 2001, 1, text), "pipe 103");
	ck_assert_ptr_eq(fdtab_get(child->fds, 3)->obj, fdtab_get(child->fds, 8)->obj);
	ck_assert_str_eq(world_fd(&w, 1000, 1, text), "file /dev/null");
}
END_TEST

/* Twice in a row, as runc's first stage makes the second and that one the
 * container's first process: whoever comes first, the last one holds what the
 * first stage held, but for what was done on the way. */
static const char *const stages[] = {
	/* the clone of the second is told last; the third has yet to speak */
	"2001<1000 close(9) = 0 @0 exe=/usr/sbin/runc\n"
	"2001<1000 clone(8011) = 2002 @0 exe=/usr/sbin/runc\n"
	"2001<1000 close(8) = 0 @0 exe=/usr/sbin/runc\n"
	"2000<1000 clone(8011) = 2001 @0 exe=/usr/sbin/runc\n"
	"2002<1000 close(5) = 0 exe=/usr/sbin/runc\n",
	/* it has spoken */
	"2001<1000 close(9) = 0 @0 exe=/usr/sbin/runc\n"
	"2001<1000 clone(8011) = 2002 @0 exe=/usr/sbin/runc\n"
	"2002<1000 close(5) = 0 @0 exe=/usr/sbin/runc\n"
	"2001<1000 close(8) = 0 @0 exe=/usr/sbin/runc\n"
	"2000<1000 clone(8011) = 2001 @0 exe=/usr/sbin/runc\n",
	/* and before its own clone was told */
	"2001<1000 close(9) = 0 @0 exe=/usr/sbin/runc\n"
	"2002<1000 close(5) = 0 @0 exe=/usr/sbin/runc\n"
	"2001<1000 clone(8011) = 2002 @0 exe=/usr/sbin/runc\n"
	"2001<1000 close(8) = 0 @0 exe=/usr/sbin/runc\n"
	"2000<1000 clone(8011) = 2001 @0 exe=/usr/sbin/runc\n",
	/* even before the second one spoke, which ends at once */
	"2002<1000 close(5) = 0 @0 exe=/usr/sbin/runc\n"
	"2001<1000 close(9) = 0 @0 exe=/usr/sbin/runc\n"
	"2001<1000 clone(8011) = 2002 @0 exe=/usr/sbin/runc\n"
	"2001<1000 exit_group(0) = ? @0\n"
	"2000<1000 clone(8011) = 2001 @0 exe=/usr/sbin/runc\n",
};

START_TEST(siblings_in_a_row)
{
	char text[128];

	world_run(&w, "1000<999 openat(0,0,1) = 1 path=/dev/null exe=/usr/sbin/runc\n"
		      "1000<999 clone(11) = 2000 exe=/usr/sbin/runc\n"
		      "2000<1000 pipe2(0,0) = 0 fds=5,6 exe=/usr/sbin/runc\n"
		      "2000<1000 dup3(6,1,0) = 1 exe=/usr/sbin/runc\n"
		      "2000<1000 socketpair(1,1,0) = 0 fds=8,9 exe=/usr/sbin/runc\n");
	world_run(&w, stages[_i]);
	world_run(&w, "2002<1000 execve() = 0 exe=/usr/bin/app\n");
	ck_assert(world_proc(&w, 2002)->start_seen);
	ck_assert_str_eq(world_fd(&w, 2002, 1, text), "pipe 103");
	ck_assert_str_eq(world_fd(&w, 2002, 6, text), "pipe 103");
	ck_assert_str_eq(world_fd(&w, 2002, 9, text), "none");
	ck_assert_str_eq(world_fd(&w, 2002, 5, text), "none");
	ck_assert_str_ne(world_fd(&w, 2002, 8, text), "none");
	ck_assert_str_eq(world_fd(&w, 1000, 1, text), "file /dev/null");
}
END_TEST

/* In a pid namespace: the reader of a pipeline speaks before the writer, and
 * takes what was left for that one, until it comes. */
START_TEST(younger_speaks_first)
{
	char text[128];

	world_run(&w, "1000<999 unshare(20000000) = 0 exe=/usr/bin/unshare\n"
		      "1000<999 clone(11) = 1001 exe=/usr/bin/unshare\n"
		      "1001<1000 execve() = 0 exe=/usr/bin/sh\n"
		      "1001<1000 pipe2(0,0) = 0 fds=4,5 exe=/usr/bin/sh\n"
		      "1001<1000 clone(1200011) = 2 exe=/usr/bin/sh\n"
		      "1001<1000 close(5) = 0 exe=/usr/bin/sh\n"
		      "1001<1000 clone(1200011) = 3 exe=/usr/bin/sh\n"
		      "1001<1000 close(4) = 0 exe=/usr/bin/sh\n"
		      "1004<1001 dup2(4,0) = 0 exe=/usr/bin/sh\n"
		      "1004<1001 close(4) = 0 exe=/usr/bin/sh\n"
		      "1003<1001 close(4) = 0 exe=/usr/bin/sh\n"
		      "1003<1001 dup2(5,1) = 1 exe=/usr/bin/sh\n"
		      "1003<1001 close(5) = 0 exe=/usr/bin/sh\n"
		      "1003<1001 execve() = 0 exe=/usr/bin/ls\n"
		      "1004<1001 execve() = 0 exe=/usr/bin/wc\n");
	ck_assert_str_eq(world_fd(&w, 1003, 1, text), "pipe 104");
	ck_assert_str_eq(world_fd(&w, 1004, 0, text), "pipe 104");
	ck_assert_str_eq(world_fd(&w, 1004, 5, text), "none");
	ck_assert_str_eq(world_fd(&w, 1004, 4, text), "none");
}
END_TEST

Suite *suite_inherit(void);

Suite *suite_inherit(void)
{
	Suite *suite = suite_create("inherit");
	TCase *tc = tcase_create("inherit");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, sibling);
	tcase_add_test(tc, sibling_speaks_first);
	tcase_add_loop_test(tc, siblings_in_a_row, 0, ARRAY_SIZE(stages));
	tcase_add_test(tc, younger_speaks_first);
	suite_add_tcase(suite, tc);
	return suite;
}
