/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory tree. Every directory is opened by its path below the root
 * with openat2(2), which refuses links and anything above the root, so that
 * a tree that changes under us leads nowhere else and one descriptor is
 * enough for any depth.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fsio.h"
#include "base/xalloc.h"
#include "manifest/limits.h"
#include "manifest/record_priv.h"

enum { READ_BLOCK = 1 << 17 };

struct dir_walk {
	struct recording *r;
	int root;
	dev_t root_dev;
	char **pending; /* paths of directories yet to be read, owned */
	size_t npending, cap;
	char block[READ_BLOCK];
};

/* The file that is being looked at. */
struct found {
	int dir;
	const char *name;
	const char *path; /* in the manifest */
	struct stat st;
};

/* File systems that the kernel makes up; their content is no part of an image. */
static const long made_up[] = {
	BINFMTFS_MAGIC, BPF_FS_MAGIC,       CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
	DEBUGFS_MAGIC,  DEVPTS_SUPER_MAGIC, EFIVARFS_MAGIC,     PROC_SUPER_MAGIC,
	PSTOREFS_MAGIC, SECURITYFS_MAGIC,   SELINUX_MAGIC,      SYSFS_MAGIC,
	TRACEFS_MAGIC,
};

static void unreadable(struct dir_walk *w, const char *path, const char *why)
{
	w->r->counts->unreadable++;
	/* So that a long path leaves room for the reason. */
	recording_warn(w->r, "%.700s%s: %s", path, strlen(path) > 700 ? "..." : "", why);
}

static bool is_made_up(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(made_up); i++) {
		if (fs.f_type == made_up[i])
			return true;
	}
	return false;
}

static void push(struct dir_walk *w, const char *path)
{
	if (w->npending == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 64;
		w->pending = xreallocarray(w->pending, w->cap, sizeof(*w->pending));
	}
	w->pending[w->npending++] = xstrdup(path);
}

static void read_target(struct dir_walk *w, const struct found *f,
			char target[static MANIFEST_PATH_MAX + 1])
{
	ssize_t len = readlinkat(f->dir, f->name, target, MANIFEST_PATH_MAX);

	if (len < 0) {
		unreadable(w, f->path, strerror(errno));
		len = 0;
	}
	target[len] = '\0';
}

/* The manifest that this one is for knows its MD5 only. */
static bool want_md5(const struct dir_walk *w, const struct manifest_entry *e)
{
	const struct manifest *like = w->r->options->like;
	const struct manifest_entry *twin =
		like ? manifest_get(like, slice_str(e->path)) : NULL;

	return twin && twin->has_md5;
}

static int put_md5(struct dir_walk *w, int fd, struct manifest_entry *e)
{
	uint8_t sha256[SHA256_LEN];

	if (fsio_digests_fd(fd, RECORD_FILE_MAX, sha256, e->md5, &e->size) < 0)
		unreadable(w, e->path, strerror(errno));
	else
		e->has_md5 = true;
	w->r->counts->bytes += e->size;
	return mtree_out_add(w->r->out, e, w->r->err);
}

