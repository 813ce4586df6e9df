/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bundles and events may be larger than memory: what is looked for in them
 * are the members of arrays called "objects" (STIX) or "Attribute" (MISP).
 * Their ends are found here, by quotes and brackets; what stands in one,
 * jansson reads.
 */
#include <stdlib.h>
#include <string.h>

#include "intel/import_priv.h"

enum {
	LIMIT_DEPTH = 64, /* of what is around the members */
	LIMIT_OBJECT = 16 << 20,
	LIMIT_STRING = 1024, /* that is a key, or a text that is taken */
	LIMIT_KEY = 32,
};

struct level {
	char open;           /* '{' or '[' */
	char key[LIMIT_KEY]; /* that the object or array is the value of */
	bool is_event;
};

struct scan {
	struct import *im;
	enum intel_format format; /* FORMAT_AUTO: not known yet */
	struct level levels[LIMIT_DEPTH];
	size_t depth;
	char key[LIMIT_KEY]; /* the newest key of the innermost object */
	bool in_string, escaped, expects_key;
	bool is_key;          /* the string that is read */
	struct strbuf string; /* as it stands there, without its quotes */
	size_t capture;       /* depth at which the member began; 0: none */
	bool too_large, any;  /* any: there was a bracket at all */
	struct strbuf member;
	struct misp_event event;
	char *author, *title; /* of the event */
};

struct slice import_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value)
		       ? slice_make(json_string_value(value), json_string_length(value))
		       : slice_str(NULL);
}

/* ---- members ---- */

static bool is_members(const struct scan *s, const char *name, enum intel_format format)
{
	const struct level *in = &s->levels[s->depth - 1];

	return in->open == '[' && strcmp(in->key, name) == 0 &&
	       (s->format == FORMAT_AUTO || s->format == format);
}

static int take_member(struct scan *s)
{
	struct slice text = strbuf_slice(&s->member);
	json_error_t error;
	json_t *object;
	int rc;

	if (s->too_large) {
		import_bad(s->im, "the object is too large");
		return 0;
	}
	object = json_loadb(text.ptr, text.len, 0, &error);
	if (!object) {
		import_bad(s->im, error.text);
		return 0;
	}
	if (s->format == FORMAT_STIX)
		rc = import_stix_object(s->im, object);
	else
		rc = import_misp_attribute(s->im, &s->event, object);
	json_decref(object);
	return rc;
}

static int end_event(struct scan *s)
{
	int rc = 0;

	if (s->event.report && (s->author || s->title))
		rc = intel_db_fill_report(s->im->db, s->event.report, s->author, s->title,
					  s->im->err);
	s->event = (struct misp_event){ 0 };
	free(s->author);
	free(s->title);
	s->author = s->title = NULL;
	return rc;
}

/* ---- the way to them ---- */

static int fail(const struct scan *s, const char *what)
{
	return err_set(s->im->err, "%s:%llu: %s: fetch it again", feed_name(s->im->feed),
		       (unsigned long long)feed_line_number(s->im->feed) + 1, what);
}

static int open_level(struct scan *s, char c)
{
	struct level *in;

	if (s->depth == LIMIT_DEPTH)
		return fail(s, "it is nested too deeply");
	if (!s->capture && s->depth && c == '{') {
		if (is_members(s, "objects", FORMAT_STIX)) {
			s->format = FORMAT_STIX;
			s->capture = s->depth + 1;
		} else if (is_members(s, "Attribute", FORMAT_MISP)) {
			s->format = FORMAT_MISP;
			s->capture = s->depth + 1;
		}
		s->too_large = false;
		strbuf_clear(&s->member);
	}
	s->any = true;
	in = &s->levels[s->depth++];
	in->open = c;
	memcpy(in->key, s->key, sizeof(in->key));
	in->is_event = c == '{' && strcmp(s->key, "Event") == 0;
	s->key[0] = '\0';
	s->expects_key = c == '{';
	return 0;
}

static int close_level(struct scan *s, char c)
{
	struct level *in;

	if (s->depth == 0 || s->levels[s->depth - 1].open != (c == '}' ? '{' : '['))
		return fail(s, "a bracket closes what was not opened");
	in = &s->levels[--s->depth];
	s->key[0] = '\0';
	s->expects_key = false;
	if (s->capture == s->depth + 1) {
		s->capture = 0;
		return take_member(s);
	}
	return !s->capture && in->is_event ? end_event(s) : 0;
}

