/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings to store and to write out. */
#ifndef AUSPEX_TESTS_SAMPLE_H
#define AUSPEX_TESTS_SAMPLE_H

#include "finding/finding.h"

/* A shell with everything known; to be freed with finding_free. */
struct finding *sample_shell(void);
/* As much hostility as strings can hold: escapes, bidi, NUL-less bytes. */
struct finding *sample_hostile(void);
/* The least that a finding can be. */
struct finding *sample_bare(void);

#endif
