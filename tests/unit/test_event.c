/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/event.h"

#include <check.h>
#include <libaudit.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/assemble.h"
#include "audit/limits.h"
#include "audit/names.h"
#include "base/compiler.h"
#include "base/strbuf.h"

#define ID " msg=audit(1795307651.399:1559062): "
#define TITLE "type=PROCTITLE" ID "proctitle=2F62696E2F7368\n"
#define CALL(rest)                                                                  \
	"type=SYSCALL" ID "arch=c000003e " rest                                     \
	" ppid=31086 pid=31087 auid=4876 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 " \
	"sgid=0 fsgid=0 tty=(none) ses=1381 comm=\"sh\" exe=\"/usr/bin/dash\" "     \
	"key=(null)\n"

static struct assembler *assembler;

static void setup(void)
{
	assembler = assembler_new();
}

static void teardown(void)
{
	assembler_free(&assembler);
}

/* The one event of these lines. */
static struct event *event_of(const char *lines)
{
	struct event *event;

	while (*lines) {
		const char *end = strchrnul(lines, '\n');

		assembler_feed(assembler, slice_make(lines, (size_t)(end - lines)));
		lines = *end ? end + 1 : end;
	}
	assembler_flush(assembler);
	event = assembler_next(assembler);
	ck_assert_ptr_nonnull(event);
	return event;
}

#define ck_slice(got, want) \
	ck_assert_msg(slice_eq_str(got, want), "got %.*s, not %s", SLICE_FMT(got), want)

START_TEST(syscall_fields)
{
	const struct event *e = event_of(
		"type=SYSCALL" ID "arch=c000003e syscall=59 success=yes exit=-22 "
		"a0=7f1fc5c33390 a1=ffffffffffffff9c a2=0 a3=1b6 items=0 ppid=31086 "
		"pid=31087 auid=4876 uid=1 gid=2 euid=3 suid=4 fsuid=5 egid=6 sgid=7 "
		"fsgid=8 tty=pts0 ses=1381 comm=6120622F63 "
		"exe=2F746D702F78202864656C6574656429 key=\"exec\"\n" TITLE);
	const struct event_syscall *c = &e->syscall;

	ck_assert(e->has_syscall);
	ck_assert_int_eq(e->time, 1795307651399);
	ck_assert_uint_eq(e->serial, 1559062);
	ck_assert_uint_eq(c->arch, 0xc000003e);
	ck_assert_uint_eq(c->nr, 59);
	ck_assert_int_eq(c->call, CALL_EXECVE);
	ck_assert(c->success && c->has_exit);
	ck_assert_int_eq(c->exit, -22);
	ck_assert_uint_eq(c->a[0], 0x7f1fc5c33390);
	ck_assert_uint_eq(c->a[1], 0xffffffffffffff9c);
	ck_assert_uint_eq(c->a[3], 0x1b6);
	ck_assert_int_eq(c->ppid, 31086);
	ck_assert_int_eq(c->pid, 31087);
	ck_assert_uint_eq(c->auid, 4876);
	ck_assert_uint_eq(c->uid, 1);
	ck_assert_uint_eq(c->gid, 2);
	ck_assert_uint_eq(c->euid, 3);
	ck_assert_uint_eq(c->egid, 6);
	ck_assert_uint_eq(c->ses, 1381);
	ck_slice(c->tty, "pts0");
	ck_slice(c->comm, "a b/c");
	ck_slice(c->exe, "/tmp/x");
	ck_assert(c->exe_deleted);
	ck_assert(c->has_key);
	ck_assert_uint_eq(assembler_stats(assembler)->no_key, 0);
}
END_TEST

/* As some versions of auditd hand it to plugins. */
START_TEST(a_record_whose_end_was_cut_off)
{
	const struct event *e =
		event_of("type=SYSCALL" ID "arch=c000003e syscall=3 success=yes exit=0 "
			 "comm=\"sh\" exe=\"/usr/bin/d\n" TITLE);

	ck_assert(!e->syscall.has_key);
	ck_slice(e->syscall.exe, "/usr/bin/d");
	ck_assert_uint_eq(assembler_stats(assembler)->no_key, 1);
}
END_TEST

