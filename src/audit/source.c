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
#include "audit/source_set.h"
#include "audit/source_stream.h"
#include "base/xalloc.h"

enum {
	CHUNK = 256 * 1024,
	BUFFER = CHUNK + LIMIT_LINE + 1,
};

struct source {
	struct source_set set;
	size_t next;      /* file to be opened next */
	const char *path; /* of the open file, or of the last one */
	struct stream *stream;
	char *buf;
	size_t at, end;  /* what is not given out yet */
	size_t searched; /* no newline before this */
	bool eof, skipping;
	uint64_t offset; /* of buf[at] in the unpacked file */
	uint64_t line, line_offset;
	uint64_t bytes_before, bytes_all;
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
	s->path = s->set.files[0].path;
	*out = s;
	return 0;
}

static int open_next(struct source *s, struct err *err)
{
	const struct source_file *file = &s->set.files[s->next++];

	s->path = file->path;
	s->at = s->end = s->searched = 0;
	s->offset = s->line = s->line_offset = 0;
	s->eof = s->skipping = false;
	if (file->problem)
		return err_set(err, "%s", file->problem);
	return stream_open(file->path, &s->stream, err);
}

static void close_file(struct source *s)
{
	s->bytes_before += stream_raw_done(s->stream);
	stream_close(&s->stream);
}

static void advance(struct source *s, size_t len)
{
	s->at += len;
	s->offset += len;
	if (s->searched < s->at)
		s->searched = s->at;
}

/* Reads more behind what is there. At the end of the file eof is set. */
static int fill(struct source *s, struct err *err)
{
	ssize_t n;

	if (s->at) {
		memmove(s->buf, s->buf + s->at, s->end - s->at);
		s->end -= s->at;
		s->searched -= s->at;
		s->at = 0;
	}
	n = stream_read(s->stream, s->buf + s->end, BUFFER - s->end, err);
	if (n <= 0) {
		s->eof = true;
		return (int)n;
	}
	s->end += (size_t)n;
	/* The mark that some editors put at the start of UTF-8 text. */
	if (s->offset == 0 && s->end >= 3 && memcmp(s->buf, "\xef\xbb\xbf", 3) == 0)
		advance(s, 3);
	return 0;
}

static void give(struct source *s, size_t len, struct slice *line)
{
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
			advance(s, len + 1);
			return take_line(s, line);
		}
		give(s, len > LIMIT_LINE ? LIMIT_LINE + 1 : len, line);
		advance(s, len + 1);
		return true;
	}
	s->searched = s->end;
	len = s->end - s->at;
	if (s->skipping) {
		advance(s, len);
		return false;
	}
	if (len > LIMIT_LINE) {
		s->skipping = true;
		give(s, LIMIT_LINE + 1, line);
		advance(s, len);
		return true;
	}
	if (s->eof && len) {
		give(s, len, line);
		advance(s, len);
		return true;
	}
	return false;
}

enum source_status source_next(struct source *s, struct slice *line, struct err *err)
{
	for (;;) {
		if (!s->stream) {
			if (s->next == s->set.count)
				return SOURCE_END;
			if (open_next(s, err) < 0)
				return SOURCE_ERROR;
		}
		if (take_line(s, line))
			return SOURCE_LINE;
		if (s->eof) {
			close_file(s);
			continue;
		}
		if (fill(s, err) < 0) {
			close_file(s);
			return SOURCE_ERROR;
		}
	}
}

void source_pos(const struct source *s, struct source_pos *out)
{
	*out = (struct source_pos){
		.path = s->path,
		.line = s->line,
		.offset = s->line_offset,
		.bytes_done =
			s->bytes_before + (s->stream ? stream_raw_done(s->stream) : 0),
		.bytes_all = s->bytes_all,
	};
}

void source_close(struct source **source)
{
	struct source *s = *source;

	if (!s)
		return;
	stream_close(&s->stream);
	source_set_fini(&s->set);
	free(s->buf);
	free(s);
	*source = NULL;
}
