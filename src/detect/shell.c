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
#include <stdlib.h>

#include "base/compiler.h"
#include "base/xalloc.h"
#include "detect/doubt.h"
#include "detect/families.h"
#include "detect/flow_file.h"
#include "detect/pipeline.h"
#include "detect/question.h"
#include "detect/shell_priv.h"
#include "state/forks.h"

enum {
	WATCH_EVERY = 256, /* activities between two looks at what is watched */
	ASKED_ENOUGH = 2,  /* as much as one strong question */
};

static void *shell_init(const struct detect_setup *setup)
{
	struct shells *s = xcalloc(1, sizeof(*s));

	s->honest.config = setup->config;
	s->honest.manifests = setup->manifests;
	return s;
}

static void shell_fini(void *self)
{
	shells_fini(self);
	free(self);
}

void look_take(const struct shells *s, struct look *l, const struct proc *proc,
	       const struct activity *act)
{
	*l = (struct look){ .proc = proc, .image = proc->image, .act = act };
	l->as = shell_called(s, proc, &l->called);
	l->kind = shell_kind(l->as);
	l->input = shell_input(l->as, l->kind);
	l->has_in = flow_find(proc, 0, FLOW_IN, &l->in);
	l->has_out = flow_find(proc, 1, FLOW_OUT, &l->out);
}

static const struct fdobj *look_socket(const struct look *l)
{
	return l->has_in ? l->in.socket : l->has_out ? l->out.socket : NULL;
}

static void report(struct shells *s, const struct look *l, enum detector_id id,
		   enum confidence confidence, const struct finding_out *out)
{
	struct shell_report r = { .id = id,
				  .confidence = confidence,
				  .opens_session = true };

	shell_emit(s, l, &r, out);
}

static enum detector_id direct_id(const struct look *l)
{
	const struct flow *flow = look_direct_in(l) ? &l->in : &l->out;

	return fdobj_sock(flow->socket)->role == SOCK_ACCEPTED ? DETECT_BIND_SHELL
							       : DETECT_REVERSE_SHELL;
}

/* At exec: the shell takes its commands from a socket. */
static bool judge_direct(struct shells *s, const struct look *l,
			 const struct finding_out *out)
{
	if (l->kind == SHELL_NONE || l->input != SHELL_READS_STDIN || !look_direct_in(l))
		return false;
	report(s, l, direct_id(l), CONF_HIGH, out);
	return true;
}

/* Who holds the connection is there to fetch something for one in between. */
static bool last_downloads(const struct flow *flow)
{
	const struct proc *last = flow->steps[flow->nsteps - 1].holder;

	return last && pipeline_downloads(last->image);
}

/* What a way that is open to doubt is judged by. */
struct patience {
	uint32_t asked; /* of the struct watched */
	bool can_wait;  /* there will be another look */
};

/* Both ways lead to the network, one of them at least through others. */
static bool judge_relayed(struct shells *s, const struct look *l,
			  const struct patience *p, const struct finding_out *out)
{
	struct shell_report r = { .id = DETECT_RELAYED_SHELL, .opens_session = true };
	enum doubt doubt;

	if (l->input != SHELL_READS_STDIN || !l->has_in || !l->has_out)
		return false;
	if (honest_display(&l->in))
		return false;
	doubt = doubt_of(l->proc, &l->in);
	if (doubt == DOUBT_NONE)
		doubt = doubt_of(l->proc, &l->out);
	if (doubt == DOUBT_TALKS && last_downloads(&l->in))
		return false;
	/* Whoever started it may be done with it: see what it does now. */
	if (doubt == DOUBT_YOUNG && p->can_wait)
		return false;
	if (doubt == DOUBT_YOUNG)
		doubt = DOUBT_NONE;
	if (doubt != DOUBT_NONE && p->asked < ASKED_ENOUGH)
		return false;
	r.honest = honest_way(&s->honest, &l->in);
	if (!r.honest)
		r.honest = honest_way(&s->honest, &l->out);
	if (honest_fallen(&s->honest, &l->in) || honest_fallen(&s->honest, &l->out))
		r.caveat = "a login server passes it on, whose file is not what the "
			   "image recorded";
	if (look_direct_in(l) || look_direct_out(l))
		r.id = direct_id(l);
	r.confidence = l->in.nsteps > 2 || l->out.nsteps > 2 ? CONF_MEDIUM : CONF_HIGH;
	if (doubt != DOUBT_NONE) {
		r.confidence = CONF_LOW;
		r.caveat = doubt_text(doubt);
	}
	shell_emit(s, l, &r, out);
	return true;
}

/* Could bytes of others come in here? */
static bool on_stream(const struct proc *proc)
{
	const struct fdent *ent = fdtab_get(proc->fds, 0);

	return ent && fdobj_is_stream(ent->obj);
}

/*
 * A shell has put a socket on its own input and output. It may be about to
 * exec; if it goes on to work as a shell, it is one on a socket.
 */
