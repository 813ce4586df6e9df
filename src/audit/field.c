/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/field.h"

#include <stdlib.h>
#include <string.h>

#include "audit/record.h"
#include "base/compiler.h"
#include "base/num.h"

/* Sorted. Those that libauparse's typetab.h calls AUPARSE_TYPE_ESCAPED. */
static const char *const encoded[] = {
	"acct", "apparmor", "cgroup", "cmd", "comm", "cwd", "data", "denied_mask",
	"device", "dir", "exe", "file", "grp", "info", "invalid_context", "key",
	"name", "new-chardev", "new-disk", "new-fs", "new-net", "new-rng",
	"new_group", "ocomm", "old-chardev", "old-disk", "old-fs", "old-net",
	"old-rng", "operation", "path", "proctitle", "profile", "requested_mask",
	"root_dir", "sw", "vm", "watch",
};

static int compare_key(const void *key, const void *entry)
{
	const struct slice *s = key;
	const char *name = *(const char *const *)entry;
	size_t len = strlen(name);
	int order = memcmp(s->ptr, name, s->len < len ? s->len : len);

	return order ? order : (s->len > len) - (s->len < len);
}

bool field_is_encoded(struct slice key)
{
	return key.len && bsearch(&key, encoded, ARRAY_SIZE(encoded),
				  sizeof(encoded[0]), compare_key) != NULL;
}

struct slice field_unquoted(struct slice raw)
{
	if (raw.len == 0 || raw.ptr[0] != '"')
		return raw;
	raw = slice_skip(raw, 1);
	if (raw.len && raw.ptr[raw.len - 1] == '"')
		raw.len--;
	return raw;
}

bool field_is_hex(struct slice raw)
{
	if (raw.len == 0 || raw.len % 2)
		return false;
	for (size_t i = 0; i < raw.len; i++) {
		if (num_hex_digit(raw.ptr[i]) < 0)
			return false;
	}
	return true;
}

void field_unhex(struct slice raw, char *out)
{
	for (size_t i = 0; i + 1 < raw.len; i += 2)
		*out++ = (char)(num_hex_digit(raw.ptr[i]) << 4 |
				num_hex_digit(raw.ptr[i + 1]));
}

struct slice field_text(struct slice raw, struct arena *arena)
{
	struct slice hex = raw;
	char *bytes;

	if (raw.len && raw.ptr[0] == '"')
		return field_unquoted(raw);
	if (slice_eq(raw, SLICE_LIT("(null)")))
		return slice_make(NULL, 0);
	/* Ubuntu's kernel 4.13 closed hex with a quote that it had not opened. */
	if (raw.len && raw.ptr[raw.len - 1] == '"')
		hex.len--;
	if (!field_is_hex(hex))
		return raw;
	bytes = arena_alloc(arena, hex.len / 2);
	field_unhex(hex, bytes);
	return slice_make(bytes, hex.len / 2);
}

static bool read_u32(struct slice value, uint32_t *out)
{
	/* auditd writes unset ids as -1 in records of its own. */
	if (slice_eq(value, SLICE_LIT("-1"))) {
		*out = UINT32_MAX;
		return true;
	}
	return num_u32(value, out);
}

static bool read_narrow(struct slice value, bool (*parse)(struct slice, uint64_t *),
			uint32_t *out)
{
	uint64_t wide;

	if (!parse(value, &wide) || wide > UINT32_MAX)
		return false;
	*out = (uint32_t)wide;
	return true;
}

static bool read_value(const struct field_spec *spec, struct slice value, void *out)
{
	void *member = (char *)out + spec->offset;

	switch ((enum field_as)spec->as) {
	case FIELD_SKIP:
		return true;
	case FIELD_U32:
		return read_u32(value, member);
	case FIELD_U64:
		return num_u64(value, member);
	case FIELD_I64:
		return num_i64(value, member);
	case FIELD_HEX32:
		return read_narrow(value, num_hex64, member);
	case FIELD_HEX64:
		return num_hex64(value, member);
	case FIELD_OCT32:
		return read_narrow(value, num_oct64, member);
	case FIELD_RAW:
		*(struct slice *)member = value;
		return true;
	}
	return false;
}

static bool spec_is(const struct field_spec *spec, const char *at, size_t left)
{
	return left >= spec->len && memcmp(at, spec->key, spec->len) == 0;
}

/* The spec of the field at *at, sought from start on and around; or nspecs. */
static size_t find_spec(const struct field_spec *specs, size_t nspecs, size_t start,
			const char *at, size_t left)
{
	for (size_t n = 0; n < nspecs; n++) {
		size_t i = start + n < nspecs ? start + n : start + n - nspecs;

		if (spec_is(&specs[i], at, left))
			return i;
	}
	return nspecs;
}

uint32_t fields_read(struct slice body, const struct field_spec *specs, size_t nspecs,
		     void *out)
{
	struct slice rest = body;
	uint32_t seen = 0, read = 0;
	struct field field;
	size_t next = 0;

	/* Every turn takes at least one byte off rest. */
	while (rest.len) {
		size_t i = find_spec(specs, nspecs, next, rest.ptr, rest.len);

		if (!field_next(&rest, &field))
			break;
		if (i == nspecs || field.key.len + 1 != specs[i].len)
			continue;
		next = i + 1 < nspecs ? i + 1 : 0;
		if (seen & 1u << i)
			continue;
		seen |= 1u << i;
		if (read_value(&specs[i], field.value, out))
			read |= 1u << i;
	}
	return read;
}
