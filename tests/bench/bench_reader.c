/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads logs as analyze does, up to whole events. With --stages it reads them
 * four times, each time going one stage further, and says what each stage
 * adds: processor time in nanoseconds for a record.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/assemble.h"
#include "audit/record.h"
#include "audit/source.h"

enum stage { STAGE_LINES, STAGE_SCAN, STAGE_EVENTS, STAGE_DECODE };

struct run {
	enum stage stage;
	uint64_t lines, scanned, decoded;
	struct assembler *assembler;
};

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What detectors ask of many events. */
static void decode(struct run *run, const struct event *event)
{
	const struct event_path *paths;
	struct event_argv argv;

	run->decoded += event_paths(event, &paths);
	run->decoded += event_argv(event, &argv);
	run->decoded += event_cwd(event).len;
}

static void take_events(struct run *run)
{
	const struct event *event;

	while ((event = assembler_next(run->assembler))) {
		if (run->stage == STAGE_DECODE)
			decode(run, event);
	}
}

static void take_line(struct run *run, struct slice line)
{
	struct record record;

	run->lines++;
	if (run->stage == STAGE_SCAN)
		run->scanned += record_scan(line, &record);
	if (run->stage < STAGE_EVENTS)
		return;
	assembler_feed(run->assembler, line);
	take_events(run);
}

static int read_logs(struct run *run, const char *const *paths, size_t npaths)
{
	enum source_status status;
	struct source *source;
	struct slice line;
	struct err err;

	if (source_open(paths, npaths, &source, &err) < 0) {
		fprintf(stderr, "bench_reader: %s\n", err.msg);
		return -1;
	}
	while ((status = source_next(source, &line, &err)) != SOURCE_END) {
		if (status == SOURCE_LINE)
			take_line(run, line);
		else
			fprintf(stderr, "bench_reader: %s\n", err.msg);
	}
	assembler_flush(run->assembler);
	take_events(run);
	source_close(&source);
	return 0;
}

static int time_stages(const char *const *paths, size_t npaths)
{
	static const char *const names[] = { "read and cut lines", "scan records",
					     "assemble, decode SYSCALL",
					     "decode paths and arguments" };
	double before = 0;

	for (unsigned stage = STAGE_LINES; stage <= STAGE_DECODE; stage++) {
		double best = 1e9;
		struct run run;

		/* The least of some: others on the machine only ever add. */
		for (unsigned i = 0; i < 5; i++) {
			double start = seconds(CLOCK_PROCESS_CPUTIME_ID), took;

			run = (struct run){ .stage = stage,
					    .assembler = assembler_new() };
			if (read_logs(&run, paths, npaths) < 0)
				return 3;
			assembler_free(&run.assembler);
			took = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
			best = took < best ? took : best;
		}
		printf("%-28s %6.1f ns a record\n", names[stage],
		       (best - before) * 1e9 / (double)run.lines);
		before = best;
	}
	return 0;
}

static int time_all(const char *const *paths, size_t npaths)
{
	struct run run = { .stage = STAGE_EVENTS, .assembler = assembler_new() };
	const struct assembler_stats *s = assembler_stats(run.assembler);
	double start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);

	if (read_logs(&run, paths, npaths) < 0)
		return 3;
	printf("%.3f s, processor %.3f s: %" PRIu64 " records, %" PRIu64
	       " events, %" PRIu64 " incomplete, %" PRIu64 " lines that are no records\n",
	       seconds(CLOCK_MONOTONIC) - start, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
	       s->records, s->events, s->incomplete, s->malformed);
	assembler_free(&run.assembler);
	return 0;
}

int main(int argc, char **argv)
{
	bool stages = argc > 1 && strcmp(argv[1], "--stages") == 0;
	int first = stages ? 2 : 1;

	if (argc <= first) {
		fprintf(stderr, "usage: bench_reader [--stages] LOG...\n");
		return 2;
	}
	return (stages ? time_stages : time_all)((const char *const *)argv + first,
						 (size_t)(argc - first));
}
