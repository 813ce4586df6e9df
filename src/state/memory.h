/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the world model takes, and what it had to forget. Counted are
 * processes with their strings, programs with their arguments, descriptor
 * tables with all that they name, and mounts: about what malloc takes for
 * them. A sum of our own, not the allocator's, so that the same log is
 * forgotten in the same places everywhere.
 */
#ifndef AUSPEX_STATE_MEMORY_H
#define AUSPEX_STATE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "state/limits.h"

enum loss {
	LOSS_FDS,        /* descriptors that went over LIMIT_FDS or LIMIT_STATE_FULL */
	LOSS_IDLE,       /* times that a process was put away */
	LOSS_PROCESSES,  /* processes that were forgotten */
	LOSS_LINES,      /* ended ancestors that were cut off */
	LOSS_IMAGES,     /* programs that were forgotten before the store had them */
	LOSS_HOSTS,      /* events of hosts beyond LIMIT_HOSTS */
	LOSS_CHANNELS,   /* FIFOs and ptys beyond LIMIT_CHANNELS */
	LOSS_CONTAINERS, /* and what is told of them, beyond the limits */
	LOSS_FILES,      /* files and places whose history was forgotten */
	LOSS_MAX
};

enum { MALLOC_COST = 16 }; /* about, for each allocation */

struct fddirs;

struct memory {
	size_t bytes;
	size_t resting; /* of those: of processes that were put away */
	size_t entries; /* of descriptor tables; what forks share counts once */
	uint64_t lost[LOSS_MAX];
	struct fddirs *dirs; /* see fdrest.c; owned by the table of processes; or NULL */
};

/* What a string takes; NULL: nothing. */
static inline size_t memory_text(const char *text)
{
	return text ? strlen(text) + 1 + MALLOC_COST : 0;
}

/* Names of the row in the health table, and words for it. */
const char *loss_kind(enum loss loss);
const char *loss_detail(enum loss loss);

#endif
