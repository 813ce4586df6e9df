/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that have commands of their own, as tables: auspex intel import. */
#ifndef AUSPEX_CMD_SUBCOMMAND_H
#define AUSPEX_CMD_SUBCOMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum { SUB_OPTIONS_MAX = 32 }; /* in one table */

struct sub_option {
	char letter;
	const char *name, *arg; /* arg NULL: takes none */
	const char *subs;       /* first letters of the subcommands that have it */
	const char *text;       /* for the help: one line, or two */
};

struct subcommand {
	const char *name, *args, *summary; /* no two begin with the same letter */
	int names_min, names_max;          /* of what is no option */
	/* args: as subcommands_run() was given them. Returns an exit status. */
	int (*run)(void *args);
};

struct subcommands {
	const char *command; /* above all of them: "intel" */
	const char *more;    /* that the help ends with */
	const struct subcommand *list;
	size_t n;
	const struct sub_option *options; /* 'h' is the help */
	size_t noptions;
	/* Takes optarg; false when it has no such value, or too many of them. */
	bool (*take)(void *args, int letter);
	void (*take_names)(void *args, char **names, int n);
};

/* argv[1] names the subcommand, or asks for help. Returns an exit status. */
int subcommands_run(const struct subcommands *subs, void *args, int argc, char **argv);

#endif
