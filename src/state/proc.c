/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a child gets its parent: pid= and ppid= of its own records decide,
 * because exit= of a clone is a pid in the caller's namespace and may be a
 * thread's (kernel/fork.c, kernel_clone). A clone only leaves a pending
 * entry with a snapshot of the descriptors; the child's first record claims
 * it. Where the child's record comes before the clone's (vfork, or another
 * CPU), the clone finds the child and only marks its start as seen.
 */
#include "state/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/xalloc.h"

struct proctab {
	struct map *hosts; /* by node */
	size_t alive;
	struct proc **dead; /* references: ended, and not buried yet */
	size_t ndead, dead_cap;
	struct proc **changed; /* references, in the order of their first change */
	size_t nchanged, changed_cap, changed_at;
};

/* ---- images ---- */

struct image *image_new(void)
{
	struct image *image = xcalloc(1, sizeof(*image));

	image->refs = 1;
	return image;
}

struct image *image_ref(struct image *image)
{
	image->refs++;
	return image;
}

void image_unref(struct image **imagep)
{
	struct image *image = *imagep;

	*imagep = NULL;
	while (image && --image->refs == 0) {
		struct image *older = image->older;

		for (uint32_t i = 0; i < image->argc; i++)
			free(image->argv[i]);
		free(image->argv);
		free(image->exe);
		free(image->comm);
		free(image->name);
		free(image->cwd);
		free(image->tty);
		free(image);
		image = older; /* iterative: a chain may be long */
	}
}

/* ---- one process ---- */

struct proc *proc_ref(struct proc *proc)
{
	proc->refs++;
	return proc;
}

struct proc *proc_hold(const struct proc *proc)
{
	return proc_ref((struct proc *)proc);
}

static void drop_pending(struct proc *proc)
{
	for (uint32_t i = 0; i < proc->npending; i++)
		fdtab_unref(&proc->pending[i].fds);
	free(proc->pending);
	proc->pending = NULL;
	proc->npending = proc->pending_cap = 0;
}

void proc_unref(struct proc **procp)
{
	struct proc *proc = *procp;

	*procp = NULL;
	while (proc && --proc->refs == 0) {
		struct proc *parent = proc->parent;

		drop_pending(proc);
		fdtab_release(proc->fds, proc);
		fdtab_unref(&proc->fds);
		if (proc->files_of)
			proc_unref(&proc->files_of);
		image_unref(&proc->image);
		free(proc->cwd);
		free(proc->root);
		free(proc);
		proc = parent; /* iterative: a chain may be long */
	}
}

struct proc *proc_files(struct proc *proc)
{
	return proc->files_of ? proc->files_of : proc;
}

bool proc_descends(const struct proc *proc, const struct proc *ancestor)
{
	for (int i = 0; proc && i < LIMIT_ANCESTRY; i++, proc = proc->parent) {
		if (proc == ancestor)
			return true;
	}
	return false;
}

static char *dup_or_null(const char *str)
{
	return str ? xstrdup(str) : NULL;
}

/* ---- hosts ---- */

struct proctab *proctab_new(void)
{
	struct proctab *tab = xcalloc(1, sizeof(*tab));

	tab->hosts = map_new();
	return tab;
}

struct host *proctab_host(struct proctab *tab, struct slice node)
{
	struct host *host = map_get(tab->hosts, node);

	if (host)
		return host;
	host = xcalloc(1, sizeof(*host));
	host->node = xmemdup0(node.ptr, node.len);
	host->procs = map_new();
	map_put(tab->hosts, node, host);
	return host;
}

static void let_go(struct proc *proc)
{
	fdtab_release(proc->fds, proc);
	fdtab_unref(&proc->fds);
	proc->fds = fdtab_new();
	drop_pending(proc);
	if (proc->files_of)
		proc_unref(&proc->files_of);
}

static void forget_all(struct proctab *tab, struct host *host)
{
	struct map_iter it = { 0 };
	void *value;

	while (map_next(host->procs, &it, NULL, &value)) {
		struct proc *proc = value;

		let_go(proc); /* of all, before the first is freed */
		tab->alive--;
	}
	it = (struct map_iter){ 0 };
	while (map_next(host->procs, &it, NULL, &value)) {
		struct proc *proc = value;

		proc_unref(&proc);
	}
	map_free(&host->procs);
}

