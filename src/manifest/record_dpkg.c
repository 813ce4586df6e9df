/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dpkg has installed: the files of info/PACKAGE.list and the links of
 * alternatives/, below the root that they belong to. Of contents dpkg knows
 * the MD5 only (info/PACKAGE.md5sums, Conffiles in status). So each file is
 * read once for both digests: where the MD5 is the package's, the SHA-256 is
 * that of the package's file and is recorded; where it is not, or there is no
 * file, the package's MD5 is. Formats: dpkg(5) deb-md5sums(5) and, for
 * alternatives and diversions, the comments in dpkg's lib/dpkg/db-fsys-divert.c
 * and utils/update-alternatives.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fsio.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "manifest/limits.h"
#include "manifest/record_priv.h"

#define ADMIN "var/lib/dpkg/"

struct diversion {
	struct slice to, package;
};

struct dpkg {
	struct recording *r;
	int root;
	struct arena arena;    /* what the maps point to */
	struct map *conffiles; /* path to its MD5, 32 digits */
	struct map *diverted;  /* path to struct diversion */
	struct map *dirs;      /* directories that have been looked at */
	/* of the package at hand */
	struct slice package;
	struct arena sums_arena;
	struct map *sums; /* path to its MD5, 32 digits */
	/* the directory that the last file was in */
	char dir[MANIFEST_PATH_MAX + 1];
	int dir_fd;
};

/* Cuts the next line off *text, without its newline; false at the end. */
static bool next_line(struct slice *text, struct slice *line)
{
	const char *newline;

	if (text->len == 0)
		return false;
	newline = memchr(text->ptr, '\n', text->len);
	*line = slice_make(text->ptr,
			   newline ? (size_t)(newline - text->ptr) : text->len);
	*text = slice_skip(*text, line->len + 1);
	return true;
}

