/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree: one test for each way in which records can mislead. 1200011 is
 * what glibc's fork() gives to clone, 3d0f00 what its pthread_create() does.
 */
#include "state/proc.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

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

static int64_t parent_pid(const struct proc *proc)
{
	return proc->parent ? proc->parent->pid : -1;
}

START_TEST(child_follows_fork)
{
	const struct proc *child;

	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id argv=id,-u\n");
	child = world_proc(&w, 2001);
	ck_assert_ptr_eq(child->parent, world_proc(&w, 2000));
	ck_assert(child->start_seen);
	ck_assert_uint_eq(child->started.serial, 101);
	ck_assert_str_eq(child->image->exe, "/usr/bin/id");
	ck_assert_uint_eq(child->image->argc, 2);
	ck_assert_str_eq(child->image->argv[1], "-u");
	ck_assert_str_eq(child->image->older->exe, "/usr/bin/bash");
	ck_assert_int_eq(world_proc(&w, 2000)->pidns, PIDNS_HOST);
}
END_TEST

/* vfork, or a clone that another CPU was slower to write: child first. */
START_TEST(child_before_fork)
{
	static const char *const calls[] = { "vfork", "clone", "clone3", "fork" };
	const struct proc *child;
	char lines[256];

	snprintf(lines, sizeof(lines),
		 "2000<1999 getppid() = 1999\n"
		 "2001<2000 execve() = 0 exe=/usr/bin/id\n"
		 "2000<1999 %s() = 2001 @0\n"
		 "2001<2000 close(3) = 0 exe=/usr/bin/id\n",
		 calls[_i]);
	world_run(&w, lines);
	child = world_proc(&w, 2001);
	ck_assert(child->start_seen);
	ck_assert_int_eq(parent_pid(child), 2000);
	ck_assert_uint_eq(world_count(&w, 2001), 1);
	ck_assert_uint_eq(world_proc(&w, 2000)->nforks, 0);
	ck_assert(!world_proc(&w, 2000)->made_thread);
}
END_TEST

/* An orphan is killed in the call that gives it another program: it is one process. */
START_TEST(killed_while_executing)
{
	static const char *const results[] = { "-14", "?" };
	char lines[256];

	snprintf(lines, sizeof(lines),
		 "2000<1999 clone(1200011) = 2001 exe=/usr/bin/bash\n"
		 "2001<2000 dup2(3,0) = 0 exe=/usr/bin/bash\n"
		 "2000<1999 exit_group(0) = ? exe=/usr/bin/bash\n"
		 "2001<1 execve() = %s exe=/usr/bin/cat\n",
		 results[_i]);
	world_run(&w, lines);
	ck_assert_uint_eq(world_count(&w, 2001), 1);
	ck_assert_int_eq(parent_pid(world_nth(&w, 2001, 0)), 2000);
}
END_TEST

/* The child has come and gone before its parent gets to run again. */
START_TEST(child_ends_before_fork)
{
	world_run(&w, "2000<1999 getppid() = 1999\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id\n"
		      "2001<2000 exit_group(0) = ? exe=/usr/bin/id\n"
		      "2000<1999 vfork() = 2001 @0 \n");
	ck_assert_uint_eq(world_count(&w, 2001), 1);
	/* The clone's record has an older stamp than the child's first. */
	ck_assert(!world_nth(&w, 2001, 0)->start_seen);
}
END_TEST

