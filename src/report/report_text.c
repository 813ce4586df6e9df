/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table for people: one finding a line, newest last. */
#include "base/stamp.h"
#include "report/formats.h"
#include "report/text.h"

enum {
	SEVERITY_WIDTH = 8,
	TIME_WIDTH = 19,
	/* id, severity, time and the blanks between */
	SENTENCE_COLUMN = 5 + 2 + SEVERITY_WIDTH + 2 + TIME_WIDTH + 2,
};

/* With the first finding: where there is none, there is nothing to head. */
static void heading(const struct report *report)
{
	const struct report_options *o = &report->options;

	fprintf(report->out, "%s%5s  %-*s  %-*s  %s%s\n", style_on(o, STYLE_BOLD), "ID",
		SEVERITY_WIDTH, "SEVERITY", TIME_WIDTH, "TIME (UTC)", "WHAT HAPPENED",
		style_off(o));
}

/* "Reverse Shell in web on node1: bash reads ... (3 times)" */
static void add_sentence(struct strbuf *out, const struct finding *f)
{
	struct strbuf place;

	strbuf_init(&place);
	strbuf_add_str(out, f->detector->title);
	text_add_place(&place, f);
	if (place.len > 0)
		strbuf_printf(out, " [%s]", strbuf_str(&place));
	if (f->summary) {
		strbuf_add_str(out, ": ");
		text_add(out, f->summary);
	}
	if (f->count > 1)
		strbuf_printf(out, " (%llu times)", (unsigned long long)f->count);
	strbuf_fini(&place);
}

void table_finding(struct report *report, int64_t id, const struct finding *f)
{
	const struct report_options *o = &report->options;
	char number[24] = "-", when[STAMP_MAX] = "-";
	struct strbuf sentence;

	if (report->count == 0)
		heading(report);
	if (id > 0)
		snprintf(number, sizeof(number), "%lld", (long long)id);
	if (f->first_seen != 0)
		stamp_short(f->first_seen, when);
	strbuf_init(&sentence);
	add_sentence(&sentence, f);
	fprintf(report->out, "%5s  %s%s%s%*s  %-*s  ", number,
		style_on(o, severity_style(f->severity)), severity_name(f->severity),
		style_off(o), SEVERITY_WIDTH - (int)strlen(severity_name(f->severity)),
		"", TIME_WIDTH, when);
	text_wrap(report->out, strbuf_slice(&sentence), o->width, SENTENCE_COLUMN,
		  SENTENCE_COLUMN);
	strbuf_fini(&sentence);
}
