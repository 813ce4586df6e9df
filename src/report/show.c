/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/show.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/stamp.h"
#include "report/facts.h"
#include "report/show_records.h"
#include "report/text.h"
#include "report/tree.h"

enum {
	INDENT = 2,
	LABEL = 12, /* columns of the facts' names */
	TREE_LINES = 30,
	COMMANDS_SHOWN = 20,
	EVIDENCE_SHOWN = 25, /* events whose records are shown without --raw */
};

/* The page as it is written: where to, and a line to put together. */
struct page {
	FILE *out;
	const struct report_options *look;
	struct strbuf line;
	struct facts facts;
};

static void heading(struct page *p, const char *text)
{
	fprintf(p->out, "\n%s%s%s\n", style_on(p->look, STYLE_BOLD), text,
		style_off(p->look));
}

/* The facts behind their names. */
static void print_facts(struct page *p)
{
	for (size_t i = 0; i < p->facts.n; i++) {
		const struct fact *fact = &p->facts.list[i];

		fprintf(p->out, "%*s%s%-*s%s", INDENT, "", style_on(p->look, STYLE_DIM),
			LABEL, fact->label, style_off(p->look));
		strbuf_add_str(&p->line, fact->text);
		if (fact->url) {
			strbuf_add_char(&p->line, ' ');
			strbuf_add_str(&p->line, fact->url);
		}
		text_wrap(p->out, strbuf_slice(&p->line), p->look->width, INDENT + LABEL,
			  INDENT + LABEL);
		strbuf_clear(&p->line);
	}
}

/* The same below a heading, where there are any. */
static void print_section(struct page *p, const char *title)
{
	if (p->facts.n > 0)
		heading(p, title);
	print_facts(p);
}

/* "(12 more lines: auspex tree --finding 3)"; n 0: no number. */
static void hint(struct page *p, const struct show *show, size_t n, const char *what,
		 const char *command)
{
	if (n > 0)
		strbuf_printf(&p->line, "%zu ", n);
	strbuf_printf(&p->line, "%s: auspex %s ", what, command);
	show_add_id(&p->line, show);
	fprintf(p->out, "%*s%s(%s)%s\n", INDENT, "", style_on(p->look, STYLE_DIM),
		strbuf_str(&p->line), style_off(p->look));
	strbuf_clear(&p->line);
}

/* ---- the head ---- */

/* The gravest finding about the same processes, where that is not this one. */
static void print_leading(struct page *p, const struct show *show)
{
	static const char *const whys[] = { "same process", "process above it",
					    "process below it" };
	const struct related_finding *best = NULL;

	for (size_t i = 0; i < show->nrelated; i++) {
		const struct related_finding *r = &show->related[i];

		for (size_t k = 0; k < ARRAY_SIZE(whys); k++) {
			if (strcmp(r->why, whys[k]) == 0 &&
			    r->severity >
				    (best ? best->severity : show->finding->severity))
				best = r;
		}
	}
	if (!best)
		return;
	text_add(&p->line, best->title);
	fprintf(p->out, "Part of #%lld  %s%s%s  %s\n", (long long)best->id,
		style_on(p->look, severity_style(best->severity)),
		severity_name(best->severity), style_off(p->look), strbuf_str(&p->line));
	strbuf_clear(&p->line);
}

static void print_head(struct page *p, const struct show *show)
{
	const struct finding *f = show->finding;

	text_add(&p->line, f->detector->title);
	fprintf(p->out, "%s#%lld%s  %s%s%s  %s%s%s\n", style_on(p->look, STYLE_BOLD),
		(long long)show->id, style_off(p->look),
		style_on(p->look, severity_style(f->severity)),
		severity_name(f->severity), style_off(p->look),
		style_on(p->look, STYLE_BOLD), strbuf_str(&p->line), style_off(p->look));
	strbuf_clear(&p->line);
	text_add(&p->line, f->summary);
	if (p->line.len > 0)
		text_wrap(p->out, strbuf_slice(&p->line), p->look->width, 0, 0);
	strbuf_clear(&p->line);
	print_leading(p, show);
	fputc('\n', p->out);
	facts_what(&p->facts, f);
	print_facts(p);
}

/* ---- the process ---- */

static void print_tree(struct page *p, const struct show *show)
{
	struct tree_options options = { .look = p->look,
					.finding = show->id,
					.keep_seeds = true,
					.lines = TREE_LINES,
					.indent = INDENT,
					.times = true };
	size_t left_out;

	if (show->processes->n == 0) {
		/* Its own ancestry, where the database has no tree for it. */
		facts_chain(&p->facts, show->finding);
		print_facts(p);
		return;
	}
	left_out =
		tree_print(p->out, &options, show->processes->items, show->processes->n);
	if (left_out > 0)
		hint(p, show, left_out, "more lines", "tree --finding");
	fputc('\n', p->out);
}

static void print_process(struct page *p, const struct show *show)
{
	if (!show->finding->process)
		return;
	heading(p, "Process");
	print_tree(p, show);
	facts_process(&p->facts, show->finding);
	print_facts(p);
}

