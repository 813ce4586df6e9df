/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of one event, for people. */
#ifndef AUSPEX_REPORT_SHOW_RECORDS_H
#define AUSPEX_REPORT_SHOW_RECORDS_H

#include "report/report.h"

/*
 * raw: the event's records, '\n' between. In words and without what seldom
 * tells something, or, with look->raw, as they were logged.
 */
void show_records(FILE *out, const char *raw, unsigned indent,
		  const struct report_options *look);

#endif
