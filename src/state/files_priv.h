/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What files.c and places.c share; nobody else includes this. */
#ifndef AUSPEX_STATE_FILES_PRIV_H
#define AUSPEX_STATE_FILES_PRIV_H

#include "base/map.h"
#include "base/strbuf.h"
#include "state/files.h"

struct places {
	struct map *symlinks;   /* by host and path */
	struct map *moved_to;   /* directories, by host and new name */
	struct map *moved_from; /* the same, by old name */
	struct place *newest, *oldest;
	size_t count, bytes;
	struct strbuf key;
};

struct files {
	struct map *by_inode;
	struct map *epochs; /* of devices, see key_dev() */
	struct file *newest, *oldest;
	size_t bytes; /* of the files, about */
	struct memory *mem;
	struct places places;
};

void places_init(struct places *places);
void places_fini(struct places *places);

/* Forgets the oldest one. */
void places_forget_oldest(struct places *places);

void file_act_clear(struct file_act *act);
void file_act_set(struct file_act *act, enum file_change change, struct proc *proc,
		  struct evref at);

#endif
