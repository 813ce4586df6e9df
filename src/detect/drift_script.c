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
#include "detect/drift_code.h"
#include "detect/language.h"
#include "detect/operand.h"
#include "detect/shell_kind.h"
#include "state/save.h"

struct drift_task {
	char *path;         /* what it will open, as it sees it; NULL: nothing */
	char *also;         /* a further text; NULL: none */
	bool module;        /* path is a module's name */
	bool told;          /* its execve has named path already */
	bool loader;        /* it is the dynamic loader, and will run path */
	bool lists;         /* it is the dynamic loader, and will run nothing */
	bool shell;         /* "." may name a script */
	struct fdobj *read; /* shell: what it has just opened to read; a reference */
	struct drift_modules modules;
};

enum { LIMIT_TASKS = 8192 };

/* ---- tasks ---- */

static void task_free(struct drift_task *task)
{
	fdobj_unref(&task->read);
	fdobj_unref(&task->modules.waits);
	free(task->path);
	free(task->also);
	free(task);
}

static void task_end(struct drift *d, const struct proc *proc)
{
	struct drift_task *task = map_del(d->tasks, slice_str(proc->uid));

	d->asked[0] = '\0';
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
	d->asked[0] = '\0';
}

/* The task of a process, or NULL. The next event is mostly the same one's. */
static struct drift_task *find_task(struct drift *d, const struct proc *proc)
{
	if (strcmp(d->asked, proc->uid) != 0) {
		memcpy(d->asked, proc->uid, sizeof(d->asked));
		d->asked_task = map_get(d->tasks, slice_str(proc->uid));
	}
	return d->asked_task;
}

/* Takes over what *what holds. */
static struct drift_task *task_begin(struct drift *d, const struct proc *proc,
				     const struct drift_task *what)
{
	struct drift_task *task = xcalloc(1, sizeof(*task));

	if (map_count(d->tasks) >= LIMIT_TASKS) /* their ends are not audited */
		drift_tasks_forget(d);
	*task = *what;
	d->asked[0] = '\0';
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

/*
 * What the kernel makes up itself: getlogin(3) reads /proc/self/loginuid. But
 * by the links of a process's directory there any file can be named.
 */
static bool is_kernels(const char *path)
{
	static const char *const links[] = { "/root/", "/fd/", "/cwd/", "/map_files/" };

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (strstr(path, links[i]))
			return false;
	}
	return path_within(path, "/proc") || path_within(path, "/sys");
}

