/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pipelines are made of, for those who look at shells in them. */
#ifndef AUSPEX_DETECT_PIPELINE_H
#define AUSPEX_DETECT_PIPELINE_H

#include "state/proc.h"

/* Is this a program that fetches files, and does nothing else on the network? */
bool pipeline_downloads(const struct image *image);

#endif
