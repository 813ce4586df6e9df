/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that give shells to people over the network by right. */
#ifndef AUSPEX_DETECT_HONEST_H
#define AUSPEX_DETECT_HONEST_H

#include "config/config.h"
#include "detect/flow.h"
#include "state/state.h"

/* Whom to trust; all borrowed. */
struct honest {
	const struct config *config;
	const struct state *state; /* changes of files that the log holds */
};

/*
 * Does proc run one of the configuration's login_servers? Its whole path
 * decides, and that the log shows no change of the file: a name alone is
 * anybody's to take.
 */
bool honest_server(const struct honest *h, const struct proc *proc);
/* The first such process that passes the bytes on, or NULL. */
const struct proc *honest_way(const struct honest *h, const struct flow *flow);
/* Is this below a directory that only root can write? */
bool honest_place(const char *exe);

#endif