/* The stamp of a clone is that of its entry: before all that the child does. */
START_TEST(child_ends_before_fork_in_time)
{
	world_records(
		&w,
		"type=SYSCALL msg=audit(1700000000.004:201): arch=c000003e syscall=59 "
		"success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=2000 pid=2001 "
		"auid=4200 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 "
		"tty=(none) ses=5 comm=\"id\" exe=\"/usr/bin/id\" key=\"exec\"\n"
		"type=EXECVE msg=audit(1700000000.004:201): argc=1 a0=\"id\"\n"
		"type=PROCTITLE msg=audit(1700000000.004:201): proctitle=\"id\"\n");
	world_records(
		&w,
		"type=SYSCALL msg=audit(1700000000.008:202): arch=c000003e syscall=231 "
		"a0=0 a1=e7 a2=3c a3=4 items=0 ppid=2000 pid=2001 "
		"auid=4200 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 "
		"tty=(none) ses=5 comm=\"id\" exe=\"/usr/bin/id\" key=\"proc\"\n"
		"type=PROCTITLE msg=audit(1700000000.008:202): proctitle=\"id\"\n");
	world_records(
		&w,
		"type=SYSCALL msg=audit(1700000000.000:203): arch=c000003e syscall=58 "
		"success=yes exit=2001 a0=1 a1=e7 a2=3c a3=4 items=0 ppid=1999 pid=2000 "
		"auid=4200 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 "
		"tty=(none) ses=5 comm=\"sh\" exe=\"/usr/bin/dash\" key=\"proc\"\n"
		"type=PROCTITLE msg=audit(1700000000.000:203): proctitle=\"sh\"\n");
	ck_assert_uint_eq(world_count(&w, 2001), 1);
	ck_assert(world_nth(&w, 2001, 0)->start_seen);
	ck_assert(world_nth(&w, 2001, 0)->ended);
	ck_assert_uint_eq(world_proc(&w, 2000)->nforks, 0);
}
END_TEST

/* Inside of a container clone returns 2, 3, 4... */
START_TEST(numbers_of_a_namespace)
{
	world_run(&w, "2000<1999 pipe() = 0 fds=3,4\n"
		      "2000<1999 clone(1200011) = 11\n"
		      "2000<1999 close(3) = 0\n"
		      "2000<1999 clone(1200011) = 12\n"
		      "2000<1999 close(4) = 0\n"
		      "32001<2000 execve() = 0 exe=/usr/bin/id\n"
		      "32002<2000 execve() = 0 exe=/usr/bin/wc\n");
	ck_assert_int_eq(world_proc(&w, 2000)->pidns, PIDNS_OTHER);
	ck_assert_uint_eq(world_proc(&w, 32001)->started.serial, 102);
	ck_assert_uint_eq(world_proc(&w, 32002)->started.serial, 104);
	/* Each holds what its parent held when it forked. */
	ck_assert_ptr_nonnull(fdtab_get(world_proc(&w, 32001)->fds, 3));
	ck_assert_ptr_null(fdtab_get(world_proc(&w, 32002)->fds, 3));
	ck_assert_ptr_nonnull(fdtab_get(world_proc(&w, 32002)->fds, 4));
	ck_assert_int_eq(world_proc(&w, 32002)->pidns, PIDNS_OTHER);
}
END_TEST

/* The host's own process 11 is no child of a container's shell. */
START_TEST(numbers_of_a_namespace_name_nobody)
{
	world_run(&w, "2000<1999 clone(1200011) = 11\n"
		      "32001<2000 execve() = 0 exe=/usr/bin/id\n"
		      "2000<1999 clone(1200011) = 12\n"
		      "12<2 execve() = 0 exe=/usr/sbin/helper\n");
	ck_assert_int_eq(parent_pid(world_proc(&w, 12)), 2);
	ck_assert_uint_eq(world_proc(&w, 2000)->nforks, 1);
}
END_TEST

/* The same with higher numbers: told by that it happens again and again. */
START_TEST(numbers_of_an_old_namespace)
{
	world_run(&w, "2000<1999 clone(1200011) = 5011\n"
		      "32001<2000 execve() = 0 exe=/usr/bin/id\n"
		      "2000<1999 clone(1200011) = 5012\n"
		      "32002<2000 execve() = 0 exe=/usr/bin/id\n"
		      "2000<1999 clone(1200011) = 5013\n"
		      "32003<2000 execve() = 0 exe=/usr/bin/id\n");
	ck_assert_int_eq(world_proc(&w, 2000)->pidns, PIDNS_OTHER);
	ck_assert_uint_eq(world_proc(&w, 32002)->started.serial, 103);
	ck_assert_uint_eq(world_proc(&w, 32003)->started.serial, 105);
}
END_TEST

