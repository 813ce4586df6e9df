/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * auspex-keeper: what `auspex plugin` executes in its own place, after it has
 * read the settings and given up what the keeper does not need. Knows the C
 * library and nothing else: auspex-plugin(8) says what for.
 *
 *   auspex-keeper RING_MIB CHILDREN PROGRAM plugin --role ROLE [ARGUMENT]...
 *
 * CHILDREN: letters, h a helper, p a probe. From PROGRAM on it is the children's
 * own command line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <syslog.h>

#include "keeper/keeper.h"
#include "keeper/links.h"

enum {
	ARG_RING = 1,
	ARG_CHILDREN,
	ARG_PROGRAM,
	ARGS_MIN = ARG_PROGRAM + KEEPER_ROLE_ARG + 1,
	RING_MIB_MAX = 1 << 20,
};

/* Others have descriptors of that number, make's children among them. */
static bool has_program(void)
{
	int flags = fcntl(LINK_PROGRAM, F_GETFL);

	return flags >= 0 && (flags & O_PATH);
}

static bool parse(struct keeper_setup *setup, int argc, char **argv)
{
	char *end;
	unsigned long mib;

	if (argc < ARGS_MIN || !has_program())
		return false;
	mib = strtoul(argv[ARG_RING], &end, 10);
	if (*end || mib == 0 || mib > RING_MIB_MAX)
		return false;
	setup->ring_size = (size_t)mib << 20;
	setup->helper = strchr(argv[ARG_CHILDREN], 'h');
	setup->probe = strchr(argv[ARG_CHILDREN], 'p');
	setup->argv = argv + ARG_PROGRAM;
	return true;
}

int main(int argc, char **argv)
{
	struct keeper_setup setup;
	struct err err;

	if (!parse(&setup, argc, argv)) {
		fputs("auspex-keeper: is started by \"auspex plugin\" alone: see "
		      "auspex-plugin(8)\n",
		      stderr);
		return 2;
	}
	prctl(PR_SET_NAME, "auspex-keeper");
	if (keeper_run(&setup, &err) == 0)
		return 0;
	fprintf(stderr, "auspex-keeper: %s\n", err.msg);
	syslog(LOG_DAEMON | LOG_ERR, "%s", err.msg);
	return 3;
}
