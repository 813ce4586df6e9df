/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTML that holds what others wrote. Everything that is not markup of our own
 * goes through one of these, as text and as the value of an attribute in
 * double quotes.
 */
#ifndef AUSPEX_REPORT_HTML_H
#define AUSPEX_REPORT_HTML_H

#include <stdio.h>

#include "base/slice.h"
#include "base/strbuf.h"
#include "finding/finding.h"

/* s: of our own or escaped already (base/escape.h); its markup is taken away. */
void html_shown(FILE *out, struct slice s);
/* The same of what was put together, which is empty afterwards. */
void html_take(FILE *out, struct strbuf *line);
/* Bytes of others: escaped, then without markup; NULL prints nothing. */
void html_text(FILE *out, const char *str);
/* Several lines of others, each escaped. */
void html_lines(FILE *out, const char *str);
/* <time>: seconds to read, milliseconds for machines; 0 prints nothing. */
void html_time(FILE *out, stamp_ms ms);
/* The same with the milliseconds, without the day. */
void html_time_ms(FILE *out, stamp_ms ms);

enum { HTML_HASH_MAX = 64 };
/* "sha256-...", as a Content-Security-Policy names an inline script or style. */
void html_hash(const char *text, char out[HTML_HASH_MAX]);

#endif
