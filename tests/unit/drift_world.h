/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drift detector over a world, judged by an image, and what it tells. */
#ifndef AUSPEX_TESTS_DRIFT_WORLD_H
#define AUSPEX_TESTS_DRIFT_WORLD_H

#include <stdint.h>

/*
 * A checked fixture. image: a manifest, the host's; names: what else is judged by it
 * (a root, a container), NULL at the end.
 */
void drift_world_make(const char *image, const char *const *names);
void drift_world_drop(void);
/* See world.h. */
void drift_world_run(const char *lines);
/* As at the end of a log. */
void drift_world_finish(void);
/*
 * A line for each finding: its severity, detector, path and confidence, " by WRITER"
 * and " from ORIGIN" where these are known. Borrowed until the next call.
 */
const char *drift_world_told(void);
void drift_world_forget_told(void);
/* What the last finding that came again was counted to be. */
uint64_t drift_world_counted(void);

#endif
