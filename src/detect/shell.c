/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shells whose input or output is the network.
 *
 * A shell that was just started with its commands coming from a socket is
 * reported at once. Two things need time, and wait in a list of shells that
 * are watched: a shell that took the socket itself (bash does all of it
 * inside one process) may only be about to exec something harmless, and a
 * relay may connect after the shell has started, or hold the ends of a
 * pipeline only until it has set it up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/xalloc.h"
#include "detect/describe.h"
#include "detect/families.h"
#include "detect/flow.h"
#include "detect/honest.h"
#include "detect/shell_kind.h"

enum {
	LIMIT_WATCHED = 1024,
	LIMIT_SESSIONS = 4096,
	WATCH_EVERY = 256, /* activities between two looks at what is watched */
};

struct watched {
	struct proc *proc; /* a reference */
	const struct image *image;
};

/* A shell that was reported; what it starts belongs to it. */
struct session {
	struct proc *proc; /* a reference */
	struct evref socket;
};

struct shells {
	struct watched watched[LIMIT_WATCHED];
	size_t nwatched;
	struct session *sessions;
	size_t nsessions;
	unsigned since_look;
};

/* What is known of one shell when it is judged. */
struct look {
	const struct proc *proc;
	const struct image *image;
	enum shell_kind kind;
	enum shell_input input;
	struct flow in, out;
	bool has_in, has_out;
	const struct activity *act;
};

static void *shell_init(const struct detect_setup *setup UNUSED)
{
	return xcalloc(1, sizeof(struct shells));
}

static void shell_fini(void *self)
{
	struct shells *s = self;

	for (size_t i = 0; i < s->nwatched; i++)
		proc_unref(&s->watched[i].proc);
	for (size_t i = 0; i < s->nsessions; i++)
		proc_unref(&s->sessions[i].proc);
	free(s->sessions);
	free(s);
}

/* ---- what was reported ---- */

static bool in_session(const struct shells *s, const struct proc *proc)
{
	for (size_t i = 0; i < s->nsessions; i++) {
		if (proc_descends(proc, s->sessions[i].proc))
			return true;
	}
	return false;
}

static void add_session(struct shells *s, const struct proc *proc, const struct fdobj *socket)
{
	if (s->nsessions == LIMIT_SESSIONS) {
		proc_unref(&s->sessions[0].proc);
		memmove(s->sessions, s->sessions + 1,
			--s->nsessions * sizeof(*s->sessions));
	}
	s->sessions =
		xreallocarray(s->sessions, s->nsessions + 1, sizeof(*s->sessions));
	s->sessions[s->nsessions++] =
		(struct session){ proc_hold(proc), socket->sock->joined };
}

/* ---- the watch list ---- */

static void unwatch(struct shells *s, size_t i)
{
	proc_unref(&s->watched[i].proc);
	memmove(&s->watched[i], &s->watched[i + 1],
		(--s->nwatched - i) * sizeof(s->watched[0]));
}

static size_t find_watched(const struct shells *s, const struct proc *proc)
{
	size_t i = 0;

	while (i < s->nwatched && s->watched[i].proc != proc)
		i++;
	return i;
}

static void watch(struct shells *s, const struct proc *proc)
{
	size_t i = find_watched(s, proc);

	if (i < s->nwatched) {
		s->watched[i].image = proc->image;
		return;
	}
	if (s->nwatched == LIMIT_WATCHED)
		unwatch(s, 0);
	s->watched[s->nwatched++] = (struct watched){ proc_hold(proc), proc->image };
}

static void drop_watched(struct shells *s, const struct proc *proc)
{
	size_t i = find_watched(s, proc);

	if (i < s->nwatched)
		unwatch(s, i);
}

/* ---- the finding ---- */

static const char *how_placed(const struct fdent *ent)
{
	if (!ent)
		return "unknown";
	switch (ent->how) {
	case FD_DUPLICATED:
		return "dup";
	case FD_BORN:
		return "direct";
	default:
		return "inherited";
	}
}

static void prove_fds(struct finding *f, const struct look *l, struct finding_network *net)
{
	const struct fdtab *tab = l->proc->fds;
	int *fds = arena_alloc(&f->arena, 3 * sizeof(*fds));
	char what[64];

	net->fds = fds;
	for (int fd = 0; fd < 3; fd++) {
		const struct fdent *ent = fdtab_get(tab, fd);

		if (!ent || (ent->obj != l->in.steps[0].obj && ent->obj != l->out.steps[0].obj))
			continue;
		fds[net->nfds++] = fd;
		if (ent->how == FD_DUPLICATED)
			snprintf(what, sizeof(what), "descriptor %d copied to %d", ent->from, fd);
		else
			snprintf(what, sizeof(what), "descriptor %d", fd);
		describe_evidence(f, l->proc, ent->placed, what);
	}
}

