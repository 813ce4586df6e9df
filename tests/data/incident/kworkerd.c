/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the attacker downloads and runs. It does nothing. */
#include <stdio.h>
#include <time.h>

int main(void)
{
	const struct timespec moment = { .tv_nsec = 200000000 };

	puts("kworkerd runs");
	fflush(stdout);
	return nanosleep(&moment, NULL);
}
