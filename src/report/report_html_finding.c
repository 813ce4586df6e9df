/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One finding of the HTML report: a line that unfolds to what `show` tells. */
#include <stdlib.h>
#include <string.h>

#include "report/report_html_priv.h"
#include "report/show.h"
#include "report/text.h"
#include "report/tree.h"

enum {
	EVENTS_MAX = 50,
	COMMANDS_MAX = 50,
	TREE_LINES = 60,
	TREES_MAX = 300, /* of the gravest findings: the others can be asked for */
	PROCESSES_MAX = 2000,
	RELATED_MAX = 6,
	RELATED_OF = 1000, /* the gravest */
};

/* <dl> below a heading, where there are facts. */
static void print_facts(struct html_page *page, const char *heading)
{
	FILE *out = page->out;

	if (page->facts.n == 0)
		return;
	if (heading)
		fprintf(out, "<h5>%s</h5>\n", heading);
	fputs("<dl>\n", out);
	for (size_t i = 0; i < page->facts.n; i++) {
		const struct fact *fact = &page->facts.list[i];

		if (fact->label[0]) {
			fputs("<dt>", out);
			html_shown(out, slice_str(fact->label));
			fputs("</dt>", out);
		}
		fputs(fact->label[0] ? "<dd>" : "<dd class=\"more\">", out);
		if (fact->url)
			fprintf(out, "<a href=\"%s\">", fact->url);
		html_shown(out, slice_str(fact->text));
		fputs(fact->url ? "</a></dd>\n" : "</dd>\n", out);
	}
	fputs("</dl>\n", out);
}

/* From the oldest that is known down to the process. */
static void print_chain(struct html_page *page, const struct finding *f)
{
	const struct facts *facts = &page->facts;
	FILE *out = page->out;

	facts_chain(&page->facts, f);
	if (facts->n == 0)
		return;
	fputs("<ol class=\"chain\" aria-label=\"Started by\">\n", out);
	for (size_t i = 0; i < facts->n; i++) {
		bool me = i + 1 == facts->n;

		fputs(me ? "<li><b>" : "<li>", out);
		html_shown(out, slice_str(facts->list[i].text));
		fputs(me ? "</b></li>\n" : "</li>\n", out);
	}
	fputs("</ol>\n", out);
}

/* Reads and draws the tree around the finding, to unfold. */
static int tree(struct html_page *page, int64_t id, struct err *err)
{
	struct report_options look = { .utf8 = true, .width = 150 };
	struct tree_options options = { .look = &look,
					.finding = id,
					.keep_seeds = true,
					.lines = TREE_LINES,
					.times = true,
					.heads = true };
	struct process_filter filter = { .seed = SEED_FINDING,
					 .number = id,
					 .limit = PROCESSES_MAX };
	struct process_list list;
	char *text = NULL;
	size_t size = 0, left_out;
	FILE *memory;
	int rc;

	process_list_init(&list);
	rc = process_list_read(&list, page->report->store, &filter, err);
	memory = rc == 0 && list.n > 1 ? open_memstream(&text, &size) : NULL;
	if (memory) {
		left_out = tree_print(memory, &options, list.items, list.n);
		fclose(memory);
		fputs("<details class=\"more\"><summary>Process tree</summary>\n"
		      "<pre tabindex=\"0\">",
		      page->out);
		html_shown(page->out, slice_make(text, size));
		if (left_out > 0)
			fprintf(page->out,
				"(%zu more lines: auspex tree --finding %lld)\n",
				left_out, (long long)id);
		fputs("</pre></details>\n", page->out);
		free(text);
	}
	process_list_fini(&list);
	return rc;
}

static int print_process(struct html_page *page, int64_t id, const struct finding *f,
			 struct err *err)
{
	if (!f->process)
		return 0;
	facts_process(&page->facts, f);
	print_facts(page, "Process");
	print_chain(page, f);
	if (page->trees == TREES_MAX)
		return 0;
	page->trees++;
	return tree(page, id, err);
}

static void print_session(struct html_page *page, const struct finding *f)
{
	const struct finding_session *s = f->session;
	size_t n = !s ? 0 : s->n < COMMANDS_MAX ? s->n : COMMANDS_MAX;
	FILE *out = page->out;

	facts_session(&page->facts, f);
	print_facts(page, "Session");
	if (n == 0)
		return;
	fputs("<ol class=\"commands\" aria-label=\"Commands\">\n", out);
	for (size_t i = 0; i < n; i++) {
		fputs("<li>", out);
		html_time_ms(out, s->list[i].time);
		fputs(" <code>", out);
		text_add_ran(&page->line, &s->list[i]);
		html_take(out, &page->line);
		fputs("</code></li>\n", out);
	}
	if (n < s->commands)
		fprintf(out, "<li>and %llu more</li>\n",
			(unsigned long long)(s->commands - n));
	fputs("</ol>\n", out);
}

/* ---- evidence ---- */

/* The records, unless the page has taken up enough of them. */
static void print_event(struct html_page *page, const struct finding_evidence *e)
{
	size_t size = e->raw ? strlen(e->raw) : 0;
	bool whole = size > 0 && size <= page->left;

	fputs(whole ? "<li><details class=\"event\"><summary>" : "<li>", page->out);
	html_time_ms(page->out, e->id.time);
	fprintf(page->out, " <b>#%llu</b> ", (unsigned long long)e->id.serial);
	html_text(page->out, e->what);
	if (whole) {
		page->left -= size;
		fputs("</summary><pre tabindex=\"0\">", page->out);
		html_lines(page->out, e->raw);
		fputs("</pre></details>", page->out);
	} else if (size > 0) {
		page->left = 0;
	}
	fputs("</li>\n", page->out);
}

