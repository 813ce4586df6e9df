/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How to read a log on: where it was left, what the hosts looked like then,
 * and how to take back what was stored only because the log seemed to end
 * there. In the database, so that it is as new as the findings.
 */
#ifndef AUSPEX_STORE_RESUME_H
#define AUSPEX_STORE_RESUME_H

#include "base/strbuf.h"
#include "store/store.h"

enum { LIMIT_RESUME_ROWS = 64 }; /* logs that can be read on; the oldest go */

struct resume_row {
	int64_t id;           /* 0: a new one */
	const char *path;     /* of the file that was read last */
	const char *made_by;  /* who can make use of state */
	const char *settings; /* what the log was judged by */
	const char *marks;    /* how far the files were read */
	const char *sha256;   /* of state and undo */
	struct slice state;   /* what store_next_resume() does not give */
	struct slice undo;
};

/*
 * The row with the highest id below *before: 1, 0 for none, -1 on error. Its
 * strings are in arena. Start with INT64_MAX.
 */
int store_next_resume(struct store *store, int64_t before, struct arena *arena,
		      struct resume_row *out, struct err *err);
/* The same: the newest with that path and, if it is not NULL, that made_by. */
int store_find_resume(struct store *store, const char *path, const char *made_by,
		      struct arena *arena, struct resume_row *out, struct err *err);
/* The rest of the row; 0, or -1. */
int store_get_resume(struct store *store, int64_t id, struct strbuf *state,
		     struct strbuf *undo, struct err *err);
int store_put_resume(struct store *store, const struct resume_row *row, struct err *err);
int store_drop_resume(struct store *store, int64_t id, struct err *err);

/*
 * What is put between these two can be taken back; within a transaction.
 * unwatch adds what store_undo() takes.
 */
int store_watch(struct store *store, struct err *err);
int store_unwatch(struct store *store, struct strbuf *undo, struct err *err);
/* What others have changed since stays. */
int store_undo(struct store *store, struct slice undo, struct err *err);

#endif
