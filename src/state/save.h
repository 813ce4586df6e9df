/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the world model is made of, for base/pack.h: one table for each
 * struct, in the order of its members. Who changes a struct changes its
 * table; a unit test tells who forgot.
 */
#ifndef AUSPEX_STATE_SAVE_H
#define AUSPEX_STATE_SAVE_H

#include "base/pack.h"

struct state;

enum { STATE_ROOTS = 5 };

/* What a new state is filled with, and what is saved of one. */
void state_roots(struct state *state, struct pack_root out[STATE_ROOTS]);

/* For those who keep references to such. */
extern const struct pack_type pack_proc, pack_image, pack_fdobj;

/* Within this room. save.c: */
extern const struct pack_type pack_state, pack_proctab, pack_files;
extern const struct pack_type pack_host, pack_fork, pack_container, pack_file_act,
	pack_channel;
/* Where their structs are: */
extern const struct pack_type pack_fdtab, pack_fdrest, pack_fddirs, pack_endpoint,
	pack_feeds, pack_mounts, pack_containers;

#endif
