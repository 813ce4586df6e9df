/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bump allocator: many small pieces, freed at once. What arena_* returns
 * belongs to the arena and lives until arena_reset or arena_fini.
 */
#ifndef AUSPEX_BASE_ARENA_H
#define AUSPEX_BASE_ARENA_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;
	char *next;
	size_t left;
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);
/* Forgets all pieces, keeps one block for the next use. */
void arena_reset(struct arena *arena);

/* Aligned for any type; contents undefined. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);
/* NUL-terminated copies. */
char *arena_strdup(struct arena *arena, const char *str);
char *arena_slice_dup(struct arena *arena, struct slice s);
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
