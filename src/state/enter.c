/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/enter.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* How near to its runtime an awaited process must be; how early a fact may be. */
enum { AWAIT_PIDS = 32, AWAIT_MS = 10000, FACTS_EARLY_MS = 2000 };

static bool is_overlay(uint64_t dev)
{
	return dev != 0 && dev >> 32 == 0;
}

/* "/proc/self/exe" and the like tell nothing of the root's device. */
static bool tells_root(const struct image *image)
{
	static const char *const other[] = { "/proc/", "/dev/", "/sys/" };

	if (!image->name || image->inode == 0)
		return false;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (strncmp(image->name, other[i], strlen(other[i])) == 0)
			return false;
	}
	return true;
}

/*
 * The process's names are the container's from now on. One that was put in
 * from outside has the root of those that were there before; where nobody
 * was seen to change root, one that no host has stands for it.
 */
static const char made_up[] = "/container:";

static void take_root(struct proc *proc, struct container *c)
{
	c = container_real(c);
	if (!c->root)
		c->root = proc->root ? xstrdup(proc->root)
				     : xasprintf("%s%s", made_up, c->id ? c->id : "?");
	if (proc->root)
		return;
	proc_set(proc, &proc->root, slice_str(c->root));
}

bool container_has_made_up_root(const struct proc *proc)
{
	const struct container *c = container_of(proc);

	return c && proc->root && c->root && strcmp(proc->root, c->root) == 0 &&
	       strncmp(c->root, made_up, sizeof(made_up) - 1) == 0;
}

void enter(struct apply *a, struct container *c, enum container_via via)
{
	const struct image *image = a->proc->image;
	struct ctr_role *role = a->proc->role;

	if (via == VIA_EXEC && c->awaits_exec)
		c->awaits_exec--;
	else if (via == VIA_ENTRY)
		c->awaits_entry = false;
	/* Its children were put into containers of their own meanwhile. */
	if (role && role->kind == ROLE_MONITOR)
		ctr_role_unite(a->state->containers, role, c);
	ctr_role_drop(a->proc);
	container_put_in(a->proc, c, via);
	containers_entered(a->state->containers, c, a->at);
	take_root(a->proc, c);
	proctab_touch(a->state->procs, a->proc);
	if (a->act->kind == ACT_EXEC && !c->has_dev && is_overlay(image->dev) &&
	    tells_root(image))
		containers_map_dev(a->state->containers, c, image->dev);
}

/* ---- below a monitor ---- */

struct choice {
	struct container *container;
	enum container_via via;
};

static void consider(struct choice *best, struct container *c, uint64_t dev, bool *on_dev)
{
	c = container_real(c);
	if (is_overlay(dev) && c->has_dev && c->dev == dev) {
		*best = (struct choice){ c, c->awaits_exec ? VIA_EXEC : c->asked };
		*on_dev = true;
		return;
	}
	if (*on_dev || (!c->awaits_entry && !c->awaits_exec))
		return;
	if (!best->container || c->command > best->container->command)
		*best = (struct choice){ c, c->asked };
}

/* Which of the monitor's containers a new child belongs to. */
static struct choice choose(const struct ctr_role *role, uint64_t dev)
{
	struct choice best = { 0 };
	bool on_dev = false;

	consider(&best, role->container, dev, &on_dev);
	for (uint32_t i = 0; i < role->nmore; i++)
		consider(&best, role->more[i], dev, &on_dev);
	return best;
}

/* The only one that it can be: NULL where there may be others. */
static struct container *only(const struct ctr_role *role)
{
	struct container *c = container_real(role->container);

	return role->is_pod || !c->id ? NULL : c;
}

/* One of the monitor's, but which is not known. */
static struct container *one_more(struct containers *tab, struct proc *monitor)
{
	struct ctr_role *role = monitor->role;
	struct container *c;

	if (role->nmore == LIMIT_MONITORED)
		return role->more[LIMIT_MONITORED - 1];
	c = containers_unknown(tab, monitor->host);
	ctr_role_add(role, c);
	if (role->is_pod)
		containers_learn(tab, c, &c->sandbox, slice_str(role->container->id));
	return c;
}

void enter_under(struct apply *a, struct proc *monitor)
{
	struct containers *tab = a->state->containers;
	const struct event_path *paths;
	uint64_t dev = event_paths(a->event, &paths) ? apply_dev(&paths[0]) : 0;
	struct ctr_role *role = monitor->role;
	struct choice choice;

	if (!role || role->kind != ROLE_MONITOR) {
		role = ctr_role_set(monitor, ROLE_MONITOR,
				    containers_unknown(tab, monitor->host));
		role->implied = true;
	}
	choice = choose(role, dev);
	if (!choice.container)
		choice = (struct choice){ only(role), VIA_FOUND };
	if (!choice.container)
		choice.container = one_more(tab, monitor);
	enter(a, choice.container, choice.via == VIA_NONE ? VIA_FOUND : choice.via);
}

