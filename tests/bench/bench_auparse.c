/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of every libauparse program, and nothing in it. */
#include <auparse.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	unsigned long events = 0, records = 0;
	auparse_state_t *au;

	if (argc != 2) {
		fprintf(stderr, "usage: bench_auparse LOG\n");
		return 2;
	}
	au = auparse_init(AUSOURCE_FILE, argv[1]);
	if (!au) {
		perror(argv[1]);
		return 3;
	}
	while (auparse_next_event(au) > 0) {
		events++;
		do {
			records++;
		} while (auparse_next_record(au) > 0);
	}
	auparse_destroy(au);
	printf("%lu records, %lu events\n", records, events);
	return 0;
}
