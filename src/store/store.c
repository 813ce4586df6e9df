/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening and closing. There is one writer at a time, held by a lock on the
 * file itself, because SQLite before 3.51.3 may lose pages of the log when
 * two connections checkpoint it (https://www.sqlite.org/wal.html#walresetbug).
 * The lock is flock(2)'s, which SQLite's own fcntl(2) locks do not meet; it
 * is dropped only after SQLite has closed the file, because closing any
 * descriptor of a file drops all fcntl locks that the process has on it.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/xalloc.h"
#include "finding/catalog.h"
#include "store/store_priv.h"

enum {
	BUSY_MS = 5000,
	NEW_FILE_MODE = 0640,
};

/* For every connection. Not one of them trusts what the file holds. */
static const char *const settings[] = {
	"PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON",
	"PRAGMA mmap_size = 0",        "PRAGMA temp_store = MEMORY",
	"PRAGMA cache_size = -2048", /* KiB */
};

/* For the writer. */
static const char *const writer_settings[] = {
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = NORMAL",
	"PRAGMA journal_size_limit = 67108864",
};

static int execute(struct store *store, const char *sql, struct err *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(store, err);
	return 0;
}

/* The number that a PRAGMA or SELECT gives, or -1 with err. */
static int64_t ask(struct store *store, const char *sql, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value = -1;

	if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	else
		store_fail(store, err);
	sqlite3_finalize(stmt);
	return value;
}

int store_put_detector(struct store *store, const struct detector_info *d,
		       struct err *err)
{
	char *response;
	struct binder b;

	if (!bind_start(&b, store, SQL_PUT_DETECTOR, err))
		return -1;
	/* Tabs are marks for those who print steps, not text. */
	response = xstrdup(d->response);
	for (char *tab = response; (tab = strchr(tab, '\t'));)
		*tab = ' ';
	bind_text(&b, d->id);
	bind_text(&b, d->title);
	bind_static(&b, severity_name(d->severity));
	bind_text(&b, d->needs);
	bind_text(&b, d->description);
	bind_lines(&b, response);
	free(response);
	return bind_run(&b, err);
}

/* The tables of what we look for, as this version has them. */
static int put_catalog(struct store *store, struct err *err)
{
	for (size_t i = 0; i < DETECTOR_MAX; i++)
		if (store_put_detector(store, detector_info((enum detector_id)i), err) !=
		    0)
			return -1;
	for (size_t i = 0; i < TECHNIQUE_MAX; i++) {
		const struct technique_info *t = technique_info((enum technique)i);
		char url[TECHNIQUE_URL_MAX];
		struct binder b;

		if (!bind_start(&b, store, SQL_PUT_TECHNIQUE, err))
			return -1;
		technique_url(t, url);
		bind_static(&b, t->id);
		bind_static(&b, t->name);
		bind_static(&b, t->tactics);
		bind_static(&b, t->older[0] ? t->older : NULL);
		bind_static(&b, url);
		if (bind_run(&b, err) != 0)
			return -1;
	}
	return 0;
}

int store_migrate(struct store *store, const struct migration *migrations, size_t n,
		  struct err *err)
{
	int64_t version = ask(store, "PRAGMA user_version", err);
	char *sql;
	int rc = 0;

	if (version < 0 || (size_t)version >= n)
		return version < 0 ? -1 : 0;
	for (size_t i = 0; i < store_nviews && rc == 0; i++) {
		sql = xasprintf("DROP VIEW IF EXISTS %s", store_views[i].name);
		rc = execute(store, sql, err);
		free(sql);
	}
	for (size_t i = (size_t)version; i < n; i++) {
		for (const char *const *s = migrations[i].sql; *s && rc == 0; s++)
			rc = execute(store, *s, err);
	}
	for (size_t i = 0; i < store_nviews && rc == 0; i++) {
		sql = xasprintf("CREATE VIEW %s%s", store_views[i].name,
				store_views[i].sql);
		rc = execute(store, sql, err);
		free(sql);
	}
	if (rc == 0) {
		sql = xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %zu",
				STORE_APPLICATION_ID, n);
		rc = execute(store, sql, err);
		free(sql);
	}
	return rc;
}

/* Is the file ours, and of a version that we know? Sets *empty for a new one. */
static int check_ours(struct store *store, bool *empty, struct err *err)
{
	int64_t tables = ask(store, "SELECT count(*) FROM sqlite_master", err);
	int64_t id = tables < 0 ? -1 : ask(store, "PRAGMA application_id", err);
	int64_t version = id < 0 ? -1 : ask(store, "PRAGMA user_version", err);

	if (version < 0)
		return -1;
	*empty = tables == 0 && id == 0 && version == 0;
	if (!*empty && id != STORE_APPLICATION_ID)
		return err_set(err,
			       "%s: an SQLite database, but not one of auspex: "
			       "give another file with -d",
			       store->path);
	if ((size_t)version > store_nmigrations)
		return err_set(
			err,
			"%s: made by a newer auspex (schema %lld, this one knows %zu): "
			"use that version, or another file",
			store->path, (long long)version, store_nmigrations);
	return 0;
}

