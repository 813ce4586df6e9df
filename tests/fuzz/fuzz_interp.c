/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is let through to libauparse must not break it. */
#include "audit/interp.h"

#include <string.h>

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make((const char *)data, size);
	struct strbuf out;

	strbuf_init(&out);
	while (rest.len > 0) {
		const char *newline = memchr(rest.ptr, '\n', rest.len);
		size_t len = newline ? (size_t)(newline - rest.ptr) : rest.len;

		interp_record(slice_make(rest.ptr, len), &out);
		rest = slice_skip(rest, len + 1);
	}
	strbuf_fini(&out);
	return 0;
}
