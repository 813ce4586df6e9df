/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pack.c and unpack.c share; nobody else includes this. */
#ifndef AUSPEX_BASE_PACK_PRIV_H
#define AUSPEX_BASE_PACK_PRIV_H

#include <string.h>

#include "base/pack.h"

enum {
	LIMIT_PACK_TYPES = 128,
	LIMIT_PACK_FIELDS = 64, /* of one struct */
	LIMIT_PACK_OBJECTS = 1 << 24,
};

/* A uint16_t, uint32_t or size_t; no size: 0. */
static inline size_t pack_member(const char *obj, size_t at, size_t size)
{
	uint16_t n16;
	uint32_t n32;
	uint64_t n64;

	switch (size) {
	case 0: return 0;
	case sizeof(n16): memcpy(&n16, obj + at, size); return n16;
	case sizeof(n32): memcpy(&n32, obj + at, size); return n32;
	default: memcpy(&n64, obj + at, sizeof(n64)); return (size_t)n64;
	}
}

static inline size_t pack_count(const struct pack_field *f, const char *obj)
{
	size_t n = pack_member(obj, f->count, f->count_size);

	if (f->count_size == 0 && f->kind == PACK_AS_PARTS)
		return f->size / f->type->size; /* all of an array in the struct */
	return f->most && n > f->most ? f->most : n;
}

static inline size_t pack_room(const struct pack_field *f, const char *obj)
{
	return pack_member(obj, f->room, f->room_size);
}

/* Places for n items that come back. */
static inline size_t pack_least_room(const struct pack_field *f, size_t n)
{
	return n < f->n ? f->n : n;
}

#endif
