/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a log on where an earlier run left it. A run ends in two steps of
 * one transaction: first all of the engine is saved as it is in the middle of
 * the log; then the log is taken to be over, and what that adds is stored so
 * that it can be taken back. The next run takes it back and goes on as if
 * nothing had happened.
 */
#ifndef AUSPEX_ENGINE_RESUME_H
#define AUSPEX_ENGINE_RESUME_H

#include "base/zip.h"
#include "engine/engine_priv.h"

/*
 * Within a transaction, with a new engine: where the source was read before,
 * the engine becomes as it was and the source goes on from there. Where it
 * was, but that is of no use, the user is told. -1: the store failed.
 */
int resume_find(struct engine *engine, struct source *source, struct err *err);

/* The engine as it is, to be stored; NULL: this source cannot be read on. */
struct resume_point;
struct resume_point *resume_here(struct engine *engine, struct source *source);
void resume_point_free(struct resume_point **point);
/* Stores it; undo is what takes back all that came behind it. */
int resume_put(struct engine *engine, struct resume_point *point, struct slice undo,
	       struct err *err);

/* ---- its parts, for carry.c ---- */

/* Who can read what this program saves; to be freed. */
char *resume_made_by(struct engine *engine);
void resume_digest(struct slice a, struct slice b, char out[SHA256_HEX + 1]);
void resume_save(struct engine *engine, struct strbuf *out);
void resume_save_to(struct engine *engine, struct zip *zip);
/* With a new engine; false: damaged, and the engine is as new. */
bool resume_restore(struct engine *engine, struct slice saved);

/* The form of what is saved; for a test. */
int resume_check(struct engine *engine, struct err *err);

#endif
