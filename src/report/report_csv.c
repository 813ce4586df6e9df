/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CSV as RFC 4180 says it: CRLF, quotes where needed, doubled inside. A
 * cell that a spreadsheet would take for a formula gets an apostrophe.
 */
#include <inttypes.h>

#include "base/escape.h"
#include "base/stamp.h"
#include "report/formats.h"
#include "report/text.h"

static const char header[] =
	"id,severity,confidence,first_seen,last_seen,count,host,container,image,detector,"
	"title,techniques,summary,pid,exe,command,path,sha256,remote_addr,remote_port,"
	"uid\r\n";

void csv_begin(struct report *report)
{
	fputs(header, report->out);
}

/* The cell and what stands behind it. str: escaped; NULL is an empty cell. */
static void cell(FILE *out, const char *str, const char *behind)
{
	bool quote = str && strpbrk(str, ",\"\r\n '");

	if (quote)
		fputc('"', out);
	if (str && str[0] && strchr("=+-@\t\r", str[0]))
		fputc('\'', out);
	for (const char *p = str ? str : ""; *p; p++) {
		if (*p == '"')
			fputc('"', out);
		fputc(*p, out);
	}
	fprintf(out, "%s%s", quote ? "\"" : "", behind);
}

/* One that others wrote. */
static void text_cell(FILE *out, const char *str)
{
	struct strbuf sb;

	strbuf_init(&sb);
	text_add(&sb, str);
	cell(out, strbuf_str(&sb), ",");
	strbuf_fini(&sb);
}

static void number_cell(FILE *out, bool known, int64_t value)
{
	if (known)
		fprintf(out, "%" PRId64, value);
	fputc(',', out);
}

static void stamp_cell(FILE *out, stamp_ms ms)
{
	char text[STAMP_MAX] = "";

	if (ms != 0)
		stamp_iso(ms, text);
	cell(out, text, ",");
}

static void process_cells(FILE *out, const struct finding_process *p)
{
	struct strbuf command;

	strbuf_init(&command);
	if (p && p->argc > 0)
		text_add_command(&command, p->argv, p->argc, p->argc_total);
	number_cell(out, p && p->pid > 0, p ? p->pid : 0);
	text_cell(out, p ? p->exe : NULL);
	cell(out, strbuf_str(&command), ",");
	strbuf_fini(&command);
}

void csv_finding(struct report *report, int64_t id, const struct finding *f)
{
	const struct finding_container *c = f->container;
	const struct finding_target *t = f->target;
	const struct finding_network *n = f->network;
	FILE *out = report->out;
	struct strbuf techniques;

	strbuf_init(&techniques);
	for (size_t i = 0; i < f->ntechniques; i++)
		strbuf_printf(&techniques, "%s%s", i ? " " : "",
			      technique_info(f->techniques[i])->id);
	number_cell(out, id > 0, id);
	cell(out, severity_name(f->severity), ",");
	cell(out, confidence_name(f->confidence), ",");
	stamp_cell(out, f->first_seen);
	stamp_cell(out, f->last_seen);
	number_cell(out, true, (int64_t)f->count);
	text_cell(out, f->host);
	text_cell(out, !c ? NULL : c->name ? c->name : c->id);
	text_cell(out, c ? c->image : NULL);
	text_cell(out, f->detector->id);
	text_cell(out, f->detector->title);
	cell(out, strbuf_str(&techniques), ",");
	text_cell(out, f->summary);
	process_cells(out, f->process);
	text_cell(out, t ? t->path : NULL);
	text_cell(out, t ? t->sha256 : NULL);
	text_cell(out, n ? n->remote_addr : NULL);
	number_cell(out, n && n->remote_port >= 0, n ? n->remote_port : 0);
	cell(out, f->uid, "\r\n");
	strbuf_fini(&techniques);
}
