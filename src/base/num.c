/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/num.h"

bool num_u64(struct slice s, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(unsigned char)s.ptr[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*out = value;
	return true;
}

bool num_u32(struct slice s, uint32_t *out)
{
	uint64_t wide;

	if (!num_u64(s, &wide) || wide > UINT32_MAX)
		return false;
	*out = (uint32_t)wide;
	return true;
}

bool num_i64(struct slice s, int64_t *out)
{
	bool negative = s.len && s.ptr[0] == '-';
	uint64_t wide;

	if (!num_u64(negative ? slice_skip(s, 1) : s, &wide))
		return false;
	if (wide > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	*out = negative ? (int64_t)(0 - wide) : (int64_t)wide;
	return true;
}

const uint8_t num_hex_digits[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static bool num_pow2(struct slice s, unsigned bits, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		int digit = num_hex_digit(s.ptr[i]);

		if (digit < 0 || digit >= 1 << bits || value >> (64 - bits))
			return false;
		value = value << bits | (unsigned)digit;
	}
	*out = value;
	return true;
}

bool num_hex64(struct slice s, uint64_t *out)
{
	return num_pow2(s, 4, out);
}

bool num_oct64(struct slice s, uint64_t *out)
{
	return num_pow2(s, 3, out);
}
