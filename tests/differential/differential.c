/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads logs with our reader and with libauparse, and compares: the type,
 * time, serial and node of each record, each field's raw value, and which
 * records make up an event. Differences that are known stand in one table
 * with their reason; each of them must be of exactly the kind that its
 * reason explains. Anything else is a failure.
 *
 * libauparse is given only lines that our scanner took for records, and is
 * asked for raw values only: it has crashed on more than that.
 */
#include <auparse.h>
#include <inttypes.h>
#include <libaudit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/assemble.h"
#include "audit/field.h"
#include "audit/names.h"
#include "audit/source.h"
#include "base/compiler.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

enum {
	FIELDS_MAX = 4096, /* in one record */
	SHOWN_MAX = 20,    /* differences printed for one log */
	EOE_TIMEOUT = 2,   /* seconds; auparse_set_eoe_timeout(3) */
};

enum known {
	KNOWN_PUNCTUATION,
	KNOWN_KEYS,
	KNOWN_AVC,
	KNOWN_BLANKS,
	KNOWN_OLD_NEW,
	KNOWN_ENRICHED,
	KNOWN_EMPTY,
	KNOWN_NO_NAME,
	KNOWN_LOGIN,
	KNOWN_BACK_DATED,
	KNOWN_AFTER_END,
	KNOWN_AT_ONCE,
	KNOWN_ALONE,
	KNOWN_MAX
};

static const char *const reasons[KNOWN_MAX] = {
	[KNOWN_PUNCTUATION] =
		"libauparse takes ':', ',', '\\'' and ')' off the end of values",
	[KNOWN_KEYS] = "libauparse splits several keys in one key= and encodes them anew",
	[KNOWN_AVC] =
		"libauparse makes seresult and seperms of the text of an AVC record",
	[KNOWN_BLANKS] = "libauparse ends a quoted value at a blank",
	[KNOWN_OLD_NEW] =
		"we keep \"old\" and \"new\" before a key, libauparse drops them",
	[KNOWN_ENRICHED] =
		"libauparse reads an enriched part behind a blank as raw fields",
	[KNOWN_EMPTY] = "libauparse drops a field without a value",
	[KNOWN_NO_NAME] = "the record's type has no name in libaudit",
	[KNOWN_LOGIN] = "libauparse ends an event at its LOGIN record",
	[KNOWN_BACK_DATED] = "libauparse ends an event when a later second is read",
	[KNOWN_AFTER_END] = "libauparse starts anew behind PROCTITLE",
	[KNOWN_AT_ONCE] = "libauparse ends an event at an ANOM or INTEGRITY record",
	[KNOWN_ALONE] =
		"libauparse joins a record of user space with an event of the same id",
};

/* One line that is a record, and the event that each reader put it into. */
struct line {
	struct slice text; /* in log.text */
	struct record record;
	uint32_t ours, theirs; /* events, from 1; 0: in none */
	struct line *same;     /* next line with the same text */
};

struct log {
	const char *path;
	struct strbuf text; /* all lines, each ended by '\n' */
	struct line *lines;
	size_t count, room;
	size_t refused;
	uint32_t our_events, their_events;
	size_t fields;
	uint64_t known[KNOWN_MAX];
	unsigned differences;
};

static void differ(struct log *log, size_t n, const char *what, struct slice ours,
		   const char *theirs)
{
	if (log->differences++ < SHOWN_MAX)
		printf("%s: record %zu: %s: we have %.*s, libauparse has %s\n  %.*s\n",
		       log->path, n + 1, what, SLICE_FMT(ours), theirs,
		       (int)(log->lines[n].text.len < 300 ? log->lines[n].text.len : 300),
		       log->lines[n].text.ptr);
}

static void differ_event(struct log *log, size_t n, const char *what)
{
	if (log->differences++ < SHOWN_MAX)
		printf("%s: record %zu: %s\n  %.*s\n", log->path, n + 1, what,
		       (int)(log->lines[n].text.len < 300 ? log->lines[n].text.len : 300),
		       log->lines[n].text.ptr);
}

