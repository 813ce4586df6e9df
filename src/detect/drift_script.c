/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code that a program reads after it was started: "sh x", "python x.py",
 * ". x", "bash < x", and what the dynamic loader is told to run. No execve
 * names those files; the opening of them does. What to wait for is kept as
 * a task of the process until its next execve or its end.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/names.h"
#include "base/compiler.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "detect/drift_priv.h"
#include "detect/operand.h"
#include "detect/shell_kind.h"
#include "state/save.h"

struct drift_task {
	char *path;         /* what it will open, as it sees it; NULL: nothing */
	bool told;          /* its execve has named path already */
	bool loader;        /* it is the dynamic loader, and will run path */
	bool lists;         /* it is the dynamic loader, and will run nothing */
	bool shell;         /* "." may name a script */
	struct fdobj *read; /* shell: what it has just opened to read; a reference */
};

enum { LIMIT_TASKS = 8192 };

/* ---- tasks ---- */

static void task_free(struct drift_task *task)
{
	fdobj_unref(&task->read);
	free(task->path);
	free(task);
}

static void task_end(struct drift *d, const struct proc *proc)
{
	struct drift_task *task = map_del(d->tasks, slice_str(proc->uid));

	if (task)
		task_free(task);
}

void drift_tasks_forget(struct drift *d)
{
	struct map_iter it = { 0 };
	void *value;

	while (map_next(d->tasks, &it, NULL, &value))
		task_free(value);
	map_free(&d->tasks);
	d->tasks = map_new();
}

/* Takes over what *what holds. */
static struct drift_task *task_begin(struct drift *d, const struct proc *proc,
				     const struct drift_task *what)
{
	struct drift_task *task = xcalloc(1, sizeof(*task));

	if (map_count(d->tasks) >= LIMIT_TASKS) /* their ends are not audited */
		drift_tasks_forget(d);
	*task = *what;
	map_put(d->tasks, slice_str(proc->uid), task);
	return task;
}

static char *absolute(const struct proc *proc, const char *name)
{
	char path[LIMIT_PATH];

	return xstrdup(path_absolute(slice_str(proc->image->cwd), slice_str(name), path));
}

/* The descriptor that "/dev/fd/3", "/proc/self/fd/3" or "/dev/stdin" names, or -1. */
static int descriptor_named(const char *name)
{
	static const char *const dirs[] = { "/dev/fd/", "/proc/self/fd/" };
	uint32_t fd;

	if (strcmp(name, "/dev/stdin") == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (strncmp(name, dirs[i], strlen(dirs[i])) == 0 &&
		    num_u32(slice_str(name + strlen(dirs[i])), &fd) && fd <= INT_MAX)
			return (int)fd;
	}
	return -1;
}

/* May that be a program's text? */
static bool is_text(const struct fdobj *obj)
{
	if (obj->kind == FDOBJ_MEMFD)
		return true;
	return obj->kind == FDOBJ_FILE && obj->path && S_ISREG(obj->mode);
}

/* What the process has at fd, if that may be one; or NULL. */
static const struct fdobj *text_at(const struct proc *proc, int fd)
{
	const struct fdent *ent =
		fd < 0 ? NULL : fdtab_get(proc_files((struct proc *)proc)->fds, fd);

	return ent && is_text(ent->obj) ? ent->obj : NULL;
}

/* ---- at exec ---- */

static void begin_loader(struct drift *d, const struct state *state,
			 const struct activity *act, const struct finding_out *out)
{
	const struct proc *proc = act->proc;
	const char *operand = operand_loaded(proc->image);
	struct drift_task task = { .loader = true };
	const struct fdobj *held;

	if (!operand || operand_is_ldd(act->before)) {
		task_begin(d, proc, &(struct drift_task){ .lists = true });
		return;
	}
	held = text_at(proc, descriptor_named(operand));
	if (held)
		drift_tell_text(d, state, act, held, "loaded", out);
	task.path = held && held->path ? xstrdup(held->path) : absolute(proc, operand);
	task.told = held != NULL;
	task_begin(d, proc, &task);
}

/* A shell's here-document is a file that it deletes before anybody reads it. */
static bool is_here_document(const struct state *state, const struct proc *proc,
			     const struct fdobj *obj)
{
	const struct file *file =
		files_find(state_files(state), proc->host, obj->dev, obj->inode);

	return file && file->created && file->gone.at.serial &&
	       file->gone.proc == file->content.act.proc &&
	       shell_kind(file->content.act.image) == SHELL_SHELL;
}

static void begin_interpreter(struct drift *d, const struct state *state,
			      const struct activity *act, const struct finding_out *out)
{
	const struct image *image = act->proc->image;
	const char *script = image_script(image), *operand = NULL;
	struct drift_task task = { .shell = shell_kind(image) == SHELL_SHELL,
				   .told = script != NULL };
	const struct fdobj *held = NULL;
	bool from_stdin = false;

	if (!script)
		operand = operand_script(image, &from_stdin);
	if (operand)
		held = text_at(act->proc, descriptor_named(operand));
	else if (from_stdin) /* "bash < x": nothing but the descriptor says so */
		held = text_at(act->proc, 0);
	if (held && !is_here_document(state, act->proc, held))
		drift_tell_text(d, state, act, held, "script", out);
	if (script)
		task.path = xstrdup(script);
	else if (operand && !held)
		task.path = absolute(act->proc, operand);
	if (task.path || task.shell)
		task_begin(d, act->proc, &task);
}

