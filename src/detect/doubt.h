/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of those who hold both ends of a way pass on what they get. The
 * records show who holds what, not who reads and writes: a program may have
 * both by accident, or talk with each on its own account.
 */
#ifndef AUSPEX_DETECT_DOUBT_H
#define AUSPEX_DETECT_DOUBT_H

#include "detect/flow.h"

enum doubt {
	DOUBT_NONE,
	DOUBT_HANDED, /* an execve left it with a descriptor it may not know of */
	DOUBT_TALKS,  /* it opened two conversations of its own */
	DOUBT_SHELL,  /* a shell, which passes nothing on by itself */
	DOUBT_LATE,   /* the shell was there before the socket was joined */
	DOUBT_YOUNG,  /* not long before, and has done nothing since */
	DOUBT_LOOSE,  /* whom the socket talks to is not known */
};

/* The first doubt about a way from or to proc. */
enum doubt doubt_of(const struct proc *proc, const struct flow *flow);
/* The same in words, for a caveat; NULL: none. */
const char *doubt_text(enum doubt doubt);
/*
 * Does the last holder of the way have the connection only because it was
 * forked from the process that opened it, which has it still?
 */
bool doubt_is_leak(const struct flow *flow);
/*
 * Has a shell that was started with that object put it back to where it was,
 * after a redirection of one command?
 */
bool doubt_put_back(const struct proc *proc, const struct fdent *ent);
/* Do the rules in force record what is copied to a descriptor? */
bool doubt_knows_dups(const struct proc *proc);

#endif
