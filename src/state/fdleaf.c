/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaves of descriptor tables, and who holds what they name. */
#include "state/fdleaf.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* ---- holders ---- */

void holder_add(struct memory *mem, struct fdobj *obj, struct proc *owner, bool begins)
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

void holder_drop(struct fdobj *obj, const struct proc *owner, bool wholly)
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

struct leaf *leaf_new(struct memory *mem, uint32_t cap)
{
	struct leaf *leaf = xmalloc(sizeof(*leaf) + cap * sizeof(leaf->ents[0]));

	leaf->refs = 1;
	leaf->count = 0;
	leaf->cap = (uint16_t)cap;
	leaf->rest = NULL;
	mem->bytes += leaf_size(cap);
	return leaf;
}

void leaf_name(struct memory *mem, struct fdobj *obj)
{
	mem->entries++;
	if (obj->named++ == 0) {
		size_t weight = (fdobj_size(obj) + MALLOC_COST) / 8;

		obj->weight = weight < UINT16_MAX ? (uint16_t)weight : UINT16_MAX;
		mem->bytes += obj->weight * 8u;
	}
}

void leaf_unname(struct memory *mem, struct fdobj *obj)
{
	mem->entries--;
	if (--obj->named == 0) {
		mem->bytes -= obj->weight * 8u;
		forget_holders(mem, obj);
	}
	fdobj_unref(&obj);
}

void leaf_unref(struct memory *mem, struct leaf *leaf)
{
	if (--leaf->refs)
		return;
	for (uint32_t i = 0; !leaf->rest && i < leaf->count; i++)
		leaf_unname(mem, leaf->ents[i].obj);
	fdrest_free(mem, &leaf->rest);
	mem->bytes -= leaf_size(leaf->cap);
	free(leaf);
}

struct leaf *leaf_copy(struct memory *mem, const struct leaf *leaf, uint32_t from,
		       uint32_t count, uint32_t cap)
{
	struct leaf *copy = leaf_new(mem, cap);

	copy->count = (uint16_t)count;
	memcpy(copy->ents, leaf->ents + from, count * sizeof(copy->ents[0]));
	for (uint32_t i = 0; i < count; i++)
		leaf_name(mem, fdobj_ref(copy->ents[i].obj));
	return copy;
}

uint32_t leaf_find(const struct leaf *leaf, int fd)
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

int leaf_first(const struct leaf *leaf)
{
	return leaf->rest ? fdrest_first(leaf->rest) : leaf->ents[0].fd;
}

uint32_t leaf_count(const struct leaf *leaf)
{
	return leaf->rest ? fdrest_count(leaf->rest) : leaf->count;
}

struct leaf *leaf_grow(struct memory *mem, struct leaf *leaf)
{
	uint32_t cap = leaf->cap * 2u;

	leaf = xreallocarray(leaf, 1, sizeof(*leaf) + cap * sizeof(leaf->ents[0]));
	mem->bytes += leaf_size(cap) - leaf_size(leaf->cap);
	leaf->cap = (uint16_t)cap;
	return leaf;
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
	PACK_REF(struct leaf, rest, &pack_fdrest),
	PACK_BEHIND(struct leaf, ents, &pack_fdent, PACK_COUNTED_BY(struct leaf, count),
		    PACK_PLACES_IN(struct leaf, cap)),
};
const struct pack_type pack_leaf = PACK_COUNTED_TABLE(
	"leaf", struct leaf, leaf_rows, .put_head = put_leaf_head, .make = make_leaf);
