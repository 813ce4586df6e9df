/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers and images, what was read, and what the log could not show. */
#include <string.h>

#include "report/report_html_priv.h"

enum { CONTAINERS_MAX = 500, HEALTH_MAX = 1000, SHORT_ID = 12 };

/* Begins a section with a table that may be wider than the page. */
static void begin_table(FILE *out, const char *id, const char *title, const char *head)
{
	fprintf(out,
		"<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n"
		"<div class=\"scroll\" role=\"region\" aria-labelledby=\"%s\" "
		"tabindex=\"0\">\n<table>\n<thead><tr>%s</tr></thead>\n<tbody>\n",
		id, id, title, id, head);
}

static void end_table(FILE *out)
{
	fputs("</tbody>\n</table>\n</div>\n</section>\n", out);
}

static void text_cell(FILE *out, const char *str)
{
	fputs("<td>", out);
	html_text(out, str);
	fputs("</td>", out);
}

static void container_row(struct html_page *page, const struct container_item *item)
{
	const struct finding_container *c = &item->row;
	FILE *out = page->out;
	struct slice id = slice_make(c->id, c->id ? strnlen(c->id, SHORT_ID) : 0);
	char brief[SHORT_ID + 1] = "";

	if (id.len > 0)
		memcpy(brief, id.ptr, id.len);
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, c->name ? c->name : brief);
	fputs("</th>", out);
	text_cell(out, c->name ? brief : NULL);
	fputs("<td>", out);
	html_text(out, c->image);
	if (c->image_digest) {
		fputs(" <small>", out);
		html_text(out, c->image_digest);
		fputs("</small>", out);
	}
	fputs("</td><td>", out);
	html_text(out, c->ns);
	fputs(c->ns && c->pod ? "/" : "", out);
	html_text(out, c->pod);
	fputs("</td>", out);
	text_cell(out, c->runtime);
	text_cell(out, item->host);
	fprintf(out, "<td class=\"n\">%llu</td><td class=\"n\">%llu</td><td>",
		(unsigned long long)item->processes, (unsigned long long)item->findings);
	if (item->has_worst)
		fprintf(out, "<span class=\"sev %s\">%s</span>",
			severity_name(item->worst), severity_name(item->worst));
	fputs("</td></tr>\n", out);
}

int html_containers(struct html_page *page, struct err *err)
{
	struct container_item *items;
	struct arena arena;
	size_t n;
	int rc;

	arena_init(&arena);
	rc = store_containers(page->report->store, CONTAINERS_MAX, &arena, &items, &n,
			      err);
	if (rc == 0 && n > 0) {
		begin_table(
			page->out, "h-containers", "Containers and images",
			"<th scope=\"col\">Container</th><th scope=\"col\">Id</th>"
			"<th scope=\"col\">Image</th><th scope=\"col\">Pod</th>"
			"<th scope=\"col\">Runtime</th><th scope=\"col\">Host</th>"
			"<th scope=\"col\">Processes</th><th scope=\"col\">Findings</th>"
			"<th scope=\"col\">Gravest</th>");
		for (size_t i = 0; i < n; i++)
			container_row(page, &items[i]);
		end_table(page->out);
		if (n == CONTAINERS_MAX)
			fprintf(page->out,
				"<p class=\"note\">No more than %d containers are shown.</p>\n",
				CONTAINERS_MAX);
	}
	arena_fini(&arena);
	return rc;
}

/* What was read, as against what is missing. */
static bool was_read(const struct health_item *item)
{
	return item->kind &&
	       (strcmp(item->kind, "source") == 0 || strcmp(item->kind, "manifest") == 0);
}

static void health_table(struct html_page *page, const struct health_item *items,
			 size_t n, bool read)
{
	FILE *out = page->out;

	for (size_t i = 0; i < n; i++) {
		const struct health_item *item = &items[i];

		if (was_read(item) != read)
			continue;
		fputs("<tr><th scope=\"row\">", out);
		/* "incomplete_events" for a person */
		for (const char *p = item->kind ? item->kind : ""; *p; p++) {
			char c[2] = { *p == '_' ? ' ' : *p, '\0' };

			html_text(out, c);
		}
		fprintf(out, "</th><td class=\"n\">%llu</td>",
			(unsigned long long)item->count);
		text_cell(out, item->detail);
		text_cell(out, item->host);
		fputs("<td>", out);
		html_time(out, item->first);
		fputs("</td><td>", out);
		html_time(out, item->last);
		fputs("</td></tr>\n", out);
	}
}

static size_t count_read(const struct health_item *items, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += was_read(&items[i]);
	return count;
}

int html_health(struct html_page *page, struct err *err)
{
	static const char head[] =
		"<th scope=\"col\">What</th><th scope=\"col\">Number</th>"
		"<th scope=\"col\">Of what</th><th scope=\"col\">Host</th>"
		"<th scope=\"col\">From</th><th scope=\"col\">To</th>";
	struct health_item *items;
	struct arena arena;
	size_t n, read;
	int rc;

	arena_init(&arena);
	rc = store_health(page->report->store, HEALTH_MAX, &arena, &items, &n, err);
	read = rc == 0 ? count_read(items, n) : 0;
	if (rc == 0 && read < n) {
		begin_table(page->out, "h-health", "What the log could not show", head);
		health_table(page, items, n, false);
		end_table(page->out);
	} else if (rc == 0) {
		fputs("<section aria-labelledby=\"h-health\">\n<h2 id=\"h-health\">What the "
		      "log could not show</h2>\n<p>Of what was read, auspex noted no record "
		      "that was lost, cut or malformed. What the audit rules did not record, "
		      "and what was removed from the log as a whole, leaves no trace in "
		      "it.</p>\n</section>\n",
		      page->out);
	}
	if (read > 0) {
		begin_table(page->out, "h-read", "What was read", head);
		health_table(page, items, n, true);
		end_table(page->out);
	}
	arena_fini(&arena);
	return rc;
}
