/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz/mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

enum { LINE_MAX_BYTES = 16384, CHANGES_MAX = 4 };

static uint64_t records;

static void print_records(void)
{
	fprintf(stderr, "stat::records_mutated: %llu\n", (unsigned long long)records);
}

void fuzz_count_record(void)
{
	if (records++ == 0)
		atexit(print_records);
}

/* xorshift64*, Vigna 2016 */
static uint64_t dice(uint64_t *state, uint64_t sides)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1du >> 16) % sides;
}

/* What records are made of, and what they should not hold. */
static const char *const words[] = {
	"type=SYSCALL msg=audit(",
	"type=EXECVE msg=audit(",
	"type=PATH msg=audit(",
	"type=UNKNOWN[65535] ",
	"node=",
	"node=x ",
	": ",
	" a0=",
	" a1=\"",
	" a0_len=",
	" a0_len=4294967295",
	" a1[0]=",
	" a1[18446744073709551615]=",
	" argc=",
	" argc=4294967296",
	" items=4294967295",
	" items=-1",
	" saddr=",
	" saddr=02",
	"(null)",
	" name=(null)",
	" name=\"",
	" msg='",
	"'",
	"\"",
	"\035",
	"\035ARCH=",
	"=",
	" = ",
	" arch=c000003e",
	" arch=40000003",
	" arch=ffffffff",
	" syscall=4294967295",
	" exit=-9223372036854775808",
	" success=yes",
	" pid=18446744073709551615",
	" fd0=-1",
	" fd=2147483648 flags=0x",
	"7f7f7f7f",
	"0",
	"99999999999999999999",
	"-",
	" mode=0177777777777777777777777",
	" inode=18446744073709551616",
	"\x80\xff",
	"%s",
};

/* A line on its way: bytes and how many there are. */
struct line {
	uint8_t bytes[LINE_MAX_BYTES];
	size_t len;
};

/* Replaces n bytes at at by others; what does not fit is left out. */
static void splice(struct line *line, size_t at, size_t n, const void *with, size_t len)
{
	size_t rest = line->len - at - n;

	if (line->len - n + len > LINE_MAX_BYTES)
		return;
	memmove(line->bytes + at + len, line->bytes + at + n, rest);
	memcpy(line->bytes + at, with, len);
	line->len = at + len + rest;
}

static void change(struct line *line, uint64_t *state)
{
	size_t at = (size_t)dice(state, line->len + 1);
	size_t left = line->len - at;
	size_t some = left ? (size_t)dice(state, left < 32 ? left : 32) + 1 : 0;
	const char *word = words[dice(state, ARRAY_SIZE(words))];
	uint8_t copy[32];

	switch (dice(state, 6)) {
	case 0: /* another bit, but no end of the line */
		if (left && (line->bytes[at] ^= (uint8_t)(1 << dice(state, 8))) == '\n')
			line->bytes[at] = 0;
		break;
	case 1: splice(line, at, 0, word, strlen(word)); break;
	case 2: splice(line, at, some, word, strlen(word)); break;
	case 3: splice(line, at, some, "", 0); break;
	case 4: /* twice */
		memcpy(copy, line->bytes + at, some);
		splice(line, at, 0, copy, some);
		break;
	default: line->len = dice(state, 8) ? line->len : at; break;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	static struct line line;
	uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
	uint8_t *out = malloc(max_size + 1);
	size_t len = 0;

	for (size_t at = 0; at < size && out;) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t n = end ? (size_t)(end - (data + at)) : size - at;

		line.len = n < LINE_MAX_BYTES ? n : LINE_MAX_BYTES;
		memcpy(line.bytes, data + at, line.len);
		for (uint64_t i = dice(&state, CHANGES_MAX) + 1; i > 0; i--)
			change(&line, &state);
		if (len + line.len + 1 > max_size)
			break;
		memcpy(out + len, line.bytes, line.len);
		len += line.len;
		out[len++] = '\n';
		at += n + 1;
	}
	if (out && len)
		memcpy(data, out, len);
	free(out);
	return len;
}
