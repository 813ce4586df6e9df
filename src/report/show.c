/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/show.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/stamp.h"
#include "base/xalloc.h"
#include "report/show_records.h"
#include "report/text.h"
#include "report/tree.h"

enum {
	INDENT = 2,
	LABEL = 12, /* columns of the facts' names */
	TREE_LINES = 30,
	COMMANDS_SHOWN = 20,
	EVIDENCE_SHOWN = 25, /* events whose records are shown without --raw */
	CONTAINER_SHORT = 12,
};

/* The page as it is written: where to, and a line to put together. */
struct page {
	FILE *out;
	const struct report_options *look;
	struct strbuf line;
};

static void heading(struct page *p, const char *text)
{
	fprintf(p->out, "\n%s%s%s\n", style_on(p->look, STYLE_BOLD), text,
		style_off(p->look));
}

/* The line that was put together, behind its name; nothing when it is empty. */
static void fact(struct page *p, const char *label)
{
	if (p->line.len > 0) {
		fprintf(p->out, "%*s%s%-*s%s", INDENT, "", style_on(p->look, STYLE_DIM),
			LABEL, label, style_off(p->look));
		text_wrap(p->out, strbuf_slice(&p->line), p->look->width, INDENT + LABEL,
			  INDENT + LABEL);
	}
	strbuf_clear(&p->line);
}

static void text_fact(struct page *p, const char *label, const char *text)
{
	text_add(&p->line, text);
	fact(p, label);
}

static void add_stamp(struct page *p, stamp_ms ms)
{
	char text[STAMP_MAX];

	stamp_iso(ms, text);
	/* "2026-11-21 23:25:58.915" reads better than the T and the Z. */
	if (strlen(text) == strlen("2026-11-21T23:25:58.915Z")) {
		text[10] = ' ';
		text[23] = '\0';
	}
	strbuf_add_str(&p->line, text);
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

static void print_when(struct page *p, const struct finding *f)
{
	if (f->first_seen == 0)
		return;
	add_stamp(p, f->first_seen);
	strbuf_add_str(&p->line, " UTC");
	if (f->count > 1)
		strbuf_printf(&p->line, ", %llu times", (unsigned long long)f->count);
	if (f->last_seen > f->first_seen) {
		strbuf_add_str(&p->line, ", last seen ");
		add_stamp(p, f->last_seen);
	}
	fact(p, "When");
}

static void print_container(struct page *p, const struct finding_container *c)
{
	struct strbuf *line = &p->line;

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
	fact(p, "Container");
	text_add(line, c->image);
	if (c->image_digest) {
		strbuf_add_str(line, c->image ? " " : "");
		text_add(line, c->image_digest);
	}
	fact(p, "Image");
	if (c->ns && c->pod) {
		text_add(line, c->ns);
		strbuf_add_char(line, '/');
	}
	text_add(line, c->pod);
	fact(p, "Pod");
}

static void print_judgement(struct page *p, const struct finding *f)
{
	static const char *const confidence[CONF_MAX] = {
		[CONF_LOW] = "low: inferred, records are missing",
		[CONF_MEDIUM] = "medium: most steps are in the records",
		[CONF_HIGH] = "high: every step is in the records",
	};
	enum severity usual = f->detector->severity;

	strbuf_add_str(&p->line, severity_name(f->severity));
	if (f->severity != usual)
		strbuf_printf(&p->line, ", %s from %s by the circumstances",
			      f->severity > usual ? "raised" : "lowered",
			      severity_name(usual));
	if (f->detector->description[0]) {
		strbuf_add_str(&p->line, ": ");
		strbuf_add_str(&p->line, f->detector->description);
	}
	fact(p, "Severity");
	strbuf_add_str(&p->line, confidence[f->confidence]);
	if (f->caveat) {
		strbuf_add_str(&p->line, "; ");
		text_add(&p->line, f->caveat);
	}
	fact(p, "Confidence");
	if (f->suppressed) {
		text_add(&p->line, f->suppressed);
		fact(p, "Suppressed");
	}
}

static void print_attack(struct page *p, const struct finding *f)
{
	for (size_t i = 0; i < f->ntechniques; i++) {
		const struct technique_info *t = technique_info(f->techniques[i]);
		char url[TECHNIQUE_URL_MAX];

		technique_url(t, url);
		strbuf_printf(&p->line, "%s %s (", t->id, t->name);
		for (const char *c = t->tactics; *c; c++) {
			strbuf_add_char(&p->line, *c);
			if (*c == ',')
				strbuf_add_char(&p->line, ' ');
		}
		strbuf_printf(&p->line, ") %s", url);
		fact(p, i == 0 ? "ATT&CK" : "");
	}
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
	fputc('\n', p->out);
	print_when(p, f);
	text_fact(p, "Host", f->host);
	if (f->container)
		print_container(p, f->container);
	print_judgement(p, f);
	print_attack(p, f);
}

/* ---- the process ---- */

/* "www-data (33)", "uid 33", "nobody" */
static void add_user(struct page *p, const char *name, uint32_t id)
{
	if (id == AUDIT_ID_UNSET)
		strbuf_add_str(&p->line, "nobody");
	else if (name)
		text_add(&p->line, name);
	else
		strbuf_printf(&p->line, "uid %u", id);
	if (name && id != AUDIT_ID_UNSET)
		strbuf_printf(&p->line, " (%u)", id);
}

/* The finding's own ancestry, where the database has no tree for it. */
static void print_chain(struct page *p, const struct finding *f)
{
	for (size_t i = f->nancestry; i-- > 0;) {
		text_add_process(&p->line, f->ancestry[i]);
		strbuf_printf(&p->line, " (%lld)", (long long)f->ancestry[i]->pid);
		fact(p, i + 1 == f->nancestry ? "Started by" : "");
	}
}

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
		print_chain(p, show->finding);
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
	const struct finding_process *proc = show->finding->process;

	if (!proc)
		return;
	heading(p, "Process");
	print_tree(p, show);
	text_fact(p, "Program", proc->exe);
	if (proc->argc > 0)
		text_add_command(&p->line, proc->argv, proc->argc, proc->argc_total);
	fact(p, "Command");
	if (proc->pid > 0)
		strbuf_printf(&p->line, "%lld", (long long)proc->pid);
	if (proc->started != 0) {
		strbuf_add_str(&p->line, ", seen from ");
		add_stamp(p, proc->started);
	}
	fact(p, "Pid");
	text_fact(p, "Directory", proc->cwd);
	if (!proc->observed)
		return;
	add_user(p, proc->uid_name, proc->user_id);
	strbuf_add_str(&p->line, ", logged in as ");
	add_user(p, NULL, proc->auid);
	if (proc->ses != AUDIT_ID_UNSET)
		strbuf_printf(&p->line, " in session %u", proc->ses);
	if (proc->tty && strcmp(proc->tty, "(none)") != 0) {
		strbuf_add_str(&p->line, " on ");
		text_add(&p->line, proc->tty);
	}
	fact(p, "User");
}

