/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is in which container: what no carried log shows, and what is forged. */
#include "state/container.h"

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

#define RUNC " exe=/usr/sbin/runc path=/usr/sbin/runc inode=7 "
#define SHIM " exe=/usr/bin/containerd-shim-runc-v2 "
#define ON_ROOT " dev=00:28 inode=99 "
#define OTHER_ROOT " dev=00:31 inode=98 "

/* A container of docker, and its first process 620. */
#define STARTED                                                                    \
	"600<1 execve() = 0" SHIM "argv=shim,-namespace,moby,-id,C1,-address,/s\n" \
	"610<600 execve() = 0" RUNC "argv=runc,create,--bundle,/b,C1\n"            \
	"610<600 clone(4111) = 615\n"                                              \
	"615<610 execve() = 0" RUNC "argv=runc,init\n"                             \
	"615<610 clone(8011) = 618 exe=/ comm=runc:[0:PARENT]\n"                   \
	"618<610 clone(8011) = 620 exe=/ comm=runc:[1:CHILD]\n"                    \
	"620<610 pivot_root() = 0 exe=/ comm=runc:[2:INIT] path=." ON_ROOT "\n"    \
	"610<600 exit_group(0) = ? exe=/usr/sbin/runc\n"                           \
	"630<600 execve() = 0" RUNC "argv=runc,start,C1\n"                         \
	"620<600 execve() = 0 exe=/app path=/app" ON_ROOT "\n"

