/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that run: added, modified, in memory only, or deleted. */
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "detect/drift_code.h"
#include "detect/honest.h"
#include "detect/program.h"

static bool below(const char *path, const char *dir)
{
	return path && strcmp(path, dir) != 0 && path_within(path, dir);
}

/* The detectors of added and modified files, by what they are. */
static const struct {
	const char *kind;
	enum detector_id added, modified;
	const char *verb, *evidence;
} kinds[] = {
	{ "binary", DETECT_ADDED_BINARY_EXECUTED, DETECT_MODIFIED_BINARY_EXECUTED,
	  "was started from", "executed" },
	{ "script", DETECT_ADDED_SCRIPT_EXECUTED, DETECT_MODIFIED_BINARY_EXECUTED,
	  "ran the script", "read by its interpreter" },
	{ "library", DETECT_ADDED_LIBRARY_LOADED, DETECT_MODIFIED_LIBRARY_LOADED,
	  "loaded", "mapped executable" },
	{ "module", DETECT_ADDED_SCRIPT_EXECUTED, DETECT_MODIFIED_BINARY_EXECUTED,
	  "loaded the module", "read by its interpreter" },
	{ "loaded", DETECT_LOADER_EXECUTION, DETECT_LOADER_EXECUTION,
	  "ran, by the dynamic loader,", "opened by the dynamic loader" },
};

/* Scripts that come with a package are run by its manager, from its database. */
static bool is_part_of_install(const struct activity *act,
			       const struct drift_judgement *j)
{
	static const char *const dirs[] = { "/var/lib/dpkg", "/var/tmp",
					    "/var/lib/rpm-state" };
	enum confidence confidence;
	const struct file_write *w = drift_change(j->file, &confidence);
	const struct image *before = act->proc->image->older;
	bool inside = false;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		inside |= below(j->path, dirs[i]);
	return inside && before && program_is_packager(before) &&
	       (!w || drift_by_packager(&w->act));
}

static const char *caveat_of(const struct drift_judgement *j)
{
	if (j->confidence == CONF_HIGH)
		return NULL;
	if (j->by_history)
		return "no manifest of its image was given: this is what the log saw of "
		       "the file";
	if (j->moved)
		return "which of the directory's files differ is not in the records";
	return "it was opened for writing; whether it was written is not in the records";
}

/* What findings call the kind. */
static const char *kind_in_finding(const char *kind)
{
	if (strcmp(kind, "loaded") == 0)
		return "binary";
	return strcmp(kind, "module") == 0 ? "script" : kind;
}

void drift_tell_judged(struct drift *d, const struct state *state,
		       const struct activity *act, const struct drift_subject *subject,
		       const struct drift_judgement *j, const char *kind,
		       const struct finding_out *out)
{
	struct drift_report r;
	size_t i = 0;

	if (j->verdict != DRIFT_ADDED && j->verdict != DRIFT_MODIFIED)
		return;
	if (strcmp(kind, "script") == 0 && is_part_of_install(act, j))
		return;
	while (strcmp(kinds[i].kind, kind) != 0)
		i++;
	r = (struct drift_report){
		.id = j->verdict == DRIFT_ADDED ? kinds[i].added : kinds[i].modified,
		.kind = kind_in_finding(kind),
		.path = j->path,
		.asked = subject->path,
		.why = j->by_history ? "which was made while its container ran"
				     : "which the image does not hold",
		.verb = kinds[i].verb,
		.evidence = kinds[i].evidence,
		.judgement = j,
		.confidence = j->confidence,
		.caveat = caveat_of(j),
	};
	drift_emit(d, state, act, &r, out);
}

void drift_tell(struct drift *d, const struct state *state, const struct activity *act,
		const struct drift_subject *subject, const char *kind,
		const struct finding_out *out)
{
	struct drift_judgement j;

	drift_judge(d, state, subject, &j);
	drift_intel_judged(d, state, act, &j, kind, out);
	drift_tell_judged(d, state, act, subject, &j, kind, out);
	if (strcmp(kind, "library") != 0)
		drift_arrived(d, act->proc, &j);
}

void drift_tell_late(struct drift *d, const struct state *state,
		     const struct content *content, const struct drift_judgement *j,
		     const char *kind, const struct finding_out *out)
{
	const struct activity act = drift_activity_of(content);
	size_t i = 0;
	struct drift_report r;

	while (strcmp(kinds[i].kind, kind) != 0)
		i++;
	r = (struct drift_report){
		.id = kinds[i].added,
		.kind = kind,
		.path = j->path,
		.asked = content->path,
		.why = j->by_history ? "which was made while its container ran"
				     : "which the image does not hold",
		.verb = kinds[i].verb,
		.evidence = kinds[i].evidence,
		.judgement = j,
		.confidence = j->confidence,
		.caveat = caveat_of(j),
		.image = content->image,
		.sha256 = content->sha256,
		.once = true,
	};
	drift_emit(d, state, &act, &r, out);
}

