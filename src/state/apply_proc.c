/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clone, exit, namespaces and the current directory. */
#include <elf.h>
#include <linux/sched.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "state/state_priv.h"

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
				       .sibling = flags & CLONE_PARENT,
				       .new_mounts = flags & CLONE_NEWNS });
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
	else if (proc->made_thread && containers_left(a)) {
		apply_leave_mounts(a);
		a->proc->new_pidns = false;
	}
}

void apply_unshare(struct apply *a)
{
	if (a->sc.a[0] & CLONE_FILES)
		proc_unshare_files(a->proc);
	if (a->sc.a[0] & CLONE_NEWPID)
		a->proc->new_pidns = true;
	if (a->sc.a[0] & CLONE_NEWNS)
		apply_own_mounts(a);
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
	apply_join_mounts(a);
	containers_setns(a);
}

void apply_chdir(struct apply *a)
{
	const struct event_path *p = apply_target(a);
	char path[LIMIT_PATH];

	if (!p)
		return;
	apply_path(a, p, FD_CWD, path);
	proc_set(a->proc, &a->proc->cwd, slice_str(path));
}

void apply_fchdir(struct apply *a)
{
	const struct fdent *ent = apply_fd(a, a->sc.a[0]);

	if (!ent || ent->obj->kind != FDOBJ_FILE || !ent->obj->path)
		return;
	proc_set(a->proc, &a->proc->cwd, slice_str(ent->obj->path));
}
