/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(defaults_are_those_of_the_table)
{
	struct config config;

	config_init(&config);
	ck_assert_str_eq(config.database, "auspex.db");
	ck_assert_str_eq(config.hostname, "");
	ck_assert_int_eq(config.fail_on, SEV_MAX);
	ck_assert(config_list_has(&config.servers, SLICE_LIT("nginx")));
	ck_assert(!config_list_has(&config.servers, SLICE_LIT("ngin")));
	ck_assert(!config_list_has(&config.servers, SLICE_LIT("cat")));
	ck_assert_ptr_null(config.servers.items[config.servers.count]);
	config_fini(&config);
}
END_TEST

START_TEST(programs_are_known_with_their_version)
{
	struct config config;

	config_init(&config);
	ck_assert(config_list_has_program(&config.servers, SLICE_LIT("redis-server7.2")));
	ck_assert(config_list_has_program(&config.servers, SLICE_LIT("named-9.18")));
	ck_assert(config_list_has_program(&config.servers, SLICE_LIT("squid")));
	ck_assert(!config_list_has_program(&config.servers, SLICE_LIT("squid3x")));
	ck_assert(!config_list_has_program(&config.servers, SLICE_LIT("3.11")));
	ck_assert(!config_list_has_program(&config.servers, SLICE_LIT("")));
	config_fini(&config);
}
END_TEST

START_TEST(a_file_sets_what_it_names_and_no_more)
{
	static const char text[] = "database: /srv/a.db\n"
				   "fail_on: high\n"
				   "servers: [bash, \"my shell\"]\n";
	struct err err = { "" };
	struct config config;

	config_init(&config);
	ck_assert_msg(config_parse(&config, slice_str(text), "t", &err) == 0, "%s",
		      err.msg);
	ck_assert_str_eq(config.database, "/srv/a.db");
	ck_assert_int_eq(config.fail_on, SEV_HIGH);
	ck_assert_uint_eq(config.servers.count, 2);
	ck_assert_str_eq(config.servers.items[1], "my shell");
	ck_assert_str_eq(config.hostname, "");
	ck_assert_uint_gt(config.login_servers.count, 5);
	config_fini(&config);
}
END_TEST

START_TEST(keys_are_set_by_name)
{
	struct err err = { "" };
	struct config config;

	config_init(&config);
	ck_assert_int_eq(config_set(&config, "servers", "  a  b ", &err), 0);
	ck_assert_uint_eq(config.servers.count, 2);
	ck_assert_str_eq(config.servers.items[0], "a");
	ck_assert_str_eq(config.servers.items[1], "b");
	ck_assert_int_eq(config_set(&config, "fail_on", "low", &err), 0);
	ck_assert_int_eq(config.fail_on, SEV_LOW);
	ck_assert_int_eq(config_set(&config, "fail", "low", &err), -1);
	ck_assert_str_eq(err.msg, "command line: the key \"fail\" is unknown: "
				  "see auspex.yaml(5) for the keys");
	config_fini(&config);
}
END_TEST

static const struct {
	const char *text, *message;
} bad[] = {
	{ "shell: [a]\n",
	  "t:1: the key \"shell\" is unknown: see auspex.yaml(5) for the keys" },
	{ "hostname: a\n\nx.y: 1\n", "t:3: the key \"x.y\" is unknown" },
	{ "servers: bash\n", "t:1: servers: a text is not possible here: write a list" },
	{ "servers: {a: b}\n",
	  "t:1: servers: a mapping is not possible here: write a list" },
	{ "servers: []\n", "t:1: servers: 0 items are not possible: write 1 to 256" },
	{ "servers: [a, '']\n", "t:1: servers: item 2 is not a plain text" },
	{ "servers: [[a]]\n", "t:1: servers: item 1 is not a plain text" },
	{ "servers: [\"a\\0b\"]\n", "t:1: servers: item 1 is not a plain text" },
	{ "database: [a]\n",
	  "t:1: database: a list is not possible here: write one value" },
	{ "database:\n", "t:1: database: there is no value" },
	{ "database: \"a\\0b\"\n", "t:1: database: the value holds a NUL byte" },
	{ "fail_on: loud\n", "t:1: fail_on: \"loud\" is not possible: write info, low" },
	{ "fail_on: criticalcriticalcritical\n", "t:1: fail_on: \"criticalcritical" },
	{ "fail_on: ''\n", "t:1: fail_on: \"\" is not possible" },
	{ "- a\n", "t:1: a list is not possible here: write \"key: value\" lines" },
	{ "text\n", "t:1: a text is not possible here" },
	{ "hostname: a\n---\nhostname: b\n", "t:3: a second document (---): remove it" },
	{ "hostname: a\nhostname: b\n", "t:2: the key \"hostname\" stands twice" },
};

