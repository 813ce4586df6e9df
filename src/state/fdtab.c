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
#include "state/fdleaf.h"
#include "state/proc_priv.h"
#include "state/save.h"

struct fdtab {
	uint32_t refs;
	uint32_t count; /* entries in all leaves */
	uint32_t leak;  /* serial of the last unseen close; 0: none known */
	uint32_t nleaves, leaves_cap;
	struct leaf **leaves; /* references; none is empty */
	struct memory *mem;
};

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

		if (leaf_first(tab->leaves[mid]) <= fd)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* The leaf with its entries, which may have been at rest. */
static struct leaf *look(const struct fdtab *tab, uint32_t i)
{
	static const struct evref from_nothing;
	struct leaf *leaf = tab->leaves[i];

	if (!leaf->rest)
		return leaf;
	if (leaf->refs == 1)
		tab->leaves[i] = fdrest_unpack(tab->mem, &leaf->rest, from_nothing);
	else
		tab->leaves[i] = fdrest_copy(tab->mem, leaf->rest, from_nothing);
	leaf_unref(tab->mem, leaf);
	return tab->leaves[i];
}

const struct fdent *fdtab_get_ghost(const struct fdtab *tab, int fd)
{
	const struct leaf *leaf;
	uint32_t at;

	if (tab->count == 0)
		return NULL;
	leaf = look(tab, find_leaf(tab, fd));
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
	if (it->leaf < tab->nleaves && it->at == look(tab, it->leaf)->count) {
		it->leaf++;
		it->at = 0;
	}
	if (it->leaf >= tab->nleaves || it->done++ >= LIMIT_FD_SCAN)
		return NULL;
	return &look(tab, it->leaf)->ents[it->at++];
}

