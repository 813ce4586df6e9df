/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One finding of the HTML report: a line that unfolds to what `show` tells. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/xalloc.h"
#include "report/report_html_priv.h"
#include "report/show.h"
#include "report/text.h"
#include "report/tree.h"

enum {
	EVENTS_MAX = 50,
	COMMANDS_MAX = 50,
	ANCESTRY_MAX = 64,
	TREE_LINES = 60,
	TREES_MAX = 300, /* of the gravest findings: the others can be asked for */
	PROCESSES_MAX = 2000,
	RELATED_MAX = 6,
	RELATED_AMONG = 500, /* findings: each looks at all, so that it is squared */
	CONTAINER_SHORT = 12,
};

/* <dt>label</dt><dd>the line</dd>, where there is one; forgets it. */
static void fact(struct html_page *page, const char *label)
{
	if (page->line.len == 0)
		return;
	fprintf(page->out, "<dt>%s</dt><dd>", label);
	html_take(page->out, &page->line);
	fputs("</dd>\n", page->out);
}

static void text_fact(struct html_page *page, const char *label, const char *text)
{
	text_add(&page->line, text);
	fact(page, label);
}

static void begin_facts(struct html_page *page, const char *heading)
{
	if (heading)
		fprintf(page->out, "<h5>%s</h5>\n", heading);
	fputs("<dl>\n", page->out);
}

static void end_facts(struct html_page *page)
{
	fputs("</dl>\n", page->out);
}

/* ---- what it is ---- */

static void when(struct html_page *page, const struct finding *f)
{
	if (f->first_seen == 0)
		return;
	fputs("<dt>When</dt><dd>", page->out);
	html_time(page->out, f->first_seen);
	fputs(" UTC", page->out);
	if (f->count > 1)
		fprintf(page->out, ", %llu times", (unsigned long long)f->count);
	if (f->last_seen > f->first_seen) {
		fputs(", last seen ", page->out);
		html_time(page->out, f->last_seen);
	}
	fputs("</dd>\n", page->out);
}

static void judgement(struct html_page *page, const struct finding *f)
{
	static const char *const confidence[CONF_MAX] = {
		[CONF_LOW] = "low: inferred, records are missing",
		[CONF_MEDIUM] = "medium: most steps are in the records",
		[CONF_HIGH] = "high: every step is in the records",
	};
	struct strbuf *line = &page->line;
	enum severity usual = f->detector->severity;

	strbuf_add_str(line, severity_name(f->severity));
	if (f->severity != usual)
		strbuf_printf(line, ", %s from %s by the circumstances",
			      f->severity > usual ? "raised" : "lowered",
			      severity_name(usual));
	fact(page, "Severity");
	text_fact(page, "Looked for", f->detector->description);
	strbuf_add_str(line, confidence[f->confidence]);
	if (f->caveat) {
		strbuf_add_str(line, "; ");
		text_add(line, f->caveat);
	}
	fact(page, "Confidence");
	text_fact(page, "Suppressed", f->suppressed);
}

static void attack(struct html_page *page, const struct finding *f)
{
	if (f->ntechniques == 0)
		return;
	fputs("<dt>ATT&amp;CK</dt><dd><ul class=\"plain\">", page->out);
	for (size_t i = 0; i < f->ntechniques; i++) {
		const struct technique_info *t = technique_info(f->techniques[i]);
		char url[TECHNIQUE_URL_MAX];

		technique_url(t, url);
		fprintf(page->out, "<li><a href=\"%s\">%s %s</a> (", url, t->id, t->name);
		for (const char *c = t->tactics; *c; c++) {
			fputc(*c, page->out);
			if (*c == ',')
				fputc(' ', page->out);
		}
		fputs(")</li>", page->out);
	}
	fputs("</ul></dd>\n", page->out);
}

static void container(struct html_page *page, const struct finding_container *c)
{
	struct strbuf *line = &page->line;

	text_add(line, c->name);
	if (c->id) {
		strbuf_add_str(line, c->name ? " (" : "");
		escape_add(line, slice_make(c->id, strnlen(c->id, CONTAINER_SHORT)));
		strbuf_add_str(line, c->name ? ")" : "");
	}
	if (c->runtime) {
		strbuf_add_str(line, ", by ");
		text_add(line, c->runtime);
	}
	fact(page, "Container");
	text_add(line, c->image);
	if (c->image_digest) {
		strbuf_add_str(line, c->image ? " " : "");
		text_add(line, c->image_digest);
	}
	fact(page, "Image");
	text_add(line, c->ns);
	strbuf_add_str(line, c->ns && c->pod ? "/" : "");
	text_add(line, c->pod);
	fact(page, "Pod");
}

