/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker's question for audit.log. The answer comes on the socket that
 * the question went by, with descriptors (SCM_RIGHTS, unix(7)), and not
 * through the ring: it is about nothing that happens.
 */
#ifndef AUSPEX_ENGINE_LOGASK_H
#define AUSPEX_ENGINE_LOGASK_H

#include <stddef.h>
#include <stdint.h>

#include "engine/logfiles.h"

enum { LOGASK_WHY = 512 };

struct logask {
	int socket;
	uint64_t asked;
	bool answered;
	char why[LOGASK_WHY]; /* no log, or not all of it; "": nothing is wrong */
};

/*
 * ctx: a struct logask. Waits a second for a helper that is busy or hangs.
 * Returns how many descriptors, the newest log's first; they are the caller's.
 */
size_t logask(void *ctx, int fds[LOGFILES_MAX]);

/* The helper's side: answers the question id by socket. */
void logask_answer(struct logfiles *logs, int socket, uint64_t id);

#endif
