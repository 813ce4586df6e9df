/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns (fnmatch(3), FNM_PATHNAME) out of paths that were seen. */
#ifndef AUSPEX_CMD_LEARN_PATH_H
#define AUSPEX_CMD_LEARN_PATH_H

#include <stddef.h>

#include "base/arena.h"

/* A pattern that is like text alone. */
const char *learn_path_literal(const char *text, struct arena *arena);

/*
 * Each looks at how many of the n patterns (sorted; the first of them counts)
 * belong together, tells so in *used, and returns the pattern of these, in
 * arena, or NULL where it is the first alone.
 */
/* Names that differ in numbers, or in what looks like chance. */
const char *learn_path_alike(const char *const *paths, size_t n, size_t *used,
			     struct arena *arena);
/* Many files of one folder that is nobody else's: FOLDER, then a star. */
const char *learn_path_folder(const char *const *paths, size_t n, size_t *used,
			      struct arena *arena);
/* Many below one folder: FOLDER, then two stars. */
const char *learn_path_below(const char *const *paths, size_t n, size_t *used,
			     struct arena *arena);

#endif