/* ---- what was run ---- */

/* The time of the day: the day stands at the top of the page. */
static void print_time(struct page *p, stamp_ms ms)
{
	char text[STAMP_MAX] = "";

	if (ms != 0)
		stamp_iso(ms, text);
	fprintf(p->out, "%*s%-12.12s", INDENT, "", strlen(text) > 22 ? text + 11 : "");
}

static void print_command(struct page *p, const struct finding_command *c)
{
	print_time(p, c->time);
	fputs("  ", p->out);
	text_add_ran(&p->line, c);
	text_wrap(p->out, strbuf_slice(&p->line), p->look->width, LABEL + INDENT + 2,
		  LABEL + INDENT + 2);
	strbuf_clear(&p->line);
}

static void print_session(struct page *p, const struct show *show)
{
	const struct finding_session *s = show->finding->session;
	size_t shown;

	if (!s)
		return;
	facts_session(&p->facts, show->finding);
	print_section(p, "Session");
	shown = p->look->raw || s->n < COMMANDS_SHOWN ? s->n : COMMANDS_SHOWN;
	for (size_t i = 0; i < shown; i++)
		print_command(p, &s->list[i]);
	if (shown < s->n)
		hint(p, show, s->n - shown, "more commands", "show --raw");
}

/* ---- evidence ---- */

static void print_event(struct page *p, const struct finding_evidence *e)
{
	print_time(p, e->id.time);
	fprintf(p->out, "  %s#%llu%s  ", style_on(p->look, STYLE_BOLD),
		(unsigned long long)e->id.serial, style_off(p->look));
	text_add(&p->line, e->what);
	text_wrap(p->out, strbuf_slice(&p->line), p->look->width, 2 * LABEL, 2 * LABEL);
	strbuf_clear(&p->line);
	if (e->raw)
		show_records(p->out, e->raw, 2 * INDENT, p->look);
}

static void print_evidence(struct page *p, const struct show *show)
{
	const struct finding *f = show->finding;
	struct finding_evidence *sorted = facts_evidence(f);
	bool records = false;
	size_t shown = f->nevidence;

	if (!sorted)
		return;
	if (!p->look->raw && shown > EVIDENCE_SHOWN)
		shown = EVIDENCE_SHOWN;
	heading(p, "Evidence");
	for (size_t i = 0; i < shown; i++) {
		print_event(p, &sorted[i]);
		records |= sorted[i].raw != NULL;
	}
	if (shown < f->nevidence)
		hint(p, show, f->nevidence - shown, "more events", "show --raw");
	else if (records && !p->look->raw)
		hint(p, show, 0, "as they were logged", "show --raw");
	free(sorted);
}

static void print_related(struct page *p, const struct show *show)
{
	if (show->nrelated == 0)
		return;
	heading(p, "Related findings");
	for (size_t i = 0; i < show->nrelated; i++) {
		const struct related_finding *r = &show->related[i];
		char when[STAMP_MAX] = "";
		int column;

		if (r->first_seen != 0)
			stamp_short(r->first_seen, when);
		column = fprintf(p->out, "%*s#%-4lld %-19s  ", INDENT, "",
				 (long long)r->id, when);
		fprintf(p->out, "%s%-8s%s  ",
			style_on(p->look, severity_style(r->severity)),
			severity_name(r->severity), style_off(p->look));
		text_add(&p->line, r->why);
		strbuf_add_str(&p->line, ": ");
		text_add(&p->line, r->summary ? r->summary : r->title);
		text_wrap(p->out, strbuf_slice(&p->line), p->look->width,
			  (unsigned)column + 10, (unsigned)column + 10);
		strbuf_clear(&p->line);
	}
}

/* ---- what to do next ---- */

static void print_steps(struct page *p, const struct show *show)
{
	struct show_steps steps;
	unsigned number = 0;

	show_steps_begin(&steps, show);
	while (show_steps_next(&steps, &p->line)) {
		char *tab = memchr(p->line.ptr, '\t', p->line.len);

		if (tab)
			*tab = ' ';
		if (number == 0)
			heading(p, "What to do next");
		fprintf(p->out, "%*s%2u. ", INDENT, "", ++number);
		text_wrap(p->out, strbuf_slice(&p->line), p->look->width, INDENT + 4,
			  INDENT + 4);
		strbuf_clear(&p->line);
	}
}

void show_print(FILE *out, const struct show *show, const struct report_options *look)
{
	struct page page = { .out = out, .look = look };

	strbuf_init(&page.line);
	facts_init(&page.facts, look->utf8);
	print_head(&page, show);
	print_process(&page, show);
	facts_indicator(&page.facts, show->finding);
	print_section(&page, "Indicator");
	facts_network(&page.facts, show->finding);
	print_section(&page, "Connection");
	print_session(&page, show);
	facts_file(&page.facts, show->finding);
	print_section(&page, "File");
	print_evidence(&page, show);
	print_related(&page, show);
	print_steps(&page, show);
	facts_fini(&page.facts);
	strbuf_fini(&page.line);
}
