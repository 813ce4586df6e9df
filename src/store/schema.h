/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shape of the database. Tables change only by a further migration at
 * the end of the list; user_version counts those that were applied. Views
 * hold nothing, so they are made anew by whichever version migrates.
 * The SQL carries its comments into the file, where `.schema` shows them.
 */
#ifndef AUSPEX_STORE_SCHEMA_H
#define AUSPEX_STORE_SCHEMA_H

#include <stddef.h>

/* "AUSP": in the file's header, so that file(1) and we know it for ours. */
enum { STORE_APPLICATION_ID = 0x41555350 };

struct migration {
	const char *const *sql; /* statements, NULL at the end */
};

extern const struct migration store_migrations[];
extern const size_t store_nmigrations;

struct view {
	const char *name, *sql; /* sql: all behind "CREATE VIEW name" */
};

extern const struct view store_views[];
extern const size_t store_nviews;

#endif