void proctab_free(struct proctab **tabp)
{
	struct proctab *tab = *tabp;
	struct map_iter it = { 0 };
	struct proc *proc;
	uint32_t seq;
	void *value;

	if (!tab)
		return;
	while ((proc = proctab_next_changed(tab, &seq)))
		proc_unref(&proc);
	free(tab->changed);
	proctab_bury(tab);
	free(tab->dead);
	while (map_next(tab->hosts, &it, NULL, &value)) {
		struct host *host = value;

		forget_all(tab, host);
		free(host->node);
		free(host);
	}
	map_free(&tab->hosts);
	free(tab);
	*tabp = NULL;
}

void proctab_reboot(struct proctab *tab, struct host *host, struct evref at)
{
	struct map_iter it = { 0 };
	void *value;

	while (map_next(host->procs, &it, NULL, &value)) {
		struct proc *proc = value;

		proc->ended = true;
		proc->end = at;
		proctab_touch(tab, proc);
	}
	forget_all(tab, host);
	host->procs = map_new();
	host->boot++;
}

struct proc *proctab_find(const struct host *host, int64_t pid)
{
	return map_get_u64(host->procs, (uint64_t)pid);
}

size_t proctab_alive(const struct proctab *tab)
{
	return tab->alive;
}

/* ---- what changed ---- */

void proctab_touch(struct proctab *tab, struct proc *proc)
{
	if (proc->listed)
		return;
	if (tab->nchanged == tab->changed_cap) {
		tab->changed_cap = tab->changed_cap ? tab->changed_cap * 2 : 64;
		tab->changed =
			xreallocarray(tab->changed, tab->changed_cap, sizeof(*tab->changed));
	}
	tab->changed[tab->nchanged++] = proc_ref(proc);
	proc->listed = true;
}

struct proc *proctab_next_changed(struct proctab *tab, uint32_t *first_new)
{
	struct proc *proc;

	if (tab->changed_at == tab->nchanged) {
		tab->changed_at = tab->nchanged = 0;
		return NULL;
	}
	proc = tab->changed[tab->changed_at++];
	proc->listed = false;
	*first_new = proc->told_seq;
	proc->told_seq = proc->image->seq;
	return proc;
}

/* ---- birth and death ---- */

static void make_uid(struct proc *proc)
{
	struct arena arena;
	char pid[24], boot[16], start[48];
	const char *parts[] = { "process", proc->host->node, boot, pid, start };

	snprintf(pid, sizeof(pid), "%lld", (long long)proc->pid);
	snprintf(boot, sizeof(boot), "%u", proc->boot);
	snprintf(start, sizeof(start), "%lld:%u", (long long)proc->started.time,
		 proc->started.serial);
	arena_init(&arena);
	memcpy(proc->uid, finding_make_uid(&arena, parts, 5), sizeof(proc->uid));
	arena_fini(&arena);
}

static struct proc *add(struct proctab *tab, struct host *host, int64_t pid,
			struct evref started)
{
	struct proc *proc = xcalloc(1, sizeof(*proc));

	proc->refs = 1;
	proc->host = host;
	proc->boot = host->boot;
	proc->pid = pid;
	proc->ppid = -1;
	proc->started = started;
	proc->cred = (struct cred){ AUDIT_ID_UNSET, AUDIT_ID_UNSET, AUDIT_ID_UNSET,
				    AUDIT_ID_UNSET, AUDIT_ID_UNSET };
	make_uid(proc);
	map_put_u64(host->procs, (uint64_t)pid, proc);
	tab->alive++;
	return proc;
}

/* A parent of which nothing is known but that it is there. */
static struct proc *placeholder(struct proctab *tab, struct host *host, int64_t pid,
				struct evref at)
{
	struct proc *proc = add(tab, host, pid, at);

	proc->fds = fdtab_new();
	proc->image = image_new();
	proctab_touch(tab, proc);
	return proc;
}