static void on_own_fd(struct shells *s, const struct activity *act)
{
	struct flow in, out;
	struct image called;
	const struct fdent *ent = fdtab_get(act->proc->fds, act->fd);

	if (act->fd > 1 || act->obj->kind != FDOBJ_SOCKET ||
	    (ent && doubt_put_back(act->proc, ent)) ||
	    shell_kind(shell_called(s, act->proc, &called)) != SHELL_SHELL ||
	    session_of(s, act->proc, act->obj))
		return;
	if (flow_find(act->proc, 0, FLOW_IN, &in) && in.nsteps == 1 &&
	    flow_find(act->proc, 1, FLOW_OUT, &out) && out.nsteps == 1)
		watch_add(s, act->proc);
}

/*
 * Only its input comes from the network, through a program that is made for
 * more than to download: somebody may type there.
 */
static bool judge_input_only(struct shells *s, const struct look *l,
			     const struct finding_out *out)
{
	struct shell_report r = {
		.id = DETECT_REMOTE_COMMAND_EXECUTION,
		.confidence = CONF_LOW,
		.caveat = "only its input is known to come from the network",
		.uid_proc = l->proc,
		.runs_below = true,
	};
	const struct proc *relay;

	if (l->kind == SHELL_NONE || l->input != SHELL_READS_STDIN || !l->has_in ||
	    l->has_out || l->in.nsteps < 2)
		return false;
	relay = l->in.steps[l->in.nsteps - 1].holder;
	if (pipeline_downloads(relay->image) || honest_way(&s->honest, &l->in) ||
	    doubt_of(l->proc, &l->in) != DOUBT_NONE)
		return false;
	shell_emit(s, l, &r, out);
	return true;
}

static bool holds_other_end(const struct fdtab *fds, const struct fdobj *end)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(fds, &it))) {
		if (!ent->ghost && ent->obj != end && fdobj_channel(ent->obj) &&
		    fdobj_channel(ent->obj) == fdobj_channel(end))
			return true;
	}
	return false;
}

/*
 * Did the relay that was heard leave the work to a fork that only reads and
 * writes, so that no record names it as a holder?
 */
static bool is_fed(const struct watched *w)
{
	const struct flow_step *steps = w->heard ? w->heard->in.steps : NULL;
	const struct fork *fork = steps ? steps[1].holder->oldest_fork : NULL;

	for (; fork; fork = fork->newer) {
		if (!fork->flags.share_files && !fork->flags.maybe_thread &&
		    holds_other_end(fork->fds, steps[0].obj))
			return true;
	}
	return false;
}

static bool judge_watched(struct shells *s, size_t i, const struct activity *act,
			  bool can_wait, const struct finding_out *out)
{
	const struct patience p = { s->watched[i].asked, can_wait };
	const struct proc *proc = s->watched[i].proc;
	struct look l;

	look_take(s, &l, proc, act);
	if (!l.has_in && l.has_out && is_fed(&s->watched[i])) {
		l.in = s->watched[i].heard->in;
		l.has_in = true;
	}
	if (session_of(s, proc, look_socket(&l)) ||
	    (l.has_in && session_below(s, proc, l.in.socket))) {
		watch_drop(s, i);
		return true;
	}
	if (look_direct_in(&l) && look_direct_out(&l)) {
		report(s, &l, direct_id(&l), CONF_HIGH, out);
		return true;
	}
	if (judge_relayed(s, &l, &p, out))
		return true;
	if (can_wait && l.has_in && l.has_out && l.in.nsteps > 1)
		heard_keep(&s->watched[i].heard, &l.in);
	return false;
}

static void keep_heard(struct shells *s, struct watched *w, const struct activity *act)
{
	struct look l;

	look_take(s, &l, w->proc, act);
	if (l.has_in && !l.has_out && l.in.nsteps > 1)
		heard_keep(&w->heard, &l.in);
}

static uint32_t weight_of(const struct shells *s, const struct proc *proc)
{
	struct image called;
	const struct image *as = shell_called(s, proc, &called);
	enum shell_kind kind = shell_kind(as);

	switch (question_of(as, kind, shell_input(as, kind))) {
	case STRONG_QUESTION: return ASKED_ENOUGH;
	case QUESTION: return 1;
	default: return 0;
	}
}

/* What a shell starts belongs to the shell's own finding: that one first. */
static void judge_ancestors(struct shells *s, const struct activity *act,
			    const struct finding_out *out)
{
	for (size_t i = s->nwatched; i-- > 0;) {
		if (!proc_descends(act->proc->parent, s->watched[i].proc))
			continue;
		commands_hold(&s->watched[i].held, act->proc);
		s->watched[i].asked += weight_of(s, act->proc);
		if (!judge_watched(s, i, act, false, out))
			keep_heard(s, &s->watched[i], act);
	}
}

