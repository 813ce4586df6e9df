/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running process as the texts of an ASK_PROCESS, and back. */
#ifndef AUSPEX_ENGINE_SEEDS_H
#define AUSPEX_ENGINE_SEEDS_H

#include "base/arena.h"
#include "engine/ask.h"
#include "state/seed.h"

/* What finds no room in a message is left out: descriptors and arguments. */
void seeds_encode(struct ask_message *message, const struct seed *seed);
/*
 * Everything in arena. false: that is no process. Believes nothing that
 * cannot be: numbers are checked, lists are bounded.
 */
bool seeds_decode(const struct ask_header *header, struct slice texts,
		  struct arena *arena, struct seed *out);

#endif
