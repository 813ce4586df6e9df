/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels with a name that outlives their ends: FIFOs and pseudo-terminals. */
#ifndef AUSPEX_STATE_CHANNELS_H
#define AUSPEX_STATE_CHANNELS_H

#include "state/proc.h"

/* The one of that FIFO, made when it is new. Borrowed until it is joined. */
struct channel *channels_fifo(struct host *host, uint64_t dev, uint64_t inode,
			      struct evref at);
/* The one of /dev/pts/NUMBER; the same. */
struct channel *channels_pty(struct host *host, uint64_t number, struct evref at);
/* The number stands for that channel from now on. */
void channels_set_pty(struct host *host, uint64_t number, struct channel *channel);

#endif
