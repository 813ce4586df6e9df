/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings counted: how many of which severity, detector, technique, where. */
#ifndef AUSPEX_REPORT_SUMMARY_H
#define AUSPEX_REPORT_SUMMARY_H

#include "report/report.h"

struct summary;

struct summary *summary_new(void);
void summary_free(struct summary **summary);
void summary_add(struct summary *summary, const struct finding *finding);
void summary_print(const struct summary *summary, FILE *out,
		   const struct report_options *look);

#endif
