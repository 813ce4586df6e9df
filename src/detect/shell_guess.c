/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shells whose way to the network the records do not hold whole: renamed
 * shells, descriptors that came by SCM_RIGHTS or pidfd_getfd, sockets made
 * by io_uring or by 32-bit calls under 64-bit rules. The best inference,
 * with a sentence that says what was not seen.
 */
#include <string.h>

#include "detect/doubt.h"
#include "detect/pipeline.h"
#include "detect/shell_priv.h"

enum {
	NEAR_RELATIVES = 3,
	BESIDE_MS = 2000,
	SEEN_ENDS = SEEN_DUP | SEEN_PIPE | SEEN_CLOSE,
};

static bool has_argument(const struct image *image, const char *want)
{
	for (uint32_t i = 1; i < image->argc; i++) {
		if (strcmp(image->argv[i], want) == 0)
			return true;
	}
	return false;
}

static bool same_obj(const struct proc *proc, int a, int b)
{
	const struct fdent *x = fdtab_get(proc->fds, a), *y = fdtab_get(proc->fds, b);

	return x && y && x->obj == y->obj;
}

/* A program that is no known shell, but is started as one on its own socket. */
static bool acts_as_shell(const struct look *l)
{
	struct image called = *l->image;

	if (l->kind != SHELL_NONE || l->image->argc == 0)
		return false;
	if (has_argument(l->image, "-i"))
		return true;
	called.exe = l->image->argv[0];
	return shell_kind(&called) == SHELL_SHELL &&
	       shell_input(&called, SHELL_SHELL) == SHELL_READS_STDIN;
}

static bool guess_renamed(struct shells *s, const struct look *l,
			  const struct finding_out *out)
{
	struct shell_report r = { .confidence = CONF_MEDIUM, .opens_session = true };

	if (!look_direct_in(l) || !look_direct_out(l) || !acts_as_shell(l))
		return false;
	/* Servers are started so by inetd, and -i is a word of theirs too. */
	if (fdobj_sock(l->in.socket)->role == SOCK_ACCEPTED &&
	    honest_place(l->image->exe))
		return false;
	r.id = fdobj_sock(l->in.socket)->role == SOCK_ACCEPTED ? DETECT_BIND_SHELL
							       : DETECT_REVERSE_SHELL;
	r.caveat = "the program is no known shell by its name, but is started as one";
	shell_emit(s, l, &r, out);
	return true;
}

/* The socket that a process or its nearest relatives joined last, or NULL. */
static const struct fdobj *newest_socket(const struct proc *proc)
{
	const struct fdobj *best = NULL;
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(proc->fds, &it))) {
		const struct fdobj *obj = ent->obj;

		if (fdobj_is_inet(obj) && fdobj_is_joined(obj) &&
		    (!best ||
		     fdobj_sock(obj)->joined.serial > fdobj_sock(best)->joined.serial))
			best = obj;
	}
	return best;
}

static const struct fdobj *relatives_socket(const struct proc *proc)
{
	const struct fdobj *found = newest_socket(proc);

	for (int up = 0; !found && proc->parent && up < NEAR_RELATIVES; up++) {
		proc = proc->parent;
		found = newest_socket(proc);
	}
	return found;
}

/* Whom one of them was connected to, by a socket that is closed by now. */
static const char *relatives_peer(const struct proc *proc)
{
	for (int up = 0; proc && up <= NEAR_RELATIVES; up++, proc = proc->parent) {
		if (proc->peer)
			return proc->peer;
	}
	return NULL;
}

const struct proc *shell_connected(const struct proc *proc)
{
	for (int up = 0; proc && up < NEAR_RELATIVES; up++, proc = proc->parent) {
		if (newest_socket(proc))
			return proc;
	}
	return NULL;
}

const struct fdobj *shell_connection(const struct proc *proc)
{
	return newest_socket(proc);
}

static bool has_terminal(const struct image *image)
{
	return image->tty && strcmp(image->tty, "(none)") != 0;
}

/* An interactive shell without a terminal: nobody sits there. */
static bool is_lonely(const struct look *l)
{
	return l->kind == SHELL_SHELL && l->input == SHELL_READS_STDIN &&
	       has_argument(l->image, "-i") && !has_terminal(l->image);
}

/* An inet socket that it was given, and that no record says was ever joined. */
static const struct fdobj *unjoined(const struct look *l)
{
	for (int fd = 0; fd < 2; fd++) {
		const struct fdent *ent = fdtab_get(l->proc->fds, fd);

		if (ent && fdobj_is_inet(ent->obj) &&
		    fdobj_sock(ent->obj)->role == SOCK_FRESH)
			return ent->obj;
	}
	return NULL;
}

/* sendto(MSG_FASTOPEN) connects as well, and so does io_uring. */
static bool guess_unjoined(struct shells *s, const struct look *l,
			   const struct finding_out *out)
{
	struct shell_report r = {
		.id = DETECT_REVERSE_SHELL,
		.confidence = CONF_MEDIUM,
		.opens_session = true,
		.socket = unjoined(l),
		.caveat = "no record tells how the socket on its input or output was "
			  "connected",
	};

	if (l->kind == SHELL_NONE || l->input != SHELL_READS_STDIN || !r.socket)
		return false;
	shell_emit(s, l, &r, out);
	return true;
}

static bool holds_listener(const struct proc *proc)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(proc->fds, &it))) {
		if (!ent->ghost && fdobj_is_inet(ent->obj) &&
		    fdobj_sock(ent->obj)->role == SOCK_LISTENING)
			return true;
	}
	return false;
}