static void print_what(struct html_page *page, const struct finding *f)
{
	begin_facts(page, NULL);
	when(page, f);
	text_fact(page, "Host", f->host);
	if (f->container)
		container(page, f->container);
	judgement(page, f);
	attack(page, f);
	end_facts(page);
}

/* ---- process ---- */

static void add_user(struct strbuf *line, const char *name, uint32_t id)
{
	if (id == AUDIT_ID_UNSET)
		strbuf_add_str(line, "nobody");
	else if (name)
		text_add(line, name);
	else
		strbuf_printf(line, "uid %u", id);
	if (name && id != AUDIT_ID_UNSET)
		strbuf_printf(line, " (%u)", id);
}

static void user(struct html_page *page, const struct finding_process *p)
{
	struct strbuf *line = &page->line;

	if (!p->observed)
		return;
	add_user(line, p->uid_name, p->user_id);
	strbuf_add_str(line, ", logged in as ");
	add_user(line, NULL, p->auid);
	if (p->ses != AUDIT_ID_UNSET)
		strbuf_printf(line, " in session %u", p->ses);
	if (p->tty && strcmp(p->tty, "(none)") != 0) {
		strbuf_add_str(line, " on ");
		text_add(line, p->tty);
	}
	fact(page, "User");
}

static void chain_item(struct html_page *page, const struct finding_process *p, bool me)
{
	fputs(me ? "<li><b>" : "<li>", page->out);
	text_add_process(&page->line, p);
	if (p->pid > 0)
		strbuf_printf(&page->line, " (%lld)", (long long)p->pid);
	html_take(page->out, &page->line);
	fputs(me ? "</b></li>\n" : "</li>\n", page->out);
}

/* From the oldest that is known down to the process. */
static void chain(struct html_page *page, const struct finding *f)
{
	size_t n = f->nancestry < ANCESTRY_MAX ? f->nancestry : ANCESTRY_MAX;

	fputs("<dt>Started by</dt><dd><ol class=\"chain\">\n", page->out);
	while (n-- > 0)
		chain_item(page, f->ancestry[n], false);
	chain_item(page, f->process, true);
	fputs("</ol></dd>\n", page->out);
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
	const struct finding_process *p = f->process;

	if (!p)
		return 0;
	begin_facts(page, "Process");
	text_fact(page, "Program", p->exe);
	if (p->argc > 0)
		text_add_command(&page->line, p->argv, p->argc, p->argc_total);
	fact(page, "Command");
	if (p->pid > 0)
		strbuf_printf(&page->line, "%lld", (long long)p->pid);
	fact(page, "Pid");
	text_fact(page, "Directory", p->cwd);
	user(page, p);
	if (f->nancestry > 0)
		chain(page, f);
	end_facts(page);
	if (page->trees == TREES_MAX)
		return 0;
	page->trees++;
	return tree(page, id, err);
}

/* ---- connection and file ---- */

static void print_network(struct html_page *page, const struct finding_network *n)
{
	struct strbuf *line = &page->line;

	if (!n)
		return;
	begin_facts(page, "Connection");
	text_fact(page, "Direction", n->direction);
	text_add_address(line, n->remote_addr, n->remote_port);
	fact(page, "Remote");
	text_add_address(line, n->local_addr, n->local_port);
	fact(page, "Local");
	for (size_t i = 0; i < n->nfds; i++)
		strbuf_printf(line, "%s%d", i ? ", " : "", n->fds[i]);
	if (n->mechanism) {
		strbuf_add_str(line, n->nfds ? ", by " : "");
		text_add(line, n->mechanism);
	}
	fact(page, "Descriptors");
	text_fact(page, "Data goes", n->path);
	end_facts(page);
}

static void print_commands(struct html_page *page, const struct finding_session *s)
{
	size_t n = s->n < COMMANDS_MAX ? s->n : COMMANDS_MAX;

	if (n == 0)
		return;
	fputs("<ul class=\"plain\">\n", page->out);
	for (size_t i = 0; i < n; i++) {
		fputs("<li>", page->out);
		html_time(page->out, s->list[i].time);
		fputs(" <code>", page->out);
		text_add_ran(&page->line, &s->list[i]);
		html_take(page->out, &page->line);
		fputs("</code></li>\n", page->out);
	}
	if (n < s->commands)
		fprintf(page->out, "<li>and %llu more</li>\n",
			(unsigned long long)(s->commands - n));
	fputs("</ul>\n", page->out);
}

static void time_fact(struct html_page *page, const char *label, stamp_ms ms)
{
	if (ms == 0)
		return;
	fprintf(page->out, "<dt>%s</dt><dd>", label);
	html_time(page->out, ms);
	fputs(" UTC</dd>\n", page->out);
}

