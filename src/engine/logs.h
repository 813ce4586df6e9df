/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log files that were read, in this run and before: how far, and what
 * was in them. A file is known by its first line, whatever its name.
 */
#ifndef AUSPEX_ENGINE_LOGS_H
#define AUSPEX_ENGINE_LOGS_H

#include "audit/assemble.h"
#include "audit/source.h"
#include "base/strbuf.h"
#include "store/store.h"

struct logs;

enum { LIMIT_LOGS = 1024 }; /* that are kept in mind; the oldest go */

struct logs *logs_new(void);
void logs_free(struct logs **logs);

/* Before each line: stats are those from before it. Cheap where nothing changed. */
void logs_follow(struct logs *logs, struct source *source,
		 const struct assembler_stats *stats);
/* How many of the source's files it knows of. */
size_t logs_begun(const struct logs *logs);
/* An event of that time came out while the file was read. */
void logs_event(struct logs *logs, stamp_ms time);
/* Brings the counts and marks up to where the source is. */
void logs_update(struct logs *logs, struct source *source,
		 const struct assembler_stats *stats);

/* A row for each file. 0, or -1. */
int logs_put(const struct logs *logs, struct store *store, struct err *err);

/* As text, a line for each file; and the other way round, into new ones. */
void logs_save(const struct logs *logs, struct strbuf *out);
bool logs_load(struct logs *logs, const char *text);
/* The marks of all, in their order; to be freed. */
struct source_mark *logs_marks(const struct logs *logs, size_t *n);
/* Of the file that was read last; "" before that. */
const char *logs_last_path(const struct logs *logs);

#endif
