/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in records made absolute, within the root that the task sees. */
#ifndef AUSPEX_STATE_PATH_H
#define AUSPEX_STATE_PATH_H

#include <stdbool.h>

#include "base/slice.h"

enum { LIMIT_PATH = 4096 }; /* PATH_MAX, linux/limits.h */

/*
 * base + "/" + name, or name where it is absolute; "." and ".." and double
 * slashes are resolved as text. Cut at LIMIT_PATH. Returns out.
 */
char *path_absolute(struct slice base, struct slice name, char out[LIMIT_PATH]);

/* path (absolute) as seen from outside of root (NULL: the host's). Returns out. */
char *path_real(const char *root, const char *path, char out[LIMIT_PATH]);

/* Is path dir itself, or something below it? NULL and "/" hold everything. */
bool path_within(const char *path, const char *dir);

#endif