static void print_session(struct html_page *page, const struct finding_session *s)
{
	if (!s)
		return;
	begin_facts(page, "Session");
	time_fact(page, "Began", s->started);
	if (s->last != s->ended)
		time_fact(page, "Last seen", s->last);
	time_fact(page, "Ended", s->ended);
	text_add_duration(&page->line, s);
	fact(page, "Lasted");
	strbuf_printf(&page->line, "%llu", (unsigned long long)s->commands);
	fact(page, "Commands");
	end_facts(page);
	print_commands(page, s);
}

static bool is_digest(const char *text)
{
	return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static void digest(struct html_page *page, const char *sha256)
{
	text_fact(page, "SHA-256", sha256);
	if (is_digest(sha256))
		fprintf(page->out,
			"<dt>Look up</dt><dd><a href=\"https://www.virustotal.com/gui/file/%s\">"
			"VirusTotal</a></dd>\n",
			sha256);
}

static void print_file(struct html_page *page, const struct finding *f)
{
	const struct finding_target *t = f->target;
	struct strbuf *line = &page->line;

	if (!t)
		return;
	begin_facts(page, "File");
	text_add(line, t->path ? t->path : "(no name)");
	fact(page, "Path");
	text_add(line, t->kind);
	if (t->how) {
		strbuf_add_str(line, t->kind ? ", " : "");
		text_add(line, t->how);
	}
	fact(page, "Kind");
	text_fact(page, "Manifest", f->manifest);
	digest(page, t->sha256);
	text_fact(page, "Expected", t->expected_sha256);
	if (t->writer) {
		text_add_process(line, t->writer);
		if (t->writer->pid > 0)
			strbuf_printf(line, " (pid %lld)", (long long)t->writer->pid);
	}
	fact(page, "Written by");
	text_fact(page, "From", t->origin);
	end_facts(page);
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

static int by_time(const void *a, const void *b)
{
	const struct event_id *x = &((const struct finding_evidence *)a)->id;
	const struct event_id *y = &((const struct finding_evidence *)b)->id;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void print_evidence(struct html_page *page, int64_t id, const struct finding *f)
{
	size_t n = f->nevidence < EVENTS_MAX ? f->nevidence : EVENTS_MAX;

	struct finding_evidence *sorted;

	if (n == 0)
		return;
	sorted = xreallocarray(NULL, f->nevidence, sizeof(*sorted));
	memcpy(sorted, f->evidence, f->nevidence * sizeof(*sorted));
	qsort(sorted, f->nevidence, sizeof(*sorted), by_time);
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
	struct related_finding *related;
	struct arena arena;
	size_t n;
	int rc;

	if (page->n > RELATED_AMONG)
		return 0;
	arena_init(&arena);
	rc = store_related(page->report->store, id, RELATED_MAX, &arena, &related, &n,
			   err);
	if (rc == 0 && n > 0) {
		fputs("<h5>Related findings</h5>\n<ul>\n", page->out);
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

static void print_steps(struct html_page *page, int64_t id, const struct finding *f)
{
	struct show show = { .id = id, .finding = f };
	const char *steps = f->detector->response;
	bool any = false;

	while (*steps) {
		size_t len = strcspn(steps, "\n");

		if (show_add_step(&page->line, slice_make(steps, len), &show)) {
			fputs(any ? "<li>" : "<h5>What to do next</h5>\n<ol>\n<li>",
			      page->out);
			any = true;
			html_take(page->out, &page->line);
			fputs("</li>\n", page->out);
		}
		strbuf_clear(&page->line);
		steps += len + (steps[len] == '\n');
	}
	fputs(any ? "</ol>\n" : "", page->out);
}

static void print_head(struct html_page *page, int64_t id, const struct finding *f)
{
	FILE *out = page->out;

	fprintf(out,
		"<details class=\"finding %s\" id=\"f%lld\" data-level=\"%d\">\n<summary>"
		"<span class=\"sev %s\">%s</span> <h4>#%lld ",
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
	fputs("</span> <span class=\"what\">", out);
	html_text(out, f->summary);
	fputs("</span></summary>\n<div class=\"body\">\n", out);
}

int html_finding(struct html_page *page, int64_t id, const struct finding *f,
		 struct err *err)
{
	print_head(page, id, f);
	print_what(page, f);
	if (print_process(page, id, f, err) != 0)
		return -1;
	print_network(page, f->network);
	print_session(page, f->session);
	print_file(page, f);
	print_evidence(page, id, f);
	if (print_related(page, id, err) != 0)
		return -1;
	print_steps(page, id, f);
	fputs("</div>\n</details>\n", page->out);
	return 0;
}
