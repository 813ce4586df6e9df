/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files are looked for, and how they are opened. What several files
 * say of one container is put together in the order of the places below: the
 * first value stays.
 */
#include "state/ctrfiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "state/ctrfiles_priv.h"

/* '*' stands for anything within one component. */
static const struct place {
	const char *pattern;
	ctrfile_fn *read;
} places[] = {
	{ "run/containerd/io.containerd.runtime.v2.task/*/*/config.json",
	  ctrread_task_config },
	{ "run/k3s/containerd/io.containerd.runtime.v2.task/*/*/config.json",
	  ctrread_task_config },
	{ "run/containers/storage/*-containers/*/userdata/config.json",
	  ctrread_storage_config },
	{ "var/lib/containers/storage/*-containers/*/userdata/config.json",
	  ctrread_storage_config },
	{ "run/user/*/containers/*-containers/*/userdata/config.json",
	  ctrread_storage_config },
	{ "home/*/.local/share/containers/storage/*-containers/*/userdata/config.json",
	  ctrread_storage_config },
	{ "root/.local/share/containers/storage/*-containers/*/userdata/config.json",
	  ctrread_storage_config },
	{ "var/lib/docker/containers/*/config.v2.json", ctrread_docker },
	{ "home/*/.local/share/docker/containers/*/config.v2.json", ctrread_docker },
	{ "var/lib/containers/storage/*-containers/containers.json",
	  ctrread_storage_list },
	{ "home/*/.local/share/containers/storage/*-containers/containers.json",
	  ctrread_storage_list },
	{ "root/.local/share/containers/storage/*-containers/containers.json",
	  ctrread_storage_list },
	{ "run/docker/runtime-runc/*/*/state.json", ctrread_runc_state },
	{ "var/run/docker/runtime-runc/*/*/state.json", ctrread_runc_state },
	{ "run/containerd/runc/*/*/state.json", ctrread_runc_state },
	{ "run/k3s/containerd/runc/*/*/state.json", ctrread_runc_state },
	{ "run/runc/*/state.json", ctrread_runc_state },
	{ "run/user/*/runc/*/state.json", ctrread_runc_state },
	{ "run/crun/*/config.json", ctrread_crun_config },
	{ "run/user/*/crun/*/config.json", ctrread_crun_config },
	{ "run/crun/*/status", ctrread_crun_status },
	{ "run/user/*/crun/*/status", ctrread_crun_status },
	{ "var/lib/lxc/*/config", ctrread_lxc },
	{ "home/*/.local/share/lxc/*/config", ctrread_lxc },
	{ "var/lib/containers/storage/*-images/images.json", ctrread_storage_images },
	{ "home/*/.local/share/containers/storage/*-images/images.json",
	  ctrread_storage_images },
	{ "root/.local/share/containers/storage/*-images/images.json",
	  ctrread_storage_images },
	{ "var/lib/docker/image/*/repositories.json", ctrread_docker_images },
	{ "home/*/.local/share/docker/image/*/repositories.json", ctrread_docker_images },
};

struct image_names {
	char *name, *digest;
};

struct found {
	size_t place;
	char *path;
	struct slice star[LIMIT_PLACE_STARS]; /* within path */
	size_t nstars;
};

struct ctrfiles {
	struct ctrfacts **all;
	size_t count, cap;
	struct map *by_id, *by_pid;
	struct map *images; /* struct image_names by image id */
	size_t problems;
	char *first_problem;
	/* while loading */
	struct found *found;
	size_t nfound, found_cap;
	size_t dirs;
};

/* ---- the facts ---- */

void ctrfacts_set(char **field, struct slice value)
{
	if (!*field && value.len)
		*field = xmemdup0(value.ptr, value.len);
}

struct ctrfacts *ctrfiles_add(struct ctrfiles *files, struct slice id)
{
	struct ctrfacts *facts = map_get(files->by_id, id);