START_TEST(a_call_that_does_not_return)
{
	const struct event *e =
		event_of(CALL("syscall=231 a0=0 a1=0 a2=e7 a3=0 items=0") TITLE);

	ck_assert_int_eq(e->syscall.call, CALL_EXIT_GROUP);
	ck_assert(!e->syscall.has_exit && !e->syscall.success);
	ck_assert(!e->syscall.exe_deleted);
	ck_assert_uint_eq(e->missing, 0);
}
END_TEST

START_TEST(socketcall_is_what_it_stands_for)
{
	const struct event *e = event_of(
		"type=SYSCALL" ID "arch=40000003 syscall=102 success=yes exit=0 a0=3 "
		"a1=ffd0c4f0 a2=0 a3=0 items=0 ppid=1 pid=2\n"
		"type=SOCKETCALL" ID "nargs=3 a0=5 a1=ffd0c514 a2=10\n"
		"type=SOCKADDR" ID "saddr=0200115C7F0000010000000000000000\n" TITLE);

	ck_assert_int_eq(e->syscall.call, CALL_CONNECT);
	ck_assert_uint_eq(e->syscall.nr, 102);
	ck_assert_uint_eq(e->syscall.a[0], 5);
	ck_assert_uint_eq(e->syscall.a[2], 0x10);
}
END_TEST

START_TEST(socketcall_without_its_record_is_left)
{
	const struct event *e = event_of(
		"type=SYSCALL" ID "arch=40000003 syscall=102 success=yes exit=0 a0=3 "
		"a1=ffd0c4f0 a2=0 a3=0 items=0 ppid=1 pid=2\n" TITLE);

	ck_assert_int_eq(e->syscall.call, CALL_SOCKETCALL);
	ck_assert_uint_eq(e->syscall.a[0], 3);
}
END_TEST

START_TEST(paths_in_order_of_item)
{
	const struct event_path *p;
	const struct event *e = event_of(CALL(
		"syscall=59 success=no exit=-2 a0=0 a1=0 a2=0 a3=0 items=3") "type=PATH" ID
									     "item=2 name=(null) nametype=UNKNOWN\n"
									     "type=PATH" ID
									     "item=0 name=\"/usr/bin/timeout\" inode=248129 dev=fe:1a "
									     "mode=0100755 ouid=10 ogid=11 rdev=00:00 nametype=NORMAL cap_fp=0\n"
									     "type=PATH" ID
									     "item=1 name=2F6120 inode=1 dev=00:1b mode=040700 ouid=0 "
									     "ogid=0 rdev=00:00 nametype=CREATE\n" TITLE);

	ck_assert_uint_eq(event_paths(e, &p), 3);
	ck_slice(p[0].name, "/usr/bin/timeout");
	ck_assert_uint_eq(p[0].inode, 248129);
	ck_assert_uint_eq(p[0].dev_major, 0xfe);
	ck_assert_uint_eq(p[0].dev_minor, 0x1a);
	ck_assert_uint_eq(p[0].mode, 0100755);
	ck_assert_uint_eq(p[0].ouid, 10);
	ck_assert_uint_eq(p[0].ogid, 11);
	ck_assert_int_eq(p[0].type, PATH_NORMAL);
	ck_slice(p[1].name, "/a ");
	ck_assert_int_eq(p[1].type, PATH_CREATE);
	ck_assert(p[1].has_name && !p[2].has_name);
	ck_assert_uint_eq(p[2].name.len, 0);
	ck_assert_uint_eq(p[2].inode, 0);
	ck_assert_int_eq(p[2].type, PATH_UNKNOWN);
	ck_assert_uint_eq(e->missing, 0);
}
END_TEST

