/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table is a sorted list of leaves, each a sorted run of entries. Forks
 * share the table until one side writes; then they share all leaves but
 * those that are written to. So a process with many descriptors costs a
 * fork, a copy or a close in the middle no more than one leaf.
 */
#include "state/fdtab.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "state/proc_priv.h"
#include "state/save.h"

enum {
	LEAF_MIN = 2,
	LEAF_MAX = 64,
};

struct leaf {
	uint32_t refs;
	uint16_t count, cap;
	struct fdent ents[];
};

struct fdtab {
	uint32_t refs;
	uint32_t count; /* entries in all leaves */
	uint32_t leak;  /* serial of the last unseen close; 0: none known */
	uint32_t nleaves, leaves_cap;
	struct leaf **leaves; /* references; none is empty */
	struct memory *mem;
};

/* ---- holders ---- */

/* begins: owner holds nothing yet but what it was just given. */
static void add_holder(struct memory *mem, struct fdobj *obj, struct proc *owner,
		       bool begins)
{
	if (!owner || !fdobj_is_stream(obj))
		return;
	for (uint32_t i = obj->stream->nholders; i-- > 0;) { /* most often the newest */
		if (obj->stream->holders[i].proc == owner) {
			obj->stream->holders[i].count++;
			return;
		}
		if (begins)
			break;
	}
	if (obj->stream->nholders >= LIMIT_HOLDERS)
		return;
	if (obj->stream->nholders == obj->stream->holders_cap) {
		mem->bytes -= obj->stream->holders_cap * sizeof(*obj->stream->holders);
		obj->stream->holders_cap =
			obj->stream->holders_cap ? obj->stream->holders_cap * 2 : 1;
		obj->stream->holders =
			xreallocarray(obj->stream->holders, obj->stream->holders_cap,
				      sizeof(*obj->stream->holders));
		mem->bytes += obj->stream->holders_cap * sizeof(*obj->stream->holders);
	}
	obj->stream->holders[obj->stream->nholders++] = (struct holder){ owner, 1 };
}

static void drop_holder(struct fdobj *obj, const struct proc *owner, bool wholly)
{
	if (!fdobj_is_stream(obj))
		return;
	for (uint32_t i = obj->stream->nholders; i-- > 0;) {
		if (obj->stream->holders[i].proc != owner)
			continue;
		if (wholly || --obj->stream->holders[i].count == 0)
			obj->stream->holders[i] =
				obj->stream->holders[--obj->stream->nholders];
		return;
	}
}

/* No table names it any more. */
static void forget_holders(struct memory *mem, struct fdobj *obj)
{
	if (!fdobj_is_stream(obj))
		return;
	mem->bytes -= obj->stream->holders_cap * sizeof(*obj->stream->holders);
	free(obj->stream->holders);
	obj->stream->holders = NULL;
	obj->stream->nholders = obj->stream->holders_cap = 0;
}

/* ---- leaves ---- */

static size_t leaf_size(uint32_t cap)
{
	return sizeof(struct leaf) + cap * sizeof(struct fdent) + MALLOC_COST;
}

static struct leaf *leaf_new(struct memory *mem, uint32_t cap)
{
	struct leaf *leaf = xmalloc(sizeof(*leaf) + cap * sizeof(leaf->ents[0]));

	leaf->refs = 1;
	leaf->count = 0;
	leaf->cap = (uint16_t)cap;
	mem->bytes += leaf_size(cap);
	return leaf;
}

/* The entry that is put there names its object; the reference is there already. */
static void name(struct memory *mem, struct fdobj *obj)
{
	mem->entries++;
	if (obj->named++ == 0) {
		size_t weight = (fdobj_size(obj) + MALLOC_COST) / 8;

		obj->weight = weight < UINT16_MAX ? (uint16_t)weight : UINT16_MAX;
		mem->bytes += obj->weight * 8u;
	}
}

