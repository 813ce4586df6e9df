/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections of the HTML report; report_html.c puts them together. */
#ifndef AUSPEX_REPORT_REPORT_HTML_PRIV_H
#define AUSPEX_REPORT_REPORT_HTML_PRIV_H

#include "report/facts.h"
#include "report/html.h"
#include "report/report_html.h"
#include "report/summary.h"

/* What is kept of each finding, so that only one is in memory whole. */
struct html_item {
	int64_t id;
	enum severity severity;
	stamp_ms first_seen;
};

struct html_page {
	FILE *out;
	const struct html_report *report;
	struct html_item *items; /* by severity, gravest first, then by time */
	size_t n, cap;
	size_t left;           /* bytes of raw records that the page still takes */
	size_t trees, related; /* findings that have theirs written */
	struct summary *summary;
	uint64_t techniques[TECHNIQUE_MAX];
	struct strbuf line; /* to put a line together */
	struct facts facts; /* of the finding that is written */
};

/* All that there is of style and script. */
extern const char html_style[];
extern const char html_script[];

void html_timeline(struct html_page *page);
void html_attack(struct html_page *page);
/* One finding, folded. -1 with err when the database fails. */
int html_finding(struct html_page *page, int64_t id, const struct finding *finding,
		 struct err *err);
int html_containers(struct html_page *page, struct err *err);
int html_health(struct html_page *page, struct err *err);

#endif