START_TEST(other_records)
{
	int64_t fds[2], fd;
	uint64_t flags;
	struct slice addr, keys[4];
	const struct event *e = event_of(
		"type=SYSCALL" ID "arch=c000003e syscall=9 success=yes exit=0 a0=0 a1=0 "
		"a2=0 a3=0 items=0 ppid=1 pid=2 key=657865630166696C6501\x1d"
		"ARCH=x86_64 SYSCALL=mmap AUID=\"unset\" UID=6120622063\n"
		"type=MMAP" ID "fd=3 flags=0x812\n"
		"type=FD_PAIR" ID "fd0=3 fd1=-4\n"
		"type=SOCKADDR" ID "saddr=0100\n"
		"type=CWD" ID "cwd=2F6120\n" TITLE);

	ck_assert(event_fd_pair(e, fds));
	ck_assert_int_eq(fds[0], 3);
	ck_assert_int_eq(fds[1], -4);
	ck_assert(event_mmap(e, &fd, &flags));
	ck_assert_int_eq(fd, 3);
	ck_assert_uint_eq(flags, 0x812);
	ck_assert(event_sockaddr(e, &addr));
	ck_assert(slice_eq(addr, SLICE_LIT("\1\0")));
	ck_slice(event_cwd(e), "/a ");
	ck_assert_uint_eq(event_keys(e, keys, ARRAY_SIZE(keys)), 2);
	ck_slice(keys[0], "exec");
	ck_slice(keys[1], "file");
	ck_assert_uint_eq(event_field(e, AUDIT_SYSCALL, "AUID").len, 0);
}
END_TEST

START_TEST(what_is_absent_or_broken)
{
	int64_t fds[2], fd;
	uint64_t flags;
	struct slice addr;
	struct event_argv argv;
	const struct event_path *paths;
	const struct event *e = event_of(CALL(
		"syscall=42 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0") "type=MMAP" ID
									     "fd=3 flags=0xx\n"
									     "type=FD_PAIR" ID
									     "fd0=3\n"
									     "type=SOCKADDR" ID
									     "saddr=010\n" TITLE);

	ck_assert(!event_fd_pair(e, fds));
	ck_assert(!event_mmap(e, &fd, &flags));
	ck_assert(!event_sockaddr(e, &addr));
	ck_assert(!event_argv(e, &argv));
	ck_assert_uint_eq(event_paths(e, &paths), 0);
	ck_assert_uint_eq(event_cwd(e).len, 0);
	ck_assert_ptr_null(event_record(e, AUDIT_EXECVE));
}
END_TEST

START_TEST(text_of_a_user_is_kept_apart)
{
	const struct event *e = event_of(
		"type=USER_LOGIN" ID "pid=12635 uid=0 auid=4294967295 ses=4294967295 "
		"msg='op=login acct=28696E76616C6964207573657229 uid=7 "
		"exe=\"/usr/sbin/sshd\" res=failed'\n");

	ck_assert(!e->has_syscall);
	ck_assert_int_eq(e->end, EVENT_COMPLETE);
	ck_slice(event_field(e, AUDIT_USER_LOGIN, "uid"), "0");
	ck_slice(event_inner(e, AUDIT_USER_LOGIN, "uid"), "7");
	ck_slice(event_inner(e, AUDIT_USER_LOGIN, "acct"), "(invalid user)");
	ck_slice(event_inner(e, AUDIT_USER_LOGIN, "exe"), "/usr/sbin/sshd");
	ck_assert_uint_eq(event_inner(e, AUDIT_USER_LOGIN, "pid").len, 0);
	ck_assert_uint_eq(event_field(e, AUDIT_USER_LOGIN, "acct").len, 0);
}
END_TEST

