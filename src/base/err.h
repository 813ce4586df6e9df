/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A complete message for a person: "FILE:LINE: what is wrong: what to do".
 * Functions that fill one return 0 or -1; on 0 it is untouched. A NULL
 * struct err * is allowed everywhere.
 */
#ifndef AUSPEX_BASE_ERR_H
#define AUSPEX_BASE_ERR_H

#include "base/compiler.h"

enum { ERR_MSG_MAX = 1024 };

struct err {
	char msg[ERR_MSG_MAX]; /* NUL-terminated, no newline, not escaped */
};

/* Always returns -1, so that "return err_set(err, ...)" reads well. */
int err_set(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