/* leaf and at count from the end. */
const struct fdent *fdtab_prev(const struct fdtab *tab, struct fdtab_iter *it)
{
	const struct leaf *leaf;

	if (it->leaf < tab->nleaves &&
	    it->at == look(tab, tab->nleaves - 1 - it->leaf)->count) {
		it->leaf++;
		it->at = 0;
	}
	if (it->leaf >= tab->nleaves || it->done++ >= LIMIT_FD_SCAN)
		return NULL;
	leaf = look(tab, tab->nleaves - 1 - it->leaf);
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
	struct leaf *leaf = look(tab, i);

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
		return tab->leaves[i] = leaf_grow(tab->mem, leaf);
	/* Numbers are mostly given in order: leave full ones behind. */
	if (fd > leaf->ents[leaf->count - 1].fd) {
		insert_leaf(tab, i + 1, leaf_new(tab->mem, LEAF_MAX));
		return tab->leaves[i + 1];
	}
	half = leaf->count / 2;
	rest = leaf_copy(tab->mem, leaf, half, leaf->count - half, LEAF_MAX);
	for (uint32_t k = half; k < leaf->count; k++)
		leaf_unname(tab->mem, leaf->ents[k].obj);
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
		holder_drop(ent.obj, owner, false);
	leaf_unname(tab->mem, ent.obj);
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
	leaf_name(tab->mem, fresh.obj);
	if (!fresh.ghost)
		holder_add(tab->mem, fresh.obj, owner, false);
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
		for (uint32_t at = look(tab, i)->count; at-- > 0;) {
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

static bool is_marked(const struct leaf *leaf)
{
	if (leaf->rest)
		return fdrest_has_marks(leaf->rest);
	for (uint32_t at = 0; at < leaf->count; at++) {
		if (leaf->ents[at].cloexec)
			return true;
	}
	return false;
}

static bool any_marked(const struct fdtab *tab)
{
	for (uint32_t i = 0; i < tab->nleaves; i++) {
		if (is_marked(tab->leaves[i]))
			return true;
	}
	return false;
}

static void haunt(struct fdtab *tab, struct proc *owner, uint32_t i, uint32_t at)
{
	struct fdent *ent = &own_leaf(tab, i)->ents[at];

	ent->ghost = true;
	if (owner)
		holder_drop(ent->obj, owner, false);
}

void fdtab_exec(struct fdtab **tabp, struct proc *owner)
{
	struct fdtab *tab;

	if (!any_marked(*tabp))
		return;
	tab = own(tabp);
	for (uint32_t i = tab->nleaves; i-- > 0;) {
		uint32_t at = is_marked(tab->leaves[i]) ? look(tab, i)->count : 0;

		while (at-- > 0) {
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

		if (leaf->rest && !fdrest_has_streams(leaf->rest))
			continue;
		leaf = look(tab, i);
		for (uint32_t at = 0; at < leaf->count; at++) {
			if (!leaf->ents[at].ghost)
				holder_add(tab->mem, leaf->ents[at].obj, owner, true);
		}
	}
}

/* What is at rest is held by nobody. */
void fdtab_release(struct fdtab *tab, struct proc *owner)
{
	for (uint32_t i = 0; i < tab->nleaves; i++) {
		struct leaf *leaf = tab->leaves[i];

		for (uint32_t at = 0; at < leaf->count; at++)
			holder_drop(leaf->ents[at].obj, owner, true);
	}
}

/* ---- at rest ---- */

/* After the leak that was noticed: what is known of the entries alone. */
static void settle_leak(const struct fdtab *tab, struct leaf *leaf)
{
	for (uint32_t at = 0; at < leaf->count; at++)
		leaf->ents[at].unsure |= fdtab_is_leaky(tab, &leaf->ents[at]);
}

static bool has_streams(const struct leaf *leaf)
{
	if (leaf->rest)
		return fdrest_has_streams(leaf->rest);
	for (uint32_t at = 0; at < leaf->count; at++) {
		if (fdobj_is_stream(leaf->ents[at].obj))
			return true;
	}
	return false;
}

static void remove_leaf(struct fdtab *tab, uint32_t i)
{
	uint32_t count = leaf_count(tab->leaves[i]);

	tab->count -= count;
	tab->mem->lost[LOSS_FDS] += count;
	leaf_unref(tab->mem, tab->leaves[i]);
	memmove(&tab->leaves[i], &tab->leaves[i + 1],
		(tab->nleaves - i - 1) * sizeof(struct leaf *));
	tab->nleaves--;
}

/*
 * Whoever wakes holds its streams at once: who has very many keeps the lowest
 * numbers only, so that it cannot be made to take long again and again.
 */
static void thin_streams(struct fdtab *tab)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < tab->nleaves && tab->count > LIMIT_FD_SCAN; i++) {
		if (!has_streams(tab->leaves[i]))
			continue;
		n += leaf_count(tab->leaves[i]);
		if (n > LIMIT_FD_SCAN)
			remove_leaf(tab, i--);
	}
}

static void rest_leaf(struct fdtab *tab, uint32_t i)
{
	static const struct evref from_nothing;
	struct leaf *leaf = tab->leaves[i];

	if (leaf->rest || leaf->refs > 1)
		return;
	tab->leaves[i] = leaf_new(tab->mem, 0);
	tab->leaves[i]->rest = fdrest_pack(tab->mem, leaf, from_nothing);
}

struct fdrest *fdtab_rest(struct fdtab **tabp, struct evref base)
{
	struct fdtab *tab = *tabp;
	struct fdrest *rest = NULL;

	if (tab->count == 0) {
		fdtab_unref(tabp);
		return NULL;
	}
	if (tab->refs > 1)
		return NULL;
	thin_streams(tab);
	if (tab->nleaves == 1 && tab->leaves[0]->refs == 1) {
		settle_leak(tab, look(tab, 0));
		rest = fdrest_pack(tab->mem, tab->leaves[0], base);
		tab->nleaves = 0;
		fdtab_unref(tabp);
		return rest;
	}
	for (uint32_t i = 0; i < tab->nleaves; i++)
		rest_leaf(tab, i);
	return NULL;
}

struct fdtab *fdtab_of_rest(struct memory *mem, struct fdrest **rest, struct evref base)
{
	struct fdtab *tab = fdtab_new(mem);

	if (!*rest)
		return tab;
	insert_leaf(tab, 0, fdrest_unpack(mem, rest, base));
	tab->count = tab->leaves[0]->count;
	if (tab->count == 0) { /* damaged */
		leaf_unref(mem, tab->leaves[0]);
		tab->nleaves = 0;
	}
	return tab;
}

/* ---- saving ---- */

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
