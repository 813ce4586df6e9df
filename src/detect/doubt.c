/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/doubt.h"

#include <stddef.h>

#include "detect/shell_kind.h"

enum {
	LATE_MS = 2000,
	STDIO = 3,       /* descriptors that a program knows of without being told */
	SHELL_KEEPS = 10 /* where shells keep what they put aside; POSIX leaves a
			  * script the numbers below (2.7 Redirection) */
};

static bool on_stdio(const struct proc *proc, const struct fdobj *obj)
{
	for (int fd = 0; fd < STDIO; fd++) {
		const struct fdent *ent = fdtab_get(proc->fds, fd);

		if (ent && ent->obj == obj)
			return true;
	}
	return false;
}

/* The end of obj's channel that stands at the holder's stdio, or NULL. */
static const struct fdobj *stdio_end(const struct proc *holder, const struct fdobj *obj)
{
	for (int fd = 0; fd < STDIO; fd++) {
		const struct fdent *ent = fdtab_get(holder->fds, fd);

		if (ent && fdobj_channel(ent->obj) &&
		    fdobj_channel(ent->obj) == fdobj_channel(obj))
			return ent->obj;
	}
	return NULL;
}

/* All its descriptors of obj are older than the program that it runs. */
static bool is_older(const struct proc *holder, const struct fdobj *obj)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;
	bool any = false;

	if (on_stdio(holder, obj))
		return false;
	while ((ent = fdtab_next(holder->fds, &it))) {
		if (ent->obj != obj || ent->ghost)
			continue;
		any = true;
		if (ent->placed.serial == 0 ||
		    ent->placed.serial >= holder->image->event.serial)
			return false;
	}
	return any;
}

/*
 * Is it an end of a channel that nobody else has, but who descends from it?
 * Whoever made the channel has let that end go: it was made for the program,
 * which is told its number.
 */
static bool is_its_own(const struct proc *holder, const struct fdobj *obj)
{
	const struct holder *holders;
	uint32_t n;

	if (!fdobj_channel(obj))
		return false;
	holders = fdobj_holders(obj, &n);
	for (uint32_t i = 0; i < n; i++) {
		if (!proc_descends(holders[i].proc, holder))
			return false;
	}
	return true;
}

static bool handed_down(const struct proc *holder, const struct fdobj *obj)
{
	return is_older(holder, obj) && !is_its_own(holder, obj);
}

/*
 * One who was given one of the two as its input or output, or as the channel
 * that it is told its work by, is there to do so.
 */
static bool is_relay(const struct proc *holder, const struct fdobj *from,
		     const struct fdobj *to)
{
	return stdio_end(holder, from) || on_stdio(holder, to) ||
	       (is_older(holder, to) && is_its_own(holder, to));
}

/*
 * Who calls out may start the shell first; who is called gives each client one
 * of its own. A blocking accept is stamped with its beginning: see its serial.
 */
static enum doubt late(const struct proc *proc, const struct sock *sock)
{
	if (sock->joined.serial < proc->image->event.serial)
		return DOUBT_NONE;
	if (sock->role == SOCK_ACCEPTED ||
	    sock->joined.time - proc->image->event.time > LATE_MS)
		return DOUBT_LATE;
	return proc->last.serial < sock->joined.serial ? DOUBT_YOUNG : DOUBT_NONE;
}

static enum doubt of_holder(const struct proc *proc, const struct flow *flow, size_t i)
{
	const struct proc *holder = flow->steps[i].holder;
	const struct fdobj *from = flow->steps[i - 1].obj, *to = flow->steps[i].obj;
	bool last = i + 1 == flow->nsteps;

	if (handed_down(holder, to))
		return DOUBT_HANDED;
	if (shell_kind(holder->image) == SHELL_SHELL &&
	    (!stdio_end(holder, from) || !on_stdio(holder, to)))
		return DOUBT_SHELL;
	if (is_relay(holder, from, to))
		return DOUBT_NONE;
	if (!last)
		return DOUBT_TALKS;
	return late(proc, fdobj_sock(to));
}

enum doubt doubt_of(const struct proc *proc, const struct flow *flow)
{
	enum doubt doubt = DOUBT_NONE;

	for (size_t i = 1; doubt == DOUBT_NONE && i < flow->nsteps; i++)
		doubt = of_holder(proc, flow, i);
	return doubt == DOUBT_NONE && flow_is_loose(flow) ? DOUBT_LOOSE : doubt;
}

const char *doubt_text(enum doubt doubt)
{
	static const char *const texts[] = {
		[DOUBT_HANDED] = "a program between them got its descriptors from the "
				 "one before it: that it passes the bytes on is inferred "
				 "from what the shell was asked",
		[DOUBT_TALKS] = "a program between them talks to both sides: that it "
				"passes the bytes on is inferred from what the shell was "
				"asked",
		[DOUBT_SHELL] = "a shell between them holds both sides: that it passes "
				"the bytes on is inferred from what this one was asked",
		[DOUBT_LATE] = "the shell was there before the connection: that a "
			       "program passes the bytes on is inferred from what the "
			       "shell was asked",
		[DOUBT_YOUNG] = NULL,
		[DOUBT_LOOSE] = "no record tells whom the socket talks to: that "
				"somebody there sends the commands is inferred from what "
				"the shell was asked",
	};

	return texts[doubt];
}

bool doubt_is_leak(const struct flow *flow)
{
	const struct proc *last = flow->steps[flow->nsteps - 1].holder;
	const struct holder *holders;
	uint32_t n;

	/* A server forks for a client whom it may forget to let go. */
	if (!last || last->pid == flow->socket->maker_pid ||
	    fdobj_sock(flow->socket)->role != SOCK_CONNECTED)
		return false;
	holders = fdobj_holders(flow->socket, &n);
	for (uint32_t i = 0; i < n; i++) {
		if (holders[i].proc->pid == flow->socket->maker_pid &&
		    proc_descends(last, holders[i].proc))
			return true;
	}
	return false;
}

bool doubt_put_back(const struct proc *proc, const struct fdent *ent)
{
	return ent->how == FD_DUPLICATED && ent->from >= SHELL_KEEPS &&
	       ent->obj->birth.serial < proc->image->event.serial;
}

/* Rules that record the close of descriptors record their copies as well. */
bool doubt_knows_dups(const struct proc *proc)
{
	return proc->host->seen & (SEEN_DUP | SEEN_CLOSE);
}
