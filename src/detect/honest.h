/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that give shells to people over the network by right. */
#ifndef AUSPEX_DETECT_HONEST_H
#define AUSPEX_DETECT_HONEST_H

#include "config/config.h"
#include "detect/detector.h"
#include "detect/flow.h"
#include "state/state.h"

/* Whom to trust; all borrowed. */
struct honest {
	const struct config *config;
	const struct manifest_set *manifests;
	const struct state *state; /* changes of files that the log holds */
	struct map *broken; /* programs whose content is not the image's; or NULL */
};

void honest_fini(struct honest *h);
/* What stands in a program's file has become known. */
void honest_learn(struct honest *h, const struct content *content);

/*
 * Does proc run one of the configuration's login_servers? Its whole path
 * decides, that the log shows no change of the file, and, where a manifest
 * speaks for the process, that the image holds the file as it is: a name
 * alone is anybody's to take.
 */
bool honest_server(const struct honest *h, const struct proc *proc);
/* The first such process that passes the bytes on, or NULL. */
const struct proc *honest_way(const struct honest *h, const struct flow *flow);
/* One with the path of a login server whose file is not what it should be, or NULL. */
const struct proc *honest_fallen(const struct honest *h, const struct flow *flow);
/*
 * Does it lead to an X display that a login forwards? Who sits there is logged
 * in already, and types into a terminal's window.
 */
bool honest_display(const struct flow *flow);
/* Why it is trusted, a clause. */
const char *honest_reason(const struct honest *h, const struct proc *proc);
/* Is this below a directory that only root can write? */
bool honest_place(const char *exe);

#endif
