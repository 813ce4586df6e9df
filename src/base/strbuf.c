/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void strbuf_init(struct strbuf *sb)
{
	*sb = (struct strbuf){ 0 };
}

void strbuf_fini(struct strbuf *sb)
{
	free(sb->ptr);
	strbuf_init(sb);
}

void strbuf_clear(struct strbuf *sb)
{
	sb->len = 0;
	if (sb->ptr)
		sb->ptr[0] = '\0';
}

void strbuf_cut(struct strbuf *sb, size_t len)
{
	sb->len = len;
	if (sb->ptr)
		sb->ptr[len] = '\0';
}

static void reserve(struct strbuf *sb, size_t more)
{
	size_t cap = sb->cap ? sb->cap : 64;

	if (sb->len + more + 1 <= sb->cap)
		return;
	while (cap < sb->len + more + 1)
		cap *= 2;
	sb->ptr = xreallocarray(sb->ptr, cap, 1);
	sb->cap = cap;
}

void strbuf_add(struct strbuf *sb, const void *bytes, size_t len)
{
	reserve(sb, len);
	if (len)
		memcpy(sb->ptr + sb->len, bytes, len);
	sb->len += len;
	sb->ptr[sb->len] = '\0';
}

void strbuf_add_str(struct strbuf *sb, const char *str)
{
	strbuf_add(sb, str, strlen(str));
}

void strbuf_add_slice(struct strbuf *sb, struct slice s)
{
	strbuf_add(sb, s.ptr, s.len);
}

void strbuf_add_char(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void strbuf_printf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	reserve(sb, (size_t)len);
	va_start(ap, fmt);
	vsnprintf(sb->ptr + sb->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	sb->len += (size_t)len;
}

const char *strbuf_str(const struct strbuf *sb)
{
	return sb->ptr ? sb->ptr : "";
}
