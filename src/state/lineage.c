/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a record belongs to, and whose child that is.
 *
 * pid= and ppid= of a process's own records decide, because exit= of a clone
 * is a pid in the caller's namespace and may be a thread's (kernel/fork.c,
 * kernel_clone). A clone leaves a struct fork with a snapshot of what is
 * inherited; the child's first record claims it: by its number where the
 * caller lives in the host's pid namespace, in order where it does not.
 * Where the child's record comes before the clone's (vfork, or another CPU),
 * the clone finds the child. Until then the parent has done nothing that it
 * could not inherit: the parent's own records come after its clone's.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/names.h"
#include "base/xalloc.h"
#include "state/container.h"
#include "state/inherit.h"
#include "state/proc_priv.h"

enum {
	/* Pids below are given once, at boot or when a namespace begins
	 * (RESERVED_PIDS, kernel/pid.c). */
	FIRST_REUSED_PID = 300,
	/* An exit is recorded before the children get another parent. */
	LINGER_MS = 1000,
	STRANGERS = 2,
};

/* ---- whom an orphan may go to ---- */

/*
 * An orphan goes to an ancestor that asked for it, or to init (kernel/exit.c,
 * find_new_reaper): never to somebody younger.
 */
static bool may_inherit(const struct host *host, int64_t heir_pid,
			const struct proc *orphan)
{
	const struct proc *heir = proctab_find(host, heir_pid);
	const struct proc *top = orphan;

	if (heir_pid <= 1 || !heir)
		return true;
	for (int i = 0; i < LIMIT_ANCESTRY; i++) {
		if (top == heir)
			return true;
		if (!top->parent)
			break;
		top = top->parent;
	}
	if (top->pid == 1) /* the whole line is known */
		return false;
	return !heir->start_seen || evref_older(heir->started, orphan->started);
}

/* ---- claiming a clone ---- */

/* Can fork have made the process of this record? Its number says so. */
static bool fits(const struct fork *fork, const struct event_syscall *sc)
{
	const struct proc *caller = fork->caller;

	if (caller->pid == sc->ppid)
		return true;
	if (fork->flags.sibling)
		return caller->ppid == sc->ppid;
	/* Only the number speaks for it: the lowest are those of namespaces. */
	if (caller->pidns != PIDNS_HOST && fork->number < FIRST_REUSED_PID)
		return false;
	/* Where its exit was not seen it must at least count as the host does. */
	return (caller->ended || caller->pidns != PIDNS_UNKNOWN) &&
	       may_inherit(caller->host, sc->ppid, caller);
}

static struct fork *oldest_process(const struct proc *caller, struct evref before)
{
	struct fork *fork = caller->oldest_fork;

	while (fork && fork->flags.maybe_thread)
		fork = fork->newer;
	return fork && fork->event.time <= before.time ? fork : NULL;
}

/*
 * A child whose pid is none of the numbers that its parent's clones returned.
 * Does the parent live in a namespace of its own? It does where it got one of
 * the lowest numbers; or where this happens again and again.
 */
static bool counts_otherwise(struct proctab *tab, struct proc *parent, int64_t pid,
			     struct fork *fork)
{
	if (parent->pidns == PIDNS_OTHER)
		return true;
	if (parent->pidns == PIDNS_HOST || !fork)
		return false;
	if (fork->number >= FIRST_REUSED_PID || pid < FIRST_REUSED_PID) {
		if (++parent->strangers < STRANGERS)
			return false;
		forks_drop(&tab->forks, fork); /* the stranger's before this one */
	}
	parent->pidns = PIDNS_OTHER;
	return true;
}

/* The clone that made pid, in a namespace whose numbers are not known here. */
static struct fork *claim_in_order(struct proctab *tab, struct proc *parent, int64_t pid,
				   struct evref at)
{
	struct fork *newest;

