/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timeline: a lane for each severity, time to scale from left to right.
 * What lies so close that it would cover each other is one mark, whose area
 * grows with the number in it: thousands of findings stay a picture.
 */
#include <stdlib.h>

#include "base/compiler.h"
#include "base/stamp.h"
#include "base/xalloc.h"
#include "report/report_html_priv.h"

enum {
	LEFT = 80, /* in units of the drawing, from here */
	WIDTH = 1000,
	RIGHT = 30,
	TOP = 26,
	LANE = 34,
	BIN = 8,
	BINS = (WIDTH - LEFT - RIGHT) / BIN,
	LABELS_MOST = 8,
	NAMED_MOST = 40, /* of more findings the marks get no numbers */
	SCALE = 1000,    /* keeps fractions in whole numbers */
};

struct lane_bin {
	uint64_t n;
	int64_t first_id;
	stamp_ms first, last;
};

struct span {
	stamp_ms first, last;
	int64_t length; /* at least 1 */
};

/* Steps that a person reads times in, in ms. */
static const int64_t steps[] = { 1,          2,          5,         10,        20,
				 50,         100,        200,       500,       1000,
				 2000,       5000,       10000,     15000,     30000,
				 60000,      120000,     300000,    600000,    900000,
				 1800000,    3600000,    7200000,   10800000,  21600000,
				 43200000,   86400000,   172800000, 432000000, 604800000,
				 1209600000, 2592000000, 7776000000 };

static int64_t step_for(int64_t length)
{
	int64_t step;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (length / steps[i] <= LABELS_MOST)
			return steps[i];
	}
	for (step = steps[ARRAY_SIZE(steps) - 1]; length / step > LABELS_MOST;)
		step *= 2;
	return step;
}

/* Where in the drawing, in thousandths of a unit. */
static int64_t place(const struct span *span, stamp_ms ms)
{
	double part = (double)(ms - span->first) / (double)span->length;

	return LEFT * SCALE + (int64_t)(part * (BINS * BIN) * SCALE);
}

static bool find_span(const struct html_page *page, struct span *span)
{
	bool any = false;

	for (size_t i = 0; i < page->n; i++) {
		stamp_ms at = page->items[i].first_seen;

		if (at == 0)
			continue;
		if (!any || at < span->first)
			span->first = at;
		if (!any || at > span->last)
			span->last = at;
		any = true;
	}
	/* A little room at both ends, and never nothing. */
	if (any) {
		int64_t room = (span->last - span->first) / 40 + 500;

		span->first -= room;
		span->last += room;
		span->length = span->last - span->first;
	}
	return any;
}

static void print_axis(struct html_page *page, const struct span *span, int bottom)
{
	int64_t step = step_for(span->length);
	stamp_ms at = span->first - span->first % step;

	for (; at <= span->last; at += step) {
		char text[STAMP_MAX];
		int64_t x;

		if (at < span->first)
			continue;
		x = place(span, at);
		stamp_iso(at, text);
		fprintf(page->out,
			"<line class=\"grid\" x1=\"%lld.%03d\" x2=\"%lld.%03d\" y1=\"%d\" "
			"y2=\"%d\"/>",
			(long long)(x / SCALE), (int)(x % SCALE), (long long)(x / SCALE),
			(int)(x % SCALE), TOP - 6, bottom);
		/* The day where days are the step, else the time of the day. */
		fprintf(page->out,
			"<text class=\"tick\" x=\"%lld\" y=\"14\">%.*s</text>\n",
			(long long)(x / SCALE),
			step >= 86400000 ? 10
			: step >= 1000   ? 8
					 : 12,
			step >= 86400000 ? text : text + 11);
	}
}

/* Areas in proportion, within what fits into a lane. */
static unsigned radius(uint64_t n)
{
	unsigned r = 5;

	while (r < 15 && (uint64_t)(r - 4) * (r - 4) < n)
		r++;
	return r;
}

