/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit/drift_world.h"

#include <check.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "detect/families.h"
#include "unit/folder.h"
#include "unit/store_folder.h"
#include "unit/world.h"

static struct world w;
static struct manifest_set *manifests;
static struct config config;
static struct strbuf told;
static uint64_t counted;
static void *drift;

static void emit(void *ctx UNUSED, struct finding *f)
{
	const struct finding_target *t = f->target;

	strbuf_printf(&told, "%s %s %s %s", severity_name(f->severity), f->detector->id,
		      t->path, confidence_name(f->confidence));
	if (t->writer)
		strbuf_printf(&told, " by %s", t->writer->exe);
	if (t->origin)
		strbuf_printf(&told, " from %s", t->origin);
	strbuf_add_char(&told, '\n');
	ck_assert_ptr_nonnull(f->summary);
	ck_assert_ptr_nonnull(t->how);
	ck_assert_uint_gt(f->nevidence, 0);
	finding_free(&f);
}

static void again(void *ctx UNUSED, const char *uid UNUSED, uint64_t count,
		  stamp_ms last UNUSED)
{
	counted = count;
}

static const struct finding_out out = { .emit = emit, .again = again };

static void look(void *ctx UNUSED, const struct state *state, const struct activity *act)
{
	detector_drift.activity(drift, state, act, &out);
}

static void judge_by(const char *spec)
{
	struct err err;

	ck_assert_msg(manifest_set_add(manifests, spec, &err) == 0, "%s", err.msg);
}

void drift_world_make(const char *image, const char *const *names)
{
	struct detect_setup setup = { .config = &config };
	char path[256], spec[300];

	store_folder_make();
	put_text(store_folder(), "image.mtree", image);
	snprintf(path, sizeof(path), "%s/image.mtree", store_folder());
	manifests = manifest_set_new();
	judge_by(path);
	for (; *names; names++) {
		snprintf(spec, sizeof(spec), "%s=%s", *names, path);
		judge_by(spec);
	}
	setup.manifests = manifests;
	config_init(&config);
	strbuf_init(&told);
	world_init(&w);
	drift = detector_drift.init(&setup);
	w.look = look;
}

void drift_world_drop(void)
{
	detector_drift.fini(drift);
	world_fini(&w);
	strbuf_fini(&told);
	config_fini(&config);
	manifest_set_free(&manifests);
	store_folder_drop();
}

void drift_world_run(const char *lines)
{
	world_run(&w, lines);
}

void drift_world_finish(void)
{
	detector_drift.finish(drift, w.state, &out);
}

const char *drift_world_told(void)
{
	return strbuf_str(&told);
}

void drift_world_forget_told(void)
{
	strbuf_clear(&told);
}

uint64_t drift_world_counted(void)
{
	return counted;
}
