/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/inherit.h"

#include "state/container.h"
#include "state/mounts.h"

/* A clone's record does not come later than that behind its child's first. */
enum { LATE_MS = 1000 };

/* ---- at birth ---- */

void inherit_files(struct proctab *tab, struct proc *proc, struct proc *from,
		   const struct fork *fork)
{
	if (fork && fork->flags.share_files) {
		proc->files_of = proc_ref(proc_files(from));
		proc->fds = fdtab_new(&tab->mem);
		return;
	}
	proc->fds = fdtab_ref(fork ? fork->fds : proc_files(from)->fds);
	fdtab_hold(proc->fds, proc);
}

void inherit_mounts(struct proc *proc, const struct proc *from, bool own)
{
	struct mounts *mounts = from->mounts ? from->mounts : from->host->mounts;

	mounts = own ? mounts_copy(mounts) : mounts_ref(mounts);
	mounts_unref(&proc->mounts);
	proc->mounts = mounts;
}

void inherit_image(struct proc *proc, struct image *image, struct cred cred)
{
	if (proc->image)
		image_unref(&proc->image);
	proc->image = image_ref(image);
	proc->first_seq = proc->told_seq = image->seq;
	proc->cred = cred;
}

/* ---- again ---- */

/* Those who changed a table before it came to its owner, the owner first. */
struct line {
	const struct proc *proc;
	struct evref until; /* the clone that handed the table on */
	const struct line *above;
};

/* A new beginning: from whom all of it comes, and since when what is in the
 * old tables is of those who had them. */
struct source {
	struct proctab *tab;
	struct proc *maker;
	struct fdtab *fds;
	struct evref since;
};

static struct evref elder(struct evref a, struct evref b)
{
	return evref_older(a, b) ? a : b;
}

static bool is_own(const struct fdent *ent, struct evref since)
{
	return ent && !evref_older(ent->placed, since);
}

/* What was put into was since then is put into the table that replaces it. */
static void put_again(struct fdtab **tab, struct proc *owner, const struct fdtab *was,
		      const struct source *source)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent, *copied;

	while ((ent = fdtab_next(was, &it))) {
		struct fdent fresh = *ent;

		if (!is_own(ent, source->since))
			continue;
		copied = ent->how == FD_DUPLICATED ? fdtab_get(source->fds, ent->from)
						   : NULL;
		if (copied && !is_own(fdtab_get(was, ent->from), source->since))
			fresh.obj = copied->obj;
		fdtab_put(tab, owner, &fresh);
	}
}

/* owner: NULL for a snapshot. */
static void files_again(struct fdtab **tab, struct proc *owner,
			const struct source *source, const struct line *line)
{
	struct fdtab *was = *tab;

	if (owner)
		fdtab_release(was, owner);
	*tab = fdtab_ref(source->fds);
	if (owner)
		fdtab_hold(*tab, owner);
	for (; line; line = line->above)
		claims_close_again(&source->tab->claims, line->proc, line->until, tab,
				   owner);
	put_again(tab, owner, was, source);
	fdtab_unref(&was);
}

static void process_again(struct proc *child, const struct source *source,
			  const struct line *line)
{
	struct proc *maker = source->maker;

	if (!child->files_of)
		files_again(&child->fds, child, source, line);
	inherit_image(child, maker->image, child->cred);
	inherit_mounts(child, maker, false);
	proc_set(child, &child->root, slice_str(maker->root));
	if (!child->container && maker->role && maker->role->kind == ROLE_RUNTIME)
		ctr_role_inherit(child, maker->role);
	proctab_touch(source->tab, child);
}

static void forks_again(struct proc *caller, const struct source *source,
			const struct line *above)
{
	for (struct fork *fork = caller->oldest_fork; fork; fork = fork->newer) {
		struct line line = { caller, fork->event, above };

		if (fork->flags.share_files)
			continue;
		files_again(&fork->fds, NULL, source, &line);
		image_unref(&fork->image);
		fork->image = image_ref(source->maker->image);
	}
}

static void family_again(struct proc *top, struct source source, const struct line *above,
			 int depth)
{
	struct claims *claims = &source.tab->claims;

	forks_again(top, &source, above);
	for (unsigned i = 0; i < LIMIT_HANDED && depth < LIMIT_HANDED_DEPTH; i++) {
		struct handed *handed = &claims->handed[i];
		struct source since = source;
		struct line line = { top, handed->event, above };
		struct line own = { handed->child, { 0 }, &line };

		if (handed->maker != top || handed->child->ended ||
		    handed->child->image->seq != handed->child->first_seq)
			continue;
		own.until = handed->child->last;
		since.since = elder(source.since, handed->child->started);
		process_again(handed->child, &since, &own);
		family_again(handed->child, since, &line, depth + 1);
	}
}

void inherit_note(struct proctab *tab, struct proc *maker, struct proc *child,
		  struct evref at)
{
	if (maker->unsettled && !maker->start_seen &&
	    at.time - maker->started.time <= LATE_MS)
		claims_hand(&tab->claims, maker, child, at);
}

void inherit_again(struct proctab *tab, struct proc *child, struct proc *maker)
{
	struct source source = { tab, maker, fdtab_ref(proc_files(maker)->fds),
				 child->started };
	struct line own = { child, child->last, NULL };

	if (!child->ended)
		process_again(child, &source, &own);
	family_again(child, source, NULL, 0);
	fdtab_unref(&source.fds);
}