static ssize_t read_block(int fd, char *block)
{
	ssize_t n;

	do {
		n = read(fd, block, READ_BLOCK);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* What it is when it is opened is what is recorded, no byte more. */
static int put_content(struct dir_walk *w, int fd, struct manifest_entry *e)
{
	uint64_t left = e->size;
	ssize_t n = read_block(fd, w->block);

	if (n < 0) {
		unreadable(w, e->path, strerror(errno));
		return mtree_out_add(w->r->out, e, w->r->err);
	}
	if (mtree_out_begin(w->r->out, e, w->r->err) < 0)
		return -1;
	while (n > 0 && left) {
		size_t len = (uint64_t)n < left ? (size_t)n : (size_t)left;

		mtree_out_data(w->r->out, w->block, len);
		w->r->counts->bytes += len;
		left -= len;
		n = left ? read_block(fd, w->block) : 0;
	}
	mtree_out_end(w->r->out);
	if (n < 0)
		unreadable(w, e->path, "a part of it cannot be read: recorded wrongly");
	else if (left)
		recording_warn(w->r, "%s: changed while it was being recorded", e->path);
	return 0;
}

/* NULL, or why the file's content is not to be had. */
static const char *open_file(const struct found *f, int *fd, uint64_t *size)
{
	struct stat now;

	/* O_NONBLOCK: should a pipe have taken its place, don't wait for it. */
	*fd = openat(f->dir, f->name,
		     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0)
		return strerror(errno);
	if (fstat(*fd, &now) == 0 && S_ISREG(now.st_mode) && now.st_ino == f->st.st_ino &&
	    now.st_dev == f->st.st_dev) {
		*size = (uint64_t)now.st_size;
		return *size > RECORD_FILE_MAX ? "too large, recorded without its digest"
					       : NULL;
	}
	return "was replaced while it was being recorded";
}

static int put_file(struct dir_walk *w, const struct found *f, struct manifest_entry *e)
{
	const char *why;
	int fd, rc;

	e->size = (uint64_t)f->st.st_size;
	why = open_file(f, &fd, &e->size);
	if (why) {
		unreadable(w, f->path, why);
		rc = mtree_out_add(w->r->out, e, w->r->err);
	} else if (want_md5(w, e)) {
		rc = put_md5(w, fd, e);
	} else {
		rc = put_content(w, fd, e);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static int take_entry(struct dir_walk *w, const struct found *f)
{
	char target[MANIFEST_PATH_MAX + 1];
	struct manifest_entry e = {
		.path = f->path,
		.kind = recording_kind(f->st.st_mode),
		.mode = f->st.st_mode & 07777,
		.link = target,
	};
	int rc;

	if (e.kind == MF_LINK)
		read_target(w, f, target);
	else
		e.link = NULL;
	if (e.kind == MF_DIR)
		push(w, f->path);
	rc = e.kind == MF_FILE ? put_file(w, f, &e)
			       : mtree_out_add(w->r->out, &e, w->r->err);
	return rc < 0 ? -1 : recording_progress(w->r);
}

static int take_name(struct dir_walk *w, int dir, const char *parent, const char *name)
{
	char path[MANIFEST_PATH_MAX + 1];
	struct found f = { .dir = dir, .name = name, .path = path };
	int len;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	len = snprintf(path, sizeof(path), "%s/%s", parent[1] ? parent : "", name);
	if (len >= (int)sizeof(path)) {
		unreadable(w, path, "and what is below: the path is too long");
		return 0;
	}
	if (recording_excludes(w->r, path))
		return 0;
	if (fstatat(dir, name, &f.st, AT_SYMLINK_NOFOLLOW) < 0) {
		unreadable(w, path, strerror(errno));
		return 0;
	}
	return take_entry(w, &f);
}

/* Whether the content of a mount point is left out. */
static bool skip_mount(struct dir_walk *w, int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_dev == w->root_dev)
		return false;
	if (!w->r->options->one_file_system && !is_made_up(fd))
		return false;
	w->r->counts->skipped++;
	recording_warn(w->r, "%s: another file system, left out", path);
	return true;
}

static int read_dir(struct dir_walk *w, const char *path)
{
	int fd = recording_open_below(w->root, path[1] ? path + 1 : ".", O_DIRECTORY);
	struct dirent *entry;
	int rc = 0;
	DIR *dir;

	if (fd < 0) {
		unreadable(w, path, strerror(errno));
		return 0;
	}
	if (skip_mount(w, fd, path)) {
		close(fd);
		return 0;
	}
	dir = fdopendir(fd);
	if (!dir) {
		unreadable(w, path, strerror(errno));
		close(fd);
		return 0;
	}
	for (errno = 0; rc == 0 && (entry = readdir(dir)); errno = 0)
		rc = take_name(w, fd, path, entry->d_name);
	if (rc == 0 && errno)
		unreadable(w, path, strerror(errno));
	closedir(dir);
	return rc;
}

static int walk(struct dir_walk *w)
{
	struct manifest_entry root = { .path = "/", .kind = MF_DIR };
	struct stat st;
	char *path;
	int rc;

	if (fstat(w->root, &st) < 0)
		return err_set(w->r->err, "%s: %s", w->r->source, strerror(errno));
	w->root_dev = st.st_dev;
	root.mode = st.st_mode & 07777;
	rc = mtree_out_add(w->r->out, &root, w->r->err);
	if (rc == 0)
		rc = recording_progress(w->r);
	push(w, "/");
	while (rc == 0 && w->npending) {
		path = w->pending[--w->npending];
		rc = read_dir(w, path);
		free(path);
	}
	while (w->npending)
		free(w->pending[--w->npending]);
	free(w->pending);
	return rc;
}

static void note_source(struct recording *r)
{
	char *path = realpath(r->source, NULL);

	if (path)
		manifest_set_note(r->manifest, NOTE_SOURCE, slice_str(path));
	free(path);
}

int record_dir(struct recording *r)
{
	struct dir_walk *w;
	int root = open(r->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (root < 0)
		return err_set(r->err, "%s: %s", r->source, strerror(errno));
	note_source(r);
	w = xcalloc(1, sizeof(*w));
	w->r = r;
	w->root = root;
	rc = walk(w);
	free(w);
	close(root);
	return rc;
}
