/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files: opened, and written through descriptors. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "state/channels.h"
#include "state/state_priv.h"

/* ---- open ---- */

static uint64_t open_flags(const struct apply *a)
{
	uint64_t flags = 0;

	switch (a->sc.call) {
	case CALL_OPEN: return a->sc.a[1];
	case CALL_CREAT: return O_CREAT | O_WRONLY | O_TRUNC;
	case CALL_OPENAT2: /* "oflag=0%llo", kernel/auditsc.c show_special */
		if (num_oct64(event_field(a->event, 1337 /* AUDIT_OPENAT2 */, "oflag"),
			      &flags))
			return flags;
		return 0;
	default: return a->sc.a[2];
	}
}

static int64_t open_dirfd(const struct apply *a)
{
	if (a->sc.call == CALL_OPEN || a->sc.call == CALL_CREAT)
		return FD_CWD;
	return (int32_t)a->sc.a[0];
}

/* __O_TMPFILE, asm-generic/fcntl.h: O_TMPFILE without O_DIRECTORY. */
enum { FLAG_TMPFILE = 020000000 };

/*
 * An unnamed file is recorded under its directory's name with its own inode;
 * the kernel shows it as "DIR/#INODE" (d_path of d_tmpfile()).
 */
static void name_tmpfile(const struct event_path *p, char path[LIMIT_PATH])
{
	char name[24];
	char whole[LIMIT_PATH];

	snprintf(name, sizeof(name), "#%llu", (unsigned long long)p->inode);
	path_absolute(slice_str(path), slice_str(name), whole);
	memcpy(path, whole, strlen(whole) + 1);
}

static enum fdobj_kind kind_of(const struct event_path *p)
{
	if (S_ISFIFO(p->mode))
		return FDOBJ_FIFO;
	if (S_ISREG(p->mode) && apply_dev(p) == MEMFD_DEV)
		return FDOBJ_MEMFD; /* again, by its name below /proc */
	return FDOBJ_FILE;
}

static struct fdobj *opened(struct apply *a, const struct event_path *p, const char *path,
			    uint64_t flags)
{
	struct fdobj *obj = apply_pty(a, path);

	if (!obj && kind_of(p) == FDOBJ_FILE)
		obj = fdobj_new_file(a->at, a->proc->pid, path);
	if (!obj)
		obj = fdobj_new(kind_of(p), a->at, a->proc->pid);
	if (obj->kind == FDOBJ_FIFO)
		channel_join(channels_fifo(a->proc->host, apply_dev(p), p->inode, a->at),
			     obj);
	if (!obj->path)
		obj->path = xstrdup(path);
	obj->dev = apply_dev(p);
	obj->inode = p->inode;
	obj->mode = (uint16_t)p->mode;
	obj->flags = (uint32_t)flags;
	return obj;
}

static bool is_regular(const struct event_path *p)
{
	return S_ISREG(p->mode) || p->mode == 0;
}

static bool for_writing(uint64_t flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

/* ---- who writes, and what it has read ---- */

void apply_forget_read(struct apply *a)
{
	proc_set(a->proc, &a->proc->read_origin, slice_make(NULL, 0));
	proc_set(a->proc, &a->proc->read_path, slice_make(NULL, 0));
}

/* What it reads now may be what it writes next. */
static void note_read(struct apply *a, const struct event_path *p, const char *path)
{
	const struct file *file =
		files_find(a->state->files, a->proc->host, apply_dev(p), p->inode);
	const char *origin = file ? feeds_origin(a->state->feeds, &file->content) : NULL;

	if (!origin)
		return;
	proc_set(a->proc, &a->proc->read_origin, slice_str(origin));
	proc_set(a->proc, &a->proc->read_path, slice_str(path));
}

static bool is_connection(const struct fdobj *obj)
{
	return fdobj_is_inet(obj) && fdobj_is_joined(obj);
}

/* "203.0.113.9:80" of a stream socket that the process holds, or NULL. */
static const char *held_peer(const struct apply *a, char out[APPLY_PEER])
{
	const struct fdtab *tab = proc_files(a->proc)->fds;
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(tab, &it))) {
		if (!ent->ghost && is_connection(ent->obj) &&
		    !fdobj_sock(ent->obj)->datagram && fdobj_sock(ent->obj)->remote)
			return apply_peer_text(fdobj_sock(ent->obj), out);
	}
	return NULL;
}

static bool over_socket(const struct apply *a)
{
	for (uint64_t fd = 0; fd <= 1; fd++) {
		const struct fdent *ent = apply_fd(a, fd);

		if (ent && is_connection(ent->obj))
			return true;
	}
	return false;
}

static uint64_t input_pipe(const struct apply *a)
{
	const struct fdent *input = apply_fd(a, 0);

	return input ? fdobj_pipe(input->obj) : 0;
}

/*
 * Writing to a file of a lower layer copies it up first. One with several
 * links shows the copy's inode from then on (overlayfs.rst, "Inode
 * properties"), which is in the nameless items; 0: nothing was copied.
 */
