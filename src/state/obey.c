/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command lines of runtimes, monitors and front ends tell. */
#include "state/obey.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "state/enter.h"

/*
 * Within a container it is the outer one's word that there is another: the
 * id stands below the outer one's, so that nobody can name his neighbour.
 */
struct container *obey_container(struct apply *a, struct slice id)
{
	const struct container *outer = container_of(a->proc);
	struct container *c;
	char *both;

	if (!outer)
		return containers_get(a->state->containers, a->proc->host, id);
	both = xasprintf("%s/%.*s", outer->id ? outer->id : "?", SLICE_FMT(id));
	c = containers_get(a->state->containers, a->proc->host, slice_str(both));
	free(both);
	return c;
}

struct proc *obey_parent(const struct apply *a)
{
	return a->sc.ppid == a->sc.pid ? NULL : proctab_find(a->proc->host, a->sc.ppid);
}

static void learn(struct apply *a, struct container *c, char **field, struct slice value)
{
	containers_learn(a->state->containers, c, field, value);
}

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

void obey_monitor(struct apply *a, const struct container_cli *cli)
{
	struct container *c = obey_container(a, cli->id);
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
		obey_monitor(a, cli);
		return;
	}
	/* A shim that only starts the one that stays, or cleans up. */
	c = obey_container(a, cli->id);
	learn(a, c, &c->runtime, slice_str(cli->runtime));
	if (cli->verb == VERB_DELETE)
		containers_gone(a->state->containers, c);
	ctr_role_drop(a->proc);
}

static void engine_line(struct apply *a, const struct container_cli *cli)
{
	struct ctr_role *role;

	if (cli->id.len) {
		struct container *c = containers_made_of(
			a->state->containers, obey_container(a, cli->id), cli->image);

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
	struct proc *parent = obey_parent(a);
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
	if (slice_eq_str(cli->ns, "k8s.io"))
		role->is_pod = true;
	if (!role->is_pod && !container_real(role->container)->id)
		ctr_role_unite(a->state->containers, role, c);
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
		return obey_container(a, cli->id);
	if (cli->verb == VERB_RUN)
		return containers_unknown(a->state->containers, a->proc->host);
	/* The pid is one of its own namespace: in a container not the host's. */
	whose = cli->pid && !a->proc->container ? proctab_find(a->proc->host, cli->pid)
						: NULL;
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
struct ctr_role *obey_runtime(struct apply *a, struct container *c)
{
	const struct image *image = a->proc->image;
	struct ctr_role *role = ctr_role_set(a->proc, ROLE_RUNTIME, c);

	role->maker_pid = a->proc->pid;
	role->dev = image->dev;
	role->inode = image->inode;
	return role;
}

void obey_runtime_line(struct apply *a, const struct container_cli *cli)
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
		obey_runtime(a, NULL);
		return;
	}
	if (role && role->kind == ROLE_RUNTIME && role->verb == cli->verb &&
	    (role->container == c || !cli->id.len)) {
		role->self = true; /* the same line again, from a copy of the binary */
		return;
	}
	if (cli->verb == VERB_CREATE || cli->verb == VERB_RUN)
		c = containers_made(a->state->containers, c, cli->bundle);
	learn_line(a, c, cli);
	note_monitor(a, c, cli);
	name_runtime(a, c, cli);
	if (cli->verb == VERB_DELETE)
		containers_gone(a->state->containers, c);
	else
		ask_for_entry(a, c, cli->verb);
	if (cli->verb == VERB_DELETE || cli->verb == VERB_START) {
		obey_runtime(a, NULL);
		return;
	}
	role = obey_runtime(a, c);
	role->verb = cli->verb;
	role->runtime = cli->runtime;
	if (cli->verb == VERB_RUN)
		enter_await(a, c);
}

void obey_line(struct apply *a, const struct container_cli *cli)
{
	containers_host_dev(a->state->containers, a->proc->host, a->proc->image->dev);
	switch (cli->kind) {
	case CLI_RUNTIME: obey_runtime_line(a, cli); break;
	case CLI_MONITOR: monitor_line(a, cli); break;
	case CLI_ENGINE: engine_line(a, cli); break;
	default: break;
	}
}
