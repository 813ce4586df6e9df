/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/source_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/xalloc.h"

enum {
	HEAD = 8,               /* more than the longest magic */
	RAW_CHUNK = 128 * 1024, /* given to libarchive at a time */
};

struct stream {
	char *path;
	int fd;
	uint64_t raw_done;
	char head[HEAD]; /* the first bytes, given before the rest */
	size_t head_len, head_at;
	struct archive *archive; /* NULL: not compressed */
	char *raw;               /* what libarchive works on */
};

int stream_fail(const char *path, int number, struct err *err)
{
	const char *advice = "check the disk and the path";

	if (number == ENOENT || number == ENOTDIR)
		advice = "check the name";
	else if (number == EACCES || number == EPERM)
		advice = "run as a user who may read it";
	else if (number == EISDIR)
		advice = "name a file in it";
	return err_set(err, "%s: %s: %s", path, strerror(number), advice);
}

static ssize_t read_fd(struct stream *s, void *buf, size_t size)
{
	ssize_t n;

	do {
		n = read(s->fd, buf, size);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		s->raw_done += (uint64_t)n;
	return n;
}

/* The head first, then the file. */
static ssize_t read_raw(struct stream *s, void *buf, size_t size)
{
	size_t left = s->head_len - s->head_at;

	if (left == 0)
		return read_fd(s, buf, size);
	if (size > left)
		size = left;
	memcpy(buf, s->head + s->head_at, size);
	s->head_at += size;
	return (ssize_t)size;
}

static int read_head(struct stream *s, struct err *err)
{
	while (s->head_len < HEAD) {
		ssize_t n = read_fd(s, s->head + s->head_len, HEAD - s->head_len);

		if (n < 0)
			return stream_fail(s->path, errno, err);
		if (n == 0)
			break;
		s->head_len += (size_t)n;
		/* A pipe that has given a letter gives no magic any more. */
		if (s->head[0] == 't' || s->head[0] == 'n')
			break;
	}
	return 0;
}

static bool is_packed(const struct stream *s)
{
	static const struct {
		const char *magic;
		size_t len;
	} magics[] = {
		{ "\x1f\x8b", 2 }, /* gzip */
		{ "\xfd"
		  "7zXZ",
		  6 },                     /* xz, with its NUL */
		{ "\x28\xb5\x2f\xfd", 4 }, /* zstd */
		{ "BZh", 3 },              /* bzip2 */
		{ "\x04\x22\x4d\x18", 4 }, /* lz4 */
		{ "\x1f\x9d", 2 },         /* compress */
	};

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		if (s->head_len >= magics[i].len &&
		    memcmp(s->head, magics[i].magic, magics[i].len) == 0)
			return true;
	}
	return false;
}

static la_ssize_t give_raw(struct archive *archive, void *data, const void **out)
{
	struct stream *s = data;
	ssize_t n = read_raw(s, s->raw, RAW_CHUNK);

	if (n < 0)
		archive_set_error(archive, errno, "%s", strerror(errno));
	*out = s->raw;
	return n;
}

static int open_archive(struct stream *s, struct err *err)
{
	struct archive_entry *entry;

	s->raw = xmalloc(RAW_CHUNK);
	s->archive = archive_read_new();
	if (!s->archive)
		abort();
	archive_read_support_filter_all(s->archive);
	archive_read_support_format_raw(s->archive);
	if (archive_read_open(s->archive, s, NULL, give_raw, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(s->archive, &entry) != ARCHIVE_OK)
		return err_set(err, "%s: cannot be unpacked (%s): unpack it by hand",
			       s->path, archive_error_string(s->archive));
	return 0;
}

int stream_open(const char *path, struct stream **out, struct err *err)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->path = xstrdup(path);
	if (strcmp(path, "-") == 0)
		s->fd = dup(STDIN_FILENO);
	else
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0)
		stream_fail(path, errno, err);
	if (s->fd < 0 || read_head(s, err) < 0 ||
	    (is_packed(s) && open_archive(s, err) < 0)) {
		stream_close(&s);
		return -1;
	}
	*out = s;
	return 0;
}

ssize_t stream_read(struct stream *s, void *buf, size_t size, struct err *err)
{
	ssize_t n;

	if (!s->archive) {
		n = read_raw(s, buf, size);
		return n < 0 ? stream_fail(s->path, errno, err) : n;
	}
	do {
		n = archive_read_data(s->archive, buf, size);
	} while (n == ARCHIVE_RETRY);
	if (n < 0)
		return err_set(err,
			       "%s: the compressed data is damaged or cut off (%s): "
			       "what stands before was read",
			       s->path, archive_error_string(s->archive));
	return n;
}

/* Reads up to offset, of which at bytes are done. */
static int read_up_to(struct stream *s, uint64_t at, uint64_t offset, struct err *err)
{
	char *buf = xmalloc(RAW_CHUNK);
	ssize_t n = 1;

	while (at < offset && n > 0) {
		uint64_t left = offset - at;

		n = stream_read(s, buf, left < RAW_CHUNK ? left : RAW_CHUNK, err);
		if (n > 0)
			at += (uint64_t)n;
	}
	free(buf);
	return n < 0 ? -1 : 0;
}

/* Opens a packed file anew: there is no other way back. */
static int rewind_packed(struct stream *s, struct err *err)
{
	archive_read_free(s->archive);
	s->archive = NULL;
	free(s->raw);
	s->raw = NULL;
	s->head_len = s->head_at = 0;
	s->raw_done = 0;
	if (lseek(s->fd, 0, SEEK_SET) < 0)
		return stream_fail(s->path, errno, err);
	if (read_head(s, err) < 0)
		return -1;
	return open_archive(s, err);
}

int stream_skip_to(struct stream *s, uint64_t offset, struct err *err)
{
	if (s->archive)
		return rewind_packed(s, err) < 0 ? -1 : read_up_to(s, 0, offset, err);
	if (offset > INT64_MAX || lseek(s->fd, (off_t)offset, SEEK_SET) < 0)
		return stream_fail(s->path, errno, err);
	s->head_at = s->head_len;
	s->raw_done = offset;
	return 0;
}

bool stream_can_grow(const struct stream *s)
{
	struct stat st;

	return !s->archive && fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode);
}

bool stream_begins_with(const struct stream *s, const char *bytes, size_t len)
{
	char *buf;
	struct stat st;
	bool same;

	if (!stream_can_grow(s))
		return true;
	if (fstat(s->fd, &st) == 0 && (uint64_t)st.st_size < s->raw_done)
		return false;
	buf = xmalloc(len + 1);
	same = pread(s->fd, buf, len, 0) == (ssize_t)len && memcmp(buf, bytes, len) == 0;
	free(buf);
	return same;
}

enum stream_at stream_at(const struct stream *s)
{
	struct stat open, named;

	if (fstat(s->fd, &open) < 0)
		return STREAM_AT_OTHER;
	if (stat(s->path, &named) < 0)
		return STREAM_AT_NONE;
	if (open.st_dev == named.st_dev && open.st_ino == named.st_ino)
		return STREAM_AT_PATH;
	return STREAM_AT_OTHER;
}

uint64_t stream_raw_done(const struct stream *s)
{
	return s->raw_done;
}

void stream_close(struct stream **stream)
{
	struct stream *s = *stream;

	if (!s)
		return;
	if (s->archive)
		archive_read_free(s->archive);
	if (s->fd >= 0)
		close(s->fd);
	free(s->raw);
	free(s->path);
	free(s);
	*stream = NULL;
}
