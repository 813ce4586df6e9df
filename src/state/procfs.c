/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/fsio.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "state/path.h"
#include "state/procfs_net.h"

enum {
	LIMIT_PIDS = 1 << 22,  /* the highest pid_max, proc(5) */
	LIMIT_FILE = 64 << 10, /* of the small files read here */
	LIMIT_STAT = 1 << 20,  /* /proc/stat has a line for each interrupt */
	LIMIT_FD_ENTRIES = 100000,
	PTS_MAJOR = 136, /* to 143, admin-guide/devices.txt */
	TTY_MAJOR = 4,
};

struct procfs {
	struct procfs_net *net;
	int64_t boot_ms;
	long ticks;
};

struct slice procfs_text(int64_t pid, const char *name, size_t max, struct arena *arena)
{
	char path[64];
	struct strbuf text;
	char *copy;
	size_t len;
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%lld/%s", (long long)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return slice_make(NULL, 0);
	strbuf_init(&text);
	do {
		char piece[4096];

		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			strbuf_add(&text, piece, (size_t)n);
	} while (n > 0 && text.len < max);
	close(fd);
	len = text.len < max ? text.len : max;
	copy = arena_slice_dup(arena, slice_make(strbuf_str(&text), len));
	strbuf_fini(&text);
	return slice_make(copy, len);
}

static char *read_link(int64_t pid, const char *name, struct arena *arena)
{
	char path[64], target[LIMIT_PATH];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%lld/%s", (long long)pid, name);
	n = readlink(path, target, sizeof(target));
	return n > 0 ? arena_slice_dup(arena, slice_make(target, (size_t)n)) : NULL;
}

/* "btime 1795303558" of /proc/stat: seconds since 1970 when it was booted. */
static int64_t boot_time(void)
{
	struct strbuf text;
	const char *at;
	uint64_t seconds = 0;

	strbuf_init(&text);
	if (fsio_read_file("/proc/stat", LIMIT_STAT, &text, NULL) == 0 &&
	    (at = strstr(strbuf_str(&text), "\nbtime ")))
		num_u64(slice_make(at + 7, strspn(at + 7, "0123456789")), &seconds);
	strbuf_fini(&text);
	return (int64_t)seconds * 1000;
}

struct procfs *procfs_new(void)
{
	struct procfs *p = xcalloc(1, sizeof(*p));

	p->net = procfs_net_new();
	p->boot_ms = boot_time();
	p->ticks = sysconf(_SC_CLK_TCK);
	return p;
}

