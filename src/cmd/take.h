/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of options that several commands take. */
#ifndef AUSPEX_CMD_TAKE_H
#define AUSPEX_CMD_TAKE_H

#include <stdbool.h>

#include "base/fsio.h"
#include "store/query.h"

/* Both are false after a complaint. command: who complains. */
bool take_time(const char *command, const char *option, const char *text, stamp_ms *out);
bool take_severity(const char *command, const char *text, struct finding_filter *filter);
/* To write to path; NULL and "-" are standard output. 0, or -1 after a complaint. */
int take_output(const char *path, struct fsio_out **out);

#endif
