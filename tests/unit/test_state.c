/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several boots and several hosts in one log, and calls of other arches. */
#include "state/state.h"

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

/* ---- reboots ---- */

#define DAEMON_START(serial)                                                          \
	"type=DAEMON_START msg=audit(1700000100.000:" serial "): op=start ver=3.0.9 " \
	"format=raw kernel=6.1.0 auid=4294967295 pid=700 uid=0 ses=4294967295 "       \
	"subj=unconfined res=success\n"
#define SYSTEM_BOOT(serial)                                                          \
	"type=SYSTEM_BOOT msg=audit(1700000100.000:" serial "): pid=710 uid=0 "      \
	"auid=4294967295 ses=4294967295 msg=' comm=\"systemd-update-utmp\" "         \
	"exe=\"/usr/lib/systemd/systemd-update-utmp\" hostname=? addr=? terminal=? " \
	"res=success'\n"
#define KERNEL(serial)                                                         \
	"type=KERNEL msg=audit(1700000100.000:" serial "): state=initialized " \
	"audit_enabled=0 res=1\n"

static const struct {
	const char *name;
	const char *before; /* the serial of the last event of the old boot */
	const char *between;
	const char *after; /* ... of the first event behind */
	uint32_t boot;
} cases[] = {
	{ "nothing happened", "100000", "", "100001", 0 },
	{ "auditd restarted", "100000", DAEMON_START("4711"), "100001", 0 },
	{ "auditd restarted, its serial is lower", "100000", DAEMON_START("17"), "100001",
	  0 },
	{ "auditd and the serial fell", "100000", DAEMON_START("4711"), "200", 1 },
	{ "the serial fell, nothing else", "100000", "", "200", 0 },
	{ "fell, but not far", "100000", DAEMON_START("4711"), "90000", 0 },
	{ "somebody sent SYSTEM_BOOT", "100000", SYSTEM_BOOT("100001"), "100002", 0 },
	{ "SYSTEM_BOOT with a low serial", "100000", SYSTEM_BOOT("5"), "6", 1 },
	{ "after a short boot", "2000", SYSTEM_BOOT("5"), "6", 1 },
	{ "after a short boot, auditd alone", "2000", DAEMON_START("9"), "6", 0 },
	{ "the kernel's own word", "2000", KERNEL("1"), "2", 1 },
	{ "all of them", "100000", DAEMON_START("4711") KERNEL("1") SYSTEM_BOOT("9"),
	  "10", 1 },
	{ "the kernel's word came late", "100000", SYSTEM_BOOT("9") KERNEL("1"), "10",
	  1 },
	{ "the counter wrapped", "4294967290", "", "3", 0 },
	{ "the counter wrapped and auditd restarted", "4294967290", DAEMON_START("9"),
	  "3", 0 },
};

/* Is the process of the second event another one than that of the first? */
START_TEST(reboots)
{
	char line[128];

	snprintf(line, sizeof(line), "2000<1 execve() = 0 #%s\n", cases[_i].before);
	world_run(&w, line);
	world_records(&w, cases[_i].between);
	snprintf(line, sizeof(line), "2000<1 close(3) = 0 #%s\n", cases[_i].after);
	world_run(&w, line);
	ck_assert_msg(world_proc(&w, 2000)->boot == cases[_i].boot, "%s: boot %u",
		      cases[_i].name, world_proc(&w, 2000)->boot);
	ck_assert_msg(world_count(&w, 2000) == cases[_i].boot + 1, "%s", cases[_i].name);
	if (cases[_i].boot)
		ck_assert(world_nth(&w, 2000, 0)->ended);
}
END_TEST

/* A log that begins with a boot has only that one. */
START_TEST(first_boot)
{
	world_records(&w, KERNEL("1") SYSTEM_BOOT("5"));
	world_run(&w, "2000<1 execve() = 0 #10\n");
	ck_assert_uint_eq(world_proc(&w, 2000)->boot, 0);
}
END_TEST

/* The clock fell by a year, and rose by one: the serial went on. */
START_TEST(clock_was_set)
{
	world_run(&w, "2000<1 execve() = 0\n");
	w.ms -= UINT64_C(31536000000);
	world_run(&w, "2000<1 close(3) = 0\n");
	w.ms += UINT64_C(63072000000);
	world_run(&w, "2000<1 close(3) = 0\n");
	ck_assert_uint_eq(world_count(&w, 2000), 1);
}
END_TEST

START_TEST(reboot_of_one_host)
{
	world_run(&w, "2000<1 execve() = 0 node=a #100000\n"
		      "2000<1 execve() = 0 node=b #100000\n");
	world_records(&w, "node=a " SYSTEM_BOOT("5"));
	world_run(&w, "2000<1 execve() = 0 node=b #100001\n");
	ck_assert_ptr_null(state_find(w.state, "a", 2000));
	ck_assert_uint_eq(state_find(w.state, "b", 2000)->boot, 0);
	world_run(&w, "2000<1 execve() = 0 node=a #6\n");
	ck_assert_uint_eq(state_find(w.state, "a", 2000)->boot, 1);
}
END_TEST

