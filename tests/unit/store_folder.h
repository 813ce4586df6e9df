/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real database in a folder of the test's own, for the suites of the store. */
#ifndef AUSPEX_TESTS_STORE_FOLDER_H
#define AUSPEX_TESTS_STORE_FOLDER_H

#include "base/strbuf.h"
#include "store/store.h"

/* A checked fixture: a folder below /tmp, and everything in it gone again. */
void store_folder_make(void);
void store_folder_drop(void);
const char *store_folder(void);
/* folder/a.db, which is not there yet. */
const char *store_path(void);

/* Fails the test when it cannot be opened. */
struct store *store_opened(const char *path, enum store_mode mode);
/*
 * The message that opening path gives: it must fail, name the path first,
 * and be one line. Borrowed until the next call.
 */
const char *store_refused(const char *path, enum store_mode mode);

/* Through a connection of their own, as any other program: */
void store_execute(const char *sql);
/* The number that sql asks for. */
int64_t store_asked(const char *sql);
/* Every value of every table with its type, ids and all. */
void store_dump(struct strbuf *out);

/* A transaction with a row of everything, the three findings of sample.h last. */
void store_fill(struct store *store);
/* The processes of it alone, in a transaction of the caller's. */
void store_fill_tree(struct store *store);

#endif
