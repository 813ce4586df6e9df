/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which container a process is in, by the names of its control groups. */
#ifndef AUSPEX_STATE_CGROUP_H
#define AUSPEX_STATE_CGROUP_H

#include <stdbool.h>

#include "base/slice.h"

enum { CGROUP_ID_MAX = 255 };

/* Is there a container with that name? NULL: nobody can say. */
typedef bool cgroup_known_fn(void *ctx, const char *id);

/*
 * text: of /proc/PID/cgroup (cgroups(7)). Names that runtimes give to
 * nothing but containers are believed; others where known() says so.
 * false: in none, or it is the monitor of one.
 */
bool cgroup_container(struct slice text, cgroup_known_fn *known, void *ctx,
		      char id[CGROUP_ID_MAX + 1]);

#endif
