/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/describe.h"

#include <stdio.h>
#include <string.h>

#include "state/container.h"

static const char *copy(struct finding *f, const char *str)
{
	return str ? arena_strdup(&f->arena, str) : NULL;
}

static const char *const *copy_argv(struct finding *f, const struct image *image)
{
	const char **argv;

	if (!image->argv)
		return NULL;
	argv = arena_alloc(&f->arena, (image->argc + 1) * sizeof(*argv));
	for (uint32_t i = 0; i < image->argc; i++)
		argv[i] = copy(f, image->argv[i]);
	argv[image->argc] = NULL;
	return argv;
}

struct finding_process *describe_one(struct finding *f, const struct proc *proc,
				     const struct image *image)
{
	struct finding_process *p = arena_zalloc(&f->arena, sizeof(*p));

	p->uid = copy(f, proc->uid);
	p->pid = proc->pid;
	p->ppid = proc->ppid;
	p->exe = copy(f, image->exe);
	p->comm = copy(f, image->comm);
	p->cwd = copy(f, image->cwd ? image->cwd : proc->cwd);
	p->tty = copy(f, image->tty);
	p->argv = copy_argv(f, image);
	p->argc = p->argv ? image->argc : 0;
	p->argc_total = image->argc_total;
	p->argv_rest = copy(f, image->argv_rest);
	p->user_id = proc->cred.uid;
	p->auid = proc->cred.auid;
	p->ses = proc->cred.ses;
	p->started = proc->started.time;
	p->observed = proc->observed;
	return p;
}

struct finding_container describe_container(const struct container *c)
{
	return (struct finding_container){
		.id = c->id,
		.name = c->name,
		.image = c->image,
		.image_digest = c->image_digest,
		.pod = c->pod,
		.ns = c->ns,
		.runtime = c->runtime,
	};
}

static void set_container(struct finding *f, const struct proc *proc)
{
	struct finding_container row = describe_container(container_of(proc));

	row.via = container_via_name((enum container_via)proc->container_via);
	finding_set_container(f, &row);
}

void describe_process(struct finding *f, const struct proc *proc,
		      const struct image *image)
{
	const struct finding_process **chain;
	const struct proc *up;
	size_t n = 0;

	f->process = describe_one(f, proc, image);
	if (proc->host->node[0])
		f->host = copy(f, proc->host->node);
	if (container_of(proc))
		set_container(f, proc);
	chain = arena_alloc(&f->arena, LIMIT_FINDING_ANCESTRY * sizeof(*chain));
	for (up = proc->parent; up && n < LIMIT_FINDING_ANCESTRY; up = up->parent)
		chain[n++] = describe_one(f, up, up->image);
	f->ancestry = chain;
	f->nancestry = n;
}

void describe_evidence(struct finding *f, const struct proc *proc, struct evref at,
		       const char *what)
{
	struct finding_evidence *list = (struct finding_evidence *)f->evidence;

	if (!list) {
		list = arena_zalloc(&f->arena, LIMIT_FINDING_EVIDENCE * sizeof(*list));
		f->evidence = list;
	}
	if (at.serial == 0 || f->nevidence == LIMIT_FINDING_EVIDENCE)
		return;
	for (size_t i = 0; i < f->nevidence; i++) {
		if (list[i].id.serial == at.serial && list[i].id.time == at.time)
			return;
	}
	list[f->nevidence++] = (struct finding_evidence){
		.id = { .node = proc->host->node[0] ? copy(f, proc->host->node) : NULL,
			.time = at.time,
			.serial = at.serial },
		.what = copy(f, what),
	};
}

const char *describe_peer(const struct fdobj *obj, char out[DESCRIBE_PEER])
{
	const struct sock *sock = fdobj_sock(obj);

	if (!sock->remote ||
	    (sock->remote->family == SOCK_UNIX && !sock->remote->addr[0])) {
		if (sock->family == SOCK_UNIX && sock->local)
			snprintf(out, DESCRIBE_PEER, "a client of %s", sock->local->addr);
		else if (sock->role == SOCK_ACCEPTED && sock->local)
			snprintf(out, DESCRIBE_PEER, "a client of port %d",
				 sock->local->port);
		else
			snprintf(out, DESCRIBE_PEER, "an unknown peer");
	} else if (sock->remote->port < 0) {
		snprintf(out, DESCRIBE_PEER, "%s", sock->remote->addr);
	} else if (strchr(sock->remote->addr, ':')) {
		snprintf(out, DESCRIBE_PEER, "[%s]:%d", sock->remote->addr,
			 sock->remote->port);
	} else {
		snprintf(out, DESCRIBE_PEER, "%s:%d", sock->remote->addr,
			 sock->remote->port);
	}
	return out;
}

static const char *family_name(enum sock_family family)
{
	switch (family) {
	case SOCK_INET: return "inet";
	case SOCK_INET6: return "inet6";
	case SOCK_UNIX: return "unix";
	default: return NULL;
	}
}

struct finding_network *describe_socket(struct finding *f, const struct fdobj *obj)
{
	struct finding_network *net = arena_zalloc(&f->arena, sizeof(*net));
	const struct sock *sock = fdobj_sock(obj);

	net->direction = sock->role == SOCK_CONNECTED  ? "outbound"
			 : sock->role == SOCK_ACCEPTED ? "inbound"
						       : "unknown";
	net->family = family_name(sock->family);
	net->remote_port = net->local_port = -1;
	if (sock->remote && sock->remote->addr[0]) {
		net->remote_addr = copy(f, sock->remote->addr);
		net->remote_port = sock->remote->port;
	}
	if (sock->local && sock->local->addr[0]) {
		net->local_addr = copy(f, sock->local->addr);
		net->local_port = sock->local->port;
	}
	f->network = net;
	return net;
}

const char *describe_name(struct finding *f, const struct proc *proc,
			  const struct image *image)
{
	struct slice base = slice_basename(slice_str(image->exe));

	if (base.len == 0)
		base = slice_str(image->comm);
	if (base.len == 0)
		return arena_printf(&f->arena, "pid %lld", (long long)proc->pid);
	return arena_printf(&f->arena, "%.*s (pid %lld)", SLICE_FMT(base),
			    (long long)proc->pid);
}
