/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names: renamed, linked, removed, made executable. PATH items are paired
 * by inode, never by device: on overlayfs what is removed shows the device
 * of the upper layer, and what is created that of the overlay. Items
 * without a name are overlayfs copying up: they change no content.
 */
#include <string.h>
#include <sys/stat.h>

#include "state/state_priv.h"

static bool is_at(enum call call)
{
	return call == CALL_RENAMEAT || call == CALL_RENAMEAT2 || call == CALL_LINKAT ||
	       call == CALL_UNLINKAT || call == CALL_FCHMODAT || call == CALL_FCHMODAT2 ||
	       call == CALL_SYMLINKAT;
}

static bool is_named(const struct event_path *p, enum path_type type)
{
	return p->type == type && p->has_name && p->name.len;
}

static const struct event_path *of_type(const struct apply *a, enum path_type type)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	for (uint32_t i = 0; i < n; i++) {
		if (is_named(&paths[i], type))
			return &paths[i];
	}
	return NULL;
}

static struct file_ref ref_of(const struct apply *a, const struct event_path *p,
			      const char *path)
{
	return (struct file_ref){ a->proc->host, apply_dev(p), p->inode, path };
}

static int64_t dirfd_arg(const struct apply *a, int i)
{
	return is_at(a->sc.call) ? (int64_t)(int32_t)a->sc.a[i] : FD_CWD;
}

static uint32_t count_created(const struct apply *a)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths), count = 0;

	for (uint32_t i = 0; i < n; i++)
		count += is_named(&paths[i], PATH_CREATE);
	return count;
}

/*
 * The removed name of what was created at to; *which: first or second. Where
 * overlayfs puts a whiteout in the place of what was moved, its item shows
 * the whiteout's inode (fs/overlayfs/dir.c, ovl_rename()): the order tells.
 */
static const struct event_path *removed_from(const struct apply *a,
					     const struct event_path *to, int *which)
{
	const struct event_path *first = of_type(a, PATH_DELETE), *paths;
	uint32_t n = event_paths(a->event, &paths);

	*which = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (!is_named(&paths[i], PATH_DELETE))
			continue;
		if (paths[i].inode == to->inode)
			return &paths[i];
		(*which)++;
	}
	*which = 0;
	return first && S_ISCHR(first->mode) && count_created(a) == 1 ? first : NULL;
}

/* Has the rename removed another file that was called so? */
static bool replaces(const struct apply *a, const struct event_path *from)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	for (uint32_t i = 0; i < n; i++) {
		if (is_named(&paths[i], PATH_DELETE) && paths[i].inode != from->inode)
			return true;
	}
	return false;
}

static void moved(struct apply *a, const struct event_path *to)
{
	char old_path[LIMIT_PATH], new_path[LIMIT_PATH];
	const struct event_path *from;
	struct file_ref ref;
	int which;

	from = removed_from(a, to, &which);
	if (!from)
		return;
	/* RENAME_EXCHANGE moves a second one, the other way round. */
	apply_real(a, from, dirfd_arg(a, which ? 2 : 0), old_path);
	apply_real(a, to, dirfd_arg(a, which ? 0 : 2), new_path);
	if (S_ISDIR(to->mode)) {
		files_move_dir(a->state->files, a->proc, a->at, old_path, new_path);
	} else if (S_ISLNK(to->mode)) {
		files_move_symlink(a->state->files, a->proc, a->at, old_path, new_path);
	} else {
		ref = ref_of(a, to, new_path);
		files_name(a->state->files, &ref, FILE_RENAMED, a->proc, a->at, old_path);
		if (replaces(a, from))
			files_replaced(a->state->files, &ref);
		files_forget_place(a->state->files, a->proc->host, new_path);
	}
	a->act->kind = ACT_FILE;
}

/* Who removed a program is asked for when it still runs. */
static void removed(struct apply *a, const struct event_path *p,
		    const struct file_ref *ref)
{
	if (S_ISREG(p->mode) && p->mode & (S_IXUSR | S_IXGRP | S_IXOTH))
		files_meet(a->state->files, ref);
	files_mark(a->state->files, ref, FILE_DELETED, a->proc, a->at);
}

