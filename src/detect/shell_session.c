/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes on in shells that were reported. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/xalloc.h"
#include "detect/shell_priv.h"

static bool same_socket(const struct session *session, const struct fdobj *socket)
{
	return session->socket.serial == fdobj_sock(socket)->joined.serial &&
	       session->socket.time == fdobj_sock(socket)->joined.time;
}

/* The newest session of the process; see struct session for the others. */
static struct session *session_at(const struct shells *s, const struct proc *proc)
{
	return s->by_proc ? map_get_u64(s->by_proc, (uintptr_t)proc) : NULL;
}

bool session_of(const struct shells *s, const struct proc *proc,
		const struct fdobj *socket)
{
	for (int up = 0; s->nsessions && proc && up < LIMIT_ANCESTRY; up++) {
		const struct session *at = session_at(s, proc);

		for (; at; at = at->next) {
			if (at->covers && (!socket || at->socket.serial == 0 ||
					   same_socket(at, socket)))
				return true;
		}
		proc = proc->parent;
	}
	return false;
}

bool session_below(const struct shells *s, const struct proc *proc,
		   const struct fdobj *socket)
{
	for (size_t i = 0; i < s->nsessions; i++) {
		if (s->sessions[i]->covers && same_socket(s->sessions[i], socket) &&
		    proc_descends(s->sessions[i]->proc, proc))
			return true;
	}
	return false;
}

/* ---- what is told ---- */

struct command command_of(const struct proc *proc)
{
	struct command c = { .pid = proc->pid,
			     .seq = proc->image->seq - proc->first_seq,
			     .time = proc->image->event.time };

	memcpy(c.process, proc->uid, sizeof(c.process));
	return c;
}

/* list: n commands that are new; the first of all are kept by the store. */
static void tell(struct session *session, const struct command *list, size_t n,
		 const struct finding_out *out)
{
	struct finding_command news[LIMIT_COMMANDS_HELD];
	struct finding_session told = { .started = session->started,
					.last = session->last,
					.ended = session->ended,
					.commands = session->commands,
					.list = news,
					.n = n };

	for (size_t i = 0; i < n; i++)
		news[i] = (struct finding_command){ .uid = list[i].process,
						    .pid = list[i].pid,
						    .seq = list[i].seq };
	session->told = session->last;
	out->session(out->ctx, session->uid, &told);
}

static void touch(struct session *session, stamp_ms now)
{
	if (now > session->last)
		session->last = now;
}

static void run(struct session *session, const struct proc *proc, stamp_ms now,
		const struct finding_out *out)
{
	struct command command = command_of(proc);

	touch(session, now);
	if (session->commands++ < LIMIT_FINDING_COMMANDS)
		tell(session, &command, 1, out);
}

/* ---- their life ---- */

static void forget(struct shells *s, size_t i)
{
	struct session *gone = s->sessions[i], *at = session_at(s, gone->proc);

	if (at == gone) {
		map_del_u64(s->by_proc, (uintptr_t)gone->proc);
		if (gone->next)
			map_put_u64(s->by_proc, (uintptr_t)gone->proc, gone->next);
	}
	for (; at; at = at->next) {
		if (at->next == gone)
			at->next = gone->next;
	}
	memmove(&s->sessions[i], &s->sessions[i + 1],
		(--s->nsessions - i) * sizeof(s->sessions[0]));
	proc_unref(&gone->proc);
	free(gone);
}

static struct session *make(struct shells *s, const struct session_start *start)
{
	struct session *session = xcalloc(1, sizeof(*session));

	if (s->nsessions == LIMIT_SESSIONS)
		forget(s, 0);
	if (!s->by_proc) {
		s->by_proc = map_new();
		s->sessions = xcalloc(LIMIT_SESSIONS, sizeof(s->sessions[0]));
	}
	session->proc = proc_hold(start->proc);
	session->covers = start->covers;
	session->whole = start->whole;
	session->last = start->seen;
	session->started = start->proc->image->event.time;
	if (start->socket)
		session->socket = fdobj_sock(start->socket)->joined;
	if (start->since)
		session->started = start->since;
	else if (session->socket.time > session->started)
		session->started = session->socket.time;
	if (session->started == 0)
		session->started = start->seen;
	if (start->proc->ended)
		session->ended = start->proc->end.time;
	memcpy(session->uid, start->uid, sizeof(session->uid));
	session->next = session_at(s, start->proc);
	map_put_u64(s->by_proc, (uintptr_t)start->proc, session);
	s->sessions[s->nsessions++] = session;
	return session;
}

/* What was run before it was known to be a session. */
static void take_over(struct session *session, struct commands *held,
		      const struct finding_out *out)
{
	struct command list[LIMIT_COMMANDS_HELD];
	uint64_t kept =
		held->total < LIMIT_COMMANDS_HELD ? held->total : LIMIT_COMMANDS_HELD;
	size_t n = 0;

	for (size_t i = 0; i < kept; i++) {
		if (held->list[i].time >= session->started)
			list[n++] = held->list[i];
		touch(session, held->list[i].time);
	}
	session->commands = n + (held->total - kept);
	commands_fini(held);
	tell(session, list, n, out);
}

void session_add(struct shells *s, const struct session_start *start,
		 const struct finding_out *out)
{
	struct session *at = session_at(s, start->proc);
	struct commands none = { 0 };

	for (; at; at = at->next) {
		if (strcmp(at->uid, start->uid) == 0)
			return;
	}
	take_over(make(s, start), start->held ? start->held : &none, out);
}

static void grow(struct session *session, const struct activity *act,
		 const struct finding_out *out)
{
	bool own = act->proc == session->proc;

	if (own && act->kind == ACT_EXIT) {
		session->ended = act->at.time;
		touch(session, act->at.time);
		tell(session, NULL, 0, out);
		return;
	}
	if (!session->whole)
		return;
	if (act->kind == ACT_EXEC) {
		run(session, act->proc, act->at.time, out);
		return;
	}
	touch(session, act->at.time);
	if (session->last - session->told >= TELL_EVERY_MS)
		tell(session, NULL, 0, out);
}

void session_grow(struct shells *s, const struct activity *act,
		  const struct finding_out *out)
{
	const struct proc *proc = act->proc;

	for (int up = 0; s->nsessions && proc && up < LIMIT_ANCESTRY; up++) {
		for (struct session *at = session_at(s, proc); at; at = at->next)
			grow(at, act, out);
		proc = proc->parent;
	}
}

void session_command(struct shells *s, const struct proc *holder, const struct look *l,
		     const struct finding_out *out)
{
	for (struct session *at = session_at(s, holder); at; at = at->next) {
		if (!at->covers && !at->whole)
			run(at, l->proc, l->act->at.time, out);
	}
}

void session_tell_all(struct shells *s, const struct finding_out *out)
{
	for (size_t i = 0; i < s->nsessions; i++) {
		if (s->sessions[i]->last > s->sessions[i]->told)
			tell(s->sessions[i], NULL, 0, out);
	}
}

void sessions_fini(struct shells *s)
{
	while (s->nsessions)
		forget(s, s->nsessions - 1);
	map_free(&s->by_proc);
	free(s->sessions);
}
