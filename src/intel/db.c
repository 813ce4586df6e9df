/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "intel/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

/* "AUSI" in the file's header. */
enum { INTEL_APPLICATION_ID = 0x41555349, INTEL_VERSION = 1 };

enum {
	CACHE_KIB = 262144, /* of an update: keys come in no order */
	BUSY_MS = 2000,
	NEW_FILE_MODE = 0644,
};

enum statement {
	SQL_ADD_SOURCE,
	SQL_FIND_SOURCE,
	SQL_SET_FORMAT,
	SQL_DROP_SOURCE,
	SQL_DROP_REPORTS,
	SQL_DROP_INDICATORS,
	SQL_SOURCES,
	SQL_EACH,
	SQL_ADD_REPORT,
	SQL_FILL_REPORT,
	SQL_PUT,
	SQL_PREFIX,
	SQL_PREFIXES,
	SQL_HAS,
	SQL_FIND,
	SQL_MAX
};

/* Texts are escaped (base/escape.h), times are ms since 1970. */
/* clang-format off */
static const char schema[] =
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

struct intel_db {
	sqlite3 *db;
	char *path;  /* for messages */
	char *aside; /* of an update: the file that takes path's name; or NULL */
	int lock;    /* of the update; or -1 */
	sqlite3_stmt *statements[SQL_MAX];
	struct strbuf text;
	uint8_t prefixes[8 * ADDRESS_LEN + 1]; /* lengths that there are */
	size_t nprefixes;
	bool knows_prefixes;
};

/* ---- SQLite ---- */

static int fail(const struct intel_db *db, struct err *err)
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

static int run(struct intel_db *db, const char *sql, struct err *err)
{
	return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
									: fail(db, err);
}

/* Prepared on first use; NULL with err. */
static sqlite3_stmt *prepare(struct intel_db *db, enum statement which, struct err *err)
{
	sqlite3_stmt **slot = &db->statements[which];

	if (!*slot &&
	    sqlite3_prepare_v3(db->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT,
			       slot, NULL) != SQLITE_OK) {
		fail(db, err);
		return NULL;
	}
	sqlite3_reset(*slot);
	return *slot;
}

