/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files an event opened, changed, removed: by the names in its records. */
#include <fcntl.h>
#include <string.h>

#include "audit/names.h"
#include "base/compiler.h"
#include "detect/signature_priv.h"
#include "state/path.h"

enum { NO_DIRFD = -1, NO_MODE = -1 };

/* Of a call: what it does, and its arguments for directory and mode. */
static const struct file_call {
	enum call call;
	enum sigma_source source;
	int8_t dirfd, mode;
	bool by_fd; /* a0 is the file itself */
} calls[] = {
	{ CALL_TRUNCATE, SIGMA_FILE_EVENT, NO_DIRFD, NO_MODE, false },
	{ CALL_TRUNCATE64, SIGMA_FILE_EVENT, NO_DIRFD, NO_MODE, false },
	{ CALL_RENAME, SIGMA_FILE_EVENT, NO_DIRFD, NO_MODE, false },
	{ CALL_RENAMEAT, SIGMA_FILE_EVENT, 2, NO_MODE, false },
	{ CALL_RENAMEAT2, SIGMA_FILE_EVENT, 2, NO_MODE, false },
	{ CALL_LINK, SIGMA_FILE_EVENT, NO_DIRFD, NO_MODE, false },
	{ CALL_LINKAT, SIGMA_FILE_EVENT, 2, NO_MODE, false },
	{ CALL_SYMLINK, SIGMA_FILE_EVENT, NO_DIRFD, NO_MODE, false },
	{ CALL_SYMLINKAT, SIGMA_FILE_EVENT, 1, NO_MODE, false },
	{ CALL_MKNOD, SIGMA_FILE_EVENT, NO_DIRFD, NO_MODE, false },
	{ CALL_MKNODAT, SIGMA_FILE_EVENT, 0, NO_MODE, false },
	{ CALL_CHMOD, SIGMA_FILE_CHANGE, NO_DIRFD, 1, false },
	{ CALL_FCHMOD, SIGMA_FILE_CHANGE, NO_DIRFD, 1, true },
	{ CALL_FCHMODAT, SIGMA_FILE_CHANGE, 0, 2, false },
	{ CALL_FCHMODAT2, SIGMA_FILE_CHANGE, 0, 2, false },
	{ CALL_UNLINK, SIGMA_FILE_DELETE, NO_DIRFD, NO_MODE, false },
	{ CALL_UNLINKAT, SIGMA_FILE_DELETE, 0, NO_MODE, false },
	{ CALL_RMDIR, SIGMA_FILE_DELETE, NO_DIRFD, NO_MODE, false },
};

static const char *fd_path(const struct activity *act, int64_t fd)
{
	const struct fdtab *tab =
		(act->proc->files_of ? act->proc->files_of : act->proc)->fds;
	const struct fdent *ent = fd >= 0 ? fdtab_get(tab, (int)fd) : NULL;

	return ent ? ent->obj->path : NULL;
}

/* NULL: the name is relative to a directory that is not known. */
static const char *whole_path(const struct activity *act, struct slice name,
			      int64_t dirfd, struct arena *arena)
{
	char out[LIMIT_PATH];
	struct slice base = event_cwd(act->event);

	if (name.len == 0)
		return NULL;
	if (name.ptr[0] != '/' && dirfd != AT_FDCWD)
		base = slice_str(fd_path(act, dirfd));
	if (name.ptr[0] != '/' && base.len == 0)
		return NULL;
	return arena_strdup(arena, path_absolute(base, name, out));
}

static const char *mode_of(const struct event_syscall *sc, const struct file_call *call,
			   struct arena *arena)
{
	if (call->mode == NO_MODE)
		return NULL;
	return arena_printf(arena, "%04o", (unsigned)sc->a[call->mode] & 07777);
}

/* Of rename's four items the new name is the CREATE; the old one is DELETE. */
static bool is_about(const struct event_path *p, enum sigma_source source)
{
	if (p->type == PATH_PARENT)
		return false;
	return source == SIGMA_FILE_DELETE ? p->type == PATH_DELETE
					   : p->type != PATH_DELETE;
}

/* A link is made; what it leads to is not touched. */
static size_t linked(const struct activity *act, const struct file_call *call,
		     int64_t dirfd, struct arena *arena, struct touched *out)
{
	struct event_path link;
	struct slice target;

	if (!event_symlink(act->event, &link, &target))
		return 0;
	out->source = call->source;
	out->mode = NULL;
	out->path = whole_path(act, link.name, dirfd, arena);
	return out->path != NULL;
}

static size_t named_files(const struct activity *act, const struct file_call *call,
			  struct arena *arena, struct touched out[LIMIT_TOUCHED])
{
	const struct event_syscall *sc = &act->event->syscall;
	int64_t dirfd = call->dirfd == NO_DIRFD ? AT_FDCWD : (int32_t)sc->a[call->dirfd];
	const struct event_path *paths;
	uint32_t n = event_paths(act->event, &paths);
	size_t count = 0;

	if (call->call == CALL_SYMLINK || call->call == CALL_SYMLINKAT)
		return linked(act, call, dirfd, arena, out);
	for (uint32_t i = 0; i < n && count < LIMIT_TOUCHED; i++) {
		if (!is_about(&paths[i], call->source))
			continue;
		out[count].source = call->source;
		out[count].mode = mode_of(sc, call, arena);
		out[count].path = whole_path(act, paths[i].name, dirfd, arena);
		count += out[count].path != NULL;
	}
	return count;
}

/* What was opened just now. */
static size_t opened(const struct activity *act, struct touched *out)
{
	const struct fdobj *obj = act->obj;

	if (act->kind != ACT_FD || !obj->path || obj->kind != FDOBJ_FILE ||
	    obj->birth.serial != act->at.serial)
		return 0;
	out->source = (obj->flags & O_ACCMODE) == O_RDONLY ? SIGMA_FILE_ACCESS
							   : SIGMA_FILE_EVENT;
	out->path = obj->path;
	out->mode = NULL;
	return 1;
}

size_t touched_files(const struct activity *act, struct arena *arena,
		     struct touched out[LIMIT_TOUCHED])
{
	const struct event_syscall *sc = &act->event->syscall;

	if (!act->proc || !act->event->has_syscall || !sc->success)
		return 0;
	if (act->kind == ACT_CLOSE)
		return 0;
	if (act->obj)
		return opened(act, out);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if ((int)calls[i].call != sc->call)
			continue;
		if (!calls[i].by_fd)
			return named_files(act, &calls[i], arena, out);
		out->source = calls[i].source;
		out->path = fd_path(act, (int32_t)sc->a[0]);
		out->mode = mode_of(sc, &calls[i], arena);
		return out->path != NULL;
	}
	return 0;
}