START_TEST(punctuation_of_old_user_space)
{
	const struct event *e = event_of(
		"type=USER_ACCT msg=audit(1170021601.340:294): user pid=13015 uid=0 "
		"auid=4294967295 msg='PAM: accounting acct=\"root\" : exe=\"/usr/sbin/crond\" "
		"(hostname=?, addr=?, terminal=cron res=success)'\n");

	ck_slice(event_inner(e, AUDIT_USER_ACCT, "acct"), "root");
	ck_slice(event_inner(e, AUDIT_USER_ACCT, "hostname"), "?");
	ck_slice(event_inner(e, AUDIT_USER_ACCT, "addr"), "?");
	ck_slice(event_inner(e, AUDIT_USER_ACCT, "res"), "success");
}
END_TEST

enum { ARGS_MAX = 8 };
#define EXEC "type=EXECVE" ID

static const struct {
	const char *lines;
	const char *args[ARGS_MAX];
	uint64_t total;
	bool cut;
} argvs[] = {
	{ EXEC "argc=3 a0=\"bash\" a1=\"-c\" a2=6120620A\n",
	  { "bash", "-c", "a b\n" },
	  3,
	  false },
	{ EXEC "argc=1 a0=\"\"\n", { "" }, 1, false },
	{ EXEC "argc=0\n", { NULL }, 0, false },
	{ EXEC "argc=2 a0=\"cat\" a1_len=12 a1[0]=616263 a1[1]=646566\n",
	  { "cat", "abcdef" },
	  2,
	  false },
	{ EXEC "argc=3 a0=\"cat\" a1_len=12 a1[0]=616263\n" EXEC "a1[1]=646566\n" EXEC
	       "a2=\"x\"\n",
	  { "cat", "abcdef", "x" },
	  3,
	  false },
	{ EXEC "argc=1 a0_len=6 a0[0]=\"abc\" a0[1]=\"def\"\n", { "abcdef" }, 1, false },
	/* A part is not there. */
	{ EXEC "argc=2 a0=\"cat\" a1_len=14 a1[0]=616263 a1[1]=646566\n",
	  { "cat", "abcdef" },
	  2,
	  true },
	/* Arguments are not there: at the end, in the middle. */
	{ EXEC "argc=3 a0=\"a\" a1=\"b\"\n", { "a", "b" }, 3, true },
	{ EXEC "argc=4 a0=\"a\" a3=\"d\"\n", { "a", "", "", "d" }, 4, true },
	/* More than argc, the same twice, and what is none. */
	{ EXEC "argc=1 a0=\"a\" a1=\"b\"\n", { "a", "b" }, 2, false },
	{ EXEC "argc=2 a0=\"a\" a0=\"z\" a1=\"b\"\n", { "a", "b" }, 2, false },
	{ EXEC "argc=1 a=1 ax=2 a0x=3 a1]=4 a[0]=5 a0=\"a\"\n", { "a" }, 1, false },
	{ EXEC "argc=99999999999999999999 a0=\"a\"\n", { "a" }, 1, false },
	{ EXEC "a99999999999=\"x\" a999999999=\"y\"\n", { NULL }, 0, true },
};

START_TEST(arguments)
{
	struct event_argv got;
	struct strbuf lines;
	uint32_t n = 0;

	strbuf_init(&lines);
	strbuf_add_str(&lines, argvs[_i].lines);
	strbuf_add_str(&lines, TITLE);
	ck_assert(event_argv(event_of(strbuf_str(&lines)), &got));
	while (n < ARGS_MAX && argvs[_i].args[n]) {
		ck_assert_msg(n < got.argc, "%s: %u arguments", argvs[_i].lines,
			      got.argc);
		ck_assert_msg(slice_eq_str(got.argv[n], argvs[_i].args[n]),
			      "%s: %u is %.*s", argvs[_i].lines, n,
			      SLICE_FMT(got.argv[n]));
		n++;
	}
	ck_assert_uint_eq(got.argc, n);
	ck_assert_uint_eq(got.total, argvs[_i].total);
	ck_assert_msg(got.cut == argvs[_i].cut, "%s: cut", argvs[_i].lines);
	strbuf_fini(&lines);
}
END_TEST

