/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that stand for a descriptor: opening one of a pipe gives another end
 * of that pipe, opening one of a file another opening of the file (proc(5),
 * /proc/PID/fd). Shells name the ends of process substitution so.
 */
#include <fcntl.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "state/state_priv.h"

static bool cut_prefix(struct slice *s, const char *prefix)
{
	struct slice want = slice_str(prefix);

	if (!slice_starts(*s, want))
		return false;
	*s = slice_skip(*s, want.len);
	return true;
}

/* "812/fd/" off the front: the process with that number, or NULL. */
static const struct proc *cut_process(const struct apply *a, struct slice *s)
{
	size_t digits = 0;
	uint32_t pid;

	while (digits < s->len && s->ptr[digits] >= '0' && s->ptr[digits] <= '9')
		digits++;
	if (!num_u32(slice_make(s->ptr, digits), &pid))
		return NULL;
	*s = slice_skip(*s, digits);
	if (!cut_prefix(s, "/fd/"))
		return NULL;
	return proctab_find(a->proc->host, pid);
}

/* The descriptor that path names; NULL: none, or not known. */
static const struct fdent *named(const struct apply *a, const char *path)
{
	static const char *const stdio[] = { "/dev/stdin", "/dev/stdout", "/dev/stderr" };
	const struct proc *proc = a->proc;
	struct slice rest = slice_str(path);
	uint32_t fd;

	if (strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0)
		return NULL;
	for (uint32_t i = 0; i < 3; i++) {
		if (slice_eq_str(rest, stdio[i]))
			return apply_fd(a, i);
	}
	if (!cut_prefix(&rest, "/dev/fd/") && !cut_prefix(&rest, "/proc/self/fd/") &&
	    !cut_prefix(&rest, "/proc/thread-self/fd/")) {
		if (!cut_prefix(&rest, "/proc/"))
			return NULL;
		proc = cut_process(a, &rest);
	}
	if (!proc || !num_u32(rest, &fd) || fd > INT32_MAX)
		return NULL;
	return fdtab_get(proc_files((struct proc *)proc)->fds, (int)fd);
}

static struct fdobj *other_end(const struct apply *a, const struct fdobj *of,
			       uint32_t flags)
{
	enum fdobj_kind kind =
		(flags & O_ACCMODE) == O_RDONLY ? FDOBJ_PIPE_READ : FDOBJ_PIPE_WRITE;
	struct fdobj *obj = fdobj_new(kind, a->at, a->proc->pid);

	channel_join(fdobj_channel(of), obj);
	return obj;
}

/* obj under another name. */
static struct fdobj *same_file(struct fdobj *obj, const char *path)
{
	struct fdobj *named = fdobj_new_file(obj->birth, obj->maker_pid, path);

	named->dev = obj->dev;
	named->inode = obj->inode;
	named->mode = obj->mode;
	named->flags = obj->flags;
	fdobj_unref(&obj);
	return named;
}

struct fdobj *apply_again(struct apply *a, struct fdobj *obj)
{
	const struct fdent *ent = obj->path ? named(a, obj->path) : NULL;
	struct fdobj *end;

	if (!ent || ent->obj == obj)
		return obj;
	switch (ent->obj->kind) {
	case FDOBJ_PIPE_READ:
	case FDOBJ_PIPE_WRITE:
	case FDOBJ_PTY_SLAVE:
		if (!fdobj_channel(ent->obj))
			return obj;
		end = other_end(a, ent->obj, obj->flags);
		fdobj_unref(&obj);
		return end;
	case FDOBJ_FILE:
		return obj->kind == FDOBJ_FILE && ent->obj->path
			       ? same_file(obj, ent->obj->path)
			       : obj;
	default: return obj;
	}
}
