/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who can pass bytes to whom: from one descriptor of a process to a socket,
 * along pipes, FIFOs, socket pairs, pseudo-terminals and the processes that
 * hold their other ends.
 */
#ifndef AUSPEX_DETECT_FLOW_H
#define AUSPEX_DETECT_FLOW_H

#include "state/proc.h"

enum flow_direction { FLOW_IN, FLOW_OUT }; /* towards the process, or from it */

enum { LIMIT_FLOW_STEPS = 6, LIMIT_FLOW_VISITS = 512 };

struct flow_step {
	const struct fdobj *obj;   /* the object that the last holder has */
	const struct proc *holder; /* who passes it on; NULL: the shell itself */
};

struct flow {
	/* Where the way ends; see flow_is_loose(). NULL: nowhere. */
	const struct fdobj *socket;
	struct flow_step steps[LIMIT_FLOW_STEPS];
	size_t nsteps; /* 1: the descriptor is the socket itself */
};

/* Is this a socket with somebody at its other end that the network reaches? */
bool flow_is_network(const struct fdobj *obj);

/*
 * Does it end at a socket that needs no peer to send and receive (UDP, raw
 * IP)? The calls that name one for each datagram are seldom recorded.
 */
bool flow_is_loose(const struct flow *flow);

/*
 * The shortest way from (or to) descriptor fd of proc; false: none. A loose
 * end is taken where there is no other, and through others alone.
 */
bool flow_find(const struct proc *proc, int fd, enum flow_direction direction,
	       struct flow *out);

#endif
