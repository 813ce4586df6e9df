/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/logline.h"

#include <string.h>

#include "base/map.h"
#include "base/num.h"

enum {
	LONG_LINE = 8900, /* of which the log may not have the end */
	CUT_END = 16,     /* that the stream may not have */
};

static bool take_until(struct slice *rest, char end, struct slice *out)
{
	const char *at = rest->len ? memchr(rest->ptr, end, rest->len) : NULL;

	if (!at)
		return false;
	*out = slice_make(rest->ptr, (size_t)(at - rest->ptr));
	*rest = slice_skip(*rest, out->len + 1);
	return true;
}

static bool skip(struct slice *rest, struct slice word)
{
	if (!slice_starts(*rest, word))
		return false;
	*rest = slice_skip(*rest, word.len);
	return true;
}

bool logline_read(struct slice line, struct logline *out)
{
	struct slice rest = line, name;

	out->node = slice_make(line.ptr, 0);
	if (slice_starts(rest, SLICE_LIT("node="))) {
		if (!take_until(&rest, ' ', &name))
			return false;
		out->node = slice_make(line.ptr, name.len + 1);
	}
	return skip(&rest, SLICE_LIT("type=")) && take_until(&rest, ' ', &out->type) &&
	       skip(&rest, SLICE_LIT("msg=audit(")) && take_until(&rest, ')', &out->id);
}

bool logline_is_torn(struct slice line)
{
	struct slice type;

	return skip(&line, SLICE_LIT("type=")) && take_until(&line, ' ', &type) &&
	       skip(&line, SLICE_LIT("msg=audit(")) && !memchr(line.ptr, ')', line.len);
}

int64_t logline_time(struct slice id)
{
	uint64_t sec, msec;
	struct slice part;

	if (!take_until(&id, '.', &part) || !num_u64(part, &sec) ||
	    !take_until(&id, ':', &part) || !num_u64(part, &msec) ||
	    sec > INT64_MAX / 2000)
		return 0;
	return (int64_t)(sec * 1000 + msec);
}

uint64_t logline_key(const struct logline *line)
{
	return hash_bytes(line->type.ptr, line->type.len) ^
	       hash_bytes(line->id.ptr, line->id.len) * 3;
}

uint64_t logline_event_key(const struct logline *line)
{
	return hash_bytes(line->node.ptr, line->node.len) ^
	       hash_bytes(line->id.ptr, line->id.len) * 3;
}

static struct slice trimmed(struct slice line)
{
	while (line.len && line.ptr[line.len - 1] == ' ')
		line.len--;
	return line;
}

/* Such as auditd 4.2.0 and 4.2.1 hand over where log_format is RAW. */
static bool is_cut(struct slice stream, struct slice log)
{
	return stream.len < log.len && log.len - stream.len <= CUT_END &&
	       slice_starts(log, stream);
}

bool logline_same(struct slice stream, struct slice log)
{
	size_t less;

	if (slice_eq(stream, log) || is_cut(stream, log))
		return true;
	stream = trimmed(stream);
	log = trimmed(log);
	less = stream.len < log.len ? stream.len : log.len;
	if (less == 0 || memcmp(stream.ptr, log.ptr, less) != 0)
		return false;
	return stream.len == log.len || less >= LONG_LINE;
}

bool logline_is_title(const struct logline *line)
{
	return slice_eq(line->type, SLICE_LIT("PROCTITLE"));
}
