/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/seed.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/map.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "state/channels.h"
#include "state/proc_priv.h"
#include "state/state_priv.h"

struct seeding {
	struct map *objects;  /* struct fdobj, a reference, by inode: sockets */
	struct map *channels; /* struct channel by inode: pipes */
};

struct seeding *seeding_new(void)
{
	struct seeding *s = xcalloc(1, sizeof(*s));

	s->objects = map_new();
	s->channels = map_new();
	return s;
}

void seeding_free(struct seeding **sp)
{
	struct seeding *s = *sp;
	struct map_iter it = { 0 };
	void *value;

	if (!s)
		return;
	while (map_next(s->objects, &it, NULL, &value)) {
		struct fdobj *obj = value;

		fdobj_unref(&obj);
	}
	it = (struct map_iter){ 0 };
	while (map_next(s->channels, &it, NULL, &value))
		channel_let_go(value);
	map_free(&s->objects);
	map_free(&s->channels);
	free(s);
	*sp = NULL;
}

/* ---- descriptors ---- */

static struct fdobj *socket_of(struct seeding *s, const struct seed_fd *fd,
			       struct evref at)
{
	struct fdobj *obj = map_get_u64(s->objects, fd->inode);
	struct sock *sock;

	if (obj)
		return fdobj_ref(obj);
	obj = fdobj_new(FDOBJ_SOCKET, at, -1);
	sock = fdobj_sock(obj);
	sock->family = fd->family;
	sock->datagram = fd->datagram;
	sock->role = fd->role;
	if (fd->local.port >= 0)
		endpoint_set(&sock->local, endpoint_new(&fd->local));
	if (fd->remote.port >= 0)
		endpoint_set(&sock->remote, endpoint_new(&fd->remote));
	map_put_u64(s->objects, fd->inode, fdobj_ref(obj));
	return obj;
}

static struct fdobj *pipe_of(struct seeding *s, const struct seed_fd *fd, struct evref at)
{
	struct channel *channel = map_get_u64(s->channels, fd->inode);
	struct fdobj *obj = fdobj_new(fd->kind, at, -1);

	if (!channel) {
		channel = channel_new(at);
		channel->held = true;
		map_put_u64(s->channels, fd->inode, channel);
	}
	channel_join(channel, obj);
	return obj;
}

/* The pseudo-terminal with that number, among those that records speak of. */
static struct channel *pty_channel(struct host *host, const char *path, struct evref at)
{
	static const struct slice dir = { "/dev/pts/", 9 };
	struct slice name = slice_str(path);
	uint64_t number;

	if (!slice_starts(name, dir) || !num_u64(slice_skip(name, dir.len), &number))
		return channel_new(at);
	return channels_pty(host, number, at);
}

static struct fdobj *object_of(struct seeding *s, struct host *host,
			       const struct seed_fd *fd, struct evref at)
{
	struct fdobj *obj;

	switch (fd->kind) {
	case FDOBJ_SOCKET: return socket_of(s, fd, at);
	case FDOBJ_PIPE_READ:
	case FDOBJ_PIPE_WRITE: return pipe_of(s, fd, at);
	case FDOBJ_PTY_SLAVE:
	case FDOBJ_PTY_MASTER:
		obj = fdobj_new(fd->kind, at, -1);
		channel_join(pty_channel(host, fd->path, at), obj);
		break;
	default:
		obj = fdobj_new(fd->kind, at, -1);
		obj->dev = fd->dev;
		obj->inode = fd->inode;
		break;
	}
	if (fd->path && fd->kind != FDOBJ_PTY_MASTER)
		obj->path = xstrdup(fd->path);
	return obj;
}

/* What a record has put at a number is newer. */
static void seed_fds(struct seeding *s, struct proc *proc, const struct seed *seed)
{
	struct evref at = { seed->started, 0 };

	for (size_t i = 0; i < seed->nfds; i++) {
		const struct seed_fd *fd = &seed->fds[i];
		struct fdent ent = { .fd = fd->fd,
				     .cloexec = fd->cloexec,
				     .placed = at,
				     .how = FD_BORN,
				     .from = -1 };

		if (fdtab_get_ghost(proc->fds, fd->fd))
			continue;
		ent.obj = object_of(s, proc->host, fd, at);
		fdtab_put(&proc->fds, proc, &ent);
		fdobj_unref(&ent.obj);
	}
}