static int set_up_writer(struct store *store, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(writer_settings); i++) {
		if (execute(store, writer_settings[i], err) != 0)
			return -1;
	}
	if (store->mode == STORE_DURABLE)
		return execute(store,
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA wal_autocheckpoint = 4096", /* pages of 4 KiB */
			       err);
	return 0;
}

static int begin_writing(struct store *store, struct err *err)
{
	bool empty;

	if (check_ours(store, &empty, err) != 0 || set_up_writer(store, err) != 0)
		return -1;
	if (store_begin(store, err) != 0)
		return -1;
	if (store_migrate(store, store_migrations, store_nmigrations, err) != 0 ||
	    put_catalog(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, err);
}

static int begin_reading(struct store *store, struct err *err)
{
	bool empty;

	if (execute(store, "PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0",
		    err) != 0)
		return -1;
	if (check_ours(store, &empty, err) != 0)
		return -1;
	if (empty)
		return err_set(
			err,
			"%s: an empty database: run `auspex analyze -d %s LOG` first",
			store->path, store->path);
	if (ask(store, "PRAGMA user_version", err) < (int64_t)store_nmigrations)
		return err_set(
			err,
			"%s: made by an older auspex: run `auspex analyze -d %s LOG` "
			"once to bring it up to date",
			store->path, store->path);
	return 0;
}

static int open_connection(struct store *store, const char *name, int flags,
			   struct err *err)
{
	if (sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return store_fail(store, err);
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, BUSY_MS);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (execute(store, settings[i], err) != 0)
			return -1;
	}
	return 0;
}

/* The folder of path exists? Said apart, because it is the usual mistake. */
static int check_folder(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? xmemdup0(path, slash == path ? 1 : (size_t)(slash - path))
			     : xstrdup(".");
	struct stat st;
	int rc = 0;

	if (stat(folder, &st) != 0)
		rc = err_set(err, "%s: %s: %s: make the folder first: mkdir -p %s", path,
			     folder, strerror(errno), folder);
	else if (!S_ISDIR(st.st_mode))
		rc = err_set(err, "%s: %s is not a folder: give another file with -d",
			     path, folder);
	free(folder);
	return rc;
}

/* Opens and locks the file; notes it when it was not there. */
static int lock_file(struct store *store, struct err *err)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	struct stat st;

	store->lock = open(store->path, flags);
	if (store->lock < 0 && errno == ENOENT) {
		store->lock = open(store->path, flags | O_CREAT | O_EXCL, NEW_FILE_MODE);
		store->made = store->lock >= 0;
	}
	if (store->lock < 0 && errno == ELOOP)
		return err_set(err,
			       "%s: is a symbolic link: give the file itself with -d",
			       store->path);
	if (store->lock < 0)
		return err_set(err, "%s: %s: give a file that can be written with -d",
			       store->path, strerror(errno));
	if (fstat(store->lock, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, "%s: not a regular file: give another with -d",
			       store->path);
	if (flock(store->lock, LOCK_EX | LOCK_NB) != 0)
		return err_set(err,
			       "%s: another auspex is writing to it: wait for it, "
			       "or give another file with -d",
			       store->path);
	return 0;
}

static int open_writer(struct store *store, struct err *err)
{
	if (check_folder(store->path, err) != 0 || lock_file(store, err) != 0)
		return -1;
	if (open_connection(store, store->path, SQLITE_OPEN_READWRITE, err) != 0)
		return -1;
	return begin_writing(store, err);
}

/*
 * A database at rest on a medium that cannot be written: SQLite wants to
 * make the log's index beside it, unless told that nobody will change it.
 */
