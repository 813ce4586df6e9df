/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion for shells: commands out of their table, values out of those of
 * formats, severities and detectors; options as a command's --help has them.
 */
#ifndef AUSPEX_CMD_COMPLETION_H
#define AUSPEX_CMD_COMPLETION_H

#include <stddef.h>

#include "cmd/cmd.h"

/* Prints the script for bash, zsh or fish. Returns an exit status. */
int completion_print(const char *shell, const struct cmd *commands, size_t n);

#endif
