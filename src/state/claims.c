/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/claims.h"

#include "state/proc_priv.h"

/* Pids are given upwards; a much lower one began again at the bottom. */
enum { NEAR_PIDS = 1024 };

static void clear(struct claim *claim)
{
	if (!claim->child)
		return;
	fdtab_unref(&claim->fds);
	image_unref(&claim->image);
	proc_unref(&claim->child);
}

static void forget(struct handed *handed)
{
	if (!handed->child)
		return;
	proc_unref(&handed->maker);
	proc_unref(&handed->child);
}

void claims_clear(struct claims *claims)
{
	for (unsigned i = 0; i < LIMIT_CLAIMS; i++)
		clear(&claims->list[i]);
	for (unsigned i = 0; i < LIMIT_HANDED; i++)
		forget(&claims->handed[i]);
}

void claims_add(struct claims *claims, struct proc *child, const struct fork *fork)
{
	struct claim *claim = &claims->list[claims->next++ % LIMIT_CLAIMS];

	clear(claim);
	*claim = (struct claim){ .child = proc_ref(child),
				 .caller = fork->caller,
				 .event = fork->event,
				 .fds = fdtab_ref(fork->fds),
				 .image = image_ref(fork->image) };
	child->unsettled = true;
}

struct claim *claims_above(struct claims *claims, const struct proc *caller, int64_t pid)
{
	struct claim *found = NULL;

	for (unsigned i = 0; i < LIMIT_CLAIMS; i++) {
		struct claim *claim = &claims->list[i];

		if (claim->child && claim->caller == caller && claim->child->pid > pid &&
		    claim->child->pid - pid < NEAR_PIDS &&
		    (!found || claim->child->pid < found->child->pid))
			found = claim;
	}
	return found;
}

/* ---- what a child does before it is settled ---- */

void proctab_note_close(struct proctab *tab, const struct proc *proc, int fd)
{
	struct claims *claims = &tab->claims;

	if (proc->unsettled)
		claims->closes[claims->next_close++ % LIMIT_EARLY_CLOSES] =
			(struct early_close){ proc, proc->started.serial, fd,
					      proc->last };
}

static bool is_by(const struct early_close *close, const struct proc *proc)
{
	return close->proc == proc && close->started == proc->started.serial;
}

static bool has_closed(const struct claims *claims, const struct proc *proc, int fd)
{
	for (unsigned i = 0; i < LIMIT_EARLY_CLOSES; i++) {
		if (is_by(&claims->closes[i], proc) && claims->closes[i].fd == fd)
			return true;
	}
	return false;
}

void claims_close_again(const struct claims *claims, const struct proc *proc,
			struct evref until, struct fdtab **tab, struct proc *owner)
{
	for (unsigned i = 0; i < LIMIT_EARLY_CLOSES; i++) {
		const struct early_close *close = &claims->closes[i];

		if (is_by(close, proc) && !evref_older(until, close->at))
			fdtab_close(tab, owner, close->fd);
	}
}

void claims_hand(struct claims *claims, struct proc *maker, struct proc *child,
		 struct evref at)
{
	struct handed *handed = &claims->handed[claims->next_handed++ % LIMIT_HANDED];

	forget(handed);
	*handed = (struct handed){ proc_ref(maker), proc_ref(child), at };
	child->unsettled = true;
}

/* ---- changing over ---- */

static bool same(const struct fdent *a, const struct fdent *b)
{
	return a && b && a->obj == b->obj && a->placed.serial == b->placed.serial;
}

/* What child still has of was goes, but for what is in now as well. */
static void take_away(struct proc *child, const struct fdtab *was,
		      const struct fdtab *now)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(was, &it))) {
		if (same(ent, fdtab_get(child->fds, ent->fd)) &&
		    !same(ent, fdtab_get(now, ent->fd)))
			fdtab_close(&child->fds, child, ent->fd);
	}
}

static void give(const struct claims *claims, struct proc *child, const struct fdtab *was,
		 const struct fdtab *now)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(now, &it))) {
		if (fdtab_get(child->fds, ent->fd) ||
		    same(ent, fdtab_get(was, ent->fd)) ||
		    has_closed(claims, child, ent->fd))
			continue;
		fdtab_put(&child->fds, child, ent);
	}
}

void claims_swap(struct claims *claims, struct claim *claim, struct fork *fork)
{
	struct claim was = *claim;

	claim->event = fork->event;
	claim->fds = fork->fds;
	claim->image = fork->image;
	fork->event = was.event;
	fork->fds = was.fds;
	fork->image = was.image;
	if (was.child->ended || was.child->files_of)
		return;
	take_away(was.child, was.fds, claim->fds);
	if (was.child->unsettled) /* else it may have closed it again */
		give(claims, was.child, was.fds, claim->fds);
}
