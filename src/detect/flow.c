/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/flow.h"

#include <fcntl.h>

#include "base/compiler.h"

/* Breadth first; one node for each object reached. */
struct node {
	const struct fdobj *obj;
	const struct proc *holder;
	int from; /* index of the node before; -1: the start */
};

struct search {
	struct node nodes[LIMIT_FLOW_VISITS];
	int count;
	const struct proc *start;
	enum flow_direction direction;
	bool shy; /* not through what a holder may not know of */
	bool shied;
};

bool flow_is_network(const struct fdobj *obj)
{
	if (!fdobj_is_joined(obj))
		return false;
	/* A path in the file system that anybody may connect to is a door too. */
	return fdobj_is_inet(obj) || fdobj_sock(obj)->role == SOCK_ACCEPTED;
}

/* It may talk to anybody: no record tells to whom. */
static bool is_loose(const struct fdobj *obj)
{
	return fdobj_is_inet(obj) && fdobj_sock(obj)->role == SOCK_FRESH &&
	       fdobj_sock(obj)->datagram;
}

bool flow_is_loose(const struct flow *flow)
{
	return flow->socket && is_loose(flow->socket);
}

static bool visited(const struct search *s, const struct fdobj *obj)
{
	for (int i = 0; i < s->count; i++) {
		if (s->nodes[i].obj == obj)
			return true;
	}
	return false;
}

static void add(struct search *s, const struct fdobj *obj, const struct proc *holder,
		int from)
{
	if (s->count < LIMIT_FLOW_VISITS && !visited(s, obj))
		s->nodes[s->count++] = (struct node){ obj, holder, from };
}

/* Does whoever holds obj pass bytes on in that direction through it? */
static bool is_open_for(const struct fdobj *obj, enum flow_direction direction)
{
	uint32_t mode = obj->flags & O_ACCMODE;

	switch (obj->kind) {
	case FDOBJ_PIPE_READ: return direction == FLOW_IN;
	case FDOBJ_PIPE_WRITE: return direction == FLOW_OUT;
	case FDOBJ_FIFO:
		return mode == O_RDWR || (mode == O_RDONLY) == (direction == FLOW_IN);
	default: return fdobj_is_stream(obj);
	}
}

static enum flow_direction opposite(enum flow_direction direction)
{
	return direction == FLOW_IN ? FLOW_OUT : FLOW_IN;
}

/* Can bytes that go into (or come out of) end come from (or go to) other? */
static bool connects(const struct fdobj *end, const struct fdobj *other,
		     enum flow_direction direction)
{
	/* Who opened a FIFO to read and write hands both sides on. */
	if (end == other)
		return end->kind == FDOBJ_FIFO && (end->flags & O_ACCMODE) == O_RDWR;
	switch (end->kind) {
	case FDOBJ_PIPE_READ:
	case FDOBJ_PIPE_WRITE:
	case FDOBJ_FIFO:
		return is_open_for(end, direction) &&
		       is_open_for(other, opposite(direction));
	case FDOBJ_PTY_SLAVE: return other->kind == FDOBJ_PTY_MASTER;
	case FDOBJ_PTY_MASTER: return other->kind == FDOBJ_PTY_SLAVE;
	default: return true;
	}
}

/* Left to the program by an execve, at a number that it has to be told. */
static bool is_left_over(const struct proc *holder, const struct fdent *ent)
{
	return ent->fd > 2 && ent->placed.serial &&
	       ent->placed.serial < holder->image->event.serial;
}

/*
 * All other objects of a process that its bytes may come from or go to; not
 * back into the channel that they came out of.
 */
static void through(struct search *s, const struct proc *holder, int from)
{
	const struct channel *back = fdobj_channel(s->nodes[from].obj);
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(holder->fds, &it))) {
		if (ent->ghost || !is_open_for(ent->obj, s->direction) ||
		    (back && fdobj_channel(ent->obj) == back))
			continue;
		if (s->shy && is_left_over(holder, ent))
			s->shied = true;
		else
			add(s, ent->obj, holder, from);
	}
}

static void expand(struct search *s, int at)
{
	const struct fdobj *end = s->nodes[at].obj;
	const struct channel *channel = fdobj_channel(end);

	if (!channel)
		return;
	for (uint32_t i = 0; i < channel->nends; i++) {
		const struct fdobj *other = channel->ends[i];
		const struct holder *holders;
		uint32_t nholders;

		if (!connects(end, other, s->direction))
			continue;
		holders = fdobj_holders(other, &nholders);
		for (uint32_t h = 0; h < nholders; h++) {
			/* Who talks to himself (the self-pipe trick) gets nowhere. */
			if (holders[h].proc != s->start &&
			    holders[h].proc != s->nodes[at].holder)
				through(s, holders[h].proc, at);
		}
	}
}

static bool walk_back(const struct search *s, int at, struct flow *out)
{
	size_t n = 0;

	for (int i = at; i >= 0; i = s->nodes[i].from)
		n++;
	if (n > LIMIT_FLOW_STEPS)
		return false;
	out->socket = s->nodes[at].obj;
	out->nsteps = n;
	for (int i = at; i >= 0; i = s->nodes[i].from)
		out->steps[--n] =
			(struct flow_step){ s->nodes[i].obj, s->nodes[i].holder };
	return true;
}

static bool search(struct search *s, const struct fdobj *start, struct flow *out)
{
	s->count = 0;
	add(s, start, NULL, -1);
	for (int at = 0; at < s->count; at++) {
		if (flow_is_network(s->nodes[at].obj))
			return walk_back(s, at, out);
		expand(s, at);
	}
	return false;
}

/* The nearest loose end of a search that has found no other. */
static bool find_loose(const struct search *s, struct flow *out)
{
	for (int at = 1; at < s->count; at++) {
		if (is_loose(s->nodes[at].obj))
			return walk_back(s, at, out);
	}
	return false;
}

bool flow_find(const struct proc *proc, int fd, enum flow_direction direction,
	       struct flow *out)
{
	const struct fdent *ent = fdtab_get(proc_files((struct proc *)proc)->fds, fd);
	struct search s;

	*out = (struct flow){ 0 };
	if (!ent)
		return false;
	s.start = proc;
	s.direction = direction;
	s.shy = true;
	s.shied = false;
	if (search(&s, ent->obj, out))
		return true;
	s.shy = false;
	return (s.shied && search(&s, ent->obj, out)) || find_loose(&s, out);
}
