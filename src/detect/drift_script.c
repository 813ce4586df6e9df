/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code that a program reads after it was started: "sh x", "python x.py",
 * ". x", "bash < x", and what the dynamic loader is told to run. No execve
 * names those files; the opening of them does. What to wait for is kept as
 * a task of the process until its next execve or its end.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/names.h"
#include "base/compiler.h"
#include "base/xalloc.h"
#include "detect/drift_priv.h"
#include "detect/honest.h"
#include "detect/program.h"
#include "detect/shell_kind.h"

enum task_kind {
	TASK_SCRIPT, /* an interpreter will open path */
	TASK_LOADER, /* the dynamic loader will open path and run it */
	TASK_LIST,   /* the dynamic loader will map, and run nothing */
	TASK_SHELL,  /* a shell without a script of its own: "." may name one */
};

struct drift_task {
	enum task_kind kind;
	char *path;         /* SCRIPT, LOADER: within the process's root */
	struct fdobj *read; /* SHELL: what it has just opened for reading; a reference */
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

static struct drift_task *task_begin(struct drift *d, const struct proc *proc,
				     enum task_kind kind, const char *path)
{
	struct drift_task *task = xcalloc(1, sizeof(*task));

	if (map_count(d->tasks) >= LIMIT_TASKS) /* their ends are not audited */
		drift_tasks_forget(d);
	task->kind = kind;
	task->path = path ? xstrdup(path) : NULL;
	map_put(d->tasks, slice_str(proc->uid), task);
	return task;
}

static char *absolute(const struct proc *proc, const char *name, char out[LIMIT_PATH])
{
	return path_absolute(slice_str(proc->image->cwd), slice_str(name), out);
}

/* ---- the dynamic loader ---- */

/* Options of ld.so, elf/rtld.c of glibc; of musl's, ldso/dynlink.c. */
static const struct {
	const char *name;
	enum { TAKES_NOTHING, TAKES_VALUE, RUNS_NOTHING } kind;
} loader_options[] = {
	{ "--list", RUNS_NOTHING },
	{ "--verify", RUNS_NOTHING },
	{ "--help", RUNS_NOTHING },
	{ "--version", RUNS_NOTHING },
	{ "--list-tunables", RUNS_NOTHING },
	{ "--list-diagnostics", RUNS_NOTHING },
	{ "--library-path", TAKES_VALUE },
	{ "--inhibit-rpath", TAKES_VALUE },
	{ "--audit", TAKES_VALUE },
	{ "--preload", TAKES_VALUE },
	{ "--argv0", TAKES_VALUE },
	{ "--glibc-hwcaps-prepend", TAKES_VALUE },
	{ "--glibc-hwcaps-mask", TAKES_VALUE },
	{ "--inhibit-cache", TAKES_NOTHING },
	{ "--", TAKES_NOTHING },
};

/* "ld-linux-x86-64.so.2", "ld-2.31.so", "ld.so", "ld64.so.2", "ld-musl-x86_64.so.1" */
static bool is_loader(const struct image *image)
{
	struct slice name = slice_basename(slice_str(image->exe));

	return slice_starts(name, SLICE_LIT("ld-linux")) ||
	       slice_starts(name, SLICE_LIT("ld-musl-")) ||
	       slice_starts(name, SLICE_LIT("ld64.so")) || slice_eq_str(name, "ld.so") ||
	       slice_eq_str(name, "ld.so.1") ||
	       (slice_starts(name, SLICE_LIT("ld-2.")) &&
		slice_ends(name, SLICE_LIT(".so")));
}

/* The program that it will run, or NULL. */
static const char *loader_operand(const struct image *image)
{
	for (uint32_t i = 1; i < image->argc; i++) {
		const char *arg = image->argv[i];
		size_t k;

		if (strncmp(arg, "--", 2) != 0)
			return arg;
		for (k = 0; k < ARRAY_SIZE(loader_options); k++) {
			if (strcmp(arg, loader_options[k].name) == 0)
				break;
		}
		if (k == ARRAY_SIZE(loader_options))
			continue; /* --library-path=... and what is newer than this */
		if (loader_options[k].kind == RUNS_NOTHING)
			return NULL;
		i += loader_options[k].kind == TAKES_VALUE;
	}
	return NULL;
}

/* ldd(1) is a shell script that sets a variable, which no record shows. */
static bool is_ldd(const struct image *image)
{
	for (uint32_t i = 0; image && i < image->nfiles; i++) {
		const char *path = image->files[i].path;

		if (image->files[i].role == EXEC_SCRIPT && honest_place(path) &&
		    slice_eq_str(slice_basename(slice_str(path)), "ldd"))
			return true;
	}
	return false;
}

static void begin_loader(struct drift *d, const struct activity *act)
{
	const struct image *image = act->proc->image;
	const char *operand = loader_operand(image);
	char path[LIMIT_PATH];

	if (!operand || is_ldd(act->before))
		task_begin(d, act->proc, TASK_LIST, NULL);
	else
		task_begin(d, act->proc, TASK_LOADER, absolute(act->proc, operand, path));
}

/* ---- interpreters ---- */

/* Those that shell_kind() does not know, and how they are given a script. */
static const struct {
	const char *program;
	const char *option; /* NULL: the first argument that is no option */
} others[] = {
	{ "awk", "-f" },    { "gawk", "-f" },  { "mawk", "-f" },    { "nawk", "-f" },
	{ "expect", NULL }, { "wish", NULL },  { "java", "-jar" },  { "Rscript", NULL },
	{ "guile", NULL },  { "julia", NULL }, { "escript", NULL }, { "php", "-f" },
};

static const char *other_operand(const struct image *image)
{
	struct slice name = program_name(image);
	size_t row;

	for (row = 0; row < ARRAY_SIZE(others); row++) {
		if (slice_starts(name, slice_str(others[row].program)))
			break;
	}
	if (row == ARRAY_SIZE(others))
		return NULL;
	for (uint32_t i = 1; i < image->argc; i++) {
		const char *arg = image->argv[i], *option = others[row].option;

		if (!option && arg[0] != '-')
			return arg;
		if (option && strcmp(arg, option) == 0)
			return i + 1 < image->argc ? image->argv[i + 1] : NULL;
	}
	return NULL;
}

static bool has_script(const struct image *image)
{
	for (uint32_t i = 0; i < image->nfiles; i++) {
		if (image->files[i].role == EXEC_SCRIPT)
			return true;
	}
	return false;
}

static void tell_script(struct drift *d, const struct state *state,
			const struct activity *act, const struct fdobj *obj,
			const struct finding_out *out)
{
	struct drift_subject subject = {
		.proc = act->proc, .path = obj->path, .dev = obj->dev, .inode = obj->inode
	};

	drift_tell(d, state, act, &subject, "script", out);
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

static bool is_script_file(const struct fdobj *obj)
{
	return obj->kind == FDOBJ_FILE && obj->path && S_ISREG(obj->mode);
}

/* "bash < x": nothing but the descriptor says so. */
static void look_at_stdin(struct drift *d, const struct state *state,
			  const struct activity *act, const struct finding_out *out)
{
	const struct fdent *ent = fdtab_get(proc_files((struct proc *)act->proc)->fds, 0);

	if (ent && is_script_file(ent->obj) &&
	    !is_here_document(state, act->proc, ent->obj))
		tell_script(d, state, act, ent->obj, out);
}

static void begin_interpreter(struct drift *d, const struct state *state,
			      const struct activity *act, const struct finding_out *out)
{
	const struct proc *proc = act->proc;
	enum shell_kind kind = shell_kind(proc->image);
	const char *operand = other_operand(proc->image);
	char path[LIMIT_PATH];

	if (!has_script(proc->image) && !operand && kind != SHELL_NONE) {
		enum shell_input input = shell_input(proc->image, kind);

		if (input == SHELL_SCRIPT)
			operand = shell_argument(proc->image, kind);
		else if (input == SHELL_READS_STDIN && proc->image->argc)
			look_at_stdin(d, state, act, out);
	}
	if (operand)
		task_begin(d, proc, TASK_SCRIPT, absolute(proc, operand, path));
	else if (kind == SHELL_SHELL)
		task_begin(d, proc, TASK_SHELL, NULL);
}

void drift_tasks_begin(struct drift *d, const struct state *state,
		       const struct activity *act, const struct finding_out *out)
{
	task_end(d, act->proc);
	if (is_loader(act->proc->image))
		begin_loader(d, act);
	else
		begin_interpreter(d, state, act, out);
}

bool drift_tasks_expect(const struct drift *d, const struct proc *proc, const char *path)
{
	const struct drift_task *task = map_get(d->tasks, slice_str(proc->uid));

	if (!task)
		return false;
	return task->kind == TASK_LIST ||
	       (task->kind == TASK_LOADER && strcmp(task->path, path) == 0);
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
 * The file that the task waits for. A shell looks a name without a slash up
 * in the current directory first, then in PATH.
 */
static bool is_awaited(const struct drift_task *task, const struct fdobj *obj)
{
	struct slice name = slice_basename(slice_str(task->path));

	if (!obj->path || (obj->flags & O_ACCMODE) != O_RDONLY)
		return false;
	return strcmp(task->path, obj->path) == 0 ||
	       (is_script_file(obj) &&
		slice_eq(name, slice_basename(slice_str(obj->path))));
}

static void await(struct drift *d, const struct state *state, const struct activity *act,
		  const struct drift_task *task, const struct finding_out *out)
{
	struct drift_subject subject = { .proc = act->proc,
					 .path = act->obj->path,
					 .dev = act->obj->dev,
					 .inode = act->obj->inode };
	bool loader = task->kind == TASK_LOADER;

	if (!is_awaited(task, act->obj))
		return;
	drift_tell(d, state, act, &subject, loader ? "loaded" : "script", out);
	if (loader)
		return; /* its mapping is still to come */
	task_end(d, act->proc);
	if (shell_kind(act->proc->image) == SHELL_SHELL)
		task_begin(d, act->proc, TASK_SHELL, NULL);
}

/* ---- "." ---- */

enum {
	SHELL_HIGH_FD = 10,       /* where shells keep descriptors of their own */
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
 * way of redirections; what it redirects goes to a low number.
 */
static bool reads_script(const struct activity *act, const struct fdobj *read)
{
	if (act->kind == ACT_CLOSE)
		return act->event->syscall.success && read->refs == 1;
	return act->kind == ACT_FD && act->obj == read && act->fd >= SHELL_HIGH_FD;
}

/* Forked shells go on with what their parent does. */
static struct drift_task *shell_task(struct drift *d, const struct proc *proc)
{
	struct drift_task *task = map_get(d->tasks, slice_str(proc->uid));

	if (task || proc->image->seq != proc->first_seq ||
	    shell_kind(proc->image) != SHELL_SHELL)
		return task;
	return task_begin(d, proc, TASK_SHELL, NULL);
}

static void follow_shell(struct drift *d, const struct state *state,
			 const struct activity *act, struct drift_task *task,
			 const struct finding_out *out)
{
	struct fdobj *read = task->read;

	task->read = NULL;
	if (read && reads_script(act, read) && !is_substitution(act->proc))
		tell_script(d, state, act, read, out);
	fdobj_unref(&read);
	/* libc's own files are opened with O_CLOEXEC, what the shell reads is not. */
	if (is_open(act) && is_script_file(act->obj) &&
	    (act->obj->flags & ~(uint32_t)FLAG_LARGEFILE) == O_RDONLY &&
	    !is_shells_own(act->obj->path))
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
	task = shell_task(d, act->proc);
	if (!task)
		return;
	if (task->kind == TASK_SHELL)
		follow_shell(d, state, act, task, out);
	else if (task->kind != TASK_LIST && is_open(act))
		await(d, state, act, task, out);
}
