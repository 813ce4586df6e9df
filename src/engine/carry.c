/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/carry.h"

#include <stdlib.h>
#include <string.h>

#include "engine/resume.h"

static const char path[] = "auditd's records";

int carry_find(struct engine *e, struct arena *arena, struct resume_row *row,
	       struct err *err)
{
	return store_find_resume(e->setup.store, path, NULL, arena, row, err);
}

static int put_row(struct engine *e, int64_t id, const char *marks, struct slice state,
		   struct slice undo, const char *hex, struct err *err)
{
	char *by = resume_made_by(e);
	struct resume_row row = { .id = id,
				  .path = path,
				  .made_by = by,
				  .settings = "",
				  .marks = marks,
				  .sha256 = hex,
				  .state = state,
				  .undo = undo };
	int rc = store_put_resume(e->setup.store, &row, err);

	free(by);
	return rc;
}

static int put(struct engine *e, int64_t id, const char *marks, struct slice state,
	       struct slice undo, struct err *err)
{
	char hex[SHA256_HEX + 1];

	resume_digest(state, undo, hex);
	return put_row(e, id, marks, state, undo, hex, err);
}

int carry_keep(struct engine *e, int64_t id, const char *marks, struct slice state,
	       const char *sha256, struct err *err)
{
	struct store *store = e->setup.store;

	if (store_begin(store, err) != 0)
		return -1;
	if (put_row(e, id, marks, state, slice_make(NULL, 0), sha256, err) == 0)
		return store_commit(store, err);
	store_rollback(store);
	return -1;
}

int carry_nothing(struct engine *e, int64_t id, const char *marks, struct err *err)
{
	return put(e, id, marks, slice_make(NULL, 0), slice_make(NULL, 0), err);
}

static bool is_readable(struct engine *e, const struct resume_row *row,
			struct slice state, struct slice undo)
{
	char hex[SHA256_HEX + 1];
	char *by = resume_made_by(e);
	bool ours = strcmp(row->made_by, by) == 0;

	free(by);
	resume_digest(state, undo, hex);
	return ours && strcmp(hex, row->sha256) == 0;
}

int carry_take(struct engine *e, const struct resume_row *row, bool wanted, bool *taken,
	       struct err *err)
{
	struct strbuf state, undo;
	int rc;

	*taken = false;
	strbuf_init(&state);
	strbuf_init(&undo);
	rc = engine_begin(e, err);
	if (rc == 0)
		rc = store_get_resume(e->setup.store, row->id, &state, &undo, err);
	if (rc == 0 && is_readable(e, row, strbuf_slice(&state), strbuf_slice(&undo))) {
		rc = store_undo(e->setup.store, strbuf_slice(&undo), err);
		*taken = rc == 0 && wanted &&
			 (state.len == 0 || resume_restore(e, strbuf_slice(&state)));
	}
	/* It is taken back once only. */
	if (rc == 0 && *taken && undo.len)
		rc = put(e, row->id, row->marks, strbuf_slice(&state),
			 slice_make(NULL, 0), err);
	else if (rc == 0 && !*taken)
		rc = store_drop_resume(e->setup.store, row->id, err);
	strbuf_fini(&state);
	strbuf_fini(&undo);
	return rc == 0 ? engine_end_batch(e, err) : rc;
}

static int finish(struct engine *e, struct err *err)
{
	engine_finish(e);
	return engine_put_changed(e, err) != 0 ? -1
					       : engine_put_health(e, e->opened, err);
}

int carry_end(struct engine *e, struct source_row *progress, int64_t id,
	      const char *marks, struct err *err)
{
	struct strbuf state, undo;
	int rc;

	strbuf_init(&state);
	strbuf_init(&undo);
	rc = engine_begin(e, err);
	if (rc == 0)
		rc = engine_put_progress(e, progress, err);
	if (rc == 0)
		rc = engine_put_changed(e, err);
	if (rc == 0) {
		resume_save(e, &state);
		rc = store_watch(e->setup.store, err);
	}
	if (rc == 0)
		rc = finish(e, err);
	if (rc == 0)
		rc = store_unwatch(e->setup.store, &undo, err);
	if (rc == 0)
		rc = put(e, id, marks, strbuf_slice(&state), strbuf_slice(&undo), err);
	if (rc == 0)
		rc = engine_end_batch(e, err);
	strbuf_fini(&state);
	strbuf_fini(&undo);
	return rc;
}
