/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects are numbered in the order in which they are first met, roots
 * first, and written in that order; a reference is a number, and one more
 * than the last means "a new one". So reading needs no table of contents,
 * and meets each object before it fills it. Nothing is recursive but structs
 * within structs.
 */
#include "base/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/pack_priv.h"
#include "base/xalloc.h"

enum { PIECE = 64 << 10 };

struct todo {
	const struct pack_type *type;
	const void *obj;
};

struct packer {
	struct strbuf *out;
	const void **weak; /* in the order in which they were met */
	size_t nweak, weak_cap;
	struct map *ids; /* by address */
	struct todo *todo;
	size_t n, cap;
};

void pack_number(struct packer *p, uint64_t number)
{
	for (; number > 0x7f; number >>= 7)
		strbuf_add_char(p->out, (char)(number | 0x80));
	strbuf_add_char(p->out, (char)number);
}

void pack_bytes(struct packer *p, const void *bytes, size_t len)
{
	strbuf_add(p->out, bytes, len);
}

/* The number of obj, new or not. */
static size_t meet(struct packer *p, const struct pack_type *type, const void *obj)
{
	uint64_t key = (uint64_t)(uintptr_t)obj;
	size_t id = (size_t)(uintptr_t)map_get_u64(p->ids, key);

	if (id)
		return id - 1;
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 1024;
		p->todo = xreallocarray(p->todo, p->cap, sizeof(*p->todo));
	}
	p->todo[p->n] = (struct todo){ type, obj };
	map_put_u64(p->ids, key, (void *)(uintptr_t)++p->n);
	return p->n - 1;
}

static void put_ref(struct packer *p, const struct pack_type *type, const void *obj)
{
	size_t known = p->n, id;

	if (!obj) {
		pack_number(p, 0);
		return;
	}
	id = meet(p, type, obj);
	pack_number(p, id + 1);
	if (id == known && type->put_head)
		type->put_head(p, obj);
}

/* Whether it is there is known only when all is written. */
static void put_weak(struct packer *p, const void *obj)
{
	if (p->nweak == p->weak_cap) {
		p->weak_cap = p->weak_cap ? p->weak_cap * 2 : 64;
		p->weak = xreallocarray(p->weak, p->weak_cap, sizeof(*p->weak));
	}
	p->weak[p->nweak++] = obj;
}

static void put_text(struct packer *p, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	pack_number(p, text ? len + 1 : 0);
	pack_bytes(p, text, len);
}

static void put_struct(struct packer *p, const struct pack_type *type, const char *obj);

static void put_structs(struct packer *p, const struct pack_field *f, const char *at,
			size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_struct(p, f->type, at + i * f->type->size);
}

static void put_refs(struct packer *p, const struct pack_field *f, void *const *at,
		     size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_ref(p, f->type, at[i]);
}

static void put_value(struct packer *p, const struct pack_field *f, void *value)
{
	if (f->type)
		put_ref(p, f->type, value);
	else if (f->texts)
		put_text(p, value);
	else
		pack_number(p, (uint64_t)(uintptr_t)value);
}

static void put_map(struct packer *p, const struct pack_field *f, const struct map *map)
{
	struct map_iter it = { 0 };
	struct slice key;
	uint64_t number;
	void *value;

	pack_number(p, map ? map_count(map) + 1 : 0);
	while (map && f->key == PACK_KEY_NUMBER &&
	       map_next_u64(map, &it, &number, &value)) {
		pack_number(p, number);
		put_value(p, f, value);
	}
	while (map && f->key == PACK_KEY_ADDRESS &&
	       map_next_u64(map, &it, &number, &value)) {
		put_ref(p, f->key_type, (void *)(uintptr_t)number);
		put_value(p, f, value);
	}
	if (!map || f->key == PACK_KEY_NUMBER || f->key == PACK_KEY_ADDRESS)
		return;
	while (map_next(map, &it, &key, &value)) {
		if (f->key == PACK_KEY_OBJECT) {
			put_ref(p, f->key_type, *(void *const *)(const void *)key.ptr);
			key = slice_skip(key, sizeof(void *));
		}
		pack_number(p, key.len);
		pack_bytes(p, key.ptr, key.len);
		put_value(p, f, value);
	}
}

static void put_list(struct packer *p, const struct pack_field *f, const char *obj)
{
	const char *at = obj + f->at;
	void *array = f->kind == PACK_AS_PARTS ? NULL : *(void *const *)(const void *)at;
	size_t n = pack_count(f, obj);
	bool there = array || f->kind == PACK_AS_PARTS;

	pack_number(p, there ? n + 1 : 0);
	if (!there)
		return;
	if (f->room_max)
		pack_number(p, pack_room(f, obj));
	if (f->kind == PACK_AS_PARTS)
		put_structs(p, f, at, n);
	else if (f->kind == PACK_AS_ITEMS)
		put_structs(p, f, array, n);
	else
		put_refs(p, f, array, n);
}

static void put_texts(struct packer *p, char *const *texts, size_t n)
{
	pack_number(p, texts ? n + 1 : 0);
	for (size_t i = 0; texts && i < n; i++)
		put_text(p, texts[i]);
}

