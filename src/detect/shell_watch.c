/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shells that may turn out to be on a socket, and who runs commands for one. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "detect/shell_priv.h"

void commands_hold(struct commands *held, const struct proc *proc)
{
	if (held->total++ >= LIMIT_COMMANDS_HELD)
		return;
	if (!held->list)
		held->list = xcalloc(LIMIT_COMMANDS_HELD, sizeof(*held->list));
	held->list[held->total - 1] = command_of(proc);
}

void commands_fini(struct commands *held)
{
	free(held->list);
	*held = (struct commands){ 0 };
}

static void forget(struct heard *heard)
{
	for (size_t i = 0; i < heard->in.nsteps; i++) {
		struct fdobj *obj = (struct fdobj *)heard->in.steps[i].obj;
		struct proc *holder = (struct proc *)heard->in.steps[i].holder;

		fdobj_unref(&obj);
		proc_unref(&holder);
	}
	free(heard);
}

void heard_keep(struct heard **heard, const struct flow *flow)
{
	struct heard *old = *heard;

	*heard = NULL;
	if (flow) {
		*heard = xcalloc(1, sizeof(**heard));
		(*heard)->in = *flow;
	}
	for (size_t i = 0; flow && i < flow->nsteps; i++) {
		fdobj_ref((struct fdobj *)flow->steps[i].obj);
		if (flow->steps[i].holder)
			proc_hold(flow->steps[i].holder);
	}
	if (old)
		forget(old);
}

void watch_drop(struct shells *s, size_t i)
{
	heard_keep(&s->watched[i].heard, NULL);
	commands_fini(&s->watched[i].held);
	proc_unref(&s->watched[i].proc);
	memmove(&s->watched[i], &s->watched[i + 1],
		(--s->nwatched - i) * sizeof(s->watched[0]));
}

size_t watch_find(const struct shells *s, const struct proc *proc)
{
	size_t i = 0;

	while (i < s->nwatched && s->watched[i].proc != proc)
		i++;
	return i;
}

void watch_add(struct shells *s, const struct proc *proc)
{
	if (watch_find(s, proc) < s->nwatched)
		return;
	if (s->nwatched == LIMIT_WATCHED)
		watch_drop(s, 0);
	s->watched[s->nwatched++] = (struct watched){ .proc = proc_hold(proc) };
}

static void commander_fini(struct commander *c)
{
	commands_fini(&c->held);
	heard_keep(&c->way, NULL);
	if (c->awaited)
		proc_unref(&c->awaited);
	proc_unref(&c->proc);
}

struct commander *commander_known(struct shells *s, const struct proc *proc)
{
	for (size_t i = 0; i < s->ncommanders; i++) {
		if (s->commanders[i].proc == proc)
			return &s->commanders[i];
	}
	return NULL;
}

struct commander *commander_of(struct shells *s, const struct proc *proc)
{
	struct commander *c = commander_known(s, proc);

	if (c)
		return c;
	if (s->ncommanders == LIMIT_HOLDERS_SEEN) {
		commander_fini(&s->commanders[0]);
		memmove(s->commanders, s->commanders + 1,
			--s->ncommanders * sizeof(s->commanders[0]));
	}
	c = &s->commanders[s->ncommanders++];
	*c = (struct commander){ .proc = proc_hold(proc) };
	return c;
}

void shells_fini(struct shells *s)
{
	while (s->nwatched)
		watch_drop(s, s->nwatched - 1);
	for (size_t i = 0; i < s->ncommanders; i++)
		commander_fini(&s->commanders[i]);
	sessions_fini(s);
	shell_names_fini(s);
	honest_fini(&s->honest);
}
