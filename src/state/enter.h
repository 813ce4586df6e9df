/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a process is put into a container; shared by the handlers of state. */
#ifndef AUSPEX_STATE_ENTER_H
#define AUSPEX_STATE_ENTER_H

#include "state/state_priv.h"

/* a->proc is in c from now on. */
void enter(struct apply *a, struct container *c, enum container_via via);
/* Is its root the name that stands for the container's, which nobody saw? */
bool container_has_made_up_root(const struct proc *proc);
/*
 * a->proc came in through a runtime, below that monitor or an unseen parent:
 * whichever of its containers, or one that is not known.
 */
void enter_under(struct apply *a, struct proc *monitor);
/* Where the runtimes' files or the parent tell: true when it is in one. */
bool enter_known(struct apply *a);
/* A process in a container without id has executed: its root's device tells. */
void enter_refine(struct apply *a);
/*
 * An ordinary program was executed by a process of the host: does its parent
 * or the device that the program is on belong to a container?
 */
void enter_by_place(struct apply *a);
/* c's first process may show up below somebody who was never seen. */
void enter_await(struct apply *a, struct container *c);

#endif