START_TEST(uid_tells_boots_apart)
{
	char uid[PROC_UID_HEX + 1];

	world_run(&w, "2000<1 execve() = 0 #100000\n");
	memcpy(uid, world_proc(&w, 2000)->uid, sizeof(uid));
	world_records(&w, SYSTEM_BOOT("5"));
	w.ms--; /* the very same stamp */
	world_run(&w, "2000<1 execve() = 0 #100000 @1\n");
	ck_assert_str_ne(world_proc(&w, 2000)->uid, uid);
}
END_TEST

/* ---- hosts ---- */

static const struct channel *channel_at(const char *node, int fd)
{
	return fdobj_channel(fdtab_get(state_find(w.state, node, 2000)->fds, fd)->obj);
}

/* Terminal 0 of one host is not that of another. */
START_TEST(terminals_of_hosts)
{
	const struct channel *a, *b;

	world_run(&w,
		  "2000<1 openat(ffffff9c,1,2) = 3 path=/dev/pts/0 mode=020620 node=a\n"
		  "2000<1 openat(ffffff9c,1,2) = 3 path=/dev/pts/0 mode=020620 node=b\n"
		  "2000<1 openat(ffffff9c,1,2) = 4 path=/tmp/f mode=010600 node=a\n"
		  "2000<1 openat(ffffff9c,1,2) = 4 path=/tmp/f mode=010600 node=b\n");
	for (int fd = 3; fd <= 4; fd++) {
		a = channel_at("a", fd);
		b = channel_at("b", fd);
		ck_assert_ptr_nonnull(a);
		ck_assert_ptr_ne(a, b);
		ck_assert_uint_eq(a->nends, 1);
	}
}
END_TEST

/* ---- other arches ---- */

static const struct {
	const char *name, *lines, *fd3;
} arches[] = {
	{ "i386 socketcall is undone by the reader",
	  "2000<1 socket(2,1,0) = 3 arch=40000003 nr=359\n", "socket fresh" },
	{ "aarch64", "2000<1 socket(2,1,0) = 3 arch=c00000b7 nr=198\n", "socket fresh" },
	{ "s390x", "2000<1 socket(2,1,0) = 3 arch=80000016 nr=359\n", "socket fresh" },
	{ "s390x has big-endian addresses",
	  "2000<1 socket(2,1,0) = 3 arch=80000016 nr=359\n"
	  "2000<1 connect(3,1,10) = 0 arch=80000016 nr=362 sa=00020050CB0071090000000000000000\n",
	  "socket 203.0.113.9:80 connected" },
	{ "i386 negative numbers",
	  "2000<1 fcntl(ffffffff,0,0) = -9 arch=40000003 nr=55\n", "none" },
};

START_TEST(other_arches)
{
	char out[128];

	world_run(&w, arches[_i].lines);
	ck_assert_msg(strcmp(world_fd(&w, 2000, 3, out), arches[_i].fd3) == 0, "%s: %s",
		      arches[_i].name, out);
}
END_TEST

/* s390's clone has its flags behind the stack. */
START_TEST(clone_of_s390)
{
	world_run(&w, "2000<1 clone(3ff80000000,3d0f00) = 2001 arch=80000016 nr=120\n"
		      "2000<1 clone(0,1200011) = 2002 arch=80000016 nr=120\n");
	ck_assert_uint_eq(world_proc(&w, 2000)->nforks, 1);
	ck_assert(world_proc(&w, 2000)->made_thread);
}
END_TEST

/* Records that name no process leave the world as it is. */
START_TEST(records_without_a_process)
{
	world_records(&w, "type=USER_LOGIN msg=audit(1700000100.000:7): pid=1 uid=0 "
			  "auid=0 ses=1 msg='op=login id=0 exe=\"/usr/sbin/sshd\" "
			  "hostname=? addr=? terminal=? res=success'\n");
	ck_assert_int_eq(w.act.kind, ACT_OTHER);
	ck_assert_ptr_null(w.act.proc);
	ck_assert_uint_eq(w.nknown, 0);
}
END_TEST

Suite *suite_state(void);

Suite *suite_state(void)
{
	Suite *suite = suite_create("state");
	TCase *tc = tcase_create("state");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, reboots, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, first_boot);
	tcase_add_test(tc, clock_was_set);
	tcase_add_test(tc, reboot_of_one_host);
	tcase_add_test(tc, uid_tells_boots_apart);
	tcase_add_test(tc, terminals_of_hosts);
	tcase_add_loop_test(tc, other_arches, 0, ARRAY_SIZE(arches));
	tcase_add_test(tc, clone_of_s390);
	tcase_add_test(tc, records_without_a_process);
	suite_add_tcase(suite, tc);
	return suite;
}
