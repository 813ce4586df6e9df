/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a running process shows besides its program, as texts of a message. */
#ifndef AUSPEX_ENGINE_ABOUT_H
#define AUSPEX_ENGINE_ABOUT_H

#include "base/arena.h"
#include "engine/ask.h"
#include "state/ctrfiles.h"

/* facts NULL: it is in no container, and nothing is added. */
void about_add_container(struct ask_message *message, const struct ctrfacts *facts);
/* Everything in arena. false: the texts speak of none. */
bool about_container(struct slice texts, struct arena *arena, struct ctrfacts *out);

/*
 * The variables of environ (as in /proc/PID/environ) by which others' code or
 * another way into the network comes into a program. Returns how many.
 */
size_t about_add_environment(struct ask_message *message, struct slice environ);
/* How many there are: "NAME=VALUE", in arena. */
size_t about_environment(struct slice texts, struct arena *arena,
			 const char *const **out);

#endif
