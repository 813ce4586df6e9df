/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which container a running process is in, and what its runtime says of it. */
#ifndef AUSPEX_ENGINE_WHEREABOUTS_H
#define AUSPEX_ENGINE_WHEREABOUTS_H

#include "base/arena.h"
#include "state/ctrfiles.h"

struct whereabouts;

struct whereabouts *whereabouts_new(void);
void whereabouts_free(struct whereabouts **where);
/* The files are read now, and what they say is good enough for many processes. */
void whereabouts_read(struct whereabouts *where);
/*
 * fresh: the process has just begun, and its container may be newer than what
 * was read of the files. NULL: in none, or it has gone. Valid until the next call. Where the files
 * say nothing of the container there is an id, and nothing else.
 */
const struct ctrfacts *whereabouts_find(struct whereabouts *where, int64_t pid,
					bool fresh, struct arena *arena);

#endif
