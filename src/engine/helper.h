/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that may look at other processes, and at nothing that the
 * worker reads: it hashes what runs. It may hang or die; then a question stays
 * without an answer.
 */
#ifndef AUSPEX_ENGINE_HELPER_H
#define AUSPEX_ENGINE_HELPER_H

#include "keeper/ring.h"

struct helper_setup {
	struct ring_ctl *ctl;    /* where it shows life */
	const char *auditd_conf; /* names the logs to open; NULL: none */
};

/* Returns when the keeper is gone. */
void helper_run(const struct helper_setup *setup);

#endif