static void put_field(struct packer *p, const struct pack_field *f, const char *obj)
{
	const char *at = obj + f->at;
	void *const *pointer = (void *const *)(const void *)at;

	switch (f->kind) {
	case PACK_AS_KEPT: break;
	case PACK_AS_FLAT: pack_bytes(p, at, f->size); break;
	case PACK_AS_TEXT:
	case PACK_AS_NAME: put_text(p, *pointer); break;
	case PACK_AS_TEXTS: put_texts(p, *pointer, pack_count(f, obj)); break;
	case PACK_AS_REF: put_ref(p, f->type, *pointer); break;
	case PACK_AS_WEAK: put_weak(p, *pointer); break;
	case PACK_AS_ROW: put_refs(p, f, pointer, f->n); break;
	case PACK_AS_PART:
		if (!f->when || f->when(obj))
			put_struct(p, f->type, at);
		break;
	case PACK_AS_REFS:
	case PACK_AS_PARTS:
	case PACK_AS_ITEMS: put_list(p, f, obj); break;
	case PACK_AS_MAP: put_map(p, f, *pointer); break;
	}
}

static void put_struct(struct packer *p, const struct pack_type *type, const char *obj)
{
	size_t end = 0;

	for (size_t i = 0; i < type->nfields; i++) {
		const struct pack_field *f = &type->fields[i];

		if (f->at > end)
			pack_bytes(p, obj + end, f->at - end);
		put_field(p, f, obj);
		end = f->at + f->size;
	}
	if (type->size > end)
		pack_bytes(p, obj + end, type->size - end);
}

void pack_graph_to(const struct pack_root *roots, size_t n,
		   void (*take)(void *ctx, const void *bytes, size_t len), void *ctx)
{
	struct strbuf piece;
	struct packer p = { .out = &piece, .ids = map_new() };

	strbuf_init(&piece);
	for (size_t i = 0; i < n; i++)
		meet(&p, roots[i].type, roots[i].obj);
	for (size_t i = 0; i < p.n; i++) {
		put_struct(&p, p.todo[i].type, p.todo[i].obj);
		if (piece.len < PIECE)
			continue;
		take(ctx, piece.ptr, piece.len);
		strbuf_clear(&piece);
	}
	for (size_t i = 0; i < p.nweak; i++)
		pack_number(&p, (uintptr_t)map_get_u64(p.ids, (uintptr_t)p.weak[i]));
	take(ctx, strbuf_str(&piece), piece.len);
	strbuf_fini(&piece);
	map_free(&p.ids);
	free(p.todo);
	free(p.weak);
}

static void append(void *ctx, const void *bytes, size_t len)
{
	strbuf_add(ctx, bytes, len);
}

void pack_graph(const struct pack_root *roots, size_t n, struct strbuf *out)
{
	pack_graph_to(roots, n, append, out);
}

/* ---- the tables themselves ---- */

/* A set of types: those that roots reach. */
struct types {
	const struct pack_type *all[LIMIT_PACK_TYPES];
	size_t n;
};

static void add_type(struct types *types, const struct pack_type *type)
{
	if (!type)
		return;
	for (size_t i = 0; i < types->n; i++) {
		if (types->all[i] == type)
			return;
	}
	if (types->n == LIMIT_PACK_TYPES)
		abort();
	types->all[types->n++] = type;
}

static void find_types(struct types *types, const struct pack_root *roots, size_t n)
{
	types->n = 0;
	for (size_t i = 0; i < n; i++)
		add_type(types, roots[i].type);
	for (size_t i = 0; i < types->n; i++) {
		for (size_t k = 0; k < types->all[i]->nfields; k++) {
			add_type(types, types->all[i]->fields[k].type);
			add_type(types, types->all[i]->fields[k].key_type);
		}
	}
}

static int check_type(const struct pack_type *type, struct err *err)
{
	size_t end = 0;

	if (type->nfields > LIMIT_PACK_FIELDS)
		return err_set(err, "%s: too many rows: raise LIMIT_PACK_FIELDS",
			       type->name);
	for (size_t i = 0; i <= type->nfields; i++) {
		const struct pack_field *f = i < type->nfields ? &type->fields[i] : NULL;
		size_t next = f ? f->at : type->size;

		if (f && next < end)
			return err_set(err, "%s: the row of %s is not in its place",
				       type->name, f->name);
		if (next >= end + sizeof(void *))
			return err_set(err,
				       "%s: no row for what stands %s %s: add one to "
				       "its table",
				       type->name, f ? "before" : "behind",
				       f ? f->name : type->fields[i - 1].name);
		if (f)
			end = f->at + f->size;
	}
	return 0;
}

int pack_check(const struct pack_root *roots, size_t n, struct err *err)
{
	struct types types;

	find_types(&types, roots, n);
	for (size_t i = 0; i < types.n; i++) {
		if (check_type(types.all[i], err) != 0)
			return -1;
	}
	return 0;
}

void pack_describe(const struct pack_root *roots, size_t n, struct strbuf *out)
{
	struct types types;

	find_types(&types, roots, n);
	for (size_t i = 0; i < types.n; i++) {
		const struct pack_type *type = types.all[i];

		strbuf_printf(out, "%s %zu\n", type->name, type->size);
		for (size_t k = 0; k < type->nfields; k++)
			strbuf_printf(out, " %s %d %zu %zu\n", type->fields[k].name,
				      type->fields[k].kind, type->fields[k].at,
				      type->fields[k].size);
	}
}
