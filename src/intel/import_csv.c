/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MalwareBazaar's CSV. Its header is a comment, so the columns are by their
 * number: first_seen, sha256, md5, sha1, reporter, file_name, file type,
 * mime type, signature, ...
 */
#include <ctype.h>
#include <string.h>

#include "intel/import_priv.h"

enum column { COL_SHA256 = 1, COL_MD5, COL_SHA1, COL_REPORTER, COL_NAME, COL_FAMILY = 8 };
enum { COLUMNS = 9 }; /* that are looked at */

/*
 * Cuts a line into fields, which may be in quotes, with a doubled quote for
 * one (RFC 4180), and have blanks around them. Returns how many there are;
 * those behind max are only counted. Quotes are undoubled in room.
 */
static size_t cut(struct slice line, struct slice *fields, size_t max, char *room)
{
	size_t n = 0, i = 0;

	for (;;) {
		char *start = room;
		bool quoted;

		while (i < line.len && isspace((unsigned char)line.ptr[i]))
			i++;
		quoted = i < line.len && line.ptr[i] == '"';
		i += quoted;
		while (i < line.len) {
			if (quoted && line.ptr[i] == '"') {
				if (i + 1 < line.len && line.ptr[i + 1] == '"')
					i++;
				else
					break;
			} else if (!quoted && line.ptr[i] == ',') {
				break;
			}
			*room++ = line.ptr[i++];
		}
		if (n < max)
			fields[n] = slice_make(start, (size_t)(room - start));
		n++;
		while (i < line.len && line.ptr[i] != ',')
			i++;
		if (i == line.len)
			return n;
		i++;
	}
}

static bool is_known(struct slice s)
{
	return s.len && !slice_eq_str(s, "n/a") && !slice_eq_str(s, "unknown");
}

bool import_is_csv(struct slice line)
{
	struct slice fields[COLUMNS];
	char room[LIMIT_FEED_LINE];

	return line.len < sizeof(room) && cut(line, fields, COLUMNS, room) >= COLUMNS &&
	       fields[COL_SHA256].len == 64 &&
	       indicator_looks_like_hash(fields[COL_SHA256]);
}

static int take_row(struct import *im, const struct slice *fields)
{
	static const enum column hashes[] = { COL_SHA256, COL_MD5, COL_SHA1 };
	struct slice name =
		is_known(fields[COL_FAMILY]) ? fields[COL_FAMILY] : fields[COL_NAME];
	int64_t report = 0;

	if (!indicator_looks_like_hash(fields[COL_SHA256])) {
		import_bad(im, "there is no hash in the second column");
		return 0;
	}
	if (is_known(fields[COL_REPORTER]) &&
	    import_report(im, fields[COL_REPORTER], &report) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		const char *why;

		if (!is_known(fields[hashes[i]]))
			continue;
		why = indicator_hash(fields[hashes[i]], &im->ind);
		im->ind.report = report;
		if (is_known(name))
			im->ind.name = name;
		if (import_take_if(im, why) != 0)
			return -1;
	}
	return 0;
}

int import_csv(struct import *im)
{
	struct slice line, fields[COLUMNS];
	char room[LIMIT_FEED_LINE];
	bool too_long;
	int rc;

	while ((rc = feed_line(im->feed, &line, &too_long, im->err)) > 0) {
		if (too_long) {
			import_bad(im, "the line is too long");
			continue;
		}
		if (slice_starts(line, SLICE_LIT("\xef\xbb\xbf")))
			line = slice_skip(line, 3);
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (cut(line, fields, COLUMNS, room) < COLUMNS) {
			import_bad(im, "fewer columns than MalwareBazaar's CSV has");
			continue;
		}
		if (take_row(im, fields) != 0)
			return -1;
	}
	return rc;
}
