/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/xalloc.h"

void complain(const char *fmt, ...)
{
	struct strbuf line;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	strbuf_init(&line);
	escape_add(&line, slice_str(text));
	fprintf(stderr, "auspex: %s\n", strbuf_str(&line));
	strbuf_fini(&line);
	free(text);
}
