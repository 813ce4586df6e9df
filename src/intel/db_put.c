/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes into a file of indicators: sources, their reports, indicators. */
#include <string.h>

#include "intel/db_priv.h"

/* ---- sources ---- */

static int drop_source(struct intel_db *db, int64_t id, struct err *err)
{
	static const enum statement drops[] = { SQL_DROP_INDICATORS, SQL_DROP_REPORTS,
						SQL_DROP_SOURCE };

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		sqlite3_stmt *stmt = intel_db_prepare(db, drops[i], err);

		if (!stmt)
			return -1;
		sqlite3_bind_int64(stmt, 1, id);
		if (intel_db_step(db, stmt, err) != 0)
			return -1;
	}
	return 0;
}

int intel_db_remove_source(struct intel_db *db, const char *name, struct err *err)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_FIND_SOURCE, err);
	int64_t id = 0;
	int rc;

	if (!stmt)
		return -1;
	intel_db_bind_text(db, stmt, 1, slice_str(name));
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		id = sqlite3_column_int64(stmt, 0);
	if (intel_db_end(db, stmt, rc, err) != 0)
		return -1;
	if (id == 0)
		return 0;
	return drop_source(db, id, err) == 0 ? 1 : -1;
}

int intel_db_add_source(struct intel_db *db, const struct intel_source *source,
			int64_t *id, struct err *err)
{
	sqlite3_stmt *stmt;

	if (intel_db_remove_source(db, source->name, err) < 0)
		return -1;
	stmt = intel_db_prepare(db, SQL_ADD_SOURCE, err);
	if (!stmt)
		return -1;
	intel_db_bind_text(db, stmt, 1, slice_str(source->name));
	intel_db_bind_text(db, stmt, 2, slice_str(source->author));
	intel_db_bind_text(db, stmt, 3, slice_str(source->path));
	intel_db_bind_text(db, stmt, 4, slice_str(source->format));
	sqlite3_bind_int64(stmt, 5, source->imported);
	if (intel_db_step(db, stmt, err) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(db->db);
	return 0;
}

int intel_db_set_format(struct intel_db *db, int64_t source, const char *format,
			struct err *err)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_SET_FORMAT, err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, source);
	intel_db_bind_text(db, stmt, 2, slice_str(format));
	return intel_db_step(db, stmt, err);
}

/* ---- indicators ---- */

int intel_db_add_report(struct intel_db *db, int64_t source, const char *author,
			const char *title, int64_t *id, struct err *err)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_ADD_REPORT, err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, source);
	intel_db_bind_text(db, stmt, 2, slice_str(author));
	intel_db_bind_text(db, stmt, 3, slice_str(title));
	if (intel_db_step(db, stmt, err) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(db->db);
	return 0;
}

int intel_db_fill_report(struct intel_db *db, int64_t id, const char *author,
			 const char *title, struct err *err)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_FILL_REPORT, err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, id);
	intel_db_bind_text(db, stmt, 2, slice_str(author));
	intel_db_bind_text(db, stmt, 3, slice_str(title));
	return intel_db_step(db, stmt, err);
}

static int note_prefix(struct intel_db *db, uint8_t length, struct err *err)
{
	sqlite3_stmt *stmt;

	if (memchr(db->prefixes, length, db->nprefixes))
		return 0;
	stmt = intel_db_prepare(db, SQL_PREFIX, err);
	if (!stmt)
		return -1;
	sqlite3_bind_int(stmt, 1, length);
	if (intel_db_step(db, stmt, err) != 0)
		return -1;
	if (db->nprefixes < sizeof(db->prefixes))
		db->prefixes[db->nprefixes++] = length;
	return 0;
}

int intel_db_put(struct intel_db *db, int64_t source, const struct indicator *ind,
		 struct err *err)
{
	sqlite3_stmt *stmt = intel_db_prepare(db, SQL_PUT, err);

	if (!stmt)
		return -1;
	if (ind->kind == IND_ADDRESS && note_prefix(db, ind->key[ADDRESS_LEN], err) != 0)
		return -1;
	sqlite3_bind_int(stmt, 1, (int)ind->kind);
	intel_db_bind_key(stmt, 2, ind->key, ind->len);
	sqlite3_bind_int64(stmt, 3, source);
	sqlite3_bind_int(stmt, 4, ind->allow);
	sqlite3_bind_int(stmt, 5, ind->port);
	if (ind->size == SIZE_UNKNOWN)
		sqlite3_bind_null(stmt, 6);
	else
		sqlite3_bind_int64(stmt, 6, (int64_t)ind->size);
	if (ind->until)
		sqlite3_bind_int64(stmt, 7, ind->until);
	else
		sqlite3_bind_null(stmt, 7);
	if (ind->report)
		sqlite3_bind_int64(stmt, 8, ind->report);
	else
		sqlite3_bind_null(stmt, 8);
	intel_db_bind_text(db, stmt, 9, ind->name);
	if (intel_db_step(db, stmt, err) != 0)
		return -1;
	return sqlite3_changes(db->db) ? 1 : 0;
}
