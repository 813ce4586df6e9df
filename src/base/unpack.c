/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what pack.c wrote. Every number is held against what is left of
 * the bytes, every reference against the type that is to stand there, and
 * every count of references against the references that came: damaged bytes
 * leave nothing behind.
 */
#include "base/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/pack_priv.h"
#include "base/xalloc.h"

struct object {
	const struct pack_type *type;
	void *obj;
	uint32_t refs; /* owned ones that were read */
};

/* A pointer that gets its value at the end. */
struct weak {
	void **at;
	const struct pack_type *type;
};

struct unpacker {
	struct slice in;
	struct weak *weak;
	size_t nweak, weak_cap;
	bool bad;
	struct object *objects;
	size_t n, cap, nroots;
	void **blocks; /* all that was allocated */
	size_t nblocks, blocks_cap;
	struct map **maps; /* all that were made */
	size_t nmaps, maps_cap;
};

static void keep(struct unpacker *u, void *block)
{
	if (u->nblocks == u->blocks_cap) {
		u->blocks_cap = u->blocks_cap ? u->blocks_cap * 2 : 1024;
		u->blocks = xreallocarray(u->blocks, u->blocks_cap, sizeof(*u->blocks));
	}
	u->blocks[u->nblocks++] = block;
}

void *unpack_room(struct unpacker *u, size_t size)
{
	void *block = xcalloc(1, size);

	keep(u, block);
	return block;
}

uint64_t unpack_number(struct unpacker *u)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char c;

		if (u->in.len == 0)
			break;
		c = (unsigned char)u->in.ptr[0];
		u->in = slice_skip(u->in, 1);
		number |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return number;
	}
	u->bad = true;
	return 0;
}

struct slice unpack_bytes(struct unpacker *u, size_t len)
{
	struct slice bytes = slice_make(u->in.ptr, len);

	if (len > u->in.len) {
		u->bad = true;
		return slice_make(NULL, 0);
	}
	u->in = slice_skip(u->in, len);
	return bytes;
}

/* How many things come: each of them takes a byte at least. */
static size_t get_count(struct unpacker *u)
{
	uint64_t n = unpack_number(u);

	if (n > u->in.len + 1) { /* one more than there are: see put_list() */
		u->bad = true;
		return 0;
	}
	return (size_t)n;
}

static void get_flat(struct unpacker *u, char *at, size_t size)
{
	struct slice bytes = unpack_bytes(u, size);

	if (bytes.ptr)
		memcpy(at, bytes.ptr, size);
}

static void add_object(struct unpacker *u, const struct pack_type *type, void *obj)
{
	if (u->n == u->cap) {
		u->cap = u->cap ? u->cap * 2 : 1024;
		u->objects = xreallocarray(u->objects, u->cap, sizeof(*u->objects));
	}
	u->objects[u->n++] = (struct object){ type, obj, 0 };
}

static void *get_ref(struct unpacker *u, const struct pack_type *type, bool owned)
{
	uint64_t id = unpack_number(u);
	void *obj;

	if (id == 0 || u->bad)
		return NULL;
	if (id == u->n + 1 && u->n < LIMIT_PACK_OBJECTS) {
		obj = type->make ? type->make(u) : unpack_room(u, type->size);
		if (!obj)
			u->bad = true;
		else
			add_object(u, type, obj);
	}
	if (u->bad || id > u->n || u->objects[id - 1].type != type) {
		u->bad = true;
		return NULL;
	}
	u->objects[id - 1].refs += owned;
	return u->objects[id - 1].obj;
}

static void await_weak(struct unpacker *u, const struct pack_type *type, void **at)
{
	*at = NULL;
	if (u->nweak == u->weak_cap) {
		u->weak_cap = u->weak_cap ? u->weak_cap * 2 : 64;
		u->weak = xreallocarray(u->weak, u->weak_cap, sizeof(*u->weak));
	}
	u->weak[u->nweak++] = (struct weak){ at, type };
}

/* An object of another type stands at an address that was left over. */
static void get_weak(struct unpacker *u)
{
	for (size_t i = 0; i < u->nweak && !u->bad; i++) {
		uint64_t id = unpack_number(u);

		u->bad |= id > u->n;
		if (id && !u->bad && u->objects[id - 1].type == u->weak[i].type)
			*u->weak[i].at = u->objects[id - 1].obj;
	}
}

void *unpack_root(struct unpacker *u, const struct pack_type *type)
{
	for (size_t i = 0; i < u->nroots; i++) {
		if (u->objects[i].type == type)
			return u->objects[i].obj;
	}
	u->bad = true;
	return NULL;
}

static struct slice get_string(struct unpacker *u)
{
	size_t len = get_count(u);

