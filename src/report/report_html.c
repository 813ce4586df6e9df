/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_html.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "report/report_html_priv.h"
#include "report/text.h"

/*
 * So many bytes of raw records, those of the gravest findings first: more
 * make a page that browsers are slow with, and the database has them.
 */
enum { RECORDS_MAX = 4 << 20 };

enum { FEW = 200 };     /* findings that a browser lays out at once with ease */
enum { FIRST_MAX = 3 }; /* findings that the summary tells of */

/* ---- all findings, in brief ---- */

static void note_finding(struct html_page *page, int64_t id, const struct finding *f)
{
	if (page->n == page->cap) {
		page->cap = page->cap ? 2 * page->cap : 64;
		page->items = xreallocarray(page->items, page->cap, sizeof(*page->items));
	}
	page->items[page->n++] = (struct html_item){
		.id = id,
		.severity = f->severity,
		.first_seen = f->first_seen,
	};
	summary_add(page->summary, f);
	for (size_t i = 0; i < f->ntechniques; i++)
		page->techniques[f->techniques[i]]++;
}

static int by_gravity(const void *a, const void *b)
{
	const struct html_item *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->first_seen != y->first_seen)
		return x->first_seen < y->first_seen ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int read_all(struct html_page *page, struct err *err)
{
	struct finding_cursor *cursor;
	struct finding *f;
	int64_t id;
	int rc;

	if (store_findings(page->report->store, page->report->filter, &cursor, err) != 0)
		return -1;
	while ((rc = finding_cursor_next(cursor, &f, &id, err)) > 0) {
		note_finding(page, id, f);
		finding_free(&f);
	}
	finding_cursor_close(&cursor);
	if (page->n > 0)
		qsort(page->items, page->n, sizeof(*page->items), by_gravity);
	return rc;
}

/* ---- head ---- */

static void print_policy(struct html_page *page)
{
	char style[HTML_HASH_MAX], script[HTML_HASH_MAX];

	html_hash(html_style, style);
	html_hash(html_script, script);
	fprintf(page->out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n",
		style, script);
	fprintf(page->out,
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<title>auspex: %zu finding%s</title>\n<style>%s</style>\n</head>\n",
		page->n, page->n == 1 ? "" : "s", html_style);
}

static void print_scope(struct html_page *page)
{
	const struct finding_filter *filter = page->report->filter;
	FILE *out = page->out;

	fputs("<p class=\"note\">", out);
	if (page->report->database) {
		fputs("Database ", out);
		html_text(out, page->report->database);
	}
	if (page->report->made != 0) {
		fputs(", written ", out);
		html_time(out, page->report->made);
	}
	fputs(" by " PACKAGE_STRING ". All times are UTC.", out);
	if (filter->has_severity)
		fprintf(out, " Only findings of severity %s and above.",
			severity_name(filter->severity));
	if (filter->since != 0) {
		fputs(" Only what went on at or after ", out);
		html_time(out, filter->since);
		fputs(".", out);
	}
	if (filter->until != 0) {
		fputs(" Only what began before ", out);
		html_time(out, filter->until);
		fputs(".", out);
	}
	fputs("</p>\n", out);
}

/* "web1", "3 hosts" */
static void print_hosts(struct html_page *page)
{
	struct summary_row *rows = xreallocarray(NULL, SUMMARY_ROWS_MAX, sizeof(*rows));
	size_t n = summary_rows(page->summary, SUMMARY_HOST, rows, NULL);

	if (n > 0)
		fputs(" · ", page->out);
	if (n == 1)
		html_shown(page->out, slice_str(rows[0].name));
	else if (n > 1)
		fprintf(page->out, "%zu hosts", n);
	free(rows);
}

static void print_head(struct html_page *page)
{
	FILE *out = page->out;
	stamp_ms first, last;

	summary_times(page->summary, &first, &last);
	fprintf(out,
		"<body>\n<a class=\"skip\" href=\"#h-findings\">To the findings</a>\n"
		"<header>\n<p class=\"brand\">auspex</p>\n<h1>%zu finding%s",
		page->n, page->n == 1 ? "" : "s");
	if (page->n > 0)
		fprintf(out, ", %s %s", page->n == 1 ? "severity" : "the gravest",
			severity_name(page->items[0].severity));
	fputs("</h1>\n", out);
	if (first != 0) {
		fputs("<p class=\"lead\">", out);
		html_time(out, first);
		fputs(" – ", out);
		html_time(out, last);
		fputs(" UTC", out);
		print_hosts(page);
		fputs("</p>\n", out);
	}
	print_scope(page);
	if (page->n > 0)
		fputs("<nav aria-label=\"Sections\"><ul>"
		      "<li><a href=\"#h-summary\">Summary</a></li>"
		      "<li><a href=\"#h-time\">Timeline</a></li>"
		      "<li><a href=\"#h-findings\">Findings</a></li>"
		      "<li><a href=\"#h-attack\">ATT&amp;CK</a></li>"
		      "<li><a href=\"#h-health\">What the log could not show</a></li>"
		      "</ul></nav>\n",
		      out);
	fputs("</header>\n<main>\n", out);
}

