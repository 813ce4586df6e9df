/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/interp.h"

#include <check.h>

#include "base/compiler.h"

#define ID " msg=audit(1795307651.399:1559062): "

static const struct {
	const char *line, *words; /* NULL: not for libauparse */
} cases[] = {
	{ "type=SYSCALL" ID
	  "arch=c000003e syscall=2 success=no exit=-13 a0=5555 a1=10800 a2=0 "
	  "a3=0 items=1 ppid=1 pid=2 auid=4294967295 uid=1 comm=\"x\" key=(null)",
	  "SYSCALL arch=x86_64 syscall=open success=no exit=EACCES(Permission denied) a0=0x5555 "
	  "a1=O_RDONLY|O_NONBLOCK|O_DIRECTORY a2=0x0 a3=0x0 items=1 ppid=1 pid=2 auid=unset "
	  "uid=1 comm=x key=(null)" },
	{ "type=SOCKADDR" ID "saddr=0200115C7F0000010000000000000000",
	  "SOCKADDR saddr={ saddr_fam=inet laddr=127.0.0.1 lport=4444 }" },
	{ "type=CWD" ID "cwd=2F610A62", "CWD cwd=/a\\012b" },
	{ "type=PATH" ID "item=0 ouid=1\x1dOUID=\"alice\"", "PATH item=0 ouid=alice" },
	{ "node=n type=PATH" ID "item=0 ouid=1", "PATH item=0 ouid=1" },
	{ "type=USER_LOGIN" ID "pid=1 uid=0 msg='op=login acct=\"root\" res=failed'",
	  "USER_LOGIN pid=1 uid=0 op=login acct=root res=failed" },
	{ "type=MMAP" ID "fd=3 flags=0x812",
	  "MMAP fd=3 flags=MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE" },
	{ "hello", NULL },
	{ "type=NO_SUCH_TYPE" ID "a=b", NULL },
	{ "type=PROCTITLE" ID "proctitle=(null)62617363", NULL },
	{ "type=PROCTITLE" ID "proctitle=0062617368", NULL },
	{ "type=USER" ID "no fields", NULL },
	{ "type=USER" ID "a=\x1b[31m", NULL },
	{ "type=SOCKADDR" ID "saddr=0200", NULL },
	{ "type=SOCKADDR" ID "saddr=02", NULL },
	{ "type=CWD" ID "cwd=2F610", NULL },
};

START_TEST(words)
{
	struct strbuf out;
	bool done;

	strbuf_init(&out);
	done = interp_record(slice_str(cases[_i].line), &out);
	ck_assert_msg(done == (cases[_i].words != NULL), "%s: %s", cases[_i].line,
		      strbuf_str(&out));
	ck_assert_str_eq(strbuf_str(&out), cases[_i].words ? cases[_i].words : "");
	strbuf_fini(&out);
}
END_TEST

Suite *suite_interp(void);

Suite *suite_interp(void)
{
	Suite *suite = suite_create("interp");
	TCase *tc = tcase_create("interp");

	tcase_add_loop_test(tc, words, 0, ARRAY_SIZE(cases));
	suite_add_tcase(suite, tc);
	return suite;
}
