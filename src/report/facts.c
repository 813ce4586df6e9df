/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/stamp.h"
#include "base/xalloc.h"
#include "report/text.h"

enum {
	CONTAINER_SHORT = 12,
	CHAIN_MAX = 64,
};

void facts_init(struct facts *facts, bool utf8)
{
	*facts = (struct facts){ .utf8 = utf8 };
	arena_init(&facts->arena);
	strbuf_init(&facts->line);
}

void facts_fini(struct facts *facts)
{
	free(facts->room);
	strbuf_fini(&facts->line);
	arena_fini(&facts->arena);
}

static void begin(struct facts *facts)
{
	arena_fini(&facts->arena);
	arena_init(&facts->arena);
	facts->n = 0;
}

/* The line that was put together, as a fact; none when it is empty. */
static void fact_url(struct facts *facts, const char *label, const char *url)
{
	if (facts->line.len > 0) {
		if (facts->n == facts->cap) {
			facts->cap = facts->cap ? 2 * facts->cap : 16;
			facts->room = xreallocarray(facts->room, facts->cap,
						    sizeof(*facts->room));
			facts->list = facts->room;
		}
		facts->room[facts->n++] = (struct fact){
			.label = label,
			.text = arena_strdup(&facts->arena, strbuf_str(&facts->line)),
			.url = url ? arena_strdup(&facts->arena, url) : NULL,
		};
	}
	strbuf_clear(&facts->line);
}

static void fact(struct facts *facts, const char *label)
{
	fact_url(facts, label, NULL);
}

static void text_fact(struct facts *facts, const char *label, const char *text)
{
	text_add(&facts->line, text);
	fact(facts, label);
}

/* "2026-11-21 23:25:58.915" reads better than the T and the Z. */
static void add_stamp(struct strbuf *out, stamp_ms ms)
{
	char text[STAMP_MAX];

	stamp_iso(ms, text);
	if (strlen(text) == strlen("2026-11-21T23:25:58.915Z")) {
		text[10] = ' ';
		text[23] = '\0';
	}
	strbuf_add_str(out, text);
}

static void stamp_fact(struct facts *facts, const char *label, stamp_ms ms)
{
	if (ms != 0) {
		add_stamp(&facts->line, ms);
		strbuf_add_str(&facts->line, " UTC");
	}
	fact(facts, label);
}

/* ---- what it is ---- */

static void add_when(struct facts *facts, const struct finding *f)
{
	struct strbuf *line = &facts->line;

	if (f->first_seen == 0)
		return;
	add_stamp(line, f->first_seen);
	strbuf_add_str(line, " UTC");
	if (f->count > 1)
		strbuf_printf(line, ", %llu times", (unsigned long long)f->count);
	if (f->last_seen > f->first_seen) {
		strbuf_add_str(line, ", last seen ");
		add_stamp(line, f->last_seen);
	}
	fact(facts, "When");
}

static void add_container(struct facts *facts, const struct finding_container *c)
{
	struct strbuf *line = &facts->line;

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
	if (c->via && strcmp(c->via, "exec") == 0)
		strbuf_add_str(line, line->len ? ", entered by exec" : "entered by exec");
	fact(facts, "Container");
	text_add(line, c->image);
	if (c->image_digest) {
		strbuf_add_str(line, c->image ? " " : "");
		text_add(line, c->image_digest);
	}
	fact(facts, "Image");
	text_add(line, c->ns);
	strbuf_add_str(line, c->ns && c->pod ? "/" : "");
	text_add(line, c->pod);
	fact(facts, "Pod");
}

static void add_judgement(struct facts *facts, const struct finding *f)
{
	static const char *const confidence[CONF_MAX] = {
		[CONF_LOW] = "low: inferred, records are missing",
		[CONF_MEDIUM] = "medium: most steps are in the records",
		[CONF_HIGH] = "high: every step is in the records",
	};
	struct strbuf *line = &facts->line;
	enum severity usual = f->detector->severity;

	strbuf_add_str(line, severity_name(f->severity));
	if (f->severity != usual)
		strbuf_printf(line, ", %s from %s by the circumstances",
			      f->severity > usual ? "raised" : "lowered",
			      severity_name(usual));
	fact(facts, "Severity");
	text_fact(facts, "Why", f->detector->description);
	text_fact(facts, "Or honest", f->detector->honest);
	strbuf_add_str(line, confidence[f->confidence]);
	if (f->caveat) {
		strbuf_add_str(line, "; ");
		text_add(line, f->caveat);
	}
	fact(facts, "Confidence");
	text_fact(facts, "Confirmed", f->confirmed);
	text_fact(facts, "Suppressed", f->suppressed);
}