/* unshare was not recorded: what looks like the host's numbers is not. */
START_TEST(namespace_that_nobody_announced)
{
	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 clone(1200011) = 2002\n"
		      "2002<2001 execve() = 0 exe=/sbin/init\n"
		      "2002<2001 clone(1200011) = 7 exe=/sbin/init\n"
		      "7<1 execve() = 0 exe=/usr/sbin/udevd\n"
		      "2003<2002 execve() = 0 exe=/usr/bin/id\n");
	ck_assert_int_eq(parent_pid(world_proc(&w, 7)), 1);
	ck_assert_int_eq(world_proc(&w, 2002)->pidns, PIDNS_OTHER);
	ck_assert_uint_eq(world_proc(&w, 2003)->started.serial, 104);
}
END_TEST

START_TEST(vfork_in_a_namespace)
{
	world_run(&w, "2000<1999 getppid() = 1\n"
		      "32001<2000 execve() = 0 exe=/usr/bin/id @5\n"
		      "2000<1999 vfork() = 7 @0\n");
	ck_assert(world_proc(&w, 32001)->start_seen);
	ck_assert_int_eq(world_proc(&w, 2000)->pidns, PIDNS_OTHER);
	ck_assert_uint_eq(world_proc(&w, 2000)->nforks, 0);
}
END_TEST

START_TEST(namespace_by_call)
{
	static const char *const begin[] = {
		"2000<1999 unshare(20000000) = 0\n2000<1999 clone(1200011) = 2001\n",
		"2000<1999 clone(20000011) = 2001\n",
		"2000<1999 setns(3,20000000) = 0\n2000<1999 clone(1200011) = 2001\n",
		("2000<1999 openat(ffffff9c,1,0) = 3 path=/proc/900/ns/pid\n"
		 "2000<1999 setns(3,0) = 0\n2000<1999 fork() = 2001\n"),
	};

	world_run(&w, begin[_i]);
	world_run(&w, "2001<2000 execve() = 0 exe=/sbin/init\n"
		      "2001<2000 clone(1200011) = 4321 exe=/sbin/init\n"
		      "2002<2001 execve() = 0 exe=/usr/bin/id\n");
	ck_assert_int_eq(world_proc(&w, 2001)->pidns, PIDNS_OTHER);
	ck_assert_int_eq(world_proc(&w, 2000)->pidns, PIDNS_HOST);
	ck_assert(world_proc(&w, 2002)->start_seen);
}
END_TEST

/* CLONE_THREAD: exit= is a thread's id, and no process comes of it. */
START_TEST(threads_are_no_processes)
{
	world_run(&w, "2000<1999 clone(3d0f00) = 2001\n"
		      "2000<1999 clone3(7ffe0000,58) = 2002\n"
		      "2000<1999 socket(2,1,0) = 3\n"
		      "2000<1999 exit(0) = ?\n"
		      "2000<1999 exit(0) = ?\n");
	ck_assert_uint_eq(world_count(&w, 2001), 0);
	ck_assert_uint_eq(world_count(&w, 2002), 0);
	ck_assert(!world_proc(&w, 2000)->ended);
}
END_TEST

/* A server that makes threads all day keeps no more than so many may-bes. */
START_TEST(threads_leave_nothing)
{
	char line[64];

	for (int i = 0; i < 500; i++) {
		snprintf(line, sizeof(line), "2000<1999 clone3(7ffe0000,58) = %d\n",
			 3000 + i);
		world_run(&w, line);
	}
	ck_assert_uint_le(world_proc(&w, 2000)->nforks, 32);
	world_run(&w, "2000<1999 clone(1200011) = 4000\n"
		      "4000<2000 execve() = 0 exe=/usr/bin/id\n");
	ck_assert_uint_eq(world_proc(&w, 4000)->started.serial, 601);
}
END_TEST

