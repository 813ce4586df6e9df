/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which directory is "/" for a process, and what was mounted below it.
 *
 * A root is a real path (files.h). That of chroot(2) is named by its record;
 * runtimes call pivot_root(".", ".") in a directory that no record names, so
 * that its inode must tell: it is that of a mount's source, or, of an
 * overlay, of its upper or its only layer.
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "state/enter.h"
#include "state/state_priv.h"

static struct mounts *mounts_of(const struct proc *proc)
{
	return proc->mounts ? proc->mounts : proc->host->mounts;
}

/* ---- mounts ---- */

static bool is_named(const struct event_path *p)
{
	return p->has_name && p->name.len;
}

/* What happens to an existing mount only: no new one comes to be. */
static bool changes_flags_only(uint64_t flags)
{
	return flags & (MS_REMOUNT | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE);
}

static enum mount_kind kind_of(uint64_t flags, const struct event_path *sources,
			       uint32_t n)
{
	uint32_t dirs = 0;

	if (flags & MS_BIND)
		return MOUNT_BIND;
	if (flags & MS_MOVE)
		return MOUNT_MOVED;
	for (uint32_t i = 0; i < n; i++) {
		if (is_named(&sources[i]) && S_ISBLK(sources[i].mode))
			return MOUNT_DEVICE;
		dirs += is_named(&sources[i]) && S_ISDIR(sources[i].mode);
	}
	return dirs ? MOUNT_OVERLAY : MOUNT_MEMORY;
}

/* Item 0 is the target; the sources that have a path of their own follow. */
void apply_mount(struct apply *a)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);
	char at[LIMIT_PATH], from[LIMIT_PATH];
	bool has_source = n > 1 && is_named(&paths[1]);
	struct mount *mount;

	if (n == 0 || !is_named(&paths[0]) || changes_flags_only(a->sc.a[3]))
		return;
	apply_real(a, &paths[0], FD_CWD, at);
	if (has_source)
		apply_real(a, &paths[1], FD_CWD, from);
	mount = mount_new(kind_of(a->sc.a[3], paths + 1, n - 1), at,
			  has_source ? from : NULL);
	for (uint32_t i = 1; i < n && mount->ninodes < MOUNT_ROOTS; i++) {
		if (is_named(&paths[i]))
			mount->inodes[mount->ninodes++] = paths[i].inode;
	}
	mount_made_by(mount, a->proc, a->at);
	if (mount->kind == MOUNT_MOVED && has_source)
		mounts_remove(mounts_of(a->proc), from);
	mounts_add(mounts_of(a->proc), &mount);
	a->act->kind = ACT_FILE;
}

/*
 * The new calls take a tree by a descriptor, and put it somewhere by another:
 * open_tree(2) and fsmount(2) give the one, move_mount(2) has both. Its
 * arguments are (from_dfd, from_path, to_dfd, to_path, flags), and the kernel
 * looks the target up first (fs/namespace.c, SYSCALL_DEFINE5(move_mount)).
 */
void apply_open_tree(struct apply *a)
{
	const struct event_path *p = apply_target(a);
	char path[LIMIT_PATH];
	struct fdobj *obj;

	if (!p) {
		apply_unknown_fd(a);
		return;
	}
	apply_path(a, p, (int32_t)a->sc.a[0], path);
	obj = fdobj_new_file(a->at, a->proc->pid, path);
	obj->dev = apply_dev(p);
	obj->inode = p->inode;
	obj->mode = (uint16_t)p->mode;
	obj->flags = O_PATH;
	apply_place(a, a->sc.exit, obj, a->sc.a[2] & OPEN_TREE_CLOEXEC);
}

/* The file that the process has at that descriptor, or NULL. */
static const struct fdobj *file_at(const struct apply *a, uint64_t fd)
{
	const struct fdent *ent = (int32_t)fd < 0 ? NULL : apply_fd(a, fd);

	return ent && ent->obj->kind == FDOBJ_FILE && ent->obj->path ? ent->obj : NULL;
}

/* A tree that open_tree made, or, without a name, what fsmount did. */
static struct mount *mount_of_tree(const struct apply *a, const char *at)
{
	const struct fdobj *tree = file_at(a, a->sc.a[0]);
	struct mount *mount;
	char from[LIMIT_PATH];

	if (!tree)
		return mount_new(MOUNT_MEMORY, at, NULL);
	path_real(a->proc->root, tree->path, from);
	mount = mount_new(MOUNT_BIND, at, from);
	mount->inodes[mount->ninodes++] = tree->inode;
	return mount;
}

void apply_move_mount(struct apply *a)
{
	const struct event_path *paths, *to = NULL, *source = NULL;
	uint32_t n = event_paths(a->event, &paths);
	const struct fdobj *there = file_at(a, a->sc.a[2]);
	char at[LIMIT_PATH], from[LIMIT_PATH];
	struct mount *mount;

	if (n > 1 && is_named(&paths[1]))
		source = &paths[1];
	if (n == 1 && there && (int32_t)a->sc.a[0] < 0)
		source = &paths[0];
	else if (n && is_named(&paths[0]))
		to = &paths[0];
	if (!to && !there)
		return;
	if (to)
		apply_real(a, to, (int32_t)a->sc.a[2], at);
	else
		path_real(a->proc->root, there->path, at);
	if (source) {
		apply_real(a, source, (int32_t)a->sc.a[0], from);
		mount = mount_new(MOUNT_MOVED, at, from);
		mount->inodes[mount->ninodes++] = source->inode;
		mounts_remove(mounts_of(a->proc), from);
	} else {
		mount = mount_of_tree(a, at);
	}
	mount_made_by(mount, a->proc, a->at);
	mounts_add(mounts_of(a->proc), &mount);
	a->act->kind = ACT_FILE;
}

