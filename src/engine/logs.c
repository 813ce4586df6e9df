/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/logs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/num.h"
#include "base/xalloc.h"

struct log_file {
	char *path;
	struct source_mark mark;
	uint64_t records, events, malformed;
	stamp_ms first, last;
};

struct logs {
	struct log_file *files; /* in the order in which they were read on */
	size_t n, room;
	size_t begun;                 /* of the source's files */
	size_t at;                    /* the one that is being read; n: none */
	struct assembler_stats since; /* as they were when that began */
};

struct logs *logs_new(void)
{
	return xcalloc(1, sizeof(struct logs));
}

static void forget_all(struct logs *logs)
{
	for (size_t i = 0; i < logs->n; i++)
		free(logs->files[i].path);
	logs->n = 0;
}

void logs_free(struct logs **logs)
{
	if (!*logs)
		return;
	forget_all(*logs);
	free((*logs)->files);
	free(*logs);
	*logs = NULL;
}

static void take_out(struct logs *logs, size_t i)
{
	memmove(&logs->files[i], &logs->files[i + 1],
		(--logs->n - i) * sizeof(logs->files[0]));
}

static struct log_file *add(struct logs *logs, const struct log_file *file)
{
	if (logs->n == LIMIT_LOGS) {
		free(logs->files[0].path);
		take_out(logs, 0);
	}
	if (logs->n == logs->room) {
		logs->room = logs->room ? logs->room * 2 : 8;
		logs->files =
			xreallocarray(logs->files, logs->room, sizeof(logs->files[0]));
	}
	logs->files[logs->n] = *file;
	return &logs->files[logs->n++];
}

/* The file is read now, or again. */
static void begin(struct logs *logs, const struct source_mark *mark, const char *path)
{
	struct log_file file = { .mark = *mark };

	for (size_t i = logs->n; mark->first[0] && i-- > 0;) {
		if (strcmp(logs->files[i].mark.first, mark->first) != 0)
			continue;
		free(logs->files[i].path);
		logs->files[i].path = xstrdup(path);
		logs->at = i;
		return;
	}
	file.path = xstrdup(path);
	add(logs, &file);
	logs->at = logs->n - 1;
}

/* The file that is being read has come to this mark. */
static void move_on(struct logs *logs, const struct source_mark *mark)
{
	struct log_file file = logs->files[logs->at];

	if (file.mark.offset == mark->offset && file.mark.first[0])
		return;
	file.mark = *mark;
	take_out(logs, logs->at);
	add(logs, &file);
	logs->at = logs->n - 1;
}

static void count(struct logs *logs, const struct assembler_stats *stats)
{
	struct log_file *file = logs->at < logs->n ? &logs->files[logs->at] : NULL;

	if (file) {
		file->records += stats->records - logs->since.records;
		file->events += stats->events - logs->since.events;
		file->malformed += stats->malformed - logs->since.malformed;
	}
	logs->since = *stats;
}

void logs_update(struct logs *logs, struct source *source,
		 const struct assembler_stats *stats)
{
	struct source_mark mark;
	const char *path;

	count(logs, stats);
	if (logs->begun && source_mark(source, logs->begun - 1, &mark, &path))
		move_on(logs, &mark);
	while (source_mark(source, logs->begun, &mark, &path)) {
		begin(logs, &mark, path);
		logs->begun++;
	}
}

void logs_follow(struct logs *logs, struct source *source,
		 const struct assembler_stats *stats)
{
	if (source_begun(source) != logs->begun)
		logs_update(logs, source, stats);
}

size_t logs_begun(const struct logs *logs)
{
	return logs->begun;
}

void logs_event(struct logs *logs, stamp_ms time)
{
	struct log_file *file = logs->at < logs->n ? &logs->files[logs->at] : NULL;

	if (!file)
		return;
	if (file->first == 0 || time < file->first)
		file->first = time;
	if (time > file->last)
		file->last = time;
}

