/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules: what interpreters read besides the text that they were told to
 * run. An opening alone does not tell code from data, and people write, build
 * and install code all day long. So it counts as run where the records show
 * that it was loaded (language.h), and where they show as well how it came
 * there: not by a package manager, nor by the program that loads it, nor as
 * something that the program was given to work on.
 *
 * One finding for what arrived as a whole: a directory that the image does
 * not hold is told by its first file.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "detect/drift_code.h"
#include "detect/honest.h"
#include "detect/language.h"
#include "detect/program.h"
#include "detect/shell_kind.h"
#include "state/save.h"

enum { LIMIT_MARKS = 100000 };

/* ---- marks: what is known already ---- */

static bool is_marked(const struct map *marks, uint64_t key)
{
	return marks && map_get_u64(marks, key);
}

static void set_mark(struct map **marks, uint64_t key)
{
	if (*marks && map_count(*marks) >= LIMIT_MARKS)
		map_free(marks);
	if (!*marks)
		*marks = map_new();
	map_put_u64(*marks, key, (void *)1); // NOLINT
}

/* Text of a container, a root or a host. */
static uint64_t place_key(const struct proc *proc, const char *a, size_t len,
			  const char *b)
{
	const struct container *c = container_of(proc);
	uint64_t words[5] = {
		hash_fixed(a, len),
		b ? hash_fixed(b, strlen(b)) : 0,
		c && c->id ? hash_fixed(c->id, strlen(c->id)) : 0,
		proc->root ? hash_fixed(proc->root, strlen(proc->root)) : 0,
		hash_fixed(proc->host->node, strlen(proc->host->node)),
	};

	return hash_fixed(words, sizeof(words));
}

/*
 * What arrived with path: the topmost directory that the image does not hold.
 * The length of its name; 0: none.
 */
static size_t arrived_with(const struct manifest *image, const char *path)
{
	for (size_t i = 1; image && path[i]; i++) {
		if (path[i] == '/' && !manifest_find_nofollow(image, slice_make(path, i)))
			return i;
	}
	return 0;
}

static uint64_t arrival_key(const struct proc *proc, const struct drift_judgement *j)
{
	size_t len = arrived_with(j->image, j->path);
	const char *slash = strrchr(j->path, '/');

	if (len)
		return place_key(proc, j->path, len, NULL);
	/* Of what was put into a directory of the image, once for each process. */
	return place_key(proc, j->path, slash ? (size_t)(slash - j->path) : 0, proc->uid);
}

void drift_arrived(struct drift *d, const struct proc *proc,
		   const struct drift_judgement *j)
{
	if (j->verdict == DRIFT_ADDED && arrived_with(j->image, j->path))
		set_mark(&d->arrivals, arrival_key(proc, j));
}

/* ---- who brought it ---- */

/* The act that made the file what it is, by all that the log shows; or NULL. */
static const struct file_act *act_of(const struct proc *proc,
				     const struct drift_judgement *j)
{
	enum confidence confidence;
	const struct file_write *w = drift_change(j->file, &confidence);

	if (w)
		return &w->act;
	if (j->file && j->file->named.at.serial)
		return &j->file->named;
	if (j->moved)
		return &j->moved->act;
	if (j->mount && container_of(j->mount->act.proc) == container_of(proc) &&
	    !j->mount->act.proc->role)
		return &j->mount->act;
	return NULL;
}

enum { INSTALLER_DEPTH = 6 };

static bool is_installer(const struct image *image)
{
	return program_work(image) & (WORK_PACKAGE | WORK_PACKAGE_OTHER) &&
	       honest_place(image->exe);
}

/* A package manager of the system or of a language, or what it started. */
static bool by_installer(const struct file_act *act)
{
	const struct proc *proc = act->proc;

	if (is_installer(act->image))
		return true;
	for (int i = 0; proc && i < INSTALLER_DEPTH; i++, proc = proc->parent) {
		if (is_installer(proc->image))
			return true;
	}
	return false;
}

/* The program itself made it, or one like it that works for it: a cache. */
static bool by_itself(const struct file_act *act, const struct proc *proc)
{
	const char *mine = proc->image->exe, *its = act->image->exe;

	if (!mine || !its || strcmp(mine, its) != 0)
		return false;
	if (proc_descends(act->proc, proc)) /* since it runs that program */
		return evref_older(proc->image->event, act->at);
	return proc_descends(proc, act->proc);
}