START_TEST(many_arguments_are_bounded)
{
	struct event_argv got;
	struct strbuf lines;

	strbuf_init(&lines);
	for (unsigned i = 0; i < 3000; i += 6) {
		strbuf_printf(&lines, EXEC "%s", i ? "" : "argc=3000");
		for (unsigned k = i; k < i + 6; k++)
			strbuf_printf(&lines, " a%u=\"%u\"", k, k);
		strbuf_add_char(&lines, '\n');
	}
	strbuf_add_str(&lines, TITLE);
	ck_assert(event_argv(event_of(strbuf_str(&lines)), &got));
	ck_assert_uint_eq(got.argc, LIMIT_ARGS_KEPT);
	ck_assert_uint_eq(got.total, 3000);
	ck_assert(got.cut);
	ck_slice(got.argv[LIMIT_ARGS_KEPT - 1], "1023");
	/* seq 1024 2999 | tr '\n' '\0' | sha256sum */
	ck_assert_str_eq(
		got.rest_sha256,
		"e64f424329d49356b68004a3597d05a5ca3ff20bcccc06b9779573780e906a6d");
	strbuf_fini(&lines);
}
END_TEST

/* Of what is not there nobody knows the digest. */
START_TEST(lost_arguments_have_no_digest)
{
	struct event_argv got;
	struct strbuf lines;

	strbuf_init(&lines);
	strbuf_add_str(&lines, EXEC "argc=3000");
	for (unsigned i = 0; i < 2000; i++)
		strbuf_printf(&lines, " a%u=\"%u\"", i, i);
	strbuf_add_str(&lines, "\n" TITLE);
	ck_assert(event_argv(event_of(strbuf_str(&lines)), &got));
	ck_assert_uint_eq(got.total, 3000);
	ck_assert(got.cut);
	ck_assert_ptr_null(got.rest_sha256);
	strbuf_fini(&lines);
}
END_TEST

START_TEST(long_arguments_are_bounded)
{
	struct event_argv got;
	struct strbuf lines;
	size_t size = 0;

	strbuf_init(&lines);
	strbuf_add_str(&lines, EXEC "argc=2 a0_len=200000");
	for (unsigned i = 0; i < 40; i++) {
		strbuf_printf(&lines, "%s a0[%u]=", i ? EXEC : "", i);
		for (unsigned k = 0; k < 5000; k++)
			strbuf_add_char(&lines, '6');
		strbuf_add_char(&lines, '\n');
	}
	strbuf_add_str(&lines, EXEC "a1=\"rest\"\n" TITLE);
	ck_assert(event_argv(event_of(strbuf_str(&lines)), &got));
	ck_assert_uint_eq(got.argc, 2);
	for (uint32_t i = 0; i < got.argc; i++)
		size += got.argv[i].len;
	ck_assert_uint_eq(size, LIMIT_ARGV_BYTES);
	ck_assert(got.cut);
	/* (printf %34464s | tr ' ' f; printf '\0rest\0') | sha256sum */
	ck_assert_str_eq(
		got.rest_sha256,
		"0937792dbf3f87c7159bbb11319deae6605e91c1b04ef60a6626c2ab675a2173");
	strbuf_fini(&lines);
}
END_TEST

static const struct {
	const char *lines;
	uint32_t missing;
} partial[] = {
	{ CALL("syscall=42 success=yes exit=0 items=0") TITLE, 0 },
	{ CALL("syscall=42 success=yes exit=0 items=0"), EVENT_NO_PROCTITLE },
	{ CALL("syscall=42 success=yes exit=0 items=0") "type=EOE" ID "\n", 0 },
	{ CALL("syscall=2 success=yes exit=0 items=1") TITLE, EVENT_NO_PATH },
	{ CALL("syscall=59 success=yes exit=0 items=0") TITLE, EVENT_NO_EXECVE },
	{ CALL("syscall=59 success=no exit=-2 items=0") TITLE, 0 },
	{ CALL("syscall=59 success=yes exit=0 items=0") EXEC "argc=2 a0=\"a\"\n" TITLE,
	  EVENT_NO_ARGS },
	{ CALL("syscall=59 success=yes exit=0 items=0") EXEC "argc=1 a0=\"a\"\n" TITLE,
	  0 },
	{ "type=PATH" ID "item=0 name=\"/\" nametype=NORMAL\n" TITLE, EVENT_NO_SYSCALL },
	{ "type=URINGOP" ID "uring_op=18 items=1\n"
	  "type=PATH" ID "item=0 name=\"/\" nametype=NORMAL\n",
	  0 },
	{ "type=AVC" ID "avc:  denied  { read } for  pid=1\n", 0 },
};

