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

#include "base/xalloc.h"
#include "intel/db_priv.h"

enum {
	CACHE_KIB = 262144, /* of an update: keys come in no order */
	BUSY_MS = 2000,
	NEW_FILE_MODE = 0644,
};

static struct intel_db *make(const char *path)
{
	struct intel_db *db = xcalloc(1, sizeof(*db));

	db->path = xstrdup(path);
	db->lock = -1;
	strbuf_init(&db->text);
	return db;
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

void intel_db_free(struct intel_db **dbp)
{
	struct intel_db *db = *dbp;

	if (!db)
		return;
	close_db(db);
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
		intel_db_fail(db, err);
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
		return intel_db_fail(db, err);
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
	return intel_db_run(db, sql, err) == 0 &&
			       intel_db_run(db, intel_db_schema, err) == 0
		       ? 0
		       : -1;
}

int intel_db_new(struct intel_db **out, struct err *err)
{
	*out = make("indicators in memory");
	if (sqlite3_open_v2(":memory:", &(*out)->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			    NULL) == SQLITE_OK) {
		if (create(*out, err) == 0 && intel_db_run(*out, "BEGIN", err) == 0)
			return 0;
	} else {
		intel_db_fail(*out, err);
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
	return rc == SQLITE_DONE ? 0 : intel_db_fail(db, err);
}

static int open_aside(struct intel_db *db, struct err *err)
{
	char sql[128];

	if (lock_aside(db, err) != 0)
		return -1;
	if (sqlite3_open_v2(db->aside, &db->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW,
			    NULL) != SQLITE_OK)
		return intel_db_fail(db, err);
	distrust(db->db);
	/* What is not complete is thrown away: it needs no journal. */
	snprintf(sql, sizeof(sql),
		 "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
		 "PRAGMA cache_size = -%d",
		 CACHE_KIB);
	if (intel_db_run(db, sql, err) != 0 || copy_old(db, err) != 0)
		return -1;
	return intel_db_run(db, "BEGIN", err);
}

int intel_db_update(const char *path, struct intel_db **out, struct err *err)
{
	*out = make(path);
	if (open_aside(*out, err) == 0)
		return 0;
	intel_db_free(out);
	return -1;
}

int intel_db_commit(struct intel_db **dbp, struct err *err)
{
	struct intel_db *db = *dbp;
	int rc = intel_db_run(db, "COMMIT", err);

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