START_TEST(exit_of_the_only_thread)
{
	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 execve() = 0 exe=/tmp/tiny\n"
		      "2001<2000 exit(7) = ? exe=/tmp/tiny\n");
	ck_assert(world_nth(&w, 2001, 0)->ended);
	ck_assert_int_eq(world_nth(&w, 2001, 0)->exit_code, 7);
}
END_TEST

/* A thread that is not the leader runs execve: the records say the leader's
 * pid, the other threads are gone. */
START_TEST(exec_by_a_thread)
{
	const struct proc *proc;

	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 clone3(7ffe0000,58) = 2002\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id\n");
	proc = world_proc(&w, 2001);
	ck_assert_str_eq(proc->image->exe, "/usr/bin/id");
	ck_assert(!proc->made_thread);
	ck_assert_uint_eq(world_count(&w, 2001) + world_count(&w, 2002), 1);
	world_run(&w, "2001<2000 exit(0) = ? exe=/usr/bin/id\n");
	ck_assert(proc->ended);
}
END_TEST

/* Another thread's call is cut off by exit_group and recorded behind it. */
START_TEST(record_after_the_end)
{
	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 clone3(7ffe0000,58) = 2002\n"
		      "2001<2000 exit_group(3) = ?\n"
		      "2001<2000 accept(3) = ? @0\n");
	ck_assert_uint_eq(world_count(&w, 2001), 1);
	ck_assert_ptr_null(state_find(w.state, "", 2001));
	ck_assert_int_eq(world_nth(&w, 2001, 0)->exit_code, 3);
}
END_TEST

/* An exit is recorded before the children have another parent. */
START_TEST(parent_has_just_ended)
{
	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 clone(1200011) = 2002\n"
		      "2001<2000 exit_group(0) = ?\n"
		      "2002<2001 execve() = 0 exe=/usr/bin/id\n");
	ck_assert_uint_eq(world_count(&w, 2001), 1);
	ck_assert_ptr_eq(world_proc(&w, 2002)->parent, world_nth(&w, 2001, 0));
}
END_TEST

/* ---- pid reuse ---- */

START_TEST(reuse_after_exit)
{
	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id\n"
		      "2001<2000 exit_group(0) = ? exe=/usr/bin/id\n"
		      "2000<1999 clone(1200011) = 2001 @0\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/wc\n");
	ck_assert_uint_eq(world_count(&w, 2001), 2);
	ck_assert(world_nth(&w, 2001, 0)->ended);
	ck_assert_str_ne(world_nth(&w, 2001, 0)->uid, world_nth(&w, 2001, 1)->uid);
	ck_assert_str_eq(world_proc(&w, 2001)->image->exe, "/usr/bin/wc");
	ck_assert_str_eq(world_proc(&w, 2001)->image->older->exe, "/usr/bin/bash");
}
END_TEST

/* Killed by a signal: nothing says that it ended. */
START_TEST(reuse_without_exit)
{
	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id\n"
		      "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id\n");
	ck_assert_uint_eq(world_count(&w, 2001), 2);
	ck_assert(world_nth(&w, 2001, 0)->ended);
	ck_assert(!world_nth(&w, 2001, 0)->has_exit);
	ck_assert_uint_eq(world_proc(&w, 2001)->started.serial, 103);
}
END_TEST

