/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that are run for somebody at the other end of a socket, one by
 * one, by a program that is no shell on a socket itself: a web shell, a
 * loop over lines from the network, a database that runs programs.
 *
 * That a server runs a command and sends on what it prints is honest as
 * such. What is not: that the command asks who and where it is, or that a
 * shell feeds commands from a socket to its children.
 */
#include <string.h>

#include "base/compiler.h"
#include "base/map.h"
#include "detect/doubt.h"
#include "detect/pipeline.h"
#include "detect/question.h"
#include "detect/shell_priv.h"

enum { LIMIT_HEARD = 64, LIMIT_ASKED = 4 };

/* Remembers the command; true when this one tells that somebody is asking. */
static bool count_command(struct commander *c, const struct look *l)
{
	enum question q = question_of(l->as, l->kind, l->input);
	const char *text =
		l->kind != SHELL_NONE ? shell_argument(l->as, l->kind) : l->image->exe;
	uint64_t hash = text ? hash_fixed(text, strlen(text)) : 0;
	bool known = false;

	for (uint32_t i = 0; i < c->ncommands; i++)
		known |= c->commands[i] == hash;
	/* What a command starts in its turn is no further wish of anybody. */
	if (!known && c->ncommands < LIMIT_COMMANDS &&
	    (l->proc->parent == c->proc || l->proc->parent->image == c->proc->image)) {
		c->commands[c->ncommands++] = hash;
		/* Agents ask for a host's name and kernel too, but seldom by a shell. */
		c->questions += q != NO_QUESTION && l->kind == SHELL_SHELL;
	}
	return q == STRONG_QUESTION || c->questions > 1;
}

/* runs_below: all that is run below holder is run in its session. */
static void report(struct shells *s, const struct look *l, const struct proc *holder,
		   const struct shell_report *kind, const struct finding_out *out)
{
	struct commander *c = commander_of(s, holder);
	struct shell_report r = *kind;

	if (c->reported)
		return;
	r.id = DETECT_REMOTE_COMMAND_EXECUTION;
	r.uid_proc = holder;
	r.held = &c->held;
	c->reported = true;
	shell_emit(s, l, &r, out);
}

/* Did the shell itself, in the course of its work, put this on its input? */
static bool placed_itself(const struct proc *proc)
{
	const struct fdent *ent = fdtab_get(proc->fds, 0);

	return ent && ent->placed.serial > proc->image->event.serial &&
	       !doubt_put_back(proc, ent);
}

/*
 * A loop in a shell: it reads lines from the network and runs them, and what
 * they print goes back. A script's own work (CGI) is not that, nor one
 * command whose input a server left connected.
 */
static bool looping_shell(struct shells *s, const struct look *l,
			  const struct finding_out *out)
{
	const struct proc *parent = l->proc->parent;
	struct image called;
	const struct image *as = shell_called(s, parent, &called);
	enum shell_kind kind = shell_kind(as);
	const struct shell_report r = { .confidence = CONF_MEDIUM, .runs_below = true };
	struct commander *c;
	struct flow in;

	if (kind != SHELL_SHELL || l->kind != SHELL_NONE ||
	    shell_input(as, kind) == SHELL_SCRIPT || !placed_itself(parent) ||
	    !flow_find(parent, 0, FLOW_IN, &in) || flow_is_loose(&in))
		return false;
	c = commander_of(s, parent);
	if (c->reported)
		return true;
	commands_hold(&c->held, l->proc);
	if (c->held.total > 1 || question_of(l->as, l->kind, l->input) != NO_QUESTION)
		report(s, l, parent, &r, out);
	return true;
}

static bool holds(const struct proc *proc, const struct fdobj *obj)
{
	const struct holder *holders;
	uint32_t n;

	holders = fdobj_holders(obj, &n);
	for (uint32_t i = 0; i < n; i++) {
		if (holders[i].proc == proc)
			return true;
	}
	return false;
}

/* Who lends shells its connection, one for each command; or else the shell itself. */
static const struct proc *lender(const struct look *l)
{
	const struct proc *parent = l->proc->parent;

	return shell_kind(parent->image) == SHELL_SHELL && holds(parent, l->out.socket)
		       ? parent
		       : l->proc;
}

/* Commands come from a file or pipe, and what they print goes to a socket. */
static bool output_only(struct shells *s, const struct look *l,
			const struct finding_out *out)
{
	static const struct shell_report r = {
		.confidence = CONF_MEDIUM,
		.runs_below = true,
		.caveat = "only its output is known to go to the network",
	};

	if (l->kind != SHELL_SHELL || l->input != SHELL_READS_STDIN || l->has_in ||
	    !look_direct_out(l))
		return false;
	report(s, l, lender(l), &r, out);
	return true;
}

