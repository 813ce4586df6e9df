/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper's side of reading audit.log: which files auditd's settings name,
 * and descriptors of them. Nobody else has a say in which files are opened.
 */
#ifndef AUSPEX_ENGINE_LOGFILES_H
#define AUSPEX_ENGINE_LOGFILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum { LOGFILES_MAX = 16 }; /* the log and what was rotated last */

struct logfiles {
	const char *conf; /* auditd.conf(5), borrowed */
	struct stat seen; /* of conf when it was read; st_ino 0: never */
	char path[PATH_MAX];
	unsigned rotated; /* num_logs; how many more there may be */
	bool written;     /* write_logs */
};

/* Opens nothing. */
void logfiles_init(struct logfiles *logs, const char *conf);
/*
 * Opens the log (first) and its rotated files, from the newest to the oldest,
 * read-only. Only regular files of root's or our own without holes, by no
 * symbolic link. Returns how many; why: what was not opened, and the reason,
 * or "".
 */
size_t logfiles_open(struct logfiles *logs, int fds[LOGFILES_MAX], char *why,
		     size_t size);

#endif