/* ---- connection and file ---- */

/* The arrows of a data path, for terminals without them. */
static void add_data_path(struct page *p, const char *path)
{
	static const char arrow[] = "⇄";

	while (path && *path) {
		const char *next = p->look->utf8 ? NULL : strstr(path, arrow);
		size_t len = next ? (size_t)(next - path) : strlen(path);

		escape_add(&p->line, slice_make(path, len));
		strbuf_add_str(&p->line, next ? "<->" : "");
		path = next ? next + strlen(arrow) : NULL;
	}
}

static void print_network(struct page *p, const struct finding_network *n)
{
	if (!n)
		return;
	heading(p, "Connection");
	text_fact(p, "Direction", n->direction);
	text_add_address(&p->line, n->remote_addr, n->remote_port);
	fact(p, "Remote");
	text_add_address(&p->line, n->local_addr, n->local_port);
	fact(p, "Local");
	for (size_t i = 0; i < n->nfds; i++)
		strbuf_printf(&p->line, "%s%d", i ? ", " : "", n->fds[i]);
	if (n->mechanism) {
		strbuf_add_str(&p->line, n->nfds ? ", by " : "");
		text_add(&p->line, n->mechanism);
	}
	fact(p, "Descriptors");
	add_data_path(p, n->path);
	fact(p, "Data goes");
}

/* "sh -c id, exit 0" behind the time of day. */
static void print_command(struct page *p, const struct finding_command *c)
{
	if (c->time != 0) {
		add_stamp(p, c->time);
		fprintf(p->out, "%*s%s  ", INDENT, "",
			p->line.len > 11 ? strbuf_str(&p->line) + 11 : "");
		strbuf_clear(&p->line);
	} else {
		fprintf(p->out, "%*s", LABEL + INDENT + 2, "");
	}
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
	heading(p, "Session");
	if (s->started != 0)
		add_stamp(p, s->started);
	fact(p, "Began");
	if (s->last != 0 && s->last != s->ended)
		add_stamp(p, s->last);
	fact(p, "Last seen");
	if (s->ended != 0)
		add_stamp(p, s->ended);
	else
		strbuf_add_str(&p->line, "not seen");
	fact(p, "Ended");
	text_add_duration(&p->line, s);
	fact(p, "Lasted");
	strbuf_printf(&p->line, "%llu", (unsigned long long)s->commands);
	fact(p, "Commands");
	shown = p->look->raw || s->n < COMMANDS_SHOWN ? s->n : COMMANDS_SHOWN;
	for (size_t i = 0; i < shown; i++)
		print_command(p, &s->list[i]);
	if (shown < s->n)
		hint(p, show, s->n - shown, "more commands", "show --raw");
}