/* "..." as JSON has it, to text; or NULL. */
static char *decode(const struct strbuf *string)
{
	char quoted[LIMIT_STRING + 2];
	json_t *value;
	char *text = NULL;

	if (string->len == 0 || string->len > LIMIT_STRING)
		return NULL;
	quoted[0] = quoted[string->len + 1] = '"';
	memcpy(quoted + 1, string->ptr, string->len);
	value = json_loadb(quoted, string->len + 2, JSON_DECODE_ANY, NULL);
	if (json_is_string(value))
		text = strdup(json_string_value(value));
	json_decref(value);
	return text;
}

/* A text that says whose event it is, or what it is about. */
static void take_value(struct scan *s)
{
	const struct level *in = &s->levels[s->depth - 1];
	char **to = NULL;

	if (in->is_event && strcmp(s->key, "info") == 0)
		to = &s->title;
	else if (strcmp(in->key, "Orgc") == 0 && strcmp(s->key, "name") == 0 &&
		 s->depth > 1 && s->levels[s->depth - 2].is_event)
		to = &s->author;
	if (to && !*to)
		*to = decode(&s->string);
}

static void end_string(struct scan *s)
{
	s->in_string = false;
	if (s->capture || s->depth == 0)
		return;
	if (!s->is_key) {
		take_value(s);
		return;
	}
	s->key[0] = '\0';
	if (s->string.len < sizeof(s->key)) {
		memcpy(s->key, strbuf_str(&s->string), s->string.len + 1);
	}
}

static void take_in_string(struct scan *s, char c)
{
	if (!s->escaped && c == '"') {
		end_string(s);
		return;
	}
	s->escaped = !s->escaped && c == '\\';
	if (!s->capture && s->string.len <= LIMIT_STRING)
		strbuf_add_char(&s->string, c);
}

static int take_char(struct scan *s, char c)
{
	if (c == '\n')
		feed_count_line(s->im->feed);
	if (s->in_string) {
		take_in_string(s, c);
		return 0;
	}
	switch (c) {
	case '"':
		s->in_string = true;
		s->escaped = false;
		s->is_key = s->expects_key;
		strbuf_clear(&s->string);
		return 0;
	case '{':
	case '[': return open_level(s, c);
	case '}':
	case ']': return close_level(s, c);
	case ':': s->expects_key = false; return 0;
	case ',':
		s->expects_key = s->depth && s->levels[s->depth - 1].open == '{';
		return 0;
	default: return 0;
	}
}

/* While a member is read, all bytes of it are kept. */
static int take_bytes(struct scan *s, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		bool was = s->capture != 0;

		/* The last bracket belongs to it, and taking it ends it. */
		if (was && s->member.len < LIMIT_OBJECT)
			strbuf_add_char(&s->member, bytes.ptr[i]);
		else if (was)
			s->too_large = true;
		if (take_char(s, bytes.ptr[i]) != 0)
			return -1;
		if (!was && s->capture)
			strbuf_add_char(&s->member, '{');
	}
	return 0;
}

static int scan_all(struct scan *s)
{
	struct slice bytes;
	int rc;

	while ((rc = feed_bytes(s->im->feed, &bytes, s->im->err)) > 0) {
		if (take_bytes(s, bytes) != 0)
			return -1;
	}
	if (rc < 0)
		return -1;
	if (s->depth || s->in_string)
		return fail(s, "it ends in the middle");
	return end_event(s);
}

int import_json(struct import *im, enum intel_format *format)
{
	struct scan s = { .im = im, .format = *format };
	int rc;

	strbuf_init(&s.string);
	strbuf_init(&s.member);
	rc = scan_all(&s);
	if (rc == 0 && (s.format == FORMAT_AUTO || !s.any))
		rc = err_set(im->err,
			     "%s: is no STIX bundle and no MISP event: see "
			     "auspex intel import --help for the formats",
			     feed_name(im->feed));
	strbuf_fini(&s.string);
	strbuf_fini(&s.member);
	free(s.author);
	free(s.title);
	*format = s.format;
	return rc;
}
