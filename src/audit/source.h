/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where lines come from: files in the right order, a directory with a
 * rotated set, standard input; also a log that is still being written.
 */
#ifndef AUSPEX_AUDIT_SOURCE_H
#define AUSPEX_AUDIT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/slice.h"

struct source;

enum source_status {
	SOURCE_ERROR = -1, /* err is set; the next call goes on with the next file */
	SOURCE_END = 0,
	SOURCE_LINE = 1,
	SOURCE_WAIT = 2, /* source_follow() only: nothing new yet, ask again later */
};

struct source_pos {
	const char *path; /* of the file that the last line came from; "-" stdin */
	uint64_t line;    /* number in that file, from 1 */
	uint64_t offset;  /* of the line's first byte in the (unpacked) file */
	bool whole;       /* the line was ended by a newline, or by another file */
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
/* source_pos().whole of the last line, for each line. */
bool source_whole(const struct source *source);
void source_close(struct source **source);

/*
 * Before the first source_next(): the last file is not over at its end. Its
 * lines go on as they are written, and into the file that takes its place
 * when it is rotated, by renaming or by copying and truncating.
 */
void source_follow(struct source *source);

/*
 * How far a file was read. A file is known again by its first bytes and by
 * the last ones that were read, whatever its name has become and whether it
 * was packed since.
 */
struct source_mark {
	char head[SHA256_HEX + 1]; /* of the first head_len bytes, unpacked */
	uint32_t head_len;
	char tail[SHA256_HEX + 1];  /* of the last bytes before offset */
	uint64_t offset;            /* behind the last whole line that was given */
	uint64_t line;              /* number of that line */
	char first[SHA256_HEX + 1]; /* of its first line; "": not read so far */
};

/*
 * Before the first source_next(): files that a mark fits are read on from
 * there. The marks are copied.
 */
void source_resume(struct source *source, const struct source_mark *marks, size_t n);

/* What marks say of the files that are to be read, without reading on. */
enum source_known {
	SOURCE_UNKNOWN, /* none of them was read before */
	SOURCE_OTHER,   /* some were, but there is no going on from the last mark */
	SOURCE_KNOWN,   /* with the last mark everything before it was read */
};
/*
 * The marks stand in the order in which their files were read. KNOWN: the
 * files hold what was read of them, the file of the last mark is among them
 * and nothing new before it; or nothing at all is new.
 */
enum source_known source_known(struct source *source, const struct source_mark *marks,
			       size_t n);
/* Are all of them regular files, which have marks? */
bool source_has_marks(const struct source *source);
/* Is a file of that path among them? */
bool source_reads(const struct source *source, const char *path);
/* How many files were begun so far. */
size_t source_begun(const struct source *source);
/*
 * The marks of the files that this source has begun to read, in that order;
 * the last one goes on changing. Files that are too short to be known again
 * and pipes have none: *mark is then all zero. false: there is no nth.
 */
bool source_mark(struct source *source, size_t nth, struct source_mark *mark,
		 const char **path);

#endif
