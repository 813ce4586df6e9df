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

void source_seen_update(struct source *s)
{
	uint64_t offset = s->whole ? s->offset : s->line_offset;
	size_t len = offset < s->head.len ? (size_t)offset : s->head.len;
	struct source_mark *mark;

	if (s->nseen == s->ngiven || !s->regular || len < SOURCE_HEAD_MIN)
		return;
	mark = &s->seen[s->nseen - 1].mark;
	if (mark->offset == offset)
		return;
	mark->offset = offset;
	mark->line = s->whole ? s->line : s->line - 1;
	mark->head_len = (uint32_t)len;
	digest(s->head.bytes, len, mark->head);
	digest_tail(s, offset, mark->tail);
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
