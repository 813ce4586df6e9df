/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "intel/feed.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { READ_BLOCK = 65536, BUFFER = 2 * LIMIT_FEED_LINE };

struct feed {
	struct archive *archive;
	const char *path;
	int fd;
	char *name; /* of the file in the archive, with the archive's */
	unsigned files;
	uint64_t total, lines;
	size_t at, len; /* of the buffer: what was not taken yet */
	bool end;
	char buffer[BUFFER];
};

static int archive_fail(const struct feed *f, struct err *err)
{
	const char *what = archive_error_string(f->archive);

	return err_set(err, "%s: cannot be unpacked: %s: fetch it again",
		       f->name ? f->name : f->path, what ? what : "damaged");
}

static struct feed *make(const char *path)
{
	struct feed *f = xcalloc(1, sizeof(*f));

	f->path = path;
	f->fd = -1;
	f->archive = archive_read_new();
	if (!f->archive)
		abort(); /* no memory */
	archive_read_support_filter_gzip(f->archive);
	archive_read_support_filter_bzip2(f->archive);
	archive_read_support_filter_xz(f->archive);
	archive_read_support_filter_zstd(f->archive);
	archive_read_support_format_zip(f->archive);
	archive_read_support_format_tar(f->archive);
	archive_read_support_format_raw(f->archive);
	archive_read_support_format_empty(f->archive);
	return f;
}

void feed_close(struct feed **feed)
{
	struct feed *f = *feed;

	if (!f)
		return;
	archive_read_free(f->archive);
	if (f->fd >= 0)
		close(f->fd);
	free(f->name);
	free(f);
	*feed = NULL;
}

int feed_open(const char *path, struct feed **out, struct err *err)
{
	struct feed *f = make(path);
	struct stat st;
	int rc = 0;

	*out = NULL;
	f->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
				       : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (f->fd < 0 || fstat(f->fd, &st) != 0)
		rc = err_set(err, "%s: %s: give a file that can be read", path,
			     strerror(errno));
	else if (S_ISDIR(st.st_mode))
		rc = err_set(err, "%s: is a directory: name the lists in it", path);
	else if (archive_read_open_fd(f->archive, f->fd, READ_BLOCK) != ARCHIVE_OK)
		rc = archive_fail(f, err);
	if (rc != 0)
		feed_close(&f);
	*out = f;
	return rc;
}

struct feed *feed_open_bytes(struct slice bytes, const char *name)
{
	struct feed *f = make(name);

	/* What is wrong with them, the first look into them tells. */
	archive_read_open_memory(f->archive, bytes.ptr ? bytes.ptr : "", bytes.len);
	return f;
}

int feed_next(struct feed *f, struct err *err)
{
	struct archive_entry *entry;
	const char *name;
	int rc;

	do {
		rc = archive_read_next_header(f->archive, &entry);
		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return archive_fail(f, err);
		if (++f->files > LIMIT_FEED_FILES)
			return err_set(err, "%s: holds more than %d files: unpack it",
				       f->path, LIMIT_FEED_FILES);
	} while (archive_entry_filetype(entry) != AE_IFREG);
	name = archive_format(f->archive) == ARCHIVE_FORMAT_RAW
		       ? NULL
		       : archive_entry_pathname(entry);
	free(f->name);
	f->name = name ? xasprintf("%s:%s", f->path, name) : xstrdup(f->path);
	f->at = f->len = 0;
	f->total = f->lines = 0;
	f->end = false;
	return 1;
}

const char *feed_name(const struct feed *f)
{
	return f->name ? f->name : f->path;
}

uint64_t feed_line_number(const struct feed *f)
{
	return f->lines;
}

void feed_count_line(struct feed *f)
{
	f->lines++;
}

/* As much as there is room for; false with err on failure. */
static bool fill(struct feed *f, struct err *err)
{
	if (f->at) {
		memmove(f->buffer, f->buffer + f->at, f->len);
		f->at = 0;
	}
	while (!f->end && f->len < BUFFER) {
		la_ssize_t n = archive_read_data(f->archive, f->buffer + f->len,
						 BUFFER - f->len);

		if (n == ARCHIVE_RETRY)
			continue;
		if (n < 0) {
			archive_fail(f, err);
			return false;
		}
		f->end = n == 0;
		f->len += (size_t)n;
		f->total += (uint64_t)n;
		if (f->total > LIMIT_FEED_BYTES) {
			err_set(err, "%s: is too large: split it", feed_name(f));
			return false;
		}
	}
	return true;
}

int feed_peek(struct feed *f, struct slice *out, struct err *err)
{
	if (f->len < LIMIT_FEED_LINE && !fill(f, err))
		return -1;
	*out = slice_make(f->buffer + f->at, f->len);
	if (out->len > LIMIT_FEED_LINE)
		out->len = LIMIT_FEED_LINE;
	return out->len > 0;
}

static void take(struct feed *f, size_t n)
{
	f->at += n;
	f->len -= n;
}

int feed_bytes(struct feed *f, struct slice *out, struct err *err)
{
	if (f->len == 0 && !fill(f, err))
		return -1;
	*out = slice_make(f->buffer + f->at, f->len);
	take(f, f->len);
	return out->len > 0;
}

/* Passes over the rest of a line that is too long. */
static int skip_line(struct feed *f, struct err *err)
{
	for (;;) {
		const char *end = memchr(f->buffer + f->at, '\n', f->len);

		if (end) {
			take(f, (size_t)(end + 1 - (f->buffer + f->at)));
			return 0;
		}
		take(f, f->len);
		if (f->end)
			return 0;
		if (!fill(f, err))
			return -1;
	}
}

int feed_line(struct feed *f, struct slice *line, bool *cut, struct err *err)
{
	const char *end = memchr(f->buffer + f->at, '\n', f->len);

	*cut = false;
	if (!end && !f->end) {
		if (!fill(f, err))
			return -1;
		end = memchr(f->buffer + f->at, '\n', f->len);
	}
	if (f->len == 0)
		return 0;
	f->lines++;
	*line = slice_make(f->buffer + f->at,
			   end ? (size_t)(end - (f->buffer + f->at)) : f->len);
	if (line->len > LIMIT_FEED_LINE) {
		/* Nobody looks into it: the bytes may move. */
		*cut = true;
		line->len = 0;
		return skip_line(f, err) == 0 ? 1 : -1;
	}
	take(f, line->len + (end != NULL));
	while (line->len && line->ptr[line->len - 1] == '\r')
		line->len--;
	return 1;
}