static void print_mark(struct html_page *page, const struct span *span,
		       const struct lane_bin *bin, enum severity severity, int y)
{
	int64_t x = place(span, bin->first + (bin->last - bin->first) / 2);
	char when[STAMP_MAX];

	stamp_short(bin->first, when);
	fprintf(page->out, "<a href=\"#f%lld\" aria-label=\"", (long long)bin->first_id);
	fprintf(page->out, "%s, %s UTC, ", severity_name(severity), when);
	if (bin->n == 1)
		fprintf(page->out, "finding %lld", (long long)bin->first_id);
	else
		fprintf(page->out, "%llu findings from number %lld on",
			(unsigned long long)bin->n, (long long)bin->first_id);
	fprintf(page->out,
		"\"><circle class=\"m %s\" cx=\"%lld.%03d\" cy=\"%d\" r=\"%u\"><title>",
		severity_name(severity), (long long)(x / SCALE), (int)(x % SCALE), y,
		radius(bin->n));
	fprintf(page->out, "%s UTC: ", when);
	if (bin->n == 1)
		fprintf(page->out, "#%lld", (long long)bin->first_id);
	else
		fprintf(page->out, "%llu findings", (unsigned long long)bin->n);
	fputs("</title></circle>", page->out);
	if (page->n <= NAMED_MOST && bin->n == 1)
		fprintf(page->out,
			"<text class=\"mark\" x=\"%lld.%03d\" y=\"%d\">#%lld</text>",
			(long long)(x / SCALE) + 9, (int)(x % SCALE), y - 7,
			(long long)bin->first_id);
	fputs("</a>\n", page->out);
}

static void print_lane(struct html_page *page, const struct span *span,
		       enum severity severity, int y)
{
	struct lane_bin *bins = xcalloc(BINS + 1, sizeof(*bins));

	for (size_t i = 0; i < page->n; i++) {
		const struct html_item *item = &page->items[i];
		struct lane_bin *bin;

		if (item->severity != severity || item->first_seen == 0)
			continue;
		bin = &bins[(place(span, item->first_seen) / SCALE - LEFT) / BIN];
		if (bin->n == 0) {
			bin->first_id = item->id;
			bin->first = item->first_seen;
		}
		bin->last = item->first_seen;
		bin->n++;
	}
	fprintf(page->out,
		"<text class=\"lane\" x=\"%d\" y=\"%d\">%s</text>"
		"<line class=\"rail\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n",
		LEFT - 12, y + 4, severity_name(severity), LEFT, WIDTH - RIGHT, y, y);
	for (size_t i = 0; i <= BINS; i++) {
		if (bins[i].n > 0)
			print_mark(page, span, &bins[i], severity, y);
	}
	free(bins);
}

void html_timeline(struct html_page *page)
{
	FILE *out = page->out;
	struct span span = { 0 };
	int lanes = 0, y = TOP + LANE / 2, height;

	if (!find_span(page, &span))
		return;
	for (int s = SEV_INFO; s < SEV_MAX; s++)
		lanes += summary_severity(page->summary, (enum severity)s) > 0;
	height = TOP + lanes * LANE + 4;
	fputs("<section class=\"time\" aria-labelledby=\"h-time\">\n<h2 id=\"h-time\">Timeline</h2>\n"
	      "<p class=\"note\">UTC, ",
	      out);
	html_time(out, span.first);
	fputs(" to ", out);
	html_time(out, span.last);
	fputs(", to scale. A mark leads to its finding.</p>\n"
	      "<div class=\"scroll\" role=\"region\" aria-label=\"Timeline\" "
	      "tabindex=\"0\">\n",
	      out);
	fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=\"group\" aria-label=\"", WIDTH,
		height);
	fputs("Findings by time and severity\">\n", out);
	print_axis(page, &span, height);
	for (int s = SEV_MAX - 1; s >= 0; s--) {
		if (summary_severity(page->summary, (enum severity)s) == 0)
			continue;
		print_lane(page, &span, (enum severity)s, y);
		y += LANE;
	}
	fputs("</svg>\n</div>\n</section>\n", out);
}
