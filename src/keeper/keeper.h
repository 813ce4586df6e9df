/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process between auditd and all others. It owns standard input, empties
 * it into the ring and never waits for anybody; it executes a worker, a helper
 * and a probe, and others when they die. It allocates nothing.
 */
#ifndef AUSPEX_KEEPER_KEEPER_H
#define AUSPEX_KEEPER_KEEPER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Where in keeper_setup.argv a child is told what it is: worker, helper, probe. */
enum { KEEPER_ROLE_ARG = 3 };

struct keeper_setup {
	size_t ring_size; /* bytes */
	bool helper;      /* start one; also where it only opens logs */
	bool probe;       /* start one */
	char **argv;      /* of the program at LINK_PROGRAM, NULL behind the last */
};

/*
 * Its rights, its class of scheduling and its filter of calls are those that it
 * was executed with. Returns 0 when the input has ended and all is stored, -1
 * with err where it could not start.
 */
int keeper_run(const struct keeper_setup *setup, struct err *err);

#endif
