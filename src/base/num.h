/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers from text: the whole slice must be the number, or false comes
 * back and *out is untouched. No signs but for num_i64, no blanks, no 0x.
 */
#ifndef AUSPEX_BASE_NUM_H
#define AUSPEX_BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

bool num_u64(struct slice s, uint64_t *out);
bool num_u32(struct slice s, uint32_t *out);
bool num_i64(struct slice s, int64_t *out);
bool num_hex64(struct slice s, uint64_t *out); /* either case */
bool num_oct64(struct slice s, uint64_t *out);
/* The value of a hex digit plus one; 0: it is none. */
extern const uint8_t num_hex_digits[256];
/* Value of one hex digit, or -1. */
static inline int num_hex_digit(char c)
{
	return num_hex_digits[(unsigned char)c] - 1;
}

#endif
