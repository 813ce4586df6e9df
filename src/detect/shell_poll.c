/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that fetch each command over a connection of its own, run it, keep
 * what it prints, and call again to hand that over. No connection is open
 * while the command runs; what tells is that they take turns, and what the
 * commands ask.
 */
#include <string.h>

#include "base/map.h"
#include "detect/doubt.h"
#include "detect/pipeline.h"
#include "detect/question.h"
#include "detect/shell_priv.h"

enum { NEAR = 2, ROUNDS_ENOUGH = 3 };

static uint64_t peer_hash(const struct proc *proc)
{
	return hash_fixed(proc->peer, strlen(proc->peer));
}

static bool reads_from(const struct proc *proc, const struct fdobj *end)
{
	const struct channel *channel = fdobj_channel(end);

	for (uint32_t i = 0; channel && i < channel->nends; i++) {
		const struct holder *holders;
		uint32_t n;

		if (channel->ends[i] == end)
			continue;
		holders = fdobj_holders(channel->ends[i], &n);
		for (uint32_t h = 0; h < n; h++) {
			if (holders[h].proc == proc)
				return true;
		}
	}
	return false;
}

/* Who runs the command, reads what it prints, and had a connection; or NULL. */
static const struct proc *caller_of(const struct look *l)
{
	const struct proc *up = l->proc->parent;
	const struct fdent *ent = fdtab_get(l->proc->fds, 1);

	if (!ent ||
	    (ent->obj->kind != FDOBJ_PIPE_WRITE && ent->obj->kind != FDOBJ_SOCKETPAIR))
		return NULL;
	for (int n = 0; n < NEAR && up; n++, up = up->parent) {
		if (up->peer && shell_kind(up->image) != SHELL_SHELL &&
		    reads_from(up, ent->obj))
			return pipeline_downloads(up->image) ? NULL : up;
	}
	return NULL;
}

void poll_command(struct shells *s, const struct look *l, const struct finding_out *out)
{
	const struct proc *caller = caller_of(l);
	struct commander *c;

	if (!caller)
		return;
	c = commander_of(s, caller);
	if (c->reported) {
		session_command(s, caller, l, out);
		return;
	}
	if (!c->peer) {
		c->peer = peer_hash(caller);
		c->called = true;
	}
	if (c->held.total == 0)
		c->since = l->act->at.time;
	c->rounds += c->called;
	c->called = false;
	c->asked |= question_of(l->as, l->kind, l->input) == STRONG_QUESTION;
	commands_hold(&c->held, l->proc);
}

void poll_call(struct shells *s, const struct activity *act,
	       const struct finding_out *out)
{
	struct commander *c = act->proc->peer ? commander_known(s, act->proc) : NULL;
	struct shell_report r = {
		.id = DETECT_REMOTE_COMMAND_EXECUTION,
		.confidence = CONF_LOW,
		.uid_proc = act->proc,
		.socket = act->obj,
		.caveat = "it calls the same address before and after each command: that "
			  "it gets them there is inferred from what they ask",
	};
	struct look l;

	if (!c || c->reported || !c->peer || !fdobj_is_inet(act->obj) ||
	    c->peer != peer_hash(act->proc))
		return;
	c->called = true;
	if (c->rounds < ROUNDS_ENOUGH || !c->asked)
		return;
	c->reported = true;
	r.held = &c->held;
	r.since = c->since;
	look_take(s, &l, act->proc, act);
	l.has_in = l.has_out = false;
	shell_emit(s, &l, &r, out);
}
