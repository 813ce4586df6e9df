/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for libFuzzer where it is not built in: runs the target once over
 * every file that is named, so that `make check` replays what fuzzing found.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"

enum { INPUT_MAX = 8 << 20 };

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes, *exact;
	size_t len;

	if (!file) {
		perror(path);
		return -1;
	}
	bytes = malloc(INPUT_MAX);
	len = bytes ? fread(bytes, 1, INPUT_MAX, file) : 0;
	fclose(file);
	/* Of the exact size, so that a sanitizer sees the byte behind it. */
	exact = bytes ? realloc(bytes, len ? len : 1) : NULL;
	if (!exact) {
		free(bytes);
		return -1;
	}
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (run_file(argv[i]) < 0)
			return EXIT_FAILURE;
	printf("%d passed, 0 failed\n", argc - 1);
	return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
