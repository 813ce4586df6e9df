/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is let through to libauparse must not break it. */
#include "audit/interp.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf out;

	strbuf_init(&out);
	interp_event(slice_make((const char *)data, size), &out);
	strbuf_fini(&out);
	return 0;
}