/* What monitors start on the host: the exit command, the event publisher. */
static bool is_helper(const struct apply *a, const struct ctr_role *role)
{
	const struct image *image = a->proc->image;
	struct slice base = slice_basename(slice_str(image->exe));

	if (image->argc == 0)
		return false;
	if (role->helper && strcmp(image->argv[0], role->helper) == 0)
		return true;
	return container_cli_kind(base) != CLI_NONE || slice_eq_str(base, "containerd");
}

static bool enter_below(struct apply *a, struct proc *parent)
{
	const struct ctr_role *role = parent ? parent->role : NULL;
	uint64_t dev = a->proc->image->dev;
	bool host_dev = containers_is_host_dev(a->state->containers, a->proc->host, dev);
	struct choice choice;

	if (!role || role->kind != ROLE_MONITOR)
		return false;
	choice = choose(role, dev);
	if (host_dev && is_helper(a, role))
		return false;
	if (!choice.container && !host_dev && is_overlay(dev))
		choice = (struct choice){ role->is_pod
						  ? one_more(a->state->containers, parent)
						  : only(role),
					  VIA_FOUND };
	if (!choice.container)
		return false;
	enter(a, choice.container, choice.via);
	return true;
}

/* ---- from what was there before ---- */

static struct container *by_file(const struct apply *a, int64_t pid)
{
	const struct ctrfiles *files = containers_files(a->state->containers);
	const struct ctrfacts *facts = files ? ctrfiles_by_pid(files, pid) : NULL;

	if (!facts || facts->created > a->at.time + FACTS_EARLY_MS)
		return NULL;
	return containers_get(a->state->containers, a->proc->host, slice_str(facts->id));
}

void enter_refine(struct apply *a)
{
	struct containers *tab = a->state->containers;
	struct container *c = container_real(a->proc->container);
	const struct image *image = a->proc->image;
	struct container *there = containers_by_dev(tab, a->proc->host, image->dev);

	if (c->id || c->has_dev || !is_overlay(image->dev) || !tells_root(image))
		return;
	if (there && there != c)
		containers_unite(tab, c, there);
	else
		containers_map_dev(tab, c, image->dev);
}

bool enter_known(struct apply *a)
{
	struct proc *proc = a->proc, *parent = proc->parent;
	struct container *c = NULL;

	if (ctr_role_is_settled(proc->role) || proc->start_seen)
		return false;
	if (parent && parent->container) {
		container_put_in(proc, parent->container,
				 (enum container_via)parent->container_via);
		return true;
	}
	if (parent && parent->observed)
		return false;
	c = by_file(a, proc->pid);
	if (!c && parent && (c = by_file(a, parent->pid))) {
		container_put_in(parent, c, VIA_ENTRY);
		proctab_touch(a->state->procs, parent);
	}
	if (c)
		enter(a, c, VIA_ENTRY);
	return c != NULL;
}

/* Close behind the runtime: pids are given out one by one. */
static bool is_near(const struct awaited *w, int64_t pid)
{
	return pid > w->pid && pid <= w->pid + AWAIT_PIDS;
}

static bool enter_awaited(struct apply *a, const struct proc *parent)
{
	struct awaited *list = a->state->awaited;

	if (!parent)
		return false;
	for (uint32_t i = a->state->nawaited; i-- > 0;) {
		struct awaited *w = &list[i];
		struct container *c = container_real(w->container);

		if (!c->awaits_entry || c->host != a->proc->host ||
		    a->at.time - w->time > AWAIT_MS || !is_near(w, a->proc->pid) ||
		    (parent->pid != 1 && !is_near(w, parent->pid)))
			continue;
		enter(a, c, VIA_ENTRY);
		return true;
	}
	return false;
}

void enter_await(struct apply *a, struct container *c)
{
	struct state *state = a->state;

	if (state->nawaited == LIMIT_AWAITED) {
		state->awaited[0].container->users--;
		memmove(&state->awaited[0], &state->awaited[1],
			(LIMIT_AWAITED - 1) * sizeof(state->awaited[0]));
		state->nawaited--;
	}
	c->users++;
	state->awaited[state->nawaited++] =
		(struct awaited){ c, a->proc->pid, a->at.time };
}

void enter_by_place(struct apply *a)
{
	struct proc *parent = proctab_find(a->proc->host, a->sc.ppid);
	struct container *c;

	if (parent == a->proc)
		parent = NULL;
	if (parent && parent->container) {
		enter(a, container_real(parent->container),
		      (enum container_via)parent->container_via);
		return;
	}
	if (enter_below(a, parent))
		return;
	/* A parent that is known to be the host's has host's children. */
	if (parent && parent->observed && parent->pid != 1)
		return;
	c = containers_by_dev(a->state->containers, a->proc->host, a->proc->image->dev);
	if (c)
		enter(a, c, VIA_FOUND);
	else
		enter_awaited(a, parent);
}
