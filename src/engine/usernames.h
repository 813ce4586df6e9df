/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of users, as an enriched log has them beside the numbers: those of
 * the machine that the log is from, never of this one.
 */
#ifndef AUSPEX_ENGINE_USERNAMES_H
#define AUSPEX_ENGINE_USERNAMES_H

#include "finding/finding.h"

/* Sets uid_name of the finding's processes as far as its evidence tells. */
void usernames_fill(struct finding *finding);

#endif
