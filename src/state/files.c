/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/files.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

struct files {
	struct map *by_path;  /* key: node NUL path */
	struct map *by_inode; /* key: node NUL dev inode */
	struct file_write *newest, *oldest;
	size_t count;
	struct strbuf key;
};

static const char *const change_names[FILE_CHANGE_MAX] = {
	[FILE_CREATED] = "created",     [FILE_WRITTEN] = "written",
	[FILE_TRUNCATED] = "truncated", [FILE_RENAMED] = "renamed",
	[FILE_LINKED] = "linked",       [FILE_CHMOD] = "made executable",
	[FILE_DELETED] = "deleted",
};

const char *file_change_name(enum file_change change)
{
	return change_names[change];
}

struct files *files_new(void)
{
	struct files *files = xcalloc(1, sizeof(*files));

	files->by_path = map_new();
	files->by_inode = map_new();
	return files;
}

static struct slice path_key(struct strbuf *key, const struct host *host, const char *path)
{
	strbuf_clear(key);
	strbuf_add(key, host->node, strlen(host->node) + 1);
	strbuf_add_str(key, path);
	return strbuf_slice(key);
}

static struct slice inode_key(struct strbuf *key, const struct host *host, uint64_t dev,
			      uint64_t inode)
{
	strbuf_clear(key);
	strbuf_add(key, host->node, strlen(host->node) + 1);
	strbuf_add(key, &dev, sizeof(dev));
	strbuf_add(key, &inode, sizeof(inode));
	return strbuf_slice(key);
}

static void unlink_age(struct files *files, struct file_write *w)
{
	if (w->newer)
		w->newer->older = w->older;
	else
		files->newest = w->older;
	if (w->older)
		w->older->newer = w->newer;
	else
		files->oldest = w->newer;
	files->count--;
}

static void forget(struct files *files, struct file_write *w)
{
	struct slice key = path_key(&files->key, w->proc->host, w->path);

	if (map_get(files->by_path, key) == w)
		map_del(files->by_path, key);
	if (w->inode) {
		key = inode_key(&files->key, w->proc->host, w->dev, w->inode);
		if (map_get(files->by_inode, key) == w)
			map_del(files->by_inode, key);
	}
	unlink_age(files, w);
	proc_unref(&w->proc);
	image_unref(&w->image);
	free(w->path);
	free(w->from);
	free(w->origin);
	free(w);
}

void files_free(struct files **filesp)
{
	struct files *files = *filesp;

	if (!files)
		return;
	while (files->oldest)
		forget(files, files->oldest);
	map_free(&files->by_path);
	map_free(&files->by_inode);
	strbuf_fini(&files->key);
	free(files);
	*filesp = NULL;
}

void files_note(struct files *files, enum file_change change, struct proc *proc,
		struct evref at, const char *path, const char *from, uint64_t dev,
		uint64_t inode, const char *origin)
{
	struct file_write *w = xcalloc(1, sizeof(*w)), *before;

	w->change = change;
	w->at = at;
	w->proc = proc_ref(proc);
	w->image = image_ref(proc->image);
	w->path = xstrdup(path);
	w->from = from ? xstrdup(from) : NULL;
	w->dev = dev;
	w->inode = inode;
	w->origin = origin ? xstrdup(origin) : NULL;
	before = map_put(files->by_path, path_key(&files->key, proc->host, path), w);
	if (inode)
		map_put(files->by_inode,
			inode_key(&files->key, proc->host, dev, inode), w);
	w->older = files->newest;
	if (files->newest)
		files->newest->newer = w;
	else
		files->oldest = w;
	files->newest = w;
	files->count++;
	/* The entry that lost its path stays only while an inode leads to it. */
	if (before && (!before->inode ||
		       (before->dev == dev && before->inode == inode)))
		forget(files, before);
	if (files->count > LIMIT_FILES)
		forget(files, files->oldest);
}

const struct file_write *files_by_path(const struct files *files, const struct host *host,
				       const char *path)
{
	struct files *scratch = (struct files *)files;

	return map_get(files->by_path, path_key(&scratch->key, host, path));
}

const struct file_write *files_by_inode(const struct files *files,
					const struct host *host, uint64_t dev,
					uint64_t inode)
{
	struct files *scratch = (struct files *)files;

	if (!inode)
		return NULL;
	return map_get(files->by_inode, inode_key(&scratch->key, host, dev, inode));
}
