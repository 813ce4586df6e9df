/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State files as runtimes write them, cut to what is read, in a folder. */
#include "state/ctrfiles.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "unit/folder.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define I "1111111111111111111111111111111111111111111111111111111111111111"

static char *folder;
static struct ctrfiles *files;

static void setup(void)
{
	folder = make_folder();
}

static void teardown(void)
{
	ctrfiles_free(&files);
	remove_folder(&folder);
}

static void put(const char *name, const char *text)
{
	put_text(folder, name, text);
}

static void load(void)
{
	struct err err;

	ck_assert_msg(ctrfiles_load(folder, &files, &err) == 0, "%s", err.msg);
}

static void is(const char *what, const char *have, const char *want)
{
	ck_assert_msg((!have && !want) || (have && want && strcmp(have, want) == 0),
		      "%s is %s, not %s", what, have ? have : "(null)",
		      want ? want : "(null)");
}

#define DOCKER "var/lib/docker/containers/" A "/config.v2.json"
#define TASK "run/containerd/io.containerd.runtime.v2.task/"
#define STORE "var/lib/containers/storage/"

static const struct {
	const char *name; /* what it is about */
	const char *file[3], *text[3];
	struct ctrfacts want; /* of want.id */
} cases[] = {
	{ "docker",
	  { DOCKER, "var/lib/docker/image/overlay2/repositories.json" },
	  { "{\"ID\":\"" A "\",\"Name\":\"/web\",\"Image\":\"sha256:" I "\","
	    "\"State\":{\"Pid\":812,\"StartedAt\":\"2026-11-22T00:19:51.086864715Z\"},"
	    "\"Config\":{\"Image\":\"reg/web:1\",\"Labels\":{\"app\":\"web\"}}}",
	    "{\"Repositories\":{\"reg/web\":{\"reg/web:1\":\"sha256:" I "\","
	    "\"reg/web@sha256:" B "\":\"sha256:" I "\"}}}" },
	  { .id = A,
	    .name = "web",
	    .image = "reg/web:1",
	    .image_id = "sha256:" I,
	    .image_digest = "sha256:" B,
	    .runtime = "docker",
	    .init_pid = 812 } },
	{ "docker below the kubelet",
	  { DOCKER },
	  { "{\"ID\":\"" A "\",\"Name\":\"/k8s_web_p_n_u_0\",\"Config\":{\"Image\":\"x\","
	    "\"Labels\":{\"io.kubernetes.container.name\":\"web\","
	    "\"io.kubernetes.pod.name\":\"p\",\"io.kubernetes.pod.namespace\":\"n\"}}}" },
	  { .id = A,
	    .name = "web",
	    .image = "x",
	    .pod = "p",
	    .ns = "n",
	    .runtime = "docker" } },
	{ "containerd's CRI",
	  { TASK "k8s.io/" A "/config.json",
	    "run/containerd/runc/k8s.io/" A "/state.json" },
	  { "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"web\","
	    "\"io.kubernetes.cri.image-name\":\"reg/web:1\","
	    "\"io.kubernetes.cri.sandbox-id\":\"" B "\","
	    "\"io.kubernetes.cri.sandbox-name\":\"p\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"n\"}}",
	    "{\"id\":\"" A
	    "\",\"init_process_pid\":812,\"config\":{\"rootfs\":\"/r\"}}" },
	  { .id = A,
	    .name = "web",
	    .image = "reg/web:1",
	    .pod = "p",
	    .ns = "n",
	    .sandbox = B,
	    .runtime = "containerd",
	    .rootfs = "/r",
	    .init_pid = 812 } },
	{ "podman, whose annotations are not CRI-O's",
	  { STORE "overlay-containers/" A "/userdata/config.json",
	    STORE "overlay-containers/containers.json",
	    STORE "overlay-images/images.json" },
	  { "{\"annotations\":{\"io.container.manager\":\"libpod\","
	    "\"io.kubernetes.cri-o.SandboxID\":\"x\"},\"root\":{\"path\":\"/m\"}}",
	    "[{\"id\":\"" A "\",\"names\":[\"web\"],\"image\":\"" I "\","
	    "\"metadata\":\"{\\\"image-name\\\":\\\"reg/web:1\\\",\\\"name\\\":\\\"web\\\"}\"}]",
	    "[{\"id\":\"" I "\",\"digest\":\"sha256:" B
	    "\",\"names\":[\"reg/web:1\"]}]" },
	  { .id = A,
	    .name = "web",
	    .image = "reg/web:1",
	    .image_id = "sha256:" I,
	    .image_digest = "sha256:" B,
	    .runtime = "podman",
	    .rootfs = "/m" } },
	{ "CRI-O",
	  { "run/containers/storage/overlay-containers/" A "/userdata/config.json" },
	  { "{\"annotations\":{\"io.container.manager\":\"cri-o\","
	    "\"io.kubernetes.container.name\":\"web\",\"io.kubernetes.pod.name\":\"p\","
	    "\"io.kubernetes.pod.namespace\":\"n\",\"io.kubernetes.cri-o.ImageName\":\"i\","
	    "\"io.kubernetes.cri-o.ImageRef\":\"reg/web@sha256:" B "\"}}" },
	  { .id = A,
	    .name = "web",
	    .image = "i",
	    .image_digest = "sha256:" B,
	    .pod = "p",
	    .ns = "n",
	    .runtime = "cri-o" } },
	{ "crun",
	  { "run/crun/c1/config.json", "run/crun/c1/status" },
	  { "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"web\"}}",
	    "{\"pid\":812,\"bundle\":\"/b\",\"rootfs\":\"rootfs\"}" },
	  { .id = "c1",
	    .name = "web",
	    .bundle = "/b",
	    .rootfs = "/b/rootfs",
	    .runtime = "crun",
	    .init_pid = 812 } },
	{ "runc",
	  { "run/runc/c1/state.json" },
	  { "{\"id\":\"c1\",\"init_process_pid\":812,\"config\":{\"labels\":"
	    "[\"io.kubernetes.cri.image-name=reg/web:1\",\"bundle=/b\"]}}" },
	  { .id = "c1",
	    .image = "reg/web:1",
	    .bundle = "/b",
	    .runtime = "runc",
	    .init_pid = 812 } },
	{ "lxc",
	  { "var/lib/lxc/web1/config" },
	  { "# a comment\nlxc.rootfs.path = dir:/var/lib/lxc/web1/rootfs\r\nlxc.uts.name=x\n" },
	  { .id = "web1",
	    .name = "web1",
	    .runtime = "lxc",
	    .rootfs = "/var/lib/lxc/web1/rootfs" } },
	{ "below another directory",
	  { "srv/other/var/lib/lxc/web1/config" },
	  { "" },
	  { .id = "web1", .name = "web1", .runtime = "lxc" } },
};

