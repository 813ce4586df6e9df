/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each line is the body of an EXECVE record; all of them are one event. */
#include <stdlib.h>
#include <string.h>

#include "audit/assemble.h"
#include "audit/limits.h"
#include "base/strbuf.h"
#include "fuzz/mutate.h"

static void check(const struct event *event)
{
	struct event_argv argv, again;
	volatile char last;
	size_t bytes = 0;

	if (!event_argv(event, &argv) || !event_argv(event, &again))
		abort();
	if (argv.argc > LIMIT_ARGS_KEPT || argv.argc > argv.total ||
	    argv.argv != again.argv)
		abort();
	for (uint32_t i = 0; i < argv.argc; i++) {
		bytes += argv.argv[i].len;
		/* Reads every byte, for the sanitizer's sake. */
		for (size_t k = 0; k < argv.argv[i].len; k++)
			last = argv.argv[i].ptr[k];
	}
	(void)last;
	if (bytes > LIMIT_ARGV_BYTES)
		abort();
	/* Arguments that are not here are said to be cut. */
	if (argv.argc < argv.total && !argv.cut)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);
	struct assembler *assembler = assembler_new();
	struct strbuf line;
	struct event *event;

	strbuf_init(&line);
	while (text.len) {
		const char *newline = memchr(text.ptr, '\n', text.len);
		size_t len = newline ? (size_t)(newline - text.ptr) : text.len;

		strbuf_clear(&line);
		strbuf_add_str(&line, "type=EXECVE msg=audit(1.000:1): ");
		strbuf_add(&line, text.ptr, len);
		assembler_feed(assembler, strbuf_slice(&line));
		fuzz_count_record();
		text = slice_skip(text, len + 1);
	}
	assembler_flush(assembler);
	event = assembler_next(assembler);
	if (event)
		check(event);
	strbuf_fini(&line);
	assembler_free(&assembler);
	return 0;
}
