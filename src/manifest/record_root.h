/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root file system that a package database belongs to. A "real" path is
 * one whose directories are no links: it is opened below the root, where no
 * link is followed.
 */
#ifndef AUSPEX_MANIFEST_RECORD_ROOT_H
#define AUSPEX_MANIFEST_RECORD_ROOT_H

#include <sys/stat.h>

#include "manifest/limits.h"
#include "manifest/record_priv.h"

struct map;

struct root {
	struct recording *r;
	int fd;
	struct map *seen; /* directories that have been looked at */
	int dir_fd;       /* of the directory that was asked for last, or -1 */
	char dir[MANIFEST_PATH_MAX + 1];
};

/* Opens r->source, or where that is empty the root of the options. */
int root_open(struct root *root, struct recording *r);
void root_close(struct root *root);

/*
 * The directory that a real path is in, borrowed until the next call; *base
 * is the path's last component. -1 with errno.
 */
int root_dir(struct root *root, const char *real, const char **base);
/* false when it is not there. */
bool root_stat(struct root *root, const char *real, struct stat *st);

/*
 * Makes a real path of one, by the links that the manifest has. out has room
 * for MANIFEST_PATH_MAX + 1. false: it leads nowhere.
 */
bool root_place(struct root *root, struct slice path, char *out);
/*
 * The links among the directories of a path belong to no package (/bin of a
 * merged /usr) but say where the path's file really is: puts them in.
 */
int root_put_links_above(struct root *root, struct slice path);
/*
 * The manifest's entry of a real path; a new one is filled from st unless
 * that is NULL. NULL with the recording's err when there are too many.
 */
struct manifest_entry *root_put(struct root *root, const char *real,
				const struct stat *st, bool *added);
/*
 * The directories above what the manifest holds that no package lists: with
 * the mode that they have, or 0755 where the root is not there.
 */
int root_put_missing_dirs(struct root *root);

#endif
