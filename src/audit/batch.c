/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/batch.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "audit/event_priv.h"
#include "base/xalloc.h"

enum {
	BATCH_BYTES = 1 << 20, /* one that is larger is alone in its batch */
	ALIGN = _Alignof(max_align_t),
};

struct batch {
	char *room;
	size_t size, used;
	struct event **events;
	size_t max, n, at;
	/* For the event that is being looked at. */
	struct arena arena;
	struct event_memo memo;
};

struct batch *batch_new(size_t events)
{
	struct batch *b = xcalloc(1, sizeof(*b));

	arena_init(&b->arena);
	b->events = xcalloc(events, sizeof(struct event *));
	b->max = events;
	b->size = BATCH_BYTES;
	b->room = xmalloc(b->size);
	return b;
}

void batch_free(struct batch **batch)
{
	if (!*batch)
		return;
	arena_fini(&(*batch)->arena);
	free((*batch)->events);
	free((*batch)->room);
	free(*batch);
	*batch = NULL;
}

void batch_clear(struct batch *b)
{
	b->n = b->at = b->used = 0;
	if (b->size == BATCH_BYTES)
		return;
	free(b->room);
	b->size = BATCH_BYTES;
	b->room = xmalloc(b->size);
}

static size_t aligned(size_t size)
{
	return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* Text that was put somewhere else, and where to put what was not in it. */
struct moving {
	struct slice from;
	char *to, *rest;
};

static void move(struct moving *m, struct slice *s)
{
	if (!s->ptr)
		return;
	if (s->ptr >= m->from.ptr && s->ptr <= m->from.ptr + m->from.len) {
		s->ptr = m->to + (s->ptr - m->from.ptr);
		return;
	}
	memcpy(m->rest, s->ptr, s->len); /* it was hex */
	s->ptr = m->rest;
	m->rest += s->len;
}

static void move_all(struct moving *m, struct event *event)
{
	for (uint32_t i = 0; i < event->nrecords; i++) {
		move(m, &event->records[i].line);
		move(m, &event->records[i].node);
		move(m, &event->records[i].body);
		move(m, &event->records[i].enriched);
	}
	move(m, &event->node);
	move(m, &event->syscall.tty);
	move(m, &event->syscall.comm);
	move(m, &event->syscall.exe);
}

bool batch_add(struct batch *b, const struct event *event)
{
	struct slice lines = event_lines(event);
	size_t records = event->nrecords * sizeof(*event->records);
	size_t need =
		aligned(sizeof(*event)) + aligned(records) +
		aligned(lines.len + event->syscall.comm.len + event->syscall.exe.len);
	struct event *copy;
	struct moving m;

	if (b->n == b->max || (need > b->size - b->used && b->n))
		return false;
	if (need > b->size) {
		free(b->room);
		b->size = need;
		b->room = xmalloc(need);
	}
	copy = (struct event *)(b->room + b->used);
	*copy = *event;
	copy->records = (struct record *)((char *)copy + aligned(sizeof(*event)));
	m.from = lines;
	m.to = (char *)copy->records + aligned(records);
	m.rest = m.to + lines.len;
	if (event->nrecords) {
		memcpy(copy->records, event->records, records);
		memcpy(m.to, lines.ptr, lines.len);
	}
	move_all(&m, copy);
	copy->arena = &b->arena;
	copy->memo = &b->memo;
	b->events[b->n++] = copy;
	b->used += need;
	return true;
}

struct event *batch_next(struct batch *b)
{
	if (b->at == b->n)
		return NULL;
	arena_reset(&b->arena);
	b->memo = (struct event_memo){ 0 };
	return b->events[b->at++];
}