void proctab_exit(struct proctab *tab, struct proc *proc, struct evref at, bool has_code,
		  int64_t code)
{
	if (proc->ended)
		return;
	proc->ended = true;
	proc->end = at;
	proc->has_exit = has_code;
	proc->exit_code = code;
	proctab_touch(tab, proc);
	if (proctab_find(proc->host, proc->pid) != proc)
		return;
	map_del_u64(proc->host->procs, (uint64_t)proc->pid);
	tab->alive--;
	if (tab->ndead == tab->dead_cap) {
		tab->dead_cap = tab->dead_cap ? tab->dead_cap * 2 : 4;
		tab->dead = xreallocarray(tab->dead, tab->dead_cap, sizeof(*tab->dead));
	}
	tab->dead[tab->ndead++] = proc; /* the table's reference moves here */
}

void proctab_bury(struct proctab *tab)
{
	for (size_t i = 0; i < tab->ndead; i++) {
		let_go(tab->dead[i]);
		proc_unref(&tab->dead[i]);
	}
	tab->ndead = 0;
}

static int find_pending(const struct proc *parent, int64_t pid)
{
	for (uint32_t i = parent->npending; i-- > 0;) {
		if (parent->pending[i].number == pid)
			return (int)i;
	}
	return -1;
}

/* The pending clone that made pid: by number, or the oldest in a namespace. */
static int claimable(struct proc *parent, int64_t pid)
{
	int i = parent->in_pidns ? -1 : find_pending(parent, pid);

	if (i >= 0 || parent->npending == 0)
		return i;
	/* Host pids grow from 1000s; numbers that are far off are a namespace's. */
	if (!parent->in_pidns && parent->pending[0].number < pid &&
	    parent->pending[0].number <= 4096 && pid > 4096)
		parent->in_pidns = true;
	return parent->in_pidns ? 0 : -1;
}

static void remove_pending(struct proc *parent, int i)
{
	fdtab_unref(&parent->pending[i].fds);
	memmove(&parent->pending[i], &parent->pending[i + 1],
		(parent->npending - (uint32_t)i - 1) * sizeof(*parent->pending));
	parent->npending--;
}

static struct proc *spawn(struct proctab *tab, struct proc *parent, int64_t pid,
			  struct evref at)
{
	int i = claimable(parent, pid);
	struct pending_fork *fork = i >= 0 ? &parent->pending[i] : NULL;
	struct proc *proc = add(tab, parent->host, pid, fork ? fork->event : at);

	proc->parent = proc_ref(parent);
	proc->start_seen = fork != NULL;
	proc->in_pidns = parent->in_pidns;
	proc->image = image_ref(parent->image);
	proc->first_seq = proc->told_seq = parent->image->seq;
	proc->cred = parent->cred;
	proc->cwd = dup_or_null(parent->cwd);
	proc->root = dup_or_null(parent->root);
	if (fork && fork->share_files) {
		proc->files_of = proc_ref(proc_files(parent));
		proc->fds = fdtab_new();
	} else {
		proc->fds = fdtab_ref(fork ? fork->fds : proc_files(parent)->fds);
		fdtab_hold(proc->fds, proc);
	}
	if (fork)
		remove_pending(parent, i);
	return proc;
}

/*
 * Is this record of another process than the one that has its pid in the
 * table? Its exit may not have been audited.
 */
static bool is_reuse(const struct host *host, const struct proc *proc,
		     const struct event_syscall *sc, bool is_exec)
{
	struct proc *parent;

	if (!proc->observed)
		return false;
	parent = proctab_find(host, sc->ppid);
	if (parent && parent != proc && find_pending(parent, sc->pid) >= 0 &&
	    !parent->in_pidns)
		return true;
	if (proc->ppid == sc->ppid || is_exec || !proc->image->exe)
		return false;
	/* Another parent: orphaned, unless it also runs another program. */
	return !slice_eq(slice_str(proc->image->exe), sc->exe);
}

