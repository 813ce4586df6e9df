/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/record_root.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/map.h"

int root_open(struct root *root, struct recording *r)
{
	if (!*r->source)
		r->source = r->options->root ? r->options->root : "/";
	*root = (struct root){ .r = r, .dir_fd = -1 };
	root->fd = open(r->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0)
		return err_set(r->err, "%s: %s", r->source, strerror(errno));
	root->seen = map_new();
	return 0;
}

void root_close(struct root *root)
{
	map_free(&root->seen);
	if (root->dir_fd >= 0)
		close(root->dir_fd);
	close(root->fd);
}

/* Kept open for the next file in it. */
int root_dir(struct root *root, const char *real, const char **base)
{
	const char *slash = strrchr(real, '/');
	size_t len = (size_t)(slash - real);

	*base = slash[1] ? slash + 1 : ".";
	if (root->dir_fd >= 0 && strlen(root->dir) == len &&
	    memcmp(root->dir, real, len) == 0)
		return root->dir_fd;
	if (root->dir_fd >= 0)
		close(root->dir_fd);
	memcpy(root->dir, real, len);
	root->dir[len] = '\0';
	root->dir_fd =
		recording_open_below(root->fd, len ? root->dir + 1 : ".", O_DIRECTORY);
	return root->dir_fd;
}

bool root_stat(struct root *root, const char *real, struct stat *st)
{
	const char *base;
	int dir = root_dir(root, real, &base);

	return dir >= 0 && fstatat(dir, base, st, AT_SYMLINK_NOFOLLOW) == 0;
}

static const char *read_target(struct root *root, const char *real)
{
	char target[MANIFEST_PATH_MAX + 1];
	const char *base;
	int dir = root_dir(root, real, &base);
	ssize_t len = dir < 0 ? -1 : readlinkat(dir, base, target, sizeof(target));

	return manifest_strdup(root->r->manifest,
			       slice_make(target, len < 0 ? 0 : (size_t)len));
}

bool root_place(struct root *root, struct slice path, char *real)
{
	return manifest_resolve(root->r->manifest, path, false, real);
}

struct manifest_entry *root_put(struct root *root, const char *real,
				const struct stat *st, bool *added)
{
	struct manifest_entry *e =
		manifest_put(root->r->manifest, slice_str(real), added);

	if (!e) {
		recording_full(root->r);
		return NULL;
	}
	if (*added && st) {
		e->kind = recording_kind(st->st_mode);
		e->mode = st->st_mode & 07777;
		if (e->kind == MF_LINK)
			e->link = read_target(root, real);
		(void)recording_progress(root->r); /* manifest_put counts too */
	}
	return e;
}

int root_put_links_above(struct root *root, struct slice path)
{
	char real[MANIFEST_PATH_MAX + 1];
	struct slice above;
	struct stat st;
	bool added;

	for (size_t len = 1; len < path.len; len++) {
		if (path.ptr[len] != '/')
			continue;
		above = slice_make(path.ptr, len);
		if (map_get(root->seen, above))
			continue;
		map_put(root->seen, above, root);
		if (!root_place(root, above, real) || !root_stat(root, real, &st))
			continue;
		if (S_ISLNK(st.st_mode) && !root_put(root, real, &st, &added))
			return -1;
	}
	return 0;
}

static int put_dirs_above(struct root *root, struct slice path)
{
	char real[MANIFEST_PATH_MAX + 1];
	struct manifest_entry *e;
	struct stat st;
	bool there, added;

	/* From the lowest up, to the first that is there already. */
	while ((path.len = (size_t)(slice_basename(path).ptr - path.ptr) - 1)) {
		if (manifest_get(root->r->manifest, path))
			return 0;
		memcpy(real, path.ptr, path.len);
		real[path.len] = '\0';
		there = root_stat(root, real, &st) && S_ISDIR(st.st_mode);
		e = root_put(root, real, there ? &st : NULL, &added);
		if (!e)
			return -1;
		e->kind = MF_DIR;
		if (!there)
			e->mode = 0755;
	}
	return 0;
}

int root_put_missing_dirs(struct root *root)
{
	size_t count = manifest_count(root->r->manifest);

	/* Paths stay where they are while entries are added. */
	for (size_t i = 0; i < count; i++) {
		const char *path = manifest_entry(root->r->manifest, i)->path;

		if (put_dirs_above(root, slice_str(path)) < 0)
			return -1;
	}
	return 0;
}
