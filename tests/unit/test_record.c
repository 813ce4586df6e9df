/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/record.h"

#include <check.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "audit/names.h"
#include "base/compiler.h"

static const struct {
	const char *line;
	uint16_t type;
	uint64_t sec;
	uint32_t msec, serial;
	const char *node, *body, *enriched;
} good[] = {
	{ "type=CWD msg=audit(1795303560.907:3): cwd=\"/\"", AUDIT_CWD, 1795303560, 907, 3,
	  "", "cwd=\"/\"", "" },
	{ "node=test type=EOE msg=audit(1521757638.392:262332):", AUDIT_EOE, 1521757638, 392,
	  262332, "test", "", "" },
	{ "type=EOE msg=audit(1521757638.392:262332): ", AUDIT_EOE, 1521757638, 392, 262332,
	  "", "", "" },
	{ "type=CWD msg=audit(1170021493.977:293):  cwd=\"/var\"", AUDIT_CWD, 1170021493, 977,
	  293, "", "cwd=\"/var\"", "" },
	{ "type=UNKNOWN[1329] msg=audit(1.2:4294967295): a=b", 1329, 1, 2, UINT32_MAX, "",
	  "a=b", "" },
	{ "type=1329 msg=audit(1.002:0): a=b", 1329, 1, 2, 0, "", "a=b", "" },
	{ "type=UNDER_SCORE msg=audit(1337845666.174:94984): pid=1", RECORD_TYPE_OTHER,
	  1337845666, 174, 94984, "", "pid=1", "" },
	{ "type=DAEMON_CONFIG msg=audit(1490239800.477:34) config changed, auid=0", 1203,
	  1490239800, 477, 34, "", "config changed, auid=0", "" },
	{ "type=PATH msg=audit(1.2:3): item=0 ouid=0\x1dOUID=\"root\" OGID=\"root\"",
	  AUDIT_PATH, 1, 2, 3, "", "item=0 ouid=0", "OUID=\"root\" OGID=\"root\"" },
	/* Forwarders that replace 0x1D. */
	{ "type=PATH msg=audit(1.2:3): item=0 ouid=0 OUID=\"root\" OGID=\"root\"", AUDIT_PATH,
	  1, 2, 3, "", "item=0 ouid=0", "OUID=\"root\" OGID=\"root\"" },
	{ "type=SOCKADDR msg=audit(1.2:3): saddr=0200 SADDR={ saddr_fam=inet lport=53 }",
	  AUDIT_SOCKADDR, 1, 2, 3, "", "saddr=0200",
	  "SADDR={ saddr_fam=inet lport=53 }" },
	{ "type=SYSCALL msg=audit(1.2:3): arch=c000003e a=b ARCH=x86_64 AUID=\"unset\"",
	  AUDIT_SYSCALL, 1, 2, 3, "", "arch=c000003e a=b", "ARCH=x86_64 AUID=\"unset\"" },
	/* Upper case in the middle is no enriched part. */
	{ "type=KERNEL msg=audit(1.2:3): A=b c=d", AUDIT_KERNEL, 1, 2, 3, "", "A=b c=d", "" },
	/* A mark inside of text that a user sent. */
	{ "type=USER msg=audit(1.2:3): pid=1 msg='x' \x1d UID=\"root\"'", AUDIT_USER, 1, 2, 3,
	  "", "pid=1 msg='x' \x1d UID=\"root\"'", "" },
	{ "type=USER msg=audit(1.2:3): pid=1 msg='x\x1dUID=\"root\"'\x1dUID=\"daemon\"",
	  AUDIT_USER, 1, 2, 3, "", "pid=1 msg='x\x1dUID=\"root\"'", "UID=\"daemon\"" },
	{ "type=LANDLOCK_DOMAIN msg=audit(1.2:3): a=b", 1424, 1, 2, 3, "", "a=b", "" },
};

static const char *const bad[] = {
	"",
	"type=",
	"type=CWD",
	"type=CWD ",
	"type= msg=audit(1337845333.174:94984): x",
	"msg=audit(1337845201.174:94984): missing type",
	"type=CWD msg=audit(",
	"type=CWD msg=audit(1",
	"type=CWD msg=audit(1.2",
	"type=CWD msg=audit(1.2:",
	"type=CWD msg=audit(1.2:3",
	"type=CWD msg=audit(1.2:3)x",
	"type=CWD msg=audit(.2:3): x",
	"type=CWD msg=audit(1.:3): x",
	"type=CWD msg=audit(1.2:): x",
	"type=CWD msg=audit(1.2000:3): x",
	"type=CWD msg=audit(1.2:4294967296): x",
	"type=CWD msg=audit(1.2:99999999999): x",
	"type=CWD msg=audit(9999999999999.2:3): x",
	"type=CWD msg=audit(-1.2:3): x",
	"type=CWD msg=audit(1337845201): no milliseconds",
	"type=CWD  msg=audit(1.2:3): x",
	" type=CWD msg=audit(1.2:3): x",
	"type=cwd msg=audit(1.2:3): x",
	"type=C\x1bWD msg=audit(1.2:3): x",
	"node= type=CWD msg=audit(1.2:3): x",
	"node=a msg=audit(1.2:3): x",
	"{\"type\":\"CWD\"}",
};