/* Can the process hear the network, so that somebody there may choose what it runs? */
static bool hears(const struct proc *proc)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;
	struct flow in;

	for (int n = 0; n < LIMIT_HEARD && (ent = fdtab_next(proc->fds, &it)); n++) {
		if (!ent->ghost &&
		    (flow_is_network(ent->obj) || flow_find(proc, ent->fd, FLOW_IN, &in)))
			return true;
	}
	return false;
}

/* The command, who started it, or who started that. */
static bool is_asked(const struct look *l)
{
	const struct proc *up = l->proc->parent;

	for (int n = 0; n < LIMIT_ASKED && up; n++, up = up->parent) {
		if (hears(up) || (flow_is_loose(&l->out) && holds(up, l->out.socket)))
			return true;
	}
	return l->has_in;
}

/*
 * A shell that sets up a pipeline has all its ends for a moment; one that
 * wants what a command prints has them until that has ended.
 */
static bool may_be_momentary(const struct look *l)
{
	const struct proc *reader =
		l->has_out && l->out.nsteps > 1 ? l->out.steps[1].holder : NULL;

	return reader && (reader->host->seen & (SEEN_EXIT | SEEN_CLOSE)) &&
	       shell_kind(reader->image) == SHELL_SHELL;
}

/* Waits for the end of a command that asks. */
static void await(struct commander *c, const struct look *l)
{
	if (c->awaited || question_of(l->as, l->kind, l->input) == NO_QUESTION)
		return;
	c->awaited = proc_hold(l->proc);
	heard_keep(&c->way, &l->out);
}

/* Remembers a command of holder's; tells when somebody seems to be asking. */
static void consider(struct shells *s, const struct look *l, const struct proc *holder,
		     const struct shell_report *r, const struct finding_out *out)
{
	struct commander *c = commander_of(s, holder);

	if (c->reported) {
		session_command(s, holder, l, out);
		return;
	}
	commands_hold(&c->held, l->proc);
	if (may_be_momentary(l))
		await(c, l);
	else if (count_command(c, l))
		report(s, l, holder, r, out);
}

/* Somebody has logged in near by, and what he holds is his login's. */
static bool is_honest_login(const struct shells *s, const struct proc *proc)
{
	for (int up = 0; proc && up < LIMIT_ASKED; up++, proc = proc->parent) {
		if (honest_server(&s->honest, proc))
			return true;
	}
	return false;
}

/* Does whoever has what the command prints know of the socket as well? */
static bool is_passed_on(const struct look *l)
{
	enum doubt doubt = doubt_of(l->proc, &l->out);

	return doubt != DOUBT_HANDED && doubt != DOUBT_TALKS && !doubt_is_leak(&l->out);
}

/*
 * A shell that takes its commands from its input, which is not the network,
 * has chosen them: a job that an agent has written to it. So has one that
 * runs a script, for an agent that has called home: whoever is called by a
 * client (CGI) may have been told a command in other ways.
 */
static bool is_of_a_job(const struct shells *s, const struct look *l,
			const struct proc *holder)
{
	const struct proc *up = l->proc->parent;
	bool called_home = fdobj_sock(l->out.socket)->role != SOCK_ACCEPTED;
	struct image called;
	struct flow in;

	for (int n = 0; n < LIMIT_ASKED && up && up != holder; n++, up = up->parent) {
		const struct image *as = shell_called(s, up, &called);
		enum shell_kind kind = shell_kind(as);

		if (kind == SHELL_SHELL && called_home &&
		    shell_input(as, kind) == SHELL_SCRIPT)
			return true;
		if (kind == SHELL_SHELL && shell_input(as, kind) == SHELL_READS_STDIN &&
		    !flow_find(up, 0, FLOW_IN, &in))
			return true;
	}
	return false;
}

/* The first of the shells above a command that hear what it hears. */
static const struct proc *hearing_shell(const struct look *l)
{
	const struct proc *top = l->proc->parent;
	struct flow in;

	for (int n = 0; n < LIMIT_ASKED && top->parent; n++, top = top->parent) {
		if (shell_kind(top->parent->image) != SHELL_SHELL ||
		    !flow_find(top->parent, 0, FLOW_IN, &in) || in.socket != l->in.socket)
			break;
	}
	return top;
}

/*
 * Has the relay started the shell with a program of its own choice? That is
 * fed with data: a handler of events, a supervised service.
 */
static bool is_served(const struct shells *s, const struct proc *shell,
		      const struct proc *relay)
{
	struct image called;
	const struct image *as = shell_called(s, shell, &called);

	return shell_input(as, shell_kind(as)) != SHELL_READS_STDIN &&
	       !placed_itself(shell) && proc_descends(shell, relay);
}

