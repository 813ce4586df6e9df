/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Indicators in an SQLite file of their own, so that a million of them is
 * there at once and each is found by its key. The file is never changed:
 * an update is made beside it and takes its name when it is complete, so
 * that who reads it is never in the way, nor ever sees half of it.
 */
#ifndef AUSPEX_INTEL_DB_H
#define AUSPEX_INTEL_DB_H

#include "base/compiler.h"
#include "base/err.h"
#include "intel/indicator.h"

struct intel_db;

/* An indicator that was found, and who says so. Texts NULL: not known. */
struct intel_match {
	enum indicator_kind kind;
	const char *value; /* in a person's form */
	const char *name;
	const char *author, *source;
	int64_t imported, until; /* ms; 0: not known, no end */
};

/* Is path such a file? */
bool intel_db_is_one(const char *path);
/* To look things up. */
int intel_db_open(const char *path, struct intel_db **out, struct err *err) MUST_CHECK;
/* An empty one that is gone when it is freed. */
int intel_db_new(struct intel_db **out, struct err *err) MUST_CHECK;
void intel_db_free(struct intel_db **db);

/*
 * A copy of what path holds (or an empty one), to be changed. Nothing is
 * changed but by the commit; freeing it forgets it. One at a time.
 */
int intel_db_update(const char *path, struct intel_db **out, struct err *err) MUST_CHECK;
/* Frees *db in any case. */
int intel_db_commit(struct intel_db **db, struct err *err) MUST_CHECK;

struct intel_source {
	int64_t id;
	const char *name, *author, *path, *format; /* author, path: may be NULL */
	int64_t imported;                          /* ms */
	uint64_t indicators, allowed;
};

/* Takes away all that the source of that name gave before. */
int intel_db_add_source(struct intel_db *db, const struct intel_source *source,
			int64_t *id, struct err *err) MUST_CHECK;
/* The format is known once it was read. */
int intel_db_set_format(struct intel_db *db, int64_t source, const char *format,
			struct err *err) MUST_CHECK;
/* 1: removed; 0: there is none of that name; -1. */
int intel_db_remove_source(struct intel_db *db, const char *name,
			   struct err *err) MUST_CHECK;
/* Calls each() for every source, in the order of their names. */
int intel_db_sources(struct intel_db *db,
		     void (*each)(void *ctx, const struct intel_source *source),
		     void *ctx, struct err *err) MUST_CHECK;
/* The same for every indicator; allow: whether it is a known good one. */
int intel_db_each(struct intel_db *db,
		  void (*each)(void *ctx, const struct intel_match *match, bool allow),
		  void *ctx, struct err *err) MUST_CHECK;

/* What several indicators have in common; texts may be NULL. */
int intel_db_add_report(struct intel_db *db, int64_t source, const char *author,
			const char *title, int64_t *id, struct err *err) MUST_CHECK;
/* It becomes known later. */
int intel_db_fill_report(struct intel_db *db, int64_t id, const char *author,
			 const char *title, struct err *err) MUST_CHECK;
/* 1: is new; 0: the source has given it before; -1. */
int intel_db_put(struct intel_db *db, int64_t source, const struct indicator *indicator,
		 struct err *err) MUST_CHECK;

/* Is there any indicator of that kind? */
bool intel_db_has(struct intel_db *db, enum indicator_kind kind);

/* What to look up. */
struct intel_query {
	enum indicator_kind kind;
	const void *key;
	size_t len;
	int32_t port;  /* -1: not known */
	uint64_t size; /* or SIZE_UNKNOWN */
	int64_t when;  /* ms: of what is judged; 0: now and ever */
};

/*
 * 1: found, with texts in arena; 2: known to be good; 0: neither; -1.
 * A network's addresses are found by any of them.
 */
int intel_db_find(struct intel_db *db, const struct intel_query *query,
		  struct arena *arena, struct intel_match *out, struct err *err);

#endif