static void update_cred(struct proctab *tab, struct proc *proc,
			const struct event_syscall *sc)
{
	struct cred cred = { sc->uid, sc->gid, sc->euid, sc->auid, sc->ses };

	if (memcmp(&cred, &proc->cred, sizeof(cred)) != 0) {
		proc->cred = cred;
		proctab_touch(tab, proc);
	}
}

/* Learns from any record what the process was already running. */
static void learn_image(struct proc *proc, const struct event_syscall *sc)
{
	struct image *image;

	if (proc->image->exe || sc->exe.len == 0)
		return;
	image = image_new();
	image->exe = xmemdup0(sc->exe.ptr, sc->exe.len);
	image->comm = xmemdup0(sc->comm.ptr, sc->comm.len);
	image->deleted = sc->exe_deleted;
	image->tty = sc->tty.len ? xmemdup0(sc->tty.ptr, sc->tty.len) : NULL;
	image->cred = proc->cred;
	image_unref(&proc->image);
	proc->image = image;
}

struct proc *proctab_observe(struct proctab *tab, struct host *host,
			     const struct event_syscall *sc, struct evref at, bool is_exec)
{
	struct proc *proc = proctab_find(host, sc->pid);
	struct proc *parent;

	if (proc && is_reuse(host, proc, sc, is_exec)) {
		proctab_exit(tab, proc, at, false, 0);
		proc = NULL;
	}
	if (!proc) {
		parent = proctab_find(host, sc->ppid);
		if (!parent || sc->ppid == sc->pid)
			parent = placeholder(tab, host, sc->ppid, at);
		proc = sc->ppid == sc->pid ? parent : spawn(tab, parent, sc->pid, at);
		proctab_touch(tab, proc);
	} else if (!proc->parent && sc->ppid > 0 && sc->ppid != sc->pid) {
		parent = proctab_find(host, sc->ppid);
		if (!parent)
			parent = placeholder(tab, host, sc->ppid, at);
		if (!proc_descends(parent, proc))
			proc->parent = proc_ref(parent);
		proctab_touch(tab, proc);
	}
	if (!proc->observed || proc->ppid != sc->ppid) {
		proc->observed = true;
		proc->ppid = sc->ppid;
		proctab_touch(tab, proc);
	}
	proc->last = at;
	update_cred(tab, proc, sc);
	if (!is_exec)
		learn_image(proc, sc);
	return proc;
}

/* A child whose first record came before its clone's. */
static struct proc *early_child(struct proc *caller, int64_t number)
{
	struct proc *child = proctab_find(caller->host, number);

	if (child && child->parent == caller && !child->start_seen && child->observed)
		return child;
	return NULL;
}

void proctab_fork(struct proctab *tab, struct proc *caller, int64_t number,
		  struct evref at, bool share_files)
{
	struct proc *child = early_child(caller, number);
	struct pending_fork *fork;

	if (child) {
		child->start_seen = true;
		proctab_touch(tab, child);
		return;
	}
	if (caller->npending == LIMIT_PENDING_FORKS)
		remove_pending(caller, 0);
	if (caller->npending == caller->pending_cap) {
		caller->pending_cap = caller->pending_cap ? caller->pending_cap * 2 : 2;
		caller->pending = xreallocarray(caller->pending, caller->pending_cap,
						sizeof(*caller->pending));
	}
	fork = &caller->pending[caller->npending++];
	*fork = (struct pending_fork){
		.number = number,
		.event = at,
		.fds = fdtab_ref(proc_files(caller)->fds),
		.share_files = share_files,
	};
}

static void unshare_files(struct proc *proc)
{
	if (!proc->files_of)
		return;
	fdtab_unref(&proc->fds);
	proc->fds = fdtab_ref(proc->files_of->fds);
	fdtab_hold(proc->fds, proc);
	proc_unref(&proc->files_of);
}

void proctab_exec(struct proctab *tab, struct proc *proc, struct image *image)
{
	unshare_files(proc);
	image->seq = proc->image->seq + 1;
	image->older = proc->image;
	if (image->seq % LIMIT_IMAGES == 0) /* an endless chain of execs */
		image_unref(&image->older);
	proc->image = image;
	fdtab_exec(&proc->fds, proc);
	proctab_touch(tab, proc);
}