/* A loop runs what it reads, and what that prints goes elsewhere. */
static void input_only(struct shells *s, const struct look *l,
		       const struct finding_out *out)
{
	static const struct shell_report r = {
		.confidence = CONF_LOW,
		.caveat = "only its input is known to come from the network; that the "
			  "command came with it is inferred from what it asks",
	};
	const struct proc *relay = l->in.steps[l->in.nsteps - 1].holder;
	const struct proc *parent = l->proc->parent;

	const struct proc *top;

	if (!relay || pipeline_downloads(relay->image) ||
	    shell_kind(parent->image) != SHELL_SHELL ||
	    (l->kind == SHELL_SHELL && l->input == SHELL_READS_STDIN) ||
	    flow_is_loose(&l->in) || honest_way(&s->honest, &l->in))
		return;
	top = hearing_shell(l);
	if (!is_served(s, top, relay))
		consider(s, l, top, &r, out);
}

/* Where no dup is recorded, a connection near by is all that is known. */
static void without_dup(struct shells *s, const struct look *l,
			const struct finding_out *out)
{
	const struct proc *holder = shell_connected(l->proc->parent);
	const char *tty = l->image->tty;
	struct shell_report r = {
		.confidence = CONF_LOW,
		.caveat =
			"the rules in force record no dup: that what the command prints "
			"goes to the connection, and that it came from there, is inferred"
	};

	if (!holder || (tty && strcmp(tty, "(none)") != 0) ||
	    pipeline_downloads(holder->image) || is_honest_login(s, l->proc))
		return;
	r.socket = shell_connection(holder);
	consider(s, l, holder, &r, out);
}

static const struct shell_report asked_for = {
	.confidence = CONF_MEDIUM,
	.caveat = "that the command came over the socket is inferred from what it asks",
};

static const struct shell_report asked_loosely = {
	.confidence = CONF_LOW,
	.caveat = "no record tells whom the socket talks to: that the command came over "
		  "it is inferred from what it asks",
};

/* Is it run in a session that is reported, of another above with that socket? */
static bool is_told(struct shells *s, const struct look *l, const struct proc *holder)
{
	const struct proc *up = l->proc->parent;

	for (int n = 0; n < LIMIT_ASKED && up; n++, up = up->parent) {
		const struct commander *c = commander_known(s, up);

		if (c && c->reported && up != holder && holds(up, l->out.socket))
			return true;
	}
	return false;
}

/* What a command prints goes to the network: has somebody there asked for it? */
static void with_output(struct shells *s, const struct look *l,
			const struct finding_out *out)
{
	const struct proc *holder = l->out.steps[l->out.nsteps - 1].holder;

	if (!holder)
		holder = l->proc->parent;
	if (flow_is_loose(&l->out) &&
	    question_of(l->as, l->kind, l->input) != STRONG_QUESTION)
		return;
	if (is_asked(l) && is_passed_on(l) && !is_of_a_job(s, l, holder) &&
	    !is_told(s, l, holder))
		consider(s, l, holder,
			 flow_is_loose(&l->out) ? &asked_loosely : &asked_for, out);
}

static bool is_honest(const struct shells *s, const struct look *l)
{
	return honest_display(&l->out) || honest_way(&s->honest, &l->out) ||
	       (l->has_in && honest_way(&s->honest, &l->in));
}

void remote_command(struct shells *s, const struct look *l, const struct finding_out *out)
{
	if (!l->proc->parent)
		return;
	if (!l->has_out) {
		if (!doubt_knows_dups(l->proc))
			without_dup(s, l, out);
		else if (l->has_in && l->in.nsteps > 1)
			input_only(s, l, out);
		else
			poll_command(s, l, out);
		return;
	}
	if (!is_honest(s, l) && !looping_shell(s, l, out) && !output_only(s, l, out))
		with_output(s, l, out);
}

/* Does who reads what a command prints still have the end of its channel? */
static bool still_reads(const struct flow *way)
{
	const struct channel *channel = fdobj_channel(way->steps[0].obj);
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(way->steps[1].holder->fds, &it))) {
		if (channel && fdobj_channel(ent->obj) == channel)
			return true;
	}
	return false;
}

static void judge_awaited(struct shells *s, struct commander *c,
			  const struct activity *act, const struct finding_out *out)
{
	struct look l;

	look_take(s, &l, c->awaited, act);
	l.out = c->way->in;
	l.has_out = true;
	if (!c->reported && still_reads(&l.out) && count_command(c, &l))
		report(s, &l, c->proc, &asked_for, out);
	heard_keep(&c->way, NULL);
	proc_unref(&c->awaited);
}

void remote_command_ended(struct shells *s, const struct activity *act,
			  const struct finding_out *out)
{
	for (size_t i = 0; i < s->ncommanders; i++) {
		struct commander *c = &s->commanders[i];

		if (c->awaited && (!act->proc || c->awaited == act->proc))
			judge_awaited(s, c, act, out);
	}
}
