/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a command ask who and where it is, as intruders do first? */
#ifndef AUSPEX_DETECT_QUESTION_H
#define AUSPEX_DETECT_QUESTION_H

#include "detect/shell_kind.h"

/* STRONG: hardly ever asked by a service. */
enum question { NO_QUESTION, QUESTION, STRONG_QUESTION };

/* kind and input are image's. */
enum question question_of(const struct image *image, enum shell_kind kind,
			  enum shell_input input);

#endif
