/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pipelines are made of, for those who look at shells in them. */
#ifndef AUSPEX_DETECT_PIPELINE_H
#define AUSPEX_DETECT_PIPELINE_H

#include "state/proc.h"

/* Is this a program that fetches files, and does nothing else on the network? */
bool pipeline_downloads(const struct image *image);
/* Where an interpreter takes its program from; -1: not from a descriptor. */
int pipeline_program_fd(const struct image *image);
/*
 * Who takes its program from the pipe that proc's standard output goes into,
 * or from a later one in the row; NULL: nobody that runs already.
 */
const struct proc *pipeline_interpreter(const struct proc *proc);

#endif
