/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin keeps between auditd and its worker: a ring of frames in
 * memory that outlives the worker. The keeper writes, one worker reads.
 * Everything that a worker gets to know of the outside comes through here,
 * the passing of time included; so a worker that starts again at an earlier
 * place does exactly what the one before it did.
 *
 * Positions run on and never wrap. The ring is mapped twice, one copy behind
 * the other, so that no frame is ever cut. Nothing here allocates.
 */
#ifndef AUSPEX_KEEPER_RING_H
#define AUSPEX_KEEPER_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum ring_kind {
	RING_LINES,   /* whole lines, each with its newline */
	RING_TICK,    /* nothing but time */
	RING_DROPPED, /* struct ring_dropped: lines are missing here */
	RING_RELOAD,  /* settings are to be read again */
	RING_REPLY,   /* what the helper found out */
	RING_END,     /* the input has ended */
	RING_KIND_MAX
};

struct ring_frame {
	uint32_t kind;
	uint32_t len;     /* of what follows */
	uint64_t mono_ms; /* CLOCK_MONOTONIC when it came */
};

/* When the input began, and a name for it that no other has. */
struct ring_start {
	int64_t time; /* ms since 1970 */
	char generation[40];
};

struct ring_dropped {
	uint64_t records, bytes; /* from the first to the last of this gap */
	int64_t first, last;     /* ms since 1970 */
};

enum {
	RING_CHUNK = 256 << 10,    /* most bytes of one read */
	RING_LINE_MAX = 128 << 10, /* a longer line is cut */
	RING_SIZE_MIN = 1 << 20,
	RING_FORM = 1, /* to be raised with each change of what is shared */
};

/*
 * The page that both sides write. Each field has one writer; the keeper
 * believes nothing of the worker's that cannot be true.
 */
struct ring_ctl {
	/* the keeper's */
	_Atomic uint64_t head; /* behind the last frame */
	_Atomic uint64_t lines_bytes, dropped_records, dropped_bytes, cut_lines;
	_Atomic uint64_t away_us; /* longest time between two waits for the input */
	_Atomic uint64_t deaths;  /* of workers */
	/* the worker's */
	_Atomic uint64_t keep;     /* frames from here on are still needed */
	_Atomic uint64_t done;     /* committed up to here */
	_Atomic uint64_t failures; /* of the store that it has not told of yet */
	_Atomic uint64_t at;       /* the line that is being worked on; 0: none */
	_Atomic uint64_t at_deaths, at_last; /* deaths in a row at the line at_last */
	_Atomic uint64_t beat_ms;            /* when the worker last showed life */
	_Atomic uint32_t waiting;            /* wants to be woken */
	_Atomic int32_t worker, standby;     /* process ids */
	_Atomic int64_t failed_since; /* ms since 1970: the store fails; 0: it does not */
	/* the keeper's: how many workers began from nothing */
	_Atomic uint32_t model;
	_Atomic uint64_t helper_beat; /* the helper's: busy since; 0: idle */
	/* the worker's: how often it took up what the last generation knew */
	_Atomic uint32_t take_ups;
	/* the keeper's: not changed once there is a worker */
	uint32_t form; /* RING_FORM */
	struct ring_start start;
};

struct ring {
	struct ring_ctl *ctl;
	char *data;  /* twice size bytes of addresses */
	size_t size; /* a power of two */
	/* the keeper's */
	int ctl_fd, fd;
	uint64_t head;
	uint64_t keep; /* the last value of ctl->keep that could be true */
	size_t tail;   /* bytes of an unfinished line behind head's header */
	bool skipping; /* the rest of a line is still to come, and not wanted */
	bool cutting;  /* that line was kept in part */
	bool dropping; /* a gap is open */
	struct ring_dropped gap;
	char *scratch; /* RING_CHUNK bytes for what is dropped */
};

/* size: rounded up to a power of two. */
int ring_init(struct ring *ring, size_t size, struct err *err);
void ring_fini(struct ring *ring);

/* Frames and their headers are padded to this. */
enum { RING_ALIGN = 16 };
static inline uint64_t ring_behind(uint64_t pos, const struct ring_frame *frame)
{
	return pos + ((sizeof(*frame) + frame->len + RING_ALIGN - 1) &
		      ~(uint64_t)(RING_ALIGN - 1));
}

/* ---- the keeper's side ---- */

/*
 * Reads once from fd; what finds no room is dropped in whole lines and
 * counted. Returns what read(2) returned.
 */
ssize_t ring_fill(struct ring *ring, int fd, uint64_t mono_ms);
/* Adds a frame; false: no room. */
bool ring_put(struct ring *ring, enum ring_kind kind, const void *payload, size_t len,
	      uint64_t mono_ms);
/* Tells of a gap that is over, where nothing comes that would show it to be so. */
void ring_mend(struct ring *ring, uint64_t mono_ms);
/* The input has ended: what stands there without a newline is a line too. */
bool ring_finish(struct ring *ring, uint64_t mono_ms);

/* ---- the worker's side ---- */

/*
 * The page that is shared, which ctl_fd stands for: NULL with err where there is
 * none, or one that another version of the keeper has made.
 */
struct ring_ctl *ring_map_control(int ctl_fd, struct err *err);
/* Maps both, the frames read-only; closes fd, for they are never to be written. */
int ring_attach(struct ring *ring, int ctl_fd, int fd, struct err *err);
/* The frame at pos, or NULL when there is none yet. */
const struct ring_frame *ring_at(const struct ring *ring, uint64_t pos);
static inline const char *ring_payload(const struct ring_frame *frame)
{
	return (const char *)(frame + 1);
}

#endif
