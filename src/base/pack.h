/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects that point at each other, as bytes and back. A table for each
 * struct says what its members are; everything that is reached from the
 * roots is written once, and comes back with the same shape: who pointed at
 * one object points at one object again.
 *
 * A table must cover its struct: pack_check() tells of a member without a
 * row. Rows stand in the order of the struct. Holes of less than a pointer
 * are copied as they are. The bytes are for the same build on the same kind
 * of machine; pack_digest() tells the layouts apart.
 */
#ifndef AUSPEX_BASE_PACK_H
#define AUSPEX_BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "base/strbuf.h"

struct packer;
struct unpacker;
struct pack_type;

enum pack_kind {
	PACK_AS_FLAT,  /* bytes, no pointers */
	PACK_AS_KEPT,  /* not saved: stays as whoever made the object left it */
	PACK_AS_TEXT,  /* char *, owned; or NULL */
	PACK_AS_TEXTS, /* char **, owned, a NULL behind the last; or NULL */
	PACK_AS_NAME,  /* const char * to one of some fixed strings; or NULL */
	PACK_AS_REF,   /* a pointer; or NULL */
	PACK_AS_WEAK, /* a pointer to what may be gone: NULL, if nothing else reaches it */
	PACK_AS_REFS,  /* an owned array of pointers */
	PACK_AS_ROW,   /* pointers in the struct itself, n of them */
	PACK_AS_PART,  /* a struct in the struct */
	PACK_AS_PARTS, /* structs in the struct, or behind it: as many as counted */
	PACK_AS_ITEMS, /* an owned array of structs */
	PACK_AS_MAP,   /* struct map *, owned; its values are refs, texts or numbers */
};

enum pack_key {
	PACK_KEY_NUMBER,
	PACK_KEY_BYTES,
	PACK_KEY_ADDRESS, /* the number is a pointer to a key_type */
	PACK_KEY_OBJECT,  /* bytes that begin with a pointer to a key_type */
};

struct pack_field {
	const char *name;
	enum pack_kind kind;
	size_t at, size;
	const struct pack_type *type, *key_type;
	bool owned;               /* REF...: it counts in the object's refs */
	size_t n;                 /* ROW: how many; ITEMS, REFS: least room */
	size_t most;              /* ITEMS: there are no more; 0: as counted */
	size_t count, count_size; /* where the number of items stands */
	size_t room, room_size;   /* where that of their places does; size 0: nowhere */
	size_t room_max;          /* 0: only as many places as items come back */
	enum pack_key key;
	bool texts;                             /* MAP: its values are owned strings */
	const char *(*find)(struct slice name); /* NAME: the fixed one, or NULL */
	bool (*when)(const void *obj);          /* PART: is it there? NULL: always */
};

struct pack_type {
	const char *name;
	size_t size;
	const struct pack_field *fields;
	size_t nfields;
	bool counted;   /* has a uint32_t that counts its owned refs: */
	size_t refs_at; /* there */
	/*
	 * For objects of varying size: writes what makes an empty one, and
	 * makes it with unpack_room(); NULL: damaged.
	 */
	void (*put_head)(struct packer *packer, const void *obj);
	void *(*make)(struct unpacker *unpacker);
	/* Once all its members are there; false: damaged. Or NULL. */
	bool (*settle)(struct unpacker *unpacker, void *obj);
};

/* Rows. T is the struct, m the member; a number that is none does not compile. */
#define PACK_ROW_OF(as, T, m, ...)                              \
	{                                                       \
		.name = #m, .kind = (as), .at = offsetof(T, m), \
		.size = sizeof(((T *)0)->m), __VA_ARGS__        \
	}
#define PACK_COUNTED_BY(T, m) .count = offsetof(T, m), .count_size = sizeof(((T *)0)->m)
#define PACK_PLACES_IN(T, m) .room = offsetof(T, m), .room_size = sizeof(((T *)0)->m)
#define PACK_NUMBER(T, m)                                                 \
	{                                                                 \
		.name = #m, .kind = PACK_AS_FLAT, .at = offsetof(T, m),   \
		.size = sizeof(((T *)0)->m) + 0 * sizeof(((T *)0)->m * 1) \
	}
