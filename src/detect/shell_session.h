/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes on in shells that were reported: of the shell family, see shell_priv.h. */
#ifndef AUSPEX_DETECT_SHELL_SESSION_H
#define AUSPEX_DETECT_SHELL_SESSION_H

#include "detect/detector.h"

struct commands;
struct look;
struct shells;

/*
 * Does proc belong to a shell that is reported already? One that talks to
 * another socket than that shell's does not; socket NULL: to none.
 */
bool session_of(const struct shells *s, const struct proc *proc,
		const struct fdobj *socket);
/* Is a shell that descends from proc on the same socket already reported? */
bool session_below(const struct shells *s, const struct proc *proc,
		   const struct fdobj *socket);
/* What a session is made of; borrowed. */
struct session_start {
	const char *uid; /* of the finding */
	stamp_ms seen;   /* when that was made */
	const struct proc *proc;
	const struct fdobj *socket; /* NULL: not known */
	stamp_ms since;             /* when it began; 0: when that was joined */
	bool covers, whole;
	struct commands *held; /* what was run in it until now: emptied; or NULL */
};
/* After its finding was emitted; nothing happens where it is known already. */
void session_add(struct shells *s, const struct session_start *start,
		 const struct finding_out *out);
/* Whatever happens may happen in a session. */
void session_grow(struct shells *s, const struct activity *act,
		  const struct finding_out *out);
/* A command that holder runs, in a session of its that is not whole. */
void session_command(struct shells *s, const struct proc *holder, const struct look *l,
		     const struct finding_out *out);
/* Tells how far the sessions have come that go on. */
void session_tell_all(struct shells *s, const struct finding_out *out);
void sessions_fini(struct shells *s);

#endif
