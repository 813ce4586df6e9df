/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The newest writer of each file that the log saw change, by path and by
 * (device, inode): symbolic links, hard links and bind mounts make the path
 * alone unsafe. Bounded; the oldest entry goes first, and is counted.
 */
#ifndef AUSPEX_STATE_FILES_H
#define AUSPEX_STATE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "state/proc.h"

enum file_change {
	FILE_CREATED,
	FILE_WRITTEN,   /* opened for writing */
	FILE_TRUNCATED,
	FILE_RENAMED,   /* came to this name by rename */
	FILE_LINKED,
	FILE_CHMOD,
	FILE_DELETED,
	FILE_CHANGE_MAX
};

struct file_write {
	enum file_change change;
	struct evref at;
	struct proc *proc;   /* a reference: who did it */
	struct image *image; /* a reference: what it ran then */
	char *path;          /* absolute */
	char *from;          /* RENAMED, LINKED: the other name; or NULL */
	uint64_t dev, inode; /* inode 0: not recorded */
	char *origin;        /* "203.0.113.9:80" the writer was joined to; or NULL */
	struct file_write *newer, *older; /* age list */
};

struct files;

enum { LIMIT_FILES = 65536 };

struct files *files_new(void);
void files_free(struct files **files);
/* Copies path and from; takes references on proc and its image. */
void files_note(struct files *files, enum file_change change, struct proc *proc,
		struct evref at, const char *path, const char *from, uint64_t dev,
		uint64_t inode, const char *origin);
/* The newest change, or NULL. Borrowed. */
const struct file_write *files_by_path(const struct files *files, const struct host *host,
				       const char *path);
const struct file_write *files_by_inode(const struct files *files,
					const struct host *host, uint64_t dev,
					uint64_t inode);
const char *file_change_name(enum file_change change);

#endif
