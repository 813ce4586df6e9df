/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in records made absolute, within the root that the task sees. */
#ifndef AUSPEX_STATE_PATH_H
#define AUSPEX_STATE_PATH_H

#include "base/slice.h"

enum { LIMIT_PATH = 4096 }; /* PATH_MAX, linux/limits.h */

/*
 * base + "/" + name, or name where it is absolute; "." and ".." and double
 * slashes are resolved as text. Cut at LIMIT_PATH. Returns out.
 */
char *path_absolute(struct slice base, struct slice name, char out[LIMIT_PATH]);

#endif