/* ---- what it is to the program ---- */

/* The index of the argument behind the program's text; argc: there is none. */
static uint32_t first_operand(const struct image *image)
{
	const char *text = shell_argument(image, shell_kind(image));
	uint32_t i = 0;

	while (text && i < image->argc && image->argv[i] != text)
		i++;
	return text && i < image->argc ? i + 1 : image->argc;
}

/* Is it, or lies it below, what the program was given to work on? */
static bool is_operand(const struct image *image, const char *path)
{
	char whole[LIMIT_PATH];

	for (uint32_t i = first_operand(image); i < image->argc; i++) {
		const char *arg = image->argv[i];

		if (arg[0] == '-')
			arg = strchr(arg, '=') ? strchr(arg, '=') + 1 : "";
		if (arg[0] && path_within(path, path_absolute(slice_str(image->cwd),
							      slice_str(arg), whole)))
			return true;
	}
	return false;
}

/* Programs that load what they are to test or to compile, and say so. */
static bool is_workshop(const struct image *image)
{
	static const char *const names[] = {
		"pytest",     "py.test",    "unittest",  "nose2",     "tox",
		"nox",        "doctest",    "coverage",  "jest",      "mocha",
		"vitest",     "ava",        "rspec",     "rake",      "minitest",
		"phpunit",    "pest",       "prove",     "busted",    "compileall",
		"py_compile", "py3compile", "pycompile", "testtools", "ward",
	};
	struct slice name = program_name(image);
	const char *text = shell_argument(image, shell_kind(image));
	struct slice module = text ? slice_basename(slice_str(text)) : name;

	for (size_t i = 0; honest_place(image->exe) && i < ARRAY_SIZE(names); i++) {
		if (slice_eq_str(name, names[i]) || slice_eq_str(module, names[i]))
			return true;
	}
	return false;
}

/* ---- the verdict ---- */

/* What the image would have held as well, and where only the image was. */
static bool is_amiss(const struct drift_modules *m, const struct proc *proc,
		     const struct fdobj *obj, const struct drift_judgement *j)
{
	return m->listed && j->verdict == DRIFT_ADDED && !j->mount &&
	       obj->dev == proc->image->dev;
}

static bool counts(const struct drift_modules *m, const struct proc *proc,
		   const struct fdobj *obj, bool sure, const struct drift_judgement *j)
{
	const struct file_act *act = act_of(proc, j);

	if (!act ? !sure || !is_amiss(m, proc, obj, j)
		 : by_installer(act) || by_itself(act, proc))
		return false;
	return !is_workshop(proc->image) && (sure || !is_operand(proc->image, obj->path));
}

/* Python itself wrote it from a source that it had loaded. */
static bool is_own_cache(const struct file *file)
{
	return file && file->content.act.at.serial &&
	       language_of(file->content.act.image) == LANG_PYTHON &&
	       (!file->named.at.serial || file->named.proc == file->content.act.proc);
}

static uint64_t file_key(const struct proc *proc, const struct fdobj *obj)
{
	uint64_t words[3] = { obj->dev, obj->inode,
			      place_key(proc, obj->path, strlen(obj->path), NULL) };

	return hash_fixed(words, sizeof(words));
}

/* Where nothing has happened to it, its source says whose it is. */
static void judge_source(struct drift *d, const struct state *state,
			 struct drift_subject *subject, char source[LIMIT_PATH],
			 struct drift_judgement *j)
{
	if (j->verdict != DRIFT_ADDED || j->file ||
	    !language_cached(subject->path, source, LIMIT_PATH))
		return;
	subject->path = source;
	subject->dev = subject->inode = 0;
	drift_judge(d, state, subject, j);
}

