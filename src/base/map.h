/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hash map from bytes or 64-bit numbers to pointers, keyed by a per-process
 * random seed because attackers choose the keys. Keys of map_put are copied;
 * values are borrowed. One map uses one kind of key.
 */
#ifndef AUSPEX_BASE_MAP_H
#define AUSPEX_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct map;

struct map_iter {
	size_t at;
};

struct map *map_new(void);
/* Frees the map and its keys, not the values; leaves *map NULL. */
void map_free(struct map **map);
size_t map_count(const struct map *map);

/* NULL when absent. */
void *map_get(const struct map *map, struct slice key);
/* Adds or replaces; returns the value that was there before, or NULL. */
void *map_put(struct map *map, struct slice key, void *value);
/* Returns the value that was removed, or NULL. */
void *map_del(struct map *map, struct slice key);

void *map_get_u64(const struct map *map, uint64_t key);
void *map_put_u64(struct map *map, uint64_t key, void *value);
void *map_del_u64(struct map *map, uint64_t key);

/*
 * Start with a zeroed struct map_iter; false at the end. The order is not
 * stable, and nothing may be added or removed while iterating.
 */
bool map_next(const struct map *map, struct map_iter *iter, struct slice *key,
	      void **value);
/* The same for keys that are numbers. */
bool map_next_u64(const struct map *map, struct map_iter *iter, uint64_t *key,
		  void **value);

/* Seeded SipHash-1-3 of bytes; the seed is drawn once per process. */
uint64_t hash_bytes(const void *bytes, size_t len);
uint64_t hash_u64(uint64_t value);
/* The same in every process: for what is kept, not for tables. */
uint64_t hash_fixed(const void *bytes, size_t len);

#endif