static void unname(struct memory *mem, struct fdobj *obj)
{
	mem->entries--;
	if (--obj->named == 0) {
		mem->bytes -= obj->weight * 8u;
		forget_holders(mem, obj);
	}
	fdobj_unref(&obj);
}

static void leaf_unref(struct memory *mem, struct leaf *leaf)
{
	if (--leaf->refs)
		return;
	for (uint32_t i = 0; i < leaf->count; i++)
		unname(mem, leaf->ents[i].obj);
	mem->bytes -= leaf_size(leaf->cap);
	free(leaf);
}

/* The entries [from, from + count) of leaf in one of their own. */
static struct leaf *leaf_copy(struct memory *mem, const struct leaf *leaf, uint32_t from,
			      uint32_t count, uint32_t cap)
{
	struct leaf *copy = leaf_new(mem, cap);

	copy->count = (uint16_t)count;
	memcpy(copy->ents, leaf->ents + from, count * sizeof(copy->ents[0]));
	for (uint32_t i = 0; i < count; i++)
		name(mem, fdobj_ref(copy->ents[i].obj));
	return copy;
}

/* Where fd stands in leaf, or would. */
static uint32_t leaf_find(const struct leaf *leaf, int fd)
{
	uint32_t low = 0, high = leaf->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (leaf->ents[mid].fd < fd)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* ---- tables ---- */

struct fdtab *fdtab_new(struct memory *mem)
{
	struct fdtab *tab = xcalloc(1, sizeof(*tab));

	tab->refs = 1;
	tab->mem = mem;
	mem->bytes += sizeof(*tab) + MALLOC_COST;
	return tab;
}

struct fdtab *fdtab_ref(struct fdtab *tab)
{
	tab->refs++;
	return tab;
}

void fdtab_unref(struct fdtab **tabp)
{
	struct fdtab *tab = *tabp;

	*tabp = NULL;
	if (!tab || --tab->refs)
		return;
	for (uint32_t i = 0; i < tab->nleaves; i++)
		leaf_unref(tab->mem, tab->leaves[i]);
	tab->mem->bytes -=
		sizeof(*tab) + MALLOC_COST + tab->leaves_cap * sizeof(struct leaf *);
	free(tab->leaves);
	free(tab);
}

/* The leaf that fd stands in, or would; 0 where there is none. */
static uint32_t find_leaf(const struct fdtab *tab, int fd)
{
	uint32_t low = 0, high = tab->nleaves;

	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (tab->leaves[mid]->ents[0].fd <= fd)
			low = mid;
		else
			high = mid;
	}
	return low;
}

const struct fdent *fdtab_get_ghost(const struct fdtab *tab, int fd)
{
	const struct leaf *leaf;
	uint32_t at;

	if (tab->count == 0)
		return NULL;
	leaf = tab->leaves[find_leaf(tab, fd)];
	at = leaf_find(leaf, fd);
	return at < leaf->count && leaf->ents[at].fd == fd ? &leaf->ents[at] : NULL;
}

const struct fdent *fdtab_get(const struct fdtab *tab, int fd)
{
	const struct fdent *ent = fdtab_get_ghost(tab, fd);

	return ent && !ent->ghost ? ent : NULL;
}

size_t fdtab_count(const struct fdtab *tab)
{
	return tab->count;
}

const struct fdent *fdtab_next(const struct fdtab *tab, struct fdtab_iter *it)
{
	if (it->leaf < tab->nleaves && it->at == tab->leaves[it->leaf]->count) {
		it->leaf++;
		it->at = 0;
	}
	if (it->leaf >= tab->nleaves || it->done++ >= LIMIT_FD_SCAN)
		return NULL;
	return &tab->leaves[it->leaf]->ents[it->at++];
}