static bool fit_for_auparse(struct slice text)
{
	/* It works on strings. */
	return !memchr(text.ptr, '\0', text.len);
}

static int load(struct log *log)
{
	struct source *source;
	enum source_status status;
	struct slice line;
	struct record record;
	struct err err;
	size_t at = 0;

	if (source_open(&log->path, 1, &source, &err) < 0) {
		printf("differential: %s\n", err.msg);
		return -1;
	}
	while ((status = source_next(source, &line, &err)) == SOURCE_LINE) {
		if (!record_scan(line, &record) || !fit_for_auparse(line)) {
			log->refused += line.len > 0;
			continue;
		}
		if (log->count == log->room) {
			log->room = log->room ? log->room * 2 : 1024;
			log->lines =
				xreallocarray(log->lines, log->room, sizeof(*log->lines));
		}
		log->lines[log->count++] = (struct line){ .text = { NULL, line.len } };
		strbuf_add_slice(&log->text, line);
		strbuf_add_char(&log->text, '\n');
	}
	if (status == SOURCE_ERROR)
		printf("differential: %s\n", err.msg);
	source_close(&source);
	for (size_t i = 0; i < log->count; i++) {
		log->lines[i].text.ptr = log->text.ptr + at;
		at += log->lines[i].text.len + 1;
		record_scan(log->lines[i].text, &log->lines[i].record);
	}
	return status == SOURCE_ERROR ? -1 : 0;
}

/* What libauparse calls the text of a record: up to the enriched part. */
static struct slice raw_part(struct slice text)
{
	const char *mark = memchr(text.ptr, AUDIT_INTERP_SEPARATOR, text.len);

	return mark ? slice_make(text.ptr, (size_t)(mark - text.ptr)) : text;
}

/* Lines by their text: equal ones in their order. */
static struct map *index_lines(struct log *log, bool raw)
{
	struct map *map = map_new();

	for (size_t i = log->count; i-- > 0;) {
		struct line *line = &log->lines[i];
		struct slice key = raw ? raw_part(line->text) : line->text;

		line->same = map_get(map, key);
		map_put(map, key, line);
	}
	return map;
}

static void take_events(struct log *log, struct assembler *assembler, struct map *index)
{
	const struct event *event;

	while ((event = assembler_next(assembler))) {
		log->our_events++;
		for (uint32_t i = 0; i < event->nrecords; i++) {
			struct line *line = map_get(index, event->records[i].line);

			line->ours = log->our_events;
			map_put(index, event->records[i].line, line->same);
		}
	}
}

static void read_ours(struct log *log)
{
	struct assembler *assembler = assembler_new();
	struct map *index = index_lines(log, false);

	for (size_t i = 0; i < log->count; i++) {
		assembler_feed(assembler, log->lines[i].text);
		take_events(log, assembler, index);
	}
	assembler_flush(assembler);
	take_events(log, assembler, index);
	map_free(&index);
	assembler_free(&assembler);
}

/* Our fields in the order of the line, those inside of msg='...' for msg. */
static size_t our_fields(const struct record *record, struct field *fields)
{
	struct slice rest = record->body, inner;
	size_t count = 0;

	while (count < FIELDS_MAX && field_next(&rest, &fields[count])) {
		if (!slice_eq(fields[count].key, SLICE_LIT("msg")) ||
		    !field_inner(fields[count].value, &inner)) {
			count++;
			continue;
		}
		while (count < FIELDS_MAX && field_next(&inner, &fields[count]))
			count++;
	}
	return count;
}

/* As parse_up_record() in auparse/ellist.c shortens a value. */
static struct slice without_punctuation(struct slice value)
{
	static const char endings[] = ":,'";