/* Expected: "ID via" of each pid, "host", or "? via" where the id is not known. */
static const struct {
	const char *name, *lines;
	struct {
		int64_t pid;
		const char *want;
	} asked[4];
} cases[] = {
	{ "created, started, and its children",
	  STARTED "620<600 clone(11) = 7 exe=/app\n"
		  "700<620 close(3) = 0 exe=/app\n",
	  { { 620, "C1 entry" },
	    { 700, "C1 entry" },
	    { 600, "host" },
	    { 615, "host" } } },
	{ "a command below the shim after runc has gone",
	  STARTED "640<600 execve() = 0" RUNC "argv=runc,exec,--process,/p,--detach,C1\n"
		  "650<600 execve() = 0 exe=/bin/sh path=/bin/sh" ON_ROOT "\n",
	  { { 650, "C1 exec" }, { 620, "C1 entry" } } },
	{ "OCI hooks are the host's",
	  "600<1 execve() = 0" SHIM "argv=shim,-namespace,moby,-id,C1,-address,/s\n"
	  "610<600 execve() = 0" RUNC "argv=runc,create,C1\n"
	  "612<610 execve() = 0 exe=/usr/bin/hook path=/usr/bin/hook\n",
	  { { 612, "host" } } },
	{ "a hook of runc run, told by its device",
	  "610<500 execve() = 0" RUNC "argv=runc,run,C1\n"
	  "620<610 pivot_root() = 0 exe=/ comm=runc:[2:INIT] path=." ON_ROOT "\n"
	  "612<610 execve() = 0 exe=/usr/bin/hook path=/usr/bin/hook\n"
	  "620<610 execve() = 0 exe=/app path=/app" ON_ROOT "\n",
	  { { 612, "host" }, { 620, "C1 entry" } } },
	{ "newuidmap below a rootless runtime",
	  "610<500 execve() = 0" RUNC "argv=runc,run,C1\n"
	  "612<610 execve() = 0 exe=/usr/bin/newuidmap path=/usr/bin/newuidmap\n"
	  "620<610 execve() = 0 exe=/app path=/app\n",
	  { { 612, "host" }, { 620, "C1 entry" } } },
	{ "what the monitor runs on the host",
	  "600<1 execve() = 0 exe=/usr/bin/conmon path=/usr/bin/conmon "
	  "argv=conmon,-c,C1,--exit-command,/opt/p/cleaner\n"
	  "610<600 execve() = 0" RUNC "argv=runc,create,C1\n"
	  "620<600 execve() = 0 exe=/opt/p/cleaner argv=/opt/p/cleaner,x "
	  "path=/opt/p/cleaner\n"
	  "621<600 execve() = 0 exe=/app path=/app" ON_ROOT "\n",
	  { { 620, "host" }, { 621, "C1 entry" } } },
	{ "a newer runc, which runs from an overlay of its own",
	  "600<1 execve() = 0" SHIM "argv=shim,-namespace,moby,-id,C1,-address,/s\n"
	  "610<600 execve() = 0" RUNC "argv=runc,create,C1\n"
	  "615<610 execve() = 0 exe=/runc comm=6 argv=runc,init path=/proc/self/fd/6 "
	  "dev=00:44 inode=5\n"
	  "620<600 execve() = 0 exe=/app path=/app" ON_ROOT "\n",
	  { { 615, "host" }, { 620, "C1 entry" } } },
	{ "a program that only calls itself runc",
	  "610<500 execve() = 0 exe=/bin/echo argv=runc,run,C1 path=/bin/echo\n"
	  "620<610 execve() = 0 exe=/bin/ls path=/bin/ls\n",
	  { { 610, "host" }, { 620, "host" } } },
	{ "a command line in a container is nobody's",
	  STARTED "640<620 execve() = 0 exe=/usr/sbin/runc argv=runc,run,C2 "
		  "path=/usr/sbin/runc" ON_ROOT "\n"
		  "641<640 execve() = 0 exe=/bin/ls path=/bin/ls" ON_ROOT "\n",
	  { { 640, "C1 entry" }, { 641, "C1 entry" } } },
	{ "a container in a container, below the outer one's name",
	  STARTED "640<620 execve() = 0 exe=/usr/sbin/runc argv=runc,run,C2 "
		  "path=/usr/sbin/runc" ON_ROOT "\n"
		  "641<640 pivot_root() = 0 exe=/ comm=runc:[2:INIT] path=." OTHER_ROOT
		  "\n"
		  "641<640 execve() = 0 exe=/bin/ls path=/bin/ls" OTHER_ROOT "\n",
	  { { 641, "C1/C2 entry" }, { 640, "C1 entry" } } },
	{ "a thread that goes into a container to copy files",
	  STARTED "640<500 execve() = 0 exe=/usr/bin/podman argv=podman,cp,x,web:/ "
		  "path=/usr/bin/podman inode=7\n"
		  "640<500 clone(3d0f00) = 641 exe=/usr/bin/podman\n"
		  "640<500 openat(ffffff9c,0,0) = 8 exe=/usr/bin/podman "
		  "path=/proc/620/ns/mnt inode=4\n"
		  "640<500 setns(8,20000) = 0 exe=/usr/bin/podman\n"
		  "640<500 exit(0) = ? exe=/usr/bin/podman\n"
		  "642<640 execve() = 0 exe=/usr/bin/podman argv=chrootuser-open "
		  "path=/proc/self/exe inode=7\n",
	  { { 620, "C1 entry" }, { 640, "host" }, { 642, "host" } } },
	{ "nsenter into a container, and into a process of the host",
	  STARTED "640<500 execve() = 0 exe=/usr/bin/nsenter argv=nsenter,-t,620,-m "
		  "path=/usr/bin/nsenter inode=7\n"
		  "640<500 execve() = 0 exe=/bin/sh path=/bin/sh" ON_ROOT "\n"
		  "650<500 execve() = 0 exe=/usr/bin/nsenter argv=nsenter,-t,600,-m "
		  "path=/usr/bin/nsenter inode=7\n"
		  "650<500 execve() = 0 exe=/bin/sh path=/bin/sh\n",
	  { { 640, "C1 exec" }, { 650, "host" } } },
	{ "setns by a program that nobody knows",
	  STARTED "640<500 openat(ffffff9c) = 4 exe=/opt/enter path=/proc/620/ns/mnt "
		  "dev=00:04\n"
		  "640<500 setns(4,20000) = 0 exe=/opt/enter\n"
		  "640<500 execve() = 0 exe=/bin/sh path=/bin/sh" ON_ROOT "\n",
	  { { 640, "C1 exec" } } },
	{ "systemd-nspawn by its directory",
	  "610<500 execve() = 0 exe=/usr/bin/systemd-nspawn "
	  "argv=systemd-nspawn,-qD,/srv/m1/,sh path=/usr/bin/systemd-nspawn inode=7\n"
	  "620<610 execve() = 0 exe=/bin/sh path=/bin/sh\n",
	  { { 620, "m1 entry" } } },
	{ "bubblewrap has no id; with the same root it is none",
	  "610<500 execve() = 0 exe=/usr/bin/bwrap argv=bwrap,--bind,/srv/r,/,sh "
	  "path=/usr/bin/bwrap inode=7\n"
	  "620<610 execve() = 0 exe=/bin/sh path=/bin/sh\n"
	  "611<500 execve() = 0 exe=/usr/bin/bwrap argv=bwrap,--bind,/,/,sh "
	  "path=/usr/bin/bwrap inode=7\n"
	  "621<611 execve() = 0 exe=/bin/sh path=/bin/sh\n",
	  { { 620, "? entry" }, { 621, "host" } } },
	{ "a pod: the shim's id is the sandbox's",
	  "600<1 execve() = 0" SHIM "argv=shim,-namespace,k8s.io,-id,POD,-address,/s\n"
	  "610<600 execve() = 0" RUNC "argv=runc,create,POD\n"
	  "611<600 execve() = 0" RUNC "argv=runc,start,POD\n"
	  "620<600 execve() = 0 exe=/pause path=/pause" ON_ROOT "\n"
	  "612<600 execve() = 0" RUNC "argv=runc,create,C1\n"
	  "613<600 execve() = 0" RUNC "argv=runc,start,C1\n"
	  "630<600 execve() = 0 exe=/app path=/app" OTHER_ROOT "\n",
	  { { 620, "POD entry" }, { 630, "C1 entry" } } },
	{ "two commands into a pod's containers at once, told by device",
	  "600<1 execve() = 0" SHIM "argv=shim,-namespace,k8s.io,-id,POD,-address,/s\n"
	  "610<600 execve() = 0" RUNC "argv=runc,create,C1\n"
	  "620<600 execve() = 0 exe=/a path=/a" ON_ROOT "\n"
	  "611<600 execve() = 0" RUNC "argv=runc,create,C2\n"
	  "621<600 execve() = 0 exe=/b path=/b" OTHER_ROOT "\n"
	  "612<600 execve() = 0" RUNC "argv=runc,exec,--process,/p,C1\n"
	  "613<600 execve() = 0" RUNC "argv=runc,exec,--process,/p,C2\n"
	  "630<600 execve() = 0 exe=/bin/sh path=/bin/sh" ON_ROOT "\n"
	  "631<600 execve() = 0 exe=/bin/sh path=/bin/sh" OTHER_ROOT "\n",
	  { { 630, "C1 exec" }, { 631, "C2 exec" } } },
	{ "a device is another container's after the first has gone",
	  STARTED "640<600 execve() = 0" RUNC "argv=runc,delete,C1\n"
		  "660<500 execve() = 0" RUNC "argv=runc,run,C2\n"
		  "661<660 execve() = 0 exe=/app path=/app" ON_ROOT "\n"
		  "670<669 execve() = 0 exe=/bin/sh path=/bin/sh" ON_ROOT "\n",
	  { { 661, "C2 entry" }, { 670, "C2 found" } } },
	{ "its pid is another's on the host",
	  STARTED "500<1 execve() = 0 exe=/usr/bin/bash path=/usr/bin/bash\n"
		  "620<500 execve() = 0 exe=/usr/bin/ls path=/usr/bin/ls\n",
	  { { 620, "host" } } },
	/* logs that begin in the middle */
	{ "the title tells, below a monitor that was never seen",
	  "620<600 close(3) = 0 exe=/app title=runc,init\n"
	  "621<620 execve() = 0 exe=/bin/sh path=/bin/sh" ON_ROOT "\n",
	  { { 620, "? found" }, { 621, "? found" } } },
	{ "...and the monitor's own title tells which",
	  "620<600 close(3) = 0 exe=/app title=runc,init\n"
	  "621<620 execve() = 0 exe=/bin/sh path=/bin/sh" ON_ROOT "\n"
	  "600<1 close(3) = 0 exe=/usr/bin/conmon title=/usr/bin/conmon,-c,C1,-n,web\n",
	  { { 620, "C1 found" }, { 621, "C1 found" }, { 600, "host" } } },
	{ "...but not which of a pod's",
	  "620<600 close(3) = 0 exe=/app title=runc,init\n"
	  "600<1 close(3) = 0" SHIM "title=shim,-namespace,k8s.io,-id,POD,-address,/s\n",
	  { { 620, "? found" } } },
	{ "the shim's runc tells when it ends",
	  "620<600 close(3) = 0 exe=/app title=runc,init\n"
	  "630<600 execve() = 0" RUNC "argv=runc,delete,C1\n",
	  { { 620, "C1 found" } } },
	{ "crun's title has the id",
	  "620<600 close(3) = 0 exe=/app title=crun,run,-d,C1\n",
	  { { 620, "C1 entry" } } },
	{ "a title is no proof below init, nor below a known process",
	  "620<1 close(3) = 0 exe=/tmp/x title=runc,init\n"
	  "500<400 close(3) = 0 exe=/usr/bin/bash\n"
	  "621<500 close(3) = 0 exe=/tmp/x title=runc,init\n",
	  { { 620, "host" }, { 621, "host" } } },
};