	if (!counts_otherwise(tab, parent, pid, oldest_process(parent, at)))
		return NULL;
	newest = parent->newest_fork;
	if (newest && newest->flags.maybe_thread &&
	    newest->event.serial == parent->last.serial && newest->event.time <= at.time)
		return newest; /* it has done nothing else since */
	return oldest_process(parent, at);
}

/* The same; a younger child may have been taken for this one. */
static struct fork *claim_own(struct proctab *tab, struct proc *parent, int64_t pid,
			      struct evref at)
{
	struct fork *fork = claim_in_order(tab, parent, pid, at);
	struct claim *claim;

	if (!fork || fork->flags.maybe_thread || fork->flags.share_files)
		return fork;
	claim = claims_above(&tab->claims, parent, pid);
	if (claim && evref_older(claim->event, fork->event))
		claims_swap(&tab->claims, claim, fork);
	return fork;
}

/* ---- birth ---- */

/* parent and fork: as far as known, one of them at least. */
static struct proc *spawn(struct proctab *tab, struct proc *parent, struct fork *fork,
			  int64_t pid, struct evref at)
{
	struct proc *from = fork ? fork->caller : parent;
	struct proc *proc = proctab_add(tab, from->host, pid, fork ? fork->event : at);

	proc->parent = parent ? proc_ref(parent) : NULL;
	proc->start_seen = fork != NULL;
	if (from->pidns == PIDNS_OTHER ||
	    (fork ? fork->flags.new_pidns : from->new_pidns))
		proc->pidns = PIDNS_OTHER;
	else if (fork && from->pidns != PIDNS_UNKNOWN && !fork->flags.maybe_thread)
		proc->pidns = PIDNS_LIKELY; /* its clone asked for no other */
	inherit_image(proc, fork ? fork->image : parent->image,
		      fork ? fork->cred : parent->cred);
	proc_set(proc, &proc->cwd, slice_str(from->cwd));
	proc_set(proc, &proc->root, slice_str(from->root));
	container_inherit(proc, from);
	inherit_mounts(proc, from, fork && fork->flags.new_mounts);
	inherit_files(tab, proc, from, fork);
	proc->unsettled = !fork;
	if (!fork)
		recent_add(&tab->early, proc);
	else if (from->pidns == PIDNS_OTHER && !fork->flags.share_files)
		claims_add(&tab->claims, proc, fork);
	if (fork)
		inherit_note(tab, from, proc, fork->event);
	if (fork)
		forks_drop(&tab->forks, fork);
	proctab_touch(tab, proc);
	return proc;
}

/* A process of which nothing is known but that it is there. */
static struct proc *placeholder(struct proctab *tab, struct host *host, int64_t pid,
				struct evref at)
{
	struct proc *proc = proctab_add(tab, host, pid, at);

	proc->fds = fdtab_new(&tab->mem);
	proc->image = image_new();
	image_count(proc->image, &tab->mem);
	proctab_touch(tab, proc);
	return proc;
}

/* Ended, but a record from before its end has come late; or NULL. */
static struct proc *just_ended(const struct proctab *tab, const struct host *host,
			       int64_t pid, stamp_ms time)
{
	for (unsigned i = 1; i <= LIMIT_GONE; i++) {
		struct proc *proc = tab->gone.procs[(tab->gone.next - i) % LIMIT_GONE];

		if (!proc)
			break;
		if (proc->pid == pid && proc->host == host)
			return time <= proc->end.time ? proc : NULL;
	}
	return NULL;
}

/* The process with pid ppid, made where it is new; NULL where there is none. */
static struct proc *parent_of(struct proctab *tab, struct host *host,
			      const struct event_syscall *sc, struct evref at)
{
	struct proc *parent = proctab_wake(tab, host, sc->ppid);
	struct fork *fork;

	if (parent || sc->ppid <= 0 || sc->ppid == sc->pid)
		return parent && parent->pid != sc->pid ? parent : NULL;
	parent = just_ended(tab, host, sc->ppid, at.time - LINGER_MS);
	if (parent)
		return parent;
	fork = forks_by_number(host, sc->ppid);
	if (!fork)
		return placeholder(tab, host, sc->ppid, at);
	/* It has not spoken yet; its own child has. */
	return spawn(tab, fork->caller, fork, sc->ppid, at);
}