/* The same, and the new process speaks before the clone that made it. */
START_TEST(reuse_without_exit_child_first)
{
	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id ses=5\n"
		      "3000<1999 getppid() = 1999 exe=/usr/sbin/cron\n"
		      "3000<1999 getppid() = 1999 exe=/usr/sbin/cron @5000\n"
		      "2001<3000 execve() = 0 exe=/usr/bin/wc @0\n"
		      "3000<1999 vfork() = 2001 exe=/usr/sbin/cron @0\n"
		      "2001<3000 close(3) = 0 exe=/usr/bin/wc\n");
	ck_assert_uint_eq(world_count(&w, 2001), 2);
	ck_assert_int_eq(parent_pid(world_proc(&w, 2001)), 3000);
	ck_assert(world_proc(&w, 2001)->start_seen);
}
END_TEST

/* Rules for execve alone: a parent that is younger cannot have adopted it. */
START_TEST(reuse_told_by_a_younger_parent)
{
	world_run(&w, "2001<1999 execve() = 0 exe=/usr/bin/id\n"
		      "1999<1 clone(1200011) = 5000 @60000\n"
		      "5000<1999 execve() = 0 exe=/usr/bin/make\n"
		      "2001<5000 execve() = 0 exe=/usr/bin/cc\n");
	ck_assert_uint_eq(world_count(&w, 2001), 2);
	ck_assert_int_eq(parent_pid(world_proc(&w, 2001)), 5000);
}
END_TEST

START_TEST(reuse_told_by_the_session)
{
	world_run(&w, "2001<1999 execve() = 0 exe=/usr/bin/id ses=5 auid=1000\n"
		      "2001<1 execve() = 0 exe=/usr/sbin/cron ses=4294967295 "
		      "auid=4294967295\n");
	ck_assert_uint_eq(world_count(&w, 2001), 2);
}
END_TEST

/* ---- orphans ---- */

START_TEST(orphan_goes_to_init)
{
	const struct proc *child;

	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/sleep\n"
		      "2000<1999 exit_group(0) = ?\n"
		      "2001<1 close(3) = 0 exe=/usr/bin/sleep\n");
	child = world_proc(&w, 2001);
	ck_assert_uint_eq(world_count(&w, 2001), 1);
	ck_assert_int_eq(child->ppid, 1);
	ck_assert_int_eq(parent_pid(child), 2000);
}
END_TEST

START_TEST(orphan_goes_to_a_subreaper)
{
	world_run(&w, "1000<1 clone(1200011) = 2000 exe=/usr/bin/conmon\n"
		      "2000<1000 clone(1200011) = 2001\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/sleep\n"
		      "2000<1000 exit_group(0) = ?\n"
		      "2001<1000 execve() = 0 exe=/usr/bin/id\n");
	ck_assert_uint_eq(world_count(&w, 2001), 1);
	ck_assert_int_eq(parent_pid(world_proc(&w, 2001)), 2000);
	ck_assert_int_eq(world_proc(&w, 2001)->ppid, 1000);
}
END_TEST

/* The second child first speaks when its parent is gone. */
START_TEST(double_fork)
{
	static const char *const heirs[] = { "1", "1000" };
	const struct proc *daemon;
	char line[64];

	world_run(&w, "1000<1 clone(1200011) = 2000 exe=/usr/bin/systemd\n"
		      "2000<1000 clone(1200011) = 2001\n"
		      "2001<2000 openat(ffffff9c,1,2) = 3 path=/dev/null\n"
		      "2001<2000 clone(1200011) = 2002\n"
		      "2001<2000 exit_group(0) = ?\n");
	snprintf(line, sizeof(line), "2002<%s execve() = 0 exe=/usr/sbin/daemon\n",
		 heirs[_i]);
	world_run(&w, line);
	daemon = world_proc(&w, 2002);
	ck_assert_int_eq(parent_pid(daemon), 2001);
	ck_assert(daemon->start_seen);
	ck_assert_ptr_nonnull(fdtab_get(daemon->fds, 3));
	ck_assert_uint_eq(world_count(&w, 2001), 1);
}
END_TEST

