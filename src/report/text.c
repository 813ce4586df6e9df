/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/text.h"

#include <wchar.h>

#include "base/escape.h"

/* ECMA-48 "select graphic rendition". */
static const char *const styles[STYLE_MAX] = {
	[STYLE_PLAIN] = "",          [STYLE_BOLD] = "\033[1m",
	[STYLE_DIM] = "\033[2m",     [STYLE_INFO] = "\033[2m",
	[STYLE_LOW] = "\033[36m",    [STYLE_MEDIUM] = "\033[33m",
	[STYLE_HIGH] = "\033[1;31m", [STYLE_CRITICAL] = "\033[1;97;41m",
};

/* Too narrow to wrap into: the line is left to the terminal. */
enum { WRAP_LEAST = 24 };

enum style severity_style(enum severity severity)
{
	return (enum style)(STYLE_INFO + (int)severity);
}

const char *style_on(const struct report_options *options, enum style style)
{
	return options->color ? styles[style] : "";
}

const char *style_off(const struct report_options *options)
{
	return options->color ? "\033[0m" : "";
}

void text_add(struct strbuf *out, const char *str)
{
	if (str)
		escape_add(out, slice_str(str));
}

static bool needs_quotes(const char *arg)
{
	return arg[0] == '\0' || strpbrk(arg, " '\"`$&|;<>(){}[]*?!#~");
}

void text_add_command(struct strbuf *out, const char *const *argv, size_t argc,
		      uint64_t total)
{
	for (size_t i = 0; i < argc; i++) {
		if (i > 0)
			strbuf_add_char(out, ' ');
		if (!needs_quotes(argv[i])) {
			text_add(out, argv[i]);
			continue;
		}
		strbuf_add_char(out, '\'');
		for (const char *p = argv[i]; *p;) {
			size_t run = strcspn(p, "'");

			escape_add(out, slice_make(p, run));
			p += run;
			if (*p) {
				strbuf_add_str(out, "'\\''");
				p++;
			}
		}
		strbuf_add_char(out, '\'');
	}
	if (total > argc)
		strbuf_printf(out, " ... (%llu arguments)", (unsigned long long)total);
}

void text_add_process(struct strbuf *out, const struct finding_process *process)
{
	if (process->argc > 0)
		text_add_command(out, process->argv, process->argc, process->argc_total);
	else if (process->exe || process->comm)
		text_add(out, process->exe ? process->exe : process->comm);
	else
		strbuf_add_str(out, "(not observed)");
}

void text_add_ran(struct strbuf *out, const struct finding_command *c)
{
	const struct finding_process p = { .exe = c->exe,
					   .comm = c->comm,
					   .argv = c->argv,
					   .argc = c->argc,
					   .argc_total = c->argc_total };

	text_add_process(out, &p);
	if (c->pid > 0)
		strbuf_printf(out, " (%lld)", (long long)c->pid);
	if (c->has_exit)
		strbuf_printf(out, ", exit %lld", (long long)c->exit_code);
}

void text_add_duration(struct strbuf *out, const struct finding_session *s)
{
	stamp_ms end = s->ended ? s->ended : s->last, ms = end - s->started;

	if (s->started == 0 || ms < 0)
		return;
	if (ms < 60 * 1000)
		strbuf_printf(out, "%lld.%03lld s", (long long)(ms / 1000),
			      (long long)(ms % 1000));
	else if (ms < 3600 * 1000)
		strbuf_printf(out, "%lld min %lld s", (long long)(ms / 60000),
			      (long long)(ms / 1000 % 60));
	else
		strbuf_printf(out, "%lld h %lld min", (long long)(ms / 3600000),
			      (long long)(ms / 60000 % 60));
	if (s->ended == 0)
		strbuf_add_str(out, " so far");
}

void text_add_place(struct strbuf *out, const struct finding *finding)
{
	const struct finding_container *c = finding->container;

	if (c && c->name)
		text_add(out, c->name);
	else if (c && c->id)
		escape_add(out, slice_make(c->id, strnlen(c->id, 12)));
	if (c && (c->name || c->id) && finding->host)
		strbuf_add_str(out, " on ");
	text_add(out, finding->host);
}

void text_add_address(struct strbuf *out, const char *addr, int32_t port)
{
	bool colons = addr && strchr(addr, ':');

	if (!addr)
		return;
	strbuf_add_str(out, colons && port >= 0 ? "[" : "");
	text_add(out, addr);
	strbuf_add_str(out, colons && port >= 0 ? "]" : "");
	if (port >= 0)
		strbuf_printf(out, ":%d", port);
}

/* Columns of one character; what the locale does not know counts as one. */
static size_t char_width(unsigned cp)
{
	int width = cp < 0x80 ? 1 : wcwidth((wchar_t)cp);

	return width < 0 ? 1 : (size_t)width;
}

size_t text_fit(struct slice s, size_t width)
{
	size_t columns = 0, at = 0;

	while (at < s.len) {
		unsigned cp = ' ';
		size_t len = utf8_scan(slice_skip(s, at), &cp);

		columns += char_width(cp);
		if (columns > width)
			break;
		at += len ? len : 1;
	}
	return at;
}

size_t text_width(struct slice s)
{
	size_t columns = 0;

	while (s.len > 0) {
		unsigned cp = ' ';
		size_t len = utf8_scan(s, &cp);

		columns += char_width(cp);
		s = slice_skip(s, len ? len : 1);
	}
	return columns;
}

void text_wrap(FILE *out, struct slice s, unsigned width, unsigned column,
	       unsigned indent)
{
	if (width < indent + WRAP_LEAST)
		width = 0;
	while (width > 0 && text_width(s) > width - column) {
		size_t fit = text_fit(s, width - column), cut = fit;

		while (cut > 0 && s.ptr[cut] != ' ')
			cut--;
		if (cut == 0) /* a word longer than the line */
			cut = fit;
		fwrite(s.ptr, 1, cut, out);
		s = slice_skip(s, cut);
		while (s.len > 0 && s.ptr[0] == ' ')
			s = slice_skip(s, 1);
		if (s.len > 0)
			fprintf(out, "\n%*s", (int)indent, "");
		column = indent;
	}
	if (s.len > 0)
		fwrite(s.ptr, 1, s.len, out);
	fputc('\n', out);
}
