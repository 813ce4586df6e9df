/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that asks the kernel and auditd what they lost. It reads
 * nothing that users write, and so may hold what the helper must not.
 */
#ifndef AUSPEX_ENGINE_PROBE_H
#define AUSPEX_ENGINE_PROBE_H

#include <sys/types.h>

struct probe_setup {
	int audit;    /* kernel_audit_open(); -1: may not ask the kernel */
	pid_t auditd; /* who started the keeper */
};

/* Returns when the keeper is gone. */
void probe_run(const struct probe_setup *setup);

#endif