static void bind_text(struct intel_db *db, sqlite3_stmt *stmt, int n, struct slice text)
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
static int step(struct intel_db *db, sqlite3_stmt *stmt, struct err *err)
{
	int rc = sqlite3_step(stmt);

	if (rc != SQLITE_DONE)
		fail(db, err);
	sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* The same where there was an end of the rows. */
static int end(struct intel_db *db, sqlite3_stmt *stmt, int rc, struct err *err)
{
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		fail(db, err);
	sqlite3_reset(stmt);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

static const char *column(struct intel_db *db, sqlite3_stmt *stmt, int col,
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

/* ---- files ---- */

static struct intel_db *make(const char *path)
{
	struct intel_db *db = xcalloc(1, sizeof(*db));

	db->path = xstrdup(path);
	db->lock = -1;
	strbuf_init(&db->text);
	return db;
}

void intel_db_free(struct intel_db **dbp)
{
	struct intel_db *db = *dbp;

	if (!db)
		return;
	for (size_t i = 0; i < SQL_MAX; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->db);
	if (db->aside)
		unlink(db->aside);
	if (db->lock >= 0)
		close(db->lock);
	free(db->aside);
	free(db->path);
	strbuf_fini(&db->text);
	free(db);
	*dbp = NULL;
}

bool intel_db_is_one(const char *path)
{
	static const char magic[16] = "SQLite format 3"; /* with its NUL */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char head[sizeof(magic)];
	bool is_one = fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) &&
		      memcmp(head, magic, sizeof(magic)) == 0;

	if (fd >= 0)
		close(fd);
	return is_one;
}

static int pragma(struct intel_db *db, const char *sql, int *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int(stmt, 0);
	else
		fail(db, err);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : -1;
}

/* Not for whoever made the file: its own statements would be run by ours. */
static void distrust(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_busy_timeout(db, BUSY_MS);
}

static int open_reader(struct intel_db *db, struct err *err)
{
	int id, version;

	if (sqlite3_open_v2(db->path, &db->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		return fail(db, err);
	distrust(db->db);
	if (pragma(db, "PRAGMA application_id", &id, err) != 0 ||
	    pragma(db, "PRAGMA user_version", &version, err) != 0)
		return -1;
	if (id != INTEL_APPLICATION_ID)
		return err_set(err,
			       "%s: no file of indicators: make one with auspex intel "
			       "import",
			       db->path);
	if (version != INTEL_VERSION)
		return err_set(err,
			       "%s: made by another version of auspex (%d): import the "
			       "lists anew",
			       db->path, version);
	return 0;
}

int intel_db_open(const char *path, struct intel_db **out, struct err *err)
{
	*out = make(path);
	if (access(path, R_OK) != 0)
		err_set(err, "%s: %s: give a file that auspex intel import has made",
			path, strerror(errno));
	else if (open_reader(*out, err) == 0)
		return 0;
	intel_db_free(out);
	return -1;
}

static int create(struct intel_db *db, struct err *err)
{
	char sql[96];

	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 INTEL_APPLICATION_ID, INTEL_VERSION);
	return run(db, sql, err) == 0 && run(db, schema, err) == 0 ? 0 : -1;
}

int intel_db_new(struct intel_db **out, struct err *err)
{
	*out = make("indicators in memory");
	if (sqlite3_open_v2(":memory:", &(*out)->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			    NULL) == SQLITE_OK) {
		if (create(*out, err) == 0 && run(*out, "BEGIN", err) == 0)
			return 0;
	} else {
		fail(*out, err);
	}
	intel_db_free(out);
	return -1;
}

/* ---- updates ---- */

/* Is the file that fd has open the one of that name? */
static bool is_named(int fd, const char *path)
{
	struct stat mine, named;

	return fstat(fd, &mine) == 0 && lstat(path, &named) == 0 &&
	       mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

static int lock_aside(struct intel_db *db, struct err *err)
{
	char *aside = xasprintf("%s.new", db->path);
	int rc = 0;

	db->lock = open(aside, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
			NEW_FILE_MODE);
	if (db->lock < 0)
		rc = err_set(err, "%s: %s: give a file in a folder that can be written",
			     aside, strerror(errno));
	else if (flock(db->lock, LOCK_EX | LOCK_NB) != 0 || !is_named(db->lock, aside))
		rc = err_set(err, "%s: another auspex is writing to it: wait for it",
			     db->path);
	else if (ftruncate(db->lock, 0) != 0)
		rc = err_set(err, "%s: %s: give another file", aside, strerror(errno));
	if (rc == 0)
		db->aside = aside;
	else
		free(aside);
	return rc;
}

/* All pages of the file of that name, as they are. */
static int copy_old(struct intel_db *db, struct err *err)
{
	sqlite3_backup *backup;
	struct intel_db *old;
	int rc;

	if (access(db->path, F_OK) != 0)
		return create(db, err);
	if (intel_db_open(db->path, &old, err) != 0)
		return -1;
	backup = sqlite3_backup_init(db->db, "main", old->db, "main");
	rc = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
	if (backup)
		sqlite3_backup_finish(backup);
	intel_db_free(&old);
	return rc == SQLITE_DONE ? 0 : fail(db, err);
}

static int open_aside(struct intel_db *db, struct err *err)
{
	char sql[128];

	if (lock_aside(db, err) != 0)
		return -1;
	if (sqlite3_open_v2(db->aside, &db->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW,
			    NULL) != SQLITE_OK)
		return fail(db, err);
	distrust(db->db);
	/* What is not complete is thrown away: it needs no journal. */
	snprintf(sql, sizeof(sql),
		 "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
		 "PRAGMA cache_size = -%d",
		 CACHE_KIB);
	if (run(db, sql, err) != 0 || copy_old(db, err) != 0)
		return -1;
	return run(db, "BEGIN", err);
}

int intel_db_update(const char *path, struct intel_db **out, struct err *err)
{
	*out = make(path);
	if (open_aside(*out, err) == 0)
		return 0;
	intel_db_free(out);
	return -1;
}

static void close_db(struct intel_db *db)
{
	for (size_t i = 0; i < SQL_MAX; i++) {
		sqlite3_finalize(db->statements[i]);
		db->statements[i] = NULL;
	}
	sqlite3_close(db->db);
	db->db = NULL;
}

int intel_db_commit(struct intel_db **dbp, struct err *err)
{
	struct intel_db *db = *dbp;
	int rc = run(db, "COMMIT", err);

	if (rc == 0) {
		close_db(db);
		if (fsync(db->lock) != 0 || rename(db->aside, db->path) != 0) {
			rc = err_set(err, "%s: %s: give a file that can be written",
				     db->path, strerror(errno));
		} else {
			free(db->aside);
			db->aside = NULL;
		}
	}
	intel_db_free(dbp);
	return rc;
}

/* ---- sources ---- */

static int drop_source(struct intel_db *db, int64_t id, struct err *err)
{
	static const enum statement drops[] = { SQL_DROP_INDICATORS, SQL_DROP_REPORTS,
						SQL_DROP_SOURCE };

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		sqlite3_stmt *stmt = prepare(db, drops[i], err);

		if (!stmt)
			return -1;
		sqlite3_bind_int64(stmt, 1, id);
		if (step(db, stmt, err) != 0)
			return -1;
	}
	return 0;
}

int intel_db_remove_source(struct intel_db *db, const char *name, struct err *err)
{
	sqlite3_stmt *stmt = prepare(db, SQL_FIND_SOURCE, err);
	int64_t id = 0;
	int rc;

	if (!stmt)
		return -1;
	bind_text(db, stmt, 1, slice_str(name));
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		id = sqlite3_column_int64(stmt, 0);
	if (end(db, stmt, rc, err) != 0)
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
	stmt = prepare(db, SQL_ADD_SOURCE, err);
	if (!stmt)
		return -1;
	bind_text(db, stmt, 1, slice_str(source->name));
	bind_text(db, stmt, 2, slice_str(source->author));
	bind_text(db, stmt, 3, slice_str(source->path));
	bind_text(db, stmt, 4, slice_str(source->format));
	sqlite3_bind_int64(stmt, 5, source->imported);
	if (step(db, stmt, err) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(db->db);
	return 0;
}

int intel_db_set_format(struct intel_db *db, int64_t source, const char *format,
			struct err *err)
{
	sqlite3_stmt *stmt = prepare(db, SQL_SET_FORMAT, err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, source);
	bind_text(db, stmt, 2, slice_str(format));
	return step(db, stmt, err);
}

int intel_db_sources(struct intel_db *db,
		     void (*each)(void *ctx, const struct intel_source *source),
		     void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = prepare(db, SQL_SOURCES, err);
	struct arena arena;
	int rc;

	if (!stmt)
		return -1;
	arena_init(&arena);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct intel_source source = {
			.id = sqlite3_column_int64(stmt, 0),
			.name = column(db, stmt, 1, &arena),
			.author = column(db, stmt, 2, &arena),
			.path = column(db, stmt, 3, &arena),
			.format = column(db, stmt, 4, &arena),
			.imported = sqlite3_column_int64(stmt, 5),
			.indicators = (uint64_t)sqlite3_column_int64(stmt, 6),
			.allowed = (uint64_t)sqlite3_column_int64(stmt, 7),
		};

		each(ctx, &source);
		arena_reset(&arena);
	}
	arena_fini(&arena);
	return end(db, stmt, rc, err);
}

/* ---- indicators ---- */

int intel_db_add_report(struct intel_db *db, int64_t source, const char *author,
			const char *title, int64_t *id, struct err *err)
{
	sqlite3_stmt *stmt = prepare(db, SQL_ADD_REPORT, err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, source);
	bind_text(db, stmt, 2, slice_str(author));
	bind_text(db, stmt, 3, slice_str(title));
	if (step(db, stmt, err) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(db->db);
	return 0;
}

int intel_db_fill_report(struct intel_db *db, int64_t id, const char *author,
			 const char *title, struct err *err)
{
	sqlite3_stmt *stmt = prepare(db, SQL_FILL_REPORT, err);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, id);
	bind_text(db, stmt, 2, slice_str(author));
	bind_text(db, stmt, 3, slice_str(title));
	return step(db, stmt, err);
}

/* Texts may hold what is no UTF-8; as a blob they stay as they are. */
static void bind_key(sqlite3_stmt *stmt, int n, const void *key, size_t len)
{
	sqlite3_bind_blob64(stmt, n, key, len, SQLITE_STATIC);
}

static int note_prefix(struct intel_db *db, uint8_t length, struct err *err)
{
	sqlite3_stmt *stmt;

	if (memchr(db->prefixes, length, db->nprefixes))
		return 0;
	stmt = prepare(db, SQL_PREFIX, err);
	if (!stmt)
		return -1;
	sqlite3_bind_int(stmt, 1, length);
	if (step(db, stmt, err) != 0)
		return -1;
	if (db->nprefixes < sizeof(db->prefixes))
		db->prefixes[db->nprefixes++] = length;
	return 0;
}

int intel_db_put(struct intel_db *db, int64_t source, const struct indicator *ind,
		 struct err *err)
{
	sqlite3_stmt *stmt = prepare(db, SQL_PUT, err);

	if (!stmt)
		return -1;
	if (ind->kind == IND_ADDRESS && note_prefix(db, ind->key[ADDRESS_LEN], err) != 0)
		return -1;
	sqlite3_bind_int(stmt, 1, (int)ind->kind);
	bind_key(stmt, 2, ind->key, ind->len);
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
	bind_text(db, stmt, 9, ind->name);
	if (step(db, stmt, err) != 0)
		return -1;
	return sqlite3_changes(db->db) ? 1 : 0;
}

static bool read_match(struct intel_db *db, sqlite3_stmt *stmt, struct arena *arena,
		       struct intel_match *out)
{
	const void *key = sqlite3_column_blob(stmt, 1);
	int kind = sqlite3_column_int(stmt, 0);
	size_t len = (size_t)sqlite3_column_bytes(stmt, 1);

	if (kind < 0 || kind >= IND_KIND_MAX || !key)
		return false;
	*out = (struct intel_match){
		.kind = (enum indicator_kind)kind,
		.value = indicator_text((enum indicator_kind)kind, key, len, arena),
		.name = column(db, stmt, 2, arena),
		.author = column(db, stmt, 3, arena),
		.source = column(db, stmt, 4, arena),
		.imported = sqlite3_column_int64(stmt, 5),
		.until = sqlite3_column_int64(stmt, 6),
	};
	return true;
}

int intel_db_each(struct intel_db *db,
		  void (*each)(void *ctx, const struct intel_match *match, bool allow),
		  void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = prepare(db, SQL_EACH, err);
	struct intel_match match;
	struct arena arena;
	int rc;

	if (!stmt)
		return -1;
	arena_init(&arena);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (read_match(db, stmt, &arena, &match))
			each(ctx, &match, sqlite3_column_int(stmt, 7) != 0);
		arena_reset(&arena);
	}
	arena_fini(&arena);
	return end(db, stmt, rc, err);
}

bool intel_db_has(struct intel_db *db, enum indicator_kind kind)
{
	sqlite3_stmt *stmt = prepare(db, SQL_HAS, NULL);
	bool has;

	if (!stmt)
		return false;
	sqlite3_bind_int(stmt, 1, (int)kind);
	has = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_reset(stmt);
	return has;
}

/* Does the row speak of what is asked for? Its columns are MATCH_COLUMNS. */
static bool fits(sqlite3_stmt *stmt, const struct intel_query *q)
{
	int64_t until = sqlite3_column_int64(stmt, 6);
	int port = sqlite3_column_int(stmt, 8);

	if (sqlite3_column_type(stmt, 9) != SQLITE_NULL && q->size != SIZE_UNKNOWN &&
	    (uint64_t)sqlite3_column_int64(stmt, 9) != q->size)
		return false;
	return (port < 0 || q->port < 0 || port == q->port) &&
	       (until == 0 || q->when < until);
}

static int find_key(struct intel_db *db, const struct intel_query *q, const void *key,
		    struct arena *arena, struct intel_match *out, struct err *err)
{
	sqlite3_stmt *stmt = prepare(db, SQL_FIND, err);
	int rc, found = 0;

	if (!stmt)
		return -1;
	sqlite3_bind_int(stmt, 1, (int)q->kind);
	bind_key(stmt, 2, key, q->len);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !found) {
		if (!fits(stmt, q))
			continue;
		if (sqlite3_column_int(stmt, 7))
			found = 2;
		else if (read_match(db, stmt, arena, out))
			found = 1;
	}
	return end(db, stmt, rc, err) == 0 ? found : -1;
}

static int know_prefixes(struct intel_db *db, struct err *err)
{
	sqlite3_stmt *stmt = prepare(db, SQL_PREFIXES, err);
	int rc;

	if (!stmt)
		return -1;
	db->nprefixes = 0;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		int length = sqlite3_column_int(stmt, 0);

		if (length >= 0 && length <= 8 * ADDRESS_LEN &&
		    db->nprefixes < sizeof(db->prefixes))
			db->prefixes[db->nprefixes++] = (uint8_t)length;
	}
	db->knows_prefixes = true;
	return end(db, stmt, rc, err);
}

/* By each length of network that there is; mostly there is but one. */
static int find_address(struct intel_db *db, const struct intel_query *q,
			struct arena *arena, struct intel_match *out, struct err *err)
{
	struct intel_query one = *q;
	uint8_t key[ADDRESS_KEY_LEN];
	int found = 0;

	one.len = sizeof(key);
	if (!db->knows_prefixes && know_prefixes(db, err) != 0)
		return -1;
	for (size_t i = 0; i < db->nprefixes && found == 0; i++) {
		uint8_t length = db->prefixes[i];

		memcpy(key, q->key, ADDRESS_LEN);
		for (unsigned bit = length; bit < 8 * ADDRESS_LEN; bit++)
			key[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
		key[ADDRESS_LEN] = length;
		found = find_key(db, &one, key, arena, out, err);
	}
	return found;
}

int intel_db_find(struct intel_db *db, const struct intel_query *q, struct arena *arena,
		  struct intel_match *out, struct err *err)
{
	if (q->kind == IND_ADDRESS)
		return q->len >= ADDRESS_LEN ? find_address(db, q, arena, out, err) : 0;
	return find_key(db, q, q->key, arena, out, err);
}
