/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/show_records.h"

#include <string.h>

#include "audit/interp.h"
#include "audit/record.h"
#include "base/compiler.h"
#include "base/escape.h"
#include "base/strbuf.h"
#include "report/text.h"

enum { MORE_INDENT = 4 };

/* What is left out, because it is said elsewhere or means little. */
static const struct {
	const char *type;
	const char *keys; /* blanks around each; "": the whole record */
} dull[] = {
	{ "SYSCALL",
	  " a0 a1 a2 a3 items ppid auid gid euid suid fsuid egid sgid fsgid tty "
	  "ses subj " },
	{ "PATH",
	  " item dev rdev ouid ogid cap_fp cap_fi cap_fe cap_fver cap_frootid obj " },
	{ "PROCTITLE", "" },
	{ "BPRM_FCAPS", "" },
	{ "EOE", "" },
};

/* The keys to leave out of this record; NULL: none. */
static const char *dull_keys(const struct record *record)
{
	struct slice line = record->line;
	const char *type = memmem(line.ptr, line.len, "type=", 5);
	size_t len;

	if (!type)
		return NULL;
	type += 5;
	len = strcspn(type, " ");
	for (size_t i = 0; i < ARRAY_SIZE(dull); i++) {
		if (strlen(dull[i].type) == len && memcmp(dull[i].type, type, len) == 0)
			return dull[i].keys;
	}
	return NULL;
}

static bool has_key(const char *keys, struct slice key)
{
	struct strbuf sb;
	bool has;

	strbuf_init(&sb);
	strbuf_add_char(&sb, ' ');
	strbuf_add_slice(&sb, key);
	strbuf_add_char(&sb, ' ');
	has = strstr(keys, strbuf_str(&sb)) != NULL;
	strbuf_fini(&sb);
	return has;
}

/* The record without the dull fields, still a record. */
static void add_short(struct strbuf *out, const struct record *record, const char *keys)
{
	struct slice line = record->line, rest = record->body;
	struct field field;

	strbuf_add(out, line.ptr, (size_t)(record->body.ptr - line.ptr));
	while (field_next(&rest, &field)) {
		if (has_key(keys, field.key))
			continue;
		strbuf_add_slice(out, field.key);
		strbuf_add_char(out, '=');
		strbuf_add_slice(out, field.value);
		strbuf_add_char(out, ' ');
	}
	if (record->enriched.len > 0) {
		strbuf_add_char(out, 0x1d);
		strbuf_add_slice(out, record->enriched);
	}
}

/* In words; false when it is one to leave out. */
static bool add_words(struct strbuf *out, struct slice line)
{
	struct record record;
	struct strbuf brief;
	const char *keys;
	bool done;

	if (!record_scan(line, &record)) {
		strbuf_add_slice(out, line);
		return true;
	}
	keys = dull_keys(&record);
	if (keys && keys[0] == '\0')
		return false;
	strbuf_init(&brief);
	if (keys)
		add_short(&brief, &record, keys);
	else
		strbuf_add_slice(&brief, line);
	done = interp_record(strbuf_slice(&brief), out);
	if (!done)
		strbuf_add_slice(out, line);
	strbuf_fini(&brief);
	return true;
}

void show_records(FILE *out, const char *raw, unsigned indent,
		  const struct report_options *look)
{
	struct strbuf words, safe;

	strbuf_init(&words);
	strbuf_init(&safe);
	while (*raw) {
		size_t len = strcspn(raw, "\n");
		struct slice line = slice_make(raw, len);

		raw += len + (raw[len] == '\n');
		strbuf_clear(&words);
		strbuf_clear(&safe);
		if (look->raw)
			strbuf_add_slice(&words, line);
		else if (!add_words(&words, line))
			continue;
		escape_add(&safe, strbuf_slice(&words));
		fprintf(out, "%*s%s", (int)indent, "", style_on(look, STYLE_DIM));
		text_wrap(out, strbuf_slice(&safe), look->raw ? 0 : look->width, indent,
			  indent + MORE_INDENT);
		fputs(style_off(look), out);
	}
	strbuf_fini(&words);
	strbuf_fini(&safe);
}