START_TEST(what_is_missing)
{
	const struct event *e = event_of(partial[_i].lines);
	const struct assembler_stats *s = assembler_stats(assembler);

	ck_assert_msg(e->missing == partial[_i].missing, "%s: %x", partial[_i].lines,
		      e->missing);
	ck_assert_uint_eq(s->incomplete, partial[_i].missing != 0);
	ck_assert_uint_eq(s->no_path, (partial[_i].missing & EVENT_NO_PATH) != 0);
	ck_assert_uint_eq(s->no_args, (partial[_i].missing & EVENT_NO_ARGS) != 0);
}
END_TEST

/* Records that speak of far more than they hold. */
static const char *const boasts[] = {
	"type=EXECVE" ID "argc=4294967295 a0=\"x\" a1_len=4294967295 a1[0]=41 "
	"a1[4294967295]=42 a4294967294=\"y\"\n",
	"type=EXECVE" ID "argc=18446744073709551615 a18446744073709551614=\"x\"\n",
	"type=EXECVE" ID "argc=1 a0_len=18446744073709551615 a0[0]=4141\n",
	CALL("syscall=59 success=yes exit=9223372036854775807 a0=0 items=4294967295") "type="
										      "PATH" ID
										      "item=4294967295 name=\"/x\" inode=18446744073709551615\n",
	"type=MMAP" ID "fd=2147483647 flags=0xffffffffffffffff\n",
	"type=FD_PAIR" ID "fd0=2147483647 fd1=9223372036854775807\n",
	"type=UNKNOWN[65535]" ID "argc=4294967295 items=4294967295\n",
};

/* Bytes that are allocated now. */
static size_t allocated(void)
{
#ifdef __SANITIZE_ADDRESS__
	extern size_t __sanitizer_get_current_allocated_bytes(void);

	return __sanitizer_get_current_allocated_bytes();
#else
	return mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
}

START_TEST(nothing_allocates_in_proportion_to_a_number_read)
{
	enum { ENOUGH = 256 << 10 };
	size_t before = allocated();
	const struct event *e = event_of(boasts[_i]);
	const struct event_path *paths;
	struct event_argv argv;
	int64_t fds[2], fd;
	uint64_t flags;

	ck_assert_uint_le(event_paths(e, &paths), LIMIT_PATHS);
	if (event_argv(e, &argv))
		ck_assert_uint_le(argv.argc, LIMIT_ARGS_KEPT);
	event_fd_pair(e, fds);
	event_mmap(e, &fd, &flags);
	ck_assert_uint_lt(allocated(), before + ENOUGH);
}
END_TEST

/*
 * What records of a task end with is remembered from one to the next: what
 * comes out must not depend on what came before. The second of each pair has
 * the place of the first, or nearly looks like it.
 */
#define BEGIN "arch=c000003e syscall=3 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=0 "
#define END                                                                        \
	"ppid=31086 pid=31087 auid=4876 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 " \
	"sgid=0 fsgid=0 tty=pts0 ses=1381 comm=6120622F63 exe=\"/usr/bin/dash\" "
