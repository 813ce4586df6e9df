/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that give shells to people over the network by right. */
#ifndef AUSPEX_DETECT_HONEST_H
#define AUSPEX_DETECT_HONEST_H

#include "detect/flow.h"

/*
 * Does proc run such a program, from a directory that only root can write?
 * A name alone is not enough: anybody can take it.
 */
bool honest_server(const struct proc *proc);
/* Is this below a directory that only root can write? */
bool honest_place(const char *exe);
/* Does one of those pass the bytes on? */
bool honest_way(const struct flow *flow);

#endif
