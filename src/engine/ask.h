/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the worker asks the helper, and what that answers. A question is a
 * datagram; an answer comes as a frame of the ring, so that it stands at the
 * same place for every worker that reads the ring again. Both are a header
 * and texts "key=value", each with a NUL behind it.
 */
#ifndef AUSPEX_ENGINE_ASK_H
#define AUSPEX_ENGINE_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum ask_kind {
	ASK_PROGRAM, /* what pid runs: path, dev, inode */
	ASK_FILE,    /* what pid sees at path: dev, inode */
	ASK_STATUS,  /* answer only: the kernel's counters, auditd's queue */
	ASK_SCAN,    /* all processes; answers: */
	ASK_PROCESS, /* one of them, see seeds.h */
	ASK_SCANNED, /* that was the last */
	ASK_ABOUT,   /* answer only, before that to ASK_PROGRAM: see about.h */
	ASK_FDS,     /* what pid has open; answered as ASK_PROCESS is */
	ASK_LOGS,    /* for audit.log, by a socket of its own: see logask.h */
	ASK_KIND_MAX
};

enum { ASK_MESSAGE_MAX = 16 << 10 };

struct ask_header {
	uint64_t id; /* of the question; 0: nobody asked */
	uint32_t kind;
	uint32_t len; /* of the texts */
	int64_t pid;
	uint64_t dev, inode; /* inode 0: not known. dev: major << 32 | minor */
};

struct ask_message {
	struct ask_header header;
	char text[ASK_MESSAGE_MAX - sizeof(struct ask_header)];
};

/* Empties message; pid, dev and inode are the caller's to fill in. */
void ask_start(struct ask_message *message, enum ask_kind kind, uint64_t id);
/* Left out where there is no room for it, or value is NULL. */
void ask_add(struct ask_message *message, const char *key, const char *value);
void ask_add_number(struct ask_message *message, const char *key, uint64_t value);
static inline size_t ask_size(const struct ask_message *message)
{
	return sizeof(message->header) + message->header.len;
}

/* false: these bytes are no message. Texts point into the bytes. */
bool ask_read(const void *bytes, size_t len, struct ask_header *header,
	      struct slice *texts);
/* The value, with a NUL behind it; empty, ptr NULL: there is none. */
struct slice ask_get(struct slice texts, const char *key);
/* Walks the texts; false at the end. */
bool ask_next(struct slice *texts, struct slice *key, struct slice *value);
/* false, *out untouched: there is none, or it is no number. */
bool ask_get_number(struct slice texts, const char *key, uint64_t *out);

#endif
