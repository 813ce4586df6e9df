/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is this program a shell, and where does it take its commands from? */
#ifndef AUSPEX_DETECT_SHELL_KIND_H
#define AUSPEX_DETECT_SHELL_KIND_H

#include "state/proc.h"

enum shell_kind { SHELL_NONE, SHELL_SHELL, SHELL_INTERPRETER };

enum shell_input {
	SHELL_READS_STDIN, /* interactive, -s, or no program given */
	SHELL_COMMAND,     /* -c "..." */
	SHELL_SCRIPT,      /* a file */
};

/* By the executable that the kernel resolved; busybox by its applet. */
enum shell_kind shell_kind(const struct image *image);
/* By the arguments; SHELL_READS_STDIN where they were not recorded. */
enum shell_input shell_input(const struct image *image, enum shell_kind kind);
/* The string behind -c, or the script's name; NULL: none. */
const char *shell_argument(const struct image *image, enum shell_kind kind);

#endif