	if (facts || id.len == 0)
		return facts;
	if (files->count == LIMIT_STATE_CONTAINERS)
		return NULL;
	if (files->count == files->cap) {
		files->cap = files->cap ? files->cap * 2 : 16;
		files->all = xreallocarray(files->all, files->cap, sizeof(*files->all));
	}
	facts = xcalloc(1, sizeof(*facts));
	facts->id = xmemdup0(id.ptr, id.len);
	files->all[files->count++] = facts;
	map_put(files->by_id, id, facts);
	return facts;
}

void ctrfiles_image(struct ctrfiles *files, struct slice image_id, struct slice name,
		    struct slice digest)
{
	struct image_names *image = map_get(files->images, image_id);

	if (!image) {
		if (map_count(files->images) >= LIMIT_STATE_CONTAINERS || !image_id.len)
			return;
		image = xcalloc(1, sizeof(*image));
		map_put(files->images, image_id, image);
	}
	ctrfacts_set(&image->name, name);
	ctrfacts_set(&image->digest, digest);
}

/* What is known of its image, and the look-up by pid. */
static void finish(struct ctrfiles *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct ctrfacts *facts = files->all[i];
		const struct image_names *image =
			map_get(files->images, slice_str(facts->image_id));

		if (image) {
			ctrfacts_set(&facts->image_digest, slice_str(image->digest));
			ctrfacts_set(&facts->image, slice_str(image->name));
		}
		if (facts->init_pid > 0 && !ctrfiles_by_pid(files, facts->init_pid))
			map_put_u64(files->by_pid, (uint64_t)facts->init_pid, facts);
	}
}

const struct ctrfacts *ctrfiles_by_id(const struct ctrfiles *files, const char *id)
{
	return map_get(files->by_id, slice_str(id));
}

const struct ctrfacts *ctrfiles_by_pid(const struct ctrfiles *files, int64_t pid)
{
	return map_get_u64(files->by_pid, (uint64_t)pid);
}

size_t ctrfiles_count(const struct ctrfiles *files)
{
	return files->count;
}

size_t ctrfiles_problems(const struct ctrfiles *files, const char **first)
{
	*first = files->first_problem;
	return files->problems;
}

static void free_found(struct ctrfiles *files)
{
	for (size_t i = 0; i < files->nfound; i++)
		free(files->found[i].path);
	free(files->found);
	files->found = NULL;
	files->nfound = files->found_cap = 0;
}

static void free_facts(struct ctrfacts *f)
{
	char *const owned[] = { f->id,       f->name,   f->image,  f->image_digest,
				f->image_id, f->pod,    f->ns,     f->runtime,
				f->bundle,   f->rootfs, f->sandbox };

	for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
		free(owned[i]);
	free(f);
}

void ctrfiles_free(struct ctrfiles **filesp)
{
	struct ctrfiles *files = *filesp;
	struct map_iter it = { 0 };
	void *value;

	if (!files)
		return;
	for (size_t i = 0; i < files->count; i++)
		free_facts(files->all[i]);
	free(files->all);
	while (map_next(files->images, &it, NULL, &value)) {
		struct image_names *image = value;

		free(image->name);
		free(image->digest);
		free(image);
	}
	map_free(&files->images);
	map_free(&files->by_id);
	map_free(&files->by_pid);
	free_found(files);
	free(files->first_problem);
	free(files);
	*filesp = NULL;
}

/* ---- the search ---- */

/* "overlay-containers" by "*-containers"; *star: what the '*' stands for. */
static bool component_matches(struct slice pattern, struct slice name, struct slice *star)
{
	const char *at = memchr(pattern.ptr, '*', pattern.len);
	struct slice head, tail;

	star->ptr = NULL;
	if (!at)
		return slice_eq(pattern, name);
	head = slice_make(pattern.ptr, (size_t)(at - pattern.ptr));
	tail = slice_skip(pattern, head.len + 1);
	if (name.len <= head.len + tail.len || !slice_starts(name, head) ||
	    !slice_ends(name, tail))
		return false;
	*star = slice_make(name.ptr + head.len, name.len - head.len - tail.len);
	return true;
}

