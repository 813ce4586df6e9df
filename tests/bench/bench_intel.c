/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look-ups in a file of indicators:
 *   bench_intel FILE TIMES    hashes of the numbers from 0 on, as intel.sh
 *                             makes them, in turn with such as are not there
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/digest.h"
#include "intel/set.h"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void hash_number(struct sha256 *ctx, unsigned long number, uint8_t out[SHA256_LEN])
{
	char text[32];

	sha256_add(ctx, text, (size_t)snprintf(text, sizeof(text), "%lu", number));
	sha256_end(ctx, out);
}

int main(int argc, char **argv)
{
	unsigned long times = argc == 3 ? strtoul(argv[2], NULL, 10) : 0, found = 0;
	const struct intel_import how = { .now = 1 };
	struct intel_set *set = intel_set_new();
	struct sha256 *ctx = sha256_new();
	uint8_t(*digests)[SHA256_LEN];
	struct intel_match match;
	struct arena arena;
	double begin, opened;
	struct err err;

	digests = calloc(times + 1, sizeof(*digests));
	begin = seconds();
	if (!times || !digests || intel_set_add(set, argv[1], &how, &err) != 0) {
		fprintf(stderr, "usage: bench_intel FILE TIMES\n%s\n",
			times ? err.msg : "");
		return 1;
	}
	opened = seconds() - begin;
	/* An odd factor: the keys come in no order. */
	for (unsigned long i = 0; i < times; i++)
		hash_number(ctx, i % 2 ? i * 7919 % 1000000 : 1000000 + i, digests[i]);
	arena_init(&arena);
	begin = seconds();
	for (unsigned long i = 0; i < times; i++) {
		found += intel_find_sha256(set, digests[i], SIZE_UNKNOWN, 0, &arena,
					   &match);
		arena_reset(&arena);
	}
	printf("opened in %.6f s; %lu look-ups, %lu found, %.0f a second\n", opened,
	       times, found, (double)times / (seconds() - begin));
	arena_fini(&arena);
	sha256_free(&ctx);
	intel_set_free(&set);
	free(digests);
	return found == times / 2 ? 0 : 1;
}
