/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One object for each family of detectors, for the table in detectors.c. */
#ifndef AUSPEX_DETECT_FAMILIES_H
#define AUSPEX_DETECT_FAMILIES_H

#include "detect/detector.h"

extern const struct detector detector_drift;
extern const struct detector detector_shell;
extern const struct detector detector_child_shell;
extern const struct detector detector_pipeline;
extern const struct detector detector_relay_tool;
extern const struct detector detector_malicious_net;
extern const struct detector detector_signature;

#endif
