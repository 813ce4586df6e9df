/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec, clone, exit and the root directory. */
#include <elf.h>
#include <linux/sched.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "state/state_priv.h"

static char *text(struct slice s)
{
	return s.len ? xmemdup0(s.ptr, s.len) : NULL;
}

static void set_argv(struct image *image, const struct event *event)
{
	struct event_argv args;

	if (!event_argv(event, &args))
		return;
	image->argv = xcalloc(args.argc + 1, sizeof(*image->argv));
	for (uint32_t i = 0; i < args.argc; i++)
		image->argv[i] = xmemdup0(args.argv[i].ptr, args.argv[i].len);
	image->argc = args.argc;
	image->argc_total = args.total;
}

static void set_file(struct image *image, const struct apply *a)
{
	const struct event_path *paths;
	char path[LIMIT_PATH];

	if (event_paths(a->event, &paths) == 0)
		return;
	image->dev = apply_dev(&paths[0]);
	image->inode = paths[0].inode;
	if (paths[0].has_name && paths[0].name.len) {
		int64_t dirfd = a->sc.call == CALL_EXECVEAT ? (int64_t)(int32_t)a->sc.a[0]
							    : FD_CWD;
		image->name = xstrdup(apply_path(a, &paths[0], dirfd, path));
	}
}

static void set_cwd(struct apply *a, struct image *image)
{
	struct slice cwd = event_cwd(a->event);

	if (cwd.len == 0)
		return;
	image->cwd = text(cwd);
	free(a->proc->cwd);
	a->proc->cwd = text(cwd);
}

void apply_exec(struct apply *a)
{
	static const struct slice memfd = SLICE_LIT("/memfd:");
	struct image *image = image_new();

	image->event = a->at;
	image->exe = text(a->sc.exe);
	image->comm = text(a->sc.comm);
	image->tty = text(a->sc.tty);
	image->cred = a->proc->cred;
	set_argv(image, a->event);
	set_file(image, a);
	set_cwd(a, image);
	image->deleted = a->sc.exe_deleted;
	image->memfd = a->sc.exe_deleted && slice_starts(a->sc.exe, memfd);
	a->act->kind = ACT_EXEC;
	proctab_exec(a->state->procs, a->proc, image);
	a->act->before = image->older;
	containers_exec(a);
}

static void forked(struct apply *a, struct fork_flags flags)
{
	proctab_fork(a->state->procs, a->proc, a->sc.exit, a->at, flags);
	a->act->kind = ACT_FORK;
}

/* s390 has the new stack first (CONFIG_CLONE_BACKWARDS2, kernel/fork.c). */
static uint64_t clone_flags(const struct event_syscall *sc)
{
	bool s390 = (sc->arch & 0xffff) == EM_S390;

	return sc->a[s390 ? 1 : 0];
}

void apply_clone(struct apply *a)
{
	uint64_t flags = clone_flags(&a->sc);

	if (flags & CLONE_THREAD) {
		a->proc->made_thread = true;
		return;
	}
	forked(a, (struct fork_flags){ .share_files = flags & CLONE_FILES,
				       .new_pidns = flags & CLONE_NEWPID,
				       .sibling = flags & CLONE_PARENT });
}

void apply_fork(struct apply *a)
{
	forked(a, (struct fork_flags){ 0 });
}

/* Its flags are in memory, where no record looks. */
void apply_clone3(struct apply *a)
{
	forked(a, (struct fork_flags){ .maybe_thread = true });
}

static void ended(struct apply *a)
{
	a->act->kind = ACT_EXIT;
	containers_exit(a);
	proctab_exit(a->state->procs, a->proc, a->at, true, (int64_t)(a->sc.a[0] & 0xff));
}

void apply_exit_group(struct apply *a)
{
	ended(a);
}

/* exit(2) ends one thread: the last one ends the process. */
void apply_exit(struct apply *a)
{
	const struct proc *proc = a->proc;
	bool alone = proc->start_seen || proc->image->event.serial;

	if (alone && !proc->made_thread && (proc->host->seen & SEEN_FORK))
		ended(a);
}

void apply_unshare(struct apply *a)
{
	if (a->sc.a[0] & CLONE_FILES)
		proc_unshare_files(a->proc);
	if (a->sc.a[0] & CLONE_NEWPID)
		a->proc->new_pidns = true;
}

/* The type may be left out; then what the descriptor was opened as tells. */
void apply_setns(struct apply *a)
{
	static const struct slice file = SLICE_LIT("/ns/pid");
	const struct fdent *ent = apply_fd(a, a->sc.a[0]);
	const char *path = ent ? ent->obj->path : NULL;

	if ((a->sc.a[1] & CLONE_NEWPID) ||
	    (a->sc.a[1] == 0 && path && slice_ends(slice_str(path), file)))
		a->proc->new_pidns = true;
	containers_setns(a);
}

static void set_root(struct apply *a, const char *path)
{
	char whole[LIMIT_PATH];
	struct slice old = slice_str(a->proc->root);
	struct slice rel = slice_str(path);

	while (rel.len && rel.ptr[0] == '/')
		rel = slice_skip(rel, 1);
	path_absolute(old, rel, whole);
	free(a->proc->root);
	a->proc->root = whole[1] ? xstrdup(whole) : NULL;
}

void apply_chroot(struct apply *a)
{
	const struct event_path *p = apply_target(a);
	char path[LIMIT_PATH];

	if (p)
		set_root(a, apply_path(a, p, FD_CWD, path));
}

void apply_chdir(struct apply *a)
{
	const struct event_path *p = apply_target(a);
	char path[LIMIT_PATH];

	if (!p)
		return;
	apply_path(a, p, FD_CWD, path);
	free(a->proc->cwd);
	a->proc->cwd = xstrdup(path);
}