	return len ? unpack_bytes(u, len - 1) : slice_make(NULL, 0);
}

static char *get_text(struct unpacker *u)
{
	struct slice text = get_string(u);
	char *copy;

	if (!text.ptr)
		return NULL;
	copy = xmemdup0(text.ptr, text.len);
	keep(u, copy);
	return copy;
}

static const char *get_name(struct unpacker *u, const struct pack_field *f)
{
	struct slice text = get_string(u);
	const char *name = text.ptr ? f->find(text) : NULL;

	u->bad |= text.ptr && !name;
	return name;
}

static char **get_texts(struct unpacker *u, size_t *count)
{
	size_t n = get_count(u);
	char **texts;

	if (n == 0 || u->bad)
		return NULL;
	*count = n - 1;
	texts = unpack_room(u, n * sizeof(*texts));
	for (size_t i = 0; i + 1 < n; i++) {
		texts[i] = get_text(u);
		u->bad |= !texts[i];
	}
	return texts;
}

static void get_struct(struct unpacker *u, const struct pack_type *type, char *obj);

static void get_structs(struct unpacker *u, const struct pack_field *f, char *at,
			size_t n)
{
	for (size_t i = 0; i < n && !u->bad; i++)
		get_struct(u, f->type, at + i * f->type->size);
}

static void get_refs(struct unpacker *u, const struct pack_field *f, void **at, size_t n)
{
	for (size_t i = 0; i < n && !u->bad; i++)
		at[i] = get_ref(u, f->type, f->owned);
}

static void get_key(struct unpacker *u, const struct pack_field *f, struct strbuf *key)
{
	struct slice bytes;

	strbuf_clear(key);
	if (f->key == PACK_KEY_OBJECT) {
		const void *obj = get_ref(u, f->key_type, false);

		strbuf_add(key, &obj, sizeof(obj));
	}
	bytes = unpack_bytes(u, get_count(u));
	if (bytes.ptr)
		strbuf_add_slice(key, bytes);
}

static void *get_value(struct unpacker *u, const struct pack_field *f)
{
	if (f->type)
		return get_ref(u, f->type, f->owned);
	if (f->texts)
		return get_text(u);
	return (void *)(uintptr_t)unpack_number(u);
}

static struct map *get_map(struct unpacker *u, const struct pack_field *f)
{
	size_t n = get_count(u);
	struct strbuf key;
	struct map *map;

	if (n == 0)
		return NULL;
	map = map_new();
	if (u->nmaps == u->maps_cap) {
		u->maps_cap = u->maps_cap ? u->maps_cap * 2 : 16;
		u->maps = xreallocarray(u->maps, u->maps_cap, sizeof(struct map *));
	}
	u->maps[u->nmaps++] = map;
	strbuf_init(&key);
	for (size_t i = 1; i < n && !u->bad; i++) {
		if (f->key == PACK_KEY_NUMBER || f->key == PACK_KEY_ADDRESS) {
			uint64_t number =
				f->key == PACK_KEY_NUMBER
					? unpack_number(u)
					: (uintptr_t)get_ref(u, f->key_type, false);

			map_put_u64(map, number, get_value(u, f));
		} else {
			get_key(u, f, &key);
			map_put(map, strbuf_slice(&key), get_value(u, f));
		}
	}
	strbuf_fini(&key);
	return map;
}

/* Parts behind a struct have the room that its make() gave it. */
static void get_parts(struct unpacker *u, const struct pack_field *f, char *obj, size_t n)
{
	size_t room = f->size ? f->size / f->type->size : pack_room(f, obj);

	if (n > room)
		u->bad = true;
	else
		get_structs(u, f, obj + f->at, n);
}

static size_t get_list(struct unpacker *u, const struct pack_field *f, char *obj)
{
	size_t n = get_count(u), room;
	size_t each = f->kind == PACK_AS_REFS ? sizeof(void *) : f->type->size;
	void *array;

	if (n-- == 0)
		return 0;
	room = pack_least_room(f, n);
	if (f->room_max) {
		room = unpack_number(u);
		u->bad |= room < n || room > f->room_max;
	}
	if (room == 0 || u->bad)
		return 0;
	if (f->kind == PACK_AS_PARTS) {
		get_parts(u, f, obj, n);
		return n;
	}
	array = unpack_room(u, room * each);
	memcpy(obj + f->at, &array, sizeof(array));
	if (f->kind == PACK_AS_ITEMS)
		get_structs(u, f, array, n);
	else
		get_refs(u, f, array, n);
	return n;
}

