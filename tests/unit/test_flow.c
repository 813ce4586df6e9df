/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways from a shell, process 2000, to the network: 3000 is who holds the
 * other ends.
 */
#include "detect/flow.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
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

#define INET(pid, fd)                                              \
#pid "<1 socket(2,1,0) = " #fd "\n" #pid "<1 connect(" #fd \
	     ",1,10) = 0 inet=203.0.113.9:4444\n"
#define DUP2(pid, from, to) #pid "<3000 dup2(" #from "," #to ") = " #to "\n"
/* nc's way: two pipes, a child with one end of each, the rest closed. */
#define PIPES                                                                        \
	"3000<1 pipe() = 0 fds=4,5\n3000<1 pipe() = 0 fds=6,7\n"                     \
	"3000<1 clone(1200011) = 2000\n3000<1 close(4) = 0\n3000<1 close(7) = 0\n"   \
	"2000<3000 dup2(4,0) = 0\n2000<3000 dup2(7,1) = 1\n2000<3000 close(4) = 0\n" \
	"2000<3000 close(5) = 0\n2000<3000 close(6) = 0\n2000<3000 close(7) = 0\n"

static const struct {
	const char *name, *lines;
	size_t in, out; /* steps of the way to fd 0, and from fd 1; 0: none */
} cases[] = {
	{ "nothing", "2000<1 getppid() = 1\n", 0, 0 },
	{ "the socket itself", INET(2000, 3) DUP2(2000, 3, 0) DUP2(2000, 3, 1), 1, 1 },
	{ "only its input", INET(2000, 3) DUP2(2000, 3, 0), 1, 0 },
	{ "not connected", "2000<1 socket(2,1,0) = 3\n" DUP2(2000, 3, 0), 0, 0 },
	{ "listening",
	  "2000<1 socket(2,1,0) = 3\n2000<1 listen(3,1) = 0\n" DUP2(2000, 3, 0), 0, 0 },
	{ "a local client",
	  "2000<1 socket(1,1,0) = 3\n"
	  "2000<1 connect(3,1,10) = 0 unix=/run/log\n" DUP2(2000, 3, 0),
	  0, 0 },
	{ "a client of a local server",
	  "2000<1 socket(1,1,0) = 3\n2000<1 listen(3,1) = 0\n"
	  "2000<1 accept(3,0,0) = 4\n" DUP2(2000, 4, 0),
	  1, 0 },
	{ "two pipes and a holder with a socket", PIPES INET(3000, 8), 2, 2 },
	{ "the holder has none", PIPES, 0, 0 },
	{ "the holder's socket was closed", PIPES INET(3000, 8) "3000<1 close(8) = 0\n",
	  0, 0 },
	{ "the holder has ended",
	  PIPES INET(3000, 8) "3000<1 exit_group(0) = ?\n"
			      "2000<1 close(9) = -9\n",
	  0, 0 },
	{ "the holder's socket is gone with its execve",
	  PIPES
	  "3000<1 socket(2,80001,0) = 8\n3000<1 connect(8,1,10) = 0 inet=203.0.113.9:4444\n"
	  "3000<1 execve() = 0 exe=/usr/bin/cat\n",
	  0, 0 },
	{ "the holder's socket was left to it by an execve",
	  PIPES INET(3000, 8) "3000<1 execve() = 0 exe=/usr/bin/cat\n", 2, 2 },
	{ "the same, but a longer way leads through what it opened itself",
	  INET(3000,
	       12) "3000<1 execve() = 0 exe=/usr/bin/cat\n"
		   "3000<1 socketpair(1,1,0) = 0 fds=10,11\n"
		   "3000<1 clone(1200011) = 4000\n4000<3000 close(a) = 0\n"
		   "4000<3000 close(c) = 0\n3000<1 close(b) = 0\n" PIPES
		   "2000<3000 close(a) = 0\n2000<3000 close(c) = 0\n"
		   "4000<3000 socket(2,1,0) = 8\n4000<3000 connect(8,1,10) = 0 inet=203.0.113.9:4444\n",
	  3, 3 },
	{ "the wrong ends",
	  "3000<1 pipe() = 0 fds=4,5\n" INET(
		  3000,
		  8) "3000<1 clone(1200011) = 2000\n3000<1 close(5) = 0\n2000<3000 dup2(5,0) = 0\n"
		     "2000<3000 close(8) = 0\n",
	  0, 0 },
	{ "a socketpair",
	  "3000<1 socketpair(1,1,0) = 0 fds=4,5\n" INET(
		  3000,
		  8) "3000<1 clone(1200011) = 2000\n3000<1 close(5) = 0\n2000<3000 close(8) = 0\n"
		     "2000<3000 dup2(5,0) = 0\n2000<3000 dup2(5,1) = 1\n2000<3000 close(4) = 0\n",
	  2, 2 },
	{ "a terminal",
	  "3000<1 openat(ffffff9c,1,2) = 4 path=/dev/ptmx mode=020666\n"
	  "3000<1 openat(ffffff9c,1,2) = 5 path=/dev/pts/4 mode=020620\n" INET(
		  3000,
		  8) "3000<1 clone(1200011) = 2000\n3000<1 close(5) = 0\n2000<3000 close(8) = 0\n"
		     "2000<3000 dup2(5,0) = 0\n2000<3000 dup2(5,1) = 1\n2000<3000 close(4) = 0\n",
	  2, 2 },
	{ "two FIFOs",
	  "2000<1 openat(ffffff9c,1,0) = 0 path=/tmp/a mode=010600 inode=5\n"
	  "2000<1 openat(ffffff9c,1,1) = 1 path=/tmp/b mode=010600 inode=6\n"
	  "3000<1 openat(ffffff9c,1,1) = 4 path=/tmp/a mode=010600 inode=5\n"
	  "3000<1 openat(ffffff9c,1,0) = 5 path=/tmp/b mode=010600 inode=6\n" INET(3000,
										   8),
	  2, 2 },
	{ "another reader of the FIFO",
	  "2000<1 openat(ffffff9c,1,0) = 0 path=/tmp/a "
	  "mode=010600 inode=5\n"
	  "3000<1 openat(ffffff9c,1,0) = 4 path=/tmp/a mode=010600 inode=5\n" INET(3000,
										   8),
	  0, 0 },
	{ "a pipeline: cat between",
	  "3000<1 pipe() = 0 fds=4,5\n3000<1 clone(1200011) = 2000\n"
	  "2000<3000 dup2(4,0) = 0\n2000<3000 close(4) = 0\n2000<3000 close(5) = 0\n"
	  "3000<1 close(4) = 0\n3000<1 pipe() = 0 fds=6,7\n3000<1 clone(1200011) = 3001\n"
	  "3001<3000 close(5) = 0\n3001<3000 close(6) = 0\n3000<1 close(7) = 0\n" INET(
		  3001, 8),
	  3, 0 },
};

