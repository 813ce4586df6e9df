/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the shell detectors remember from one activity to the next. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "detect/shell_priv.h"

static bool same_socket(const struct session *session, const struct fdobj *socket)
{
	return session->socket.serial == fdobj_sock(socket)->joined.serial &&
	       session->socket.time == fdobj_sock(socket)->joined.time;
}

bool session_of(const struct shells *s, const struct proc *proc,
		const struct fdobj *socket)
{
	for (size_t i = 0; i < s->nsessions; i++) {
		const struct session *session = &s->sessions[i];

		if (proc_descends(proc, session->proc) &&
		    (!socket || session->socket.serial == 0 ||
		     same_socket(session, socket)))
			return true;
	}
	return false;
}

bool session_below(const struct shells *s, const struct proc *proc,
		   const struct fdobj *socket)
{
	for (size_t i = 0; i < s->nsessions; i++) {
		if (same_socket(&s->sessions[i], socket) &&
		    proc_descends(s->sessions[i].proc, proc))
			return true;
	}
	return false;
}

void session_add(struct shells *s, const struct proc *proc, const struct fdobj *socket,
		 const struct finding *finding)
{
	struct session *session;

	if (s->nsessions == LIMIT_SESSIONS) {
		proc_unref(&s->sessions[0].proc);
		memmove(s->sessions, s->sessions + 1,
			--s->nsessions * sizeof(*s->sessions));
	}
	s->sessions = xreallocarray(s->sessions, s->nsessions + 1, sizeof(*s->sessions));
	session = &s->sessions[s->nsessions++];
	*session = (struct session){ .proc = proc_hold(proc),
				     .id = detector_number(finding->detector),
				     .told = finding->last_seen,
				     .last = finding->last_seen };
	if (socket)
		session->socket = fdobj_sock(socket)->joined;
	memcpy(session->uid, finding->uid, sizeof(session->uid));
}

/* A finding with nothing but its uid and times widens the one that is stored. */
static void tell(struct session *session, const struct finding_out *out)
{
	struct finding *f;

	if (session->last <= session->told)
		return;
	f = finding_new(session->id);
	f->uid = arena_strdup(&f->arena, session->uid);
	f->last_seen = session->told = session->last;
	out->emit(out->ctx, f);
}

void session_grow(struct shells *s, const struct activity *act,
		  const struct finding_out *out)
{
	for (size_t i = 0; i < s->nsessions; i++) {
		struct session *session = &s->sessions[i];

		if (!proc_descends(act->proc, session->proc))
			continue;
		if (act->at.time > session->last)
			session->last = act->at.time;
		if (act->kind == ACT_EXIT && act->proc == session->proc)
			tell(session, out);
	}
}

void session_tell_all(struct shells *s, const struct finding_out *out)
{
	for (size_t i = 0; i < s->nsessions; i++)
		tell(&s->sessions[i], out);
}

void watch_drop(struct shells *s, size_t i)
{
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
	s->watched[s->nwatched++] = (struct watched){ proc_hold(proc) };
}

struct commander *commander_of(struct shells *s, const struct proc *proc)
{
	struct commander *c;

	for (size_t i = 0; i < s->ncommanders; i++) {
		if (s->commanders[i].proc == proc)
			return &s->commanders[i];
	}
	if (s->ncommanders == LIMIT_HOLDERS_SEEN) {
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
	for (size_t i = 0; i < s->nwatched; i++)
		proc_unref(&s->watched[i].proc);
	for (size_t i = 0; i < s->nsessions; i++)
		proc_unref(&s->sessions[i].proc);
	for (size_t i = 0; i < s->ncommanders; i++)
		proc_unref(&s->commanders[i].proc);
	free(s->sessions);
}