	for (size_t i = 0; i < sizeof(endings) - 1; i++) {
		if (value.len && value.ptr[value.len - 1] == endings[i])
			value.len--;
	}
	if (value.len && value.ptr[value.len - 1] == ')' &&
	    !slice_eq(value, SLICE_LIT("(none)")) &&
	    !slice_eq(value, SLICE_LIT("(null)")))
		value.len--;
	return value;
}

/* Where libauparse stands in the fields of one record. */
struct theirs {
	auparse_state_t *au;
	bool more;
};

static void advance(struct theirs *t)
{
	t->more = auparse_next_field(t->au) > 0;
}

static bool their_name_is(const struct theirs *t, const char *name)
{
	return t->more && strcmp(auparse_get_field_name(t->au), name) == 0;
}

/* All keys of one key=: each as libauparse gives it. */
static bool same_keys(struct theirs *t, struct slice raw)
{
	struct arena arena;
	struct slice ours, key;
	bool same = true;

	arena_init(&arena);
	ours = field_text(raw, &arena);
	while (ours.len && same) {
		const char *end = memchr(ours.ptr, AUDIT_KEY_SEPARATOR, ours.len);
		size_t len = end ? (size_t)(end - ours.ptr) : ours.len;

		if (len) {
			same = their_name_is(t, "key");
			if (same) {
				key = field_text(slice_str(auparse_get_field_str(t->au)),
						 &arena);
				same = slice_eq(key, slice_make(ours.ptr, len));
				advance(t);
			}
		}
		ours = slice_skip(ours, len + 1);
	}
	arena_fini(&arena);
	return same;
}

/* The words of a quoted value that libauparse took for fields or dropped. */
static bool same_blanks(struct theirs *t, struct slice raw)
{
	struct slice first = raw, rest;
	const char *blank = memchr(raw.ptr, ' ', raw.len);
	struct field field;

	if (!blank || raw.ptr[0] != '"')
		return false;
	first.len = (size_t)(blank - raw.ptr);
	if (!slice_eq_str(without_punctuation(first), auparse_get_field_str(t->au)))
		return false;
	advance(t);
	rest = slice_skip(raw, first.len);
	while (field_next(&rest, &field)) {
		if (t->more)
			advance(t);
	}
	return true;
}

static struct slice without_old_new(struct slice key)
{
	const char *blank = memchr(key.ptr, ' ', key.len);

	return blank ? slice_skip(key, (size_t)(blank - key.ptr) + 1) : key;
}

/* One field of ours against what libauparse has; leaves it behind that. */
static bool same_field(struct log *log, struct theirs *t, const struct field *field)
{
	struct slice key = without_old_new(field->key), value = field->value;
	const char *theirs = auparse_get_field_str(t->au);

	if (key.len != field->key.len)
		log->known[KNOWN_OLD_NEW]++;
	if (key.len && key.ptr[0] == '(')
		key = slice_skip(key, 1);
	if (!slice_eq_str(key, auparse_get_field_name(t->au)))
		return false;
	if (slice_eq_str(value, theirs)) {
		advance(t);
		return true;
	}
	if (slice_eq(key, SLICE_LIT("key")) && same_keys(t, value)) {
		log->known[KNOWN_KEYS]++;
		return true;
	}
	if (slice_eq_str(without_punctuation(value), theirs)) {
		log->known[KNOWN_PUNCTUATION]++;
		advance(t);
		return true;
	}
	if (same_blanks(t, value)) {
		log->known[KNOWN_BLANKS]++;
		return true;
	}
	return false;
}

/* Fields that only libauparse has, before the next of ours. */
static void skip_theirs(struct log *log, struct theirs *t, const struct record *record)
{
	while (t->more) {
		if (their_name_is(t, "type") || their_name_is(t, "node")) {
			advance(t);
		} else if ((record->type == AUDIT_AVC ||
			    record->type == AUDIT_USER_AVC) &&
			   (their_name_is(t, "seresult") ||
			    their_name_is(t, "seperms"))) {
			log->known[KNOWN_AVC]++;
			advance(t);
		} else {
			return;
		}
	}
}