/* Cuts the last component off. */
static struct slice last_component(struct slice *path)
{
	struct slice last = slice_basename(*path);

	path->len -= last.len;
	if (path->len)
		path->len--;
	return last;
}

/* Does the path end as the pattern says? Its stars go into out, in order. */
static bool tail_matches(const char *pattern, const char *path, struct found *out)
{
	struct slice want = slice_str(pattern), have = slice_str(path);
	struct slice star, turn;
	size_t n = 0;

	while (want.len) {
		struct slice w = last_component(&want), h = last_component(&have);

		if (h.len == 0 || !component_matches(w, h, &star))
			return false;
		if (star.ptr && n < LIMIT_PLACE_STARS)
			out->star[n++] = star;
	}
	for (size_t i = 0; i < n / 2; i++) {
		turn = out->star[i];
		out->star[i] = out->star[n - 1 - i];
		out->star[n - 1 - i] = turn;
	}
	out->nstars = n;
	return true;
}

static void add_found(struct ctrfiles *files, size_t place, const char *path)
{
	struct found *f;

	if (files->nfound == (size_t)LIMIT_STATE_CONTAINERS * 4)
		return;
	if (files->nfound == files->found_cap) {
		files->found_cap = files->found_cap ? files->found_cap * 2 : 32;
		files->found = xreallocarray(files->found, files->found_cap,
					     sizeof(*files->found));
	}
	f = &files->found[files->nfound];
	*f = (struct found){ .place = place, .path = xstrdup(path) };
	if (tail_matches(places[place].pattern, f->path, f))
		files->nfound++;
	else
		free(f->path);
}

