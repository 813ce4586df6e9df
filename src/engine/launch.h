/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the process that auditd has started becomes the keeper. */
#ifndef AUSPEX_ENGINE_LAUNCH_H
#define AUSPEX_ENGINE_LAUNCH_H

#include <stdbool.h>

#include "base/err.h"

struct launch {
	unsigned ring_mib;
	bool helper, probe; /* as in struct keeper_setup */
	bool realtime;      /* let nobody come between */
	/* CAP_*, ended by -1: what the keeper has and can hand on to its children. */
	const int *caps;
	/* Called with what could not be given up; it goes on all the same. */
	void (*complain)(const char *msg);
	/* Of the children, behind "plugin --role ROLE"; NULL behind the last. */
	char *const *args;
};

/*
 * Gives up what the keeper does not need and executes it in place of this
 * program: auspex-keeper of the folder that this program is in, or the one that
 * was installed. Returns -1 where it cannot be.
 */
int launch_keeper(const struct launch *launch, struct err *err);

#endif
