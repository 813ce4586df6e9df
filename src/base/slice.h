/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A borrowed run of bytes. A slice owns nothing; it is valid as long as
 * the memory that it was cut from. Bytes may be anything, NUL included.
 */
#ifndef AUSPEX_BASE_SLICE_H
#define AUSPEX_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *ptr;
	size_t len;
};

#define SLICE_LIT(s) ((struct slice){ "" s, sizeof(s) - 1 })
#define SLICE_FMT(s) (int)(s).len, (s).ptr

static inline struct slice slice_make(const char *ptr, size_t len)
{
	return (struct slice){ ptr, len };
}

/* A NULL string becomes the empty slice. */
static inline struct slice slice_str(const char *str)
{
	return (struct slice){ str, str ? strlen(str) : 0 };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Most differ in their first byte, which is far cheaper to see. */
static inline bool slice_eq_str(struct slice a, const char *b)
{
	return (a.len == 0 || (b && a.ptr[0] == b[0])) && slice_eq(a, slice_str(b));
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool slice_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len &&
	       (suffix.len == 0 ||
		memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/* The slice without its first n bytes (empty when it is shorter). */
static inline struct slice slice_skip(struct slice s, size_t n)
{
	if (n > s.len)
		n = s.len;
	return (struct slice){ s.len ? s.ptr + n : s.ptr, s.len - n };
}

/* What stands behind the last '/', or the whole. */
struct slice slice_basename(struct slice path);

#endif