static const char *where(const struct proc *proc, char out[128])
{
	const struct container *c = container_of(proc);

	if (!c)
		snprintf(out, 128, "host");
	else
		snprintf(out, 128, "%s %s", c->id ? c->id : "?",
			 container_via_name(proc->container_via));
	return out;
}

START_TEST(attribution)
{
	world_run(&w, cases[_i].lines);
	for (size_t i = 0; i < ARRAY_SIZE(cases[_i].asked) && cases[_i].asked[i].pid;
	     i++) {
		int64_t pid = cases[_i].asked[i].pid;
		size_t n = world_count(&w, pid);
		char have[128];

		ck_assert_msg(n > 0, "%s: no process %lld", cases[_i].name,
			      (long long)pid);
		where(world_nth(&w, pid, n - 1), have);
		ck_assert_msg(strcmp(have, cases[_i].asked[i].want) == 0,
			      "%s: %lld is in %s, not %s", cases[_i].name, (long long)pid,
			      have, cases[_i].asked[i].want);
	}
}
END_TEST

static const struct container *by_id(const char *id)
{
	for (size_t i = 0; i < state_containers(w.state); i++) {
		const struct container *c = state_container(w.state, i);

		if (c->id && strcmp(c->id, id) == 0)
			return c;
	}
	ck_abort_msg("no container %s", id);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CONFIG "aa23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MANIFEST "bb23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BLOBS "/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/"
#define TASK "/run/containerd/io.containerd.runtime.v2.task/k8s.io/"

/* What daemons open before they make a container's directory. */
START_TEST(image_ids)
{
	static const char *const lines[] = {
		"50<1 openat(ffffff9c) = 4 exe=/usr/bin/containerd path=" BLOBS MANIFEST
		"\n"
		"50<1 openat(ffffff9c) = 4 exe=/usr/bin/containerd path=" BLOBS CONFIG
		"\n"
		"50<1 openat(ffffff9c,0,41) = 5 exe=/usr/bin/containerd type=CREATE path=" TASK
			ID "/config.json\n",
		"50<1 openat(ffffff9c) = 4 exe=/usr/bin/dockerd path=/var/lib/docker/image/"
		"overlay2/imagedb/content/sha256/" CONFIG "\n"
		"50<1 openat(ffffff9c,0,41) = 5 exe=/usr/bin/dockerd type=CREATE path=/var/lib/"
		"docker/image/overlay2/layerdb/mounts/" ID "/.tmp-mount-id123\n",
	};

	world_run(&w, lines[_i]);
	ck_assert_str_eq(by_id(ID)->image_id, "sha256:" CONFIG);
}
END_TEST

/* Nobody else's word counts for that. */
START_TEST(forged_image_id)
{
	world_run(&w,
		  "50<1 openat(ffffff9c) = 4 exe=/tmp/x path=" BLOBS CONFIG "\n"
		  "50<1 openat(ffffff9c,0,41) = 5 exe=/tmp/x type=CREATE path=" TASK ID
		  "/config.json\n");
	ck_assert_int_eq(state_containers(w.state), 0);
}
END_TEST

START_TEST(kubelet_links)
{
	world_run(&w,
		  "50<1 symlinkat() = 0 exe=/usr/bin/kubelet type=CREATE mode=0120777 "
		  "path=/var/log/containers/web-7c9_shop_app-" ID ".log\n"
		  "50<1 symlinkat() = 0 exe=/usr/bin/kubelet type=CREATE mode=0120777 "
		  "path=/var/log/containers/web-7c9_shop_app-short.log\n");
	ck_assert_int_eq(state_containers(w.state), 1);
	ck_assert_str_eq(by_id(ID)->pod, "web-7c9");
	ck_assert_str_eq(by_id(ID)->ns, "shop");
	ck_assert_str_eq(by_id(ID)->name, "app");
}
END_TEST

START_TEST(podman_image)
{
	world_run(&w,
		  "40<30 execve() = 0 exe=/usr/bin/podman argv=podman,run,-d,reg/web:1\n"
		  "50<40 execve() = 0 exe=/usr/bin/conmon argv=conmon,-c,C1,-n,web\n");
	ck_assert_str_eq(by_id("C1")->image, "reg/web:1");
	ck_assert_str_eq(by_id("C1")->runtime, "podman");
}
END_TEST

/* A runtime's copy of itself is none of the programs that are judged. */
/* An id that is used again, with another bundle or image, is another container's. */
START_TEST(used_again)
{
	static const char *const made[][2] = {
		{ "9<8 execve() = 0" RUNC "argv=runc,run,-d,--bundle,/b/one,C1\n",
		  "11<8 execve() = 0" RUNC "argv=runc,run,-d,--bundle,/b/two,C1\n" },
		{ "9<8 execve() = 0 exe=/usr/bin/ctr argv=ctr,run,one,C1\n"
		  "9<8 execve() = 0" RUNC "argv=runc,run,C1\n",
		  "11<8 execve() = 0 exe=/usr/bin/ctr argv=ctr,run,two,C1\n"
		  "11<8 execve() = 0" RUNC "argv=runc,run,C1\n" },
	};
	const char *first = made[_i][0], *second = made[_i][1];
	const struct container *c;

	world_run(&w, first);
	world_run(&w, "10<9 execve() = 0 exe=/app path=/app inode=7 dev=00:30\n");
	c = container_of(world_proc(&w, 10));
	ck_assert_ptr_nonnull(c);
	ck_assert(!c->renewed);
	world_run(&w, first); /* the same again is the same */
	world_run(&w, second);
	world_run(&w, "12<11 execve() = 0 exe=/app path=/app inode=7 dev=00:31\n");
	ck_assert_ptr_ne(container_of(world_proc(&w, 12)), c);
	ck_assert(container_of(world_proc(&w, 12))->renewed);
	ck_assert_str_eq(container_of(world_proc(&w, 12))->id, "C1");
	ck_assert_ptr_eq(container_of(world_proc(&w, 10)), c);
}
END_TEST

START_TEST(own_copies)
{
	static const struct {
		const char *lines;
		bool own;
	} runs[] = {
		{ "9<8 execve() = 0" RUNC "argv=runc,run,C1\n"
		  "9<8 execveat() = 0 exe=/ argv=runc,run,C1 path=/ inode=7\n",
		  true },
		{ "9<8 execve() = 0" RUNC "argv=runc,kill,C1,9\n"
		  "9<8 execveat() = 0 exe=/ argv=runc,kill,C1,9 path=/ inode=7\n",
		  true },
		{ "9<8 execve() = 0 exe=/usr/bin/lxc-attach argv=lxc-attach,-n,C1\n"
		  "9<8 execveat() = 0 exe=/memfd:lxc-attach argv=lxc-attach,-n,C1\n",
		  true },
		{ "9<8 execve() = 0 exe=/usr/bin/bash\n"
		  "9<8 execveat() = 0 exe=/memfd:runc_cloned:x argv=runc,init\n",
		  false },
		{ "9<8 execve() = 0" RUNC "argv=runc,run,C1\n"
		  "9<8 execve() = 0 exe=/memfd:x argv=x path=/memfd:x dev=00:01\n",
		  false },
		{ "9<8 execve() = 0" RUNC "argv=runc,run,C1\n"
		  "9<8 execve() = 0 exe=/sbin/docker-init path=/sbin/docker-init\n",
		  true },
		{ "9<8 execve() = 0 exe=/sbin/docker-init path=/sbin/docker-init\n",
		  false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		struct world one;

		world_init(&one);
		world_run(&one, runs[i].lines);
		ck_assert_msg(container_runtime_exec(world_proc(&one, 9)) == runs[i].own,
			      "%s", runs[i].lines);
		world_fini(&one);
	}
}
END_TEST

/* More containers than there is room for: those go that nobody is in. */
START_TEST(limit)
{
	struct host host = { .node = "" };
	struct proc proc = { .host = &host };
	struct containers *tab = containers_new(NULL);
	struct container *kept = containers_get(tab, &host, slice_str("kept"));
	char id[32];

	container_put_in(&proc, kept, VIA_ENTRY);
	for (int i = 0; i < LIMIT_CONTAINERS * 2; i++) {
		snprintf(id, sizeof(id), "C%d", i);
		containers_get(tab, &host, slice_str(id));
		while (containers_next_changed(tab))
			continue;
		ck_assert_uint_le(containers_count(tab), LIMIT_CONTAINERS);
	}
	ck_assert_ptr_eq(containers_get(tab, &host, slice_str("kept")), kept);
	ck_assert_str_eq(container_of(&proc)->id, "kept");
	container_let_go(&proc);
	containers_free(&tab);
}
END_TEST

/* Where all are in use, one without a name stands for the rest. */
START_TEST(all_in_use)
{
	static struct proc procs[LIMIT_CONTAINERS + 10];
	struct host host = { .node = "" };
	struct proctab *procs_of = proctab_new();
	struct containers *tab = containers_new(procs_of);
	char id[32];

	for (int i = 0; i < LIMIT_CONTAINERS + 10; i++) {
		snprintf(id, sizeof(id), "C%d", i);
		container_put_in(&procs[i], containers_get(tab, &host, slice_str(id)),
				 VIA_ENTRY);
	}
	ck_assert_uint_le(containers_count(tab), LIMIT_CONTAINERS);
	ck_assert_str_eq(container_of(&procs[7])->id, "C7");
	ck_assert_ptr_null(container_of(&procs[LIMIT_CONTAINERS + 5])->id);
	ck_assert_uint_eq(proctab_memory(procs_of)->lost[LOSS_CONTAINERS], 10);
	containers_let_go(tab);
	for (int i = 0; i < LIMIT_CONTAINERS + 10; i++)
		container_let_go(&procs[i]);
	containers_free(&tab);
	proctab_free(&procs_of);
}
END_TEST

/* What they are called is bounded as well, and room is made by those that go. */
START_TEST(too_much_to_say)
{
	static char text[1 << 16];
	const struct slice long_name = { text, sizeof(text) };
	struct proctab *procs = proctab_new();
	struct memory *mem = proctab_memory(procs);
	struct containers *tab = containers_new(procs);
	struct host host = { .node = "" };
	struct container *c = NULL;
	char id[32];
	int i;

	memset(text, 'x', sizeof(text));
	for (i = 0; i < LIMIT_CONTAINERS && mem->lost[LOSS_CONTAINERS] == 0; i++) {
		snprintf(id, sizeof(id), "C%d", i);
		c = containers_get(tab, &host, slice_str(id));
		containers_learn(tab, c, &c->name, long_name);
	}
	ck_assert_int_lt(i, LIMIT_CONTAINER_TEXT / (int)sizeof(text) + 2);
	ck_assert_int_gt(i, LIMIT_CONTAINER_TEXT / (int)sizeof(text) - 2);
	ck_assert_ptr_null(c->name);
	while (containers_next_changed(tab))
		continue;
	for (; containers_count(tab) < LIMIT_CONTAINERS; i++) {
		snprintf(id, sizeof(id), "C%d", i);
		containers_get(tab, &host, slice_str(id));
		while (containers_next_changed(tab))
			continue;
	}
	c = containers_get(tab, &host, slice_str("one more"));
	containers_learn(tab, c, &c->name, long_name);
	ck_assert_ptr_nonnull(c->name);
	containers_free(&tab);
	proctab_free(&procs);
}
END_TEST

/* A log that begins late: one name stands for the root that nobody saw. */
START_TEST(unseen_root)
{
	world_run(&w,
		  "600<1 execve() = 0" SHIM "argv=shim,-namespace,moby,-id,C1\n"
		  "610<600 execve() = 0" RUNC "argv=runc,create,C1\n"
		  "620<600 execve() = 0 exe=/app path=/app" ON_ROOT "\n"
		  "620<600 pivot_root() = 0 exe=/app path=. inode=55 cwd=/b/rootfs\n");
	ck_assert_str_eq(world_proc(&w, 620)->root, "/container:C1");
	world_run(&w, "640<500 openat(ffffff9c,0,0) = 5 path=/proc/620/ns/mnt inode=4\n"
		      "640<500 openat(ffffff9c,0,0) = 6 path=/proc/620/root inode=55 "
		      "mode=040755\n"
		      "640<500 setns(5,20000) = 0\n"
		      "640<500 chroot() = 0 path=. inode=55 mode=040755\n");
	ck_assert_str_eq(world_proc(&w, 640)->root, "/container:C1");
}
END_TEST

Suite *suite_container(void);

Suite *suite_container(void)
{
	Suite *suite = suite_create("container");
	TCase *tc = tcase_create("container");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, attribution, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, image_ids, 0, 2);
	tcase_add_test(tc, forged_image_id);
	tcase_add_test(tc, kubelet_links);
	tcase_add_test(tc, podman_image);
	tcase_add_test(tc, own_copies);
	tcase_add_loop_test(tc, used_again, 0, 2);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, all_in_use);
	tcase_add_test(tc, unseen_root);
	tcase_add_test(tc, too_much_to_say);
	suite_add_tcase(suite, tc);
	return suite;
}