/* ---- summary ---- */

/* How much of all each severity is, as one bar. */
static void print_shares(struct html_page *page)
{
	double at = 0, all = (double)page->n;

	fputs("<svg class=\"shares\" viewBox=\"0 0 1000 8\" preserveAspectRatio=\"none\" "
	      "aria-hidden=\"true\">",
	      page->out);
	for (int s = SEV_MAX - 1; s >= 0; s--) {
		double share = 1000 *
			       (double)summary_severity(page->summary, (enum severity)s) /
			       all;

		if (share > 0)
			fprintf(page->out,
				"<rect class=\"m %s\" x=\"%.1f\" width=\"%.1f\" "
				"height=\"8\"/>",
				severity_name((enum severity)s), at, share);
		at += share;
	}
	fputs("</svg>\n", page->out);
}

static void print_severities(struct html_page *page)
{
	fputs("<ul class=\"counts\">\n", page->out);
	for (int s = SEV_MAX - 1; s >= 0; s--) {
		uint64_t n = summary_severity(page->summary, (enum severity)s);

		fprintf(page->out, "<li class=\"%s%s\"><b>%llu</b> %s</li>\n",
			severity_name((enum severity)s), n == 0 ? " none" : "",
			(unsigned long long)n, severity_name((enum severity)s));
	}
	fputs("</ul>\n", page->out);
	print_shares(page);
}

static int read_one(struct html_page *page, int64_t id, struct finding **out,
		    struct err *err)
{
	struct finding_filter filter = { .id = id, .suppressed = true };
	struct finding_cursor *cursor;
	int rc;

	*out = NULL;
	if (store_findings(page->report->store, &filter, &cursor, err) != 0)
		return -1;
	rc = finding_cursor_next(cursor, out, &id, err);
	finding_cursor_close(&cursor);
	return rc < 0 ? -1 : 0;
}

/* The gravest, in a sentence each: where to begin. */
static int print_first(struct html_page *page, struct err *err)
{
	FILE *out = page->out;

	fputs("<h3>Begin here</h3>\n<ol class=\"first\">\n", out);
	for (size_t i = 0; i < page->n && i < FIRST_MAX; i++) {
		int64_t id = page->items[i].id;
		struct finding *f;

		if (read_one(page, id, &f, err) != 0)
			return -1;
		if (!f)
			continue;
		fprintf(out,
			"<li><span class=\"sev %s\">%s</span> <span><a href=\"#f%lld\">#%lld ",
			severity_name(f->severity), severity_name(f->severity),
			(long long)id, (long long)id);
		html_text(out, f->detector->title);
		fputs("</a> ", out);
		html_text(out, f->summary);
		fputs("</span></li>\n", out);
		finding_free(&f);
	}
	fputs("</ol>\n", out);
	return 0;
}

static void print_counts(struct html_page *page, enum summary_kind kind,
			 const char *title)
{
	struct summary_row *rows = xreallocarray(NULL, SUMMARY_ROWS_MAX, sizeof(*rows));
	FILE *out = page->out;
	uint64_t others;
	size_t n = summary_rows(page->summary, kind, rows, &others);

	if (n > 0)
		fprintf(out,
			"<div>\n<h3>%ss</h3>\n<div class=\"scroll\">\n<table>\n<thead><tr>"
			"<th scope=\"col\">%s</th><th scope=\"col\">Gravest</th>"
			"<th scope=\"col\" class=\"n\">Findings</th></tr></thead>\n<tbody>\n",
			title, title);
	for (size_t i = 0; i < n; i++) {
		/* A detector is better known by what it is called. */
		bool titled = kind == SUMMARY_DETECTOR && rows[i].text;

		fputs("<tr><th scope=\"row\">", out);
		html_shown(out, slice_str(titled ? rows[i].text : rows[i].name));
		if (rows[i].text && !titled) {
			fputs(" <small>", out);
			html_shown(out, slice_str(rows[i].text));
			fputs("</small>", out);
		}
		fprintf(out,
			"</th><td><span class=\"sev %s\">%s</span></td><td class=\"n\">"
			"%llu</td></tr>\n",
			severity_name(rows[i].worst), severity_name(rows[i].worst),
			(unsigned long long)rows[i].n);
	}
	if (others > 0)
		fprintf(out,
			"<tr><th scope=\"row\">others</th><td></td><td class=\"n\">%llu</td></tr>\n",
			(unsigned long long)others);
	if (n > 0)
		fputs("</tbody>\n</table>\n</div>\n</div>\n", out);
	free(rows);
}

