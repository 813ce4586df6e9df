/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the keeper and the processes that it executes agree on: descriptors,
 * how a worker ends, and how long who may be silent.
 */
#ifndef AUSPEX_KEEPER_LINKS_H
#define AUSPEX_KEEPER_LINKS_H

/*
 * A descriptor has the same number in every process that has it. All are the
 * keeper's; which of them a child keeps stands in keeper.c.
 */
enum link {
	LINK_PROGRAM = 3,    /* O_PATH: the file that the children are made of */
	LINK_CONTROL,        /* memory: struct ring_ctl */
	LINK_RING,           /* memory: the ring's frames */
	LINK_WAKE,           /* eventfd: there is something in the ring */
	LINK_ALIVE_READ,     /* a pipe that ends with the keeper */
	LINK_ALIVE_WRITE,    /* the keeper's alone */
	LINK_REQUESTS_READ,  /* SOCK_SEQPACKET: worker to helper */
	LINK_REQUESTS_WRITE, /* the worker's */
	LINK_REPLIES_READ,  /* SOCK_SEQPACKET: helper and probe to keeper, a frame each */
	LINK_REPLIES_WRITE, /* the helper's and the probe's */
	LINK_LOGS_HELPER,   /* SOCK_SEQPACKET: helper and worker, engine/logask.h */
	LINK_LOGS_WORKER,
};

/* How a worker's process ends. */
enum worker_end {
	WORKER_DONE = 0,
	WORKER_AGAIN = 10,   /* the store failed: start again in a while */
	WORKER_RETIRED = 11, /* another one has taken over */
};

enum {
	HELPER_HANG_MS = 10000, /* over one question */
	WORKER_HANG_MS = 30000, /* without a sign of life: it is killed */
	WORKER_PAUSE_MS =
		100, /* before the second start without progress, then doubled */
	WORKER_PAUSE_MAX_MS = 4000,
	WORKER_AGAIN_MS = 1000, /* after WORKER_AGAIN */
};

#endif