/* The same where the one between was killed: no exit is recorded. */
START_TEST(double_fork_without_exit)
{
	world_run(&w, "2000<1000 clone(1200011) = 2001\n"
		      "2001<2000 clone(1200011) = 2002\n"
		      "2002<2001 clone(1200011) = 2003\n"
		      "2003<2002 execve() = 0 exe=/usr/bin/id\n"
		      "2002<2001 clone(1200011) = 2004\n"
		      "2004<1 execve() = 0 exe=/usr/sbin/daemon\n");
	ck_assert_int_eq(parent_pid(world_proc(&w, 2004)), 2002);
}
END_TEST

/* Each ends when it has forked: the line of the ended does not grow. */
START_TEST(endless_line_is_cut)
{
	const struct proc *up;
	struct proc *changed;
	uint32_t first_new;
	char line[256];
	int n = 0;

	for (int i = 2000; i < 2400; i++) {
		snprintf(line, sizeof(line),
			 "%d<%d clone(1200011) = %d\n%d<%d exit_group(0) = ?\n", i, i - 1,
			 i + 1, i, i - 1);
		world_run(&w, line);
		while ((changed = state_next_changed(w.state, &first_new)))
			proc_unref(&changed);
	}
	world_run(&w, "2400<2399 close(3) = 0\n");
	for (up = world_proc(&w, 2400); up->parent; up = up->parent)
		n++;
	ck_assert_int_ge(n, LIMIT_LINE);
	ck_assert_int_le(n, 2 * LIMIT_LINE);
	ck_assert_uint_gt(state_memory(w.state)->lost[LOSS_LINES], 0);
}
END_TEST

/* An endless chain of execs loses nothing that the store has not heard of. */
START_TEST(untold_images_stay)
{
	const struct image *image;
	uint32_t n = 0;

	world_run(&w, "2000<1999 clone(1200011) = 2001\n");
	for (int i = 0; i < 3 * LIMIT_IMAGES; i++)
		world_run(&w, "2001<2000 execve() = 0 exe=/bin/a\n");
	for (image = world_proc(&w, 2001)->image; image; image = image->older)
		n++;
	ck_assert_uint_ge(n, LIMIT_IMAGES);
}
END_TEST

/* ---- images ---- */

START_TEST(failed_exec_makes_no_image)
{
	const struct proc *proc;

	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 execve() = -2 path=/usr/local/bin/id\n"
		      "2001<2000 execve() = -2 path=/usr/sbin/id\n"
		      "2001<2000 execve() = -13 path=/root/id\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id\n");
	proc = world_proc(&w, 2001);
	ck_assert_uint_eq(proc->image->seq - proc->first_seq, 1);
	ck_assert_str_eq(proc->image->older->exe, "/usr/bin/bash");
	ck_assert_uint_eq(world_count(&w, 2001), 1);
}
END_TEST

START_TEST(many_images_in_one_process)
{
	static const char *const order[] = { "/usr/bin/id", "/usr/bin/nohup",
					     "/usr/bin/env", "/usr/bin/bash" };
	const struct image *image;

	world_run(&w, "2000<1999 clone(1200011) = 2001\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/env\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/nohup\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id\n");
	image = world_proc(&w, 2001)->image;
	for (size_t i = 0; i < 4; i++, image = image->older)
		ck_assert_str_eq(image->exe, order[i]);
	ck_assert_uint_eq(world_count(&w, 2001), 1);
}
END_TEST

START_TEST(endless_execs)
{
	for (int i = 0; i < 3 * LIMIT_IMAGES; i++)
		world_run(&w, "2001<2000 execve() = 0 exe=/usr/bin/env\n");
	for (const struct image *image = world_proc(&w, 2001)->image; image;
	     image = image->older)
		w.ms++;
	ck_assert_uint_eq(world_proc(&w, 2001)->image->seq, 3 * LIMIT_IMAGES);
	ck_assert_uint_le(w.ms, 1700000000000 + 4 * LIMIT_IMAGES);
}
END_TEST