static void prove_way(struct finding *f, const struct look *l, const struct flow *flow)
{
	for (size_t i = 0; i < flow->nsteps; i++) {
		char what[96];

		snprintf(what, sizeof(what), "%s opened by pid %lld",
			 fdobj_kind_name(flow->steps[i].obj->kind),
			 (long long)flow->steps[i].obj->maker_pid);
		describe_evidence(f, l->proc, flow->steps[i].obj->birth, what);
	}
}

/* "203.0.113.9:4444 ⇄ nc (812) ⇄ pipe ⇄ bash (815)" */
static const char *draw_way(struct finding *f, const struct look *l, const struct flow *flow)
{
	char peer[DESCRIBE_PEER];
	const char *way = arena_strdup(&f->arena, describe_peer(flow->socket, peer));

	for (size_t i = flow->nsteps; i-- > 1;)
		way = arena_printf(&f->arena, "%s ⇄ %s ⇄ %s", way,
				   describe_name(f, flow->steps[i].holder,
						 flow->steps[i].holder->image),
				   fdobj_kind_name(flow->steps[i - 1].obj->kind));
	return arena_printf(&f->arena, "%s ⇄ %s", way, describe_name(f, l->proc, l->image));
}

static const char *verb(const struct look *l)
{
	if (l->has_in && l->has_out)
		return "reads its input from and writes its output to";
	return l->has_in ? "reads its input from" : "writes its output to";
}

static const char *mechanism(const struct look *l, const struct flow *flow)
{
	const struct fdobj *first = flow->steps[0].obj;

	if (flow->nsteps > 1)
		return fdobj_kind_name(first->kind);
	return how_placed(fdtab_get(l->proc->fds, l->has_in ? 0 : 1));
}

static void emit(struct shells *s, const struct look *l, enum detector_id id,
		 const struct finding_out *out)
{
	const struct flow *flow = l->has_in ? &l->in : &l->out;
	const struct sock *sock = flow->socket->sock;
	struct finding *f = finding_new(id);
	struct finding_network *net;
	char peer[DESCRIBE_PEER], key[48];
	const char *parts[] = { "shell", l->proc->uid, key };

	snprintf(key, sizeof(key), "%lld:%u", (long long)sock->joined.time,
		 sock->joined.serial);
	f->uid = finding_make_uid(&f->arena, parts, 3);
	describe_process(f, l->proc, l->image);
	f->first_seen = f->last_seen =
		l->act->at.serial ? l->act->at.time : l->proc->last.time;
	net = describe_socket(f, flow->socket);
	describe_evidence(f, l->proc, flow->socket->birth, "socket made");
	describe_evidence(f, l->proc, sock->joined,
			  sock->role == SOCK_ACCEPTED ? "accepted" : "connected");
	prove_way(f, l, flow);
	prove_fds(f, l, net);
	describe_evidence(f, l->proc, l->image->event, "shell started");
	net->path = draw_way(f, l, flow);
	net->mechanism = mechanism(l, flow);
	f->summary = arena_printf(&f->arena, "%s %s %s%s", describe_name(f, l->proc, l->image),
				  verb(l), describe_peer(flow->socket, peer),
				  flow->nsteps > 1 ? " through a relay" : "");
	add_session(s, l->proc, flow->socket);
	drop_watched(s, l->proc);
	out->emit(out->ctx, f);
}

/* ---- the verdict ---- */

static void take_look(struct look *l, const struct proc *proc, const struct activity *act)
{
	*l = (struct look){ .proc = proc, .image = proc->image, .act = act };
	l->kind = shell_kind(proc->image);
	l->input = shell_input(proc->image, l->kind);
	l->has_in = flow_find(proc, 0, FLOW_IN, &l->in);
	l->has_out = flow_find(proc, 1, FLOW_OUT, &l->out);
}

static bool is_direct(const struct look *l)
{
	return (l->has_in && l->in.nsteps == 1) || (l->has_out && l->out.nsteps == 1);
}

static enum detector_id direct_id(const struct look *l)
{
	const struct flow *flow = l->has_in && l->in.nsteps == 1 ? &l->in : &l->out;