START_TEST(bad_files_name_line_and_key)
{
	struct err err = { "" };
	struct config config;

	config_init(&config);
	ck_assert_int_eq(config_parse(&config, slice_str(bad[_i].text), "t", &err), -1);
	ck_assert_msg(strncmp(err.msg, bad[_i].message, strlen(bad[_i].message)) == 0,
		      "got \"%s\", not \"%s\"", err.msg, bad[_i].message);
	config_fini(&config);
}
END_TEST

START_TEST(empty_files_change_nothing)
{
	struct config config;

	config_init(&config);
	ck_assert_int_eq(config_parse(&config, slice_str(""), "t", NULL), 0);
	ck_assert_int_eq(config_parse(&config, slice_str("# x\n---\n"), "t", NULL), 0);
	ck_assert_str_eq(config.database, "auspex.db");
	config_fini(&config);
}
END_TEST

/* conf/auspex.yaml, which is the sample; WRITE_GOLDEN=1 writes it again. */
static FILE *open_sample(const char *mode)
{
	FILE *file = fopen(TEST_DATA "/../conf/auspex.yaml", mode);

	ck_assert_ptr_nonnull(file);
	return file;
}

START_TEST(the_sample_file_is_the_defaults)
{
	struct strbuf sample;
	char text[16384];
	size_t len;
	FILE *file;

	strbuf_init(&sample);
	config_sample(&sample);
	if (getenv("WRITE_GOLDEN")) {
		file = open_sample("w");
		fwrite(sample.ptr, 1, sample.len, file);
		fclose(file);
	}
	file = open_sample("r");
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	ck_assert_str_eq(text, strbuf_str(&sample));
	strbuf_fini(&sample);
}
END_TEST

START_TEST(the_sample_file_can_be_read)
{
	struct err err = { "" };
	struct config config, preset;

	config_init(&preset);
	config_init(&config);
	ck_assert_int_eq(config_set(&config, "servers", "x", &err), 0);
	ck_assert_msg(config_load(&config, TEST_DATA "/../conf/auspex.yaml", &err) == 0,
		      "%s", err.msg);
	ck_assert_str_eq(config.database, preset.database);
	ck_assert_int_eq(config.fail_on, preset.fail_on);
	ck_assert_uint_eq(config.servers.count, preset.servers.count);
	for (size_t i = 0; i < preset.servers.count; i++)
		ck_assert_str_eq(config.servers.items[i], preset.servers.items[i]);
	config_fini(&config);
	config_fini(&preset);
}
END_TEST

static const struct {
	const char *yaml, *complaint; /* complaint NULL: it is taken */
} exception_cases[] = {
	{ "exceptions: []\n", NULL },
	{ "exceptions:\n  - path: /opt/*\n    reason: ours\n", NULL },
	{ "exceptions:\n  - path: /opt/*\n", "t:2: exceptions: there is no reason" },
	{ "exceptions:\n  - reason: all\n", "t:2: exceptions: this would hide too much" },
	{ "exceptions:\n  - pth: x\n    reason: y\n",
	  "t:2: exceptions: the key \"pth\" is unknown" },
	{ "exceptions:\n  - detector: x\n    path: /a\n    reason: y\n",
	  "t:2: exceptions: \"x\" is no detector" },
	{ "exceptions:\n  - path: /a\n    reason: y\n    expires: soon\n",
	  "t:4: exceptions: expires: \"soon\" is no date" },
	{ "exceptions: x\n", "t:1: exceptions: write a list" },
};

START_TEST(exceptions_are_read)
{
	struct config config;
	struct err err = { "" };
	int rc;

	config_init(&config);
	rc = config_parse(&config, slice_str(exception_cases[_i].yaml), "t", &err);
	ck_assert_int_eq(rc, exception_cases[_i].complaint ? -1 : 0);
	if (exception_cases[_i].complaint)
		ck_assert_msg(strstr(err.msg, exception_cases[_i].complaint) == err.msg,
			      "%s", err.msg);
	config_fini(&config);
}
END_TEST

START_TEST(exceptions_cover_what_they_name)
{
	static const char yaml[] = "exceptions:\n"
				   "  - path: /opt/*\n"
				   "    writer: /usr/bin/g++*\n"
				   "    reason: built here\n"
				   "    expires: 2026-01-02\n";
	struct finding_process writer = { .exe = "/usr/bin/g++-12" };
	struct finding_target target = { .path = "/opt/tool", .writer = &writer };
	struct finding *f = finding_new(DETECT_ADDED_BINARY_EXECUTED);
	struct config config;
	struct err err;

	config_init(&config);
	ck_assert_int_eq(config_parse(&config, slice_str(yaml), "t", &err), 0);
	f->target = &target;
	f->last_seen = 1767225600000; /* 2026-01-01 */
	ck_assert_ptr_nonnull(config_exception(&config, f));
	f->last_seen += 2 * 86400000;
	ck_assert_ptr_null(config_exception(&config, f));
	f->last_seen = 1;
	target.path = "/opt/a/tool";
	ck_assert_ptr_null(config_exception(&config, f));
	target.path = "/opt/tool";
	writer.exe = "/usr/bin/curl";
	ck_assert_ptr_null(config_exception(&config, f));
	finding_free(&f);
	config_fini(&config);
}
END_TEST