/* leaf and at count from the end. */
const struct fdent *fdtab_prev(const struct fdtab *tab, struct fdtab_iter *it)
{
	const struct leaf *leaf;

	if (it->leaf < tab->nleaves &&
	    it->at == tab->leaves[tab->nleaves - 1 - it->leaf]->count) {
		it->leaf++;
		it->at = 0;
	}
	if (it->leaf >= tab->nleaves || it->done++ >= LIMIT_FD_SCAN)
		return NULL;
	leaf = tab->leaves[tab->nleaves - 1 - it->leaf];
	return &leaf->ents[leaf->count - 1 - it->at++];
}

/* ---- changes ---- */

static void reserve(struct fdtab *tab, uint32_t need)
{
	uint32_t cap = tab->leaves_cap ? tab->leaves_cap : 1;

	if (need <= tab->leaves_cap)
		return;
	while (cap < need)
		cap *= 2;
	tab->leaves = xreallocarray(tab->leaves, cap, sizeof(struct leaf *));
	tab->mem->bytes += (cap - tab->leaves_cap) * sizeof(struct leaf *);
	tab->leaves_cap = cap;
}

/* Copy on write: afterwards nobody else sees what is done to *tabp. */
static struct fdtab *own(struct fdtab **tabp)
{
	struct fdtab *tab = *tabp, *copy;

	if (tab->refs == 1)
		return tab;
	copy = fdtab_new(tab->mem);
	copy->leak = tab->leak;
	copy->count = tab->count;
	reserve(copy, tab->nleaves);
	copy->nleaves = tab->nleaves;
	for (uint32_t i = 0; i < tab->nleaves; i++) {
		copy->leaves[i] = tab->leaves[i];
		copy->leaves[i]->refs++;
	}
	tab->refs--;
	*tabp = copy;
	return copy;
}

/* The same for a leaf of a table that is owned. */
static struct leaf *own_leaf(struct fdtab *tab, uint32_t i)
{
	struct leaf *leaf = tab->leaves[i];

	if (leaf->refs == 1)
		return leaf;
	tab->leaves[i] = leaf_copy(tab->mem, leaf, 0, leaf->count, leaf->cap);
	leaf_unref(tab->mem, leaf);
	return tab->leaves[i];
}

static void insert_leaf(struct fdtab *tab, uint32_t i, struct leaf *leaf)
{
	reserve(tab, tab->nleaves + 1);
	memmove(&tab->leaves[i + 1], &tab->leaves[i],
		(tab->nleaves - i) * sizeof(struct leaf *));
	tab->leaves[i] = leaf;
	tab->nleaves++;
}

static struct leaf *grow_leaf(struct fdtab *tab, uint32_t i)
{
	struct leaf *leaf = tab->leaves[i];
	uint32_t cap = leaf->cap * 2u;

	leaf = xreallocarray(leaf, 1, sizeof(*leaf) + cap * sizeof(leaf->ents[0]));
	tab->mem->bytes += leaf_size(cap) - leaf_size(leaf->cap);
	leaf->cap = (uint16_t)cap;
	tab->leaves[i] = leaf;
	return leaf;
}

/* A leaf for fd with room for one more entry. */
static struct leaf *make_room(struct fdtab *tab, int fd)
{
	uint32_t i = find_leaf(tab, fd), half;
	struct leaf *leaf, *rest;

	if (tab->nleaves == 0)
		insert_leaf(tab, 0, leaf_new(tab->mem, LEAF_MIN));
	leaf = own_leaf(tab, i);
	if (leaf->count < leaf->cap)
		return leaf;
	if (leaf->cap < LEAF_MAX)
		return grow_leaf(tab, i);
	/* Numbers are mostly given in order: leave full ones behind. */
	if (fd > leaf->ents[leaf->count - 1].fd) {
		insert_leaf(tab, i + 1, leaf_new(tab->mem, LEAF_MAX));
		return tab->leaves[i + 1];
	}
	half = leaf->count / 2;
	rest = leaf_copy(tab->mem, leaf, half, leaf->count - half, LEAF_MAX);
	for (uint32_t k = half; k < leaf->count; k++)
		unname(tab->mem, leaf->ents[k].obj);
	leaf->count = (uint16_t)half;
	insert_leaf(tab, i + 1, rest);
	return fd < rest->ents[0].fd ? leaf : rest;
}