	return flow->socket->sock->role == SOCK_ACCEPTED ? DETECT_BIND_SHELL :
							   DETECT_REVERSE_SHELL;
}

/* Some process on the way is a program that serves shells by right. */
static bool honest_way(const struct flow *flow)
{
	for (size_t i = 1; i < flow->nsteps; i++) {
		if (honest_server(flow->steps[i].holder))
			return true;
	}
	return false;
}

/* At exec: the shell takes its commands from a socket. */
static bool judge_direct(struct shells *s, const struct look *l, const struct finding_out *out)
{
	bool in = l->has_in && l->in.nsteps == 1;

	if (!is_direct(l) || l->input != SHELL_READS_STDIN || !in)
		return false;
	emit(s, l, direct_id(l), out);
	return true;
}

/* Both ways lead to the network, one of them at least through others. */
static bool judge_relayed(struct shells *s, const struct look *l, const struct finding_out *out)
{
	if (l->input != SHELL_READS_STDIN || !l->has_in || !l->has_out)
		return false;
	if (honest_way(&l->in) || honest_way(&l->out))
		return false;
	emit(s, l, is_direct(l) ? direct_id(l) : DETECT_RELAYED_SHELL, out);
	return true;
}

/* Could bytes of others come in here? */
static bool on_stream(const struct proc *proc)
{
	const struct fdent *ent = fdtab_get(proc->fds, 0);

	return ent && fdobj_is_stream(ent->obj);
}

static void on_exec(struct shells *s, const struct activity *act, const struct finding_out *out)
{
	struct look l;

	drop_watched(s, act->proc);
	if (shell_kind(act->proc->image) == SHELL_NONE || in_session(s, act->proc))
		return;
	take_look(&l, act->proc, act);
	if (judge_direct(s, &l, out))
		return;
	if (l.input == SHELL_READS_STDIN && on_stream(act->proc))
		watch(s, act->proc);
}

/*
 * A shell has put a socket on its own input and output. It may be about to
 * exec; if it goes on to work as a shell, it is one on a socket.
 */
static void on_own_fd(struct shells *s, const struct activity *act)
{
	struct flow in, out;

	if (act->fd > 1 || act->obj->kind != FDOBJ_SOCKET ||
	    shell_kind(act->proc->image) != SHELL_SHELL || in_session(s, act->proc))
		return;
	if (flow_find(act->proc, 0, FLOW_IN, &in) && in.nsteps == 1 &&
	    flow_find(act->proc, 1, FLOW_OUT, &out) && out.nsteps == 1)
		watch(s, act->proc);
}

static bool judge_watched(struct shells *s, size_t i, const struct activity *act,
			  const struct finding_out *out)
{
	const struct proc *proc = s->watched[i].proc;
	struct look l;

	if (in_session(s, proc)) {
		unwatch(s, i);
		return true;
	}
	take_look(&l, proc, act);
	if (l.has_in && l.in.nsteps == 1 && l.has_out && l.out.nsteps == 1) {
		emit(s, &l, direct_id(&l), out); /* in-shell */
		return true;
	}
	return judge_relayed(s, &l, out);
}

static void look_at_all(struct shells *s, const struct activity *act,
			const struct finding_out *out)
{
	s->since_look = 0;
	for (size_t i = s->nwatched; i-- > 0;)
		judge_watched(s, i, act, out);
}

static void shell_activity(void *self, const struct state *state UNUSED,
			   const struct activity *act, const struct finding_out *out)
{
	struct shells *s = self;
	size_t i;

	if (!act->proc)
		return;
	if (act->kind == ACT_EXEC)
		on_exec(s, act, out);
	else if (act->kind == ACT_FD && act->obj)
		on_own_fd(s, act);
	if (s->nwatched == 0)
		return;
	if (act->kind == ACT_FORK || act->kind == ACT_EXIT) {
		i = find_watched(s, act->proc);
		if (i < s->nwatched && !judge_watched(s, i, act, out) &&
		    act->kind == ACT_EXIT)
			unwatch(s, i);
	}
	if (act->kind == ACT_JOIN || ++s->since_look >= WATCH_EVERY)
		look_at_all(s, act, out);
}

static void shell_finish(void *self, const struct state *state UNUSED,
			 const struct finding_out *out)
{
	struct activity none = { .kind = ACT_OTHER };

	look_at_all(self, &none, out);
}

const struct detector detector_shell = {
	.name = "shell",
	.init = shell_init,
	.activity = shell_activity,
	.finish = shell_finish,
	.fini = shell_fini,
};