static const char *const in_a_row[] = {
	BEGIN END "key=\"a\"",
	BEGIN END "key=\"a\"",
	BEGIN END "key=\"b\"",
	BEGIN END,
	BEGIN END "key=\"a\" items=7 a0=9 exit=5",
	BEGIN END "key=\"a\" success=no",
	"arch=c000003e syscall=231 a0=1 a1=2 a2=3 a3=4 items=0 " END "key=\"a\"",
	"arch=c000003e syscall=231 a0=1 a1=2 a2=3 a3=4 items=0 " END "exit=7 key=\"a\"",
	"arch=c000003e syscall=3 a0=1 a1=2 a2=3 items=0 " END "a3=8 key=\"a\"",
	"syscall=3 arch=c000003e " END "key=\"a\"",
	BEGIN "pid=5 " END "key=\"a\"",
	BEGIN "a0=6 " END "key=\"a\"",
	BEGIN END "key=\"a\" pid=5 uid=6",
	BEGIN "ppid=1",
	BEGIN "ppid=1 pid=2 comm=\"unclosed",
	BEGIN END "key=\"a\"",
};

static void call_to_text(const struct event *e, char *out, size_t size)
{
	const struct event_syscall *c = &e->syscall;

	snprintf(out, size,
		 "%x %u %d %d %d %lld %llx %llx %llx %llx %u %lld %lld %u %u %u %u %u %u "
		 "%.*s|%.*s|%.*s %d %d",
		 c->arch, c->nr, c->call, c->success, c->has_exit, (long long)c->exit,
		 (unsigned long long)c->a[0], (unsigned long long)c->a[1],
		 (unsigned long long)c->a[2], (unsigned long long)c->a[3], c->items,
		 (long long)c->pid, (long long)c->ppid, c->auid, c->uid, c->gid, c->euid,
		 c->egid, c->ses, SLICE_FMT(c->tty), SLICE_FMT(c->comm),
		 SLICE_FMT(c->exe), c->exe_deleted, c->has_key);
}

START_TEST(a_record_does_not_depend_on_the_one_before)
{
	char line[1024], alone[1024], after[1024];

	for (size_t i = 0; i < ARRAY_SIZE(in_a_row); i++) {
		struct assembler *fresh = assembler_new();
		struct assembler *used = assembler;

		snprintf(line, sizeof(line), "type=SYSCALL" ID "%s\n", in_a_row[i]);
		call_to_text(event_of(line), after, sizeof(after));
		assembler = fresh;
		call_to_text(event_of(line), alone, sizeof(alone));
		assembler = used;
		ck_assert_str_eq(after, alone);
		assembler_free(&fresh);
	}
}
END_TEST

Suite *suite_event(void);

Suite *suite_event(void)
{
	Suite *suite = suite_create("event");
	TCase *tc = tcase_create("event");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, syscall_fields);
	tcase_add_test(tc, a_record_whose_end_was_cut_off);
	tcase_add_test(tc, a_record_does_not_depend_on_the_one_before);
	tcase_add_test(tc, a_call_that_does_not_return);
	tcase_add_test(tc, socketcall_is_what_it_stands_for);
	tcase_add_test(tc, socketcall_without_its_record_is_left);
	tcase_add_test(tc, paths_in_order_of_item);
	tcase_add_test(tc, other_records);
	tcase_add_test(tc, what_is_absent_or_broken);
	tcase_add_test(tc, text_of_a_user_is_kept_apart);
	tcase_add_test(tc, punctuation_of_old_user_space);
	tcase_add_loop_test(tc, arguments, 0, ARRAY_SIZE(argvs));
	tcase_add_test(tc, many_arguments_are_bounded);
	tcase_add_test(tc, lost_arguments_have_no_digest);
	tcase_add_test(tc, long_arguments_are_bounded);
	tcase_add_loop_test(tc, nothing_allocates_in_proportion_to_a_number_read, 0,
			    ARRAY_SIZE(boasts));
	tcase_add_loop_test(tc, what_is_missing, 0, ARRAY_SIZE(partial));
	suite_add_tcase(suite, tc);
	return suite;
}
