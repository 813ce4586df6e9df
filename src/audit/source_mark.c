/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "audit/source_priv.h"
#include "base/xalloc.h"

static void digest(const char *bytes, size_t len, char out[SHA256_HEX + 1])
{
	struct sha256 *ctx = sha256_new();
	uint8_t raw[SHA256_LEN];

	sha256_add(ctx, bytes, len);
	sha256_end(ctx, raw);
	sha256_free(&ctx);
	hex_encode(raw, SHA256_LEN, out);
}

static struct source_seen *add(struct source *s)
{
	if (s->nseen == s->room) {
		s->room = s->room ? s->room * 2 : 8;
		s->seen = xreallocarray(s->seen, s->room, sizeof(*s->seen));
	}
	s->seen[s->nseen] = (struct source_seen){ 0 };
	return &s->seen[s->nseen++];
}

void source_resume(struct source *s, const struct source_mark *marks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(s)->mark = marks[i];
	s->ngiven = s->nseen;
}

void source_seen_add(struct source *s, const char *path)
{
	add(s)->path = xstrdup(path);
}

static size_t tail_len(uint64_t offset)
{
	return offset < SOURCE_TAIL ? (size_t)offset : SOURCE_TAIL;
}

/* The bytes before the offset, which may lie a torn line before buf[at]. */
static void digest_tail(const struct source *s, uint64_t offset, char out[SHA256_HEX + 1])
{
	size_t at = s->at - (size_t)(s->offset - offset);
	size_t len = tail_len(offset);

	digest(s->buf + at - len, len, out);
}

/* What the file is known by to people; nothing before that line is whole. */
static void first_line(const struct source *s, char out[SHA256_HEX + 1])
{
	const char *newline =
		s->head.len ? memchr(s->head.bytes, '\n', s->head.len) : NULL;

	if (newline || s->head.len == SOURCE_HEAD)
		digest(s->head.bytes,
		       newline ? (size_t)(newline - s->head.bytes) : s->head.len, out);
}

void source_seen_update(struct source *s)
{
	uint64_t offset = s->whole ? s->offset : s->line_offset;
	size_t len = offset < s->head.len ? (size_t)offset : s->head.len;
	struct source_mark *mark;

	if (s->nseen == s->ngiven || !s->regular)
		return;
	mark = &s->seen[s->nseen - 1].mark;
	if (!mark->first[0])
		first_line(s, mark->first);
	if (len < SOURCE_HEAD_MIN || mark->offset == offset)
		return;
	mark->offset = offset;
	mark->line = s->whole ? s->line : s->line - 1;
	mark->head_len = (uint32_t)len;
	digest(s->head.bytes, len, mark->head);
	digest_tail(s, offset, mark->tail);
}

void source_head_read(const char *path, struct source_head *out)
{
	struct stream *stream;
	ssize_t n = 1;

	out->len = 0;
	if (stream_open(path, &stream, NULL) < 0)
		return;
	while (out->len < SOURCE_HEAD && n > 0) {
		n = stream_read(stream, out->bytes + out->len, SOURCE_HEAD - out->len,
				NULL);
		if (n > 0)
			out->len += (size_t)n;
	}
	stream_close(&stream);
}

bool source_mark_fits(const struct source_mark *mark, const struct source_head *head)
{
	char hex[SHA256_HEX + 1];

	if (mark->head_len < SOURCE_HEAD_MIN || mark->head_len > head->len)
		return false;
	digest(head->bytes, mark->head_len, hex);
	return memcmp(hex, mark->head, sizeof(hex)) == 0;
}

/* Makes the byte at offset the next one, with the tail before it in the buffer. */
static int go_to(struct source *s, uint64_t offset, struct err *err)
{
	size_t len = tail_len(offset);

	if (stream_skip_to(s->stream, offset - len, err) < 0)
		return -1;
	s->at = s->end = s->searched = 0;
	s->offset = offset - len;
	s->eof = false;
	while (s->end < len && !s->eof) {
		if (source_fill(s, err) < 0)
			return -1;
	}
	if (s->end >= len)
		source_advance(s, len);
	return 0;
}

