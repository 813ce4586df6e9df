/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What command lines tell of containers; shared by the handlers of state. */
#ifndef AUSPEX_STATE_OBEY_H
#define AUSPEX_STATE_OBEY_H

#include "state/state_priv.h"

/* The container that a->proc calls by that id. */
struct container *obey_container(struct apply *a, struct slice id);
/* The living process with the ppid of this record, or NULL. */
struct proc *obey_parent(const struct apply *a);

/* a->proc, on the host, has executed this line. */
void obey_line(struct apply *a, const struct container_cli *cli);
/* The same for a runtime, wherever it runs. */
void obey_runtime_line(struct apply *a, const struct container_cli *cli);
/* a->proc looks after cli's container. */
void obey_monitor(struct apply *a, const struct container_cli *cli);
/* a->proc is a runtime; c: what it is about to enter; NULL: nothing. */
struct ctr_role *obey_runtime(struct apply *a, struct container *c);

#endif
