/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this room share; nobody else includes it. */
#ifndef AUSPEX_STORE_STORE_PRIV_H
#define AUSPEX_STORE_STORE_PRIV_H

/* sqlite3.h declares the session extension only for those who ask. */
#define SQLITE_ENABLE_SESSION
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include <sqlite3.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "store/query.h"
#include "store/schema.h"

enum statement {
#define STATEMENT(NAME, sql) SQL_##NAME,
#include "store/statements.def"
#undef STATEMENT
	SQL_MAX
};

/* Ids that were looked up, so that the next row of the same needs no SELECT. */
enum { ID_CACHE_MAX = 1 << 13 };

struct store {
	sqlite3 *db;
	char *path;
	char *hostname; /* of what has no node=; NULL: not known */
	enum store_mode mode;
	int lock;                 /* holds the writer's flock; -1 for a reader */
	bool unsettled;           /* a process that was there may have got a container */
	bool made;                /* by this store_open */
	sqlite3_session *session; /* between store_watch() and store_unwatch() */
	sqlite3_stmt *statements[SQL_MAX];
	struct strbuf text, json;                   /* scratch of binding and reading */
	struct map *hosts, *containers, *processes; /* text -> id */
};

/* Fills err from what SQLite said last: path, what is wrong, what to do. -1. */
int store_fail(struct store *store, struct err *err);
/* Prepared on first use, reset; NULL with err on failure. */
sqlite3_stmt *store_statement(struct store *store, enum statement which, struct err *err);

/*
 * Binds the parameters of one statement in their order. Errors are kept in
 * rc until the statement is run.
 */
struct binder {
	struct store *store;
	sqlite3_stmt *stmt;
	int n, rc;
};

/* false with err on failure. */
bool bind_start(struct binder *b, struct store *store, enum statement which,
		struct err *err);
void bind_null(struct binder *b);
void bind_int(struct binder *b, int64_t value);
/* NULL when cond is false. */
void bind_int_if(struct binder *b, bool cond, int64_t value);
/* Escaped; NULL binds NULL; str is borrowed until the statement is run. */
void bind_text(struct binder *b, const char *str);
/* The same with a copy, for a statement that outlives str. */
void bind_copy(struct binder *b, const char *str);
/* As it is: for text of our own; borrowed until the statement is run. */
void bind_static(struct binder *b, const char *str);
/* Several lines, each escaped. */
void bind_lines(struct binder *b, const char *str);
/* A JSON array of escaped strings; NULL binds NULL. */
void bind_argv(struct binder *b, const char *const *argv, size_t argc);
/* For a statement that gives no rows. */
int bind_run(struct binder *b, struct err *err);

/* After the last sqlite3_step: 0, or -1 with err when rc is no row and no end. */
int end_rows(struct binder *b, int rc, struct err *err);

/* Columns of a row; strings unescaped into arena, NULL where SQL has NULL. */
const char *column_text(struct store *store, sqlite3_stmt *stmt, int col,
			struct arena *arena);
/* The value, or absent where SQL has NULL. */
int64_t column_int(sqlite3_stmt *stmt, int col, int64_t absent);
/* NULL when the column is; else argc strings and a NULL, in arena. */
const char *const *column_argv(struct store *store, sqlite3_stmt *stmt, int col,
			       struct arena *arena, size_t *argc);

/* Ids by name; added when they are not there. host NULL is 0. -1 on error. */
int64_t store_host_id(struct store *store, const char *host, struct err *err);
int64_t store_container_id(struct store *store, int64_t host, const char *container,
			   struct err *err);
/* pid 0: not known. */
int64_t store_process_id(struct store *store, int64_t host, const char *uid, int64_t pid,
			 struct err *err);

/*
 * Techniques, processes, session, indicator and evidence of the finding with
 * that id, into f; the process that wrote the file into target, where f has one.
 */
int store_read_parts(struct store *store, int64_t id, struct finding *f,
		     struct finding_target *target, struct err *err);

/* What a commit does to the findings that are there; -1 on error. */
int store_settle(struct store *store, struct err *err);
void store_stop_watching(struct store *store);
/* Ids may be others now. */
void store_forget_ids(struct store *store);

/*
 * Brings db from its user_version to n, all or nothing; then makes the
 * views anew. Nothing happens when it is at n. The caller's transaction.
 */
int store_migrate(struct store *store, const struct migration *migrations, size_t n,
		  struct err *err);

/* The row of detectors that v_findings and others take their texts from. */
int store_put_detector(struct store *store, const struct detector_info *info,
		       struct err *err) MUST_CHECK;

#endif
