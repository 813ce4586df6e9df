/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/rootdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fsio.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "engine/used_file.h"
#include "state/container.h"
#include "state/path.h"

/* A file that was executed or loaded, the last time that it was. */
struct wanted {
	struct used_file file;
	struct stat st;
	bool known; /* st and sha256 are the file's in the copy */
	char sha256[SHA256_HEX + 1];
};

struct rootdir {
	int fd;
	struct map *by_key; /* struct wanted */
	struct wanted *wanted[ROOTDIR_FILES_MAX];
	size_t count, next;
	uint64_t bytes;
	bool all_read;
	bool same_inodes; /* the copy has the disk's own: it is an image of it */
};

struct rootdir *rootdir_new(const char *dir, struct err *err)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct rootdir *r;

	if (fd < 0) {
		err_set(err, "%s: %s: --root takes the directory of a copy of the host",
			dir, strerror(errno));
		return NULL;
	}
	r = xcalloc(1, sizeof(*r));
	r->fd = fd;
	r->by_key = map_new();
	return r;
}

void rootdir_forget(struct rootdir *r)
{
	for (size_t i = 0; i < r->count; i++) {
		used_file_clear(&r->wanted[i]->file);
		free(r->wanted[i]);
	}
	r->count = r->next = 0;
	map_free(&r->by_key);
	r->by_key = map_new();
}

void rootdir_free(struct rootdir **rootdir)
{
	struct rootdir *r = *rootdir;

	if (!r)
		return;
	rootdir_forget(r);
	map_free(&r->by_key);
	close(r->fd);
	free(r);
	*rootdir = NULL;
}

/* ---- what is wanted ---- */

static void want(struct rootdir *r, const struct activity *act, bool program,
		 const char *path, uint64_t dev, uint64_t inode)
{
	char real[LIMIT_PATH], *key;
	struct wanted *w;

	/* A container's files are not where the host has those of that name. */
	if (container_of(act->proc) && !act->proc->root)
		return;
	path_real(act->proc->root, path, real);
	key = xasprintf("%s %llx %llx %s", act->proc->host->node, (unsigned long long)dev,
			(unsigned long long)inode, real);
	w = map_get(r->by_key, slice_str(key));
	if (!w && r->count < ROOTDIR_FILES_MAX) {
		w = xcalloc(1, sizeof(*w));
		r->wanted[r->count++] = w;
		map_put(r->by_key, slice_str(key), w);
	}
	free(key);
	if (!w)
		return;
	used_file_set(&w->file, act, program, path, dev, inode);
}

void rootdir_activity(struct rootdir *r, const struct activity *act)
{
	const struct image *image;

	if (!act->proc)
		return;
	image = act->proc->image;
	if (act->kind == ACT_EXEC && image->exe && !image->deleted && !image->memfd) {
		for (uint32_t i = 0; i < image->nfiles; i++) {
			const struct exec_file *file = &image->files[i];

			if (file->path)
				want(r, act, file->role == EXEC_PROGRAM, file->path,
				     file->dev, file->inode);
		}
	}
	if (act->kind == ACT_LOAD && act->obj->kind == FDOBJ_FILE && act->obj->path)
		want(r, act, false, act->obj->path, act->obj->dev, act->obj->inode);
}

/* ---- what is there ---- */

/* Without openat2(2): name by name, and through no link. */
static int open_by_hand(int root, const char *path)
{
	char name[NAME_MAX + 1];
	int fd = dup(root), next;

	while (fd >= 0) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 0 || len > NAME_MAX || (len == 2 && !strncmp(path, "..", 2)))
			break;
		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		next = openat(fd, name,
			      O_NOFOLLOW | O_CLOEXEC |
				      (*path ? O_PATH | O_DIRECTORY
					     : O_RDONLY | O_NONBLOCK | O_NOCTTY));
		close(fd);
		if (!*path)
			return next;
		fd = next;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_within(int root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	/* Before Linux 5.6, or hidden by a sandbox. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = open_by_hand(root, path);
	return (int)fd;
}

static void read_wanted(struct rootdir *r, struct wanted *w)
{
	char real[LIMIT_PATH];
	uint8_t digest[SHA256_LEN];
	uint64_t size = 0;
	int fd;

	fd = open_within(r->fd, path_real(w->file.proc->root, w->file.path, real));
	if (fd < 0)
		return;
	if (fstat(fd, &w->st) == 0 && S_ISREG(w->st.st_mode) &&
	    w->st.st_size <= ROOTDIR_BYTES_MAX &&
	    r->bytes >> 30 < ROOTDIR_TOTAL_MAX_GIB &&
	    fsio_sha256_fd(fd, ROOTDIR_BYTES_MAX, digest, &size) == 0) {
		hex_encode(digest, sizeof(digest), w->sha256);
		w->known = true;
		r->same_inodes |= w->file.inode && w->file.inode == w->st.st_ino;
	}
	r->bytes += size;
	close(fd);
}

/* Has it been replaced or written since, by what the copy tells? */
static bool is_newer(const struct rootdir *r, const struct wanted *w)
{
	if (r->same_inodes && w->file.inode && w->file.inode != w->st.st_ino)
		return true;
	return (stamp_ms)w->st.st_mtim.tv_sec * 1000 > w->file.at.time;
}

bool rootdir_next(struct rootdir *r, struct content *out)
{
	for (size_t i = 0; !r->all_read && i < r->count; i++)
		read_wanted(r, r->wanted[i]);
	r->all_read = true;
	while (r->next < r->count) {
		struct wanted *w = r->wanted[r->next++];

		if (!w->known || is_newer(r, w))
			continue;
		*out = used_file_content(&w->file);
		out->sha256 = w->sha256;
		out->later = true;
		out->same_inode = w->file.inode && w->file.inode == w->st.st_ino;
		return true;
	}
	return false;
}
