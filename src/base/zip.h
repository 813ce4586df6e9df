/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes made small, and back (zstd); zip.c is the only file that knows libzstd. */
#ifndef AUSPEX_BASE_ZIP_H
#define AUSPEX_BASE_ZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "base/strbuf.h"

struct zip;

/* What comes out is appended to out, which must live until zip_end(). */
struct zip *zip_new(struct strbuf *out);
/* The same, but what comes out is given to take, as soon as it is there. */
struct zip *zip_new_to(void (*take)(void *ctx, const void *bytes, size_t len), void *ctx);
void zip_add(struct zip *zip, const void *bytes, size_t len);
/* Writes the rest; frees and leaves NULL. */
void zip_end(struct zip **zip);

/* Appends at most max bytes; false: damaged, or more than that. */
bool unzip(struct slice bytes, size_t max, struct strbuf *out);

#endif
