/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was executed or loaded, against what the image recorded.
 *   drift_exec.c    programs, and the files that an execve opened for them
 *   drift_script.c  what programs then read their code from
 *   drift_module.c  what they load besides
 *   drift_pipe.c    what others hand them through pipes
 *   drift_load.c    libraries
 *   drift_content.c what their digests show
 *   drift_judge.c   is it what the image holds?
 *   drift_origin.c  who wrote it, and from where?
 *   drift_intel.c   is it on a list of indicators?
 *   drift_report.c  the finding
 */
#include <stdlib.h>

#include "base/compiler.h"
#include "base/xalloc.h"
#include "detect/drift_code.h"
#include "detect/families.h"

static void *drift_init(const struct detect_setup *setup)
{
	struct drift *d = xcalloc(1, sizeof(*d));

	d->manifests = setup->manifests;
	d->config = setup->config;
	d->intel = setup->intel;
	d->clean = map_new();
	drift_told_init(&d->told);
	d->tasks = map_new();
	return d;
}

static void drift_fini(void *self)
{
	struct drift *d = self;

	told_fini(&d->told);
	drift_tasks_forget(d);
	drift_pipes_forget(d);
	map_free(&d->clean);
	map_free(&d->tasks);
	map_free(&d->modules);
	map_free(&d->arrivals);
	free(d);
}

static void drift_activity(void *self, const struct state *state,
			   const struct activity *act, const struct finding_out *out)
{
	struct drift *d = self;

	if (!act->proc)
		return;
	if (act->kind == ACT_EXEC) {
		drift_on_exec(d, state, act, out);
		drift_pipe_begins(d, state, act, out);
		return;
	}
	drift_tasks_follow(d, state, act, out);
	if (act->kind == ACT_LOAD)
		drift_on_load(d, state, act, out);
}

static void drift_content(void *self, const struct state *state,
			  const struct content *content, const struct finding_out *out)
{
	drift_intel_content(self, state, content, out);
}

static void drift_finish(void *self, const struct state *state UNUSED,
			 const struct finding_out *out)
{
	struct drift *d = self;

	told_finish(&d->told, out);
}

static const struct pack_field drift_rows[] = {
	PACK_KEPT(struct drift, manifests),
	PACK_KEPT(struct drift, config),
	PACK_PART(struct drift, told, &pack_drift_told),
	PACK_MAP(struct drift, tasks, &pack_drift_task, .key = PACK_KEY_BYTES),
	PACK_KEPT(struct drift, asked),
	PACK_KEPT(struct drift, asked_task),
	PACK_KEPT(struct drift, intel),
	PACK_KEPT(struct drift, clean),
	PACK_KEPT(struct drift, clean_generation),
	PACK_KEPT(struct drift, modules),
	PACK_MAP(struct drift, arrivals, NULL),
	PACK_MAP(struct drift, piped, &pack_drift_piped),
};
static const struct pack_type drift_memory =
	PACK_TABLE("drift", struct drift, drift_rows);

const struct detector detector_drift = {
	.name = "drift",
	.init = drift_init,
	.activity = drift_activity,
	.content = drift_content,
	.finish = drift_finish,
	.fini = drift_fini,
	.memory = &drift_memory,
};
