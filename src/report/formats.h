/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of the formats' table; report.c is the one who includes it. */
#ifndef AUSPEX_REPORT_FORMATS_H
#define AUSPEX_REPORT_FORMATS_H

#include "report/report.h"

void table_finding(struct report *report, int64_t id, const struct finding *finding);

void jsonl_finding(struct report *report, int64_t id, const struct finding *finding);

void csv_begin(struct report *report);
void csv_finding(struct report *report, int64_t id, const struct finding *finding);

void ocsf_finding(struct report *report, int64_t id, const struct finding *finding);

void ecs_finding(struct report *report, int64_t id, const struct finding *finding);

void navigator_begin(struct report *report);
void navigator_finding(struct report *report, int64_t id, const struct finding *finding);
void navigator_end(struct report *report);

void dot_begin(struct report *report);
void dot_finding(struct report *report, int64_t id, const struct finding *finding);
void dot_end(struct report *report);

#endif
