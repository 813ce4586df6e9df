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

#include "base/map.h"
#include "base/xalloc.h"
#include "engine/keeper.h"

enum {
	SPARSE_BYTES = 1 << 20, /* a smaller file may hold what it likes */
	PIECE = 128 << 10,
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

struct hasher {
	struct sha256 *sha256;
	struct known_file files[HASH_CACHE];
	struct known_device devices[DEVICES];
	char piece[PIECE];
};

struct hasher *hasher_new(void)
{
	struct hasher *h = xcalloc(1, sizeof(*h));

	h->sha256 = sha256_new();
	return h;
}

void hasher_free(struct hasher **h)
{
	if (!*h)
		return;
	sha256_free(&(*h)->sha256);
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

static enum hash_outcome read_all(struct hasher *h, int fd, char out[SHA256_HEX + 1])
{
	uint64_t end = mono_ms() + HASH_LIMIT_MS, total = 0;
	uint8_t digest[SHA256_LEN];
	enum hash_outcome outcome = HASH_DONE;
	ssize_t n;

	while (outcome == HASH_DONE && (n = read(fd, h->piece, sizeof(h->piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			outcome = HASH_GONE;
		else
			sha256_add(h->sha256, h->piece, (size_t)n);
		total += n > 0 ? (uint64_t)n : 0;
		if (total > HASH_LIMIT_BYTES)
			outcome = HASH_BIG;
		else if (mono_ms() > end)
			outcome = HASH_SLOW;
	}
	sha256_end(h->sha256, digest);
	hex_encode(digest, sizeof(digest), out);
	return outcome;
}

/* fd: O_PATH. Opens for reading what it stands for, which did not change since. */
static enum hash_outcome hash_opened(struct hasher *h, int fd, const struct statx *st,
				     struct hash_result *out)
{
	struct known_file *known;
	struct file_key before, after;
	struct statx now;
	char path[48];
	int file;

	make_key(st, &before);
	known = &h->files[hash_bytes(&before, sizeof(before)) & (HASH_CACHE - 1)];
	if (known->sha256[0] && same_key(&known->key, &before)) {
		memcpy(out->sha256, known->sha256, sizeof(out->sha256));
		return HASH_DONE;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (file < 0)
		return HASH_GONE;
	out->outcome = read_all(h, file, out->sha256);
	if (statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &now) != 0)
		out->outcome = HASH_GONE;
	close(file);
	make_key(&now, &after);
	if (out->outcome == HASH_DONE && !same_key(&before, &after))
		return HASH_CHANGED;
	if (out->outcome == HASH_DONE && is_settled(&before)) {
		known->key = before;
		memcpy(known->sha256, out->sha256, sizeof(known->sha256));
	}
	return out->outcome;
}

static enum hash_outcome judge(struct hasher *h, int fd, int64_t pid,
			       struct hash_result *out)
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
	return hash_opened(h, fd, &st, out);
}

void hasher_file(struct hasher *h, const char *path, int64_t pid, struct hash_result *out)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	*out = (struct hash_result){ .outcome = HASH_GONE };
	if (fd < 0)
		return;
	out->outcome = judge(h, fd, pid, out);
	if (out->outcome != HASH_DONE)
		out->sha256[0] = '\0';
	close(fd);
}
