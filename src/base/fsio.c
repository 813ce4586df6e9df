/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fsio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { READ_BLOCK = 1 << 18, NAME_TRIES = 16 };

struct fsio_out {
	FILE *file;
	char *name; /* what it will be called */
	char *temp; /* what it is called until then; NULL: written directly */
};

/* Like read(), but a signal does not end it. */
static ssize_t read_some(int fd, void *buf, size_t len)
{
	ssize_t n;

	do {
		n = read(fd, buf, len);
	} while (n < 0 && errno == EINTR);
	return n;
}

int fsio_read_fd(int fd, size_t max, struct strbuf *out)
{
	char *block = xmalloc(READ_BLOCK);
	size_t total = 0;
	ssize_t n;

	while ((n = read_some(fd, block, READ_BLOCK)) > 0) {
		total += (size_t)n;
		if (total > max) {
			errno = EFBIG;
			n = -1;
			break;
		}
		strbuf_add(out, block, (size_t)n);
	}
	free(block);
	return n < 0 ? -1 : 0;
}

int fsio_read_file(const char *path, size_t max, struct strbuf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsio_read_fd(fd, max, out);

	if (rc < 0 && errno == EFBIG)
		err_set(err, "%s: more than %zu bytes: is this the right file?", path,
			max);
	else if (rc < 0)
		err_set(err, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Feeds fd to both; md5 may be NULL. */
static int feed(int fd, uint64_t max, struct sha256 *sha256, struct md5 *md5,
		uint64_t *size)
{
	char *block = xmalloc(READ_BLOCK);
	uint64_t total = 0;
	ssize_t n;

	while ((n = read_some(fd, block, READ_BLOCK)) > 0) {
		total += (uint64_t)n;
		if (total > max) {
			errno = EFBIG;
			n = -1;
			break;
		}
		sha256_add(sha256, block, (size_t)n);
		if (md5)
			md5_add(md5, block, (size_t)n);
	}
	free(block);
	if (n == 0)
		*size = total;
	return (int)n;
}

int fsio_sha256_fd(int fd, uint64_t max, uint8_t sha256[SHA256_LEN], uint64_t *size)
{
	struct sha256 *ctx = sha256_new();
	int rc = feed(fd, max, ctx, NULL, size);

	if (rc == 0)
		sha256_end(ctx, sha256);
	sha256_free(&ctx);
	return rc;
}

int fsio_digests_fd(int fd, uint64_t max, uint8_t sha256[SHA256_LEN],
		    uint8_t md5[MD5_LEN], uint64_t *size)
{
	struct md5 *md5_ctx = md5_new();
	struct sha256 *ctx;
	int rc;

	if (!md5_ctx) {
		errno = ENOTSUP;
		return -1;
	}
	ctx = sha256_new();
	rc = feed(fd, max, ctx, md5_ctx, size);
	if (rc == 0) {
		sha256_end(ctx, sha256);
		md5_end(md5_ctx, md5);
	}
	sha256_free(&ctx);
	md5_free(&md5_ctx);
	return rc;
}

static void out_free(struct fsio_out **out)
{
	free((*out)->name);
	free((*out)->temp);
	free(*out);
	*out = NULL;
}

/* A new file beside out->name, with the permissions that the umask leaves. */
static int create_temp(struct fsio_out *out)
{
	uint64_t random;
	int fd = -1;

	for (int i = 0; i < NAME_TRIES && fd < 0; i++) {
		if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return -1;
		free(out->temp);
		out->temp = xasprintf("%s.%016llx.tmp", out->name,
				      (unsigned long long)random);
		fd = open(out->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

int fsio_out_open(const char *path, struct fsio_out **result, struct err *err)
{
	struct fsio_out *out = xcalloc(1, sizeof(*out));
	struct stat st;
	int fd;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		out->name = xstrdup(path);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		/* A link to a file stays, the file that it names is replaced. */
		out->name = realpath(path, NULL);
		if (!out->name)
			out->name = xstrdup(path);
		fd = create_temp(out);
	}
	if (fd >= 0)
		out->file = fdopen(fd, "w");
	if (!out->file) {
		err_set(err, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		out_free(&out);
		return -1;
	}
	*result = out;
	return 0;
}

int fsio_out_fd(int fd, const char *name, struct fsio_out **result, struct err *err)
{
	struct fsio_out *out = xcalloc(1, sizeof(*out));
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	out->name = xstrdup(name);
	if (copy >= 0)
		out->file = fdopen(copy, "w");
	if (!out->file) {
		err_set(err, "%s: %s", name, strerror(errno));
		if (copy >= 0)
			close(copy);
		out_free(&out);
		return -1;
	}
	*result = out;
	return 0;
}

FILE *fsio_out_file(struct fsio_out *out)
{
	return out->file;
}

/* The rename itself must reach the disk too. Best effort: it is in place. */
static void sync_parent(const char *name)
{
	const char *slash = strrchr(name, '/');
	char *parent = slash ? xmemdup0(name, (size_t)(slash - name) + 1) : xstrdup(".");
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(parent);
}

/* An earlier write failed and its errno is gone: one more will tell. */
static int ask_errno(FILE *file)
{
	clearerr(file);
	errno = 0;
	if (fputc('\n', file) == EOF || fflush(file) != 0)
		return errno;
	return 0;
}

int fsio_out_commit(struct fsio_out **result, struct err *err)
{
	struct fsio_out *out = *result;
	bool bad;
	int saved;

	errno = 0;
	bad = fflush(out->file) != 0 || ferror(out->file);
	saved = errno;
	if (bad && saved == 0)
		saved = ask_errno(out->file);
	if (saved == 0)
		saved = EIO;
	if (!bad && out->temp && fsync(fileno(out->file)) < 0) {
		bad = true;
		saved = errno;
	}
	if (fclose(out->file) != 0 && !bad) {
		bad = true;
		saved = errno;
	}
	if (!bad && out->temp && rename(out->temp, out->name) < 0) {
		bad = true;
		saved = errno;
	}
	if (bad) {
		err_set(err, "%s: cannot be written: %s", out->name, strerror(saved));
		if (out->temp)
			unlink(out->temp);
	} else if (out->temp) {
		sync_parent(out->name);
	}
	out_free(result);
	return bad ? -1 : 0;
}

void fsio_out_abort(struct fsio_out **result)
{
	struct fsio_out *out = *result;

	if (!out)
		return;
	fclose(out->file);
	if (out->temp)
		unlink(out->temp);
	out_free(result);
}
