/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries stand in one array; two open hash tables of numbers into it find
 * them by path and by content. Strings are packed into blocks without
 * padding. Half a million files of a usual Debian host are about 80 MB.
 */
#include "manifest/manifest_priv.h"

#include <limits.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "manifest/limits.h"

enum { STRING_BLOCK = 1 << 16, TABLE_MIN = 64 };

/* Open addressing; a slot is the hash's upper half and the number + 1. */
struct table {
	uint64_t *slots;
	size_t cap; /* a power of two */
	size_t count;
};

struct manifest {
	struct arena arena;
	char *string_next;
	size_t string_left;
	const char *notes[NOTE_MAX];
	struct manifest_entry *entries;
	size_t count, cap;
	struct table by_path, by_sha256;
};

static const char *const note_names[NOTE_MAX] = {
	[NOTE_VERSION] = "version", [NOTE_SOURCE] = "source", [NOTE_TIME] = "time",
	[NOTE_IMAGE] = "image",     [NOTE_DIGEST] = "digest", [NOTE_IMAGE_ID] = "id",
};

static void table_init(struct table *t, size_t cap)
{
	*t = (struct table){ .slots = xcalloc(cap, sizeof(*t->slots)), .cap = cap };
}

static uint64_t slot_make(uint64_t hash, size_t i)
{
	return (hash & 0xffffffff00000000u) | (uint32_t)(i + 1);
}

static size_t slot_number(uint64_t slot)
{
	return (uint32_t)slot - 1u;
}

/* The position depends on the upper half only, so that a table can grow. */
static size_t slot_home(const struct table *t, uint64_t hash)
{
	return (size_t)(hash >> 32) & (t->cap - 1);
}

static void table_insert(struct table *t, uint64_t slot)
{
	size_t at = slot_home(t, slot);

	while (t->slots[at])
		at = (at + 1) & (t->cap - 1);
	t->slots[at] = slot;
	t->count++;
}

static void table_add(struct table *t, uint64_t hash, size_t i)
{
	struct table grown;

	if ((t->count + 1) * 4 > t->cap * 3) {
		table_init(&grown, t->cap * 2);
		for (size_t at = 0; at < t->cap; at++) {
			if (t->slots[at])
				table_insert(&grown, t->slots[at]);
		}
		free(t->slots);
		*t = grown;
	}
	table_insert(t, slot_make(hash, i));
}

struct manifest *manifest_new(void)
{
	struct manifest *m = xcalloc(1, sizeof(*m));

	arena_init(&m->arena);
	table_init(&m->by_path, TABLE_MIN);
	table_init(&m->by_sha256, TABLE_MIN);
	return m;
}

void manifest_free(struct manifest **manifest)
{
	struct manifest *m = *manifest;

	if (!m)
		return;
	free(m->by_path.slots);
	free(m->by_sha256.slots);
	free(m->entries);
	arena_fini(&m->arena);
	free(m);
	*manifest = NULL;
}

const char *manifest_strdup(struct manifest *m, struct slice s)
{
	char *copy;

	if (s.len >= STRING_BLOCK / 4)
		return arena_slice_dup(&m->arena, s);
	if (s.len + 1 > m->string_left) {
		m->string_next = arena_alloc(&m->arena, STRING_BLOCK);
		m->string_left = STRING_BLOCK;
	}
	copy = m->string_next;
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	m->string_next += s.len + 1;
	m->string_left -= s.len + 1;
	return copy;
}

const char *manifest_note_name(enum manifest_note note)
{
	return note_names[note];
}

const char *manifest_note(const struct manifest *m, enum manifest_note note)
{
	return m->notes[note];
}

void manifest_set_note(struct manifest *m, enum manifest_note note, struct slice text)
{
	m->notes[note] = manifest_strdup(m, text);
}

const char *manifest_image(const struct manifest *m)
{
	return m->notes[NOTE_IMAGE];
}

const char *manifest_digest(const struct manifest *m)
{
	return m->notes[NOTE_DIGEST];
}

const char *manifest_image_id(const struct manifest *m)
{
	return m->notes[NOTE_IMAGE_ID];
}

const char *manifest_source(const struct manifest *m)
{
	return m->notes[NOTE_SOURCE];
}

const char *manifest_time(const struct manifest *m)
{
	return m->notes[NOTE_TIME];
}

size_t manifest_count(const struct manifest *m)
{
	return m->count;
}

const struct manifest_entry *manifest_entry(const struct manifest *m, size_t i)
{
	return &m->entries[i];
}