/* An enriched part that a blank sets apart: libauparse has it as fields. */
static void skip_enriched(struct log *log, struct theirs *t, const struct record *record)
{
	struct slice rest = record->enriched;
	struct field field;

	if (rest.len == 0 || rest.ptr[-1] != ' ')
		return;
	while (t->more && field_next(&rest, &field)) {
		if (!slice_eq_str(field.key, auparse_get_field_name(t->au)))
			return;
		log->known[KNOWN_ENRICHED]++;
		advance(t);
	}
}

static void compare_fields(struct log *log, size_t n, auparse_state_t *au)
{
	static struct field fields[FIELDS_MAX];
	const struct record *record = &log->lines[n].record;
	struct theirs t = { au, auparse_first_field(au) > 0 };
	size_t count = our_fields(record, fields);

	for (size_t i = 0; i < count; i++) {
		/* "key=" of a node= or type= kind may come again inside. */
		if (i == 0 || !(slice_eq(fields[i].key, SLICE_LIT("type")) ||
				slice_eq(fields[i].key, SLICE_LIT("node"))))
			skip_theirs(log, &t, record);
		log->fields++;
		if (fields[i].value.len == 0) {
			log->known[KNOWN_EMPTY]++;
			continue;
		}
		if (!t.more) {
			differ(log, n, "a field more", fields[i].key, "none");
			return;
		}
		if (!same_field(log, &t, &fields[i])) {
			char what[128];

			snprintf(what, sizeof(what), "field %.*s against %s",
				 (int)(fields[i].key.len < 40 ? fields[i].key.len : 40),
				 fields[i].key.ptr, auparse_get_field_name(au));
			differ(log, n, what, fields[i].value, auparse_get_field_str(au));
			return;
		}
	}
	skip_theirs(log, &t, record);
	skip_enriched(log, &t, record);
	if (t.more)
		differ(log, n, "a field less", SLICE_LIT("none"),
		       auparse_get_field_name(au));
}

static void compare_record(struct log *log, size_t n, auparse_state_t *au)
{
	const struct record *record = &log->lines[n].record;
	const au_event_t *stamp = auparse_get_timestamp(au);
	int type = auparse_get_type(au);

	if (record->type == RECORD_TYPE_OTHER ||
	    audit_msg_type_to_name(record->type) == NULL)
		log->known[KNOWN_NO_NAME]++;
	else if (type != record->type)
		differ(log, n, "type", slice_str(record_type_name(record->type)),
		       audit_msg_type_to_name(type));
	if ((uint64_t)stamp->sec != record->sec || stamp->milli != record->msec ||
	    stamp->serial != record->serial)
		differ(log, n, "stamp", record->line, "another");
	if (!slice_eq_str(record->node, stamp->host ? stamp->host : ""))
		differ(log, n, "node", record->node, stamp->host ? stamp->host : "none");
	compare_fields(log, n, au);
}

static void read_theirs(struct log *log)
{
	auparse_state_t *au = auparse_init(AUSOURCE_BUFFER, strbuf_str(&log->text));
	struct map *index = index_lines(log, true);

	if (!au)
		abort();
	while (auparse_next_event(au) > 0) {
		log->their_events++;
		for (int more = auparse_first_record(au); more > 0;
		     more = auparse_next_record(au)) {
			const char *text = auparse_get_record_text(au);
			struct line *line = map_get(index, slice_str(text));

			if (!line) {
				printf("%s: libauparse has a record that is no line: %s\n",
				       log->path, text);
				log->differences++;
				continue;
			}
			map_put(index, slice_str(text), line->same);
			line->theirs = log->their_events;
			compare_record(log, (size_t)(line - log->lines), au);
		}
	}
	auparse_destroy(au);
	map_free(&index);
}

