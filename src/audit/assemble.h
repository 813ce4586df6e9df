/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records in, whole events out. Events are told apart by (node, time,
 * serial), come out in the order in which their first records came in, and
 * end in one of four ways (event.h). Ageing is by arrival: an event whose
 * end never comes is handed out when LIMIT_WINDOW records have come after
 * its last one. Take what is ready after each line: what comes out does not
 * depend on when it is taken, but what is ready is kept in memory.
 */
#ifndef AUSPEX_AUDIT_ASSEMBLE_H
#define AUSPEX_AUDIT_ASSEMBLE_H

#include "audit/event.h"
#include "base/strbuf.h"

struct assembler;

struct assembler_stats {
	uint64_t records;   /* lines that were records */
	uint64_t malformed; /* lines that were none, and were not empty */
	uint64_t too_long;  /* lines cut at LIMIT_LINE */
	uint64_t events;
	uint64_t ends[EVENT_END_MAX];
	uint64_t incomplete; /* events with any missing bit */
	uint64_t late;       /* records that came after their event had gone */
	uint64_t no_proctitle, no_path, no_execve, no_args, no_syscall, cut;
	/*
	 * SYSCALL records without the key= that the kernel ends them with. More
	 * than a few: auditd 4.2.0 and 4.2.1 cut 16 bytes off what they hand to
	 * plugins where log_format is RAW.
	 */
	uint64_t no_key;
};

struct assembler *assembler_new(void);
void assembler_free(struct assembler **assembler);

/* Takes one line (copied; no newline). */
void assembler_feed(struct assembler *assembler, struct slice line);
/*
 * For a stream that may fall silent: now_ms is a clock that never goes back.
 * Hands out events whose last record came max_age_ms ago or more. Not needed
 * for files.
 */
void assembler_tick(struct assembler *assembler, uint64_t now_ms, uint64_t max_age_ms);
/* No more lines will come for now: everything that is open gets handed out. */
void assembler_flush(struct assembler *assembler);
/* The next event that is ready, or NULL. Borrowed until the next call. */
struct event *assembler_next(struct assembler *assembler);
/* Events that wait for more records. */
uint32_t assembler_open(const struct assembler *assembler);
/*
 * What is not handed out yet, and what is needed to go on as if nothing had
 * happened, as bytes; ready events must have been taken. The stats are not
 * among it.
 */
void assembler_save(const struct assembler *assembler, struct strbuf *out);
/* An assembler as it was when it was saved; NULL: the bytes are damaged. */
struct assembler *assembler_load(struct slice bytes);
const struct assembler_stats *assembler_stats(const struct assembler *assembler);
/* Counts on from there. */
void assembler_count_from(struct assembler *assembler,
			  const struct assembler_stats *stats);

#endif
