/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was executed or loaded, against what the image recorded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/xalloc.h"
#include "detect/choice.h"
#include "detect/describe.h"
#include "detect/families.h"

struct drift {
	const struct manifest_set *manifests;
	struct map *seen; /* keys of what was reported; the value is only a mark */
};

enum { LIMIT_DRIFT_SEEN = 100000 };

static void *drift_init(const struct detect_setup *setup)
{
	struct drift *d = xcalloc(1, sizeof(*d));

	d->manifests = setup->manifests;
	d->seen = map_new();
	return d;
}

static void drift_fini(void *self)
{
	struct drift *d = self;

	map_free(&d->seen);
	free(d);
}

static const struct file_write *writer_of(const struct state *state, const struct proc *proc,
					  const char *path, uint64_t dev, uint64_t inode)
{
	const struct file_write *w = files_by_inode(state_files(state), proc->host, dev, inode);

	return w ? w : files_by_path(state_files(state), proc->host, path);
}

struct verdict {
	enum detector_id detector;
	const char *path, *kind, *how;
	const char *manifest;
	uint64_t dev, inode;
};

/* The ladder of severities: drift alone is low, with a bad history high. */
static void grade(struct finding *f, const struct file_write *w)
{
	if (w && w->origin && f->severity < SEV_HIGH)
		f->severity = SEV_HIGH;
}

static void report(struct drift *d, const struct state *state, const struct activity *act,
		   const struct verdict *v, const struct finding_out *out)
{
	struct finding *f = finding_new(v->detector);
	struct finding_target *target = arena_zalloc(&f->arena, sizeof(*target));
	const struct file_write *w;
	const char *parts[] = { f->detector->id, act->proc->uid, v->path };

	f->uid = finding_make_uid(&f->arena, parts, 3);
	if (map_get(d->seen, slice_str(f->uid)) ||
	    map_count(d->seen) >= LIMIT_DRIFT_SEEN) {
		finding_free(&f);
		return;
	}
	map_put(d->seen, slice_str(f->uid), d);
	describe_process(f, act->proc, act->proc->image);
	f->first_seen = f->last_seen = act->at.time;
	target->path = arena_strdup(&f->arena, v->path);
	target->kind = v->kind;
	target->how = v->how;
	f->target = target;
	w = writer_of(state, act->proc, v->path, v->dev, v->inode);
	if (w) {
		describe_writer(f, target, w);
		describe_evidence(f, w->proc, w->at, file_change_name(w->change));
	}
	grade(f, w);
	f->manifest = v->manifest ? arena_strdup(&f->arena, v->manifest) : NULL;
	describe_evidence(f, act->proc, act->at,
			  act->kind == ACT_EXEC ? "executed" : "mapped executable");
	f->summary = arena_printf(&f->arena, "%s %s %s, %s",
				  describe_name(f, act->proc, act->proc->image),
				  act->kind == ACT_EXEC ? "was started from" : "loaded",
				  v->path, v->how);
	out->emit(out->ctx, f);
}

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

static bool judge_fileless(const struct image *image, struct verdict *v)
{
	v->path = image->exe;
	v->kind = "binary";
	if (image->memfd) {
		v->detector = DETECT_FILELESS_EXECUTION_MEMFD;
		v->how = "which exists in memory only";
		v->kind = "memfd";
		return true;
	}
	if (below(image->exe, "/dev/shm") || (image->name && below(image->name, "/dev/shm"))) {
		v->detector = DETECT_FILELESS_EXECUTION_DEVSHM;
		v->how = "which is memory, not disk";
		v->path = below(image->exe, "/dev/shm") ? image->exe : image->name;
		return true;
	}
	if (image->deleted) {
		v->detector = DETECT_DELETED_BINARY_EXECUTED;
		v->how = "a file that had been deleted";
		return true;
	}
	return false;
}

static void on_exec(struct drift *d, const struct state *state, const struct activity *act,
		    const struct finding_out *out)
{
	const struct image *image = act->proc->image;
	struct verdict v = { .dev = image->dev, .inode = image->inode };
	struct manifest_choice choice;

	if (!image->exe || container_runtime_exec(act->proc))
		return;
	if (judge_fileless(image, &v)) {
		report(d, state, act, &v, out);
		return;
	}
	choice = choice_for(d->manifests, act->proc);
	if (!choice.manifest || image->memfd ||
	    manifest_find(choice.manifest, slice_str(image->exe)))
		return;
	v.detector = DETECT_ADDED_BINARY_EXECUTED;
	v.path = image->exe;
	v.kind = "binary";
	v.how = "which the image does not hold";
	v.manifest = choice.name;
	report(d, state, act, &v, out);
}

static void on_load(struct drift *d, const struct state *state, const struct activity *act,
		    const struct finding_out *out)
{
	struct manifest_choice choice = choice_for(d->manifests, act->proc);
	struct verdict v = { .detector = DETECT_ADDED_LIBRARY_LOADED };

	if (!choice.manifest || act->obj->kind != FDOBJ_FILE || !act->obj->path ||
	    manifest_find(choice.manifest, slice_str(act->obj->path)))
		return;
	v.path = act->obj->path;
	v.kind = "library";
	v.how = "which the image does not hold";
	v.manifest = choice.name;
	v.dev = act->obj->dev;
	v.inode = act->obj->inode;
	report(d, state, act, &v, out);
}

static void drift_activity(void *self, const struct state *state, const struct activity *act,
			   const struct finding_out *out)
{
	if (act->kind == ACT_EXEC)
		on_exec(self, state, act, out);
	else if (act->kind == ACT_LOAD)
		on_load(self, state, act, out);
}

const struct detector detector_drift = {
	.name = "drift",
	.init = drift_init,
	.activity = drift_activity,
	.fini = drift_fini,
};
