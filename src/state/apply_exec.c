/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new program in a process, and the files that it was made of: the PATH
 * records of an execve name each file that was opened, in that order. A
 * script comes first, then its interpreter, then the interpreter's ELF
 * interpreter; the kernel rewrites argv to "interpreter [argument] script"
 * (fs/binfmt_script.c, fs/binfmt_misc.c), which tells the roles apart.
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "state/state_priv.h"

static char *text(struct slice s)
{
	return s.len ? xmemdup0(s.ptr, s.len) : NULL;
}

static void set_argv(struct image *image, const struct event *event)
{
	struct event_argv args;

	if (!event_argv(event, &args))
		return;
	image->argv = xcalloc(args.argc + 1, sizeof(*image->argv));
	for (uint32_t i = 0; i < args.argc; i++)
		image->argv[i] = xmemdup0(args.argv[i].ptr, args.argv[i].len);
	image->argc = args.argc;
	image->argc_total = args.total;
	image->argv_rest = args.rest_sha256 ? xstrdup(args.rest_sha256) : NULL;
}

static void set_cwd(struct apply *a, struct image *image)
{
	struct slice cwd = event_cwd(a->event);

	if (cwd.len == 0)
		return;
	image->cwd = text(cwd);
	proc_set(a->proc, &a->proc->cwd, cwd);
}

/* The path of item 0; of fexecve(3), which has no name, by its descriptor. */
static char *asked_path(struct apply *a, const struct event_path *p, char out[LIMIT_PATH])
{
	int64_t dirfd = FD_CWD;
	const struct fdent *ent;

	if (a->sc.call == CALL_EXECVEAT)
		dirfd = (int32_t)a->sc.a[0];
	if (p->has_name && p->name.len)
		return apply_path(a, p, dirfd, out);
	ent = dirfd >= 0 ? apply_fd(a, (uint64_t)dirfd) : NULL;
	if (!ent || !ent->obj->path)
		return NULL;
	return path_absolute(slice_str(ent->obj->path), slice_str(NULL), out);
}

/* Is that argument the name by which the kernel hands file p over? */
static bool hands_over(const struct apply *a, const struct image *image, uint32_t i,
		       const struct event_path *p)
{
	static const struct slice by_fd = SLICE_LIT("/dev/fd/");
	struct slice arg;

	if (i >= image->argc)
		return false;
	arg = slice_str(image->argv[i]);
	if (p->name.len && slice_eq(arg, p->name))
		return true;
	return a->sc.call == CALL_EXECVEAT && slice_starts(arg, by_fd) &&
	       slice_ends(arg, p->name);
}

static bool follows(const struct apply *a, const struct image *image,
		    const struct event_path *p)
{
	return hands_over(a, image, 1, p) || hands_over(a, image, 2, p);
}

/* How many of the first items are scripts. */
static uint32_t count_scripts(const struct apply *a, const struct image *image,
			      const struct event_path *paths, uint32_t n)
{
	if (image->argc < 2 || !image->exe ||
	    (image->name && strcmp(image->name, image->exe) == 0))
		return 0;
	for (uint32_t i = 1; i < n; i++) {
		if (paths[i].name.len && slice_eq_str(paths[i].name, image->argv[0]) &&
		    follows(a, image, &paths[i - 1]))
			return i;
	}
	/* binfmt_misc with its interpreter held open: no item of its own. */
	return strcmp(image->argv[0], image->exe) == 0 && follows(a, image, &paths[0]);
}

static void set_files(struct apply *a, struct image *image)
{
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths), scripts;
	char path[LIMIT_PATH], *asked;
	bool program = false;

	if (n == 0)
		return;
	image->dev = apply_dev(&paths[0]);
	image->inode = paths[0].inode;
	asked = asked_path(a, &paths[0], path);
	image->name = asked ? xstrdup(asked) : NULL;
	scripts = count_scripts(a, image, paths, n);
	image->files = xcalloc(LIMIT_EXEC_FILES, sizeof(*image->files));
	for (uint32_t i = 0; i < n && image->nfiles < LIMIT_EXEC_FILES; i++) {
		struct exec_file *file = &image->files[image->nfiles];

		if (i > 0 && !paths[i].has_name)
			continue;
		file->role = i < scripts ? EXEC_SCRIPT
			     : program   ? EXEC_LOADER
					 : EXEC_PROGRAM;
		/* Without its item the program is still the one that exe names. */
		if (scripts && i == scripts &&
		    !slice_eq_str(paths[i].name, image->argv[0]))
			file->role = EXEC_LOADER;
		program |= file->role == EXEC_PROGRAM;
		file->dev = apply_dev(&paths[i]);
		file->inode = paths[i].inode;
		if (file->role == EXEC_PROGRAM)
			file->path = image->exe ? xstrdup(image->exe) : NULL;
		else if (i == 0)
			file->path = image->name ? xstrdup(image->name) : NULL;
		else
			file->path = xstrdup(apply_path(a, &paths[i], FD_CWD, path));
		image->nfiles++;
	}
}

/*
 * The kernel's " (deleted)" and a name that ends so look the same; but a
 * file that was asked for by that very name is there.
 */
static void set_exe(struct apply *a, struct image *image)
{
	static const struct slice mark = SLICE_LIT(" (deleted)");
	static const struct slice memfd = SLICE_LIT("/memfd:");
	const struct event_path *paths;
	uint32_t n = event_paths(a->event, &paths);
	char path[LIMIT_PATH], *asked;
	struct slice whole;

	image->exe = text(a->sc.exe);
	if (!a->sc.exe_deleted || !image->exe)
		return;
	asked = n ? asked_path(a, &paths[0], path) : NULL;
	whole = slice_str(asked);
	if (asked && slice_ends(whole, mark) &&
	    slice_eq(slice_make(asked, whole.len - mark.len), a->sc.exe)) {
		free(image->exe);
		image->exe = xstrdup(asked);
		return;
	}
	image->deleted = true;
	/* The kernel's own tmpfs, where memfds live, is device 0:1. */
	image->memfd = slice_starts(a->sc.exe, memfd) &&
		       (n == 0 || apply_dev(&paths[0]) == MEMFD_DEV);
}

/* What the program gets from its parent is what it will write to. */
static void use_inherited(struct apply *a)
{
	for (int fd = 1; fd <= 2; fd++) {
		const struct fdent *ent = apply_fd(a, (uint64_t)fd);

		if (!ent)
			continue;
		apply_output(a, fd, ent->obj);
		if (fd == 1 && ent->obj->kind == FDOBJ_FILE)
			files_hand_on(a->state->files, ent->obj->dev, ent->obj->inode,
				      a->proc);
	}
}

void apply_exec(struct apply *a)
{
	struct image *image = image_new();

	image->event = a->at;
	image->comm = text(a->sc.comm);
	image->tty = text(a->sc.tty);
	image->cred = a->proc->cred;
	set_exe(a, image);
	set_argv(image, a->event);
	set_files(a, image);
	set_cwd(a, image);
	a->act->kind = ACT_EXEC;
	proctab_exec(a->state->procs, a->proc, image);
	a->act->before = image->older;
	containers_exec(a);
	apply_forget_read(a);
	use_inherited(a);
}
