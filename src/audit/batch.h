/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events that were copied out of the assembler, so that another thread may
 * look at them while that goes on. One thread at a time has a batch. The
 * copies stand one behind the other, in the order in which they are read.
 */
#ifndef AUSPEX_AUDIT_BATCH_H
#define AUSPEX_AUDIT_BATCH_H

#include "audit/event.h"

struct batch;

/* For that many events at most. */
struct batch *batch_new(size_t events);
/* Leaves *batch NULL; NULL is allowed. */
void batch_free(struct batch **batch);
/* Takes all out of it. */
void batch_clear(struct batch *batch);
/* false: there is no more room, and the event is not in it. The first always fits. */
bool batch_add(struct batch *batch, const struct event *event);
/* The events in the order in which they were added, then NULL; borrowed until
 * the next call. */
struct event *batch_next(struct batch *batch);

#endif
