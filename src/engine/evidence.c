/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/evidence.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/map.h"
#include "base/xalloc.h"

enum {
	RECENT_BYTES = 8 << 20,
	KEPT_BYTES = 4 << 20,
	RING_SLOTS = 16384, /* a power of two */
	LIMIT_RAW = 64 << 10,
	LARGE_PAGE = 2 << 20,
};

struct slot {
	uint64_t node; /* hash of the node's name */
	stamp_ms time;
	uint32_t serial;
	uint32_t len;
	size_t at; /* running position; the byte is at % size */
};

struct ring {
	char *bytes;
	size_t size, end; /* end: running position behind the newest byte */
	struct slot slots[RING_SLOTS];
	size_t next; /* running number of the next slot */
};

struct evidence {
	struct ring recent, kept;
};

/*
 * All of it is written soon, from the beginning to the end: four large pages
 * instead of 2,000 faults (madvise(2), MADV_HUGEPAGE).
 */
static char *large_pages(size_t size)
{
	void *room = NULL;

	if (posix_memalign(&room, LARGE_PAGE, size) != 0)
		return xmalloc(size);
	madvise(room, size, MADV_HUGEPAGE); /* a wish, no more */
	return room;
}

struct evidence *evidence_new(void)
{
	struct evidence *e = xcalloc(1, sizeof(*e));

	e->recent.size = RECENT_BYTES;
	e->recent.bytes = large_pages(RECENT_BYTES);
	e->kept.size = KEPT_BYTES;
	e->kept.bytes = xmalloc(KEPT_BYTES);
	return e;
}

void evidence_free(struct evidence **ep)
{
	if (!*ep)
		return;
	free((*ep)->recent.bytes);
	free((*ep)->kept.bytes);
	free(*ep);
	*ep = NULL;
}

static uint64_t node_key(struct slice node)
{
	return node.len ? hash_fixed(node.ptr, node.len) : 0;
}

/* Sizes are powers of two: a division for each event would cost more than the rest. */
static size_t byte_at(const struct ring *ring, size_t position)
{
	return position & (ring->size - 1);
}

/* Records that follow each other in the ring never wrap around its edge. */
static void append(struct ring *ring, const struct event *event)
{
	struct slot *slot = &ring->slots[ring->next % RING_SLOTS];
	struct slice lines = event_lines(event);
	size_t len = lines.len + 1, at = ring->end;
	size_t left = ring->size - byte_at(ring, at);

	if (event->nrecords == 0 || len > LIMIT_RAW)
		return;
	if (len > left)
		at += left;
	*slot = (struct slot){ node_key(event->node), event->time, event->serial,
			       (uint32_t)lines.len, at };
	memcpy(ring->bytes + byte_at(ring, at), lines.ptr, lines.len);
	/* Where the last newline belongs there is nothing; it may be the edge. */
	ring->end = at + len;
	ring->next++;
}

static bool reaches_far(const struct activity *act)
{
	switch (act->kind) {
	case ACT_EXEC:
	case ACT_JOIN:
	case ACT_LISTEN: return true;
	case ACT_FD:
		return act->obj && act->obj->kind != FDOBJ_FILE &&
		       act->obj->kind != FDOBJ_UNKNOWN;
	default: return false;
	}
}

void evidence_add(struct evidence *e, const struct activity *act)
{
	append(&e->recent, act->event);
	if (reaches_far(act))
		append(&e->kept, act->event);
}

static const struct slot *find(const struct ring *ring, uint64_t node,
			       const struct event_id *id)
{
	size_t n = ring->next < RING_SLOTS ? ring->next : RING_SLOTS;

	for (size_t i = 1; i <= n; i++) {
		const struct slot *slot = &ring->slots[(ring->next - i) % RING_SLOTS];

		if (slot->at + ring->size < ring->end)
			return NULL; /* this one and all older ones are overwritten */
		if (slot->serial == id->serial && slot->time == id->time &&
		    slot->node == node)
			return slot;
	}
	return NULL;
}

void evidence_fill(const struct evidence *e, struct finding *f)
{
	struct finding_evidence *list = (struct finding_evidence *)f->evidence;

	for (size_t i = 0; i < f->nevidence; i++) {
		uint64_t node = node_key(slice_str(list[i].id.node));
		const struct ring *ring = &e->recent;
		const struct slot *slot = find(ring, node, &list[i].id);

		if (!slot) {
			ring = &e->kept;
			slot = find(ring, node, &list[i].id);
		}
		if (slot && !list[i].raw)
			list[i].raw = arena_slice_dup(
				&f->arena,
				slice_make(ring->bytes + byte_at(ring, slot->at),
					   slot->len));
	}
}

/* ---- saving ---- */

/* What has not been overwritten begins here. */
static size_t oldest(const struct ring *ring)
{
	size_t n = ring->next < RING_SLOTS ? ring->next : RING_SLOTS;
	size_t i = ring->next - n;

	while (i < ring->next && ring->slots[i % RING_SLOTS].at + ring->size < ring->end)
		i++;
	return i;
}

static size_t ring_size(const struct ring *ring)
{
	size_t size = sizeof(ring->end) + sizeof(ring->next) + sizeof(size_t);

	for (size_t i = oldest(ring); i < ring->next; i++)
		size += sizeof(struct slot) + ring->slots[i % RING_SLOTS].len;
	return size;
}

size_t evidence_size(const struct evidence *e)
{
	return ring_size(&e->recent) + ring_size(&e->kept);
}

static void save_ring(const struct ring *ring, struct zip *out)
{
	size_t first = oldest(ring);

	zip_add(out, &ring->end, sizeof(ring->end));
	zip_add(out, &ring->next, sizeof(ring->next));
	zip_add(out, &first, sizeof(first));
	for (size_t i = first; i < ring->next; i++) {
		const struct slot *slot = &ring->slots[i % RING_SLOTS];

		zip_add(out, slot, sizeof(*slot));
		zip_add(out, ring->bytes + byte_at(ring, slot->at), slot->len);
	}
}

void evidence_save(const struct evidence *e, struct zip *out)
{
	save_ring(&e->recent, out);
	save_ring(&e->kept, out);
}

static bool get(struct slice *in, void *out, size_t len)
{
	if (in->len < len)
		return false;
	memcpy(out, in->ptr, len);
	*in = slice_skip(*in, len);
	return true;
}

static bool load_ring(struct ring *ring, struct slice *in)
{
	size_t first;

	if (!get(in, &ring->end, sizeof(ring->end)) ||
	    !get(in, &ring->next, sizeof(ring->next)) ||
	    !get(in, &first, sizeof(first)) || first > ring->next ||
	    ring->next - first > RING_SLOTS)
		return false;
	for (size_t i = first; i < ring->next; i++) {
		struct slot slot;

		if (!get(in, &slot, sizeof(slot)) || slot.len > LIMIT_RAW ||
		    slot.at % ring->size + slot.len > ring->size ||
		    !get(in, ring->bytes + slot.at % ring->size, slot.len))
			return false;
		ring->slots[i % RING_SLOTS] = slot;
	}
	return true;
}

static void forget(struct ring *ring)
{
	memset(ring->slots, 0, sizeof(ring->slots));
	ring->end = ring->next = 0;
}

bool evidence_load(struct evidence *e, struct slice bytes)
{
	if (load_ring(&e->recent, &bytes) && load_ring(&e->kept, &bytes) &&
	    bytes.len == 0)
		return true;
	forget(&e->recent);
	forget(&e->kept);
	return false;
}