void procfs_free(struct procfs **p)
{
	if (!*p)
		return;
	procfs_net_free(&(*p)->net);
	free(*p);
	*p = NULL;
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int64_t *procfs_pids(size_t *count)
{
	DIR *dir = opendir("/proc");
	size_t cap = 0;
	int64_t *pids = NULL, pid;
	const struct dirent *entry;

	for (*count = 0; dir && *count < LIMIT_PIDS && (entry = readdir(dir));) {
		if (!num_i64(slice_str(entry->d_name), &pid) || pid <= 0)
			continue;
		if (*count == cap) {
			cap = cap ? cap * 2 : 256;
			pids = xreallocarray(pids, cap, sizeof(*pids));
		}
		pids[(*count)++] = pid;
	}
	if (dir)
		closedir(dir);
	if (pids)
		qsort(pids, *count, sizeof(*pids), by_number);
	return pids;
}

/* ---- stat, status and the like ---- */

/* "pts0", as the records name it. */
static const char *tty_name(uint64_t number, struct arena *arena)
{
	unsigned maj = (unsigned)(number >> 8) & 0xfff;
	unsigned min = (unsigned)(number & 0xff) | (unsigned)(number >> 12 & 0xfff00);

	if (maj >= PTS_MAJOR && maj < PTS_MAJOR + 8)
		return arena_printf(arena, "pts%u", (maj - PTS_MAJOR) * 256 + min);
	if (maj == TTY_MAJOR)
		return arena_printf(arena, "tty%u", min);
	return NULL;
}

/* "812 (name) S 800 ...": the name may hold anything, even ')'. */
static bool read_stat(struct procfs *p, int64_t pid, struct arena *arena,
		      struct seed *out)
{
	enum { STATE = 0, PPID = 1, TTY = 4, START = 19, FIELDS };
	struct slice text = procfs_text(pid, "stat", LIMIT_FILE, arena), fields[FIELDS];
	const char *open = memchr(text.ptr ? text.ptr : "", '(', text.len);
	const char *close = text.len ? memrchr(text.ptr, ')', text.len) : NULL;
	uint64_t start, tty = 0;

	if (!open || !close || close < open)
		return false;
	out->comm =
		arena_slice_dup(arena, slice_make(open + 1, (size_t)(close - open - 1)));
	text = slice_skip(text, (size_t)(close + 1 - text.ptr));
	for (size_t i = 0; i < FIELDS; i++) {
		text = slice_skip(text, 1);
		fields[i] = slice_make(text.ptr, strcspn(text.ptr, " \n"));
		text = slice_skip(text, fields[i].len);
	}
	if (slice_eq_str(fields[STATE], "Z") || !num_i64(fields[PPID], &out->ppid) ||
	    !num_u64(fields[START], &start))
		return false;
	num_u64(fields[TTY], &tty);
	out->tty = tty_name(tty, arena);
	out->started = p->boot_ms + (int64_t)(start * 1000 / (uint64_t)p->ticks);
	return true;
}

/* "Uid:\t0\t0\t0\t0": the n-th number. */
static uint32_t status_id(struct slice text, const char *key, unsigned n)
{
	const char *at = text.len ? strstr(text.ptr, key) : NULL;
	uint32_t id = AUDIT_ID_UNSET;

	if (!at)
		return id;
	at += strlen(key);
	for (unsigned i = 0; i < n && at; i++)
		at = strchr(at, '\t') ? strchr(at, '\t') + 1 : NULL;
	if (at)
		num_u32(slice_make(at, strspn(at, "0123456789")), &id);
	return id;
}

static uint32_t read_id(int64_t pid, const char *name, struct arena *arena)
{
	struct slice text = procfs_text(pid, name, 32, arena);
	uint32_t id = AUDIT_ID_UNSET;

	if (text.len && text.ptr[text.len - 1] == '\n')
		text.len--;
	num_u32(text, &id);
	return id;
}

static void read_cred(int64_t pid, struct arena *arena, struct cred *out)
{
	struct slice status = procfs_text(pid, "status", LIMIT_FILE, arena);

	out->uid = status_id(status, "\nUid:\t", 0);
	out->euid = status_id(status, "\nUid:\t", 1);
	out->gid = status_id(status, "\nGid:\t", 0);
	out->auid = read_id(pid, "loginuid", arena);
	out->ses = read_id(pid, "sessionid", arena);
}

static void read_argv(int64_t pid, struct arena *arena, struct seed *out)
{
	struct slice text = procfs_text(pid, "cmdline", PROCFS_ARGV_BYTES, arena);
	const char **argv = arena_alloc(arena, PROCFS_ARGS_MAX * sizeof(*argv));

	for (out->argc = 0; text.len > 0 && out->argc < PROCFS_ARGS_MAX; out->argc++) {
		size_t len = strnlen(text.ptr, text.len);

		argv[out->argc] = text.ptr;
		text = slice_skip(text, len + 1);
	}
	out->argv = argv;
}

/* The kernel puts " (deleted)" behind the name of a file that is gone. */
static void read_exe(int64_t pid, struct arena *arena, struct seed *out)
{
	static const struct slice mark = { " (deleted)", 10 };
	char *exe = read_link(pid, "exe", arena);

	out->exe = exe;
	if (exe && slice_ends(slice_str(exe), mark)) {
		exe[strlen(exe) - mark.len] = '\0';
		out->deleted = true;
	}
}

/* ---- descriptors ---- */

/* "flags:\t02100002" of fdinfo, octal. */
static uint64_t fd_flags(int64_t pid, int fd, struct arena *arena)
{
	char name[32];
	struct slice text;
	const char *at;
	uint64_t flags = 0;

	snprintf(name, sizeof(name), "fdinfo/%d", fd);
	text = procfs_text(pid, name, 4096, arena);
	at = text.len ? strstr(text.ptr, "flags:\t") : NULL;
	if (at)
		num_oct64(slice_make(at + 7, strspn(at + 7, "01234567")), &flags);
	return flags;
}

static bool numbered(const char *target, const char *prefix, uint64_t *out)
{
	size_t len = strlen(prefix);

	return strncmp(target, prefix, len) == 0 &&
	       num_u64(slice_make(target + len, strspn(target + len, "0123456789")), out);
}

static void read_file(int64_t pid, const char *target, struct seed_fd *out)
{
	char path[64];
	struct statx st;

	out->path = target;
	if (strncmp(target, "/memfd:", 7) == 0)
		out->kind = FDOBJ_MEMFD;
	else if (strncmp(target, "/dev/pts/", 9) == 0 && target[9] >= '0' &&
		 target[9] <= '9')
		out->kind = FDOBJ_PTY_SLAVE;
	else if (strcmp(target, "/dev/ptmx") == 0 || strcmp(target, "/dev/pts/ptmx") == 0)
		out->kind = FDOBJ_PTY_MASTER;
	else
		out->kind = FDOBJ_FILE;
	snprintf(path, sizeof(path), "/proc/%lld/fd/%d", (long long)pid, out->fd);
	/* Without asking the server of a file system, which may not answer. */
	if (out->kind == FDOBJ_FILE &&
	    statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st) == 0) {
		if (S_ISFIFO(st.stx_mode))
			out->kind = FDOBJ_UNKNOWN;
		out->dev = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
		out->inode = st.stx_ino;
	}
}

