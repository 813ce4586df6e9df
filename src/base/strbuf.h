/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing byte buffer; the one formatter into memory. */
#ifndef AUSPEX_BASE_STRBUF_H
#define AUSPEX_BASE_STRBUF_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/slice.h"

struct strbuf {
	char *ptr;  /* owned; NUL-terminated once anything was added */
	size_t len; /* without the NUL */
	size_t cap;
};

void strbuf_init(struct strbuf *sb);
void strbuf_fini(struct strbuf *sb);
/* Keeps the memory. */
void strbuf_clear(struct strbuf *sb);
/* Keeps the first len bytes; there are at least so many. */
void strbuf_cut(struct strbuf *sb, size_t len);
void strbuf_add(struct strbuf *sb, const void *bytes, size_t len);
void strbuf_add_str(struct strbuf *sb, const char *str);
void strbuf_add_slice(struct strbuf *sb, struct slice s);
void strbuf_add_char(struct strbuf *sb, char c);
void strbuf_printf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Never NULL; borrowed until the next change. */
const char *strbuf_str(const struct strbuf *sb);
static inline struct slice strbuf_slice(const struct strbuf *sb)
{
	return slice_make(sb->ptr, sb->len);
}

#endif