static struct proc *born(struct proctab *tab, struct host *host,
			 const struct event_syscall *sc, struct evref at)
{
	struct fork *fork = forks_by_number(host, sc->pid);
	struct proc *parent;

	if (fork && !fits(fork, sc))
		fork = NULL;
	if (fork && !fork->flags.sibling) {
		parent = fork->caller;
		if (parent->pid == sc->ppid)
			parent->pidns = PIDNS_HOST;
		return spawn(tab, parent, fork, sc->pid, at);
	}
	parent = parent_of(tab, host, sc, at);
	if (!parent)
		return placeholder(tab, host, sc->pid, at);
	if (!fork)
		fork = claim_own(tab, parent, sc->pid, at);
	return spawn(tab, parent, fork, sc->pid, at);
}

/* ---- is it still the same? ---- */

/*
 * exe= may be the new program's, whatever became of the call: who is killed in
 * it, behind the point of no return, has failed (exec_binprm(), fs/exec.c).
 */
static bool changes_exe(const struct event_syscall *sc)
{
	return sc->call == CALL_EXECVE || sc->call == CALL_EXECVEAT;
}

/*
 * Is this record of another process than the one that has its pid in the
 * table? Its exit may not have been recorded.
 */
static bool is_another(const struct host *host, const struct proc *proc,
		       const struct event_syscall *sc)
{
	const struct fork *fork = forks_by_number(host, sc->pid);

	if (fork && fits(fork, sc) && evref_older(proc->started, fork->event))
		return true;
	if (!proc->observed || proc->ppid == sc->ppid)
		return false;
	/* Another parent: orphaned, or somebody else. */
	if (!may_inherit(host, sc->ppid, proc) ||
	    container_tells_apart(proc, proctab_find(host, sc->ppid)) ||
	    (proc->cred.ses != sc->ses && proc->cred.auid != sc->auid))
		return true;
	return !changes_exe(sc) && proc->image->exe &&
	       !slice_eq(slice_str(proc->image->exe), sc->exe);
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
static void learn_image(struct proctab *tab, struct proc *proc,
			const struct event_syscall *sc)
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
	image->seq = proc->image->seq;
	image_count(image, &tab->mem);
	image_unref(&proc->image);
	proc->image = image;
}

/* A process that others have spoken of says who its parent is. */
static void learn_parent(struct proctab *tab, struct proc *proc,
			 const struct event_syscall *sc, struct evref at)
{
	struct proc *parent;

	if (!proc->parent && sc->ppid > 0) {
		parent = parent_of(tab, proc->host, sc, at);
		if (parent && !proc_descends(parent, proc))
			proc->parent = proc_ref(parent);
		proctab_touch(tab, proc);
	}
	if (!proc->observed || proc->ppid != sc->ppid) {
		proc->observed = true;
		proc->ppid = sc->ppid;
		proctab_touch(tab, proc);
	}
}

/* Another thread of a process was in a call when that ended: the call's
 * record comes behind the end. The process, or NULL. */
static struct proc *late_record(const struct proctab *tab, const struct host *host,
				const struct event_syscall *sc, struct evref at)
{
	return forks_by_number(host, sc->pid) ? NULL
					      : just_ended(tab, host, sc->pid, at.time);
}

struct proc *proctab_observe(struct proctab *tab, struct host *host,
			     const struct event_syscall *sc, struct evref at,
			     bool is_exec)
{
	struct proc *proc = proctab_wake(tab, host, sc->pid);

	if (proc && is_another(host, proc, sc)) {
		/* It ended after its last record, nobody knows when. */
		proctab_exit(tab, proc, proc->observed ? proc->last : proc->started,
			     false, 0);
		proc = born(tab, host, sc, at);
	} else if (!proc) {
		proc = late_record(tab, host, sc, at);
		if (proc)
			return proc;
		proc = born(tab, host, sc, at);
	}
	learn_parent(tab, proc, sc, at);
	proctab_active(tab, proc);
	proc->last = at;
	update_cred(tab, proc, sc);
	if (!is_exec)
		learn_image(tab, proc, sc);
	return proc;
}

