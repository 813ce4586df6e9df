/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines are cut out of one buffer that is filled in large pieces. A line
 * longer than LIMIT_LINE is given up to one byte more than that, so that
 * whoever takes it sees that it was cut; the rest of it is passed over.
 */
#include "audit/source.h"

#include <stdlib.h>
#include <string.h>

#include "audit/limits.h"
#include "audit/source_priv.h"
#include "base/xalloc.h"

enum {
	CHUNK = 256 * 1024,
	BUFFER = CHUNK + LIMIT_LINE + 1 + SOURCE_TAIL,
};

int source_open(const char *const *paths, size_t npaths, struct source **out,
		struct err *err)
{
	struct source *s = xcalloc(1, sizeof(*s));
	bool known = true;

	if (source_set_make(paths, npaths, &s->set, err) < 0) {
		free(s);
		return -1;
	}
	for (size_t i = 0; i < s->set.count; i++) {
		known &= s->set.files[i].regular;
		s->bytes_all += s->set.files[i].size;
	}
	if (!known)
		s->bytes_all = 0;
	s->buf = xmalloc(BUFFER);
	*out = s;
	return 0;
}

/* The file that is open, or was. */
static const char *current_path(const struct source *s)
{
	return s->nseen > s->ngiven ? s->seen[s->nseen - 1].path : s->set.files[0].path;
}

/* Reads so much of a file that it can be known by it. */
static int read_head(struct source *s, struct err *err)
{
	while (s->head.len < SOURCE_HEAD && !s->eof) {
		if (source_fill(s, err) < 0)
			return -1;
	}
	return source_seen_skip(s, err);
}

static int open_next(struct source *s, struct err *err)
{
	const struct source_file *file = &s->set.files[s->next++];

	source_seen_add(s, file->path);
	s->at = s->end = s->searched = 0;
	s->offset = s->line = s->line_offset = 0;
	s->eof = s->ended = s->skipping = false;
	s->whole = true;
	s->regular = file->regular;
	s->live = file->age == 0;
	s->head.len = 0;
	if (file->problem)
		return err_set(err, "%s", file->problem);
	if (stream_open(file->path, &s->stream, err) < 0)
		return -1;
	if (s->regular && read_head(s, err) < 0) {
		stream_close(&s->stream);
		return -1;
	}
	return 0;
}

static void close_file(struct source *s)
{
	/* A torn line that another file follows will get no end. */
	s->whole |= s->next < s->set.count;
	source_seen_update(s);
	s->bytes_before += stream_raw_done(s->stream);
	stream_close(&s->stream);
}

void source_advance(struct source *s, size_t len)
{
	s->at += len;
	s->offset += len;
	if (s->searched < s->at)
		s->searched = s->at;
}

/* Makes room behind what is there; what was given out last is kept. */
static void make_room(struct source *s)
{
	size_t keep = s->at < SOURCE_TAIL ? s->at : SOURCE_TAIL;
	size_t drop = s->at - keep;

	if (drop == 0)
		return;
	memmove(s->buf, s->buf + drop, s->end - drop);
	s->end -= drop;
	s->searched -= drop;
	s->at = keep;
}

/* Adds n bytes that stand at buf[end] to the head, if they belong to it. */
static void extend_head(struct source *s, size_t n)
{
	uint64_t offset = s->offset + (s->end - s->at);

	if (s->head.len == SOURCE_HEAD || offset != s->head.len)
		return;
	if (n > SOURCE_HEAD - s->head.len)
		n = SOURCE_HEAD - s->head.len;
	memcpy(s->head.bytes + s->head.len, s->buf + s->end, n);
	s->head.len += n;
}

int source_fill(struct source *s, struct err *err)
{
	ssize_t n;

	make_room(s);
	n = stream_read(s->stream, s->buf + s->end, BUFFER - s->end, err);
	if (n <= 0) {
		s->eof = true;
		return (int)n;
	}
	extend_head(s, (size_t)n);
	s->end += (size_t)n;
	/* The mark that some editors put at the start of UTF-8 text. */
	if (s->offset == 0 && s->end >= 3 && memcmp(s->buf, "\xef\xbb\xbf", 3) == 0)
		source_advance(s, 3);
	return 0;
}

static void give(struct source *s, size_t len, bool whole, struct slice *line)
{
	s->whole = whole;
	*line = slice_make(s->buf + s->at, len);
	if (line->len && line->ptr[line->len - 1] == '\r')
		line->len--;
	s->line++;
	s->line_offset = s->offset;
}

/* Cuts the next line out of the buffer; false: there is no whole one. */
static bool take_line(struct source *s, struct slice *line)
{
	const char *newline = memchr(s->buf + s->searched, '\n', s->end - s->searched);
	size_t len;

	if (newline) {
		len = (size_t)(newline - (s->buf + s->at));
		if (s->skipping) {
			s->skipping = false;
			source_advance(s, len + 1);
			return take_line(s, line);
		}
		give(s, len > LIMIT_LINE ? LIMIT_LINE + 1 : len, true, line);
		source_advance(s, len + 1);
		return true;
	}
	s->searched = s->end;
	len = s->end - s->at;
	if (s->skipping) {
		source_advance(s, len);
		return false;
	}
	if (len > LIMIT_LINE) {
		s->skipping = true;
		give(s, LIMIT_LINE + 1, true, line);
		source_advance(s, len);
		return true;
	}
	if (s->ended && len) {
		give(s, len, false, line);
		source_advance(s, len);
		return true;
	}
	return false;
}

/* Is the open file one whose end is not the end? */
static bool may_grow(const struct source *s)
{
	return s->follow && s->next == s->set.count && s->regular &&
	       stream_can_grow(s->stream);
}

/* At the end of what there is: opens, reads or closes; as source_next(). */
static enum source_status go_on(struct source *s, struct err *err)
{
	if (!s->stream) {
		if (s->next == s->set.count)
			return SOURCE_END;
		return open_next(s, err) < 0 ? SOURCE_ERROR : SOURCE_LINE;
	}
	if (s->ended) {
		close_file(s);
		return SOURCE_LINE;
	}
	if (s->eof) {
		if (may_grow(s))
			return source_follow_on(s, err);
		s->ended = true;
		return SOURCE_LINE;
	}
	if (source_fill(s, err) < 0) {
		close_file(s);
		return SOURCE_ERROR;
	}
	return SOURCE_LINE;
}

enum source_status source_next(struct source *s, struct slice *line, struct err *err)
{
	for (;;) {
		enum source_status status;

		if (s->stream && take_line(s, line))
			return SOURCE_LINE;
		status = go_on(s, err);
		if (status != SOURCE_LINE)
			return status;
	}
}

void source_pos(const struct source *s, struct source_pos *out)
{
	*out = (struct source_pos){
		.path = current_path(s),
		.line = s->line,
		.offset = s->line_offset,
		.whole = s->whole,
		.bytes_done =
			s->bytes_before + (s->stream ? stream_raw_done(s->stream) : 0),
		.bytes_all = s->bytes_all,
	};
}

bool source_whole(const struct source *s)
{
	return s->whole;
}

void source_close(struct source **source)
{
	struct source *s = *source;

	if (!s)
		return;
	stream_close(&s->stream);
	source_set_fini(&s->set);
	for (size_t i = 0; i < s->nseen; i++)
		free(s->seen[i].path);
	free(s->seen);
	free(s->buf);
	free(s);
	*source = NULL;
}
