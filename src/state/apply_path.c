/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of PATH records made whole. Some lead through /proc to what only
 * the descriptor table knows: "/proc/self/fd/3", "/dev/fd/3",
 * "/proc/self/root/bin/sh" (proc_pid_fd(5), proc_pid_root(5)).
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "state/state_priv.h"

uint64_t apply_dev(const struct event_path *p)
{
	return (uint64_t)p->dev_major << 32 | p->dev_minor;
}

const struct event_path *apply_target(const struct apply *a)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	for (uint32_t i = n; i-- > 0;) {
		if (paths[i].has_name && paths[i].name.len &&
		    paths[i].type != PATH_PARENT)
			return &paths[i];
	}
	return NULL;
}

static bool same_root(const struct proc *a, const struct proc *b)
{
	if (!a->root || !b->root)
		return a->root == b->root;
	return strcmp(a->root, b->root) == 0;
}

/* Cuts the first component off rest. */
static struct slice component(struct slice *rest)
{
	const char *slash = memchr(rest->ptr, '/', rest->len);
	size_t n = slash ? (size_t)(slash - rest->ptr) : rest->len;
	struct slice comp = slice_make(rest->ptr, n);

	*rest = slice_skip(*rest, slash ? n + 1 : n);
	return comp;
}

/* Whose directory of /proc is it? NULL: nobody whom the log knows. */
static const struct proc *whose(const struct apply *a, struct slice who)
{
	uint64_t pid;

	if (slice_eq_str(who, "self") || slice_eq_str(who, "thread-self"))
		return a->proc;
	/* In a pid namespace /proc counts otherwise than the records do. */
	if (a->proc->pidns == PIDNS_OTHER || !num_u64(who, &pid))
		return NULL;
	return proctab_find(a->proc->host, (int64_t)pid);
}

static const struct fdobj *descriptor(const struct proc *proc, struct slice number)
{
	const struct fdent *ent;
	uint32_t fd;

	if (!num_u32(number, &fd) || fd > INT32_MAX)
		return NULL;
	ent = fdtab_get(proc_files((struct proc *)proc)->fds, (int)fd);
	return ent && ent->obj->kind == FDOBJ_FILE ? ent->obj : NULL;
}

/* What path stands for: its beginning and what is left of it; or NULL. */
static const char *behind_magic(const struct apply *a, const char *path,
				struct slice *rest)
{
	static const struct slice dev_fd = SLICE_LIT("/dev/fd/");
	static const struct slice proc_dir = SLICE_LIT("/proc/");
	const struct proc *proc;
	const struct fdobj *obj;
	struct slice what;

	*rest = slice_str(path);
	if (slice_starts(*rest, dev_fd)) {
		*rest = slice_skip(*rest, dev_fd.len);
		obj = descriptor(a->proc, component(rest));
		return obj ? obj->path : NULL;
	}
	if (!slice_starts(*rest, proc_dir))
		return NULL;
	*rest = slice_skip(*rest, proc_dir.len);
	proc = whose(a, component(rest));
	what = component(rest);
	if (!proc)
		return NULL;
	if (slice_eq_str(what, "fd")) {
		obj = descriptor(proc, component(rest));
		return obj ? obj->path : NULL;
	}
	if (slice_eq_str(what, "root")) {
		if (same_root(proc, a->proc))
			return "/";
		return a->proc->root ? NULL : proc->root;
	}
	if (slice_eq_str(what, "cwd"))
		return same_root(proc, a->proc) ? proc->cwd : NULL;
	if (slice_eq_str(what, "exe"))
		return same_root(proc, a->proc) ? proc->image->exe : NULL;
	return NULL;
}

static void resolve_magic(const struct apply *a, char path[LIMIT_PATH])
{
	char plain[LIMIT_PATH];
	struct slice rest;
	const char *base;

	if (strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/dev/", 5) != 0)
		return;
	base = behind_magic(a, path, &rest);
	if (!base)
		return;
	path_absolute(slice_str(base), rest, plain);
	memcpy(path, plain, strlen(plain) + 1);
}

/*
 * The record's directory is the one after the call: a chroot may have moved
 * it out of sight.
 */
static void learn_cwd(const struct apply *a, struct slice cwd)
{
	if (a->sc.call == CALL_CHROOT || a->sc.call == CALL_PIVOT_ROOT ||
	    (a->proc->cwd && slice_eq(slice_str(a->proc->cwd), cwd)))
		return;
	proc_set(a->proc, &a->proc->cwd, cwd);
}

char *apply_path(const struct apply *a, const struct event_path *p, int64_t dirfd,
		 char out[LIMIT_PATH])
{
	struct slice base = event_cwd(a->event);
	const struct fdent *ent;

	if (base.len)
		learn_cwd(a, base);
	else
		base = slice_str(a->proc->cwd);
	if (dirfd != FD_CWD && dirfd >= 0 && p->name.len && p->name.ptr[0] != '/') {
		ent = apply_fd(a, (uint64_t)dirfd);
		if (ent && ent->obj->path)
			base = slice_str(ent->obj->path);
	}
	path_absolute(base, p->name, out);
	resolve_magic(a, out);
	return out;
}

char *apply_real(const struct apply *a, const struct event_path *p, int64_t dirfd,
		 char out[LIMIT_PATH])
{
	char path[LIMIT_PATH];

	apply_path(a, p, dirfd, path);
	return path_real(a->proc->root, path, out);
}
