/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin knew goes from one of its generations to the next: as it
 * was when the input ended, or, where it was killed, as it was before the
 * first line that it read of the log, from where that is read again.
 */
#ifndef AUSPEX_ENGINE_CARRY_H
#define AUSPEX_ENGINE_CARRY_H

#include "base/arena.h"
#include "engine/engine.h"
#include "store/resume.h"

/* 1: row is what was kept (strings in arena), 0: nothing was, -1: the store failed. */
int carry_find(struct engine *engine, struct arena *arena, struct resume_row *row,
	       struct err *err);
/*
 * With a new engine. What was stored because the input had ended is taken
 * back; *taken: the engine is as it was at row->marks. It is not if not wanted.
 */
int carry_take(struct engine *engine, const struct resume_row *row, bool wanted,
	       bool *taken, struct err *err);
/* The engine knew nothing at marks. */
int carry_nothing(struct engine *engine, int64_t id, const char *marks, struct err *err);
/*
 * Between two commits: at marks the engine was as state says, which
 * resume_save_to() made; sha256 is its digest. -1: what was kept before still is.
 */
int carry_keep(struct engine *engine, int64_t id, const char *marks, struct slice state,
	       const char *sha256, struct err *err);
/*
 * Instead of engine_end(), where marks says how far the log was read: keeps
 * the engine as it is, and then ends it.
 */
int carry_end(struct engine *engine, struct source_row *progress, int64_t id,
	      const char *marks, struct err *err);

#endif
