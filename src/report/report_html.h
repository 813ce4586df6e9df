/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a database holds as one HTML file: to read in a browser without a
 * network, to print, to add to a ticket. It loads nothing, and runs only the
 * script that its Content-Security-Policy names by its digest.
 */
#ifndef AUSPEX_REPORT_REPORT_HTML_H
#define AUSPEX_REPORT_REPORT_HTML_H

#include <stdio.h>

#include "store/query.h"

struct html_report {
	struct store *store;
	const struct finding_filter *filter;
	const char *database; /* to be shown */
	stamp_ms made;        /* when it is written; 0: not said */
};

/* -1 with err when the database fails; whether out took it all is out's to say. */
int report_html(FILE *out, const struct html_report *report, struct err *err);

#endif
