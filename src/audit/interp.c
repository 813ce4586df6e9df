/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libauparse 3.0 reads beyond its buffers on some malformed records, so that
 * it is given only what has the form that the kernel writes: known types,
 * printable bytes, no field whose value is not of its kind.
 */
#include "audit/interp.h"

#include <auparse.h>
#include <string.h>

#include "audit/field.h"
#include "audit/names.h"
#include "audit/record.h"
#include "audit/sockaddr.h"

enum {
	LINE_MAX_LEN = 16 * 1024, /* twice MAX_AUDIT_MESSAGE_LENGTH, libaudit.h */
	FIELDS_MAX = 1024,
	SADDR_MAX = 128, /* sizeof(struct sockaddr_storage) */
};

static bool is_quoted(struct slice value)
{
	return value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
}

static bool is_null(struct slice value)
{
	return slice_eq(value, SLICE_LIT("(null)"));
}

static bool saddr_fits(struct slice value)
{
	char bytes[SADDR_MAX];
	struct sockaddr_info info;

	if (!field_is_hex(value) || value.len / 2 > sizeof(bytes))
		return false;
	field_unhex(value, bytes);
	return sockaddr_parse(slice_make(bytes, value.len / 2), false, &info) &&
	       info.family != SOCK_OTHER;
}

static bool field_fits(const struct field *field)
{
	if (field->key.len == 0 || field->value.len == 0)
		return false;
	if (slice_eq(field->key, SLICE_LIT("saddr")))
		return saddr_fits(field->value);
	if (slice_eq(field->key, SLICE_LIT("proctitle")))
		/* A title that begins with NUL is decoded wrongly. */
		return is_quoted(field->value) ||
		       (field_is_hex(field->value) &&
			!slice_starts(field->value, SLICE_LIT("00")));
	if (field_is_encoded(field->key))
		return is_quoted(field->value) || is_null(field->value) ||
		       field_is_hex(field->value) || field->value.ptr[0] == '?';
	return true;
}

static bool bytes_fit(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if ((c < 0x20 && c != 0x1d) || c == 0x7f)
			return false;
	}
	return text.len <= LINE_MAX_LEN;
}

static bool record_fits(const struct record *record)
{
	struct slice rest = record->body;
	struct field field;
	unsigned count = 0;

	if (record->type == RECORD_TYPE_OTHER || !bytes_fit(record->line))
		return false;
	while (field_next(&rest, &field)) {
		if (++count > FIELDS_MAX || !field_fits(&field))
			return false;
	}
	return count > 0;
}

/* Would the value be looked up in this machine's user database? */
static bool is_local_name(auparse_state_t *au, const struct record *record)
{
	int type = auparse_get_field_type(au);

	return record->enriched.len == 0 &&
	       (type == AUPARSE_TYPE_UID || type == AUPARSE_TYPE_GID);
}

static void add_field(auparse_state_t *au, const struct record *record,
		      struct strbuf *out)
{
	const char *name = auparse_get_field_name(au);
	const char *raw = auparse_get_field_str(au);
	const char *value = raw;

	if (!name || !raw)
		return;
	if (strcmp(raw, "4294967295") == 0)
		value = "unset";
	else if (!is_local_name(au, record))
		value = auparse_interpret_field(au);
	strbuf_add_char(out, ' ');
	strbuf_add_str(out, name);
	strbuf_add_char(out, '=');
	strbuf_add_str(out, value ? value : raw);
}

static void add_record(auparse_state_t *au, const struct record *record,
		       struct strbuf *out)
{
	unsigned count = 0;

	strbuf_add_str(out, record_type_name(record->type));
	/* The first field is the type, or the node. */
	for (bool more = auparse_first_field(au) > 0;
	     more && count<FIELDS_MAX; more = auparse_next_field(au)> 0, count++) {
		const char *name = auparse_get_field_name(au);

		if (name && strcmp(name, "type") != 0 && strcmp(name, "node") != 0)
			add_field(au, record, out);
	}
}

bool interp_record(struct slice line, struct strbuf *out)
{
	struct record record;
	struct strbuf text;
	auparse_state_t *au;
	bool done = false;

	if (!record_scan(line, &record) || !record_fits(&record) ||
	    !record_type_name(record.type))
		return false;
	strbuf_init(&text);
	strbuf_add_slice(&text, line);
	strbuf_add_char(&text, '\n');
	au = auparse_init(AUSOURCE_BUFFER, strbuf_str(&text));
	if (au) {
		auparse_set_escape_mode(au, AUPARSE_ESC_TTY);
		if (auparse_next_event(au) > 0 && auparse_first_record(au) > 0) {
			add_record(au, &record, out);
			done = true;
		}
		auparse_destroy(au);
	}
	strbuf_fini(&text);
	return done;
}
