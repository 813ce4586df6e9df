/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { ARENA_BLOCK = 4096, ARENA_ALIGN = _Alignof(max_align_t) };

struct arena_block {
	struct arena_block *older;
	size_t size;
	max_align_t data[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){ 0 };
}

void arena_fini(struct arena *arena)
{
	struct arena_block *older;

	for (struct arena_block *b = arena->blocks; b; b = older) {
		older = b->older;
		free(b);
	}
	arena_init(arena);
}

void arena_reset(struct arena *arena)
{
	struct arena_block *keep = arena->blocks;

	if (!keep)
		return;
	/* A block that one big piece made is not worth keeping. */
	if (keep->size > ARENA_BLOCK) {
		arena_fini(arena);
		return;
	}
	if (keep->older) {
		arena->blocks = keep->older;
		arena_fini(arena);
		keep->older = NULL;
	}
	arena->blocks = keep;
	arena->next = (char *)keep->data;
	arena->left = keep->size;
}

static void add_block(struct arena *arena, size_t need)
{
	size_t size = need > ARENA_BLOCK ? need : ARENA_BLOCK;
	struct arena_block *b = xmalloc(sizeof(*b) + size);

	b->older = arena->blocks;
	b->size = size;
	arena->blocks = b;
	arena->next = (char *)b->data;
	arena->left = size;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t need = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	void *piece;

	if (need < size)
		abort();
	if (need > arena->left)
		add_block(arena, need);
	piece = arena->next;
	arena->next += need;
	arena->left -= need;
	return piece;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strdup(struct arena *arena, const char *str)
{
	return arena_slice_dup(arena, slice_str(str));
}

char *arena_slice_dup(struct arena *arena, struct slice s)
{
	char *copy = arena_alloc(arena, s.len + 1);

	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *out;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	out = arena_alloc(arena, (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(out, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return out;
}
