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
#include "base/map.h"
#include "base/xalloc.h"
#include "manifest/limits.h"
#include "manifest/record_priv.h"

struct dir_walk {
	struct recording *r;
	int root;
	dev_t root_dev;
	char **pending; /* paths of directories yet to be read, owned */
	size_t npending, cap;
	struct map *linked; /* (device, inode) of files with several names */
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
			struct manifest_entry *e)
{
	char target[MANIFEST_PATH_MAX + 1];
	ssize_t len = readlinkat(f->dir, f->name, target, sizeof(target));

	if (len < 0) {
		unreadable(w, f->path, strerror(errno));
		len = 0;
	}
	e->link = manifest_strdup(w->r->manifest, slice_make(target, (size_t)len));
}

/* As the manifest that this one is for has it: by SHA-256, or by MD5. */
static int digest_fd(struct dir_walk *w, int fd, struct manifest_entry *e)
{
	const struct manifest *like = w->r->options->like;
	const struct manifest_entry *twin = NULL;
	uint8_t sha256[SHA256_LEN];

	if (like)
		twin = manifest_get(like, slice_str(e->path));
	if (twin && twin->has_md5) {
		if (fsio_digests_fd(fd, RECORD_FILE_MAX, sha256, e->md5, &e->size) < 0)
			return -1;
		e->has_md5 = true;
		return 0;
	}
	if (fsio_sha256_fd(fd, RECORD_FILE_MAX, e->sha256, &e->size) < 0)
		return -1;
	e->has_sha256 = true;
	return 0;
}

static void digest_file(struct dir_walk *w, const struct found *f,
			struct manifest_entry *e)
{
	/* O_NONBLOCK: should a pipe have taken its place, don't wait for it. */
	int fd = openat(f->dir, f->name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat now;

	if (fd < 0) {
		unreadable(w, f->path, strerror(errno));
		return;
	}
	if (fstat(fd, &now) < 0 || !S_ISREG(now.st_mode) || now.st_ino != f->st.st_ino ||
	    now.st_dev != f->st.st_dev) {
		unreadable(w, f->path, "was replaced while it was being recorded");
	} else if (digest_fd(w, fd, e) < 0) {
		unreadable(w, f->path, strerror(errno));
	} else {
		w->r->counts->bytes += e->size;
		if (e->size != (uint64_t)now.st_size)
			recording_warn(w->r, "%s: changed while it was being recorded",
				       f->path);
	}
	close(fd);
}

/* A file with several names is read once. */
static void read_file(struct dir_walk *w, const struct found *f, struct manifest_entry *e)
{
	uint64_t id[2] = { f->st.st_dev, f->st.st_ino };
	struct slice key = slice_make((const char *)id, sizeof(id));
	const struct manifest_entry *twin = NULL;
	const char *path;

	e->size = (uint64_t)f->st.st_size;
	if (f->st.st_nlink > 1 && (path = map_get(w->linked, key)))
		twin = manifest_get(w->r->manifest, slice_str(path));
	if (twin) {
		e->size = twin->size;
		e->has_sha256 = true;
		memcpy(e->sha256, twin->sha256, sizeof(e->sha256));
		return;
	}
	if (e->size > RECORD_FILE_MAX)
		unreadable(w, f->path, "too large, recorded without its digest");
	else
		digest_file(w, f, e);
	if (f->st.st_nlink > 1 && e->has_sha256)
		map_put(w->linked, key, (void *)e->path);
}

static int take_entry(struct dir_walk *w, const struct found *f)
{
	struct manifest_entry *e;
	bool added;

	e = manifest_put(w->r->manifest, slice_str(f->path), &added);
	if (!e)
		return recording_full(w->r);
	e->kind = recording_kind(f->st.st_mode);
	e->mode = f->st.st_mode & 07777;
	if (e->kind == MF_FILE)
		read_file(w, f, e);
	else if (e->kind == MF_LINK)
		read_target(w, f, e);
	else if (e->kind == MF_DIR)
		push(w, f->path);
	recording_progress(w->r);
	return 0;
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
	struct manifest_entry *e;
	struct stat st;
	bool added;
	char *path;
	int rc = 0;

	if (fstat(w->root, &st) < 0)
		return err_set(w->r->err, "%s: %s", w->r->source, strerror(errno));
	w->root_dev = st.st_dev;
	e = manifest_put(w->r->manifest, SLICE_LIT("/"), &added);
	e->kind = MF_DIR;
	e->mode = st.st_mode & 07777;
	recording_progress(w->r);
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
	struct dir_walk w = { .r = r };
	int rc;

	w.root = open(r->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w.root < 0)
		return err_set(r->err, "%s: %s", r->source, strerror(errno));
	note_source(r);
	w.linked = map_new();
	rc = walk(&w);
	map_free(&w.linked);
	close(w.root);
	return rc;
}
