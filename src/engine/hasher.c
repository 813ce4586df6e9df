/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/hasher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/xalloc.h"

enum {
	SPARSE_BYTES = 1 << 20, /* a smaller file may hold what it likes */
	PIECE = 256 << 10,
	DEVICES = 256,     /* remembered file systems; a power of two */
	DEVICE_MS = 30000, /* for so long: the number may be given to another */
	LIMIT_MOUNTS = 20000,
	SETTLE_S = 1,
};

/* What cannot stay the same when the content changes. */
struct file_key {
	uint64_t dev, inode, size;
	int64_t mtime, mtime_ns, ctime, ctime_ns;
};

struct known_file {
	struct file_key key;
	char sha256[SHA256_HEX + 1];
};

struct known_device {
	uint64_t dev, since_ms;
	bool remote;
};

struct hash_job {
	int fd;
	struct sha256 *sha256;
	struct file_key key;
	uint64_t total, deadline; /* deadline 0: nothing was read yet */
};

struct hasher {
	struct known_file files[HASH_CACHE];
	struct known_device devices[DEVICES];
	char piece[PIECE];
};

struct hasher *hasher_new(void)
{
	return xcalloc(1, sizeof(struct hasher));
}

void hasher_free(struct hasher **h)
{
	free(*h);
	*h = NULL;
}

const char *hash_outcome_name(enum hash_outcome outcome)
{
	static const char *const names[HASH_OUTCOME_MAX] = {
		"done",    "gone",   "no file", "remote",
		"too big", "sparse", "slow",    "changed",
	};

	return names[outcome];
}

/* ---- file systems ---- */

/* Whose server is another program or machine, and may let us wait for ever. */
static bool is_remote_type(const char *type)
{
	static const char *const types[] = { "fuse",   "nfs",  "cifs", "smb3", "9p",
					     "autofs", "ceph", "afs",  "coda", "lustre" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strncmp(type, types[i], strlen(types[i])) == 0)
			return true;
	}
	return false;
}

/*
 * proc(5): "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root ...".
 * 1: remote, 0: not, -1: not in there.
 */
static int look_up_device(const char *mountinfo, uint64_t dev)
{
	FILE *file = fopen(mountinfo, "re");
	char *line = NULL, want[48];
	size_t cap = 0;
	int found = -1;

	if (!file)
		return -1;
	snprintf(want, sizeof(want), " %u:%u ", (unsigned)(dev >> 32), (unsigned)dev);
	for (int i = 0; found < 0 && i < LIMIT_MOUNTS && getline(&line, &cap, file) > 0;
	     i++) {
		const char *at = strstr(line, want),
			   *type = at ? strstr(at, " - ") : NULL;

		if (type)
			found = is_remote_type(type + 3);
	}
	free(line);
	fclose(file);
	return found;
}

static bool is_remote(struct hasher *h, uint64_t dev, int64_t pid)
{
	struct known_device *known = &h->devices[hash_u64(dev) & (DEVICES - 1)];
	uint64_t now = mono_ms();
	char path[48];
	int found;

	if (known->dev == dev && known->since_ms && now - known->since_ms < DEVICE_MS)
		return known->remote;
	found = look_up_device("/proc/self/mountinfo", dev);
	if (found < 0 && pid > 0) {
		snprintf(path, sizeof(path), "/proc/%lld/mountinfo", (long long)pid);
		found = look_up_device(path, dev);
	}
	/* btrfs has numbers that stand in no table; so do mounts of those who left. */
	*known = (struct known_device){ dev, now, found > 0 };
	return known->remote;
}

/* ---- files ---- */

