/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where one boot of a host ends in its log and the next one begins. */
#ifndef AUSPEX_STATE_BOOT_H
#define AUSPEX_STATE_BOOT_H

#include "audit/event.h"
#include "state/proc.h"

/*
 * Takes in every event of the host, in order; true when it is the first that
 * is known to be of another boot than those before.
 */
bool boot_seen(struct host *host, const struct event *event);

#endif