/* May that be a program's text? */
static bool is_text(const struct fdobj *obj)
{
	if (obj->kind == FDOBJ_MEMFD)
		return true;
	return obj->kind == FDOBJ_FILE && obj->path && S_ISREG(obj->mode) &&
	       !is_kernels(obj->path);
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

/* The text at fd is told of; false: there is none. */
static bool tell_held(struct drift *d, const struct state *state,
		      const struct activity *act, int fd, const struct finding_out *out)
{
	const struct fdobj *held = text_at(act->proc, fd);

	if (held && !is_here_document(state, act->proc, held))
		drift_tell_text(d, state, act, held, "script", out);
	return held != NULL;
}

/* What is to be awaited of a text that was asked for by that name; or NULL. */
static char *await_named(struct drift *d, const struct state *state,
			 const struct activity *act, const char *name,
			 const struct finding_out *out)
{
	if (!name || tell_held(d, state, act, descriptor_named(name), out))
		return NULL;
	return absolute(act->proc, name);
}

static void begin_interpreter(struct drift *d, const struct state *state,
			      const struct activity *act, const struct finding_out *out)
{
	const struct image *image = act->proc->image;
	const char *script = image_script(image), *operand = NULL;
	struct drift_task task = { .shell = shell_kind(image) == SHELL_SHELL,
				   .told = script != NULL,
				   .modules.language = (uint8_t)language_of(image) };
	bool from_stdin = false;

	if (!script)
		operand = operand_script(image, &from_stdin);
	if (from_stdin) /* "bash < x": nothing but the descriptor says so */
		tell_held(d, state, act, 0, out);
	task.module = operand && operand_is_module(image, operand);
	task.path = script ? xstrdup(script) : await_named(d, state, act, operand, out);
	task.also = await_named(d, state, act, operand_option(image), out);
	if (task.path || task.also || task.shell || task.modules.language)
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

static bool is_open_call(const struct activity *act)
{
	switch (act->event->syscall.call) {
	case CALL_OPEN:
	case CALL_OPENAT:
	case CALL_OPENAT2: return true;
	default: return false;
	}
}

static bool is_open(const struct activity *act)
{
	return act->kind == ACT_FD && act->obj && is_open_call(act);
}

static struct slice parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slice_make(path, (size_t)(slash - path)) : slice_str("");
}

/* What python reads for "-m a.b": b.py, or b/__main__.py; for a folder its own. */
static bool is_pythons(struct slice name, bool module, const char *path)
{
	struct slice base = slice_basename(slice_str(path));
	const char *dot = module ? memrchr(name.ptr, '.', name.len) : NULL;

	if (dot)
		name = slice_skip(name, (size_t)(dot - name.ptr) + 1);
	if (slice_eq_str(base, "__main__.py"))
		return slice_eq(name, slice_basename(parent_of(path)));
	return module && base.len == name.len + 3 && slice_starts(base, name) &&
	       slice_ends(base, SLICE_LIT(".py"));
}

/*
 * Is that the file which asked names? A shell looks a name without a slash up
 * in the current directory first, then in PATH.
 */
static bool is_awaited(const struct drift_task *task, const char *asked,
		       const struct fdobj *obj)
{
	struct slice name;

	if (!asked || !obj->path || !is_text(obj) || (obj->flags & O_ACCMODE) != O_RDONLY)
		return false;
	name = slice_basename(slice_str(asked));
	return slice_eq(name, slice_basename(slice_str(obj->path))) ||
	       (!task->loader &&
		is_pythons(name, task->module && asked == task->path, obj->path));
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

/* Does text have that word by itself, with an argument behind it? */
static bool commands(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len) {
		if ((at[len] == ' ' || at[len] == '\t') &&
		    (at == text || strchr(" \t\n;&|({`", at[-1])))
			return true;
	}
	return false;
}

/*
 * bash 5.2 reads "$(< x)" in its own process (its CHANGES: "suppresses forking"), and ksh
 * always did: no record tells it from ". x". The text of -c does.
 */
static bool only_substitutes(const struct proc *proc)
{
	const char *text = shell_input(proc->image, SHELL_SHELL) == SHELL_COMMAND
				   ? shell_argument(proc->image, SHELL_SHELL)
				   : NULL;

	return text && (strstr(text, "$(<") || strstr(text, "`<")) &&
	       !commands(text, ".") && !commands(text, "source");
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
		       !(read->flags & O_CLOEXEC) && !is_substitution(act->proc) &&
		       !only_substitutes(act->proc);
	return act->kind == ACT_FD && act->obj == read && act->fd >= high;
}

/* Forked shells and interpreters go on with what their parent does. */
static struct drift_task *task_of(struct drift *d, const struct activity *act)
{
	const struct proc *proc = act->proc;
	struct drift_task *task = find_task(d, proc);
	struct drift_task fresh = { .shell = false };

	if (task || proc->image->seq != proc->first_seq || !is_open(act))
		return task;
	fresh.shell = shell_kind(proc->image) == SHELL_SHELL;
	fresh.modules.language = (uint8_t)language_of(proc->image);
	return fresh.shell || fresh.modules.language ? task_begin(d, proc, &fresh) : NULL;
}

/* A file that could not be opened tells as well what a program is about. */
static void follow_failure(struct drift *d, const struct state *state,
			   const struct activity *act, const struct finding_out *out)
{
	struct drift_task *task;

	if (act->event->syscall.success || !is_open_call(act))
		return;
	task = find_task(d, act->proc);
	if (task)
		drift_modules_missed(d, state, act, &task->modules, out);
}

/* May a shell read a script from there: a file, or "/dev/fd/63"? */
static bool may_be_script(const struct fdobj *obj)
{
	const uint32_t harmless = FLAG_LARGEFILE | O_CLOEXEC;

	if (obj->kind == FDOBJ_PIPE_READ)
		return true;
	return obj->path && is_text(obj) && (obj->flags & ~harmless) == O_RDONLY &&
	       !is_shells_own(obj->path);
}

static void follow_shell(struct drift *d, const struct state *state,
			 const struct activity *act, struct drift_task *task,
			 const struct finding_out *out)
{
	struct fdobj *read = task->read;

	task->read = NULL;
	if (read && reads_script(act, read)) {
		if (read->kind == FDOBJ_PIPE_READ) /* ". <(cat x)" */
			drift_pipe_read(d, state, act, read, out);
		else
			drift_tell_text(d, state, act, read, "script", out);
	}
	fdobj_unref(&read);
	if (is_open(act) && may_be_script(act->obj))
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
	if (act->kind == ACT_OTHER) { /* bash asks for descriptor 255 first */
		follow_failure(d, state, act, out);
		return;
	}
	if (is_open(act))
		drift_pipe_opened(d, state, act, out);
	task = task_of(d, act);
	if (!task)
		return;
	if (is_open(act) && is_awaited(task, task->path, act->obj)) {
		fdobj_unref(&task->read);
		await(d, state, act, task, out);
	} else if (is_open(act) && is_awaited(task, task->also, act->obj)) {
		fdobj_unref(&task->read);
		drift_tell_text(d, state, act, act->obj, "script", out);
		free(task->also);
		task->also = NULL;
	} else if (task->shell) {
		follow_shell(d, state, act, task, out);
	} else if (is_open(act)) {
		drift_modules_opened(d, state, act, &task->modules, out);
	}
}

static const struct pack_field task_rows[] = {
	PACK_TEXT(struct drift_task, path),
	PACK_TEXT(struct drift_task, also),
	PACK_NUMBER(struct drift_task, module),
	PACK_NUMBER(struct drift_task, told),
	PACK_NUMBER(struct drift_task, loader),
	PACK_NUMBER(struct drift_task, lists),
	PACK_NUMBER(struct drift_task, shell),
	PACK_OWN(struct drift_task, read, &pack_fdobj),
	PACK_PART(struct drift_task, modules, &pack_drift_modules),
};
const struct pack_type pack_drift_task =
	PACK_TABLE("drift_task", struct drift_task, task_rows);
