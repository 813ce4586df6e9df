/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that auditd starts. It owns standard input, empties it into
 * the ring and never waits for anybody; it starts a worker, a helper and a
 * probe, and starts them again when they die. It allocates nothing once it runs.
 */
#ifndef AUSPEX_KEEPER_KEEPER_H
#define AUSPEX_KEEPER_KEEPER_H

#include "base/err.h"
#include "keeper/ring.h"

struct keeper_setup {
	size_t ring_size;
	bool helper;   /* start one; also where it only opens logs */
	bool probe;    /* start one */
	bool realtime; /* let nobody come between */
	/* Called once all is made, before the first record: gives up rights. */
	void (*settle)(void *ctx);
	void *ctx;
};

/* What joins the processes; each closes what is not its own. */
struct keeper_links {
	int wake;        /* eventfd: there is something in the ring */
	int alive[2];    /* a pipe that ends with the keeper */
	int requests[2]; /* a pipe: worker to helper */
	int replies[2];  /* SOCK_SEQPACKET: helper and probe to keeper, one frame each */
	int logs[2];     /* SOCK_SEQPACKET: worker and helper, see logask.h */
};

enum keeper_role {
	KEEPER_ENDED,  /* the input has ended and all is done */
	KEEPER_FAILED, /* could not even start; err is set */
	KEEPER_WORKER, /* this is a new process: run the worker */
	KEEPER_HELPER, /* this is a new process: run the helper */
	KEEPER_PROBE,  /* this is a new process: run the probe */
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

/*
 * Returns in the keeper at the end, and in each child right after it was
 * made, with ring and links for it.
 */
enum keeper_role keeper_run(const struct keeper_setup *setup, struct ring *ring,
			    struct keeper_links *links, struct err *err);

#endif