/* What a child inherits is what its parent ran when it forked. */
START_TEST(child_of_the_image_before)
{
	world_run(&w, "2000<1999 execve() = 0 exe=/usr/bin/bash\n"
		      "2000<1999 clone(1200011) = 2001\n"
		      "2000<1999 execve() = 0 exe=/usr/bin/sleep\n"
		      "2001<2000 close(3) = 0 exe=/usr/bin/bash\n");
	ck_assert_str_eq(world_proc(&w, 2001)->image->exe, "/usr/bin/bash");
	ck_assert_str_eq(world_proc(&w, 2000)->image->exe, "/usr/bin/sleep");
}
END_TEST

/* ---- who was never seen ---- */

START_TEST(parent_never_seen)
{
	const struct proc *parent;

	world_run(&w, "2001<2000 execve() = 0 exe=/usr/bin/id\n");
	parent = world_proc(&w, 2000);
	ck_assert(!parent->observed);
	ck_assert_ptr_null(parent->image->exe);
	ck_assert_ptr_null(parent->parent);
	world_run(&w, "2000<1500 close(3) = 0 exe=/usr/sbin/sshd\n");
	ck_assert_ptr_eq(parent, world_proc(&w, 2000));
	ck_assert(parent->observed);
	ck_assert_str_eq(parent->image->exe, "/usr/sbin/sshd");
	ck_assert_int_eq(parent_pid(parent), 1500);
}
END_TEST

/* A subshell that does nothing but fork: its child speaks first. */
START_TEST(parent_has_not_spoken_yet)
{
	const struct proc *child;

	world_run(&w, "2000<1999 pipe() = 0 fds=3,4\n"
		      "2000<1999 clone(1200011) = 2001\n"
		      "2002<2001 execve() = 0 exe=/usr/bin/id\n"
		      "2001<2000 clone(1200011) = 2002 @0\n");
	child = world_proc(&w, 2002);
	ck_assert_int_eq(parent_pid(child), 2001);
	ck_assert_int_eq(parent_pid(child->parent), 2000);
	ck_assert(child->parent->start_seen);
	ck_assert_ptr_nonnull(fdtab_get(child->fds, 3));
	ck_assert_uint_eq(world_count(&w, 2001), 1);
}
END_TEST

START_TEST(init_has_no_parent)
{
	world_run(&w, "1<0 clone(1200011) = 500 exe=/usr/lib/systemd/systemd\n"
		      "500<1 execve() = 0 exe=/usr/sbin/cron\n");
	ck_assert_ptr_null(world_proc(&w, 1)->parent);
	ck_assert_ptr_null(state_find(w.state, "", 0));
}
END_TEST

START_TEST(its_own_parent)
{
	world_run(&w, "2000<2000 execve() = 0 exe=/usr/bin/id\n"
		      "2001<2002 close(3) = 0\n"
		      "2002<2001 close(3) = 0\n");
	ck_assert_ptr_null(world_proc(&w, 2000)->parent);
	ck_assert(!proc_descends(world_proc(&w, 2002), world_proc(&w, 2001)) ||
		  !proc_descends(world_proc(&w, 2001), world_proc(&w, 2002)));
}
END_TEST

START_TEST(credentials_at_each_step)
{
	world_run(
		&w,
		"2001<2000 execve() = 0 exe=/usr/bin/sudo uid=1000 auid=1000 ses=9\n"
		"2001<2000 execve() = 0 exe=/usr/bin/id uid=0 auid=1000 ses=9 tty=pts0\n");
	ck_assert_uint_eq(world_proc(&w, 2001)->image->cred.uid, 0);
	ck_assert_uint_eq(world_proc(&w, 2001)->image->cred.auid, 1000);
	ck_assert_uint_eq(world_proc(&w, 2001)->image->cred.ses, 9);
	ck_assert_str_eq(world_proc(&w, 2001)->image->tty, "pts0");
	ck_assert_uint_eq(world_proc(&w, 2001)->image->older->cred.uid, 1000);
}
END_TEST

