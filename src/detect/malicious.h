/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings by indicators: what a list says, in the words of a finding. */
#ifndef AUSPEX_DETECT_MALICIOUS_H
#define AUSPEX_DETECT_MALICIOUS_H

#include "finding/finding.h"
#include "intel/set.h"

/* Sets f->indicator; everything is copied. */
void malicious_describe(struct finding *f, const struct intel_match *match);
/* "known as Mirai (by abuse_ch, in recent.csv)" */
const char *malicious_words(struct finding *f, const struct intel_match *match);

/*
 * What of a command line is on a list: URLs, names and addresses wherever
 * they stand in its words. false: nothing.
 */
bool malicious_argv(struct intel_set *set, const char *const *argv, size_t argc,
		    stamp_ms when, struct arena *arena, struct intel_match *out);

/* The detector for a file of that kind ("library" or another) and verdict. */
enum detector_id malicious_detector(const char *kind, const char *verdict);

#endif
