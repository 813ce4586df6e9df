/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where lines come from: files in the right order, a directory with a
 * rotated set, standard input.
 */
#ifndef AUSPEX_AUDIT_SOURCE_H
#define AUSPEX_AUDIT_SOURCE_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

struct source;

enum source_status {
	SOURCE_ERROR = -1, /* err is set; the next call goes on with the next file */
	SOURCE_END = 0,
	SOURCE_LINE = 1,
};

struct source_pos {
	const char *path; /* of the file that the last line came from; "-" stdin */
	uint64_t line;    /* number in that file, from 1 */
	uint64_t offset;  /* of the line's first byte in the (unpacked) file */
	uint64_t bytes_done, bytes_all; /* over all files; all is 0 when not known */
};

/*
 * paths: files, directories (audit.log and its rotated set in it), "-".
 * Several files are read in the order of their first record's time.
 * On -1 nothing is to be closed.
 */
int source_open(const char *const *paths, size_t npaths, struct source **out,
		struct err *err);
/* The next line without its newline, borrowed until the next call. */
enum source_status source_next(struct source *source, struct slice *line,
			       struct err *err);
void source_pos(const struct source *source, struct source_pos *out);
void source_close(struct source **source);

#endif