struct manifest_entry *manifest_at(struct manifest *m, size_t i)
{
	return &m->entries[i];
}

/* NULL when the path is not there, letter by letter. */
static struct manifest_entry *get(const struct manifest *m, struct slice path,
				  uint64_t hash)
{
	const struct table *t = &m->by_path;
	struct manifest_entry *e;

	for (size_t at = slot_home(t, hash); t->slots[at]; at = (at + 1) & (t->cap - 1)) {
		if (t->slots[at] >> 32 != hash >> 32)
			continue;
		e = &m->entries[slot_number(t->slots[at])];
		if (strncmp(e->path, path.ptr, path.len) == 0 && !e->path[path.len])
			return e;
	}
	return NULL;
}

const struct manifest_entry *manifest_get(const struct manifest *m, struct slice path)
{
	return get(m, path, hash_bytes(path.ptr, path.len));
}

struct manifest_entry *manifest_put(struct manifest *m, struct slice path, bool *added)
{
	uint64_t hash = hash_bytes(path.ptr, path.len);
	struct manifest_entry *e = get(m, path, hash);

	*added = e == NULL;
	if (e)
		return e;
	if (m->count == MANIFEST_ENTRIES_MAX)
		return NULL;
	if (m->count == m->cap) {
		m->cap = m->cap ? m->cap + m->cap / 2 : TABLE_MIN;
		m->entries = xreallocarray(m->entries, m->cap, sizeof(*m->entries));
	}
	e = &m->entries[m->count];
	*e = (struct manifest_entry){ .path = manifest_strdup(m, path) };
	table_add(&m->by_path, hash, m->count++);
	return e;
}

static uint64_t content_hash(const uint8_t sha256[SHA256_LEN])
{
	return hash_bytes(sha256, SHA256_LEN);
}

static const struct manifest_entry *find_content(const struct manifest *m, uint64_t hash,
						 const uint8_t sha256[SHA256_LEN])
{
	const struct table *t = &m->by_sha256;
	const struct manifest_entry *e;

	for (size_t at = slot_home(t, hash); t->slots[at]; at = (at + 1) & (t->cap - 1)) {
		if (t->slots[at] >> 32 != hash >> 32)
			continue;
		e = &m->entries[slot_number(t->slots[at])];
		if (memcmp(e->sha256, sha256, SHA256_LEN) == 0)
			return e;
	}
	return NULL;
}

const struct manifest_entry *manifest_find_sha256(const struct manifest *m,
						  const uint8_t sha256[SHA256_LEN])
{
	return find_content(m, content_hash(sha256), sha256);
}

void manifest_finish(struct manifest *m)
{
	const struct manifest_entry *e;
	uint64_t hash;

	free(m->by_sha256.slots);
	/* As large as that of the paths: it never has to grow. */
	table_init(&m->by_sha256, m->by_path.cap);
	for (size_t i = 0; i < m->count; i++) {
		e = &m->entries[i];
		if (e->kind != MF_FILE || !e->has_sha256)
			continue;
		hash = content_hash(e->sha256);
		if (!find_content(m, hash, e->sha256))
			table_add(&m->by_sha256, hash, i);
	}
}

int manifest_path_cmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int entry_cmp(const void *a, const void *b)
{
	const struct manifest_entry *x = a, *y = b;

	return manifest_path_cmp(x->path, y->path);
}

static bool is_sorted(const struct manifest *m)
{
	for (size_t i = 1; i < m->count; i++) {
		if (entry_cmp(&m->entries[i - 1], &m->entries[i]) > 0)
			return false;
	}
	return true;
}

/* After the entries have moved. */
static void index_paths(struct manifest *m)
{
	const char *path;

	memset(m->by_path.slots, 0, m->by_path.cap * sizeof(*m->by_path.slots));
	m->by_path.count = 0;
	for (size_t i = 0; i < m->count; i++) {
		path = m->entries[i].path;
		table_add(&m->by_path, hash_bytes(path, strlen(path)), i);
	}
	manifest_finish(m);
}

void manifest_sort(struct manifest *m)
{
	if (is_sorted(m))
		return;
	qsort(m->entries, m->count, sizeof(*m->entries), entry_cmp);
	index_paths(m);
}

size_t manifest_index(const struct manifest *m, const char *path)
{
	const struct manifest_entry *e = manifest_get(m, slice_str(path));

	return e ? (size_t)(e - m->entries) : SIZE_MAX;
}
