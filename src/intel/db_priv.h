/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of indicators, for db.c, db_sql.c, db_put.c and db_find.c. */
#ifndef AUSPEX_INTEL_DB_PRIV_H
#define AUSPEX_INTEL_DB_PRIV_H

#include <sqlite3.h>

#include "base/strbuf.h"
#include "intel/db.h"

/* "AUSI" in the file's header. */
enum { INTEL_APPLICATION_ID = 0x41555349, INTEL_VERSION = 1 };

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

struct intel_db {
	sqlite3 *db;
	char *path;  /* for messages */
	char *aside; /* of an update: the file that takes path's name; or NULL */
	int lock;    /* of the update; or -1 */
	sqlite3_stmt *statements[SQL_MAX];
	struct strbuf text; /* of a bound or read value, for a moment */
	uint8_t prefixes[8 * ADDRESS_LEN + 1]; /* lengths that there are */
	size_t nprefixes;
	bool knows_prefixes;
};

/* Of a new file. */
extern const char intel_db_schema[];

/* Says in err what SQLite complains of, and what to do; returns -1. */
int intel_db_fail(const struct intel_db *db, struct err *err);
/* For SQL without parameters and rows. */
int intel_db_run(struct intel_db *db, const char *sql, struct err *err) MUST_CHECK;
/* Borrowed, reset, prepared on first use; NULL with err. */
sqlite3_stmt *intel_db_prepare(struct intel_db *db, enum statement which,
			       struct err *err);
/* Escaped where it is not plain; an empty text is NULL. Must live until the step. */
void intel_db_bind_text(struct intel_db *db, sqlite3_stmt *stmt, int n,
			struct slice text);
/* An indicator's key, which may be no UTF-8. Must live until the step. */
void intel_db_bind_key(sqlite3_stmt *stmt, int n, const void *key, size_t len);
/* Runs what gives no rows, and resets it. */
int intel_db_step(struct intel_db *db, sqlite3_stmt *stmt, struct err *err) MUST_CHECK;
/* Resets what gave rows; rc: what the last sqlite3_step() returned. */
int intel_db_end(struct intel_db *db, sqlite3_stmt *stmt, int rc, struct err *err);
/* The text of a column as it was before it was escaped, in arena; NULL stays NULL. */
const char *intel_db_column(struct intel_db *db, sqlite3_stmt *stmt, int col,
			    struct arena *arena);

#endif