static void look(struct drift *d, const struct state *state, const struct activity *act,
		 struct drift_modules *m, const struct fdobj *obj, bool sure,
		 const struct finding_out *out)
{
	const struct proc *proc = act->proc;
	const struct file *file =
		files_find(state_files(state), proc->host, obj->dev, obj->inode);
	struct drift_subject subject = {
		.proc = proc, .path = obj->path, .dev = obj->dev, .inode = obj->inode
	};
	bool cache = m->language == LANG_PYTHON && language_is_cache(obj->path);
	uint64_t key = file_key(proc, obj);
	char source[LIMIT_PATH];
	struct drift_judgement j;

	if (!file && is_marked(d->modules, key)) {
		m->listed = true;
		return;
	}
	if (cache && is_own_cache(file))
		return;
	drift_judge(d, state, &subject, &j);
	if (cache)
		judge_source(d, state, &subject, source, &j);
	if (j.verdict == DRIFT_SAME) {
		m->listed = true;
		if (!file)
			set_mark(&d->modules, key);
		return;
	}
	if ((j.verdict != DRIFT_ADDED && j.verdict != DRIFT_MODIFIED) ||
	    !counts(m, proc, obj, sure, &j))
		return;
	if (j.verdict == DRIFT_ADDED) {
		key = arrival_key(proc, &j);
		if (is_marked(d->arrivals, key))
			return;
		set_mark(&d->arrivals, key);
	}
	drift_tell_judged(d, state, act, &subject, &j, "module", out);
}

/* ---- what is opened ---- */

/* Python asks for each module, node only once for each directory. */
static bool has_asked(const struct drift_modules *m, uint64_t key)
{
	size_t n = m->language == LANG_PYTHON ? 1 : ARRAY_SIZE(m->asked);

	for (size_t i = 0; i < n; i++) {
		if (m->asked[i] == key)
			return true;
	}
	return false;
}

/* What may have been read as data was a module: the program asks as for one. */
static void prove(struct drift *d, const struct state *state, const struct activity *act,
		  struct drift_modules *m, uint64_t asked, const struct finding_out *out)
{
	struct fdobj *obj = m->waits;
	struct activity then = *act;

	if (!has_asked(m, asked)) {
		memmove(m->asked + 1, m->asked, sizeof(m->asked) - sizeof(m->asked[0]));
		m->asked[0] = asked;
	}
	if (!obj || language_key(m->language, slice_str(obj->path)) != asked)
		return;
	m->waits = NULL;
	then.at = m->waits_at;
	look(d, state, &then, m, obj, true, out);
	fdobj_unref(&obj);
}

void drift_modules_missed(struct drift *d, const struct state *state,
			  const struct activity *act, struct drift_modules *m,
			  const struct finding_out *out)
{
	const struct event_path *paths;
	uint64_t asked;

	if (m->language == LANG_NONE || event_paths(act->event, &paths) == 0)
		return;
	asked = language_asked(m->language, paths[0].name);
	if (asked)
		prove(d, state, act, m, asked, out);
}

void drift_modules_opened(struct drift *d, const struct state *state,
			  const struct activity *act, struct drift_modules *m,
			  const struct finding_out *out)
{
	struct fdobj *obj = (struct fdobj *)act->obj;
	enum language_proof proof;
	uint64_t asked;

	if (m->language == LANG_NONE || obj->kind != FDOBJ_FILE || !obj->path ||
	    !S_ISREG(obj->mode))
		return;
	asked = language_asked(m->language, slice_str(obj->path));
	if (asked)
		prove(d, state, act, m, asked, out);
	if ((obj->flags & O_ACCMODE) != O_RDONLY)
		return;
	proof = language_proof(m->language, obj->path, obj->flags);
	if (proof == PROOF_NONE)
		return;
	if (proof == PROOF_MISSING &&
	    has_asked(m, language_key(m->language, slice_str(obj->path))))
		proof = PROOF_SURE;
	if (proof != PROOF_MISSING) {
		look(d, state, act, m, obj, proof == PROOF_SURE, out);
		return;
	}
	fdobj_unref(&m->waits);
	m->waits = fdobj_ref(obj);
	m->waits_at = act->at;
}

static const struct pack_field modules_rows[] = {
	PACK_NUMBER(struct drift_modules, language),
	PACK_NUMBER(struct drift_modules, listed),
	PACK_FLAT(struct drift_modules, asked),
	PACK_OWN(struct drift_modules, waits, &pack_fdobj),
	PACK_FLAT(struct drift_modules, waits_at),
};
const struct pack_type pack_drift_modules =
	PACK_TABLE("drift_modules", struct drift_modules, modules_rows);
