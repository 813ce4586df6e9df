/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of conf/rules, as the build has put them into the program. */
#ifndef AUSPEX_DETECT_BUILTIN_RULES_H
#define AUSPEX_DETECT_BUILTIN_RULES_H

#include <stddef.h>

struct builtin_rule {
	const char *name; /* the file's, below conf/ */
	const char *text;
};

extern const struct builtin_rule builtin_rules[];
extern const size_t builtin_rules_count;

#endif