START_TEST(formats)
{
	const struct ctrfacts *want = &cases[_i].want, *have;
	const char *first;

	for (size_t i = 0; i < ARRAY_SIZE(cases[_i].file) && cases[_i].file[i]; i++)
		put(cases[_i].file[i], cases[_i].text[i]);
	load();
	ck_assert_msg(ctrfiles_problems(files, &first) == 0, "%s", first);
	ck_assert_int_eq(ctrfiles_count(files), 1);
	have = ctrfiles_by_id(files, want->id);
	ck_assert_msg(have != NULL, "%s", cases[_i].name);
	is("name", have->name, want->name);
	is("image", have->image, want->image);
	is("image_digest", have->image_digest, want->image_digest);
	is("image_id", have->image_id, want->image_id);
	is("pod", have->pod, want->pod);
	is("ns", have->ns, want->ns);
	is("runtime", have->runtime, want->runtime);
	is("bundle", have->bundle, want->bundle);
	is("rootfs", have->rootfs, want->rootfs);
	is("sandbox", have->sandbox, want->sandbox);
	ck_assert_int_eq(have->init_pid, want->init_pid);
	if (want->init_pid)
		ck_assert_ptr_eq(ctrfiles_by_pid(files, want->init_pid), have);
}
END_TEST

/* What is no JSON, and JSON of another shape, is passed over and counted. */
START_TEST(broken)
{
	const char *first;

	put(DOCKER, "{\"ID\":");
	put("var/lib/docker/containers/" B "/config.v2.json", "[1,2]");
	put("run/crun/c1/status", "");
	put(STORE "overlay-containers/containers.json", "[1,{\"id\":2},{\"id\":\"x\"}]");
	put("run/runc/c2/state.json",
	    "{\"id\":7,\"config\":{\"labels\":[1,\"\",\"=\"]}}");
	load();
	ck_assert_int_eq(ctrfiles_problems(files, &first), 4);
	ck_assert_msg(strstr(first, DOCKER) != NULL, "%s", first);
	ck_assert_int_eq(ctrfiles_count(files), 1);
	ck_assert_ptr_nonnull(ctrfiles_by_id(files, "x"));
}
END_TEST