/* ---- without a manifest ---- */

static bool is_memfd(const struct exec_file *file)
{
	return file->inode && file->dev == MEMFD_DEV;
}

static void tell_added(struct drift *d, const struct state *state,
		       const struct activity *act, const struct drift_subject *subject,
		       const char *path, const struct finding_out *out)
{
	struct drift_subject renamed = *subject;
	char name[LIMIT_PATH];

	/* As the kernel has it; no file of the image can have this name. */
	snprintf(name, sizeof(name), "%s (deleted)", path);
	renamed.path = name;
	drift_tell(d, state, act, &renamed, "binary", out);
}

/* Found where no honest program is: by what the path alone says. */
static bool judge_by_path(const struct activity *act, const struct exec_file *file,
			  struct drift_report *r)
{
	const struct image *image = act->proc->image;
	bool program = file->role == EXEC_PROGRAM;

	r->path = file->path;
	r->kind = program ? "binary" : "script";
	if (program ? image->memfd : is_memfd(file)) {
		r->id = DETECT_FILELESS_EXECUTION_MEMFD;
		r->kind = program ? "memfd" : "script";
		r->why = "which exists in memory only";
		return true;
	}
	if (below(file->path, "/dev/shm") ||
	    (program && below(image->name, "/dev/shm"))) {
		r->id = DETECT_FILELESS_EXECUTION_DEVSHM;
		r->why = "which is in memory, not on a disk";
		if (!below(file->path, "/dev/shm"))
			r->path = image->name;
		return true;
	}
	if (program && image->deleted) {
		r->id = DETECT_DELETED_BINARY_EXECUTED;
		r->why = "a file that had been deleted";
		return true;
	}
	return false;
}

void drift_tell_text(struct drift *d, const struct state *state,
		     const struct activity *act, const struct fdobj *obj,
		     const char *kind, const struct finding_out *out)
{
	struct drift_subject subject = { .proc = act->proc,
					 .path = obj->path ? obj->path : "/memfd:",
					 .dev = obj->dev,
					 .inode = obj->inode };
	bool loaded = strcmp(kind, "loaded") == 0;
	struct drift_judgement j;
	struct drift_report r = {
		.kind = loaded ? "binary" : "script",
		.path = subject.path,
		.verb = loaded ? "ran, by the dynamic loader," : "ran the script",
		.evidence = "opened to be run",
		.judgement = &j,
		.confidence = CONF_HIGH,
	};

	if (obj->kind == FDOBJ_MEMFD) {
		r.id = DETECT_FILELESS_EXECUTION_MEMFD;
		r.why = "which exists in memory only";
	} else if (below(obj->path, "/dev/shm")) {
		r.id = DETECT_FILELESS_EXECUTION_DEVSHM;
		r.why = "which is in memory, not on a disk";
	} else {
		drift_tell(d, state, act, &subject, kind, out);
		return;
	}
	drift_judge(d, state, &subject, &j);
	j.verdict = DRIFT_UNJUDGED;
	drift_emit(d, state, act, &r, out);
}

static void on_file(struct drift *d, const struct state *state,
		    const struct activity *act, const struct exec_file *file,
		    const struct finding_out *out)
{
	struct drift_subject subject = { .proc = act->proc,
					 .path = file->path,
					 .dev = file->dev,
					 .inode = file->inode,
					 .resolved = file->role == EXEC_PROGRAM };
	struct drift_judgement j;
	struct drift_report r = { .verb = "was started from",
				  .evidence = "executed",
				  .judgement = &j,
				  .asked = act->proc->image->name,
				  .confidence = CONF_HIGH };

	if (!file->path)
		return;
	if (file->role == EXEC_LOADER) {
		drift_tell(d, state, act, &subject, "library", out);
		return;
	}
	if (!judge_by_path(act, file, &r)) {
		drift_tell(d, state, act, &subject,
			   file->role == EXEC_PROGRAM ? "binary" : "script", out);
		return;
	}
	drift_judge(d, state, &subject, &j);
	/* No image holds what is in memory only: that is told as well. */
	if (r.id == DETECT_FILELESS_EXECUTION_MEMFD && file->role == EXEC_PROGRAM)
		tell_added(d, state, act, &subject, r.path, out);
	j.verdict = DRIFT_UNJUDGED;
	drift_emit(d, state, act, &r, out);
}

void drift_on_exec(struct drift *d, const struct state *state, const struct activity *act,
		   const struct finding_out *out)
{
	const struct image *image = act->proc->image;

	if (!image->exe || container_runtime_exec(act->proc))
		return;
	for (uint32_t i = 0; i < image->nfiles; i++)
		on_file(d, state, act, &image->files[i], out);
	if (image->nfiles == 0) /* the records of it were lost */
		on_file(d, state, act,
			&(struct exec_file){ EXEC_PROGRAM, image->exe, 0, 0 }, out);
	drift_tasks_begin(d, state, act, out);
}
