/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statements of a file of indicators, and how they are run. */
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "intel/db_priv.h"

/* Texts are escaped (base/escape.h), times are ms since 1970. */
/* clang-format off */
const char intel_db_schema[] =
	"CREATE TABLE sources (\n"
	"  id       INTEGER PRIMARY KEY,\n"
	"  name     TEXT NOT NULL UNIQUE,\n"
	"  author   TEXT,\n"
	"  path     TEXT,\n"
	"  format   TEXT,\n"
	"  imported INTEGER NOT NULL\n"
	");\n"
	"CREATE TABLE reports ( -- what several indicators of a source have in common\n"
	"  id     INTEGER PRIMARY KEY,\n"
	"  source INTEGER NOT NULL REFERENCES sources (id),\n"
	"  author TEXT,\n"
	"  title  TEXT\n"
	");\n"
	"CREATE TABLE indicators (\n"
	"  kind   INTEGER NOT NULL, -- 0 md5, 1 sha1, 2 sha256, 3 url, 4 domain, 5 address\n"
	"  key    BLOB NOT NULL,    -- digest; text; 16 bytes of IPv6 and the prefix\n"
	"  source INTEGER NOT NULL REFERENCES sources (id),\n"
	"  allow  INTEGER NOT NULL, -- 1: known to be good\n"
	"  port   INTEGER NOT NULL, -- -1: any\n"
	"  size   INTEGER,          -- of the file\n"
	"  until  INTEGER,\n"
	"  report INTEGER,\n"
	"  name   TEXT,\n"
	"  PRIMARY KEY (kind, key, source, allow, port)\n"
	") WITHOUT ROWID;\n"
	"CREATE TABLE prefixes (length INTEGER PRIMARY KEY);\n"
	"CREATE VIEW v_indicators AS SELECT\n"
	"  CASE kind WHEN 0 THEN 'md5' WHEN 1 THEN 'sha1' WHEN 2 THEN 'sha256'\n"
	"   WHEN 3 THEN 'url' WHEN 4 THEN 'domain' ELSE 'address' END AS kind,\n"
	"  CASE WHEN kind IN (3, 4) THEN cast(key AS TEXT) ELSE lower(hex(key)) END AS value,\n"
	"  coalesce(i.name, r.title) AS name, coalesce(r.author, s.author) AS author,\n"
	"  s.name AS source, i.allow, nullif(port, -1) AS port, size,\n"
	"  datetime(s.imported / 1000, 'unixepoch') AS imported,\n"
	"  datetime(i.until / 1000, 'unixepoch') AS until\n"
	"  FROM indicators i JOIN sources s ON s.id = i.source\n"
	"  LEFT JOIN reports r ON r.id = i.report;\n";
/* clang-format on */

#define MATCH_COLUMNS                                                    \
	"i.kind, i.key, coalesce(i.name, r.title),"                      \
	" coalesce(r.author, s.author), s.name, s.imported, i.until,"    \
	" i.allow, i.port, i.size FROM indicators i"                     \
	" JOIN sources s ON s.id = i.source LEFT JOIN reports r ON r.id" \
	" = i.report"

static const char *const statements[SQL_MAX] = {
	[SQL_ADD_SOURCE] = "INSERT INTO sources (name, author, path, format, imported)"
			   " VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_FIND_SOURCE] = "SELECT id FROM sources WHERE name = ?1",
	[SQL_SET_FORMAT] = "UPDATE sources SET format = ?2 WHERE id = ?1",
	[SQL_DROP_SOURCE] = "DELETE FROM sources WHERE id = ?1",
	[SQL_DROP_REPORTS] = "DELETE FROM reports WHERE source = ?1",
	[SQL_DROP_INDICATORS] = "DELETE FROM indicators WHERE source = ?1",
	[SQL_SOURCES] = "SELECT s.id, s.name, s.author, s.path, s.format, s.imported,"
			" coalesce(sum(i.allow = 0), 0), coalesce(sum(i.allow), 0)"
			" FROM sources s LEFT JOIN indicators i ON i.source = s.id"
			" GROUP BY s.id ORDER BY s.name",
	[SQL_EACH] = "SELECT " MATCH_COLUMNS " ORDER BY i.kind, i.key, i.source",
	[SQL_ADD_REPORT] =
		"INSERT INTO reports (source, author, title) VALUES (?1, ?2, ?3)",
	[SQL_FILL_REPORT] = "UPDATE reports SET author = coalesce(?2, author),"
			    " title = coalesce(?3, title) WHERE id = ?1",
	[SQL_PUT] = "INSERT OR IGNORE INTO indicators (kind, key, source, allow, port,"
		    " size, until, report, name)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_PREFIX] = "INSERT OR IGNORE INTO prefixes (length) VALUES (?1)",
	[SQL_PREFIXES] = "SELECT length FROM prefixes",
	[SQL_HAS] = "SELECT 1 FROM indicators WHERE kind = ?1 LIMIT 1",
	[SQL_FIND] = "SELECT " MATCH_COLUMNS " WHERE i.kind = ?1 AND i.key = ?2"
		     " ORDER BY i.allow DESC, i.source",
};