int logs_put(const struct logs *logs, struct store *store, struct err *err)
{
	for (size_t i = 0; i < logs->n; i++) {
		const struct log_file *file = &logs->files[i];
		struct source_row row = {
			.path = file->path,
			.fingerprint = file->mark.first[0] ? file->mark.first : NULL,
			.bytes = file->mark.offset,
			.records = file->records,
			.events = file->events,
			.malformed = file->malformed,
			.first = file->first,
			.last = file->last,
		};

		if (store_put_source(store, &row, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- as text ---- */

static const char *or_none(const char *digest)
{
	return digest[0] ? digest : "-";
}

void logs_save(const struct logs *logs, struct strbuf *out)
{
	for (size_t i = 0; i < logs->n; i++) {
		const struct log_file *f = &logs->files[i];

		if (f->mark.head_len == 0) /* no line of it was read */
			continue;
		strbuf_printf(out,
			      "%s %u %s %" PRIu64 " %" PRIu64 " %s %" PRIu64 " %" PRIu64
			      " %" PRIu64 " %" PRIu64 " %" PRIu64 " ",
			      or_none(f->mark.head), f->mark.head_len,
			      or_none(f->mark.tail), f->mark.offset, f->mark.line,
			      or_none(f->mark.first), f->records, f->events, f->malformed,
			      (uint64_t)f->first, (uint64_t)f->last);
		escape_add(out, slice_str(f->path));
		strbuf_add_char(out, '\n');
	}
}

/* The next word of a line and the blank behind it; empty at the end. */
static struct slice take_word(struct slice *line)
{
	const char *blank = line->len ? memchr(line->ptr, ' ', line->len) : NULL;
	struct slice word =
		slice_make(line->ptr, blank ? (size_t)(blank - line->ptr) : line->len);

	*line = slice_skip(*line, word.len + (blank != NULL));
	return word;
}

static bool take_digest(struct slice *line, char out[SHA256_HEX + 1])
{
	struct slice word = take_word(line);
	uint8_t raw[SHA256_LEN];

	out[0] = '\0';
	if (slice_eq_str(word, "-"))
		return true;
	if (!hex_decode(word, raw, SHA256_LEN))
		return false;
	hex_encode(raw, SHA256_LEN, out);
	return true;
}

static bool take_number(struct slice *line, uint64_t *out)
{
	return num_u64(take_word(line), out);
}

static bool load_line(struct logs *logs, struct slice line)
{
	struct log_file f = { 0 };
	uint64_t head_len, first, last;
	struct strbuf path;

	if (!take_digest(&line, f.mark.head) || !take_number(&line, &head_len) ||
	    head_len > UINT32_MAX || !take_digest(&line, f.mark.tail) ||
	    !take_number(&line, &f.mark.offset) || !take_number(&line, &f.mark.line) ||
	    !take_digest(&line, f.mark.first) || !take_number(&line, &f.records) ||
	    !take_number(&line, &f.events) || !take_number(&line, &f.malformed) ||
	    !take_number(&line, &first) || !take_number(&line, &last))
		return false;
	f.mark.head_len = (uint32_t)head_len;
	f.first = (stamp_ms)first;
	f.last = (stamp_ms)last;
	strbuf_init(&path);
	unescape_add(&path, line);
	f.path = xmemdup0(path.ptr ? path.ptr : "", path.len);
	strbuf_fini(&path);
	add(logs, &f);
	logs->at = logs->n;
	return true;
}

bool logs_load(struct logs *logs, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (text[len] != '\n' || !load_line(logs, slice_make(text, len))) {
			forget_all(logs);
			return false;
		}
		text += len + 1;
	}
	return true;
}

struct source_mark *logs_marks(const struct logs *logs, size_t *n)
{
	struct source_mark *marks = xcalloc(logs->n + 1, sizeof(*marks));

	for (size_t i = 0; i < logs->n; i++)
		marks[i] = logs->files[i].mark;
	*n = logs->n;
	return marks;
}

const char *logs_last_path(const struct logs *logs)
{
	return logs->n ? logs->files[logs->n - 1].path : "";
}
