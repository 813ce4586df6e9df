/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are mapped to be executed: libraries, whatever they are called. */
#include <string.h>
#include <sys/mman.h>

#include "detect/drift_code.h"

/*
 * Code that a program writes itself is mapped twice, to be written and to be
 * executed, from a file that has no name (libffi, .NET): shared, and its own.
 */
static bool is_own_code(const struct activity *act, const struct file *file)
{
	uint64_t flags;
	int64_t fd;

	if (!event_mmap(act->event, &fd, &flags) || !(flags & MAP_SHARED))
		return false;
	return act->obj->kind == FDOBJ_MEMFD ||
	       (file && file->content.act.proc == act->proc);
}

/* From a memfd: there is no file that could be judged. */
static void on_memfd(struct drift *d, const struct state *state,
		     const struct activity *act, const struct finding_out *out)
{
	struct drift_judgement j = { .verdict = DRIFT_UNJUDGED };
	struct drift_report r = {
		.id = DETECT_FILELESS_EXECUTION_MEMFD,
		.kind = "library",
		.path = act->obj->path ? act->obj->path : "/memfd:",
		.why = "which exists in memory only (/memfd:)",
		.verb = "loaded",
		.evidence = "mapped executable",
		.judgement = &j,
		.confidence = CONF_HIGH,
	};

	drift_emit(d, state, act, &r, out);
}

void drift_on_load(struct drift *d, const struct state *state, const struct activity *act,
		   const struct finding_out *out)
{
	const struct fdobj *obj = act->obj;
	struct drift_subject subject = {
		.proc = act->proc, .path = obj->path, .dev = obj->dev, .inode = obj->inode
	};
	const struct file *file =
		files_find(state_files(state), act->proc->host, obj->dev, obj->inode);

	if (is_own_code(act, file))
		return;
	if (obj->kind == FDOBJ_MEMFD)
		on_memfd(d, state, act, out);
	else if (obj->kind == FDOBJ_FILE && obj->path &&
		 !drift_tasks_expect(d, act->proc, obj->path))
		drift_tell(d, state, act, &subject, "library", out);
}