/* Returns how many things came, where they are counted. */
static size_t get_field(struct unpacker *u, const struct pack_field *f, char *obj)
{
	void **at = (void **)(void *)(obj + f->at);
	size_t count = 0;

	switch (f->kind) {
	case PACK_AS_KEPT: break;
	case PACK_AS_FLAT: get_flat(u, obj + f->at, f->size); break;
	case PACK_AS_TEXT: *at = get_text(u); break;
	case PACK_AS_NAME: *(const char **)at = get_name(u, f); break;
	case PACK_AS_TEXTS: *at = get_texts(u, &count); break;
	case PACK_AS_REF: *at = get_ref(u, f->type, f->owned); break;
	case PACK_AS_WEAK: await_weak(u, f->type, at); break;
	case PACK_AS_ROW: get_refs(u, f, at, f->n); break;
	case PACK_AS_PART:
		if (!f->when || f->when(obj))
			get_struct(u, f->type, obj + f->at);
		break;
	case PACK_AS_REFS:
	case PACK_AS_PARTS:
	case PACK_AS_ITEMS: return get_list(u, f, obj);
	case PACK_AS_MAP: *at = get_map(u, f); break;
	}
	return count;
}

/* The count came with the items and stands in the struct: are they one? */
static void settle_list(struct unpacker *u, const struct pack_field *f, char *obj,
			size_t n)
{
	size_t room = pack_least_room(f, n);
	uint32_t room32;
	const void *array;

	if (f->count_size == 0 || u->bad)
		return;
	u->bad |= pack_count(f, obj) != n;
	if (f->room_max || f->kind == PACK_AS_PARTS)
		return;
	memcpy(&array, obj + f->at, sizeof(array));
	room = array ? room : 0;
	room32 = (uint32_t)room;
	if (f->room_size == sizeof(room32))
		memcpy(obj + f->room, &room32, sizeof(room32));
	else if (f->room_size == sizeof(room))
		memcpy(obj + f->room, &room, sizeof(room));
}

static void get_struct(struct unpacker *u, const struct pack_type *type, char *obj)
{
	size_t counts[LIMIT_PACK_FIELDS], end = 0;

	for (size_t i = 0; i < type->nfields && !u->bad; i++) {
		const struct pack_field *f = &type->fields[i];

		if (f->at > end)
			get_flat(u, obj + end, f->at - end);
		counts[i] = get_field(u, f, obj);
		end = f->at + f->size;
	}
	if (type->size > end && !u->bad)
		get_flat(u, obj + end, type->size - end);
	for (size_t i = 0; i < type->nfields && !u->bad; i++)
		settle_list(u, &type->fields[i], obj, counts[i]);
	if (type->settle && !u->bad)
		u->bad |= !type->settle(u, obj);
}

/* ---- all of it ---- */

static void check_refs(struct unpacker *u)
{
	for (size_t i = u->nroots; i < u->n && !u->bad; i++) {
		const struct object *o = &u->objects[i];

		if (o->type->counted &&
		    pack_member(o->obj, o->type->refs_at, sizeof(o->refs)) != o->refs)
			u->bad = true;
	}
}

/* What the roots held before: empty maps are all that they own. */
static void free_old_maps(const struct pack_root *root, char *before)
{
	for (size_t i = 0; i < root->type->nfields; i++) {
		const struct pack_field *f = &root->type->fields[i];

		if (f->kind == PACK_AS_MAP)
			map_free((struct map **)(void *)(before + f->at));
		else if (f->kind == PACK_AS_PART && !f->when)
			free_old_maps(&(struct pack_root){ f->type, NULL },
				      before + f->at);
	}
}

static void forget_all(struct unpacker *u)
{
	for (size_t i = 0; i < u->nblocks; i++)
		free(u->blocks[i]);
	for (size_t i = 0; i < u->nmaps; i++)
		map_free(&u->maps[i]);
}

bool unpack_graph(const struct pack_root *roots, size_t n, struct slice bytes)
{
	struct unpacker u = { .in = bytes, .nroots = n };
	void **before = xreallocarray(NULL, n, sizeof(*before));

	for (size_t i = 0; i < n; i++) {
		add_object(&u, roots[i].type, roots[i].obj);
		before[i] = xmalloc(roots[i].type->size);
		memcpy(before[i], roots[i].obj, roots[i].type->size);
	}
	for (size_t i = 0; i < u.n && !u.bad; i++)
		get_struct(&u, u.objects[i].type, u.objects[i].obj);
	get_weak(&u);
	u.bad |= u.in.len != 0;
	check_refs(&u);
	if (u.bad)
		forget_all(&u);
	for (size_t i = 0; i < n; i++) {
		if (u.bad)
			memcpy(roots[i].obj, before[i], roots[i].type->size);
		else
			free_old_maps(&roots[i], before[i]);
		free(before[i]);
	}
	free(before);
	free(u.objects);
	free(u.blocks);
	free(u.maps);
	free(u.weak);
	return !u.bad;
}