#define PACK_FLAT(T, m) PACK_ROW_OF(PACK_AS_FLAT, T, m, )
#define PACK_KEPT(T, m) PACK_ROW_OF(PACK_AS_KEPT, T, m, )
#define PACK_TEXT(T, m) PACK_ROW_OF(PACK_AS_TEXT, T, m, )
#define PACK_TEXTS(T, m, n) PACK_ROW_OF(PACK_AS_TEXTS, T, m, PACK_COUNTED_BY(T, n))
#define PACK_NAME(T, m, fn) PACK_ROW_OF(PACK_AS_NAME, T, m, .find = (fn))
#define PACK_OWN(T, m, t) PACK_ROW_OF(PACK_AS_REF, T, m, .type = (t), .owned = true)
#define PACK_REF(T, m, t) PACK_ROW_OF(PACK_AS_REF, T, m, .type = (t))
#define PACK_WEAK(T, m, t) PACK_ROW_OF(PACK_AS_WEAK, T, m, .type = (t))
#define PACK_ROW(T, m, t, count) \
	PACK_ROW_OF(PACK_AS_ROW, T, m, .type = (t), .n = (count), .owned = true)
#define PACK_PART(T, m, t) PACK_ROW_OF(PACK_AS_PART, T, m, .type = (t))
#define PACK_PARTS(T, m, t, ...) \
	PACK_ROW_OF(PACK_AS_PARTS, T, m, .type = (t), __VA_ARGS__)
/* Parts behind the struct, as a flexible array. */
#define PACK_BEHIND(T, m, t, ...)                                                     \
	{                                                                             \
		.name = #m, .kind = PACK_AS_PARTS, .at = offsetof(T, m), .type = (t), \
		__VA_ARGS__                                                           \
	}
#define PACK_ITEMS(T, m, t, ...) \
	PACK_ROW_OF(PACK_AS_ITEMS, T, m, .type = (t), __VA_ARGS__)
#define PACK_REFS(T, m, t, ...) PACK_ROW_OF(PACK_AS_REFS, T, m, .type = (t), __VA_ARGS__)
/* Keys are numbers unless told otherwise; t NULL: so are the values. */
#define PACK_MAP(T, m, t, ...) PACK_ROW_OF(PACK_AS_MAP, T, m, .type = (t), ##__VA_ARGS__)

#define PACK_TABLE(label, T, rows)                                    \
	{                                                             \
		.name = (label), .size = sizeof(T), .fields = (rows), \
		.nfields = sizeof(rows) / sizeof((rows)[0])           \
	}
/* One whose refs count the references to it that are owned. */
#define PACK_COUNTED_TABLE(label, T, rows, ...)                               \
	{                                                                     \
		.name = (label), .size = sizeof(T), .fields = (rows),         \
		.nfields = sizeof(rows) / sizeof((rows)[0]), .counted = true, \
		.refs_at = offsetof(T, refs), __VA_ARGS__                     \
	}

struct pack_root {
	const struct pack_type *type;
	void *obj;
};

/* Appends everything that the roots reach. */
void pack_graph(const struct pack_root *roots, size_t n, struct strbuf *out);
/* Gives it to take piece by piece instead: of a large graph it is never all there. */
void pack_graph_to(const struct pack_root *roots, size_t n,
		   void (*take)(void *ctx, const void *bytes, size_t len), void *ctx);
/*
 * Fills roots that are as new, of the same types in the same order. false:
 * the bytes are damaged, and the roots are as they were.
 */
bool unpack_graph(const struct pack_root *roots, size_t n, struct slice bytes);

/* 0; -1: a table does not cover its struct, or its rows are out of order. */
int pack_check(const struct pack_root *roots, size_t n, struct err *err);
/* Adds a text that changes with any of the tables that the roots reach. */
void pack_describe(const struct pack_root *roots, size_t n, struct strbuf *out);

/* For put_head, make and settle. */
void pack_number(struct packer *packer, uint64_t number);
void pack_bytes(struct packer *packer, const void *bytes, size_t len);
uint64_t unpack_number(struct unpacker *unpacker);
/* Borrowed; empty and ptr NULL where there are not so many. */
struct slice unpack_bytes(struct unpacker *unpacker, size_t len);
/* Zeroed memory that belongs to the object that is being made. */
void *unpack_room(struct unpacker *unpacker, size_t size);
/* The root of that type. */
void *unpack_root(struct unpacker *unpacker, const struct pack_type *type);

#endif
