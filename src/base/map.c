/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open addressing with linear probing and back-shift deletion, so that a
 * table with many deletions does not fill with tombstones.
 */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/xalloc.h"

enum { MAP_MIN = 16 };

/* The key of a byte map. */
struct bytes {
	size_t len;
	char at[];
};

struct entry {
	uint64_t hash; /* 0: empty */
	union {
		uint64_t number;
		struct bytes *bytes; /* owned */
	};
	void *value;
};

struct map {
	struct entry *entries;
	size_t cap; /* a power of two */
	size_t count;
	bool by_bytes;
};

/* What is looked for; bytes NULL: the number. */
struct key {
	uint64_t hash, number;
	const char *bytes;
	size_t len;
};

static uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

/* Inlined by force: the words then stay in registers. */
__attribute__((always_inline)) static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static const uint64_t *seed(void)
{
	static uint64_t key[2];
	static bool drawn;

	if (!drawn) {
		if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
			key[0] = (uint64_t)(uintptr_t)&key ^ 0x9e3779b97f4a7c15u;
		drawn = true;
	}
	return key;
}

static uint64_t siphash(const uint64_t key[2], const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
			  key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
	uint64_t last = (uint64_t)len << 56;
	uint64_t word;

	for (size_t left = len; left >= 8; left -= 8, at += 8) {
		memcpy(&word, at, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	for (size_t i = 0; i < (len & 7); i++)
		last |= (uint64_t)at[i] << (8 * i);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_bytes(const void *bytes, size_t len)
{
	return siphash(seed(), bytes, len);
}

uint64_t hash_fixed(const void *bytes, size_t len)
{
	static const uint64_t key[2] = { 0 };

	return siphash(key, bytes, len);
}

uint64_t hash_u64(uint64_t value)
{
	return hash_bytes(&value, sizeof(value));
}

struct map *map_new(void)
{
	struct map *map = xcalloc(1, sizeof(*map));

	map->cap = MAP_MIN;
	map->entries = xcalloc(map->cap, sizeof(*map->entries));
	return map;
}

void map_free(struct map **map)
{
	if (!*map)
		return;
	for (size_t i = 0; (*map)->by_bytes && i < (*map)->cap; i++)
		free((*map)->entries[i].bytes);
	free((*map)->entries);
	free(*map);
	*map = NULL;
}

size_t map_count(const struct map *map)
{
	return map->count;
}

static uint64_t not_zero(uint64_t hash)
{
	return hash ? hash : 1;
}

static bool same(const struct entry *e, const struct key *key)
{
	if (e->hash != key->hash)
		return false;
	if (!key->bytes)
		return e->number == key->number;
	return e->bytes->len == key->len &&
	       memcmp(e->bytes->at, key->bytes, key->len) == 0;
}

/* The entry with that key, or the empty one where it would stand. */
static struct entry *probe(const struct map *map, const struct key *key)
{
	size_t i = key->hash & (map->cap - 1);

	while (map->entries[i].hash && !same(&map->entries[i], key))
		i = (i + 1) & (map->cap - 1);
	return &map->entries[i];
}

/* Where an entry may be put whose key is not there yet. */
static struct entry *place(const struct map *map, uint64_t hash)
{
	size_t i = hash & (map->cap - 1);

	while (map->entries[i].hash)
		i = (i + 1) & (map->cap - 1);
	return &map->entries[i];
}

static void grow(struct map *map)
{
	struct entry *old = map->entries;
	size_t old_cap = map->cap;

	map->cap *= 2;
	map->entries = xcalloc(map->cap, sizeof(*map->entries));
	for (size_t i = 0; i < old_cap; i++) {
		if (old[i].hash)
			*place(map, old[i].hash) = old[i];
	}
	free(old);
}

static struct bytes *copy(const struct key *key)
{
	struct bytes *bytes = xmalloc(sizeof(*bytes) + key->len);

	bytes->len = key->len;
	memcpy(bytes->at, key->bytes, key->len);
	return bytes;
}

static void *put(struct map *map, const struct key *key, void *value)
{
	struct entry *e = probe(map, key);
	void *before = e->value;

	if (e->hash) {
		e->value = value;
		return before;
	}
	e->hash = key->hash;
	map->by_bytes = key->bytes != NULL;
	if (key->bytes)
		e->bytes = copy(key);
	else
		e->number = key->number;
	e->value = value;
	map->count++;
	if (map->count * 4 > map->cap * 3)
		grow(map);
	return NULL;
}

static void *del(struct map *map, const struct key *key)
{
	struct entry *e = probe(map, key);
	size_t hole, i;
	void *value = e->value;

	if (!e->hash)
		return NULL;
	if (key->bytes)
		free(e->bytes);
	map->count--;
	hole = (size_t)(e - map->entries);
	for (i = (hole + 1) & (map->cap - 1); map->entries[i].hash;
	     i = (i + 1) & (map->cap - 1)) {
		size_t home = map->entries[i].hash & (map->cap - 1);

		if (((i - home) & (map->cap - 1)) >= ((i - hole) & (map->cap - 1))) {
			map->entries[hole] = map->entries[i];
			hole = i;
		}
	}
	map->entries[hole] = (struct entry){ 0 };
	return value;
}

static struct key byte_key(struct slice key)
{
	return (struct key){ .hash = not_zero(hash_bytes(key.ptr, key.len)),
			     .bytes = key.ptr ? key.ptr : "",
			     .len = key.len };
}

/*
 * Pids and numbers of that kind: both halves of a product with a secret
 * factor. Far cheaper than SipHash, and without the secret nobody can choose
 * numbers that meet.
 */
static uint64_t hash_number(uint64_t value)
{
	const uint64_t *key = seed();
	unsigned __int128 product = (unsigned __int128)(value ^ key[0]) * (key[1] | 1);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static struct key number_key(uint64_t key)
{
	return (struct key){ .hash = not_zero(hash_number(key)), .number = key };
}

void *map_get(const struct map *map, struct slice key)
{
	struct key k = byte_key(key);

	return probe(map, &k)->value;
}

void *map_put(struct map *map, struct slice key, void *value)
{
	struct key k = byte_key(key);

	return put(map, &k, value);
}

void *map_del(struct map *map, struct slice key)
{
	struct key k = byte_key(key);

	return del(map, &k);
}

void *map_get_u64(const struct map *map, uint64_t key)
{
	struct key k = number_key(key);

	return probe(map, &k)->value;
}

void *map_put_u64(struct map *map, uint64_t key, void *value)
{
	struct key k = number_key(key);

	return put(map, &k, value);
}

void *map_del_u64(struct map *map, uint64_t key)
{
	struct key k = number_key(key);

	return del(map, &k);
}

static const struct entry *next_entry(const struct map *map, struct map_iter *iter)
{
	while (iter->at < map->cap) {
		const struct entry *e = &map->entries[iter->at++];

		if (e->hash)
			return e;
	}
	return NULL;
}

bool map_next(const struct map *map, struct map_iter *iter, struct slice *key,
	      void **value)
{
	const struct entry *e = next_entry(map, iter);

	if (e && key)
		*key = map->by_bytes ? slice_make(e->bytes->at, e->bytes->len)
				     : slice_make(NULL, 0);
	if (e && value)
		*value = e->value;
	return e != NULL;
}

bool map_next_u64(const struct map *map, struct map_iter *iter, uint64_t *key,
		  void **value)
{
	const struct entry *e = next_entry(map, iter);

	if (e) {
		*key = e->number;
		*value = e->value;
	}
	return e != NULL;
}