START_TEST(cuts_a_record)
{
	struct record r;

	ck_assert_msg(record_scan(slice_str(good[_i].line), &r), "%s", good[_i].line);
	ck_assert_uint_eq(r.type, good[_i].type);
	ck_assert_uint_eq(r.sec, good[_i].sec);
	ck_assert_uint_eq(r.msec, good[_i].msec);
	ck_assert_uint_eq(r.serial, good[_i].serial);
	ck_assert(slice_eq_str(r.line, good[_i].line));
	ck_assert(slice_eq_str(r.node, good[_i].node));
	ck_assert_msg(slice_eq_str(r.body, good[_i].body), "body: %.*s", SLICE_FMT(r.body));
	ck_assert_msg(slice_eq_str(r.enriched, good[_i].enriched), "enriched: %.*s",
		      SLICE_FMT(r.enriched));
}
END_TEST

START_TEST(refuses_what_is_none)
{
	struct record r;

	ck_assert_msg(!record_scan(slice_str(bad[_i]), &r), "%s", bad[_i]);
}
END_TEST

/* A record cut anywhere is read or refused, and never read beyond its end. */
START_TEST(may_be_cut_anywhere)
{
	size_t len = strlen(good[_i].line);

	for (size_t n = 0; n < len; n++) {
		char *copy = malloc(n ? n : 1); /* sanitizers see its end */
		struct record r;

		memcpy(copy, good[_i].line, n);
		if (record_scan(slice_make(copy, n), &r)) {
			struct slice rest = r.body;
			struct field f;

			while (field_next(&rest, &f))
				ck_assert(f.value.ptr + f.value.len <= copy + n);
		}
		free(copy);
	}
}
END_TEST

enum { FIELDS_MAX = 8 };

static const struct {
	const char *body;
	struct {
		const char *key, *value;
	} fields[FIELDS_MAX];
} walks[] = {
	{ "", { { NULL, NULL } } },
	{ "no fields here", { { NULL, NULL } } },
	{ "a=1 b=\"two three\" c=(null)",
	  { { "a", "1" }, { "b", "\"two three\"" }, { "c", "(null)" } } },
	{ "avc:  denied  { read } for  pid=9 comm=\"x\"",
	  { { "pid", "9" }, { "comm", "\"x\"" } } },
	{ "pid=1 uid=0 msg='op=login acct=\"a'b\" res=failed'",
	  { { "pid", "1" }, { "uid", "0" }, { "msg", "'op=login acct=\"a'b\" res=failed'" } } },
	{ "pid=1 uid=0 old auid=4294967295 new auid=0 old ses=1",
	  { { "pid", "1" }, { "uid", "0" }, { "old auid", "4294967295" },
	    { "new auid", "0" }, { "old ses", "1" } } },
	{ "a= b=2", { { "a", "" }, { "b", "2" } } },
	{ "a=\"not closed b=2", { { "a", "\"not closed b=2" } } },
	{ "a=x=y b==", { { "a", "x=y" }, { "b", "=" } } },
	{ "SADDR={ saddr_fam=inet laddr=1.2.3.4 } UID=\"root\"",
	  { { "SADDR", "{ saddr_fam=inet laddr=1.2.3.4 }" }, { "UID", "\"root\"" } } },
	{ "=x a=1", { { "a", "1" } } },
	{ "   a=1   ", { { "a", "1" } } },
};

START_TEST(walks_fields)
{
	struct slice rest = slice_str(walks[_i].body);
	struct field f;
	size_t n = 0;

	while (field_next(&rest, &f)) {
		ck_assert_uint_lt(n, FIELDS_MAX);
		ck_assert_msg(slice_eq_str(f.key, walks[_i].fields[n].key), "%s: key %zu: %.*s",
			      walks[_i].body, n, SLICE_FMT(f.key));
		ck_assert_msg(slice_eq_str(f.value, walks[_i].fields[n].value),
			      "%s: value %zu: %.*s", walks[_i].body, n, SLICE_FMT(f.value));
		n++;
	}
	ck_assert_msg(n == FIELDS_MAX || !walks[_i].fields[n].key, "%s: stopped after %zu",
		      walks[_i].body, n);
	ck_assert(!field_next(&rest, &f));
}
END_TEST

START_TEST(inner_fields_are_apart)
{
	struct slice rest = SLICE_LIT("uid=0 msg='op=x uid=7 res=success'"), inner;
	struct field f;

	ck_assert(field_next(&rest, &f));
	ck_assert(!field_inner(f.value, &inner));
	ck_assert(field_next(&rest, &f));
	ck_assert(field_inner(f.value, &inner));
	ck_assert(!field_next(&rest, &f));
	ck_assert(field_next(&inner, &f) && slice_eq_str(f.key, "op"));
	ck_assert(field_next(&inner, &f) && slice_eq_str(f.value, "7"));
	ck_assert(field_next(&inner, &f) && slice_eq_str(f.value, "success"));
	ck_assert(!field_next(&inner, &f));
}
END_TEST

Suite *suite_record(void);

Suite *suite_record(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");

	tcase_add_loop_test(tc, cuts_a_record, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tc, refuses_what_is_none, 0, ARRAY_SIZE(bad));
	tcase_add_loop_test(tc, may_be_cut_anywhere, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tc, walks_fields, 0, ARRAY_SIZE(walks));
	tcase_add_test(tc, inner_fields_are_apart);
	suite_add_tcase(suite, tc);
	return suite;
}
