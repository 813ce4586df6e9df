/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is in which container, from lineage: a runtime was told an id; what it
 * or its children run that is not the runtime itself is the container's. The
 * last step is often seen without the first ones (the runtime has gone and
 * its child hangs under a monitor), so monitors, devices and titles are
 * asked too. exe= is the kernel's word and decides; argv is only parsed.
 */
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "state/enter.h"
#include "state/state_priv.h"

enum { RECORD_PROCTITLE = 1327, LIMIT_TITLE_WORDS = 64 }; /* linux/audit.h */

static bool is_exec(const struct apply *a)
{
	return a->sc.call == CALL_EXECVE || a->sc.call == CALL_EXECVEAT;
}

/*
 * runc and crun run themselves from a sealed or bind-mounted copy, which has
 * no path that anyone could have written to (runc, libcontainer/dmz; crun,
 * libcrun/cloned_binary.c; lxc, src/lxc/rexec.c).
 */
static bool is_copy(struct slice exe)
{
	static const char *const memory[] = { "/memfd:runc_cloned:",
					      "/memfd:crun_cloned:", "/memfd:lxc-" };

	if (slice_eq_str(exe, "/") || slice_eq_str(exe, "/runc"))
		return true;
	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++) {
		if (slice_starts(exe, slice_str(memory[i])))
			return true;
	}
	return false;
}

/*
 * The words of the title. The kernel takes it once for a task, at its first
 * record, and keeps it over execve (kernel/auditsc.c, audit_log_proctitle):
 * where it differs from what runs, it tells what ran before. It is cut at 128
 * bytes, so the last word may not be whole.
 */
