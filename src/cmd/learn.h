/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What honest days hold, as exceptions to review: findings that are alike
 * are put together, and what differs in their names becomes a pattern.
 */
#ifndef AUSPEX_CMD_LEARN_H
#define AUSPEX_CMD_LEARN_H

#include <stdio.h>

#include "finding/finding.h"

struct learn;

enum { LIMIT_LEARNT = 100000 }; /* findings; the rest is only counted */

struct learn *learn_new(void);
void learn_free(struct learn **learn);
/* Takes what it needs of the finding. */
void learn_add(struct learn *learn, const struct finding *finding);
/* YAML; every line that would hide what is grave is a comment. */
void learn_print(struct learn *learn, FILE *out);

#endif
