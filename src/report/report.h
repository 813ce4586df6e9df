/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings written out. A format is a row in a table; a run is
 * report_begin, report_finding for each, report_end. Whatever a finding's
 * strings hold, nothing of it acts on a terminal, a spreadsheet or a parser.
 */
#ifndef AUSPEX_REPORT_REPORT_H
#define AUSPEX_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "finding/finding.h"

struct report_options {
	bool color;
	bool utf8;      /* the terminal shows UTF-8: lines and arrows may be drawn */
	unsigned width; /* of the terminal, to wrap at; 0: never */
	bool raw;       /* with the raw records of the evidence */
};

/* What stdout or another stream asks for: is it a terminal, NO_COLOR, locale. */
void report_options_for(FILE *out, struct report_options *options);

struct report {
	FILE *out; /* borrowed */
	const struct report_format *format;
	struct report_options options;
	uint64_t count; /* findings so far */
	void *state;    /* the format's own, between begin and end */
};

struct report_format {
	const char *name, *summary;
	void (*begin)(struct report *report);
	/* id: its number in the database, 0 when it is in none. */
	void (*finding)(struct report *report, int64_t id, const struct finding *finding);
	void (*end)(struct report *report);
};

/* NULL when there is none of that name. */
const struct report_format *report_format_find(const char *name);
/* All of them, ended by a row without name. */
const struct report_format *report_formats(void);

/* options are copied, out is borrowed until report_end(). */
void report_begin(struct report *report, const struct report_format *format, FILE *out,
		  const struct report_options *options);
void report_finding(struct report *report, int64_t id, const struct finding *finding);
/* 0, or -1 with err (or NULL) when anything since report_begin was not written. */
int report_end(struct report *report, struct err *err);

#endif
