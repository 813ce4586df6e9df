/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/num.h"
#include "report/formats.h"

/* A terminal that tells less than this is not believed. */
enum { WIDTH_LEAST = 40, WIDTH_USUAL = 80 };

static const struct report_format formats[] = {
	{ "table", "for people, a line each", NULL, table_finding, NULL },
	{ "jsonl", "JSON, an object a line", NULL, jsonl_finding, NULL },
	{ "csv", "for spreadsheets (RFC 4180)", csv_begin, csv_finding, NULL },
	{ "ocsf", "OCSF Detection Finding (2004), an object a line", NULL, ocsf_finding,
	  NULL },
	{ "ecs", "Elastic Common Schema, an alert a line", NULL, ecs_finding, NULL },
	{ "navigator", "a layer for ATT&CK Navigator", navigator_begin, navigator_finding,
	  navigator_end },
	{ "dot", "a graph for Graphviz", dot_begin, dot_finding, dot_end },
	{ 0 },
};

const struct report_format *report_formats(void)
{
	return formats;
}

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *f = formats; f->name; f++) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

static unsigned terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint32_t width = 0;

	if (columns && num_u32(slice_str(columns), &width) && width >= WIDTH_LEAST)
		return width;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_LEAST)
		return size.ws_col;
	return WIDTH_USUAL;
}

void report_options_for(FILE *out, struct report_options *options)
{
	bool terminal = isatty(fileno(out));
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	*options = (struct report_options){ 0 };
	options->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!terminal)
		return;
	options->width = terminal_width(fileno(out));
	/* https://no-color.org: set and not empty, whatever it says. */
	options->color = !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
}

void report_begin(struct report *report, const struct report_format *format, FILE *out,
		  const struct report_options *options)
{
	*report = (struct report){ .out = out, .format = format, .options = *options };
	if (format->begin)
		format->begin(report);
}

void report_finding(struct report *report, int64_t id, const struct finding *finding)
{
	report->format->finding(report, id, finding);
	report->count++;
}

int report_end(struct report *report, struct err *err)
{
	if (report->format->end)
		report->format->end(report);
	if (fflush(report->out) != 0 || ferror(report->out))
		return err_set(err, "output: %s: see that there is room for it",
			       strerror(errno));
	return 0;
}
