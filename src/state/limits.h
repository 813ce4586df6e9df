/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large the world model may become, all in one place. What goes over a
 * limit is forgotten, the longest unused first, and counted (memory.h); what
 * is forgotten is unknown from then on, never wrong.
 */
#ifndef AUSPEX_STATE_LIMITS_H
#define AUSPEX_STATE_LIMITS_H

enum {
	/* All together: see memory.h for what is counted, and bench/state_limits.c
	 * for what the allocator makes of it. */
	LIMIT_STATE_BYTES = 134 << 20, /* then idle processes are put away, ... */
	LIMIT_STATE_AWAKE = 24 << 20,  /* but these, of the others */
	LIMIT_STATE_TIGHT = 162 << 20, /* then files are forgotten */
	LIMIT_STATE_FULL = 210 << 20,  /* then descriptors, and no more are taken in */
	LIMIT_FILES_BYTES = 40 << 20,  /* history of files */
	LIMIT_PLACES_BYTES = 4 << 20,  /* links and moved directories */

	/* Processes */
	LIMIT_HOSTS = 1024,
	LIMIT_IDLE = 1 << 20,     /* processes that were put away, of all hosts */
	LIMIT_LINE = 64,          /* ended ancestors that a process keeps */
	LIMIT_ANCESTRY = 4096,    /* steps upwards in one search */
	LIMIT_GONE = 256,         /* ended processes that may still be spoken of */
	LIMIT_EARLY = 256,        /* children that spoke before their parent's clone */
	LIMIT_CLAIMS = 32,        /* guesses about clones that are kept */
	LIMIT_EARLY_CLOSES = 256, /* numbers that were closed meanwhile */
	LIMIT_HANDED = 32,        /* children of those whose own maker is not known yet */
	LIMIT_HANDED_DEPTH = 4,   /* and the children's children */
	LIMIT_FORKS = 65536,      /* clones that no child has claimed, in all */
	LIMIT_FORKS_EACH = 256,   /* of one caller */
	LIMIT_THREADS_EACH = 32,  /* of one caller, where they may be threads */
	LIMIT_IMAGES = 256,       /* older programs of a process that are kept */
	LIMIT_IMAGES_BYTES = 1 << 20, /* the same, with their arguments */
	LIMIT_UNTOLD = 65536, /* the same, where the store has not heard of them */
	LIMIT_EXEC_FILES = 8, /* files of one execve */
	LIMIT_MAPS = 64,      /* private mappings of a process */

	/* Descriptors */
	LIMIT_FDS = 131072,   /* in one table */
	LIMIT_FD_SCAN = 4096, /* looked at in one search */
	LIMIT_HOLDERS = 1024, /* processes that are known to hold an object */
	LIMIT_CHANNEL_ENDS = 1024,
	LIMIT_CHANNELS = 8192, /* FIFOs of a host; the same for its ptys */
	LIMIT_FEEDS = 1024,    /* who wrote into which pipe */
	LIMIT_FEED_CHAIN = 8,

	/* Files */
	LIMIT_FILES = 65536,
	LIMIT_PLACES = 8192,
	LIMIT_MOUNTS = 1024, /* of one mount namespace */

	/* Containers */
	LIMIT_CONTAINERS = 16384,
	LIMIT_CONTAINER_TEXT = 16 << 20, /* bytes of what they are called, all told */
	LIMIT_MONITORED = 256,           /* containers of one monitor (of one pod) */
	LIMIT_MEMBERS = 65536,           /* processes of all containers without an id */
	LIMIT_HOST_DEVS = 256,
	LIMIT_AWAITED = 32, /* that a runtime has left in the background */
};

#endif
