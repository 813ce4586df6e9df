/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout of a line is that of auditd's write_to_log() and the kernel's
 * audit_log_start(): "[node=N ]type=T msg=audit(SEC.MSEC:SERIAL): BODY", and
 * in an enriched log 0x1D and upper-case fields behind the body.
 */
#include "audit/record.h"

#include <string.h>

#include "audit/names.h"
#include "base/compiler.h"

enum {
	ENRICHED_MARK = 0x1d,
	SEC_DIGITS = 12, /* the year 33658; keeps sec * 1000 in 64 bits */
	MSEC_DIGITS = 3,
	SERIAL_DIGITS = 10,
	TYPE_LEN = 64,
	SHORT_VALUE = 16,
};

struct cursor {
	const char *at, *end;
};

static inline bool take_text(struct cursor *c, const char *text, size_t len)
{
	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}

#define TAKE(c, literal) take_text(c, "" literal, sizeof(literal) - 1)

static inline bool take_number(struct cursor *c, unsigned digits, uint64_t *out)
{
	const char *start = c->at;
	uint64_t value = 0;

	while (c->at < c->end) {
		unsigned digit = (unsigned)(unsigned char)*c->at - '0';

		if (digit > 9)
			break;
		if (digits-- == 0)
			return false;
		value = value * 10 + digit;
		c->at++;
	}
	*out = value;
	return c->at > start;
}

/* Up to the next space, which is taken too. */
static bool take_word(struct cursor *c, struct slice *out)
{
	const char *space = memchr(c->at, ' ', (size_t)(c->end - c->at));

	if (!space || space == c->at)
		return false;
	*out = slice_make(c->at, (size_t)(space - c->at));
	c->at = space + 1;
	return true;
}

static bool take_stamp(struct cursor *c, struct record *out)
{
	uint64_t msec, serial;

	if (!TAKE(c, "msg=audit(") || !take_number(c, SEC_DIGITS, &out->sec) ||
	    !TAKE(c, ".") || !take_number(c, MSEC_DIGITS, &msec) || !TAKE(c, ":") ||
	    !take_number(c, SERIAL_DIGITS, &serial) || serial > UINT32_MAX ||
	    !TAKE(c, ")"))
		return false;
	/* auditd 2 left the colon out in some records of its own. */
	if (!TAKE(c, ":") && c->at < c->end && *c->at != ' ')
		return false;
	out->msec = (uint32_t)msec;
	out->serial = (uint32_t)serial;
	return true;
}

/* A name that has the shape of a record type, known or not. */
static bool type_shape(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		      c == '[' || c == ']'))
			return false;
	}
	return name.len > 0 && name.len <= TYPE_LEN;
}

static bool upper_key(struct slice word)
{
	size_t i = 0;

	while (i < word.len &&
	       ((word.ptr[i] >= 'A' && word.ptr[i] <= 'Z') || word.ptr[i] == '_'))
		i++;
	return i > 0 && i < word.len && word.ptr[i] == '=';
}

/*
 * Where the enriched part begins when a forwarder has put a space for 0x1D:
 * the run of words with upper-case keys at the end. Returns body.len when
 * there is none.
 */
static size_t enriched_after_space(struct slice body)
{
	size_t begin = body.len, end = body.len;

	/* SADDR={ saddr_fam=inet laddr=... } has words of its own. */
	if (end && body.ptr[end - 1] == '}') {
		const char *brace = memrchr(body.ptr, '{', end);
		static const char key[] = " SADDR=";
		const size_t len = sizeof(key) - 1;

		if (!brace || (size_t)(brace - body.ptr) < len ||
		    memcmp(brace - len, key, len) != 0)
			return body.len;
		begin = end = (size_t)(brace - body.ptr) - len;
	}
	while (end > 0) {
		const char *space = memrchr(body.ptr, ' ', end);

		if (!space)
			break;
		if (!upper_key(
			    slice_make(space + 1, (size_t)(body.ptr + end - space - 1))))
			break;
		begin = end = (size_t)(space - body.ptr);
	}
	return begin;
}

/*
 * The kernel closes user-space text with a quote (audit_receive_msg() in
 * kernel/audit.c), and auditd's enriched part never ends with one: a mark
 * before a last quote was put there by the sender of the text.
 */