static void print_evidence(struct html_page *page, int64_t id, const struct finding *f)
{
	size_t n = f->nevidence < EVENTS_MAX ? f->nevidence : EVENTS_MAX;
	struct finding_evidence *sorted = facts_evidence(f);

	if (!sorted)
		return;
	fputs("<h5>Evidence</h5>\n<ol class=\"evidence\">\n", page->out);
	for (size_t i = 0; i < n; i++)
		print_event(page, &sorted[i]);
	free(sorted);
	fputs("</ol>\n", page->out);
	if (n < f->nevidence || page->left == 0)
		fprintf(page->out,
			"<p class=\"note\">%zu event%s, all with their records: <code>auspex "
			"show --raw %lld</code></p>\n",
			f->nevidence, f->nevidence == 1 ? "" : "s", (long long)id);
}

/* ---- related findings and what to do ---- */

/* Where it is in this page as well, a link. */
static void related_number(struct html_page *page, int64_t id)
{
	for (size_t i = 0; i < page->n; i++) {
		if (page->items[i].id != id)
			continue;
		fprintf(page->out, "<a href=\"#f%lld\">#%lld</a>", (long long)id,
			(long long)id);
		return;
	}
	fprintf(page->out, "#%lld", (long long)id);
}

static int print_related(struct html_page *page, int64_t id, struct err *err)
{
	static const char more[] =
		"<p class=\"note\">Related findings: <code>auspex show %lld</code></p>\n";
	struct related_finding *related;
	struct arena arena;
	size_t n;
	int rc;

	if (page->related == RELATED_OF) {
		fprintf(page->out, more, (long long)id);
		return 0;
	}
	page->related++;
	arena_init(&arena);
	rc = store_related(page->report->store, id, RELATED_MAX, &arena, &related, &n,
			   err);
	if (rc == 0 && n > 0) {
		fputs("<h5>Related findings</h5>\n<ul class=\"related\">\n", page->out);
		for (size_t i = 0; i < n; i++) {
			fputs("<li>", page->out);
			related_number(page, related[i].id);
			fputc(' ', page->out);
			html_time(page->out, related[i].first_seen);
			fprintf(page->out, " %s, ", severity_name(related[i].severity));
			html_text(page->out, related[i].why);
			fputs(": ", page->out);
			html_text(page->out, related[i].summary ? related[i].summary
								: related[i].title);
			fputs("</li>\n", page->out);
		}
		fputs("</ul>\n", page->out);
	}
	arena_fini(&arena);
	return rc;
}

/* The line as a step: what to do, and behind a tab with what. */
static void step(struct html_page *page)
{
	struct slice all = strbuf_slice(&page->line);
	const char *tab = memchr(all.ptr, '\t', all.len);
	size_t what = tab ? (size_t)(tab - all.ptr) : all.len;

	html_shown(page->out, slice_make(all.ptr, what));
	if (tab) {
		fputs(" <code>", page->out);
		html_shown(page->out, slice_skip(all, what + 1));
		fputs("</code>", page->out);
	}
	strbuf_clear(&page->line);
}

static void print_steps(struct html_page *page, int64_t id, const struct finding *f)
{
	struct show show = { .id = id, .finding = f };
	struct show_steps steps;
	bool any = false;

	show_steps_begin(&steps, &show);
	while (show_steps_next(&steps, &page->line)) {
		fputs(any ? "<li>"
			  : "<h5>What to do next</h5>\n<ol class=\"steps\">\n<li>",
		      page->out);
		any = true;
		step(page);
		fputs("</li>\n", page->out);
	}
	fputs(any ? "</ol>\n" : "", page->out);
}

static void print_head(struct html_page *page, int64_t id, const struct finding *f)
{
	FILE *out = page->out;

	fprintf(out,
		"<details class=\"finding %s\" id=\"f%lld\" data-level=\"%d\">\n<summary>"
		"<span class=\"sev %s\">%s</span> <span class=\"title\"><h4>#%lld ",
		severity_name(f->severity), (long long)id, (int)f->severity,
		severity_name(f->severity), severity_name(f->severity), (long long)id);
	html_text(out, f->detector->title);
	fputs("</h4> <span class=\"meta\">", out);
	html_time(out, f->first_seen);
	text_add_place(&page->line, f);
	if (page->line.len > 0)
		fputs(" · ", out);
	html_take(out, &page->line);
	if (f->count > 1)
		fprintf(out, " · %llu times", (unsigned long long)f->count);
	fputs("</span></span> <span class=\"what\">", out);
	html_text(out, f->summary);
	fputs("</span></summary>\n<div class=\"body\">\n", out);
}

int html_finding(struct html_page *page, int64_t id, const struct finding *f,
		 struct err *err)
{
	print_head(page, id, f);
	fputs("<div class=\"cols\">\n<div>\n", page->out);
	facts_what(&page->facts, f);
	print_facts(page, NULL);
	facts_indicator(&page->facts, f);
	print_facts(page, "Indicator");
	facts_network(&page->facts, f);
	print_facts(page, "Connection");
	facts_file(&page->facts, f);
	print_facts(page, "File");
	fputs("</div>\n<div>\n", page->out);
	print_steps(page, id, f);
	if (print_related(page, id, err) != 0)
		return -1;
	fputs("</div>\n</div>\n", page->out);
	if (print_process(page, id, f, err) != 0)
		return -1;
	print_session(page, f);
	print_evidence(page, id, f);
	fputs("</div>\n</details>\n", page->out);
	return 0;
}