/* Takes entry at of leaf i out. */
static void drop(struct fdtab *tab, struct proc *owner, uint32_t i, uint32_t at)
{
	struct leaf *leaf = own_leaf(tab, i);
	struct fdent ent = leaf->ents[at];

	memmove(&leaf->ents[at], &leaf->ents[at + 1],
		(leaf->count - at - 1u) * sizeof(leaf->ents[0]));
	leaf->count--;
	tab->count--;
	if (leaf->count == 0) {
		leaf_unref(tab->mem, leaf);
		memmove(&tab->leaves[i], &tab->leaves[i + 1],
			(tab->nleaves - i - 1) * sizeof(struct leaf *));
		tab->nleaves--;
	}
	if (owner && !ent.ghost)
		drop_holder(ent.obj, owner, false);
	unname(tab->mem, ent.obj);
}

static void drop_fd(struct fdtab *tab, struct proc *owner, int fd)
{
	uint32_t i = find_leaf(tab, fd);

	drop(tab, owner, i, leaf_find(tab->leaves[i], fd));
}

bool fdtab_put(struct fdtab **tabp, struct proc *owner, const struct fdent *ent)
{
	struct fdent fresh = *ent; /* ent may point into this table */
	struct fdtab *tab;
	struct leaf *leaf;
	uint32_t at;

	fdobj_ref(fresh.obj);
	tab = own(tabp);
	if (fdtab_get_ghost(tab, fresh.fd))
		drop_fd(tab, owner, fresh.fd);
	if (tab->count >= LIMIT_FDS || tab->mem->bytes >= LIMIT_STATE_FULL) {
		tab->mem->lost[LOSS_FDS]++;
		fdobj_unref(&fresh.obj);
		return false;
	}
	leaf = make_room(tab, fresh.fd);
	at = leaf_find(leaf, fresh.fd);
	memmove(&leaf->ents[at + 1], &leaf->ents[at],
		(leaf->count - at) * sizeof(leaf->ents[0]));
	leaf->ents[at] = fresh;
	leaf->count++;
	tab->count++;
	name(tab->mem, fresh.obj);
	if (!fresh.ghost)
		add_holder(tab->mem, fresh.obj, owner, false);
	return true;
}

void fdtab_close(struct fdtab **tabp, struct proc *owner, int fd)
{
	if (fdtab_get_ghost(*tabp, fd))
		drop_fd(own(tabp), owner, fd);
}

void fdtab_close_range(struct fdtab **tabp, struct proc *owner, uint64_t first,
		       uint64_t last, bool only_mark)
{
	struct fdtab *tab = own(tabp);

	for (uint32_t i = tab->nleaves; i-- > 0;) {
		for (uint32_t at = tab->leaves[i]->count; at-- > 0;) {
			uint64_t fd = (uint64_t)tab->leaves[i]->ents[at].fd;

			if (fd < first || fd > last)
				continue;
			if (only_mark)
				own_leaf(tab, i)->ents[at].cloexec = true;
			else
				drop(tab, owner, i, at);
		}
	}
}

static bool any_marked(const struct fdtab *tab)
{
	for (uint32_t i = 0; i < tab->nleaves; i++) {
		for (uint32_t at = 0; at < tab->leaves[i]->count; at++) {
			if (tab->leaves[i]->ents[at].cloexec)
				return true;
		}
	}
	return false;
}

static void haunt(struct fdtab *tab, struct proc *owner, uint32_t i, uint32_t at)
{
	struct fdent *ent = &own_leaf(tab, i)->ents[at];

	ent->ghost = true;
	if (owner)
		drop_holder(ent->obj, owner, false);
}

