/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that understands: the engine of `auspex analyze`, fed from the
 * keeper's ring.
 *
 * From time to time it forks a standby: a copy that holds the whole world
 * model as it is between two transactions, and sleeps. When the worker dies,
 * the keeper wakes the standby, and that makes another worker, which reads
 * the ring again from the place where the standby was made. All that was
 * stored since is stored again under the same uids, which changes nothing:
 * nothing is lost and nothing is doubled.
 */
#ifndef AUSPEX_ENGINE_WORKER_H
#define AUSPEX_ENGINE_WORKER_H

#include "engine/asker.h"
#include "engine/engine.h"
#include "keeper/links.h"
#include "keeper/ring.h"

struct worker_setup {
	struct ring *ring;
	struct engine *engine;
	struct store *store; /* the engine's */
	struct asker *asker; /* that the engine's activities are shown to */
	int logs;            /* where audit.log is asked for; -1: it is not read */
	uint64_t log_limit;  /* bytes of it that are read back for one gap */
	/* Reads the settings again; on -1 the old ones stay. */
	int (*reload)(void *ctx, struct err *err);
	/* Lets go of what must not be open when the process is forked. */
	void (*before_fork)(void *ctx);
	/* For a problem that nobody else can be told; one line. */
	void (*complain)(const char *msg);
	void *ctx;
};

/*
 * The store fails: takes note of it for whoever comes next. true: it is time
 * to complain.
 */
bool worker_failed(struct ring_ctl *ctl);

/* Returns how the process is to end. */
enum worker_end worker_run(const struct worker_setup *setup);

#endif