void drift_tasks_begin(struct drift *d, const struct state *state,
		       const struct activity *act, const struct finding_out *out)
{
	task_end(d, act->proc);
	if (operand_is_loader(act->proc->image))
		begin_loader(d, state, act, out);
	else
		begin_interpreter(d, state, act, out);
}

bool drift_tasks_expect(const struct drift *d, const struct proc *proc, const char *path)
{
	const struct drift_task *task = map_get(d->tasks, slice_str(proc->uid));

	if (!task)
		return false;
	return task->lists || (task->loader && strcmp(task->path, path) == 0);
}

/* ---- what is opened ---- */

static bool is_open(const struct activity *act)
{
	switch (act->event->syscall.call) {
	case CALL_OPEN:
	case CALL_OPENAT:
	case CALL_OPENAT2: return act->kind == ACT_FD && act->obj;
	default: return false;
	}
}

/*
 * Is that the file which the task waits for? A shell looks a name without a
 * slash up in the current directory first, then in PATH.
 */
static bool is_awaited(const struct drift_task *task, const struct fdobj *obj)
{
	struct slice name = slice_basename(slice_str(task->path));

	return obj->path && is_text(obj) && (obj->flags & O_ACCMODE) == O_RDONLY &&
	       slice_eq(name, slice_basename(slice_str(obj->path)));
}

static void await(struct drift *d, const struct state *state, const struct activity *act,
		  struct drift_task *task, const struct finding_out *out)
{
	if (!task->told)
		drift_tell_text(d, state, act, act->obj,
				task->loader ? "loaded" : "script", out);
	task->told = true;
	if (task->loader)
		return; /* its mapping is still to come */
	free(task->path);
	task->path = NULL;
}

/* ---- "." ---- */

enum {
	SHELL_HIGH_FD = 10,       /* where shells keep descriptors of their own */
	BASH_SCRIPT_FD = 250,     /* general.c, HIGH_FD_MAX; lower where that is in use */
	FLAG_LARGEFILE = 0100000, /* of 32-bit programs; glibc's macro is 0 here */
};

/* "$(< x)" reads as "." does, but into a pipe, in a process of its own. */
static bool is_substitution(const struct proc *proc)
{
	const struct fdent *ent = fdtab_get(proc_files((struct proc *)proc)->fds, 1);

	return proc->image->seq == proc->first_seq && ent &&
	       ent->obj->kind == FDOBJ_PIPE_WRITE;
}

/* What shells read that is no script. */
static bool is_shells_own(const char *path)
{
	struct slice name = slice_basename(slice_str(path));

	return slice_ends(name, SLICE_LIT("history")) ||
	       slice_ends(name, SLICE_LIT("inputrc"));
}

/*
 * A shell reads a script in one go and closes it, or keeps it out of the
 * way of redirections; what it redirects goes to a low number. libc's own
 * files are opened with O_CLOEXEC, and closed: they are no scripts.
 */
static bool reads_script(const struct activity *act, const struct fdobj *read)
{
	int high =
		act->event->syscall.call == CALL_FCNTL ? SHELL_HIGH_FD : BASH_SCRIPT_FD;

	if (act->kind == ACT_CLOSE)
		return act->event->syscall.success && read->refs == 1 &&
		       !(read->flags & O_CLOEXEC) && !is_substitution(act->proc);
	return act->kind == ACT_FD && act->obj == read && act->fd >= high;
}

/* Forked shells go on with what their parent does. */
static struct drift_task *task_of(struct drift *d, const struct proc *proc)
{
	struct drift_task *task = map_get(d->tasks, slice_str(proc->uid));

	if (task || proc->image->seq != proc->first_seq ||
	    shell_kind(proc->image) != SHELL_SHELL)
		return task;
	return task_begin(d, proc, &(struct drift_task){ .shell = true });
}

static void follow_shell(struct drift *d, const struct state *state,
			 const struct activity *act, struct drift_task *task,
			 const struct finding_out *out)
{
	const uint32_t harmless = FLAG_LARGEFILE | O_CLOEXEC;
	struct fdobj *read = task->read;

	if (act->kind == ACT_OTHER) /* bash asks for descriptor 255 first */
		return;
	task->read = NULL;
	if (read && reads_script(act, read))
		drift_tell_text(d, state, act, read, "script", out);
	fdobj_unref(&read);
	if (is_open(act) && act->obj->path && is_text(act->obj) &&
	    (act->obj->flags & ~harmless) == O_RDONLY && !is_shells_own(act->obj->path))
		task->read = fdobj_ref((struct fdobj *)act->obj);
}

void drift_tasks_follow(struct drift *d, const struct state *state,
			const struct activity *act, const struct finding_out *out)
{
	struct drift_task *task;

	if (act->kind == ACT_EXIT) {
		task_end(d, act->proc);
		return;
	}
	task = task_of(d, act->proc);
	if (!task)
		return;
	if (task->path && is_open(act) && is_awaited(task, act->obj)) {
		fdobj_unref(&task->read);
		await(d, state, act, task, out);
	} else if (task->shell) {
		follow_shell(d, state, act, task, out);
	}
}

static const struct pack_field task_rows[] = {
	PACK_TEXT(struct drift_task, path),
	PACK_NUMBER(struct drift_task, told),
	PACK_NUMBER(struct drift_task, loader),
	PACK_NUMBER(struct drift_task, lists),
	PACK_NUMBER(struct drift_task, shell),
	PACK_OWN(struct drift_task, read, &pack_fdobj),
};
const struct pack_type pack_drift_task =
	PACK_TABLE("drift_task", struct drift_task, task_rows);
