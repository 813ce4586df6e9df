/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world model: what the hosts of the log look like after each event.
 * state_apply() is the only thing that changes it; everybody else gets a
 * const struct state *.
 */
#ifndef AUSPEX_STATE_STATE_H
#define AUSPEX_STATE_STATE_H

#include "audit/event.h"
#include "state/activity.h"
#include "state/container.h"
#include "state/feeds.h"
#include "state/files.h"
#include "state/proc.h"

struct state;

struct state *state_new(void);
void state_free(struct state **state);

/* Takes the event in; *out says what it meant (see activity.h). */
void state_apply(struct state *state, const struct event *event, struct activity *out);

/* What the runtimes' files say; borrowed, before the first event. */
void state_know_containers(struct state *state, const struct ctrfiles *files);

/* A living process of the host with that name ("": without one), or NULL. */
const struct proc *state_find(const struct state *state, const char *node, int64_t pid);
/* What it takes, and what it had to forget. */
const struct memory *state_memory(const struct state *state);
/* Is too much taken, and some of it waits for the store? */
bool state_wants_store(const struct state *state);
/* How many processes live, as far as known. */
size_t state_alive(const struct state *state);
const struct files *state_files(const struct state *state);
const struct feeds *state_feeds(const struct state *state);
/* The next changed process for the store, as proctab_next_changed(). */
struct proc *state_next_changed(struct state *state, uint32_t *first_new);
/* The next changed container; borrowed until the next state_apply(). */
const struct container *state_next_container(struct state *state);
/* All of them, in no order. */
size_t state_containers(const struct state *state);
const struct container *state_container(const struct state *state, size_t i);

#endif