static void print_file(struct page *p, const struct finding *f)
{
	const struct finding_target *t = f->target;

	if (!t)
		return;
	heading(p, "File");
	text_add(&p->line, t->path ? t->path : "(no name)");
	/* "/tmp/x, a binary which the image does not hold" */
	if (t->how && strncmp(t->how, "which ", 6) == 0) {
		strbuf_add_str(&p->line, ", a ");
		text_add(&p->line, t->kind ? t->kind : "file");
		strbuf_add_char(&p->line, ' ');
	} else if (t->how || t->kind) {
		strbuf_add_str(&p->line, ", ");
	}
	text_add(&p->line, t->how ? t->how : t->kind);
	fact(p, "Path");
	text_fact(p, "Manifest", f->manifest);
	text_fact(p, "SHA-256", t->sha256);
	text_fact(p, "Expected", t->expected_sha256);
	if (t->sha256) {
		strbuf_add_str(&p->line, "https://www.virustotal.com/gui/file/");
		text_fact(p, "Look up", t->sha256);
	}
	if (t->writer) {
		text_add_process(&p->line, t->writer);
		if (t->writer->pid > 0)
			strbuf_printf(&p->line, " (pid %lld)", (long long)t->writer->pid);
		fact(p, "Written by");
	}
	text_fact(p, "From", t->origin);
}

/* ---- evidence ---- */

static int by_time(const void *a, const void *b)
{
	const struct event_id *x = &((const struct finding_evidence *)a)->id;
	const struct event_id *y = &((const struct finding_evidence *)b)->id;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void print_event(struct page *p, const struct finding_evidence *e)
{
	add_stamp(p, e->id.time);
	/* The day stands at the top of the page. */
	fprintf(p->out, "%*s%s  %s#%llu%s  ", INDENT, "",
		p->line.len > 11 ? strbuf_str(&p->line) + 11 : "",
		style_on(p->look, STYLE_BOLD), (unsigned long long)e->id.serial,
		style_off(p->look));
	strbuf_clear(&p->line);
	text_add(&p->line, e->what);
	text_wrap(p->out, strbuf_slice(&p->line), p->look->width, 2 * LABEL, 2 * LABEL);
	strbuf_clear(&p->line);
	if (e->raw)
		show_records(p->out, e->raw, 2 * INDENT, p->look);
}

static void print_evidence(struct page *p, const struct show *show)
{
	const struct finding *f = show->finding;
	struct finding_evidence *sorted;
	bool records = false;
	size_t shown = f->nevidence;

	if (f->nevidence == 0)
		return;
	if (!p->look->raw && shown > EVIDENCE_SHOWN)
		shown = EVIDENCE_SHOWN;
	sorted = xreallocarray(NULL, f->nevidence, sizeof(*sorted));
	memcpy(sorted, f->evidence, f->nevidence * sizeof(*sorted));
	qsort(sorted, f->nevidence, sizeof(*sorted), by_time);
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
	const char *steps = show->finding->detector->response;
	unsigned number = 0;

	while (*steps) {
		size_t len = strcspn(steps, "\n");

		if (show_add_step(&p->line, slice_make(steps, len), show)) {
			if (number == 0)
				heading(p, "What to do next");
			fprintf(p->out, "%*s%2u. ", INDENT, "", ++number);
			text_wrap(p->out, strbuf_slice(&p->line), p->look->width,
				  INDENT + 4, INDENT + 4);
		}
		strbuf_clear(&p->line);
		steps += len + (steps[len] == '\n');
	}
}

void show_print(FILE *out, const struct show *show, const struct report_options *look)
{
	struct page page = { .out = out, .look = look };

	strbuf_init(&page.line);
	print_head(&page, show);
	print_process(&page, show);
	print_network(&page, show->finding->network);
	print_session(&page, show);
	print_file(&page, show->finding);
	print_evidence(&page, show);
	print_related(&page, show);
	print_steps(&page, show);
	strbuf_fini(&page.line);
}
