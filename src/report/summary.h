/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings counted: how many of which severity, detector, technique, where. */
#ifndef AUSPEX_REPORT_SUMMARY_H
#define AUSPEX_REPORT_SUMMARY_H

#include "report/report.h"

struct summary;

struct summary *summary_new(void);
void summary_free(struct summary **summary);
void summary_add(struct summary *summary, const struct finding *finding);
uint64_t summary_severity(const struct summary *summary, enum severity severity);
/* When the first began and the last ended; 0: not known. */
void summary_times(const struct summary *summary, stamp_ms *first, stamp_ms *last);

enum summary_kind {
	SUMMARY_DETECTOR,
	SUMMARY_TECHNIQUE,
	SUMMARY_CONTAINER,
	SUMMARY_HOST,
	SUMMARY_KINDS
};

/* So many different values of a kind are told apart. */
enum { SUMMARY_ROWS_MAX = 1000 };

struct summary_row {
	const char *name; /* escaped (base/escape.h), as is text */
	const char *text; /* what more there is to say of it; NULL: nothing */
	enum severity worst;
	uint64_t n;
};

/*
 * The values of a kind, gravest first, then most; the summary's until it is
 * freed. Returns how many; *others (may be NULL): findings of those beyond.
 */
size_t summary_rows(const struct summary *summary, enum summary_kind kind,
		    struct summary_row out[SUMMARY_ROWS_MAX], uint64_t *others);
void summary_print(const struct summary *summary, FILE *out,
		   const struct report_options *look);

#endif
