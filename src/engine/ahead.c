/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two batches: one is filled while the other is looked at. Who has a batch,
 * and the source and the assembler, is decided under the lock; nothing else
 * is shared. The reader has source and assembler while it fills a batch.
 */
#include "engine/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "audit/batch.h"
#include "base/xalloc.h"

/* One batch, and how its filling ended. */
struct part {
	struct batch *events;
	struct ahead_progress progress;
	/* The reader has stopped behind it, and at what. */
	bool stopped;
	enum source_status status;
	struct slice line;
	struct err problem;
};

struct ahead {
	struct source *source;
	struct assembler *assembler;
	size_t begun;
	struct part parts[2];
	struct event *pending; /* of the assembler: it was too much for its batch */
	/* Of the first thread. */
	struct part *current; /* that it looks at; NULL: none yet */
	bool told;            /* its progress */
	bool running;         /* the reader was given the other one */
	/* Of both, under the lock. */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct part *wanted; /* the reader is to fill it, or is at it */
	bool quit;
};

/* ---- the reader ---- */

/* What is ready comes into the batch; false: it is full. */
static bool collect(struct ahead *a, struct batch *events)
{
	if (!a->pending)
		a->pending = assembler_next(a->assembler);
	while (a->pending && batch_add(events, a->pending))
		a->pending = assembler_next(a->assembler);
	return !a->pending;
}

static void fill(struct ahead *a, struct part *p)
{
	batch_clear(p->events);
	p->stopped = false;
	while (collect(a, p->events)) {
		p->status = source_next(a->source, &p->line, &p->problem);
		if (p->status != SOURCE_LINE || !source_whole(a->source) ||
		    source_begun(a->source) != a->begun) {
			p->stopped = true;
			break;
		}
		assembler_feed(a->assembler, p->line);
	}
	source_pos(a->source, &p->progress.pos);
	p->progress.events = assembler_stats(a->assembler)->events;
}

static void *read_ahead(void *arg)
{
	struct ahead *a = arg;

	pthread_mutex_lock(&a->lock);
	while (!a->quit) {
		struct part *part = a->wanted;

		if (!part) {
			pthread_cond_wait(&a->changed, &a->lock);
			continue;
		}
		pthread_mutex_unlock(&a->lock);
		fill(a, part);
		pthread_mutex_lock(&a->lock);
		a->wanted = NULL;
		pthread_cond_signal(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* ---- the first thread ---- */

static void ahead_drop(struct ahead **a)
{
	batch_free(&(*a)->parts[0].events);
	batch_free(&(*a)->parts[1].events);
	pthread_cond_destroy(&(*a)->changed);
	pthread_mutex_destroy(&(*a)->lock);
	free(*a);
	*a = NULL;
}

struct ahead *ahead_new(struct source *source, struct assembler *assembler, size_t events)
{
	struct ahead *a = xcalloc(1, sizeof(*a));
	sigset_t all, before;
	int rc;

	a->source = source;
	a->assembler = assembler;
	a->parts[0].events = batch_new(events);
	a->parts[1].events = batch_new(events);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	/* Signals are for the first thread: they end its waiting. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&a->thread, NULL, read_ahead, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		ahead_drop(&a);
	return a;
}

static void await(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	while (a->wanted)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

void ahead_free(struct ahead **ap)
{
	struct ahead *a = *ap;

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->quit = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	ahead_drop(ap);
}

static struct part *other(struct ahead *a)
{
	return a->current == &a->parts[0] ? &a->parts[1] : &a->parts[0];
}

static void want_other(struct ahead *a)
{
	a->running = true;
	pthread_mutex_lock(&a->lock);
	a->wanted = other(a);
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static void take_other(struct ahead *a)
{
	await(a);
	a->running = false;
	a->current = other(a);
	a->told = false;
}

void ahead_start(struct ahead *a, size_t begun)
{
	a->begun = begun;
	a->current = NULL;
	want_other(a);
}

/* The reader was asked to stop where a batch was full. */
static struct event *next_uncollected(struct ahead *a)
{
	struct event *event = a->pending;

	a->pending = NULL;
	return event ? event : assembler_next(a->assembler);
}

struct event *ahead_next(struct ahead *a, bool go_on)
{
	for (;;) {
		struct event *event = a->current ? batch_next(a->current->events) : NULL;

		if (event)
			return event;
		if (!a->running)
			return next_uncollected(a);
		take_other(a);
		if (!a->current->stopped && go_on)
			want_other(a);
	}
}

bool ahead_progress(struct ahead *a, struct ahead_progress *out)
{
	bool told = a->told || !a->current;

	a->told = true;
	if (!told)
		*out = a->current->progress;
	return !told;
}

enum source_status ahead_stop(const struct ahead *a, struct slice *line,
			      struct err *problem)
{
	if (!a->current->stopped) {
		*line = slice_make(NULL, 0);
		return SOURCE_LINE;
	}
	*line = a->current->line;
	*problem = a->current->problem;
	return a->current->status;
}
