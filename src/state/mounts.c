/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/mounts.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "state/files_priv.h"
#include "state/path.h"
#include "state/proc_priv.h"
#include "state/save.h"

/* What namespaces share until one of them changes it. */
struct mount_list {
	uint32_t refs;
	uint32_t count, cap;
	struct mount **at; /* oldest first */
};

struct mounts {
	uint32_t refs;
	struct mount_list *list; /* a reference */
	struct memory *mem;
};

static size_t list_cost(const struct mount_list *list)
{
	return sizeof(*list) + list->cap * sizeof(struct mount *) + 2 * MALLOC_COST;
}

static struct mount_list *list_new(struct memory *mem, uint32_t cap)
{
	struct mount_list *list = xcalloc(1, sizeof(*list));

	list->refs = 1;
	list->cap = cap;
	list->at = cap ? xreallocarray(NULL, cap, sizeof(*list->at)) : NULL;
	mem->bytes += list_cost(list);
	return list;
}

static void list_unref(struct memory *mem, struct mount_list *list)
{
	if (--list->refs)
		return;
	for (uint32_t i = 0; i < list->count; i++)
		mount_unref(&list->at[i]);
	mem->bytes -= list_cost(list);
	free(list->at);
	free(list);
}

struct mounts *mounts_new(struct memory *mem)
{
	struct mounts *m = xcalloc(1, sizeof(*m));

	m->refs = 1;
	m->mem = mem;
	m->list = list_new(mem, 0);
	return m;
}

struct mounts *mounts_ref(struct mounts *m)
{
	m->refs++;
	return m;
}

void mounts_unref(struct mounts **mountsp)
{
	struct mounts *m = *mountsp;

	*mountsp = NULL;
	if (!m || --m->refs)
		return;
	list_unref(m->mem, m->list);
	free(m);
}

struct mounts *mounts_copy(const struct mounts *m)
{
	struct mounts *copy = xcalloc(1, sizeof(*copy));

	copy->refs = 1;
	copy->mem = m->mem;
	copy->list = m->list;
	copy->list->refs++;
	return copy;
}

/* Copy on write. */
static struct mount_list *own(struct mounts *m)
{
	struct mount_list *list = m->list;

	if (list->refs == 1)
		return list;
	m->list = list_new(m->mem, list->count + 1);
	m->list->count = list->count;
	for (uint32_t i = 0; i < list->count; i++) {
		m->list->at[i] = list->at[i];
		m->list->at[i]->refs++;
	}
	list->refs--;
	return m->list;
}

struct mount *mount_new(enum mount_kind kind, const char *at, const char *from)
{
	struct mount *mount = xcalloc(1, sizeof(*mount));

	mount->refs = 1;
	mount->kind = kind;
	mount->at = xstrdup(at);
	mount->from = from ? xstrdup(from) : NULL;
	return mount;
}

void mount_made_by(struct mount *mount, struct proc *proc, struct evref at)
{
	file_act_set(&mount->act, FILE_CREATED, proc, at);
	mount->root = proc->root ? xstrdup(proc->root) : NULL;
}

void mount_unref(struct mount **mountp)
{
	struct mount *mount = *mountp;

	*mountp = NULL;
	if (!mount || --mount->refs)
		return;
	file_act_clear(&mount->act);
	free(mount->at);
	free(mount->from);
	free(mount->root);
	free(mount);
}

static void remove_at(struct mount_list *list, uint32_t i)
{
	mount_unref(&list->at[i]);
	memmove(&list->at[i], &list->at[i + 1],
		(list->count - i - 1) * sizeof(*list->at));
	list->count--;
}

void mounts_add(struct mounts *m, struct mount **mount)
{
	struct mount_list *list = own(m);

	if (list->count >= LIMIT_MOUNTS)
		remove_at(list, 0);
	if (list->count == list->cap) {
		m->mem->bytes -= list_cost(list);
		list->cap = list->cap ? list->cap * 2 : 8;
		list->at = xreallocarray(list->at, list->cap, sizeof(*list->at));
		m->mem->bytes += list_cost(list);
	}
	list->at[list->count++] = *mount;
	*mount = NULL;
}

void mounts_remove(struct mounts *m, const char *at)
{
	for (uint32_t i = m->list->count; i-- > 0;) {
		if (strcmp(m->list->at[i]->at, at) == 0) {
			remove_at(own(m), i);
			return;
		}
	}
}

const struct mount *mounts_covering(const struct mounts *m, const char *path)
{
	for (uint32_t i = m->list->count; i-- > 0;) {
		if (path_within(path, m->list->at[i]->at))
			return m->list->at[i];
	}
	return NULL;
}

const struct mount *mounts_by_root(const struct mounts *m, uint64_t inode)
{
	for (uint32_t i = m->list->count; i-- > 0;) {
		for (uint32_t k = 0; k < m->list->at[i]->ninodes; k++) {
			if (m->list->at[i]->inodes[k] == inode)
				return m->list->at[i];
		}
	}
	return NULL;
}

/* ---- saving ---- */

static const struct pack_field mount_rows[] = {
	PACK_NUMBER(struct mount, refs), PACK_NUMBER(struct mount, kind),
	PACK_TEXT(struct mount, at),     PACK_TEXT(struct mount, from),
	PACK_FLAT(struct mount, inodes), PACK_NUMBER(struct mount, ninodes),
	PACK_TEXT(struct mount, root),   PACK_PART(struct mount, act, &pack_file_act),
};
static const struct pack_type pack_mount =
	PACK_COUNTED_TABLE("mount", struct mount, mount_rows);

static const struct pack_field list_rows[] = {
	PACK_NUMBER(struct mount_list, refs),
	PACK_NUMBER(struct mount_list, count),
	PACK_NUMBER(struct mount_list, cap),
	PACK_REFS(struct mount_list, at, &pack_mount,
		  PACK_COUNTED_BY(struct mount_list, count),
		  PACK_PLACES_IN(struct mount_list, cap), .owned = true),
};
static const struct pack_type pack_list =
	PACK_COUNTED_TABLE("mount_list", struct mount_list, list_rows);

static bool settle_mounts(struct unpacker *unpacker, void *obj)
{
	struct proctab *procs = unpack_root(unpacker, &pack_proctab);
	struct mounts *mounts = obj;

	mounts->mem = procs ? &procs->mem : NULL;
	return procs != NULL;
}

static const struct pack_field mounts_rows[] = {
	PACK_NUMBER(struct mounts, refs),
	PACK_OWN(struct mounts, list, &pack_list),
	PACK_KEPT(struct mounts, mem),
};
const struct pack_type pack_mounts =
	PACK_COUNTED_TABLE("mounts", struct mounts, mounts_rows, .settle = settle_mounts);
