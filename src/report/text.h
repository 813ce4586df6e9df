/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words and colours that more than one report uses. */
#ifndef AUSPEX_REPORT_TEXT_H
#define AUSPEX_REPORT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/strbuf.h"
#include "finding/finding.h"
#include "report/report.h"

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_INFO, /* the severities, in their order */
	STYLE_LOW,
	STYLE_MEDIUM,
	STYLE_HIGH,
	STYLE_CRITICAL,
	STYLE_MAX
};

enum style severity_style(enum severity severity);
/* The sequences around styled text; "" without colour. */
const char *style_on(const struct report_options *options, enum style style);
const char *style_off(const struct report_options *options);

/* Escaped; NULL adds nothing. */
void text_add(struct strbuf *out, const char *str);
/*
 * The command line: arguments escaped, blanks between, quoted as a shell
 * would need it where an argument has blanks or is empty. "..." follows
 * when there were more than are kept.
 */
void text_add_command(struct strbuf *out, const char *const *argv, size_t argc,
		      uint64_t total);
/* "bash -i", the executable, or "pid 812", whichever is known. */
void text_add_process(struct strbuf *out, const struct finding_process *process);
/* "sh -c id, exit 1", as far as it is known. */
void text_add_ran(struct strbuf *out, const struct finding_command *command);
/* "2 h 3 min", "4.250 s"; nothing where the beginning is not known. */
void text_add_duration(struct strbuf *out, const struct finding_session *session);
/* "web on node1", "node1", "web", or nothing. */
void text_add_place(struct strbuf *out, const struct finding *finding);

/* "203.0.113.9:4444", "[2001:db8::9]:4444"; port -1: none; addr NULL adds nothing. */
void text_add_address(struct strbuf *out, const char *addr, int32_t port);

/* Columns that s takes up; s is escaped. */
size_t text_width(struct slice s);
/* The longest beginning of s (escaped) that fits into width columns, in bytes. */
size_t text_fit(struct slice s, size_t width);

/*
 * Prints s (escaped), wrapped at blanks to the terminal's width with indent
 * blanks before each further line, and a newline. column: where it starts.
 */
void text_wrap(FILE *out, struct slice s, unsigned width, unsigned column,
	       unsigned indent);

#endif