static uint32_t title_words(const struct apply *a, struct slice words[LIMIT_TITLE_WORDS])
{
	struct slice rest = event_field(a->event, RECORD_PROCTITLE, "proctitle");
	uint32_t n = 0;

	while (rest.len && n < LIMIT_TITLE_WORDS) {
		const char *end = memchr(rest.ptr, '\0', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		words[n++] = slice_make(rest.ptr, len);
		rest = slice_skip(rest, len + 1);
	}
	return n;
}

static struct container *get(struct apply *a, struct slice id)
{
	return containers_get(a->state->containers, a->proc->host, id);
}

static void learn(struct apply *a, struct container *c, char **field, struct slice value)
{
	containers_learn(a->state->containers, c, field, value);
}

static struct proc *present_parent(const struct apply *a)
{
	return a->sc.ppid == a->sc.pid ? NULL : proctab_find(a->proc->host, a->sc.ppid);
}

/* ---- what a command line tells ---- */

static void learn_line(struct apply *a, struct container *c,
		       const struct container_cli *cli)
{
	learn(a, c, &c->name, cli->name);
	learn(a, c, &c->pod, cli->pod);
	if (cli->pod.len)
		learn(a, c, &c->ns, cli->ns);
	learn(a, c, &c->bundle, cli->bundle);
	learn(a, c, &c->rootfs, cli->root);
	learn(a, c, &c->image, cli->image);
}

/* podman above conmon has the image's name in its command line. */
static void learn_engine(struct apply *a, struct container *c)
{
	const struct proc *up = a->proc->parent;

	for (int i = 0; up && i < 4; i++, up = up->parent) {
		const struct ctr_role *role = up->role;

		if (!role || role->kind != ROLE_ENGINE || !role->image)
			continue;
		learn(a, c, &c->image, slice_str(role->image));
		return;
	}
}

/*
 * What its children told before: they are in its container, or in some of
 * the pod's.
 */
static void take_over(struct apply *a, struct ctr_role *was, struct container *c,
		      bool is_pod)
{
	struct containers *tab = a->state->containers;

	if (!is_pod) {
		ctr_role_unite(tab, was, c);
		return;
	}
	for (uint32_t i = 0; i < was->nmore; i++) {
		struct container *one = container_real(was->more[i]);

		containers_learn(tab, one, &one->sandbox, slice_str(c->id));
	}
	containers_unite(tab, was->container, c);
}

static void become_monitor(struct apply *a, const struct container_cli *cli)
{
	struct container *c = get(a, cli->id);
	bool is_pod = slice_eq_str(cli->ns, "k8s.io");
	struct ctr_role *role;

	if (a->proc->role && a->proc->role->kind == ROLE_MONITOR)
		take_over(a, a->proc->role, c, is_pod);
	role = ctr_role_set(a->proc, ROLE_MONITOR, c);
	role->runtime = cli->runtime;
	role->is_pod = is_pod;
	if (cli->helper.len)
		role->helper = xmemdup0(cli->helper.ptr, cli->helper.len);
	learn_line(a, c, cli);
	learn(a, c, &c->runtime, slice_str(cli->runtime));
	learn_engine(a, c);
	if (role->is_pod)
		learn(a, c, &c->sandbox, cli->id);
}

static void monitor_line(struct apply *a, const struct container_cli *cli)
{
	struct container *c;

	if (cli->verb == VERB_OTHER) {
		become_monitor(a, cli);
		return;
	}
	/* A shim that only starts the one that stays, or cleans up. */
	c = get(a, cli->id);
	learn(a, c, &c->runtime, slice_str(cli->runtime));
	if (cli->verb == VERB_DELETE)
		containers_gone(a->state->containers, c);
	ctr_role_drop(a->proc);
}

static void engine_line(struct apply *a, const struct container_cli *cli)
{
	struct ctr_role *role;

	if (cli->id.len) {
		struct container *c = get(a, cli->id);

		learn(a, c, &c->image, cli->image);
		learn(a, c, &c->runtime, slice_str(cli->runtime));
		return;
	}
	role = ctr_role_set(a->proc, ROLE_ENGINE, NULL);
	role->image = xmemdup0(cli->image.ptr, cli->image.len);
}

/* buildah, and podman under the name of "buildah-oci-runtime", need no monitor. */
static bool is_engine(const struct proc *proc)
{
	struct slice base = slice_basename(slice_str(proc->image->exe));

	return slice_eq_str(base, "buildah") || slice_eq_str(base, "podman");
}

/* Its parent waits for the container: a monitor, if nothing else is known of it. */
static void note_monitor(struct apply *a, struct container *c,
			 const struct container_cli *cli)
{
	struct proc *parent = present_parent(a);
	struct ctr_role *role = parent ? parent->role : NULL;

	if (!parent || parent->container)
		return;
	if (!role && cli->by_monitor && (!parent->observed || is_engine(parent))) {
		bool is_pod = slice_eq_str(cli->ns, "k8s.io");

		role = ctr_role_set(parent, ROLE_MONITOR,
				    is_pod ? containers_unknown(a->state->containers,
								parent->host)
					   : c);
		role->implied = true;
		role->is_pod = is_pod;
	}
	if (!role || role->kind != ROLE_MONITOR)
		return;
	if (!role->is_pod && !container_real(role->container)->id)
		containers_identify(a->state->containers, role->container,
				    slice_str(c->id));
	ctr_role_add(role, c);
	if (role->runtime)
		learn(a, c, &c->runtime, slice_str(role->runtime));
	if (role->is_pod && role->container->id)
		learn(a, c, &c->sandbox, slice_str(role->container->id));
}

static void name_runtime(struct apply *a, struct container *c,
			 const struct container_cli *cli)
{
	static const struct slice buildah = SLICE_LIT("/var/tmp/buildah");

	if (slice_eq_str(cli->ns, "moby"))
		learn(a, c, &c->runtime, SLICE_LIT("docker"));
	else if (cli->ns.len && !cli->pod.len)
		learn(a, c, &c->runtime, SLICE_LIT("containerd"));
	else if (slice_starts(cli->bundle, buildah))
		learn(a, c, &c->runtime, SLICE_LIT("buildah"));
	else
		learn(a, c, &c->runtime, slice_str(cli->runtime));
}

/* The container that the line is about; NULL: one that is not known, or none. */
static struct container *target(struct apply *a, const struct container_cli *cli)
{
	const struct proc *whose;

	if (cli->id.len)
		return get(a, cli->id);
	if (cli->verb == VERB_RUN)
		return containers_unknown(a->state->containers, a->proc->host);
	whose = cli->pid ? proctab_find(a->proc->host, cli->pid) : NULL;
	return whose && whose->container ? container_real(whose->container) : NULL;
}

static void ask_for_entry(struct apply *a, struct container *c, enum cli_verb verb)
{
	c->command = containers_command(a->state->containers);
	if (verb == VERB_EXEC) {
		c->awaits_exec++;
		c->asked = VIA_EXEC;
	} else {
		c->awaits_entry = true;
		c->asked = VIA_ENTRY;
	}
}

/* c: what it is about to enter; NULL: it enters nothing. */
static struct ctr_role *become_runtime(struct apply *a, struct container *c)
{
	const struct image *image = a->proc->image;
	struct ctr_role *role = ctr_role_set(a->proc, ROLE_RUNTIME, c);

	role->maker_pid = a->proc->pid;
	role->dev = image->dev;
	role->inode = image->inode;
	return role;
}

static void runtime_line(struct apply *a, const struct container_cli *cli)
{
	struct ctr_role *role = a->proc->role;
	struct container *c;

	if (cli->verb == VERB_INIT) {
		if (role && role->kind == ROLE_RUNTIME)
			role->self = true;
		return;
	}
	c = target(a, cli);
	if (!c) {
		become_runtime(a, NULL);
		return;
	}
	if (role && role->kind == ROLE_RUNTIME && role->verb == cli->verb &&
	    (role->container == c || !cli->id.len)) {
		role->self = true; /* the same line again, from a copy of the binary */
		return;
	}
	learn_line(a, c, cli);
	note_monitor(a, c, cli);
	name_runtime(a, c, cli);
	if (cli->verb == VERB_DELETE)
		containers_gone(a->state->containers, c);
	else
		ask_for_entry(a, c, cli->verb);
	if (cli->verb == VERB_DELETE || cli->verb == VERB_START) {
		become_runtime(a, NULL);
		return;
	}
	role = become_runtime(a, c);
	role->verb = cli->verb;
	role->runtime = cli->runtime;
	if (cli->verb == VERB_RUN)
		enter_await(a, c);
}

static void obey_line(struct apply *a, const struct container_cli *cli)
{
	containers_host_dev(a->state->containers, a->proc->host, a->proc->image->dev);
	switch (cli->kind) {
	case CLI_RUNTIME: runtime_line(a, cli); break;
	case CLI_MONITOR: monitor_line(a, cli); break;
	case CLI_ENGINE: engine_line(a, cli); break;
	default: break;
	}
}

/* ---- first sight ---- */

/* conmon and the shims carry their container's id in the first 128 bytes. */
static void monitor_by_title(struct apply *a, const struct slice *words, uint32_t n)
{
	struct container_cli cli;

	if (!container_cli_parse(slice_basename(a->sc.exe), words, n, &cli) ||
	    cli.verb != VERB_OTHER)
		return;
	become_monitor(a, &cli);
}

/*
 * A program that is no runtime under the title "runc init", or crun's whole
 * line: it came in through the runtime before its first record. Only below a
 * monitor or a parent that was never seen, since a title can be forged; and
 * not below init, where whatever lost its parent hangs.
 */
static void enter_by_title(struct apply *a, const struct slice *words, uint32_t n)
{
	struct proc *parent = present_parent(a);
	struct container_cli cli;
	bool known = parent && parent->role && parent->role->kind == ROLE_MONITOR;

	if (!container_cli_parse(slice_basename(words[0]), words, n, &cli) ||
	    cli.kind != CLI_RUNTIME || cli.verb == VERB_DELETE || cli.verb == VERB_START)
		return;
	if (!known && (!parent || parent->observed || a->sc.ppid <= 1))
		return;
	if (cli.verb != VERB_INIT && cli.id.len)
		enter(a, get(a, cli.id), cli.verb == VERB_EXEC ? VIA_EXEC : VIA_ENTRY);
	else
		enter_under(a, parent);
}

static void look_at_stage(struct apply *a)
{
	static const struct slice stage = SLICE_LIT("runc:[");

	/* libcontainer/nsenter/nsexec.c names its stages so */
	if (slice_starts(a->sc.comm, stage))
		a->proc->role->inside = true;
}

static void first_sight(struct apply *a)
{
	struct slice words[LIMIT_TITLE_WORDS];
	struct slice base = slice_basename(a->sc.exe);
	uint32_t n;

	if (a->proc->role && a->proc->role->kind == ROLE_RUNTIME)
		return;
	if (enter_known(a) || is_exec(a) || is_copy(a->sc.exe))
		return;
	n = title_words(a, words);
	if (n == 0)
		return;
	if (container_cli_kind(base) == CLI_MONITOR)
		monitor_by_title(a, words, n);
	else if (container_cli_kind(base) == CLI_NONE &&
		 !ctr_role_is_settled(a->proc->role))
		enter_by_title(a, words, n);
}

void containers_observe(struct apply *a)
{
	struct proc *proc = a->proc;

	if (proc->container)
		return;
	if (!proc->looked_at) {
		proc->looked_at = true;
		first_sight(a);
	}
	if (proc->role && proc->role->kind == ROLE_RUNTIME && !proc->role->inside)
		look_at_stage(a);
}

/* ---- execve ---- */

/* Below a runtime, but run by the runtime for the host: an OCI hook. */
static bool is_hook(struct apply *a, const struct ctr_role *role)
{
	const struct image *image = a->proc->image;
	const struct container *c = container_real(role->container);
	struct slice words[LIMIT_TITLE_WORDS];
	struct container_cli cli;
	uint32_t n;

	if (role->inside)
		return false;
	n = title_words(a, words);
	if (n && container_cli_parse(slice_basename(words[0]), words, n, &cli) &&
	    cli.verb == VERB_INIT)
		return false;
	/* What create made runs only after create has gone. */
	if (role->verb == VERB_CREATE && a->sc.ppid == role->maker_pid)
		return true;
	return c->has_dev && image->dev == role->dev && image->dev != c->dev;
}

static void ordinary(struct apply *a)
{
	struct ctr_role *role = a->proc->role;

	if (role && role->kind == ROLE_RUNTIME && role->container) {
		struct container *c = container_real(role->container);

		if (is_hook(a, role))
			ctr_role_drop(a->proc);
		else
			enter(a, c, role->verb == VERB_EXEC ? VIA_EXEC : VIA_ENTRY);
		return;
	}
	ctr_role_drop(a->proc);
	enter_by_place(a);
}

/* The runtime itself again, from a copy: argv[0] tells its name. */
static bool is_own_copy(const struct apply *a)
{
	const struct ctr_role *role = a->proc->role;
	const struct image *image = a->proc->image;

	if (!role || role->kind != ROLE_RUNTIME || role->inside)
		return false;
	return is_copy(a->sc.exe) ||
	       (image->inode && image->inode == role->inode && image->dev == role->dev);
}

/* Whatever its name is, what runs there is the container's. */
static bool is_inside(const struct apply *a)
{
	const struct ctr_role *role = a->proc->role;

	return (role && role->container && role->inside) ||
	       containers_by_dev(a->state->containers, a->proc->host,
				 a->proc->image->dev);
}

void containers_exec(struct apply *a)
{
	struct slice base = slice_basename(a->sc.exe);
	struct event_argv args = { 0 };
	struct container_cli cli;
	bool own;

	if (a->proc->container) {
		enter_refine(a);
		return;
	}
	own = is_own_copy(a);
	if (a->proc->role)
		a->proc->role->self = own;
	event_argv(a->event, &args);
	if (own && args.argc)
		base = slice_basename(args.argv[0]);
	if (!own && is_inside(a))
		ordinary(a);
	else if (args.argc && container_cli_parse(base, args.argv, args.argc, &cli))
		obey_line(a, &cli);
	else if (!own && container_cli_kind(base) == CLI_RUNTIME)
		become_runtime(a, NULL);
	else if (!own)
		ordinary(a);
}

/* ---- other calls ---- */

void containers_pivot_root(struct apply *a)
{
	struct ctr_role *role = a->proc->role;
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	if (!role || role->kind != ROLE_RUNTIME || a->proc->container)
		return;
	role->inside = true;
	if (n && role->container && paths[0].dev_major == 0)
		containers_map_dev(a->state->containers, container_real(role->container),
				   apply_dev(&paths[0]));
}

/* N of "/proc/N/ns/mnt", or 0. */
static int64_t ns_owner(const char *path)
{
	static const struct slice head = SLICE_LIT("/proc/"), tail = SLICE_LIT("/ns/mnt");
	struct slice s = slice_str(path);
	uint32_t pid;

	if (!slice_starts(s, head) || !slice_ends(s, tail) ||
	    s.len <= head.len + tail.len)
		return 0;
	s = slice_make(s.ptr + head.len, s.len - head.len - tail.len);
	return num_u32(s, &pid) ? pid : 0;
}

void containers_setns(struct apply *a)
{
	const struct fdent *ent = apply_fd(a, a->sc.a[0]);
	struct ctr_role *role = a->proc->role;
	const struct proc *whose;
	int64_t pid;

	if (a->proc->container || (a->sc.a[1] && !(a->sc.a[1] & CLONE_NEWNS)))
		return;
	if (role && role->kind == ROLE_RUNTIME)
		role->inside = true;
	pid = ent && ent->obj->path ? ns_owner(ent->obj->path) : 0;
	whose = pid ? proctab_find(a->proc->host, pid) : NULL;
	if (role || !whose || !whose->container)
		return;
	role = ctr_role_set(a->proc, ROLE_RUNTIME, container_real(whose->container));
	role->verb = VERB_EXEC;
	role->inside = true;
	role->maker_pid = a->proc->pid;
}

void containers_exit(struct apply *a)
{
	const struct ctr_role *role = a->proc->role;

	if (role && role->kind == ROLE_MONITOR && !role->implied && role->container)
		containers_gone(a->state->containers, container_real(role->container));
}