/* ---- processes ---- */

static char *dup_or_null(const char *str)
{
	return str && *str ? xstrdup(str) : NULL;
}

static void seed_image(struct proc *proc, const struct seed *seed)
{
	struct image *image = image_new();

	image->seq = seed->uid ? seed->seq : 0;
	image->exe = dup_or_null(seed->exe);
	image->comm = dup_or_null(seed->comm);
	image->cwd = dup_or_null(seed->cwd);
	image->tty = dup_or_null(seed->tty);
	image->deleted = seed->deleted;
	image->cred = seed->cred;
	if (seed->argc) {
		image->argv = xcalloc(seed->argc + 1, sizeof(*image->argv));
		for (size_t i = 0; i < seed->argc; i++)
			image->argv[i] = xstrdup(seed->argv[i]);
		image->argc = (uint32_t)seed->argc;
		image->argc_total = seed->argc;
	}
	image_count(image, proc->host->mem);
	image_unref(&proc->image);
	proc->image = image;
}

static struct proc *add_process(struct proctab *tab, struct host *host,
				const struct seed *seed)
{
	struct proc *proc =
		proctab_add(tab, host, seed->pid, (struct evref){ seed->started, 0 });
	struct proc *parent = proctab_find(host, seed->ppid);

	if (seed->uid && strlen(seed->uid) == PROC_UID_HEX)
		memcpy(proc->uid, seed->uid, PROC_UID_HEX);
	proc->start_seen = seed->uid && seed->start_seen;
	proc->fds = fdtab_new(&tab->mem);
	proc->image = image_new();
	proc->ppid = seed->ppid;
	if (parent && parent != proc)
		proc->parent = proc_ref(parent);
	return proc;
}

struct proc *state_seed(struct state *state, struct seeding *seeding,
			const struct seed *seed)
{
	struct host *host = proctab_host(state->procs, slice_str(seed->node));
	struct proc *proc = host ? proctab_wake(state->procs, host, seed->pid) : NULL;

	if (!host || seed->pid <= 0)
		return NULL;
	/* Its birth is in the records: all that it has is known from there. */
	if (proc && proc->start_seen)
		return proc;
	if (!proc)
		proc = add_process(state->procs, host, seed);
	if (!proc->image->exe) {
		seed_image(proc, seed);
		proc->cred = seed->cred;
	}
	if (!proc->cwd && seed->cwd && *seed->cwd)
		proc_set(proc, &proc->cwd, slice_str(seed->cwd));
	if (!proc->root && seed->root && *seed->root)
		proc_set(proc, &proc->root, slice_str(seed->root));
	if (!proc->files_of)
		seed_fds(seeding, proc, seed);
	proctab_touch(state->procs, proc);
	return proc;
}

/* ---- containers ---- */

static void learn(struct state *state, struct container *c, const struct ctrfacts *facts)
{
	const struct {
		char **field;
		const char *value;
	} all[] = {
		{ &c->name, facts->name },
		{ &c->image, facts->image },
		{ &c->image_digest, facts->image_digest },
		{ &c->image_id, facts->image_id },
		{ &c->pod, facts->pod },
		{ &c->ns, facts->ns },
		{ &c->runtime, facts->runtime },
		{ &c->rootfs, facts->rootfs },
		{ &c->sandbox, facts->sandbox },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		containers_learn(state->containers, c, all[i].field,
				 slice_str(all[i].value));
	c->in_files |= facts->runtime || facts->image;
}

void state_learn_container(struct state *state, struct proc *proc,
			   const struct ctrfacts *facts)
{
	struct container *c =
		containers_get(state->containers, proc->host, slice_str(facts->id));

	if (!c->id)
		return; /* there are too many */
	learn(state, c, facts);
	if (proc->container) {
		containers_unite(state->containers, proc->container, c);
		return;
	}
	/* A runtime is in the group before it is in the container. */
	if (proc->role || container_runtime_exec(proc))
		return;
	container_put_in(proc, c, VIA_FOUND);
	containers_entered(state->containers, c, proc->image->event);
	proctab_touch(state->procs, proc);
}