static bool completes_at_once(uint16_t type)
{
	/* au_check_events() in auparse/auparse.c */
	return type < AUDIT_FIRST_EVENT || type >= AUDIT_FIRST_ANOM_MSG ||
	       type == AUDIT_KERNEL ||
	       (type >= AUDIT_MAC_UNLBL_ALLOW && type <= AUDIT_MAC_CALIPSO_DEL) ||
	       type >= AUDIT_FIRST_KERN_ANOM_MSG;
}

/* Why are lines a < b of one event of ours in two of libauparse's? */
static enum known why_split(const struct log *log, size_t a, size_t b)
{
	uint64_t sec = log->lines[a].record.sec;

	if (log->lines[a].record.type == AUDIT_LOGIN)
		return KNOWN_LOGIN;
	if (log->lines[a].record.type == AUDIT_PROCTITLE)
		return KNOWN_AFTER_END;
	if (completes_at_once(log->lines[a].record.type))
		return KNOWN_AT_ONCE;
	for (size_t i = a + 1; i <= b; i++) {
		if (log->lines[i].record.sec >= sec + EOE_TIMEOUT)
			return KNOWN_BACK_DATED;
	}
	return KNOWN_MAX;
}

static bool same_stamp(const struct record *a, const struct record *b)
{
	return a->sec == b->sec && a->msec == b->msec && a->serial == b->serial &&
	       slice_eq(a->node, b->node);
}

/* The line of the same event before line n, by either reader's view. */
static size_t before(const struct log *log, size_t n, bool ours, const size_t *last)
{
	uint32_t event = ours ? log->lines[n].ours : log->lines[n].theirs;

	return event ? last[event] : 0;
}

/*
 * Both readers keep the order of lines in an event, so that two events hold
 * the same lines exactly when each line has the same predecessor in both.
 */
static void compare_events(struct log *log)
{
	size_t *ours = xcalloc(log->our_events + 1, sizeof(*ours));
	size_t *theirs = xcalloc(log->their_events + 1, sizeof(*theirs));

	for (size_t n = 0; n < log->count; n++) {
		const struct line *line = &log->lines[n];
		size_t a = before(log, n, true, ours), b = before(log, n, false, theirs);

		if (line->record.type == AUDIT_EOE)
			continue; /* ends an event, and is no part of ours */
		if (!line->ours)
			differ_event(log, n, "in no event of ours");
		if (!line->theirs)
			differ_event(log, n, "in no event of libauparse");
		if (a != b) {
			enum known known = KNOWN_MAX;

			if (a && !b)
				known = why_split(log, a - 1, n);
			else if (b && !a &&
				 same_stamp(&log->lines[b - 1].record, &line->record))
				known = KNOWN_ALONE;
			if (known == KNOWN_MAX)
				differ_event(log, n, "belongs to another event");
			else
				log->known[known]++;
		}
		ours[line->ours] = n + 1;
		theirs[line->theirs] = n + 1;
	}
	free(ours);
	free(theirs);
}

static bool check_log(const char *path)
{
	struct log log = { .path = path };
	bool good;

	strbuf_init(&log.text);
	if (load(&log) < 0)
		return false;
	read_ours(&log);
	read_theirs(&log);
	compare_events(&log);
	printf("%s: %zu records, %zu fields, %zu lines refused, events %u and %u", path,
	       log.count, log.fields, log.refused, log.our_events, log.their_events);
	for (unsigned i = 0; i < KNOWN_MAX; i++) {
		if (log.known[i])
			printf("; %" PRIu64 " times %s", log.known[i], reasons[i]);
	}
	printf("%s\n", log.differences ? "; DIFFERENT" : "");
	good = log.differences == 0;
	strbuf_fini(&log.text);
	free(log.lines);
	return good;
}

int main(int argc, char **argv)
{
	bool good = argc > 1;

	auparse_set_eoe_timeout(EOE_TIMEOUT);
	for (int i = 1; i < argc; i++)
		good &= check_log(argv[i]);
	return good ? 0 : 1;
}