/*
 * One thing that came unseen was put on its input and its output, and it or
 * who is near it has to do with the network.
 */
static bool was_passed(const struct look *l, const struct fdent *in)
{
	return l->kind == SHELL_SHELL && l->input == SHELL_READS_STDIN &&
	       !has_terminal(l->image) && in && in->how == FD_DUPLICATED &&
	       in->obj->kind == FDOBJ_UNKNOWN && same_obj(l->proc, 0, 1) &&
	       (relatives_socket(l->proc) || holds_listener(l->proc));
}

static bool guess_unknown(struct shells *s, const struct look *l,
			  const struct finding_out *out)
{
	const struct fdent *in = fdtab_get(l->proc->fds, 0);
	const struct proc *parent = l->proc->parent;
	struct shell_report r = { .id = DETECT_REVERSE_SHELL,
				  .confidence = CONF_LOW,
				  .opens_session = true };

	if (!was_passed(l, in) &&
	    (!is_lonely(l) || (in && in->obj->kind != FDOBJ_UNKNOWN)))
		return false;
	if (in && !same_obj(l->proc, 0, 1))
		return false;
	if (!in && (!l->act->before || shell_kind(l->act->before) != SHELL_NONE ||
		    (parent && honest_server(&s->honest, parent))))
		return false;
	r.socket = relatives_socket(l->proc);
	if (!r.socket)
		r.peer = relatives_peer(l->proc);
	if (!r.socket && holds_listener(l->proc))
		r.id = DETECT_BIND_SHELL;
	r.caveat = in ? "no record tells where the descriptor on its input came from"
		      : "no record tells what its input is; calls of another arch or "
			"io_uring may have made it";
	shell_emit(s, l, &r, out);
	return true;
}

/* socket: that it may be talking to, or NULL. */
static bool may_be_shell(const struct look *l, const struct fdobj *socket)
{
	if (l->kind == SHELL_NONE)
		return socket && acts_as_shell(l) && !honest_place(l->image->exe);
	if (l->input != SHELL_READS_STDIN)
		return false;
	return socket || (l->kind == SHELL_SHELL && has_argument(l->image, "-i"));
}

/*
 * Rules that record no dup cannot show what stands on a shell's input. A
 * shell without a terminal that comes from a process with a connection, and
 * was given nothing else to read, is most likely talking to it.
 */
static bool guess_unrecorded(struct shells *s, const struct look *l,
			     const struct finding_out *out)
{
	struct shell_report r = { .id = DETECT_REVERSE_SHELL,
				  .confidence = CONF_LOW,
				  .opens_session = true };

	if (doubt_knows_dups(l->proc) || has_terminal(l->image) ||
	    (l->proc->parent && honest_server(&s->honest, l->proc->parent)))
		return false;
	r.socket = l->kind == SHELL_SHELL ? relatives_socket(l->proc)
					  : newest_socket(l->proc);
	if (!may_be_shell(l, r.socket))
		return false;
	if (r.socket && fdobj_sock(r.socket)->role == SOCK_ACCEPTED)
		r.id = DETECT_BIND_SHELL;
	r.caveat =
		"the rules in force record no dup: what stands on its input is inferred "
		"from the connection that it or its parents made";
	shell_emit(s, l, &r, out);
	return true;
}

/*
 * Nor do rules without pipes show a pipeline: a relay that was started beside
 * a shell, by the same parent, and connects.
 */
static bool is_beside(const struct proc *shell, const struct proc *relay)
{
	const struct proc *up = relay;
	stamp_ms apart = relay->image->event.time - shell->image->event.time;

	if (apart > BESIDE_MS || apart < -BESIDE_MS || proc_descends(shell, relay))
		return false;
	for (int n = 0; up && n < 2; n++, up = up->parent) {
		if (up->parent &&
		    (up->parent == shell->parent ||
		     (shell->parent && up->parent == shell->parent->parent)))
			return true;
	}
	return false;
}

void shell_guess_beside(struct shells *s, const struct activity *act,
			const struct finding_out *out)
{
	struct shell_report r = {
		.id = DETECT_RELAYED_SHELL,
		.confidence = CONF_LOW,
		.opens_session = true,
		.socket = act->obj,
		.caveat =
			"the rules in force record neither pipe nor dup: that a program "
			"which was started beside it passes the bytes on is inferred"
	};

	if ((act->proc->host->seen & SEEN_ENDS) || !act->obj ||
	    !fdobj_is_inet(act->obj) || !fdobj_is_joined(act->obj) ||
	    pipeline_downloads(act->proc->image))
		return;
	for (size_t i = s->nwatched; i-- > 0;) {
		struct look l;

		if (!is_beside(s->watched[i].proc, act->proc))
			continue;
		look_take(s, &l, s->watched[i].proc, act);
		shell_emit(s, &l, &r, out);
	}
}

bool shell_may_be_beside(const struct look *l)
{
	return !(l->proc->host->seen & SEEN_ENDS) && l->kind == SHELL_SHELL &&
	       l->input == SHELL_READS_STDIN && !has_terminal(l->image);
}

bool shell_guess(struct shells *s, const struct look *l, const struct finding_out *out)
{
	return guess_renamed(s, l, out) || guess_unjoined(s, l, out) ||
	       guess_unknown(s, l, out) || guess_unrecorded(s, l, out);
}
