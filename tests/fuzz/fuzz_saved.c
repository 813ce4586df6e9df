/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an assembler has saved, as somebody may have changed it. */
#include <stdlib.h>

#include "audit/assemble.h"
#include "audit/limits.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_make((const char *)data, size);
	struct assembler *first = assembler_load(bytes), *second;
	struct strbuf once, twice;

	if (!first)
		return 0;
	if (assembler_open(first) > LIMIT_OPEN_EVENTS)
		abort();
	strbuf_init(&once);
	strbuf_init(&twice);
	assembler_save(first, &once);
	second = assembler_load(strbuf_slice(&once));
	if (!second)
		abort();
	assembler_save(second, &twice);
	if (!slice_eq(strbuf_slice(&once), strbuf_slice(&twice)))
		abort();
	assembler_flush(first);
	while (assembler_next(first))
		;
	strbuf_fini(&once);
	strbuf_fini(&twice);
	assembler_free(&first);
	assembler_free(&second);
	return 0;
}
