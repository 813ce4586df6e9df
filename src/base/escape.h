/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings that others chose, made safe to look at. What a terminal would
 * act on or a person would not see (control bytes, DEL, C1, ESC, bidi and
 * zero-width characters) and what is no UTF-8 becomes \xHH, one for each
 * byte. A backslash stays as it is, except before "xHH", where it becomes
 * \x5c: so the text can be turned back into exactly the bytes it came from.
 * The result is valid UTF-8 on one line.
 */
#ifndef AUSPEX_BASE_ESCAPE_H
#define AUSPEX_BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "base/strbuf.h"

/* true: escape_add would add s unchanged. May be false for such an s too. */
bool escape_is_plain(struct slice s);
/* Appends s, escaped. */
void escape_add(struct strbuf *out, struct slice s);
/* Appends the bytes that escape_add made s from. */
void unescape_add(struct strbuf *out, struct slice s);

/*
 * Length in bytes (1 to 4) of the well-formed UTF-8 character that s begins
 * with, and its number; 0 when s is empty or begins with none.
 */
size_t utf8_scan(struct slice s, unsigned *out);

#endif