START_TEST(hosts_are_apart)
{
	world_run(&w, "2000<1 clone(1200011) = 2001 node=a\n"
		      "2000<1 clone(1200011) = 2001 node=b\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id node=a\n");
	ck_assert_ptr_null(state_find(w.state, "", 2000));
	ck_assert_ptr_null(state_find(w.state, "b", 2001));
	ck_assert_ptr_eq(state_find(w.state, "a", 2001)->parent,
			 state_find(w.state, "a", 2000));
	ck_assert_str_ne(state_find(w.state, "a", 2000)->uid,
			 state_find(w.state, "b", 2000)->uid);
}
END_TEST

/* The same log gives the same names. */
START_TEST(uids_are_stable)
{
	static const char lines[] = "2000<1 clone(1200011) = 2001\n"
				    "2001<2000 execve() = 0 exe=/usr/bin/id\n";
	struct world again;

	world_init(&again);
	world_run(&w, lines);
	world_run(&again, lines);
	for (int64_t pid = 2000; pid <= 2001; pid++)
		ck_assert_str_eq(world_proc(&w, pid)->uid, world_proc(&again, pid)->uid);
	world_fini(&again);
}
END_TEST

Suite *suite_proc(void);

Suite *suite_proc(void)
{
	Suite *suite = suite_create("proc");
	TCase *tc = tcase_create("proc");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, child_follows_fork);
	tcase_add_loop_test(tc, child_before_fork, 0, 4);
	tcase_add_loop_test(tc, killed_while_executing, 0, 2);
	tcase_add_test(tc, child_ends_before_fork);
	tcase_add_test(tc, child_ends_before_fork_in_time);
	tcase_add_test(tc, numbers_of_a_namespace);
	tcase_add_test(tc, numbers_of_a_namespace_name_nobody);
	tcase_add_test(tc, numbers_of_an_old_namespace);
	tcase_add_test(tc, namespace_that_nobody_announced);
	tcase_add_test(tc, vfork_in_a_namespace);
	tcase_add_loop_test(tc, namespace_by_call, 0, 4);
	tcase_add_test(tc, threads_are_no_processes);
	tcase_add_test(tc, threads_leave_nothing);
	tcase_add_test(tc, exit_of_the_only_thread);
	tcase_add_test(tc, exec_by_a_thread);
	tcase_add_test(tc, record_after_the_end);
	tcase_add_test(tc, parent_has_just_ended);
	tcase_add_test(tc, reuse_after_exit);
	tcase_add_test(tc, reuse_without_exit);
	tcase_add_test(tc, reuse_without_exit_child_first);
	tcase_add_test(tc, reuse_told_by_a_younger_parent);
	tcase_add_test(tc, reuse_told_by_the_session);
	tcase_add_test(tc, orphan_goes_to_init);
	tcase_add_test(tc, orphan_goes_to_a_subreaper);
	tcase_add_loop_test(tc, double_fork, 0, 2);
	tcase_add_test(tc, double_fork_without_exit);
	tcase_add_test(tc, endless_line_is_cut);
	tcase_add_test(tc, untold_images_stay);
	tcase_add_test(tc, failed_exec_makes_no_image);
	tcase_add_test(tc, many_images_in_one_process);
	tcase_add_test(tc, endless_execs);
	tcase_add_test(tc, child_of_the_image_before);
	tcase_add_test(tc, parent_never_seen);
	tcase_add_test(tc, parent_has_not_spoken_yet);
	tcase_add_test(tc, init_has_no_parent);
	tcase_add_test(tc, its_own_parent);
	tcase_add_test(tc, credentials_at_each_step);
	tcase_add_test(tc, hosts_are_apart);
	tcase_add_test(tc, uids_are_stable);
	suite_add_tcase(suite, tc);
	return suite;
}
