/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/mounts.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "state/files_priv.h"
#include "state/path.h"
#include "state/save.h"

struct mounts {
	uint32_t refs;
	struct mount **list; /* oldest first */
	uint32_t count, cap;
};

struct mounts *mounts_new(void)
{
	struct mounts *m = xcalloc(1, sizeof(*m));

	m->refs = 1;
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
	for (uint32_t i = 0; i < m->count; i++)
		mount_unref(&m->list[i]);
	free(m->list);
	free(m);
}

struct mounts *mounts_copy(const struct mounts *m)
{
	struct mounts *copy = mounts_new();

	if (m->count == 0)
		return copy;
	copy->list = xreallocarray(NULL, m->count, sizeof(*copy->list));
	copy->count = copy->cap = m->count;
	for (uint32_t i = 0; i < m->count; i++) {
		copy->list[i] = m->list[i];
		copy->list[i]->refs++;
	}
	return copy;
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

static void remove_at(struct mounts *m, uint32_t i)
{
	mount_unref(&m->list[i]);
	memmove(&m->list[i], &m->list[i + 1], (m->count - i - 1) * sizeof(*m->list));
	m->count--;
}

void mounts_add(struct mounts *m, struct mount **mount)
{
	if (m->count >= LIMIT_MOUNTS)
		remove_at(m, 0);
	if (m->count == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 8;
		m->list = xreallocarray(m->list, m->cap, sizeof(*m->list));
	}
	m->list[m->count++] = *mount;
	*mount = NULL;
}

void mounts_remove(struct mounts *m, const char *at)
{
	for (uint32_t i = m->count; i-- > 0;) {
		if (strcmp(m->list[i]->at, at) == 0) {
			remove_at(m, i);
			return;
		}
	}
}

const struct mount *mounts_covering(const struct mounts *m, const char *path)
{
	for (uint32_t i = m->count; i-- > 0;) {
		if (path_within(path, m->list[i]->at))
			return m->list[i];
	}
	return NULL;
}

const struct mount *mounts_by_root(const struct mounts *m, uint64_t inode)
{
	for (uint32_t i = m->count; i-- > 0;) {
		for (uint32_t k = 0; k < m->list[i]->ninodes; k++) {
			if (m->list[i]->inodes[k] == inode)
				return m->list[i];
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

static const struct pack_field mounts_rows[] = {
	PACK_NUMBER(struct mounts, refs),
	PACK_REFS(struct mounts, list, &pack_mount, PACK_COUNTED_BY(struct mounts, count),
		  PACK_PLACES_IN(struct mounts, cap), .owned = true),
	PACK_NUMBER(struct mounts, count),
	PACK_NUMBER(struct mounts, cap),
};
const struct pack_type pack_mounts =
	PACK_COUNTED_TABLE("mounts", struct mounts, mounts_rows);