/* A file of the database; one that is not there is no error. */
static int read_admin(struct dpkg *d, const char *name, struct strbuf *text, bool *found)
{
	char path[MANIFEST_PATH_MAX + 1];
	int fd, rc;

	snprintf(path, sizeof(path), ADMIN "%s", name);
	fd = recording_open_below(d->root, path, O_NONBLOCK);
	*found = fd >= 0;
	if (fd < 0 && errno == ENOENT)
		return 0;
	rc = fd < 0 ? -1 : fsio_read_fd(fd, DPKG_FILE_MAX, text);
	if (rc < 0)
		err_set(d->r->err, "%s/%s: %s", d->r->source, path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

static void note_sum(struct map *map, struct arena *arena, struct slice path,
		     struct slice sum)
{
	if (sum.len == MD5_HEX)
		map_put(map, path, arena_slice_dup(arena, sum));
}

/* " /etc/x MD5 [obsolete]" below "Conffiles:". */
static void take_conffile(struct dpkg *d, struct slice line)
{
	const char *space;
	struct slice path;

	line = slice_skip(line, 1);
	space = memchr(line.ptr, ' ', line.len);
	if (!space || line.len < (size_t)(space - line.ptr) + 1 + MD5_HEX)
		return;
	path = slice_make(line.ptr, (size_t)(space - line.ptr));
	note_sum(d->conffiles, &d->arena, path, slice_make(space + 1, MD5_HEX));
}

static int read_conffiles(struct dpkg *d)
{
	struct strbuf text;
	struct slice rest, line;
	bool found, inside = false;
	int rc;

	strbuf_init(&text);
	rc = read_admin(d, "status", &text, &found);
	if (rc == 0 && !found)
		rc = err_set(d->r->err,
			     "%s: no " ADMIN "status: not the root of a dpkg system",
			     d->r->source);
	rest = strbuf_slice(&text);
	while (rc == 0 && next_line(&rest, &line)) {
		if (line.len && line.ptr[0] == ' ') {
			if (inside)
				take_conffile(d, line);
		} else {
			inside = slice_starts(line, SLICE_LIT("Conffiles:"));
		}
	}
	strbuf_fini(&text);
	return rc;
}

/* Three lines each: a path, where others' file of that name goes, the package. */
static int read_diversions(struct dpkg *d)
{
	struct slice rest, from, to, package;
	struct diversion *diversion;
	struct strbuf text;
	bool found;
	int rc;

	strbuf_init(&text);
	rc = read_admin(d, "diversions", &text, &found);
	rest = strbuf_slice(&text);
	while (rc == 0 && next_line(&rest, &from) && next_line(&rest, &to) &&
	       next_line(&rest, &package)) {
		diversion = arena_alloc(&d->arena, sizeof(*diversion));
		diversion->to = slice_make(arena_slice_dup(&d->arena, to), to.len);
		diversion->package =
			slice_make(arena_slice_dup(&d->arena, package), package.len);
		map_put(d->diverted, from, diversion);
	}
	strbuf_fini(&text);
	return rc;
}

/* The directory of a resolved path, kept open for the next file in it. */
static int open_dir(struct dpkg *d, const char *real, const char **base)
{
	const char *slash = strrchr(real, '/');
	size_t len = (size_t)(slash - real);

	*base = slash[1] ? slash + 1 : ".";
	if (d->dir_fd >= 0 && strlen(d->dir) == len && memcmp(d->dir, real, len) == 0)
		return d->dir_fd;
	if (d->dir_fd >= 0)
		close(d->dir_fd);
	memcpy(d->dir, real, len);
	d->dir[len] = '\0';
	d->dir_fd = recording_open_below(d->root, len ? d->dir + 1 : ".", O_DIRECTORY);
	return d->dir_fd;
}

/* false when it is not there. */
static bool stat_below(struct dpkg *d, const char *real, struct stat *st)
{
	const char *base;
	int dir = open_dir(d, real, &base);

	return dir >= 0 && fstatat(dir, base, st, AT_SYMLINK_NOFOLLOW) == 0;
}

static const char *read_target(struct dpkg *d, const char *real)
{
	char target[MANIFEST_PATH_MAX + 1];
	const char *base;
	int dir = open_dir(d, real, &base);
	ssize_t len = dir < 0 ? -1 : readlinkat(dir, base, target, sizeof(target));

	return manifest_strdup(d->r->manifest,
			       slice_make(target, len < 0 ? 0 : (size_t)len));
}

/* Where a path really is: links above it followed, not the last one. */
static bool place(struct dpkg *d, struct slice path, char *real)
{
	return manifest_resolve(d->r->manifest, path, false, real);
}

static struct manifest_entry *put(struct dpkg *d, const char *real, const struct stat *st,
				  bool *added)
{
	struct manifest_entry *e = manifest_put(d->r->manifest, slice_str(real), added);

	if (!e) {
		recording_full(d->r);
		return NULL;
	}
	if (*added && st) {
		e->kind = recording_kind(st->st_mode);
		e->mode = st->st_mode & 07777;
		if (e->kind == MF_LINK)
			e->link = read_target(d, real);
		recording_progress(d->r);
	}
	return e;
}

/*
 * The links among the directories of a path belong to no package (/bin of a
 * merged /usr) but say where the path's file really is.
 */
static int put_links_above(struct dpkg *d, struct slice path)
{
	char real[MANIFEST_PATH_MAX + 1];
	struct slice above;
	struct stat st;
	bool added;

	for (size_t len = 1; len < path.len; len++) {
		if (path.ptr[len] != '/')
			continue;
		above = slice_make(path.ptr, len);
		if (map_get(d->dirs, above))
			continue;
		map_put(d->dirs, above, d);
		if (!place(d, above, real) || !stat_below(d, real, &st))
			continue;
		if (S_ISLNK(st.st_mode) && !put(d, real, &st, &added))
			return -1;
	}
	return 0;
}

static void digest_file(struct dpkg *d, const char *real, struct manifest_entry *e,
			const uint8_t want[MD5_LEN], bool conffile)
{
	uint8_t md5[MD5_LEN], sha256[SHA256_LEN];
	const char *base;
	int dir = open_dir(d, real, &base);
	int fd = openat(dir, base,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int rc = -1;

	if (fd >= 0) {
		rc = fsio_digests_fd(fd, RECORD_FILE_MAX, sha256, md5, &e->size);
		close(fd);
	}
	if (rc == 0 && memcmp(md5, want, MD5_LEN) == 0) {
		d->r->counts->bytes += e->size;
		e->has_sha256 = true;
		memcpy(e->sha256, sha256, SHA256_LEN);
		return;
	}
	e->size = 0;
	e->has_md5 = true;
	memcpy(e->md5, want, MD5_LEN);
	if (rc < 0) {
		d->r->counts->unreadable++;
		recording_warn(d->r, "%s: %s", real, strerror(errno));
	} else {
		d->r->counts->changed++;
		/* What is there to be edited is edited. */
		if (!conffile)
			recording_warn(d->r, "%s: is not what %.*s installed", real,
				       SLICE_FMT(d->package));
	}
}

static int put_file(struct dpkg *d, struct slice path, const char *real)
{
	const char *sum = map_get(d->sums, path);
	const char *edited = map_get(d->conffiles, path);
	uint8_t want[MD5_LEN];
	struct manifest_entry *e;
	struct stat st;
	bool there, known, added;

	known = hex_decode(slice_str(edited ? edited : sum), want, MD5_LEN);
	there = stat_below(d, real, &st);
	if (!there && !known)
		return 0;
	e = put(d, real, there ? &st : NULL, &added);
	if (!e)
		return -1;
	if (!added)
		return 0;
	if (!there || e->kind != MF_FILE) {
		/* A packaged file in whose place something else or nothing is. */
		if (known) {
			*e = (struct manifest_entry){ .path = e->path, .has_md5 = true };
			memcpy(e->md5, want, MD5_LEN);
		}
		return 0;
	}
	e->size = (uint64_t)st.st_size;
	if (known)
		digest_file(d, real, e, want, edited != NULL);
	return 0;
}

/* One line of a package's list. */
static int take_path(struct dpkg *d, struct slice path)
{
	struct diversion *diversion;
	char real[MANIFEST_PATH_MAX + 1];
	struct slice target;

	if (slice_eq_str(path, "/."))
		path.len = 1;
	if (path.len == 0 || path.ptr[0] != '/' || memchr(path.ptr, '\0', path.len))
		return err_set(d->r->err,
			       "%s/" ADMIN "info/%.*s.list: \"%.*s\" is no path: "
			       "the database is damaged",
			       d->r->source, SLICE_FMT(d->package),
			       (int)(path.len < 200 ? path.len : 200), path.ptr);
	diversion = map_get(d->diverted, path);
	target = diversion && !slice_eq(diversion->package, d->package) ? diversion->to
									: path;
	if (put_links_above(d, target) < 0)
		return -1;
	if (!place(d, target, real)) {
		recording_warn(d->r, "%.*s: a path that leads nowhere, left out",
			       SLICE_FMT(target));
		return 0;
	}
	if (recording_excludes(d->r, real))
		return 0;
	return put_file(d, path, real);
}

/* "MD5  usr/bin/x": the path has no slash in front. */
static int read_sums(struct dpkg *d, const char *name)
{
	char path[MANIFEST_PATH_MAX + 2];
	struct slice rest, line, file;
	struct strbuf text;
	bool found;
	int rc;

	map_free(&d->sums);
	d->sums = map_new();
	arena_reset(&d->sums_arena);
	snprintf(path, sizeof(path), "info/%s.md5sums", name);
	strbuf_init(&text);
	rc = read_admin(d, path, &text, &found);
	rest = strbuf_slice(&text);
	while (rc == 0 && next_line(&rest, &line)) {
		file = slice_skip(line, MD5_HEX + 2);
		if (file.len == 0 || file.len > MANIFEST_PATH_MAX)
			continue;
		path[0] = '/';
		memcpy(path + 1, file.ptr, file.len);
		note_sum(d->sums, &d->sums_arena, slice_make(path, file.len + 1),
			 slice_make(line.ptr, MD5_HEX));
	}
	strbuf_fini(&text);
	return rc;
}

/* name: "bash" or "libc6:amd64". */
static int take_package(struct dpkg *d, const char *name)
{
	const char *colon = strchr(name, ':');
	struct slice rest, line;
	char path[NAME_MAX + 16];
	struct strbuf text;
	bool found;
	int rc;

	if (read_sums(d, name) < 0)
		return -1;
	d->package = slice_make(name, colon ? (size_t)(colon - name) : strlen(name));
	snprintf(path, sizeof(path), "info/%s.list", name);
	strbuf_init(&text);
	rc = read_admin(d, path, &text, &found);
	rest = strbuf_slice(&text);
	while (rc == 0 && next_line(&rest, &line))
		rc = take_path(d, line);
	strbuf_fini(&text);
	return rc;
}

static int put_link(struct dpkg *d, struct slice path)
{
	char real[MANIFEST_PATH_MAX + 1];
	struct stat st;
	bool added;

	if (put_links_above(d, path) < 0)
		return -1;
	if (!place(d, path, real) || recording_excludes(d->r, real) ||
	    !stat_below(d, real, &st) || !S_ISLNK(st.st_mode))
		return 0;
	return put(d, real, &st, &added) ? 0 : -1;
}

static int put_alternative(struct dpkg *d, struct slice name)
{
	struct strbuf path;
	int rc;

	strbuf_init(&path);
	strbuf_printf(&path, "/etc/alternatives/%.*s", SLICE_FMT(name));
	rc = put_link(d, strbuf_slice(&path));
	strbuf_fini(&path);
	return rc;
}

/*
 * A mode, the main link, then a name and a link each of what goes with it, up
 * to an empty line. A link leads to one of the name in /etc/alternatives.
 */
static int take_alternative(struct dpkg *d, const char *name)
{
	char path[NAME_MAX + 32];
	struct slice rest, line;
	struct strbuf text;
	bool found;
	int rc;

	snprintf(path, sizeof(path), "alternatives/%s", name);
	strbuf_init(&text);
	rc = read_admin(d, path, &text, &found);
	if (rc == 0)
		rc = put_alternative(d, slice_str(name));
	rest = strbuf_slice(&text);
	while (rc == 0 && next_line(&rest, &line) && line.len)
		rc = line.ptr[0] == '/' ? put_link(d, line) : put_alternative(d, line);
	strbuf_fini(&text);
	return rc;
}

/* Calls take with each name, less its ending, in a folder of the database. */
static int each_name(struct dpkg *d, const char *folder, const char *ending,
		     int (*take)(struct dpkg *, const char *))
{
	int fd = recording_open_below(d->root, folder, O_DIRECTORY);
	struct slice end = slice_str(ending), name;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char *cut;
	int rc = 0;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (!dir && fd >= 0)
		close(fd);
	if (!dir)
		return err_set(d->r->err, "%s/%s: %s", d->r->source, folder,
			       strerror(errno));
	while (rc == 0 && (entry = readdir(dir))) {
		name = slice_str(entry->d_name);
		if (name.ptr[0] == '.' || !slice_ends(name, end))
			continue;
		cut = xmemdup0(name.ptr, name.len - end.len);
		rc = take(d, cut);
		free(cut);
	}
	closedir(dir);
	return rc;
}

static int record(struct dpkg *d)
{
	struct stat st;
	bool added;

	if (read_conffiles(d) < 0 || read_diversions(d) < 0)
		return -1;
	if (stat_below(d, "/", &st) && !put(d, "/", &st, &added))
		return -1;
	if (each_name(d, ADMIN "info", ".list", take_package) < 0)
		return -1;
	return each_name(d, ADMIN "alternatives", "", take_alternative);
}

static bool have_md5(void)
{
	struct md5 *md5 = md5_new();
	bool have = md5 != NULL;

	md5_free(&md5);
	return have;
}

int record_dpkg(struct recording *r)
{
	struct dpkg d = { .r = r, .dir_fd = -1 };
	int rc;

	if (!*r->source)
		r->source = r->options->root ? r->options->root : "/";
	if (!have_md5())
		return err_set(r->err,
			       "%s: MD5, by which dpkg knows its files, is forbidden "
			       "here (FIPS): record it as a directory",
			       r->source);
	d.root = open(r->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d.root < 0)
		return err_set(r->err, "%s: %s", r->source, strerror(errno));
	arena_init(&d.arena);
	arena_init(&d.sums_arena);
	d.conffiles = map_new();
	d.diverted = map_new();
	d.dirs = map_new();
	d.sums = map_new();
	rc = record(&d);
	map_free(&d.conffiles);
	map_free(&d.diverted);
	map_free(&d.dirs);
	map_free(&d.sums);
	arena_fini(&d.arena);
	arena_fini(&d.sums_arena);
	if (d.dir_fd >= 0)
		close(d.dir_fd);
	close(d.root);
	return rc;
}