/* Neither a file nor a directory on the way may be a link. */
START_TEST(links)
{
	char path[512], target[512];
	const char *first;

	put("secret/config", "lxc.rootfs.path = /etc\n");
	put("var/lib/lxc/real/config", "");
	snprintf(target, sizeof(target), "%s/secret", folder);
	snprintf(path, sizeof(path), "%s/var/lib/lxc/linked", folder);
	ck_assert_int_eq(symlink(target, path), 0);
	snprintf(path, sizeof(path), "%s/var/lib/lxc/real2", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/var/lib/lxc/real2/config", folder);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	load();
	ck_assert_int_eq(ctrfiles_count(files), 1);
	ck_assert_int_eq(ctrfiles_problems(files, &first), 1);
	ck_assert_ptr_nonnull(ctrfiles_by_id(files, "real"));
}
END_TEST

/* A FIFO would hold the program up, a large file fill it. */
START_TEST(no_files)
{
	char path[512];
	const char *first;
	FILE *file;

	put("var/lib/lxc/big/config", "");
	snprintf(path, sizeof(path), "%s/var/lib/lxc/big/config", folder);
	file = fopen(path, "r+");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(ftruncate(fileno(file), (off_t)LIMIT_STATE_FILE + 1), 0);
	fclose(file);
	put("var/lib/lxc/fifo/x", "");
	snprintf(path, sizeof(path), "%s/var/lib/lxc/fifo/config", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	load();
	ck_assert_int_eq(ctrfiles_count(files), 0);
	ck_assert_int_eq(ctrfiles_problems(files, &first), 2);
}
END_TEST

START_TEST(nothing)
{
	char path[128];
	struct err err;

	load();
	ck_assert_int_eq(ctrfiles_count(files), 0);
	ctrfiles_free(&files);
	snprintf(path, sizeof(path), "%s/none", folder);
	ck_assert_int_eq(ctrfiles_load(path, &files, &err), -1);
	ck_assert_msg(strstr(err.msg, path) != NULL, "%s", err.msg);
}
END_TEST

/* A further directory adds what is not known yet. */
START_TEST(more)
{
	static char *other;
	struct err err;

	other = make_folder();
	put("run/crun/a/config.json", "{\"root\":{},\"hostname\":\"x\",\"annotations\":{"
				      "\"io.kubernetes.cri.image-name\":\"one\"}}");
	put_text(other, "run/crun/a/config.json",
		 "{\"root\":{},\"annotations\":{"
		 "\"io.kubernetes.cri.image-name\":\"two\"}}");
	put_text(other, "run/crun/b/config.json",
		 "{\"root\":{},\"annotations\":{"
		 "\"io.kubernetes.cri.image-name\":\"three\"}}");
	load();
	ck_assert_int_eq(ctrfiles_count(files), 1);
	ck_assert_msg(ctrfiles_load_more(files, other, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(ctrfiles_count(files), 2);
	is("the first's", ctrfiles_by_id(files, "a")->image, "one");
	is("the second's", ctrfiles_by_id(files, "b")->image, "three");
	ck_assert_int_eq(ctrfiles_load_more(files, "/nowhere", &err), -1);
	remove_folder(&other);
}
END_TEST

Suite *suite_ctrfiles(void);

Suite *suite_ctrfiles(void)
{
	Suite *suite = suite_create("ctrfiles");
	TCase *tc = tcase_create("ctrfiles");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, formats, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, broken);
	tcase_add_test(tc, links);
	tcase_add_test(tc, no_files);
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, more);
	suite_add_tcase(suite, tc);
	return suite;
}