void apply_umount(struct apply *a)
{
	const struct event_path *p = apply_target(a);
	char at[LIMIT_PATH];

	if (!p)
		return;
	mounts_remove(mounts_of(a->proc), apply_real(a, p, FD_CWD, at));
	a->act->kind = ACT_FILE;
}

/* ---- root directories ---- */

static void set_root(struct proc *proc, const char *real)
{
	proc_set(proc, &proc->root,
		 slice_str(real && strcmp(real, "/") != 0 ? real : NULL));
}

/* A directory that the process holds open, by its inode; NULL: none. */
static const char *open_dir(const struct apply *a, const struct event_path *p)
{
	const struct fdtab *tab = proc_files(a->proc)->fds;
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_prev(tab, &it))) {
		const struct fdobj *obj = ent->obj;

		if (obj->kind == FDOBJ_FILE && obj->path && obj->inode == p->inode &&
		    obj->dev == apply_dev(p))
			return obj->path;
	}
	return NULL;
}

/*
 * The real path of the directory that p names by "." or another relative
 * name. The record's own CWD is of no use: it was written after the call.
 */
static bool relative_root(const struct apply *a, const struct event_path *p,
			  char out[LIMIT_PATH])
{
	const struct mount *mount = mounts_by_root(mounts_of(a->proc), p->inode);
	const char *base = open_dir(a, p);
	char path[LIMIT_PATH];

	/* Opened before the process was in that root, which it may be itself. */
	if (base && a->proc->root && path_within(base, a->proc->root)) {
		memcpy(out, base, strlen(base) + 1);
		return true;
	}
	if (base) {
		path_real(a->proc->root, base, out);
		return true;
	}
	if (mount) {
		memcpy(out, mount->at, strlen(mount->at) + 1);
		return true;
	}
	if (!a->proc->cwd || strcmp(a->proc->cwd, "/") == 0)
		return false;
	path_absolute(slice_str(a->proc->cwd), p->name, path);
	path_real(a->proc->root, path, out);
	return true;
}

static void new_root(struct apply *a, const struct event_path *p)
{
	char real[LIMIT_PATH];

	if (!is_named(p))
		return;
	if (p->name.ptr[0] == '/')
		apply_real(a, p, FD_CWD, real);
	else if (!relative_root(a, p, real))
		memcpy(real, "?", 2);
	set_root(a->proc, real);
}

void apply_chroot(struct apply *a)
{
	const struct event_path *p = apply_target(a);

	if (p)
		new_root(a, p);
}

/* Of a container, or of one in a container. */
static bool is_runtime(const struct proc *proc)
{
	return proc->role && proc->role->kind == ROLE_RUNTIME;
}

/*
 * A container begins: where its root is an overlay, the device's number may
 * have been that of an earlier container, with the same inodes.
 */
void apply_pivot_root(struct apply *a)
{
	const struct event_path *paths;
	const struct mount *mount;

	if (event_paths(a->event, &paths) == 0)
		return;
	mount = mounts_by_root(mounts_of(a->proc), paths[0].inode);
	if (!mount || mount->kind == MOUNT_OVERLAY)
		files_new_device(a->state->files, a->proc->host, apply_dev(&paths[0]));
	/* It goes where it was taken to be: the log begins after its mounts. */
	if (is_runtime(a->proc) || !container_has_made_up_root(a->proc))
		new_root(a, &paths[0]);
	containers_pivot_root(a);
}

/* ---- namespaces ---- */

static void take_mounts(struct proc *proc, struct mounts *mounts)
{
	mounts_unref(&proc->mounts);
	proc->mounts = mounts;
}

void apply_own_mounts(struct apply *a)
{
	take_mounts(a->proc, mounts_copy(mounts_of(a->proc)));
}

/* "/proc/812/ns/mnt": the process whose mounts and root are joined, or NULL. */
static const struct proc *owner_of(const struct apply *a, const char *path)
{
	static const struct slice dir = SLICE_LIT("/proc/"), mnt = SLICE_LIT("/ns/mnt");
	struct slice pid = slice_str(path);
	uint64_t n;

	if (!slice_starts(pid, dir) || !slice_ends(pid, mnt))
		return NULL;
	pid = slice_skip(pid, dir.len);
	pid.len -= mnt.len;
	return num_u64(pid, &n) ? proctab_find(a->proc->host, (int64_t)n) : NULL;
}

/* setns also sets the root to that of the namespace (fs/namespace.c mntns_install). */
void apply_join_mounts(struct apply *a)
{
	const struct fdent *ent = apply_fd(a, a->sc.a[0]);
	const struct proc *owner;

	if (!ent || ent->obj->kind != FDOBJ_FILE || !ent->obj->path)
		return;
	owner = owner_of(a, ent->obj->path);
	if (!owner || owner == a->proc)
		return;
	take_mounts(a->proc, mounts_ref(mounts_of(owner)));
	set_root(a->proc, owner->root);
}

void apply_leave_mounts(struct apply *a)
{
	const struct proc *up = a->proc->parent;

	take_mounts(a->proc, up && up->mounts ? mounts_ref(up->mounts) : NULL);
	set_root(a->proc, up ? up->root : NULL);
}
