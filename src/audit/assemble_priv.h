/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What assemble.c and assemble_save.c share. */
#ifndef AUSPEX_AUDIT_ASSEMBLE_PRIV_H
#define AUSPEX_AUDIT_ASSEMBLE_PRIV_H

#include "audit/assemble.h"
#include "audit/event_priv.h"

enum {
	BUCKET_BITS = 11,
	BUCKETS = 1 << BUCKET_BITS,
	GONE = 1024, /* ids of events that were handed out; a power of two */
	/* Syscall events without any PROCTITLE among them after which the
	 * kernel is held to write none (before Linux 3.14, or excluded). */
	PROCTITLE_TRIAL = 256,
};

struct id {
	uint64_t time; /* sec * 1000 + msec */
	uint64_t node; /* hash of the node's name, 0: none */
	uint32_t serial;
};

struct slot {
	struct event event;
	struct event_memo memo;
	struct arena arena;
	struct id id;
	char *text; /* the lines, a newline behind each */
	size_t len, cap;
	uint32_t room; /* for records */
	uint64_t last_arrival;
	uint64_t last_ms; /* of the clock that assembler_tick() brings */
	bool done, eoe, alone;
	bool proctitle;     /* a PROCTITLE record is to be expected */
	struct slot *next;  /* in its list: open, ready or spare */
	struct slot *chain; /* in its bucket */
};

struct slot_list {
	struct slot *head, *tail;
};

struct assembler {
	struct slot *buckets[BUCKETS];
	struct id gone[GONE];
	struct slot_list open, ready;
	struct slot *last; /* that got the last record, if it is open */
	struct slot *lent; /* what assembler_next() gave */
	struct slot *spare;
	uint64_t seed[3]; /* of the hash of ids, which a log may choose */
	uint32_t nopen, nspare;
	size_t open_bytes;
	uint64_t arrivals;
	uint64_t now_ms;
	uint32_t proctitle_trial;
	bool proctitle_seen;
	struct syscall_ends *ends;
	struct assembler_stats stats;
};

/* The id of the event that the record belongs to. */
struct id slot_id(const struct record *record);
/* Puts a new event behind those that are open. */
struct slot *slot_open(struct assembler *assembler, const struct id *id, bool alone);
/* Copies a record into its event; false at a limit. */
bool slot_add_record(struct assembler *assembler, struct slot *slot,
		     struct record *record);
/* Where the id of an event that has gone is kept: by serial, so that what is
 * forgotten does not depend on a hash's seed. */
struct id *gone_entry(struct assembler *assembler, const struct id *id);

#endif