static void on_exec(struct shells *s, const struct activity *act,
		    const struct finding_out *out)
{
	size_t watched = watch_find(s, act->proc);
	struct look l;

	if (watched < s->nwatched)
		watch_drop(s, watched);
	judge_ancestors(s, act, out);
	look_take(s, &l, act->proc, act);
	if (session_of(s, act->proc, look_socket(&l)))
		return;
	if (judge_direct(s, &l, out) || shell_guess(s, &l, out))
		return;
	if ((l.kind != SHELL_NONE && l.input == SHELL_READS_STDIN &&
	     on_stream(act->proc)) ||
	    shell_may_be_beside(&l))
		watch_add(s, act->proc);
	remote_command(s, &l, out);
}

static void look_at_all(struct shells *s, const struct activity *act,
			const struct finding_out *out)
{
	s->since_look = 0;
	for (size_t i = s->nwatched; i-- > 0;)
		judge_watched(s, i, act, true, out);
}

/* The shell or its relay goes, and nothing worse was seen of it. */
static bool judge_end(struct shells *s, size_t i, const struct activity *act,
		      const struct finding_out *out)
{
	const struct watched *w = &s->watched[i];
	struct look l;

	look_take(s, &l, w->proc, act);
	if (!l.has_in && !l.has_out && w->heard) {
		l.in = w->heard->in;
		l.has_in = true;
	} else if (!l.has_in && !l.has_out) {
		l.has_in = flow_through_file(s->honest.state, w->proc, &l.in);
	}
	return judge_input_only(s, &l, out);
}

/* A shell that is watched goes, or forks for a command: by now it was told one. */
static void on_own_work(struct shells *s, size_t i, const struct activity *act,
			const struct finding_out *out)
{
	if (act->kind == ACT_FORK)
		keep_heard(s, &s->watched[i], act);
	else if (!judge_end(s, i, act, out))
		watch_drop(s, i);
}

/* A relay that goes takes the way with it: this is what will be known. */
static void look_a_last_time(struct shells *s, const struct activity *act,
			     const struct finding_out *out)
{
	for (size_t i = s->nwatched; i-- > 0;) {
		if (!judge_watched(s, i, act, false, out))
			judge_end(s, i, act, out);
	}
}

static bool holds_network(const struct proc *proc)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(proc->fds, &it))) {
		if (flow_is_network(ent->obj))
			return true;
	}
	return false;
}

static void shell_activity(void *self, const struct state *state,
			   const struct activity *act, const struct finding_out *out)
{
	struct shells *s = self;
	size_t i;

	s->honest.state = state;
	if (!act->proc)
		return;
	session_grow(s, act, out);
	if (act->kind == ACT_EXEC)
		on_exec(s, act, out);
	else if (act->kind == ACT_FD && act->obj)
		on_own_fd(s, act);
	else if (act->kind == ACT_EXIT)
		remote_command_ended(s, act, out);
	else if (act->kind == ACT_JOIN)
		poll_call(s, act, out);
	if (s->nwatched == 0)
		return;
	if (act->kind == ACT_FORK || act->kind == ACT_EXIT) {
		i = watch_find(s, act->proc);
		if (i < s->nwatched && !judge_watched(s, i, act, false, out))
			on_own_work(s, i, act, out);
	}
	if (act->kind == ACT_JOIN)
		shell_guess_beside(s, act, out);
	if (act->kind == ACT_EXIT && holds_network(act->proc))
		look_a_last_time(s, act, out);
	else if (act->kind == ACT_JOIN || ++s->since_look >= WATCH_EVERY)
		look_at_all(s, act, out);
}

/* What stands in a program's file has become known. */
static void shell_content(void *self, const struct state *state,
			  const struct content *content, const struct finding_out *out)
{
	struct activity act = { .kind = ACT_OTHER,
				.at = content->at,
				.proc = content->proc };
	struct shells *s = self;
	struct look l;

	s->honest.state = state;
	if (!content->program)
		return;
	honest_learn(&s->honest, content);
	if (!shell_learn(s, content) || content->proc->ended ||
	    content->proc->image != content->image)
		return;
	look_take(s, &l, content->proc, &act);
	if (session_of(s, l.proc, look_socket(&l)) || judge_direct(s, &l, out) ||
	    shell_guess(s, &l, out))
		return;
	if (l.input == SHELL_READS_STDIN && on_stream(l.proc))
		watch_add(s, l.proc);
}

static void shell_finish(void *self, const struct state *state,
			 const struct finding_out *out)
{
	struct activity none = { .kind = ACT_OTHER };
	struct shells *s = self;

	s->honest.state = state;
	look_a_last_time(s, &none, out);
	remote_command_ended(s, &none, out);
	session_tell_all(s, out);
}

const struct detector detector_shell = {
	.name = "shell",
	.init = shell_init,
	.activity = shell_activity,
	.content = shell_content,
	.finish = shell_finish,
	.fini = shell_fini,
	.memory = &shells_memory,
};