static uint64_t copied_up(const struct apply *a, const struct file_ref *ref)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	if (ref->dev >> 32 != 0)
		return 0;
	while (n-- > 0) {
		if (!paths[n].has_name && paths[n].type == PATH_CREATE &&
		    S_ISREG(paths[n].mode))
			return paths[n].inode == ref->inode ? 0 : paths[n].inode;
	}
	return 0;
}

static void write_by(struct apply *a, enum file_change change, const struct file_ref *ref)
{
	char peer[APPLY_PEER];
	struct file_source source = {
		.origin = held_peer(a, peer),
		.pipe = input_pipe(a),
		.over_socket = over_socket(a),
	};
	struct file_ref copy;

	if (!source.origin) {
		source.origin = a->proc->read_origin;
		source.via = a->proc->read_path;
	}
	files_write(a->state->files, ref, change, a->proc, a->at, &source);
	files_forget_place(a->state->files, ref->host, ref->path);
	copy = *ref;
	copy.inode = copied_up(a, ref);
	if (copy.inode)
		files_write(a->state->files, &copy, change, a->proc, a->at, &source);
}

static enum file_change change_of(const struct event_path *p, uint64_t flags)
{
	if (p->type == PATH_CREATE || flags & FLAG_TMPFILE)
		return FILE_CREATED;
	return flags & O_TRUNC ? FILE_TRUNCATED : FILE_WRITTEN;
}

/* touch(1) opens for writing and duplicates, but sets times only. */
static bool only_touches(const struct image *image)
{
	static const struct slice touch = SLICE_LIT("touch");

	if (!image->exe)
		return false;
	if (strcmp(image->exe, "/usr/bin/touch") == 0 ||
	    strcmp(image->exe, "/bin/touch") == 0)
		return true;
	return slice_eq_str(slice_basename(slice_str(image->exe)), "busybox") &&
	       image->argc && slice_eq(slice_basename(slice_str(image->argv[0])), touch);
}

void apply_open(struct apply *a)
{
	const struct event_path *p = apply_target(a);
	uint64_t flags = open_flags(a);
	char path[LIMIT_PATH], real[LIMIT_PATH];

	if (!p) {
		apply_unknown_fd(a);
		return;
	}
	apply_path(a, p, open_dirfd(a), path);
	if (flags & FLAG_TMPFILE)
		name_tmpfile(p, path);
	apply_place(a, a->sc.exit, opened(a, p, path, flags), flags & O_CLOEXEC);
	containers_opened(a, path, flags & O_CREAT);
	if (!is_regular(p) || flags & O_PATH)
		return;
	if (for_writing(flags) &&
	    !(only_touches(a->proc->image) && p->type != PATH_CREATE))
		write_by(a, change_of(p, flags),
			 &(struct file_ref){ a->proc->host, apply_dev(p), p->inode,
					     path_real(a->proc->root, path, real) });
	else
		note_read(a, p, path);
}

void apply_memfd(struct apply *a)
{
	/* MFD_CLOEXEC is 1, linux/memfd.h */
	apply_place(a, a->sc.exit, fdobj_new(FDOBJ_MEMFD, a->at, a->proc->pid),
		    a->sc.a[1] & 1);
}

/* ---- use of what is open ---- */

void apply_written(struct apply *a, const struct fdobj *obj)
{
	if (obj->kind == FDOBJ_FILE && for_writing(obj->flags) &&
	    !only_touches(a->proc->image))
		files_used(a->state->files, a->proc->host, obj->dev, obj->inode);
}

void apply_output(struct apply *a, int fd, const struct fdobj *obj)
{
	char peer[APPLY_PEER];

	if (fd != 1 && fd != 2)
		return;
	apply_written(a, obj);
	if (obj->kind == FDOBJ_PIPE_WRITE && fd == 1)
		feeds_put(a->state->feeds, fdobj_pipe(obj), a->proc, input_pipe(a),
			  held_peer(a, peer));
}

/* Shells keep what they redirect out of the way, from this number on. */
enum { SHELL_HIGH_FD = 10 };

void apply_duplicated(struct apply *a, int to, const struct fdobj *obj)
{
	bool chosen = a->sc.call == CALL_DUP2 || a->sc.call == CALL_DUP3;

	if (chosen)
		apply_output(a, to, obj);
	else if (to < SHELL_HIGH_FD)
		apply_written(a, obj);
}

void apply_ftruncate(struct apply *a)
{
	const struct fdent *ent = apply_fd(a, a->sc.a[0]);
	char real[LIMIT_PATH];

	if (ent && ent->obj->kind == FDOBJ_FILE && ent->obj->path)
		write_by(a, FILE_TRUNCATED,
			 &(struct file_ref){
				 a->proc->host, ent->obj->dev, ent->obj->inode,
				 path_real(a->proc->root, ent->obj->path, real) });
}

void apply_truncate(struct apply *a)
{
	const struct event_path *p = apply_target(a);
	char real[LIMIT_PATH];

	if (p)
		write_by(a, FILE_TRUNCATED,
			 &(struct file_ref){ a->proc->host, apply_dev(p), p->inode,
					     apply_real(a, p, FD_CWD, real) });
}
