/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines, each for itself: the scan, all fields, what their values stand for. */
#include <stdlib.h>
#include <string.h>

#include "audit/field.h"
#include "audit/limits.h"
#include "audit/names.h"
#include "audit/record.h"
#include "fuzz/mutate.h"

/* Is s a part of whole? */
static void must_be_within(struct slice s, struct slice whole)
{
	if (s.len && (s.ptr < whole.ptr || s.ptr + s.len > whole.ptr + whole.len))
		abort();
}

static void walk(struct slice rest, struct slice line, struct arena *arena, int depth)
{
	struct slice whole = rest, inner;
	struct field field;
	size_t count = 0;

	while (field_next(&rest, &field)) {
		must_be_within(field.key, whole);
		must_be_within(field.value, whole);
		must_be_within(rest, whole);
		if (field.key.len == 0 || ++count > LIMIT_LINE)
			abort();
		if (field_text(field.value, arena).len > field.value.len)
			abort();
		field_is_encoded(field.key);
		if (depth < 2 && field_inner(field.value, &inner))
			walk(inner, line, arena, depth + 1);
	}
	if (rest.len)
		abort();
}

struct target {
	uint32_t item, oct;
	uint64_t inode;
	int64_t exit;
	struct slice name;
};

static void read_table(struct slice body)
{
	static const struct field_spec specs[] = {
		FIELD_SPEC("item", FIELD_U32, struct target, item),
		FIELD_SPEC("name", FIELD_RAW, struct target, name),
		FIELD_SPEC("inode", FIELD_U64, struct target, inode),
		FIELD_SPEC("mode", FIELD_OCT32, struct target, oct),
		FIELD_SPEC("exit", FIELD_I64, struct target, exit),
		FIELD_SPEC("a0", FIELD_HEX64, struct target, inode),
		FIELD_SPEC_SKIP("ouid"),
	};
	struct target target = { 0 };

	fields_read(body, specs, sizeof(specs) / sizeof(specs[0]), &target);
	must_be_within(target.name, body);
}

static void try_line(struct slice line)
{
	struct record record;
	struct arena arena;

	fuzz_count_record();
	if (line.len > LIMIT_LINE || !record_scan(line, &record))
		return;
	if (record.type == 0 || record.line.ptr != line.ptr ||
	    record.line.len != line.len)
		abort();
	must_be_within(record.node, line);
	must_be_within(record.body, line);
	must_be_within(record.enriched, line);
	if (record.msec > 999 || record.sec > UINT64_MAX / 1000 - 1000)
		abort();
	arena_init(&arena);
	walk(record.body, line, &arena, 0);
	walk(record.enriched, line, &arena, 0);
	read_table(record.body);
	arena_fini(&arena);
}

/* Each line at the end of a piece of memory of its own, so that a sanitizer
 * sees the byte behind it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make((const char *)data, size);

	while (rest.len) {
		const char *newline = memchr(rest.ptr, '\n', rest.len);
		size_t len = newline ? (size_t)(newline - rest.ptr) : rest.len;
		char *copy = malloc(len ? len : 1);

		if (!copy)
			abort();
		memcpy(copy, rest.ptr, len);
		try_line(slice_make(copy, len));
		free(copy);
		rest = slice_skip(rest, len + (newline != NULL));
	}
	return 0;
}