static bool read_fd(struct procfs *p, int64_t pid, struct arena *arena,
		    struct seed_fd *out)
{
	char name[32];
	const char *target;
	uint64_t flags;

	snprintf(name, sizeof(name), "fd/%d", out->fd);
	target = read_link(pid, name, arena);
	if (!target)
		return false;
	flags = fd_flags(pid, out->fd, arena);
	out->cloexec = flags & O_CLOEXEC;
	out->local.port = out->remote.port = -1;
	if (numbered(target, "pipe:[", &out->inode))
		out->kind = (flags & O_ACCMODE) == O_WRONLY ? FDOBJ_PIPE_WRITE
							    : FDOBJ_PIPE_READ;
	else if (numbered(target, "socket:[", &out->inode))
		procfs_net_fill(p->net, pid, out);
	else if (target[0] == '/')
		read_file(pid, target, out);
	else
		return false;
	return true;
}

static int by_fd(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void read_fds(struct procfs *p, int64_t pid, struct arena *arena, struct seed *out)
{
	struct seed_fd *fds = arena_zalloc(arena, PROCFS_FDS_MAX * sizeof(*fds));
	int numbers[PROCFS_FDS_MAX];
	size_t n = 0;
	const struct dirent *entry;
	char path[64];
	uint32_t fd;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%lld/fd", (long long)pid);
	dir = opendir(path);
	for (int i = 0;
	     dir && n < PROCFS_FDS_MAX && i < LIMIT_FD_ENTRIES && (entry = readdir(dir));
	     i++) {
		if (num_u32(slice_str(entry->d_name), &fd))
			numbers[n++] = (int)fd;
	}
	if (dir)
		closedir(dir);
	qsort(numbers, n, sizeof(numbers[0]), by_fd);
	for (size_t i = 0; i < n; i++) {
		fds[out->nfds].fd = numbers[i];
		if (read_fd(p, pid, arena, &fds[out->nfds]))
			out->nfds++;
		else
			fds[out->nfds] = (struct seed_fd){ 0 };
	}
	out->fds = fds;
}

bool procfs_read(struct procfs *p, int64_t pid, struct arena *arena, struct seed *out)
{
	const char *root;

	*out = (struct seed){ .pid = pid };
	if (!read_stat(p, pid, arena, out))
		return false;
	read_exe(pid, arena, out);
	if (!out->exe)
		return false;
	out->cwd = read_link(pid, "cwd", arena);
	root = read_link(pid, "root", arena);
	out->root = root && strcmp(root, "/") != 0 ? root : NULL;
	read_cred(pid, arena, &out->cred);
	read_argv(pid, arena, out);
	read_fds(p, pid, arena, out);
	return true;
}
