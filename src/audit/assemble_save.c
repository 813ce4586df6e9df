/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The form is lines of text, for the eyes of whoever has to look into a
 * database: a head, the ids of events that have gone, and each open event
 * with its records as they stood in the log.
 */
#include <inttypes.h>
#include <string.h>

#include "audit/assemble_priv.h"
#include "audit/limits.h"
#include "base/num.h"

enum {
	SAVED_VERSION = 1,
	AGE_MAX = LIMIT_WINDOW + 1, /* as good as any that is higher */
	BASE_ARRIVAL = AGE_MAX,
};

void assembler_save(const struct assembler *a, struct strbuf *out)
{
	strbuf_printf(out, "assembler %d %d %u\n", SAVED_VERSION, a->proctitle_seen,
		      a->proctitle_trial);
	for (size_t i = 0; i < GONE; i++) {
		const struct id *id = &a->gone[i];

		if (id->time != UINT64_MAX)
			strbuf_printf(out, "gone %" PRIu64 " %" PRIu64 " %u\n", id->time,
				      id->node, id->serial);
	}
	for (const struct slot *slot = a->open.head; slot; slot = slot->next) {
		uint64_t age = a->arrivals - slot->last_arrival;

		strbuf_printf(out, "open %" PRIu64 " %d %d %d %u %u\n",
			      age > AGE_MAX ? AGE_MAX : age, slot->done, slot->eoe,
			      slot->alone, slot->event.missing, slot->event.nrecords);
		for (uint32_t i = 0; i < slot->event.nrecords; i++) {
			strbuf_add_slice(out, slot->event.records[i].line);
			strbuf_add_char(out, '\n');
		}
	}
	strbuf_add_str(out, "end\n");
}

static bool take_line(struct slice *rest, struct slice *line)
{
	const char *newline = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;

	if (!newline)
		return false;
	*line = slice_make(rest->ptr, (size_t)(newline - rest->ptr));
	*rest = slice_skip(*rest, line->len + 1);
	return true;
}

/* The numbers behind the first word of a line: all of them, and no more. */
static bool read_numbers(struct slice line, const char *word, uint64_t *out, size_t n)
{
	if (!slice_starts(line, slice_str(word)))
		return false;
	line = slice_skip(line, strlen(word));
	for (size_t i = 0; i < n; i++) {
		const char *end;
		size_t len;

		if (line.len == 0 || line.ptr[0] != ' ')
			return false;
		line = slice_skip(line, 1);
		end = line.len ? memchr(line.ptr, ' ', line.len) : NULL;
		len = end ? (size_t)(end - line.ptr) : line.len;
		if (!num_u64(slice_make(line.ptr, len), &out[i]))
			return false;
		line = slice_skip(line, len);
	}
	return line.len == 0;
}

static bool load_gone(struct assembler *a, struct slice line)
{
	uint64_t n[3];
	struct id id;

	if (!read_numbers(line, "gone", n, 3) || n[2] > UINT32_MAX)
		return false;
	id = (struct id){ .time = n[0], .node = n[1], .serial = (uint32_t)n[2] };
	*gone_entry(a, &id) = id;
	return true;
}

/* The records of an event, the first of which says which it is. */
static struct slot *load_records(struct assembler *a, struct slice *rest, uint64_t count,
				 bool alone)
{
	struct slot *slot = NULL;

	for (uint64_t i = 0; i < count; i++) {
		struct record record;
		struct slice line;
		struct id id;

		if (!take_line(rest, &line) || line.len > LIMIT_LINE ||
		    !record_scan(line, &record))
			return NULL;
		id = slot_id(&record);
		if (!slot)
			slot = slot_open(a, &id, alone);
		if (!slot_add_record(a, slot, &record))
			return NULL;
	}
	return slot;
}

static bool load_open(struct assembler *a, struct slice line, struct slice *rest)
{
	uint64_t n[6];
	struct slot *slot;

	if (!read_numbers(line, "open", n, 6) || n[0] > AGE_MAX || n[1] > 1 || n[2] > 1 ||
	    n[3] > 1 || n[4] > UINT32_MAX || n[5] > LIMIT_EVENT_RECORDS ||
	    a->nopen == LIMIT_OPEN_EVENTS)
		return false;
	slot = load_records(a, rest, n[5], n[3]);
	if (!slot)
		return false;
	slot->last_arrival = a->arrivals - n[0];
	slot->done = n[1];
	slot->eoe = n[2];
	slot->event.missing = (uint32_t)n[4];
	return true;
}

static bool load(struct assembler *a, struct slice rest)
{
	struct slice line;
	uint64_t n[3];

	if (!take_line(&rest, &line) || !read_numbers(line, "assembler", n, 3) ||
	    n[0] != SAVED_VERSION || n[1] > 1 || n[2] > PROCTITLE_TRIAL)
		return false;
	a->proctitle_seen = n[1];
	a->proctitle_trial = (uint32_t)n[2];
	a->arrivals = BASE_ARRIVAL;
	while (take_line(&rest, &line)) {
		if (slice_eq(line, SLICE_LIT("end")))
			return rest.len == 0;
		if (!load_gone(a, line) && !load_open(a, line, &rest))
			return false;
	}
	return false;
}

struct assembler *assembler_load(struct slice bytes)
{
	struct assembler *a = assembler_new();

	if (!load(a, bytes))
		assembler_free(&a);
	return a;
}
