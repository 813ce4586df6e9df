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
#include <unistd.h>

#include "base/arena.h"
#include "base/fsio.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "manifest/record_root.h"

#define ADMIN "var/lib/dpkg/"

struct diversion {
	struct slice to, package;
};

struct dpkg {
	struct recording *r;
	struct root root;
	struct arena arena;    /* what the maps point to */
	struct map *conffiles; /* path to its MD5, 32 digits */
	struct map *diverted;  /* path to struct diversion */
	/* of the package at hand */
	struct slice package;
	struct arena sums_arena;
	struct map *sums; /* path to its MD5, 32 digits */
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
	fd = recording_open_below(d->root.fd, path, O_NONBLOCK);
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

static void digest_file(struct dpkg *d, const char *real, struct manifest_entry *e,
			const uint8_t want[MD5_LEN], bool conffile)
{
	uint8_t md5[MD5_LEN], sha256[SHA256_LEN];
	const char *base;
	int dir = root_dir(&d->root, real, &base);
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
	there = root_stat(&d->root, real, &st);
	if (!there && !known)
		return 0;
	e = root_put(&d->root, real, there ? &st : NULL, &added);
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
	if (root_put_links_above(&d->root, target) < 0)
		return -1;
	if (!root_place(&d->root, target, real)) {
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

	if (root_put_links_above(&d->root, path) < 0)
		return -1;
	if (!root_place(&d->root, path, real) || recording_excludes(d->r, real) ||
	    !root_stat(&d->root, real, &st) || !S_ISLNK(st.st_mode))
		return 0;
	return root_put(&d->root, real, &st, &added) ? 0 : -1;
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
	int fd = recording_open_below(d->root.fd, folder, O_DIRECTORY);
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
	if (root_stat(&d->root, "/", &st) && !root_put(&d->root, "/", &st, &added))
		return -1;
	if (each_name(d, ADMIN "info", ".list", take_package) < 0)
		return -1;
	if (each_name(d, ADMIN "alternatives", "", take_alternative) < 0)
		return -1;
	return root_put_missing_dirs(&d->root) < 0 ? -1 : recording_put_all(d->r);
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
	struct dpkg d = { .r = r };
	int rc;

	if (!have_md5())
		return err_set(r->err,
			       "%s: MD5, by which dpkg knows its files, is forbidden "
			       "here (FIPS): record it as a directory",
			       r->source);
	if (root_open(&d.root, r) < 0)
		return -1;
	arena_init(&d.arena);
	arena_init(&d.sums_arena);
	d.conffiles = map_new();
	d.diverted = map_new();
	d.sums = map_new();
	rc = record(&d);
	map_free(&d.conffiles);
	map_free(&d.diverted);
	map_free(&d.sums);
	arena_fini(&d.arena);
	arena_fini(&d.sums_arena);
	root_close(&d.root);
	return rc;
}