int intel_db_fail(const struct intel_db *db, struct err *err)
{
	int code = db->db ? sqlite3_errcode(db->db) & 0xff : SQLITE_NOMEM;

	if (code == SQLITE_FULL || code == SQLITE_IOERR)
		return err_set(err, "%s: %s: see that there is room on the disk",
			       db->path, sqlite3_errmsg(db->db));
	if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
		return err_set(err,
			       "%s: no file of indicators, or damaged: make it anew with "
			       "auspex intel import",
			       db->path);
	return err_set(err, "%s: %s: give a file that auspex intel import has made",
		       db->path, db->db ? sqlite3_errmsg(db->db) : "no memory");
}

int intel_db_run(struct intel_db *db, const char *sql, struct err *err)
{
	return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : intel_db_fail(db, err);
}

/* Prepared on first use; NULL with err. */
sqlite3_stmt *intel_db_prepare(struct intel_db *db, enum statement which, struct err *err)
{
	sqlite3_stmt **slot = &db->statements[which];

	if (!*slot &&
	    sqlite3_prepare_v3(db->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT,
			       slot, NULL) != SQLITE_OK) {
		intel_db_fail(db, err);
		return NULL;
	}
	sqlite3_reset(*slot);
	return *slot;
}

void intel_db_bind_text(struct intel_db *db, sqlite3_stmt *stmt, int n, struct slice text)
{
	if (text.len == 0) {
		sqlite3_bind_null(stmt, n);
		return;
	}
	if (escape_is_plain(text)) {
		sqlite3_bind_text64(stmt, n, text.ptr, text.len, SQLITE_STATIC,
				    SQLITE_UTF8);
		return;
	}
	strbuf_clear(&db->text);
	escape_add(&db->text, text);
	sqlite3_bind_text64(stmt, n, db->text.ptr, db->text.len, SQLITE_TRANSIENT,
			    SQLITE_UTF8);
}

/* For a statement that gives no rows. */
int intel_db_step(struct intel_db *db, sqlite3_stmt *stmt, struct err *err)
{
	int rc = sqlite3_step(stmt);

	if (rc != SQLITE_DONE)
		intel_db_fail(db, err);
	sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* The same where there was an end of the rows. */
int intel_db_end(struct intel_db *db, sqlite3_stmt *stmt, int rc, struct err *err)
{
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		intel_db_fail(db, err);
	sqlite3_reset(stmt);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

const char *intel_db_column(struct intel_db *db, sqlite3_stmt *stmt, int col,
			    struct arena *arena)
{
	const char *text = (const char *)sqlite3_column_text(stmt, col);
	size_t len = text ? (size_t)sqlite3_column_bytes(stmt, col) : 0;

	if (!text)
		return NULL;
	if (!memchr(text, '\\', len))
		return arena_slice_dup(arena, slice_make(text, len));
	strbuf_clear(&db->text);
	unescape_add(&db->text, slice_make(text, len));
	return arena_slice_dup(arena, strbuf_slice(&db->text));
}

/* Texts may hold what is no UTF-8; as a blob they stay as they are. */
void intel_db_bind_key(sqlite3_stmt *stmt, int n, const void *key, size_t len)
{
	sqlite3_bind_blob64(stmt, n, key, len, SQLITE_STATIC);
}
