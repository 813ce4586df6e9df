/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/field.h"

#include <stdlib.h>
#include <string.h>

#include "audit/record.h"
#include "base/compiler.h"
#include "base/num.h"

/* Sorted. Those that libauparse's typetab.h calls AUPARSE_TYPE_ESCAPED. */
static const char *const encoded[] = {
	"acct",
	"apparmor",
	"cgroup",
	"cmd",
	"comm",
	"cwd",
	"data",
	"denied_mask",
	"device",
	"dir",
	"exe",
	"file",
	"grp",
	"info",
	"invalid_context",
	"key",
	"name",
	"new-chardev",
	"new-disk",
	"new-fs",
	"new-net",
	"new-rng",
	"new_group",
	"ocomm",
	"old-chardev",
	"old-disk",
	"old-fs",
	"old-net",
	"old-rng",
	"operation",
	"path",
	"proctitle",
	"profile",
	"requested_mask",
	"root_dir",
	"sw",
	"vm",
	"watch",
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
	return key.len && bsearch(&key, encoded, ARRAY_SIZE(encoded), sizeof(encoded[0]),
				  compare_key) != NULL;
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
	case FIELD_SKIP: return true;
	case FIELD_U32: return read_u32(value, member);
	case FIELD_U64: return num_u64(value, member);
	case FIELD_I64: return num_i64(value, member);
	case FIELD_HEX32: return read_narrow(value, num_hex64, member);
	case FIELD_HEX64: return num_hex64(value, member);
	case FIELD_OCT32: return read_narrow(value, num_oct64, member);
	case FIELD_RAW: *(struct slice *)member = value; return true;
	}
	return false;
}

/*
 * Values of the usual form are read right where they stand. Each of these
 * returns the value's end, or NULL, with nothing read, where the careful way
 * must be taken.
 */
static inline bool value_ends(const char *p, const char *at, const char *end)
{
	return p > at && (p == end || *p == ' ');
}

static inline const char *quick_decimal(const char *at, const char *end, uint64_t *out)
{
	/* 18 digits never overflow. */
	const char *stop = end - at > 18 ? at + 18 : end;
	uint64_t value = 0;
	const char *p = at;
	unsigned digit;

	for (; p < stop && (digit = (unsigned)(unsigned char)*p - '0') <= 9; p++)
		value = value * 10 + digit;
	*out = value;
	return value_ends(p, at, end) ? p : NULL;
}

static inline const char *quick_signed(const char *at, const char *end, uint64_t *out)
{
	bool negative = at < end && *at == '-';
	const char *p = quick_decimal(at + negative, end, out);

	if (negative)
		*out = -*out;
	return p;
}

static inline const char *quick_hex(const char *at, const char *end, uint64_t *out)
{
	const char *stop = end - at > 16 ? at + 16 : end;
	uint64_t value = 0;
	const char *p = at;
	unsigned digit;

	for (; p < stop && (digit = num_hex_digits[(unsigned char)*p]); p++)
		value = value << 4 | (digit - 1);
	*out = value;
	return value_ends(p, at, end) ? p : NULL;
}

static inline const char *quick_octal(const char *at, const char *end, uint64_t *out)
{
	/* 21 digits never overflow. */
	const char *stop = end - at > 21 ? at + 21 : end;
	uint64_t value = 0;
	const char *p = at;
	unsigned digit;

	for (; p < stop && (digit = (unsigned)(unsigned char)*p - '0') <= 7; p++)
		value = value << 3 | digit;
	*out = value;
	return value_ends(p, at, end) ? p : NULL;
}

static inline const char *quick_text(const char *at, const char *end)
{
	if (at < end && *at == '"') {
		at = memchr(at + 1, '"', (size_t)(end - at - 1));
		return at ? at + 1 : NULL;
	}
	if (at < end && (*at == '\'' || *at == '{'))
		return NULL;
	while (at < end && *at != ' ')
		at++;
	return at;
}

static inline const char *quick_value(const struct field_spec *spec, const char *at,
				      const char *end, void *out)
{
	void *member = (char *)out + spec->offset;
	const char *p = NULL;
	uint64_t value = 0;

	switch ((enum field_as)spec->as) {
	case FIELD_SKIP: return quick_text(at, end);
	case FIELD_RAW:
		p = quick_text(at, end);
		if (p)
			*(struct slice *)member = slice_make(at, (size_t)(p - at));
		return p;
	case FIELD_I64: p = quick_signed(at, end, &value); break;
	case FIELD_U64:
	case FIELD_U32: p = quick_decimal(at, end, &value); break;
	case FIELD_HEX64:
	case FIELD_HEX32: p = quick_hex(at, end, &value); break;
	case FIELD_OCT32: p = quick_octal(at, end, &value); break;
	}
	if (!p)
		return NULL;
	if (spec->as == FIELD_U64 || spec->as == FIELD_I64 || spec->as == FIELD_HEX64)
		*(uint64_t *)member = value;
	else if (value <= UINT32_MAX)
		*(uint32_t *)member = (uint32_t)value;
	else
		return NULL;
	return p;
}

/* ---- which field is it? ---- */

enum { WORD = sizeof(uint64_t) };

