/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/progress.h"

#include <stdio.h>
#include <unistd.h>

static double since(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

void progress_init(struct progress *progress)
{
	*progress = (struct progress){ .on = isatty(STDERR_FILENO) };
	clock_gettime(CLOCK_MONOTONIC, &progress->start);
	progress->last = progress->start;
}

void progress_show(struct progress *progress, const struct source_pos *pos,
		   uint64_t events, uint64_t findings)
{
	struct timespec now;
	double spent;

	if (!progress->on)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (since(&progress->last, &now) < 0.2)
		return;
	progress->last = now;
	progress->shown = true;
	spent = since(&progress->start, &now);
	fprintf(stderr, "\r\033[K%llu MB, %llu events, %llu findings",
		(unsigned long long)pos->bytes_done >> 20, (unsigned long long)events,
		(unsigned long long)findings);
	if (pos->bytes_all > pos->bytes_done && pos->bytes_done)
		fprintf(stderr, ", %.0f s left",
			spent * (double)(pos->bytes_all - pos->bytes_done) /
				(double)pos->bytes_done);
	fflush(stderr);
}

void progress_clear(struct progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\033[K", stderr);
	progress->shown = false;
}
