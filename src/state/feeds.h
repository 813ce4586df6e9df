/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who wrote into which pipe, for as long as anybody may ask: of
 * "curl URL | xz -d > file" the file's writer is xz, and curl is gone long
 * before the file runs. Bounded; the oldest goes first.
 */
#ifndef AUSPEX_STATE_FEEDS_H
#define AUSPEX_STATE_FEEDS_H

#include "state/files.h"

struct feed {
	uint64_t pipe;      /* what it writes into */
	struct proc *proc;  /* a reference: who */
	uint64_t in;        /* the pipe that it reads from; 0: none */
	char *origin;       /* the peer of a socket that it had; or NULL */
	struct feed *newer; /* age list */
};

struct feeds;

struct feeds *feeds_new(void);
void feeds_free(struct feeds **feeds);
/* origin may be NULL; it is copied. */
void feeds_put(struct feeds *feeds, uint64_t pipe, struct proc *proc, uint64_t in,
	       const char *origin);
/* NULL: nobody that the log saw. Borrowed. */
const struct feed *feeds_get(const struct feeds *feeds, uint64_t pipe);
/*
 * The peer from which the bytes came: of the writer, or of who fed it
 * through pipes. NULL: none that the log saw.
 */
const char *feeds_origin(const struct feeds *feeds, const struct file_write *write);

/* A number for the pipe behind obj, the same at both ends; 0: it is none. */
uint64_t fdobj_pipe(const struct fdobj *obj);

#endif
