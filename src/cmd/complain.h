/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "auspex: ..." on standard error, one line, safe to look at. */
#ifndef AUSPEX_CMD_COMPLAIN_H
#define AUSPEX_CMD_COMPLAIN_H

#include "base/compiler.h"

void complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