/* The bytes of a word that count for a key of some length. */
static const unsigned char masks[FIELD_KEY_MAX + 1][WORD] = {
#define F 0xff
	{ 0 },
	{ F },
	{ F, F },
	{ F, F, F },
	{ F, F, F, F },
	{ F, F, F, F, F },
	{ F, F, F, F, F, F },
	{ F, F, F, F, F, F, F },
	{ F, F, F, F, F, F, F, F },
	{ F, F, F, F, F, F, F, F },
	{ F, F, F, F, F, F, F, F },
	{ F, F, F, F, F, F, F, F },
	{ F, F, F, F, F, F, F, F },
#undef F
};

static inline uint64_t word_at(const void *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, WORD);
	return word;
}

/* What a record goes on with, as one word; zeros behind its end. */
static inline uint64_t next_word(const char *at, size_t left)
{
	char some[WORD] = { 0 };

	if (LIKELY(left >= WORD))
		return word_at(at);
	memcpy(some, at, left);
	return word_at(some);
}

/* No key has a zero in it, so that what is behind the record's end fits none. */
static inline bool spec_is(const struct field_spec *spec, uint64_t word, const char *at,
			   size_t left)
{
	if ((word ^ word_at(spec->key)) & word_at(masks[spec->len]))
		return false;
	return spec->len <= WORD ||
	       (left >= spec->len &&
		memcmp(at + WORD, spec->key + WORD, spec->len - WORD) == 0);
}

/* The spec of the field at *at, sought from start on and around; or nspecs. */
static size_t find_spec(const struct field_spec *specs, size_t nspecs, size_t start,
			const char *at, size_t left)
{
	uint64_t word = next_word(at, left);

	for (size_t i = start; i < nspecs; i++) {
		if (spec_is(&specs[i], word, at, left))
			return i;
	}
	for (size_t i = 0; i < start; i++) {
		if (spec_is(&specs[i], word, at, left))
			return i;
	}
	return nspecs;
}

struct reading {
	const struct field_spec *specs;
	size_t nspecs;
	void *out;
	uint32_t seen, read;
};

/* The careful way; the first of equal keys counts. */
static void take_value(struct reading *r, size_t i, struct slice *rest)
{
	const struct field_spec *spec = &r->specs[i];
	struct slice value = field_value(rest, slice_make(spec->key, spec->len - 1u));

	if (!(r->seen & 1u << i) && read_value(spec, value, r->out))
		r->read |= 1u << i;
	r->seen |= 1u << i;
}

/* Passes over a field that is not in the table, or has text before its key. */
static void pass_field(struct reading *r, struct slice *rest)
{
	const char *start = rest->ptr;
	struct field field;
	size_t i;

	if (!field_next(rest, &field) || field.key.ptr == start)
		return;
	/* Text stood before the key. */
	i = find_spec(r->specs, r->nspecs, 0, field.key.ptr, field.key.len + 1);
	if (i < r->nspecs)
		take_value(r, i, &field.value);
}

/* The next field that is not as usual. Returns the spec that may come next. */
static size_t read_slowly(struct reading *r, size_t next, const char **at,
			  const char *end)
{
	struct slice rest = slice_make(*at, (size_t)(end - *at));
	size_t i = find_spec(r->specs, r->nspecs, next, rest.ptr, rest.len);

	if (i < r->nspecs) {
		rest = slice_skip(rest, r->specs[i].len);
		take_value(r, i, &rest);
		next = i + 1;
	} else {
		pass_field(r, &rest);
	}
	*at = end - rest.len;
	return next;
}

uint32_t fields_read(struct slice body, const struct field_spec *specs, size_t nspecs,
		     void *out)
{
	struct reading r = { .specs = specs, .nspecs = nspecs, .out = out };
	const char *at = body.ptr, *end = at + body.len, *p;
	size_t next = 0;

	/* Every turn takes at least one byte. */
	while (at < end) {
		size_t left = (size_t)(end - at);
		size_t i = next;

		if (i == nspecs || !spec_is(&specs[i], next_word(at, left), at, left))
			i = find_spec(specs, nspecs, next, at, left);
		p = i < nspecs && !(r.seen & 1u << i)
			    ? quick_value(&specs[i], at + specs[i].len, end, out)
			    : NULL;
		if (UNLIKELY(!p)) {
			next = read_slowly(&r, next, &at, end);
			continue;
		}
		r.seen |= 1u << i;
		r.read |= 1u << i;
		next = i + 1;
		while (p < end && *p == ' ')
			p++;
		at = p;
	}
	return r.read;
}

uint32_t fields_begin(struct slice *rest, const struct field_spec *specs, size_t nspecs,
		      void *out)
{
	const char *at = rest->ptr, *end = at + rest->len, *p;
	uint32_t read = 0;

	for (size_t i = 0; i < nspecs && at < end; i++) {
		size_t left = (size_t)(end - at);

		if (!spec_is(&specs[i], next_word(at, left), at, left))
			continue;
		p = quick_value(&specs[i], at + specs[i].len, end, out);
		if (!p)
			break;
		read |= 1u << i;
		while (p < end && *p == ' ')
			p++;
		at = p;
	}
	*rest = slice_make(at, (size_t)(end - at));
	return read;
}
