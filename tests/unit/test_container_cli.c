/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/container_cli.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"

#define LONG_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Command lines are written with '|' between the words. */
static const struct {
	const char *line;
	bool good;
	enum cli_verb verb;
	const char *runtime, *id, *name, *image, *ns, *bundle;
} cases[] = {
	/* runc, crun: options in front of and behind the subcommand */
	{ "runc|run|-d|--bundle|/b|--pid-file|/p|web", true, VERB_RUN, "runc", "web",
	  NULL, NULL, NULL, "/b" },
	{ "runc|--root|/r|--log|/run/containerd/io.containerd.runtime.v2.task/moby/x/log.json"
	  "|--log-format|json|start|x",
	  true, VERB_START, "runc", "x", NULL, NULL, "moby", NULL },
	{ "runc|--log=/l|create|--bundle=/run/containerd/io.containerd.runtime.v2.task/k8s.io/"
	  "y|--pid-file|/p|y",
	  true, VERB_CREATE, "runc", "y", NULL, NULL, "k8s.io",
	  "/run/containerd/io.containerd.runtime.v2.task/k8s.io/y" },
	{ "runc|exec|--process|/tmp/p|--detach|--pid-file|/p|z", true, VERB_EXEC, "runc",
	  "z", NULL, NULL, NULL, NULL },
	{ "runc|exec|-t|-e|A=b|z|sh|-c|run", true, VERB_EXEC, "runc", "z", NULL, NULL,
	  NULL, NULL },
	{ "runc|delete|-f|z", true, VERB_DELETE, "runc", "z", NULL, NULL, NULL, NULL },
	{ "runc|init", true, VERB_INIT, "runc", NULL, NULL, NULL, NULL, NULL },
	{ "crun|--cgroup-manager|cgroupfs|run|-b|/b|c1", true, VERB_RUN, "crun", "c1",
	  NULL, NULL, NULL, "/b" },
	{ "runc|--version", false, 0, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "runc|list", false, 0, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "runc|run", false, 0, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "runc|run|--bundle", false, 0, NULL, NULL, NULL, NULL, NULL, NULL },
	/* monitors */
	{ "conmon|--api-version|1|-c|" LONG_ID "|-u|u1|-r|/usr/bin/runc|-b|/b|-n|web",
	  true, VERB_OTHER, "podman", LONG_ID, "web", NULL, NULL, "/b" },
	{ "conmon|-b|/b|-c|" LONG_ID
	  "|--exit-dir|/e|-l|/l|-n|k8s_web_web-6b7f_shop_0f4c_0|-P|/p"
	  "|--runtime-arg|--root=/run/runc|-s",
	  true, VERB_OTHER, "cri-o", LONG_ID, "web", NULL, "shop", "/b" },
	{ "conmon|-b|/b|--exit-command|/usr/bin/podman|--exit-command-arg|-c|-c|" LONG_ID,
	  true, VERB_OTHER, "podman", LONG_ID, NULL, NULL, NULL, "/b" },
	{ "conmon|--version", false, 0, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "containerd-shim-runc-v2|-namespace|moby|-id|" LONG_ID "|-address|/s", true,
	  VERB_OTHER, "docker", LONG_ID, NULL, NULL, "moby", NULL },
	{ "containerd-shim-runc-v2|-namespace|k8s.io|-address|/s|-publish-binary|/b|-id|s1|start",
	  true, VERB_CREATE, "containerd", "s1", NULL, NULL, "k8s.io", NULL },
	{ "containerd-shim-runc-v2|-namespace|default|-id|s1|-bundle|/b|delete", true,
	  VERB_DELETE, "containerd", "s1", NULL, NULL, "default", NULL },
	{ "containerd-shim|-namespace|moby|-workdir|/d/moby/" LONG_ID "|-address|/s",
	  true, VERB_OTHER, "docker", LONG_ID, NULL, NULL, "moby", NULL },
	/* the image, by who names it */
	{ "podman|run|-d|--name|web|--network|host|-v|/a:/b|-e|A=b|reg/web:1.2|sh|-c|x",
	  true, VERB_OTHER, "podman", NULL, "web", "reg/web:1.2", NULL, NULL },
	{ "podman|--root|/r|container|create|-it|--rm|-p8080:80|--name=w|web", true,
	  VERB_OTHER, "podman", NULL, NULL, "web", NULL, NULL },
	{ "podman|ps", false, 0, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "podman|run|-d", false, 0, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "ctr|-n|demo|run|-d|--net-host|--env|A=b|reg/web:1.2|web-1|sh", true,
	  VERB_OTHER, "containerd", "web-1", NULL, "reg/web:1.2", "demo", NULL },
	{ "ctr|containers|create|reg/web:1.2|web-1", true, VERB_OTHER, "containerd",
	  "web-1", NULL, "reg/web:1.2", NULL, NULL },
	{ "ctr|images|ls", false, 0, NULL, NULL, NULL, NULL, NULL, NULL },
	/* the others */
	{ "lxc-start|-n|web1|-d|-o|/l", true, VERB_RUN, "lxc", "web1", "web1", NULL, NULL,
	  NULL },
	{ "lxc-start|-dnweb1", true, VERB_RUN, "lxc", "web1", "web1", NULL, NULL, NULL },
	{ "lxc-attach|--name=web1|--|sh|-n|x", true, VERB_EXEC, "lxc", "web1", "web1",
	  NULL, NULL, NULL },
	{ "lxc-attach|web1", true, VERB_EXEC, "lxc", "web1", "web1", NULL, NULL, NULL },
	{ "systemd-nspawn|-q|-D|/srv/m1/|sh|-M|no", true, VERB_RUN, "systemd-nspawn",
	  "m1", "m1", NULL, NULL, NULL },
	{ "systemd-nspawn|-bD|/srv/m1|--machine=web", true, VERB_RUN, "systemd-nspawn",
	  "web", "web", NULL, NULL, NULL },
	{ "bwrap|--bind|/srv/r|/|--proc|/proc|sh", true, VERB_RUN, "bubblewrap", NULL,
	  NULL, NULL, NULL, NULL },
	{ "bwrap|--ro-bind|/|/|--unshare-net|sh", false, 0, NULL, NULL, NULL, NULL, NULL,
	  NULL },
	{ "bash|-c|runc run x", false, 0, NULL, NULL, NULL, NULL, NULL, NULL },
};