static int print_summary(struct html_page *page, struct err *err)
{
	fputs("<section aria-labelledby=\"h-summary\">\n<h2 id=\"h-summary\">Summary</h2>\n",
	      page->out);
	print_severities(page);
	if (print_first(page, err) != 0)
		return -1;
	fputs("<div class=\"tables\">\n", page->out);
	print_counts(page, SUMMARY_DETECTOR, "Detector");
	print_counts(page, SUMMARY_HOST, "Host");
	print_counts(page, SUMMARY_CONTAINER, "Container");
	fputs("</div>\n</section>\n", page->out);
	return 0;
}

/* ---- findings ---- */

static void print_filter(FILE *out)
{
	fputs("<form id=\"filter\" role=\"search\" aria-label=\"Filter findings\" hidden>\n"
	      "<label>Severity <select id=\"least\">",
	      out);
	for (int s = 0; s < SEV_MAX; s++)
		fprintf(out, "<option value=\"%d\">%s%s</option>", s,
			s == 0 ? "all" : severity_name((enum severity)s),
			s == 0 || s == SEV_MAX - 1 ? "" : " and above");
	fputs("</select></label>\n<label>Text <input id=\"text\" type=\"search\" "
	      "autocomplete=\"off\" spellcheck=\"false\"></label>\n"
	      "<button type=\"button\" id=\"unfold\">Unfold all</button>\n"
	      "<button type=\"button\" id=\"fold\">Fold all</button>\n"
	      "<output id=\"shown\" aria-live=\"polite\"></output>\n</form>\n",
	      out);
}

/* 0 as well when it has gone in the meantime. */
static int print_one(struct html_page *page, const struct html_item *item,
		     struct err *err)
{
	struct finding *f;
	int rc;

	if (read_one(page, item->id, &f, err) != 0)
		return -1;
	rc = f ? html_finding(page, item->id, f, err) : 0;
	finding_free(&f);
	return rc;
}

static void begin_group(struct html_page *page, enum severity severity)
{
	const char *name = severity_name(severity);

	fprintf(page->out,
		"<section class=\"group\" aria-labelledby=\"g-%s\">\n"
		"<h3 id=\"g-%s\">%llu %s</h3>\n",
		name, name, (unsigned long long)summary_severity(page->summary, severity),
		name);
}

static int print_findings(struct html_page *page, struct err *err)
{
	FILE *out = page->out;

	fprintf(out,
		"<section%s aria-labelledby=\"h-findings\">\n"
		"<h2 id=\"h-findings\" tabindex=\"-1\">Findings</h2>\n",
		page->n > FEW ? " class=\"many\"" : "");
	if (page->n == 0)
		fputs("<p>There are none.</p>\n", out);
	else
		print_filter(out);
	for (size_t i = 0; i < page->n; i++) {
		const struct html_item *item = &page->items[i];

		/* Findings are of the severity that they had when they were counted. */
		if (i == 0 || item->severity != item[-1].severity) {
			fputs(i == 0 ? "" : "</section>\n", out);
			begin_group(page, item->severity);
		}
		if (print_one(page, item, err) != 0)
			return -1;
	}
	fputs(page->n > 0 ? "</section>\n</section>\n" : "</section>\n", out);
	return 0;
}

static int print_page(struct html_page *page, struct err *err)
{
	print_policy(page);
	print_head(page);
	if (page->n > 0) {
		if (print_summary(page, err) != 0)
			return -1;
		html_timeline(page);
	}
	if (print_findings(page, err) != 0)
		return -1;
	html_attack(page);
	if (html_containers(page, err) != 0 || html_health(page, err) != 0)
		return -1;
	fprintf(page->out,
		"</main>\n<footer><p>Everything in this file came out of audit records and may "
		"have been written by an intruder.</p></footer>\n<script>%s</script>\n"
		"</body>\n</html>\n",
		html_script);
	return 0;
}

int report_html(FILE *out, const struct html_report *report, struct err *err)
{
	struct html_page page = { .out = out,
				  .report = report,
				  .left = RECORDS_MAX,
				  .summary = summary_new() };
	int rc;

	strbuf_init(&page.line);
	facts_init(&page.facts, true);
	rc = read_all(&page, err);
	if (rc == 0)
		rc = print_page(&page, err);
	facts_fini(&page.facts);
	strbuf_fini(&page.line);
	summary_free(&page.summary);
	free(page.items);
	return rc;
}
