/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log that is still being written. It is rotated in one of two ways: the
 * file is renamed and a new one takes its name (auditd, logrotate), or its
 * contents are copied and the file itself is cut off (logrotate's
 * copytruncate). Either may have happened more than once since it was looked
 * at last, and what was put aside may be packed by now. The file that was
 * read is therefore found again by its first bytes, and everything behind it
 * in the order of rotation is read after it.
 */
#include <string.h>

#include "audit/source_priv.h"

void source_follow(struct source *s)
{
	s->follow = true;
}

/* Where in the set the file is that the mark is of; set->count: nowhere. */
static size_t find_marked(const struct source_set *set, const struct source_mark *mark)
{
	struct source_head head;

	for (size_t i = 0; i < set->count; i++) {
		source_head_read(set->files[i].path, &head);
		if (source_mark_fits(mark, &head))
			return i;
	}
	return set->count;
}

/*
 * The file that was open is another one now: finds where it has gone, to be
 * read on from its mark, and whatever came after it.
 */
static enum source_status begin_anew(struct source *s, struct err *err)
{
	const struct source_seen *seen = &s->seen[s->nseen - 1];
	struct source_set set;
	bool found;
	size_t at;

	source_seen_update(s);
	s->bytes_before += stream_raw_done(s->stream);
	stream_close(&s->stream);
	source_set_around(seen->path, &set);
	at = find_marked(&set, &seen->mark);
	found = at < set.count;
	if (found)
		source_set_drop(&set, at);
	else if (set.count)
		source_set_drop(&set, set.count - 1);
	source_set_fini(&s->set);
	s->set = set;
	s->next = 0;
	/* A file of which no line was read leaves nothing behind. */
	if (found || seen->mark.head_len == 0)
		return SOURCE_LINE;
	err_set(err,
		"%s: was rotated and is not found again, records may be missing: "
		"keep more rotated logs",
		seen->path);
	return SOURCE_ERROR;
}

/*
 * Is there a file that came after the open one? To be asked where that one
 * has been put aside already and the live log was not there yet.
 */
static bool has_successor(struct source *s)
{
	const struct source_seen *seen = &s->seen[s->nseen - 1];
	struct source_set set;
	bool has;

	source_seen_update(s);
	source_set_around(seen->path, &set);
	has = find_marked(&set, &seen->mark) + 1 < set.count;
	source_set_fini(&set);
	return has;
}

/* Reads what was added. Returns the count of bytes, -1 on an error. */
static ssize_t read_added(struct source *s, struct err *err)
{
	size_t had = s->end - s->at;

	s->eof = false;
	if (source_fill(s, err) < 0)
		return -1;
	return (ssize_t)(s->end - s->at - had);
}

enum source_status source_follow_on(struct source *s, struct err *err)
{
	ssize_t n = read_added(s, err);
	bool ours = stream_begins_with(s->stream, s->head.bytes, s->head.len);

	if (n < 0) {
		stream_close(&s->stream);
		return SOURCE_ERROR;
	}
	if (!ours)
		return begin_anew(s, err); /* cut off: what was read is not of it */
	if (n > 0)
		return SOURCE_LINE;
	if (s->live ? stream_at(s->stream) != STREAM_AT_OTHER : !has_successor(s))
		return SOURCE_WAIT;
	/* Renamed: something may have been written just before that. */
	n = read_added(s, err);
	return n > 0 ? SOURCE_LINE : begin_anew(s, err);
}