/* ---- clones ---- */

/* Has child spoken before the record of the clone that made it? */
static bool is_early(const struct proc *child, const struct proc *caller, struct evref at,
		     struct fork_flags flags)
{
	if (child->start_seen || child->started.time < at.time)
		return false;
	return child->parent == caller || (!child->parent && !child->observed) ||
	       (flags.sibling && child->ppid == caller->ppid);
}

static struct proc *early_by_number(const struct proctab *tab, const struct proc *caller,
				    int64_t number, struct evref at,
				    struct fork_flags flags)
{
	struct proc *child = proctab_find(caller->host, number);

	if (!child) /* it may have come and gone */
		child = just_ended(tab, caller->host, number, at.time);
	return child && is_early(child, caller, at, flags) ? child : NULL;
}

/* The same where numbers tell nothing: the first one that waits for a clone. */
static struct proc *early_in_order(const struct proctab *tab, const struct proc *caller,
				   struct evref at, struct fork_flags flags)
{
	struct proc *found = NULL;

	for (unsigned i = 1; i <= LIMIT_EARLY; i++) {
		struct proc *child =
			tab->early.procs[(tab->early.next - i) % LIMIT_EARLY];

		if (!child)
			break;
		if (is_early(child, caller, at, flags))
			found = child;
	}
	return found;
}

static struct proc *early_child(const struct proctab *tab, struct proc *caller,
				int64_t number, struct evref at, struct fork_flags flags)
{
	struct proc *child = NULL;

	if (caller->pidns != PIDNS_OTHER)
		child = early_by_number(tab, caller, number, at, flags);
	if (child) {
		caller->pidns = PIDNS_HOST;
		return child;
	}
	if (caller->pidns == PIDNS_HOST)
		return NULL;
	child = early_in_order(tab, caller, at, flags);
	if (child && caller->pidns != PIDNS_OTHER) {
		if (number >= FIRST_REUSED_PID || child->pid < FIRST_REUSED_PID)
			return NULL;
		caller->pidns = PIDNS_OTHER;
	}
	return child;
}

/* The clone that made child is known now. */
static void adopt(struct proctab *tab, struct proc *caller, struct proc *child,
		  struct evref at, struct fork_flags flags)
{
	child->start_seen = true;
	if (flags.new_pidns)
		child->pidns = PIDNS_OTHER;
	if (!child->parent && !proc_descends(caller, child))
		child->parent = proc_ref(caller);
	if (flags.share_files && child->image->seq == child->first_seq && !child->ended &&
	    !child->files_of) {
		fdtab_release(child->fds, child);
		child->files_of = proc_ref(proc_files(caller));
	} else if (!child->observed && fdtab_count(child->fds) == 0) {
		fdtab_unref(&child->fds);
		inherit_files(tab, child, caller, NULL);
	}
	if (!child->observed)
		inherit_image(child, caller->image, caller->cred);
	else if (flags.sibling && child->image->seq == child->first_seq)
		inherit_again(tab, child, caller);
	inherit_note(tab, caller, child, at);
	proctab_touch(tab, child);
}

void proctab_fork(struct proctab *tab, struct proc *caller, int64_t number,
		  struct evref at, struct fork_flags flags)
{
	struct proc *child;

	if (number <= 0)
		return;
	flags.new_pidns |= caller->new_pidns;
	child = early_child(tab, caller, number, at, flags);
	if (child) {
		adopt(tab, caller, child, at, flags);
		return;
	}
	if (flags.maybe_thread)
		caller->made_thread = true;
	forks_add(&tab->forks, caller, number, at, flags);
}
