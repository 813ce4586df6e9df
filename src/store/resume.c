/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking back is left to SQLite's session extension
 * (https://www.sqlite.org/sessionintro.html): it notes which rows change and
 * what was in them.
 */
#include "store/resume.h"

#include <limits.h>
#include <string.h>

#include "base/compiler.h"
#include "store/store_priv.h"

int store_next_resume(struct store *store, int64_t before, struct arena *arena,
		      struct resume_row *out, struct err *err)
{
	struct binder b;
	int rc;

	if (!bind_start(&b, store, SQL_NEXT_RESUME, err))
		return -1;
	bind_int(&b, before);
	rc = b.rc == SQLITE_OK ? sqlite3_step(b.stmt) : b.rc;
	if (rc == SQLITE_ROW) {
		const char *text[5];

		*out = (struct resume_row){ .id = sqlite3_column_int64(b.stmt, 0) };
		for (int i = 0; i < 5; i++) {
			text[i] = column_text(store, b.stmt, i + 1, arena);
			if (!text[i])
				text[i] = "";
		}
		out->path = text[0];
		out->made_by = text[1];
		out->settings = text[2];
		out->marks = text[3];
		out->sha256 = text[4];
	}
	return end_rows(&b, rc, err) != 0 ? -1 : rc == SQLITE_ROW;
}

int store_find_resume(struct store *store, const char *path, const char *made_by,
		      struct arena *arena, struct resume_row *out, struct err *err)
{
	int64_t before = INT64_MAX;
	int rc;

	while ((rc = store_next_resume(store, before, arena, out, err)) == 1) {
		if (strcmp(out->path, path) == 0 &&
		    (!made_by || strcmp(out->made_by, made_by) == 0))
			break;
		before = out->id;
	}
	return rc;
}

static void take_blob(sqlite3_stmt *stmt, int col, struct strbuf *out)
{
	const void *bytes = sqlite3_column_blob(stmt, col);

	strbuf_add(out, bytes, bytes ? (size_t)sqlite3_column_bytes(stmt, col) : 0);
}

int store_get_resume(struct store *store, int64_t id, struct strbuf *state,
		     struct strbuf *undo, struct err *err)
{
	struct binder b;
	int rc;

	if (!bind_start(&b, store, SQL_GET_RESUME, err))
		return -1;
	bind_int(&b, id);
	rc = b.rc == SQLITE_OK ? sqlite3_step(b.stmt) : b.rc;
	if (rc == SQLITE_ROW) {
		take_blob(b.stmt, 0, state);
		take_blob(b.stmt, 1, undo);
	}
	return end_rows(&b, rc, err);
}

static void bind_blob(struct binder *b, struct slice bytes)
{
	int rc = sqlite3_bind_blob64(b->stmt, ++b->n, bytes.ptr ? bytes.ptr : "",
				     bytes.len, SQLITE_STATIC);

	if (b->rc == SQLITE_OK)
		b->rc = rc;
}

static int drop_oldest(struct store *store, struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_DROP_OLD_RESUME, err))
		return -1;
	bind_int(&b, LIMIT_RESUME_ROWS);
	return bind_run(&b, err);
}

int store_put_resume(struct store *store, const struct resume_row *row, struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_PUT_RESUME, err))
		return -1;
	bind_int_if(&b, row->id != 0, row->id);
	bind_text(&b, row->path);
	bind_static(&b, row->made_by);
	bind_static(&b, row->settings);
	bind_lines(&b, row->marks);
	bind_static(&b, row->sha256);
	bind_blob(&b, row->state);
	bind_blob(&b, row->undo);
	return bind_run(&b, err) != 0 ? -1 : drop_oldest(store, err);
}

int store_drop_resume(struct store *store, int64_t id, struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_DROP_RESUME, err))
		return -1;
	bind_int(&b, id);
	return bind_run(&b, err);
}

/* ---- taking back ---- */

int store_watch(struct store *store, struct err *err)
{
	if (sqlite3session_create(store->db, "main", &store->session) == SQLITE_OK &&
	    sqlite3session_attach(store->session, NULL) == SQLITE_OK)
		return 0;
	store_stop_watching(store);
	return store_fail(store, err);
}

int store_unwatch(struct store *store, struct strbuf *undo, struct err *err)
{
	void *done = NULL, *back = NULL;
	int ndone = 0, nback = 0, rc;

	if (store_settle(store, err) != 0)
		return -1;
	rc = sqlite3session_changeset(store->session, &ndone, &done);
	if (rc == SQLITE_OK)
		rc = sqlite3changeset_invert(ndone, done, &nback, &back);
	if (rc == SQLITE_OK)
		strbuf_add(undo, back, (size_t)nback);
	sqlite3_free(done);
	sqlite3_free(back);
	store_stop_watching(store);
	return rc == SQLITE_OK
		       ? 0
		       : err_set(err,
				 "%s: %s: see the disk and the system's log for errors",
				 store->path, sqlite3_errstr(rc));
}

static int leave(void *ctx UNUSED, int conflict UNUSED, sqlite3_changeset_iter *it UNUSED)
{
	return SQLITE_CHANGESET_OMIT;
}

int store_undo(struct store *store, struct slice undo, struct err *err)
{
	int rc;

	if (undo.len == 0)
		return 0;
	if (undo.len > INT_MAX)
		return err_set(err, "%s: cannot be read on: give another file with -d",
			       store->path);
	rc = sqlite3changeset_apply(store->db, (int)undo.len, (void *)undo.ptr, NULL,
				    leave, NULL);
	store_forget_ids(store);
	return rc == SQLITE_OK ? 0 : store_fail(store, err);
}
