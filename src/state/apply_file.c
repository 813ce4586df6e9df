/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files: opened, mapped, and changed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/map.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "state/state_priv.h"

uint64_t apply_dev(const struct event_path *p)
{
	return (uint64_t)p->dev_major << 32 | p->dev_minor;
}

char *apply_path(const struct apply *a, const struct event_path *p, int64_t dirfd,
		 char out[LIMIT_PATH])
{
	struct slice base = event_cwd(a->event);
	const struct fdent *ent;

	if (base.len == 0)
		base = slice_str(a->proc->cwd);
	if (dirfd >= 0 && p->name.len && p->name.ptr[0] != '/') {
		ent = apply_fd(a, (uint64_t)dirfd);
		if (ent && ent->obj->path)
			base = slice_str(ent->obj->path);
	}
	return path_absolute(base, p->name, out);
}

const struct event_path *apply_target(const struct apply *a)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	for (uint32_t i = n; i-- > 0;) {
		if (paths[i].has_name && paths[i].name.len && paths[i].type != PATH_PARENT)
			return &paths[i];
	}
	return NULL;
}

/* ---- open ---- */

static uint64_t open_flags(const struct apply *a)
{
	uint64_t flags = 0;

	switch (a->sc.call) {
	case CALL_OPEN:
		return a->sc.a[1];
	case CALL_CREAT:
		return O_CREAT | O_WRONLY | O_TRUNC;
	case CALL_OPENAT2: /* "oflag=0%llo", kernel/auditsc.c show_special */
		if (num_oct64(event_field(a->event, 1337 /* AUDIT_OPENAT2 */, "oflag"),
			      &flags))
			return flags;
		return 0;
	default:
		return a->sc.a[2];
	}
}

static int64_t open_dirfd(const struct apply *a)
{
	if (a->sc.call == CALL_OPEN || a->sc.call == CALL_CREAT)
		return FD_CWD;
	return (int32_t)a->sc.a[0];
}

static struct channel *fifo_channel(struct apply *a, uint64_t dev, uint64_t inode)
{
	uint64_t both[2] = { dev, inode };
	struct slice key = slice_make((const char *)both, sizeof(both));
	struct channel *channel = map_get(a->proc->host->fifos, key);

	if (!channel) {
		channel = channel_new();
		channel->held = true;
		map_put(a->proc->host->fifos, key, channel);
	}
	return channel;
}

static struct fdobj *opened(struct apply *a, const struct event_path *p, const char *path)
{
	bool fifo = S_ISFIFO(p->mode);
	struct fdobj *obj = apply_pty(a, path);

	if (!obj)
		obj = fdobj_new(fifo ? FDOBJ_FIFO : FDOBJ_FILE, a->at, a->proc->pid);
	if (obj->kind == FDOBJ_FIFO)
		channel_join(fifo_channel(a, apply_dev(p), p->inode), obj);
	obj->path = xstrdup(path);
	obj->dev = apply_dev(p);
	obj->inode = p->inode;
	obj->flags = (uint32_t)open_flags(a);
	return obj;
}

/* "203.0.113.9:80" of a socket that the process has joined, or NULL. */
static const char *joined_peer(const struct apply *a, char *out, size_t size)
{
	const struct fdtab *tab = proc_files(a->proc)->fds;

	for (size_t i = 0; i < fdtab_count(tab); i++) {
		const struct fdobj *obj = fdtab_at(tab, i)->obj;

		if (!fdobj_is_inet(obj) || !fdobj_is_joined(obj) || !obj->sock->has_remote)
			continue;
		snprintf(out, size, "%s:%d", obj->sock->remote.addr, obj->sock->remote.port);
		return out;
	}
	return NULL;
}

static void note(struct apply *a, enum file_change change, const char *path,
		 const char *from, const struct event_path *p)
{
	char peer[SOCKADDR_TEXT + 16];

	files_note(a->state->files, change, a->proc, a->at, path, from,
		   p ? apply_dev(p) : 0, p ? p->inode : 0,
		   joined_peer(a, peer, sizeof(peer)));
	a->act->kind = ACT_FILE;
}

static bool is_regular(const struct event_path *p)
{
	return S_ISREG(p->mode) || p->mode == 0;
}