static uint32_t cut(const char *line, struct slice *words, uint32_t max)
{
	uint32_t n = 0;

	for (;;) {
		size_t len = strcspn(line, "|");

		ck_assert_uint_lt(n, max);
		words[n++] = slice_make(line, len);
		if (!line[len])
			return n;
		line += len + 1;
	}
}

static void is_text(const char *line, const char *what, struct slice have,
		    const char *want)
{
	ck_assert_msg(slice_eq_str(have, want), "%s: %s is \"%.*s\", not \"%s\"", line,
		      what, SLICE_FMT(have), want ? want : "");
}

START_TEST(lines)
{
	const char *line = cases[_i].line;
	struct slice words[64];
	uint32_t n = cut(line, words, 64);
	struct container_cli cli;
	bool good = container_cli_parse(slice_basename(words[0]), words, n, &cli);

	ck_assert_msg(good == cases[_i].good, "%s: %d", line, good);
	if (!good)
		return;
	ck_assert_msg(cli.verb == cases[_i].verb, "%s: verb %d", line, cli.verb);
	is_text(line, "runtime", slice_str(cli.runtime), cases[_i].runtime);
	is_text(line, "id", cli.id, cases[_i].id);
	if (cases[_i].name)
		is_text(line, "name", cli.name, cases[_i].name);
	is_text(line, "image", cli.image, cases[_i].image);
	is_text(line, "ns", cli.ns, cases[_i].ns);
	is_text(line, "bundle", cli.bundle, cases[_i].bundle);
}
END_TEST

START_TEST(nsenter)
{
	static const struct {
		const char *line;
		int64_t pid; /* 0: enters no other root */
	} enters[] = {
		{ "nsenter|-t|812|-m|-u|-i|-p|-r|-w|sh", 812 },
		{ "nsenter|-muinpt|812|--|sh", 812 },
		{ "nsenter|--target=812|--all", 812 },
		{ "nsenter|--target|812|--mount|sh|-t|1", 812 },
		{ "nsenter|-t|812|-n|ip|a", 0 },
		{ "nsenter|-m", 0 },
		{ "nsenter|-t|x|-m", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(enters); i++) {
		struct slice words[16];
		uint32_t n = cut(enters[i].line, words, 16);
		struct container_cli cli;
		bool good = container_cli_parse(words[0], words, n, &cli);

		ck_assert_msg(good == (enters[i].pid != 0), "%s", enters[i].line);
		if (good)
			ck_assert_int_eq(cli.pid, enters[i].pid);
	}
}
END_TEST

START_TEST(names)
{
	static const struct {
		const char *name;
		bool good;
	} split[] = {
		{ "k8s_web_pod-1_shop_0f4c_0", true },
		{ "k8s_web_pod-1_shop_0f4c", false },
		{ "k8s_web__shop_0f4c_0", false },
		{ "web", false },
		{ "", false },
	};
	struct slice container, pod, ns;

	for (size_t i = 0; i < ARRAY_SIZE(split); i++)
		ck_assert_msg(container_name_split(slice_str(split[i].name), &container,
						   &pod, &ns) == split[i].good,
			      "%s", split[i].name);
	container_name_split(slice_str(split[0].name), &container, &pod, &ns);
	ck_assert(slice_eq_str(container, "web") && slice_eq_str(pod, "pod-1") &&
		  slice_eq_str(ns, "shop"));
	ck_assert(container_is_long_id(slice_str(LONG_ID)));
	ck_assert(!container_is_long_id(slice_make(LONG_ID, 63)));
	ck_assert(!container_is_long_id(slice_str("web")));
}
END_TEST

/* More words than are looked at, and a line that ends anywhere. */
START_TEST(endless)
{
	static struct slice words[5000];
	struct container_cli cli;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = SLICE_LIT("--bundle");
	words[0] = SLICE_LIT("runc");
	words[1] = SLICE_LIT("run");
	for (uint32_t n = 0; n < 40; n++)
		ck_assert(!container_cli_parse(SLICE_LIT("runc"), words, n, &cli));
	ck_assert(
		!container_cli_parse(SLICE_LIT("runc"), words, ARRAY_SIZE(words), &cli));
}
END_TEST

Suite *suite_container_cli(void);

Suite *suite_container_cli(void)
{
	Suite *suite = suite_create("container_cli");
	TCase *tc = tcase_create("container_cli");

	tcase_add_loop_test(tc, lines, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, nsenter);
	tcase_add_test(tc, names);
	tcase_add_test(tc, endless);
	suite_add_tcase(suite, tc);
	return suite;
}