static void add_attack(struct facts *facts, const struct finding *f)
{
	for (size_t i = 0; i < f->ntechniques; i++) {
		const struct technique_info *t = technique_info(f->techniques[i]);
		char url[TECHNIQUE_URL_MAX];

		technique_url(t, url);
		strbuf_printf(&facts->line, "%s %s (", t->id, t->name);
		for (const char *c = t->tactics; *c; c++) {
			strbuf_add_char(&facts->line, *c);
			if (*c == ',')
				strbuf_add_char(&facts->line, ' ');
		}
		strbuf_add_char(&facts->line, ')');
		fact_url(facts, i == 0 ? "ATT&CK" : "", url);
	}
}

void facts_what(struct facts *facts, const struct finding *f)
{
	begin(facts);
	add_when(facts, f);
	text_fact(facts, "Host", f->host);
	if (f->container)
		add_container(facts, f->container);
	add_judgement(facts, f);
	add_attack(facts, f);
}

/* ---- the process ---- */

/* "www-data (33)", "uid 33", "nobody" */
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

static void add_login(struct facts *facts, const struct finding_process *p)
{
	struct strbuf *line = &facts->line;

	if (!p->observed)
		return;
	add_user(line, p->uid_name, p->user_id);
	strbuf_add_str(line, ", logged in as ");
	add_user(line, p->auid == p->user_id ? p->uid_name : NULL, p->auid);
	if (p->ses != AUDIT_ID_UNSET)
		strbuf_printf(line, " in session %u", p->ses);
	if (p->tty && strcmp(p->tty, "(none)") != 0) {
		strbuf_add_str(line, " on ");
		text_add(line, p->tty);
	}
	fact(facts, "User");
}

void facts_process(struct facts *facts, const struct finding *f)
{
	const struct finding_process *p = f->process;

	begin(facts);
	if (!p)
		return;
	text_fact(facts, "Program", p->exe);
	if (p->argc > 0)
		text_add_command(&facts->line, p->argv, p->argc, p->argc_total);
	fact(facts, "Command");
	if (p->argv_rest)
		strbuf_printf(&facts->line, "SHA-256 of the rest of the arguments: %s",
			      p->argv_rest);
	fact(facts, "");
	if (p->pid > 0)
		strbuf_printf(&facts->line, "%lld", (long long)p->pid);
	if (p->started != 0) {
		strbuf_add_str(&facts->line, p->pid > 0 ? ", seen from " : "seen from ");
		add_stamp(&facts->line, p->started);
	}
	fact(facts, "Pid");
	text_fact(facts, "Directory", p->cwd);
	for (size_t i = 0; i < p->nenv; i++)
		text_fact(facts, i == 0 ? "Environment" : "", p->env[i]);
	add_login(facts, p);
}

static void add_link(struct facts *facts, const struct finding_process *p)
{
	text_add_process(&facts->line, p);
	if (p->pid > 0)
		strbuf_printf(&facts->line, " (%lld)", (long long)p->pid);
	fact(facts, facts->n == 0 ? "Started by" : "");
}

void facts_chain(struct facts *facts, const struct finding *f)
{
	size_t n = f->nancestry < CHAIN_MAX ? f->nancestry : CHAIN_MAX;

	begin(facts);
	if (n == 0 || !f->process)
		return;
	while (n-- > 0)
		add_link(facts, f->ancestry[n]);
	add_link(facts, f->process);
}

/* ---- connection and file ---- */

/* The arrows of a data path, for terminals without them. */
static void add_data_path(struct facts *facts, const char *path)
{
	static const char arrow[] = "⇄";

	while (path && *path) {
		const char *next = facts->utf8 ? NULL : strstr(path, arrow);
		size_t len = next ? (size_t)(next - path) : strlen(path);

		escape_add(&facts->line, slice_make(path, len));
		strbuf_add_str(&facts->line, next ? "<->" : "");
		path = next ? next + strlen(arrow) : NULL;
	}
}

