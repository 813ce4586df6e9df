/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One of the machines that a log speaks of. */
#ifndef AUSPEX_STATE_HOST_H
#define AUSPEX_STATE_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct map;
struct memory;
struct mounts;

/* Kinds of calls that a host's log has held so far: what was never seen may
 * happen all the time without a record. */
enum seen {
	SEEN_EXEC = 1 << 0,
	SEEN_FORK = 1 << 1,
	SEEN_EXIT = 1 << 2,
	SEEN_SOCKET = 1 << 3, /* socket(2) itself */
	SEEN_JOIN = 1 << 4,   /* connect, accept */
	SEEN_DUP = 1 << 5,
	SEEN_CLOSE = 1 << 6,
	SEEN_PIPE = 1 << 7,
	SEEN_OPEN = 1 << 8,
	SEEN_MAP = 1 << 9,
	SEEN_CHANGE = 1 << 10, /* rename, link, unlink, truncate */
};

struct host {
	char *node;                /* "" where the log has no node= */
	uint32_t boot;             /* counts the boots seen in the log, from 0 */
	struct map *procs;         /* living processes by pid */
	struct map *forks;         /* struct fork by number; see forks.h */
	struct memory *mem;        /* borrowed */
	uint32_t channels_refused; /* since the maps were last swept; see channels.c */
	uint32_t number;           /* from 1, in the order of their first records */
	struct map *fifos;         /* channels by device and inode */
	struct map *ptys;          /* channels by number of /dev/pts/N */
	struct mounts *mounts;     /* of its first mount namespace: a reference */
	uint32_t top_serial;       /* the highest of this boot; 0: none yet */
	bool boot_marker;          /* DAEMON_START came behind it */
	bool boot_begun;           /* with SYSTEM_BOOT: the kernel's word may come yet */
	uint32_t seen;             /* enum seen: which calls its rules record */
};

#endif
