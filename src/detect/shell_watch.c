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

static void forget_heard(struct watched *w)
{
	if (!w->heard)
		return;
	for (size_t i = 0; i < w->heard->in.nsteps; i++) {
		struct fdobj *obj = (struct fdobj *)w->heard->in.steps[i].obj;
		struct proc *holder = (struct proc *)w->heard->in.steps[i].holder;

		fdobj_unref(&obj);
		proc_unref(&holder);
	}
	free(w->heard);
	w->heard = NULL;
}

void watch_heard(struct watched *w, const struct look *l)
{
	forget_heard(w);
	w->heard = xcalloc(1, sizeof(*w->heard));
	w->heard->in = l->in;
	for (size_t i = 0; i < l->in.nsteps; i++) {
		fdobj_ref((struct fdobj *)l->in.steps[i].obj);
		if (l->in.steps[i].holder)
			proc_hold(l->in.steps[i].holder);
	}
}

void watch_drop(struct shells *s, size_t i)
{
	forget_heard(&s->watched[i]);
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

struct commander *commander_of(struct shells *s, const struct proc *proc)
{
	struct commander *c;

	for (size_t i = 0; i < s->ncommanders; i++) {
		if (s->commanders[i].proc == proc)
			return &s->commanders[i];
	}
	if (s->ncommanders == LIMIT_HOLDERS_SEEN) {
		commands_fini(&s->commanders[0].held);
		proc_unref(&s->commanders[0].proc);
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
	for (size_t i = 0; i < s->ncommanders; i++) {
		commands_fini(&s->commanders[i].held);
		proc_unref(&s->commanders[i].proc);
	}
	sessions_fini(s);
	shell_names_fini(s);
	honest_fini(&s->honest);
}