static int try_mark(struct source *s, const struct source_mark *mark, struct err *err)
{
	char hex[SHA256_HEX + 1];

	if (go_to(s, mark->offset, err) < 0)
		return -1;
	if (s->offset == mark->offset) {
		digest_tail(s, mark->offset, hex);
		if (memcmp(hex, mark->tail, sizeof(hex)) == 0) {
			s->line = mark->line;
			s->line_offset = mark->offset;
			/* A line of which a part was read is over. */
			s->skipping = s->at && s->buf[s->at - 1] != '\n';
			s->seen[s->nseen - 1].mark = *mark;
			return 0;
		}
	}
	/* Another file with the same beginning. */
	return go_to(s, 0, err);
}

int source_seen_skip(struct source *s, struct err *err)
{
	/* What this run has read itself it meets again only where it follows. */
	size_t known = s->follow ? s->nseen - 1 : s->ngiven;
	const struct source_mark *best = NULL;

	for (size_t i = 0; i < known; i++) {
		const struct source_mark *mark = &s->seen[i].mark;

		if ((!best || mark->offset > best->offset) &&
		    source_mark_fits(mark, &s->head))
			best = mark;
	}
	return best ? try_mark(s, best, err) : 0;
}

bool source_mark(struct source *s, size_t nth, struct source_mark *mark,
		 const char **path)
{
	if (s->stream)
		source_seen_update(s);
	if (nth >= s->nseen - s->ngiven)
		return false;
	*mark = s->seen[s->ngiven + nth].mark;
	*path = s->seen[s->ngiven + nth].path;
	return true;
}

/* Does the file of that path hold what was read of it? */
static bool holds(const char *path, const struct source_mark *mark)
{
	char bytes[SOURCE_TAIL], hex[SHA256_HEX + 1];
	size_t want = tail_len(mark->offset), len = 0;
	struct stream *stream;
	ssize_t n = 1;

	if (stream_open(path, &stream, NULL) < 0)
		return false;
	if (stream_skip_to(stream, mark->offset - want, NULL) < 0)
		n = -1;
	while (len < want && n > 0) {
		n = stream_read(stream, bytes + len, want - len, NULL);
		if (n > 0)
			len += (size_t)n;
	}
	stream_close(&stream);
	digest(bytes, len, hex);
	return len == want && memcmp(hex, mark->tail, sizeof(hex)) == 0;
}

/* The last mark that fits the file; n: none. */
static size_t find_mark(const char *path, const struct source_mark *marks, size_t n)
{
	struct source_head head;

	source_head_read(path, &head);
	for (size_t i = n; i-- > 0;) {
		if (source_mark_fits(&marks[i], &head))
			return i;
	}
	return n;
}

enum source_known source_known(struct source *s, const struct source_mark *marks,
			       size_t n)
{
	bool found = false, last = false, fresh = false, behind = false;

	for (size_t i = 0; i < s->set.count; i++) {
		const struct source_file *file = &s->set.files[i];
		size_t at = file->problem ? n : find_mark(file->path, marks, n);

		if (at == n) {
			fresh |= !file->problem && file->size != 0;
			continue;
		}
		found = true;
		/* Something new stands before what is known, or in its place. */
		behind |= fresh || !holds(file->path, &marks[at]);
		last |= at == n - 1;
	}
	if (!found)
		return SOURCE_UNKNOWN;
	return !behind && (last || !fresh) ? SOURCE_KNOWN : SOURCE_OTHER;
}

bool source_has_marks(const struct source *s)
{
	for (size_t i = 0; i < s->set.count; i++) {
		if (!s->set.files[i].problem && !s->set.files[i].regular)
			return false;
	}
	return true;
}

bool source_reads(const struct source *s, const char *path)
{
	for (size_t i = 0; i < s->set.count; i++) {
		if (strcmp(s->set.files[i].path, path) == 0)
			return true;
	}
	return false;
}

size_t source_begun(const struct source *s)
{
	return s->nseen - s->ngiven;
}
