/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads logs as analyze does, up to whole events, and says how long it took. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "audit/assemble.h"
#include "audit/source.h"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct assembler *assembler = assembler_new();
	const struct assembler_stats *stats = assembler_stats(assembler);
	struct source *source;
	enum source_status status;
	struct slice line;
	struct err err;
	double start = seconds();

	if (argc < 2) {
		fprintf(stderr, "usage: bench_reader LOG...\n");
		return 2;
	}
	if (source_open((const char *const *)argv + 1, (size_t)argc - 1, &source, &err) < 0) {
		fprintf(stderr, "bench_reader: %s\n", err.msg);
		return 3;
	}
	while ((status = source_next(source, &line, &err)) != SOURCE_END) {
		if (status == SOURCE_ERROR) {
			fprintf(stderr, "bench_reader: %s\n", err.msg);
			continue;
		}
		assembler_feed(assembler, line);
		while (assembler_next(assembler))
			;
	}
	assembler_flush(assembler);
	while (assembler_next(assembler))
		;
	printf("%.4f s, %" PRIu64 " records, %" PRIu64 " events, %" PRIu64
	       " incomplete, %" PRIu64 " malformed, %" PRIu64 " late, ends %" PRIu64
	       " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	       seconds() - start, stats->records, stats->events, stats->incomplete,
	       stats->malformed, stats->late, stats->ends[EVENT_COMPLETE],
	       stats->ends[EVENT_TIMEOUT], stats->ends[EVENT_OVERFLOW],
	       stats->ends[EVENT_FLUSH]);
	source_close(&source);
	assembler_free(&assembler);
	return 0;
}
