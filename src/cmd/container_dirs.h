/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --containers DIR, as often as it is given. */
#ifndef AUSPEX_CMD_CONTAINER_DIRS_H
#define AUSPEX_CMD_CONTAINER_DIRS_H

#include <stddef.h>

#include "base/err.h"
#include "state/ctrfiles.h"

enum { CONTAINER_DIRS_MAX = 64 };

struct container_dirs {
	const char *at[CONTAINER_DIRS_MAX]; /* borrowed */
	size_t count;
};

int container_dirs_add(struct container_dirs *dirs, const char *dir, struct err *err);
/*
 * Reads them all into *out, which is the caller's; of a container that several
 * know the first tells. configured: that of the configuration, or "": used
 * where none was given, and then added. *out is NULL where there is none.
 */
int container_dirs_load(struct container_dirs *dirs, const char *configured,
			struct ctrfiles **out, struct err *err);

#endif