static int by_place(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* A directory below another, no link: -1 when it is none. */
static int open_below(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

struct search {
	struct ctrfiles *files;
	struct strbuf path; /* below DIR, of the directory being looked at */
};

/* Goes back to the length that it had. */
static void cut_path(struct strbuf *path, size_t len)
{
	path->len = len;
	if (path->ptr)
		path->ptr[len] = '\0';
}

static void add_component(struct strbuf *path, const char *name)
{
	if (path->len)
		strbuf_add_char(path, '/');
	strbuf_add_str(path, name);
}

/* All files of one place; fd is taken over. */
static void search_place(struct search *s, int fd, size_t place, const char *rest,
			 int depth)
{
	const char *slash = strchr(rest, '/');
	struct slice part =
		slice_make(rest, slash ? (size_t)(slash - rest) : strlen(rest));
	size_t len = s->path.len;
	struct dirent *ent;
	struct slice star;
	DIR *dir = fdopendir(fd);

	if (!dir) {
		close(fd);
		return;
	}
	while (depth < LIMIT_STATE_DEPTH && (ent = readdir(dir))) {
		int below;

		if (is_dots(ent->d_name) ||
		    !component_matches(part, slice_str(ent->d_name), &star))
			continue;
		add_component(&s->path, ent->d_name);
		if (!slash) {
			add_found(s->files, place, strbuf_str(&s->path));
		} else if (s->files->dirs < LIMIT_STATE_DIRS &&
			   (below = open_below(dirfd(dir), ent->d_name)) >= 0) {
			s->files->dirs++;
			search_place(s, below, place, slash + 1, depth + 1);
		}
		cut_path(&s->path, len);
	}
	closedir(dir);
}

/* The whole tree, for places below some other directory than DIR. */
static void search_tree(struct search *s, int fd, int depth)
{
	size_t len = s->path.len;
	struct dirent *ent;
	DIR *dir = fdopendir(fd);

	if (!dir) {
		close(fd);
		return;
	}
	while (depth < LIMIT_STATE_DEPTH && (ent = readdir(dir))) {
		int below;

		if (is_dots(ent->d_name))
			continue;
		add_component(&s->path, ent->d_name);
		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			add_found(s->files, i, strbuf_str(&s->path));
		if (s->files->dirs < LIMIT_STATE_DIRS &&
		    (below = open_below(dirfd(dir), ent->d_name)) >= 0) {
			s->files->dirs++;
			search_tree(s, below, depth + 1);
		}
		cut_path(&s->path, len);
	}
	closedir(dir);
}

/* copy: it is a directory that somebody made, who may have left parts away */
static void search(struct ctrfiles *files, int top, bool copy)
{
	struct search s = { .files = files };

	strbuf_init(&s.path);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (copy || strncmp(places[i].pattern, "home/", 5) != 0)
			search_place(&s, open_below(top, "."), i, places[i].pattern, 0);
	}
	if (copy && files->nfound == 0)
		search_tree(&s, open_below(top, "."), 0);
	strbuf_fini(&s.path);
	if (files->nfound)
		qsort(files->found, files->nfound, sizeof(*files->found), by_place);
}

/* ---- reading ---- */

/* Opens a path below top, following no link on the way; -1 with errno. */
static int open_path(int top, const char *path)
{
	struct slice rest = slice_str(path);
	int fd = open_below(top, ".");

	while (fd >= 0 && memchr(rest.ptr, '/', rest.len)) {
		const char *slash = memchr(rest.ptr, '/', rest.len);
		char *name = xmemdup0(rest.ptr, (size_t)(slash - rest.ptr));
		int below = open_below(fd, name);

		free(name);
		close(fd);
		fd = below;
		rest = slice_skip(rest, (size_t)(slash - rest.ptr) + 1);
	}
	if (fd >= 0) {
		int file = openat(fd, rest.ptr,
				  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

		close(fd);
		fd = file;
	}
	return fd;
}

/* Appends the whole of a regular file. */
static bool read_all(int fd, struct strbuf *out)
{
	char buf[16384];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (out->len + (size_t)n > LIMIT_STATE_FILE)
			return false;
		strbuf_add(out, buf, (size_t)n);
	}
	return n == 0;
}

static void pass_over(struct ctrfiles *files, const char *dir, const char *path)
{
	files->problems++;
	if (!files->first_problem)
		files->first_problem = xasprintf(
			"%s/%s: cannot be understood as what should be there", dir, path);
}

static void read_found(struct ctrfiles *files, int top, const char *dir)
{
	struct strbuf text;

	strbuf_init(&text);
	for (size_t i = 0; i < files->nfound; i++) {
		const struct found *f = &files->found[i];
		struct ctrfile file = { .files = files, .nstars = f->nstars };
		int fd = open_path(top, f->path);
		bool good;

		memcpy(file.star, f->star, sizeof(file.star));
		strbuf_clear(&text);
		good = fd >= 0 && read_all(fd, &text);
		file.text = strbuf_slice(&text);
		if (!good || !places[f->place].read(&file))
			pass_over(files, dir, f->path);
		if (fd >= 0)
			close(fd);
	}
	strbuf_fini(&text);
}

static int load(struct ctrfiles *files, const char *dir, bool copy, struct err *err)
{
	int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return err_set(err,
			       "%s: %s: give the directory that holds a copy of the "
			       "runtimes' files (run, var/lib)",
			       dir, strerror(errno));
	search(files, top, copy);
	read_found(files, top, dir);
	free_found(files);
	finish(files);
	close(top);
	return 0;
}

static int load_first(const char *dir, bool copy, struct ctrfiles **out, struct err *err)
{
	struct ctrfiles *files = xcalloc(1, sizeof(*files));

	files->by_id = map_new();
	files->by_pid = map_new();
	files->images = map_new();
	if (load(files, dir, copy, err) != 0) {
		ctrfiles_free(&files);
		return -1;
	}
	*out = files;
	return 0;
}

int ctrfiles_load(const char *dir, struct ctrfiles **out, struct err *err)
{
	return load_first(dir, true, out, err);
}

int ctrfiles_load_more(struct ctrfiles *files, const char *dir, struct err *err)
{
	return load(files, dir, true, err);
}

int ctrfiles_load_host(struct ctrfiles **out, struct err *err)
{
	return load_first("/", false, out, err);
}
