/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that cannot fail: the process aborts with a message instead.
 * Allowed because every table that grows has a named limit.
 */
#ifndef AUSPEX_BASE_XALLOC_H
#define AUSPEX_BASE_XALLOC_H

#include <stddef.h>

#include "base/compiler.h"

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* Overflow of count * size aborts. */
void *xreallocarray(void *ptr, size_t count, size_t size);
char *xstrdup(const char *str);
/* A NUL-terminated copy of len bytes. */
char *xmemdup0(const char *ptr, size_t len);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