static void make_key(const struct statx *st, struct file_key *key)
{
	memset(key, 0, sizeof(*key));
	key->dev = (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
	key->inode = st->stx_ino;
	key->size = st->stx_size;
	key->mtime = st->stx_mtime.tv_sec;
	key->mtime_ns = st->stx_mtime.tv_nsec;
	key->ctime = st->stx_ctime.tv_sec;
	key->ctime_ns = st->stx_ctime.tv_nsec;
}

static bool same_key(const struct file_key *a, const struct file_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * Times in inodes are those of the last tick: a file that was changed just
 * now may be changed once more and bear the same ones.
 */
static bool is_settled(const struct file_key *key)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec - key->ctime > SETTLE_S || now.tv_sec < key->ctime;
}

static struct known_file *known_file(struct hasher *h, const struct file_key *key)
{
	return &h->files[hash_bytes(key, sizeof(*key)) & (HASH_CACHE - 1)];
}

/* fd: O_PATH. Opens for reading what it stands for. */
static enum hash_outcome open_job(struct hasher *h, int fd, const struct statx *st,
				  struct hash_job **job, struct hash_result *out)
{
	const struct known_file *known;
	struct file_key key;
	char path[48];
	int file;

	make_key(st, &key);
	known = known_file(h, &key);
	if (known->sha256[0] && same_key(&known->key, &key)) {
		memcpy(out->sha256, known->sha256, sizeof(out->sha256));
		return HASH_DONE;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (file < 0)
		return HASH_GONE;
	*job = xcalloc(1, sizeof(**job));
	(*job)->fd = file;
	(*job)->key = key;
	(*job)->sha256 = sha256_new();
	return HASH_GOES_ON;
}

static enum hash_outcome judge(struct hasher *h, int fd, int64_t pid,
			       struct hash_job **job, struct hash_result *out)
{
	struct statx st;

	/* Not to ask the server of a file system for anything. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st) !=
	    0)
		return HASH_GONE;
	if (!S_ISREG(st.stx_mode))
		return HASH_NO_FILE;
	out->dev = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
	out->inode = st.stx_ino;
	out->size = st.stx_size;
	if (is_remote(h, out->dev, pid))
		return HASH_REMOTE;
	if (st.stx_size > SPARSE_BYTES && st.stx_blocks * 512 < st.stx_size / 16)
		return HASH_SPARSE;
	if (st.stx_size > HASH_LIMIT_BYTES)
		return HASH_BIG;
	return open_job(h, fd, &st, job, out);
}

void hash_job_begin(struct hasher *h, const char *path, int64_t pid,
		    struct hash_job **job, struct hash_result *out)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	*out = (struct hash_result){ .outcome = HASH_GONE };
	*job = NULL;
	if (fd < 0)
		return;
	out->outcome = judge(h, fd, pid, job, out);
	close(fd);
}

void hash_job_free(struct hash_job **jobp)
{
	struct hash_job *job = *jobp;

	if (!job)
		return;
	close(job->fd);
	sha256_free(&job->sha256);
	free(job);
	*jobp = NULL;
}

static enum hash_outcome read_piece(struct hasher *h, struct hash_job *job)
{
	ssize_t n = read(job->fd, h->piece, sizeof(h->piece));

	if (job->deadline == 0)
		job->deadline = mono_ms() + HASH_LIMIT_MS;
	if (n < 0)
		return errno == EINTR ? HASH_GOES_ON : HASH_GONE;
	if (n == 0)
		return HASH_DONE;
	sha256_add(job->sha256, h->piece, (size_t)n);
	job->total += (uint64_t)n;
	if (job->total > HASH_LIMIT_BYTES)
		return HASH_BIG;
	return mono_ms() > job->deadline ? HASH_SLOW : HASH_GOES_ON;
}

/* All was read: was it one and the same content all the time? */
static enum hash_outcome finish(struct hasher *h, struct hash_job *job,
				struct hash_result *out)
{
	uint8_t digest[SHA256_LEN];
	struct known_file *known;
	struct file_key after;
	struct statx st;

	if (statx(job->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) != 0)
		return HASH_GONE;
	make_key(&st, &after);
	if (!same_key(&job->key, &after))
		return HASH_CHANGED;
	sha256_end(job->sha256, digest);
	hex_encode(digest, sizeof(digest), out->sha256);
	if (is_settled(&after)) {
		known = known_file(h, &after);
		known->key = after;
		memcpy(known->sha256, out->sha256, sizeof(known->sha256));
	}
	return HASH_DONE;
}

void hash_job_step(struct hasher *h, struct hash_job **job, struct hash_result *out)
{
	out->outcome = read_piece(h, *job);
	if (out->outcome == HASH_DONE)
		out->outcome = finish(h, *job, out);
	if (out->outcome != HASH_GOES_ON)
		hash_job_free(job);
}
