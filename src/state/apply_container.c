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
#include "state/obey.h"
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

/* ---- first sight ---- */

/* conmon and the shims carry their container's id in the first 128 bytes. */
static void monitor_by_title(struct apply *a, const struct slice *words, uint32_t n)
{
	struct container_cli cli;

	if (!container_cli_parse(slice_basename(a->sc.exe), words, n, &cli) ||
	    cli.verb != VERB_OTHER)
		return;
	obey_monitor(a, &cli);
}

/*
 * A program that is no runtime under the title "runc init", or crun's whole
 * line: it came in through the runtime before its first record. Only below a
 * monitor or a parent that was never seen, since a title can be forged; and
 * not below init, where whatever lost its parent hangs.
 */
static void enter_by_title(struct apply *a, const struct slice *words, uint32_t n)
{
	struct proc *parent = obey_parent(a);
	struct container_cli cli;
	bool known = parent && parent->role && parent->role->kind == ROLE_MONITOR;

	if (!container_cli_parse(slice_basename(words[0]), words, n, &cli) ||
	    cli.kind != CLI_RUNTIME || cli.verb == VERB_DELETE || cli.verb == VERB_START)
		return;
	if (!known && (!parent || parent->observed || a->sc.ppid <= 1))
		return;
	if (cli.verb != VERB_INIT && cli.id.len)
		enter(a, obey_container(a, cli.id),
		      cli.verb == VERB_EXEC ? VIA_EXEC : VIA_ENTRY);
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

	if (!proc->container && !proc->looked_at) {
		proc->looked_at = true;
		first_sight(a);
	}
	if (proc->role && proc->role->kind == ROLE_RUNTIME && !proc->role->inside)
		look_at_stage(a);
}

/* ---- execve ---- */

/* Runtimes run these on the host to set a user namespace up: newuidmap(1). */
static bool is_mapper(const struct apply *a)
{
	struct slice base = slice_basename(a->sc.exe);

	return slice_eq_str(base, "newuidmap") || slice_eq_str(base, "newgidmap");
}

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
	if (is_mapper(a))
		return true;
	if (role->verb == VERB_EXEC) /* has no hooks */
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

/*
 * A runtime within a container: what it starts is in another one only where
 * the records show it leave the outer one's root.
 */
static void nested(struct apply *a, struct slice base, const struct event_argv *args,
		   bool own)
{
	const struct ctr_role *role = a->proc->role;
	struct container_cli cli;

	enter_refine(a);
	if (!own && role && role->container && role->inside)
		enter(a, container_real(role->container),
		      role->verb == VERB_EXEC ? VIA_EXEC : VIA_ENTRY);
	else if (args->argc && container_cli_kind(base) == CLI_RUNTIME &&
		 container_cli_parse(base, args->argv, args->argc, &cli))
		obey_runtime_line(a, &cli);
	else if (!own)
		ctr_role_drop(a->proc);
}

void containers_exec(struct apply *a)
{
	struct slice base = slice_basename(a->sc.exe);
	struct event_argv args = { 0 };
	struct container_cli cli;
	bool own;

	own = is_own_copy(a);
	if (a->proc->role)
		a->proc->role->self = own;
	event_argv(a->event, &args);
	if (own && args.argc)
		base = slice_basename(args.argv[0]);
	if (a->proc->container)
		nested(a, base, &args, own);
	else if (!own && is_inside(a))
		ordinary(a);
	else if (args.argc && container_cli_parse(base, args.argv, args.argc, &cli))
		obey_line(a, &cli);
	else if (!own && container_cli_kind(base) == CLI_RUNTIME)
		obey_runtime(a, NULL);
	else if (!own)
		ordinary(a);
}

/* ---- other calls ---- */

void containers_pivot_root(struct apply *a)
{
	struct ctr_role *role = a->proc->role;
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	if (!role || role->kind != ROLE_RUNTIME)
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

	if (a->sc.a[1] && !(a->sc.a[1] & CLONE_NEWNS))
		return;
	if (role && role->kind == ROLE_RUNTIME)
		role->inside = true;
	if (a->proc->container)
		return;
	pid = ent && ent->obj->path ? ns_owner(ent->obj->path) : 0;
	whose = pid ? proctab_find(a->proc->host, pid) : NULL;
	if (role || !whose || !whose->container)
		return;
	role = ctr_role_set(a->proc, ROLE_RUNTIME, container_real(whose->container));
	role->verb = VERB_EXEC;
	role->inside = true;
	role->maker_pid = a->proc->pid;
}

/*
 * setns(2) is of one thread: podman goes into a container to copy files, in a
 * thread that it ends then (buildah, copier), and starts helpers on the host.
 */
bool containers_left(struct apply *a)
{
	const struct ctr_role *role = a->proc->role;

	if (!role || role->kind != ROLE_RUNTIME || role->verb != VERB_EXEC ||
	    !role->inside || role->maker_pid != a->proc->pid || a->proc->container)
		return false;
	ctr_role_drop(a->proc);
	return true;
}

void containers_exit(struct apply *a)
{
	const struct ctr_role *role = a->proc->role;

	if (role && role->kind == ROLE_MONITOR && !role->implied && role->container)
		containers_gone(a->state->containers, container_real(role->container));
}
