/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/logfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/fsio.h"
#include "base/num.h"
#include "base/strbuf.h"

enum {
	CONF_MAX = 256 << 10,
	KEEP_LOGS_MAX = 999, /* num_logs at most; KEEP_LOGS knows no number */
};

void logfiles_init(struct logfiles *logs, const char *conf)
{
	*logs = (struct logfiles){ .conf = conf };
}

/* ---- auditd.conf(5) ---- */

static struct slice trim(struct slice s)
{
	while (s.len && strchr(" \t\r", s.ptr[0]))
		s = slice_skip(s, 1);
	while (s.len && strchr(" \t\r", s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static bool is_word(struct slice s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.ptr, word, s.len) == 0;
}

static void take_setting(struct logfiles *logs, struct slice key, struct slice value)
{
	uint64_t number;

	if (is_word(key, "log_file"))
		snprintf(logs->path, sizeof(logs->path), "%.*s", SLICE_FMT(value));
	else if (is_word(key, "write_logs"))
		logs->written = !is_word(value, "no");
	else if (is_word(key, "num_logs") && num_u64(value, &number))
		logs->rotated = number < KEEP_LOGS_MAX ? (unsigned)number : KEEP_LOGS_MAX;
	else if (is_word(key, "max_log_file_action") && is_word(value, "keep_logs"))
		logs->rotated = KEEP_LOGS_MAX;
}

static void take_settings(struct logfiles *logs, struct slice text)
{
	/* What auditd does where nothing is said (clear_config, auditd-config.c). */
	snprintf(logs->path, sizeof(logs->path), "/var/log/audit/audit.log");
	logs->written = true;
	logs->rotated = 0;
	while (text.len > 0) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len;
		const char *equal = memchr(text.ptr, '=', len);

		if (equal && text.ptr[0] != '#')
			take_setting(
				logs,
				trim(slice_make(text.ptr, (size_t)(equal - text.ptr))),
				trim(slice_make(equal + 1,
						(size_t)(text.ptr + len - equal) - 1)));
		text = slice_skip(text, len + 1);
	}
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	       a->st_size == b->st_size && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool read_conf(struct logfiles *logs)
{
	struct strbuf text;
	struct stat st;

	if (stat(logs->conf, &st) != 0)
		return false;
	if (logs->seen.st_ino && same_file(&st, &logs->seen))
		return true;
	strbuf_init(&text);
	logs->seen.st_ino = 0;
	if (fsio_read_file(logs->conf, CONF_MAX, &text, NULL) == 0) {
		take_settings(logs, strbuf_slice(&text));
		logs->seen = st;
	}
	strbuf_fini(&text);
	return logs->seen.st_ino != 0;
}

/* ---- files ---- */

static void say(char *why, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The first problem is the one that is told. */
static void say(char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	if (why[0])
		return;
	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
}

static const char *what_is_wrong(const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return "is a symbolic link";
	if (!S_ISREG(st->st_mode))
		return "is no regular file";
	if (st->st_uid != 0 && st->st_uid != getuid())
		return "does not belong to root";
	if (st->st_mode & S_IWOTH)
		return "can be written by everybody";
	return NULL;
}

/* -1: not opened, with errno; why says it, if there is nothing there yet. */
static int open_log(const char *path, char *why, size_t size)
{
	char name[48];
	const char *wrong;
	struct stat st;
	int place, fd;

	/* The place alone: opening a FIFO or a device would do something. */
	place = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0 || fstat(place, &st) != 0) {
		say(why, size, "%s: %s", path, strerror(errno));
		if (place >= 0)
			close(place);
		return -1;
	}
	wrong = what_is_wrong(&st);
	if (wrong) {
		say(why, size, "%s %s: it is not read", path, wrong);
		close(place);
		errno = EINVAL;
		return -1;
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", place);
	fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		say(why, size, "%s: %s", path, strerror(errno));
	close(place);
	/* auditd only ever appends. */
	if (fd >= 0 && lseek(fd, 0, SEEK_HOLE) < st.st_size) {
		say(why, size, "%s has holes, so it is not auditd's: it is not read",
		    path);
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

/* From the newest on: what is rotated meanwhile comes twice, and nothing is missed. */
size_t logfiles_open(struct logfiles *logs, int fds[LOGFILES_MAX], char *why, size_t size)
{
	char path[PATH_MAX + 8];
	size_t n = 0;

	why[0] = '\0';
	if (!read_conf(logs)) {
		say(why, size, "%s cannot be read: set plugin.auditd_conf", logs->conf);
		return 0;
	}
	if (!logs->written) {
		say(why, size, "%s: auditd writes no log (write_logs = no)", logs->conf);
		return 0;
	}
	snprintf(path, sizeof(path), "%s", logs->path);
	while (n <= logs->rotated && n < LOGFILES_MAX) {
		fds[n] = open_log(path, why, size);
		/* That there is no older one is no problem. */
		if (fds[n] < 0 && n > 0 && errno == ENOENT)
			why[0] = '\0';
		if (fds[n] < 0)
			break;
		n++;
		snprintf(path, sizeof(path), "%s.%zu", logs->path, n);
	}
	return n;
}