static void cut_enriched(struct record *out)
{
	struct slice body = out->body;
	const char *mark;
	size_t at;

	out->enriched = slice_make(body.ptr + body.len, 0);
	if (body.len == 0 || body.ptr[body.len - 1] == '\'')
		return;
	mark = memrchr(body.ptr, ENRICHED_MARK, body.len);
	at = mark ? (size_t)(mark - body.ptr) : enriched_after_space(body);
	if (at == body.len)
		return;
	out->body.len = at;
	out->enriched = slice_skip(body, at + 1);
}

bool record_scan(struct slice line, struct record *out)
{
	struct cursor c;
	struct slice type;

	if (line.len == 0)
		return false;
	c = (struct cursor){ line.ptr, line.ptr + line.len };
	out->line = line;
	out->node = slice_make(line.ptr, 0);
	if (TAKE(&c, "node=") && !take_word(&c, &out->node))
		return false;
	if (!TAKE(&c, "type=") || !take_word(&c, &type) || !take_stamp(&c, out))
		return false;
	out->type = record_type_number(type);
	if (UNLIKELY(out->type == 0)) {
		if (!type_shape(type))
			return false;
		out->type = RECORD_TYPE_OTHER;
	}
	while (c.at < c.end && *c.at == ' ')
		c.at++;
	out->body = slice_make(c.at, (size_t)(c.end - c.at));
	cut_enriched(out);
	return true;
}

/* "old" and "new" before a key belong to it: LOGIN before Linux 3.13. */
static bool key_prefix(struct slice word)
{
	return slice_eq(word, SLICE_LIT("old")) || slice_eq(word, SLICE_LIT("new"));
}

/* Finds the next key, leaves the cursor behind its '='. */
static bool next_key(struct cursor *c, struct slice *out)
{
	const char *prefix = NULL;

	while (c->at < c->end) {
		const char *start = c->at;

		while (c->at < c->end && *c->at != '=' && *c->at != ' ')
			c->at++;
		if (c->at == c->end)
			break;
		if (*c->at++ == '=') {
			if (prefix)
				start = prefix;
			*out = slice_make(start, (size_t)(c->at - 1 - start));
			if (out->len)
				return true;
			continue;
		}
		prefix = key_prefix(slice_make(start, (size_t)(c->at - 1 - start)))
				 ? start
				 : NULL;
	}
	return false;
}

/* The next blank, or the end. Most values are too short to call memchr() for. */
static inline const char *next_blank(const char *at, const char *end)
{
	const char *near = end - at > SHORT_VALUE ? at + SHORT_VALUE : end;

	while (at < near && *at != ' ')
		at++;
	if (at < near || near == end)
		return at;
	at = memchr(near, ' ', (size_t)(end - near));
	return at ? at : end;
}

/* One behind the value's last byte. */
static const char *value_end(const struct cursor *c, struct slice key)
{
	size_t left = (size_t)(c->end - c->at);
	const char *end;

	if (left == 0)
		return c->end;
	switch (*c->at) {
	case '"': end = memchr(c->at + 1, '"', left - 1); return end ? end + 1 : c->end;
	case '\'':
		/* The text of msg='...' may hold quotes: its own is the last. */
		if (slice_eq(key, SLICE_LIT("msg")))
			end = left > 1 ? memrchr(c->at + 1, '\'', left - 1) : NULL;
		else
			end = memchr(c->at + 1, '\'', left - 1);
		return end ? end + 1 : c->end;
	case '{': end = memchr(c->at, '}', left); return end ? end + 1 : c->end;
	default: return next_blank(c->at, c->end);
	}
}

struct slice field_value(struct slice *rest, struct slice key)
{
	struct cursor c = { rest->ptr, rest->ptr + rest->len };
	const char *end = value_end(&c, key);
	struct slice value = slice_make(c.at, (size_t)(end - c.at));

	while (end < c.end && *end == ' ')
		end++;
	*rest = slice_make(end, (size_t)(c.end - end));
	return value;
}

bool field_next(struct slice *rest, struct field *out)
{
	struct cursor c;

	if (rest->len == 0)
		return false;
	c = (struct cursor){ rest->ptr, rest->ptr + rest->len };
	if (!next_key(&c, &out->key)) {
		rest->len = 0;
		return false;
	}
	*rest = slice_make(c.at, (size_t)(c.end - c.at));
	out->value = field_value(rest, out->key);
	return true;
}

bool field_inner(struct slice value, struct slice *rest)
{
	if (value.len == 0 || value.ptr[0] != '\'')
		return false;
	value = slice_skip(value, 1);
	if (value.len && value.ptr[value.len - 1] == '\'')
		value.len--;
	*rest = value;
	return true;
}