/* Each point of an exception, with what it covers and what it does not. */
static const struct {
	const char *points;
	bool covers;
} points[] = {
	{ "path: /opt/a/tool", true },
	{ "path: /opt/*/tool", true },
	{ "path: /opt/*", false },
	{ "path: /opt/**", true },
	{ "path: /o*/**", true },
	{ "path: /opt/a/tool/**", false },
	{ "path: /op/**", false },
	{ "path: /opt/a/too[a-l]", true },
	{ "path: opt/a/tool", false },
	{ "sha256: ABCDEFabcdef", true },
	{ "sha256: abcdefabcde", false },
	{ "writer: /usr/bin/gcc-*", true },
	{ "writer: /usr/bin/g", false },
	{ "exe: /usr/bin/make", true },
	{ "exe: /usr/bin/*", true },
	{ "exe: make", false },
	{ "image: registry/web:*", true },
	{ "image: registry/db:*", false },
	{ "remote: 203.0.113.9", true },
	{ "remote: 203.0.113.*", false },
	{ "detector: added_binary_executed\n    exe: /usr/bin/make", true },
	{ "detector: reverse_shell\n    exe: /usr/bin/make", false },
	{ "path: /opt/a/tool\n    exe: /usr/bin/make\n    writer: /usr/bin/gcc-12",
	  true },
	{ "path: /opt/a/tool\n    exe: /usr/bin/make\n    writer: /usr/bin/gcc-13",
	  false },
	{ "path: /opt/a/tool\n    expires: 2026-01-02", true },
	{ "path: /opt/a/tool\n    expires: 2026-01-01", false },
};

START_TEST(each_point_counts)
{
	struct finding_process writer = { .exe = "/usr/bin/gcc-12" };
	struct finding_process process = { .exe = "/usr/bin/make" };
	struct finding_target target = { .path = "/opt/a/tool",
					 .sha256 = "abcdefabcdef",
					 .writer = &writer };
	struct finding_container container = { .image = "registry/web:1.4" };
	struct finding_network network = { .remote_addr = "203.0.113.9" };
	struct finding_indicator indicator = { .kind = "sha256" };
	struct finding *f = finding_new(DETECT_ADDED_BINARY_EXECUTED);
	char yaml[512];
	struct config config;
	struct err err = { "" };
	const struct exception *e;

	snprintf(yaml, sizeof(yaml), "exceptions:\n  - reason: ours\n    %s\n",
		 points[_i].points);
	config_init(&config);
	ck_assert_msg(config_parse(&config, slice_str(yaml), "t", &err) == 0, "%s",
		      err.msg);
	f->last_seen = 1767225600000; /* 2026-01-01 */
	f->process = &process;
	f->target = &target;
	f->container = &container;
	f->network = &network;
	e = config_exception(&config, f);
	ck_assert_msg((e != NULL) == points[_i].covers, "%s", points[_i].points);
	if (e)
		ck_assert_str_eq(e->reason, "ours");
	/* What is on a list is no matter of its place. */
	f->indicator = &indicator;
	e = config_exception(&config, f);
	ck_assert(!e || e->detector || e->sha256);
	/* A finding without any of it is covered by none. */
	f->indicator = NULL;
	f->process = NULL;
	f->target = NULL;
	f->container = NULL;
	f->network = NULL;
	ck_assert_ptr_null(config_exception(&config, f));
	finding_free(&f);
	config_fini(&config);
}
END_TEST

Suite *suite_config(void);

Suite *suite_config(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = tcase_create("config");

	tcase_add_test(tc, defaults_are_those_of_the_table);
	tcase_add_test(tc, programs_are_known_with_their_version);
	tcase_add_test(tc, a_file_sets_what_it_names_and_no_more);
	tcase_add_test(tc, keys_are_set_by_name);
	tcase_add_loop_test(tc, bad_files_name_line_and_key, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, empty_files_change_nothing);
	tcase_add_test(tc, the_sample_file_is_the_defaults);
	tcase_add_test(tc, the_sample_file_can_be_read);
	tcase_add_loop_test(tc, exceptions_are_read, 0,
			    sizeof(exception_cases) / sizeof(exception_cases[0]));
	tcase_add_test(tc, exceptions_cover_what_they_name);
	tcase_add_loop_test(tc, each_point_counts, 0, sizeof(points) / sizeof(points[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