void fdtab_exec(struct fdtab **tabp, struct proc *owner)
{
	struct fdtab *tab;

	if (!any_marked(*tabp))
		return;
	tab = own(tabp);
	for (uint32_t i = tab->nleaves; i-- > 0;) {
		for (uint32_t at = tab->leaves[i]->count; at-- > 0;) {
			const struct fdent *ent = &tab->leaves[i]->ents[at];

			if (ent->ghost)
				drop(tab, owner, i, at);
			else if (ent->cloexec)
				haunt(tab, owner, i, at);
		}
	}
}

void fdtab_note_leak(struct fdtab **tabp, struct evref at)
{
	own(tabp)->leak = at.serial;
}

bool fdtab_is_leaky(const struct fdtab *tab, const struct fdent *ent)
{
	return ent->placed.serial < tab->leak;
}

void fdtab_hold(struct fdtab *tab, struct proc *owner)
{
	for (uint32_t i = 0; i < tab->nleaves; i++) {
		struct leaf *leaf = tab->leaves[i];

		for (uint32_t at = 0; at < leaf->count; at++) {
			if (!leaf->ents[at].ghost)
				add_holder(tab->mem, leaf->ents[at].obj, owner, true);
		}
	}
}

void fdtab_release(struct fdtab *tab, struct proc *owner)
{
	for (uint32_t i = 0; i < tab->nleaves; i++) {
		struct leaf *leaf = tab->leaves[i];

		for (uint32_t at = 0; at < leaf->count; at++)
			drop_holder(leaf->ents[at].obj, owner, true);
	}
}

/* ---- saving ---- */

static const struct pack_field fdent_rows[] = {
	PACK_OWN(struct fdent, obj, &pack_fdobj), PACK_FLAT(struct fdent, placed),
	PACK_NUMBER(struct fdent, fd), /* and the bits behind it */
};
static const struct pack_type pack_fdent = PACK_TABLE("fdent", struct fdent, fdent_rows);

static void put_leaf_head(struct packer *packer, const void *obj)
{
	const struct leaf *leaf = obj;

	pack_number(packer, leaf->cap);
}

static void *make_leaf(struct unpacker *unpacker)
{
	uint64_t cap = unpack_number(unpacker);
	struct leaf *leaf;

	if (cap > LEAF_MAX)
		return NULL;
	leaf = unpack_room(unpacker, sizeof(*leaf) + cap * sizeof(leaf->ents[0]));
	leaf->cap = (uint16_t)cap;
	return leaf;
}

static const struct pack_field leaf_rows[] = {
	PACK_NUMBER(struct leaf, refs),
	PACK_NUMBER(struct leaf, count),
	PACK_KEPT(struct leaf, cap),
	PACK_BEHIND(struct leaf, ents, &pack_fdent, PACK_COUNTED_BY(struct leaf, count),
		    PACK_PLACES_IN(struct leaf, cap)),
};
static const struct pack_type pack_leaf = PACK_COUNTED_TABLE(
	"leaf", struct leaf, leaf_rows, .put_head = put_leaf_head, .make = make_leaf);

static bool settle_table(struct unpacker *unpacker, void *obj)
{
	struct proctab *procs = unpack_root(unpacker, &pack_proctab);
	struct fdtab *tab = obj;

	tab->mem = procs ? &procs->mem : NULL;
	return procs != NULL;
}

static const struct pack_field fdtab_rows[] = {
	PACK_NUMBER(struct fdtab, refs),
	PACK_NUMBER(struct fdtab, count),
	PACK_NUMBER(struct fdtab, leak),
	PACK_NUMBER(struct fdtab, nleaves),
	PACK_NUMBER(struct fdtab, leaves_cap),
	PACK_REFS(struct fdtab, leaves, &pack_leaf,
		  PACK_COUNTED_BY(struct fdtab, nleaves),
		  PACK_PLACES_IN(struct fdtab, leaves_cap), .room_max = LIMIT_FDS,
		  .owned = true),
	PACK_KEPT(struct fdtab, mem),
};
const struct pack_type pack_fdtab =
	PACK_COUNTED_TABLE("fdtab", struct fdtab, fdtab_rows, .settle = settle_table);