void apply_open(struct apply *a)
{
	const struct event_path *p = apply_target(a);
	uint64_t flags = open_flags(a);
	char path[LIMIT_PATH];

	if (!p) {
		apply_unknown_fd(a);
		return;
	}
	apply_path(a, p, open_dirfd(a), path);
	apply_place(a, a->sc.exit, opened(a, p, path), flags & O_CLOEXEC);
	containers_opened(a, path, flags & O_CREAT);
	if ((flags & O_ACCMODE) != O_RDONLY && is_regular(p)) {
		note(a, p->type == PATH_CREATE ? FILE_CREATED : FILE_WRITTEN, path, NULL, p);
		a->act->kind = ACT_FD;
	}
}

void apply_memfd(struct apply *a)
{
	/* MFD_CLOEXEC is 1, linux/memfd.h */
	apply_place(a, a->sc.exit, fdobj_new(FDOBJ_MEMFD, a->at, a->proc->pid),
		    a->sc.a[1] & 1);
}

void apply_mmap(struct apply *a)
{
	const struct fdent *ent;
	uint64_t flags;
	int64_t fd;

	if (!(a->sc.a[2] & PROT_EXEC) || !event_mmap(a->event, &fd, &flags) || fd < 0 ||
	    (flags & MAP_ANONYMOUS))
		return;
	ent = apply_fd(a, (uint64_t)fd);
	if (!ent)
		return;
	a->act->kind = ACT_LOAD;
	a->act->fd = ent->fd;
	a->act->obj = ent->obj;
	a->act->path = ent->obj->path;
}

/* ---- changes ---- */

static bool is_at(enum call call)
{
	return call == CALL_RENAMEAT || call == CALL_RENAMEAT2 || call == CALL_LINKAT ||
	       call == CALL_UNLINKAT || call == CALL_FCHMODAT || call == CALL_SYMLINKAT;
}

static const struct event_path *of_type(const struct apply *a, enum path_type type)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);

	for (uint32_t i = 0; i < n; i++) {
		if (paths[i].type == type && paths[i].has_name && paths[i].name.len)
			return &paths[i];
	}
	return NULL;
}

/* rename: PARENT, PARENT, DELETE source, [DELETE target], CREATE target. */
void apply_rename(struct apply *a)
{
	const struct event_path *from = of_type(a, PATH_DELETE);
	const struct event_path *to = of_type(a, PATH_CREATE);
	char old_path[LIMIT_PATH], new_path[LIMIT_PATH];
	bool at = is_at(a->sc.call);

	if (!from || !to)
		return;
	apply_path(a, from, at ? (int32_t)a->sc.a[0] : FD_CWD, old_path);
	apply_path(a, to, at ? (int32_t)a->sc.a[2] : FD_CWD, new_path);
	note(a, FILE_RENAMED, new_path, old_path, to);
}

void apply_link(struct apply *a)
{
	const struct event_path *from = of_type(a, PATH_NORMAL);
	const struct event_path *to = of_type(a, PATH_CREATE);
	char old_path[LIMIT_PATH], new_path[LIMIT_PATH];
	bool at = is_at(a->sc.call);

	if (!to)
		return;
	if (from)
		apply_path(a, from, at ? (int32_t)a->sc.a[0] : FD_CWD, old_path);
	apply_path(a, to, at ? (int32_t)a->sc.a[2] : FD_CWD, new_path);
	note(a, FILE_LINKED, new_path, from ? old_path : NULL, to);
}

void apply_unlink(struct apply *a)
{
	const struct event_path *p = of_type(a, PATH_DELETE);
	char path[LIMIT_PATH];

	if (!p)
		return;
	apply_path(a, p, is_at(a->sc.call) ? (int32_t)a->sc.a[0] : FD_CWD, path);
	a->act->kind = ACT_FILE;
}

void apply_truncate(struct apply *a)
{
	const struct event_path *p = apply_target(a);
	const struct fdent *ent;
	char path[LIMIT_PATH];

	if (a->sc.call == CALL_TRUNCATE || a->sc.call == CALL_TRUNCATE64) {
		if (p)
			note(a, FILE_TRUNCATED, apply_path(a, p, FD_CWD, path), NULL, p);
		return;
	}
	ent = apply_fd(a, a->sc.a[0]);
	if (ent && ent->obj->kind == FDOBJ_FILE && ent->obj->path)
		note(a, FILE_TRUNCATED, ent->obj->path, NULL, NULL);
}