void facts_indicator(struct facts *facts, const struct finding *f)
{
	const struct finding_indicator *n = f->indicator;

	begin(facts);
	if (!n)
		return;
	text_fact(facts, "Kind", n->kind);
	text_fact(facts, "Value", n->value);
	text_fact(facts, "Known as", n->name);
	text_fact(facts, "Author", n->author);
	text_fact(facts, "Source", n->source);
	stamp_fact(facts, "Imported", n->imported);
}

void facts_network(struct facts *facts, const struct finding *f)
{
	const struct finding_network *n = f->network;
	struct strbuf *line = &facts->line;

	begin(facts);
	if (!n)
		return;
	text_fact(facts, "Direction", n->direction);
	text_add_address(line, n->remote_addr, n->remote_port);
	fact(facts, "Remote");
	text_add_address(line, n->local_addr, n->local_port);
	fact(facts, "Local");
	for (size_t i = 0; i < n->nfds; i++)
		strbuf_printf(line, "%s%d", i ? ", " : "", n->fds[i]);
	if (n->mechanism) {
		strbuf_add_str(line, n->nfds ? ", by " : "");
		text_add(line, n->mechanism);
	}
	fact(facts, "Descriptors");
	add_data_path(facts, n->path);
	fact(facts, "Data goes");
}

void facts_session(struct facts *facts, const struct finding *f)
{
	const struct finding_session *s = f->session;
	struct strbuf *line = &facts->line;

	begin(facts);
	if (!s)
		return;
	stamp_fact(facts, "Began", s->started);
	if (s->last != s->ended)
		stamp_fact(facts, "Last seen", s->last);
	stamp_fact(facts, "Ended", s->ended);
	if (s->ended == 0)
		text_fact(facts, "Ended", "not seen");
	text_add_duration(line, s);
	fact(facts, "Lasted");
	strbuf_printf(line, "%llu", (unsigned long long)s->commands);
	fact(facts, "Commands");
}

static bool is_digest(const char *text)
{
	return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static void add_digest(struct facts *facts, const char *sha256)
{
	struct strbuf url;

	strbuf_init(&url);
	strbuf_add_str(&url, "https://www.virustotal.com/gui/file/");
	strbuf_add_str(&url, sha256 ? sha256 : "");
	text_add(&facts->line, sha256);
	fact_url(facts, "SHA-256", is_digest(sha256) ? strbuf_str(&url) : NULL);
	strbuf_fini(&url);
}

/* "/tmp/x, a binary which the image does not hold" */
static void add_path(struct facts *facts, const struct finding_target *t)
{
	struct strbuf *line = &facts->line;

	text_add(line, t->path ? t->path : "(no name)");
	if (t->how && strncmp(t->how, "which ", 6) == 0) {
		strbuf_add_str(line, ", a ");
		text_add(line, t->kind ? t->kind : "file");
		strbuf_add_char(line, ' ');
	} else if (t->how || t->kind) {
		strbuf_add_str(line, ", ");
	}
	text_add(line, t->how ? t->how : t->kind);
	fact(facts, "Path");
}

void facts_file(struct facts *facts, const struct finding *f)
{
	const struct finding_target *t = f->target;
	struct strbuf *line = &facts->line;

	begin(facts);
	if (!t)
		return;
	add_path(facts, t);
	text_fact(facts, "Manifest", f->manifest);
	add_digest(facts, t->sha256);
	text_fact(facts, "Expected", t->expected_sha256);
	if (t->writer) {
		text_add_process(line, t->writer);
		if (t->writer->pid > 0)
			strbuf_printf(line, " (pid %lld)", (long long)t->writer->pid);
	}
	fact(facts, "Written by");
	text_fact(facts, "From", t->origin);
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

struct finding_evidence *facts_evidence(const struct finding *f)
{
	struct finding_evidence *sorted;

	if (f->nevidence == 0)
		return NULL;
	sorted = xreallocarray(NULL, f->nevidence, sizeof(*sorted));
	memcpy(sorted, f->evidence, f->nevidence * sizeof(*sorted));
	qsort(sorted, f->nevidence, sizeof(*sorted), by_time);
	return sorted;
}
