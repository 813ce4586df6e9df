/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line on standard error, where that is a terminal; nothing elsewhere. */
#ifndef AUSPEX_CMD_PROGRESS_H
#define AUSPEX_CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "audit/source.h"

struct progress {
	bool on, shown;
	struct timespec start, last;
};

void progress_init(struct progress *progress);
void progress_show(struct progress *progress, const struct source_pos *pos,
		   uint64_t events, uint64_t findings);
/* Takes the line away. */
void progress_clear(struct progress *progress);

#endif