static bool is_created(const struct apply *a, uint64_t inode)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	for (uint32_t i = 0; i < n; i++) {
		if (is_named(&paths[i], PATH_CREATE) && paths[i].inode == inode)
			return true;
	}
	return false;
}

/* What had the name before. */
static void overwritten(struct apply *a, const struct event_path *p, uint64_t dev)
{
	char path[LIMIT_PATH];
	struct file_ref ref;

	if (is_created(a, p->inode))
		return;
	apply_real(a, p, dirfd_arg(a, 2), path);
	ref = ref_of(a, p, path);
	ref.dev = dev;
	removed(a, p, &ref);
}

/* rename: PARENT, PARENT, DELETE source, [DELETE target], CREATE target. */
void apply_rename(struct apply *a)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	for (uint32_t i = 0; i < n; i++) {
		if (is_named(&paths[i], PATH_CREATE))
			moved(a, &paths[i]);
		else if (is_named(&paths[i], PATH_DELETE))
			overwritten(a, &paths[i], apply_dev(&paths[0]));
	}
}

void apply_link(struct apply *a)
{
	const struct event_path *from = of_type(a, PATH_NORMAL);
	const struct event_path *to = of_type(a, PATH_CREATE);
	char old_path[LIMIT_PATH], new_path[LIMIT_PATH];
	const struct fdent *ent = NULL;
	struct file_ref ref;

	if (!to)
		return;
	if (from)
		apply_real(a, from, dirfd_arg(a, 0), old_path);
	else if (is_at(a->sc.call)) /* AT_EMPTY_PATH: the descriptor is the file */
		ent = apply_fd(a, a->sc.a[0]);
	if (ent && ent->obj->path)
		path_real(a->proc->root, ent->obj->path, old_path);
	apply_real(a, to, dirfd_arg(a, 2), new_path);
	ref = ref_of(a, to, new_path);
	files_name(a->state->files, &ref, FILE_LINKED, a->proc, a->at,
		   from || (ent && ent->obj->path) ? old_path : NULL);
	files_forget_place(a->state->files, a->proc->host, new_path);
	a->act->kind = ACT_FILE;
}

void apply_symlink(struct apply *a)
{
	char path[LIMIT_PATH], to[LIMIT_PATH];
	struct event_path link;
	struct slice target;

	containers_symlink(a);
	if (!event_symlink(a->event, &link, &target) || target.len >= LIMIT_PATH)
		return;
	/* symlinkat(target, dirfd, link) */
	apply_real(a, &link, dirfd_arg(a, 1), path);
	memcpy(to, target.ptr, target.len);
	to[target.len] = '\0';
	files_symlink(a->state->files, a->proc, a->at, path, to);
	a->act->kind = ACT_FILE;
}

void apply_unlink(struct apply *a)
{
	const struct event_path *p = of_type(a, PATH_DELETE), *paths;
	char path[LIMIT_PATH];
	struct file_ref ref;

	if (!p || event_paths(a->event, &paths) == 0)
		return;
	apply_real(a, p, dirfd_arg(a, 0), path);
	ref = ref_of(a, p, path);
	if (paths[0].type == PATH_PARENT) /* see above: this one shows the overlay */
		ref.dev = apply_dev(&paths[0]);
	removed(a, p, &ref);
	files_forget_place(a->state->files, a->proc->host, path);
	a->act->kind = ACT_FILE;
}

static uint64_t mode_arg(const struct apply *a)
{
	return is_at(a->sc.call) ? a->sc.a[2] : a->sc.a[1];
}

/* fchmod has one item, without a name. */
void apply_chmod(struct apply *a)
{
	const struct event_path *paths;
	struct file_ref ref;

	if (!(mode_arg(a) & (S_IXUSR | S_IXGRP | S_IXOTH)) ||
	    event_paths(a->event, &paths) == 0)
		return;
	ref = ref_of(a, &paths[0], NULL);
	files_mark(a->state->files, &ref, FILE_CHMOD, a->proc, a->at);
	a->act->kind = ACT_FILE;
}
