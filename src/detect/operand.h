/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which program text an interpreter or the dynamic loader was told to run. */
#ifndef AUSPEX_DETECT_OPERAND_H
#define AUSPEX_DETECT_OPERAND_H

#include "state/proc.h"

/*
 * The script that the arguments name, as written there; NULL: none. Then
 * *from_stdin says whether it reads its text from standard input.
 */
const char *operand_script(const struct image *image, bool *from_stdin);
/* A further text, by an option: "node -r x", "gawk --file=x"; NULL: none. */
const char *operand_option(const struct image *image);
/* Is the script that operand_script() gave a module's name: "python3 -m x.y"? */
bool operand_is_module(const struct image *image, const char *operand);

/* Is it ld.so, run as a program? */
bool operand_is_loader(const struct image *image);
/* The program that ld.so will run; NULL: it only lists, or says what it is. */
const char *operand_loaded(const struct image *image);
/* ldd(1) runs ld.so with a variable set that no record shows; NULL is none. */
bool operand_is_ldd(const struct image *image);

#endif