static int open_immutable(struct store *store, struct err *err)
{
	char *log = xasprintf("%s-wal", store->path);
	bool in_use = access(log, F_OK) == 0;
	struct strbuf uri;
	int rc;

	free(log);
	if (in_use)
		return -1;
	strbuf_init(&uri);
	strbuf_add_str(&uri, "file:");
	for (const char *p = store->path; *p; p++) {
		if (strchr("?#%", *p))
			strbuf_printf(&uri, "%%%02x", (unsigned char)*p);
		else
			strbuf_add_char(&uri, *p);
	}
	strbuf_add_str(&uri, "?immutable=1");
	sqlite3_close(store->db);
	store->db = NULL;
	rc = open_connection(store, strbuf_str(&uri),
			     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	strbuf_fini(&uri);
	return rc == 0 ? begin_reading(store, err) : -1;
}

static int open_reader(struct store *store, struct err *err)
{
	struct stat st;
	int code;

	if (access(store->path, R_OK) != 0)
		return err_set(
			err,
			errno == ENOENT
				? "%s: %s: run `auspex analyze -d FILE LOG` first, "
				  "or give the database with -d"
				: "%s: %s: give a database that can be read with -d",
			store->path, strerror(errno));
	if (stat(store->path, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(err, "%s: is a folder: give the database in it with -d",
			       store->path);
	/*
	 * Writable as far as the file is, but with query_only: SQLite makes the
	 * log and its index even to read, and only a connection that may write
	 * takes them away when it is the last to close. That is no second
	 * checkpoint beside the writer's: it happens when nobody else is there.
	 */
	if (open_connection(store, store->path, SQLITE_OPEN_READWRITE, err) == 0 &&
	    begin_reading(store, err) == 0)
		return 0;
	code = sqlite3_errcode(store->db) & 0xff;
	if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY)
		return open_immutable(store, err);
	return -1;
}

int store_open(const char *path, enum store_mode mode, struct store **out,
	       struct err *err)
{
	struct store *store = xcalloc(1, sizeof(*store));
	int rc;

	store->path = xstrdup(path);
	store->mode = mode;
	store->lock = -1;
	store->hosts = map_new();
	store->containers = map_new();
	store->processes = map_new();
	strbuf_init(&store->text);
	strbuf_init(&store->json);
	rc = mode == STORE_READ ? open_reader(store, err) : open_writer(store, err);
	if (rc != 0) {
		bool made = store->made;

		store_close(&store);
		/* Nothing was stored: no empty file is left lying about. */
		if (made)
			unlink(path);
	}
	*out = store;
	return rc;
}

void store_stop_watching(struct store *s)
{
	if (s->session)
		sqlite3session_delete(s->session);
	s->session = NULL;
}

static void close_connection(struct store *s)
{
	store_stop_watching(s);
	for (size_t i = 0; i < SQL_MAX; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	sqlite3_close_v2(s->db);
	s->db = NULL;
}

int store_suspend(struct store *store, struct err *err)
{
	if (!sqlite3_get_autocommit(store->db))
		return err_set(err, "%s: cannot be put aside within a transaction",
			       store->path);
	/* The log stays for the one who comes next: there is no time to lose. */
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	close_connection(store);
	return 0;
}

void store_leave(struct store *store)
{
	close(store->lock);
	store->lock = -1;
}

int store_resume(struct store *store, struct err *err)
{
	if (store->db)
		close_connection(store);
	if (open_connection(store, store->path, SQLITE_OPEN_READWRITE, err) != 0)
		return -1;
	return set_up_writer(store, err);
}

void store_name_host(struct store *store, const char *hostname)
{
	free(store->hostname);
	store->hostname = hostname && *hostname ? xstrdup(hostname) : NULL;
}

void store_close(struct store **store)
{
	struct store *s = *store;

	if (!s)
		return;
	close_connection(s);
	if (s->lock >= 0)
		close(s->lock);
	map_free(&s->hosts);
	map_free(&s->containers);
	map_free(&s->processes);
	strbuf_fini(&s->text);
	strbuf_fini(&s->json);
	free(s->path);
	free(s->hostname);
	free(s);
	*store = NULL;
}

int store_begin(struct store *store, struct err *err)
{
	struct binder b;

	return bind_start(&b, store, SQL_BEGIN, err) ? bind_run(&b, err) : -1;
}

/* Findings whose process turned out later to be in a container. */
int store_settle(struct store *store, struct err *err)
{
	struct binder b;

	if (!store->unsettled)
		return 0;
	store->unsettled = false;
	return bind_start(&b, store, SQL_SETTLE, err) ? bind_run(&b, err) : -1;
}

int store_commit(struct store *store, struct err *err)
{
	struct binder b;

	if (store_settle(store, err) == 0 && bind_start(&b, store, SQL_COMMIT, err) &&
	    bind_run(&b, err) == 0)
		return 0;
	store_rollback(store);
	return -1;
}

/* Empties a cache: its ids may be of rows that were never committed. */
static void forget(struct map **map)
{
	map_free(map);
	*map = map_new();
}

void store_forget_ids(struct store *store)
{
	forget(&store->hosts);
	forget(&store->containers);
	forget(&store->processes);
}

void store_rollback(struct store *store)
{
	struct binder b;

	store_stop_watching(store);
	/* SQLite may have rolled back by itself, on a full disk for one. */
	if (!sqlite3_get_autocommit(store->db) &&
	    bind_start(&b, store, SQL_ROLLBACK, NULL))
		bind_run(&b, NULL);
	store_forget_ids(store);
}
