/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as a graph for Graphviz: ancestry, files and peers. */
#include "base/escape.h"
#include "report/formats.h"

/* A quoted string of the DOT language; what is no plain text is escaped. */
static void add_quoted(struct strbuf *out, const char *text)
{
	struct strbuf plain;

	strbuf_init(&plain);
	escape_add(&plain, slice_str(text));
	strbuf_add_char(out, '"');
	for (size_t i = 0; i < plain.len; i++) {
		if (plain.ptr[i] == '"' || plain.ptr[i] == '\\')
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, plain.ptr[i]);
	}
	strbuf_add_char(out, '"');
	strbuf_fini(&plain);
}

static void node(FILE *to, const char *name, const char *label, const char *attributes)
{
	struct strbuf line;

	strbuf_init(&line);
	strbuf_add_str(&line, "  ");
	add_quoted(&line, name);
	strbuf_add_str(&line, " [label=");
	add_quoted(&line, label);
	strbuf_printf(&line, "%s];\n", attributes);
	fputs(strbuf_str(&line), to);
	strbuf_fini(&line);
}

static void edge(FILE *to, const char *a, const char *b, const char *attributes)
{
	struct strbuf line;

	strbuf_init(&line);
	strbuf_add_str(&line, "  ");
	add_quoted(&line, a);
	strbuf_add_str(&line, " -> ");
	add_quoted(&line, b);
	strbuf_printf(&line, "%s;\n", attributes);
	fputs(strbuf_str(&line), to);
	strbuf_fini(&line);
}

static const char *name_of(const struct finding_process *p, char out[64])
{
	if (p->uid)
		snprintf(out, 64, "%s", p->uid);
	else
		snprintf(out, 64, "pid %lld", (long long)p->pid);
	return out;
}

static void process_node(FILE *to, const struct finding_process *p,
			 const char *attributes)
{
	struct strbuf label;
	char name[64];

	strbuf_init(&label);
	for (size_t i = 0; p->argv && i < p->argc && label.len < 60; i++)
		strbuf_printf(&label, "%s%s", i ? " " : "", p->argv[i]);
	if (label.len == 0)
		strbuf_add_str(&label, p->exe ? p->exe : "(not observed)");
	strbuf_printf(&label, " (%lld)", (long long)p->pid);
	node(to, name_of(p, name), strbuf_str(&label), attributes);
	strbuf_fini(&label);
}

void dot_begin(struct report *report)
{
	fputs("digraph auspex {\n  rankdir=LR;\n"
	      "  node [shape=box, fontname=\"monospace\", fontsize=10];\n",
	      report->out);
}

static void draw_network(FILE *to, const char *process, const struct finding_network *n)
{
	char peer[192];

	if (!n->remote_addr)
		return;
	snprintf(peer, sizeof(peer), "%s:%d", n->remote_addr, n->remote_port);
	node(to, peer, peer, ", shape=ellipse");
	edge(to, process, peer, " [dir=both, color=red]");
}

static void draw_target(FILE *to, const char *process, const struct finding_target *t)
{
	char writer[64];

	if (!t->path)
		return;
	node(to, t->path, t->path, ", shape=note");
	edge(to, t->path, process, " [style=dashed]");
	if (t->writer) {
		process_node(to, t->writer, "");
		edge(to, name_of(t->writer, writer), t->path, " [label=\"wrote\"]");
	}
}

void dot_finding(struct report *report, int64_t id, const struct finding *f)
{
	char below[64], above[64];

	(void)id;
	if (!f->process)
		return;
	process_node(report->out, f->process, ", color=red, penwidth=2");
	name_of(f->process, below);
	if (f->network)
		draw_network(report->out, below, f->network);
	if (f->target)
		draw_target(report->out, below, f->target);
	for (size_t i = 0; i < f->nancestry; i++) {
		process_node(report->out, f->ancestry[i], "");
		edge(report->out, name_of(f->ancestry[i], above), below, "");
		snprintf(below, sizeof(below), "%s", above);
	}
}

void dot_end(struct report *report)
{
	fputs("}\n", report->out);
}