START_TEST(ways)
{
	const struct proc *shell;
	struct flow in, out;

	world_run(&w, cases[_i].lines);
	shell = world_proc(&w, 2000);
	ck_assert_msg(flow_find(shell, 0, FLOW_IN, &in) == (cases[_i].in > 0), "%s: in",
		      cases[_i].name);
	ck_assert_msg(flow_find(shell, 1, FLOW_OUT, &out) == (cases[_i].out > 0),
		      "%s: out", cases[_i].name);
	ck_assert_msg(in.nsteps == cases[_i].in && out.nsteps == cases[_i].out,
		      "%s: %zu in, %zu out", cases[_i].name, in.nsteps, out.nsteps);
	if (in.nsteps > 1)
		ck_assert_ptr_ne(in.steps[1].holder, shell);
}
END_TEST

/* A hall of mirrors: everybody holds all of everybody's pipes. The search
 * ends at its limit. */
START_TEST(search_has_an_end)
{
	char line[128];
	struct flow flow;

	for (int i = 0; i < 600; i++) {
		snprintf(line, sizeof(line), "2000<1 pipe() = 0 fds=%d,%d\n", 10 + 2 * i,
			 11 + 2 * i);
		world_run(&w, line);
	}
	for (int pid = 2001; pid < 2020; pid++) {
		snprintf(line, sizeof(line),
			 "2000<1 clone(1200011) = %d\n%d<2000 close(9) = -9\n", pid, pid);
		world_run(&w, line);
	}
	world_run(&w, DUP2(2000, 10, 0));
	ck_assert(!flow_find(world_proc(&w, 2000), 0, FLOW_IN, &flow));
	ck_assert_uint_eq(flow.nsteps, 0);
}
END_TEST

Suite *suite_flow(void);

Suite *suite_flow(void)
{
	Suite *suite = suite_create("flow");
	TCase *tc = tcase_create("flow");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, ways, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, search_has_an_end);
	suite_add_tcase(suite, tc);
	return suite;
}
