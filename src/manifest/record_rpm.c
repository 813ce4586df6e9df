/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What rpm has installed, from its SQLite database (rpm 4.16 of 2020 and
 * later). Packages carry the SHA-256 of their files, so no file is read. The
 * database is another's and may be a copy that must not change: it is opened
 * as immutable, which makes no lock and no journal; hence SQLite here and not
 * in the store, and no librpm, which would write beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "manifest/record_root.h"
#include "manifest/rpm_header.h"

enum {
	STATE_NORMAL = 0,    /* rpmfileState: installed */
	FLAG_GHOST = 1 << 6, /* rpmfileAttrs: owned, but not in the package */
	ALGO_MD5 = 1,        /* rpmcrypto.h */
	ALGO_SHA256 = 8,
};

struct rpm {
	struct recording *r;
	struct root root;
	sqlite3 *db;
	bool links; /* the round in which links are put in */
};

/* One package's files, side by side. */
struct files {
	struct rpm_values names, dirs, indexes, modes, sizes, digests, targets, flags,
		states;
	struct slice *dir; /* the directories, by number; owned */
	uint32_t ndirs;
	uint64_t algo;
};

/* One of them. */
struct file {
	char path[MANIFEST_PATH_MAX + 1];
	uint64_t mode, size, flags, state;
	struct slice digest, target;
};

static const char *const places[] = {
	"usr/lib/sysimage/rpm",       /* Fedora since 36, openSUSE */
	"var/lib/rpm", "root/.rpmdb", /* Debian's rpm */
};

static int open_files(struct files *f, const struct rpm_header *h)
{
	struct rpm_values algo = rpm_header_values(h, RPM_FILEDIGESTALGO);

	*f = (struct files){
		.names = rpm_header_values(h, RPM_BASENAMES),
		.dirs = rpm_header_values(h, RPM_DIRNAMES),
		.indexes = rpm_header_values(h, RPM_DIRINDEXES),
		.modes = rpm_header_values(h, RPM_FILEMODES),
		.sizes = rpm_header_values(h, RPM_LONGFILESIZES),
		.digests = rpm_header_values(h, RPM_FILEDIGESTS),
		.targets = rpm_header_values(h, RPM_FILELINKTOS),
		.flags = rpm_header_values(h, RPM_FILEFLAGS),
		.states = rpm_header_values(h, RPM_FILESTATES),
		.algo = ALGO_MD5,
	};
	if (!f->sizes.count)
		f->sizes = rpm_header_values(h, RPM_FILESIZES);
	(void)rpm_values_number(&algo, 0, &f->algo);
	/* A string takes a byte at least: no more than the header is long. */
	if (f->dirs.count > f->dirs.bytes.len)
		return -1;
	f->dir = xcalloc(f->dirs.count, sizeof(*f->dir));
	f->ndirs = f->dirs.count;
	for (uint32_t i = 0; i < f->ndirs; i++) {
		if (!rpm_values_string(&f->dirs, &f->dir[i]))
			return -1;
	}
	return 0;
}

/* 1: *out is the next file, 0: there is none, -1: the header is damaged. */
static int next_file(struct files *f, uint32_t i, struct file *out)
{
	struct slice base, dir;
	uint64_t index;

	if (!f->names.count)
		return 0;
	out->digest = out->target = slice_str(NULL);
	out->state = STATE_NORMAL;
	out->flags = 0;
	if (!rpm_values_string(&f->names, &base) ||
	    !rpm_values_number(&f->indexes, i, &index) || index >= f->ndirs ||
	    !rpm_values_number(&f->modes, i, &out->mode) ||
	    !rpm_values_number(&f->sizes, i, &out->size) ||
	    !rpm_values_string(&f->digests, &out->digest) ||
	    !rpm_values_string(&f->targets, &out->target))
		return -1;
	(void)rpm_values_number(&f->flags, i, &out->flags);
	(void)rpm_values_number(&f->states, i, &out->state);
	dir = f->dir[index];
	if (dir.len == 0 || dir.ptr[0] != '/' || dir.len + base.len > MANIFEST_PATH_MAX)
		return -1;
	memcpy(out->path, dir.ptr, dir.len);
	memcpy(out->path + dir.len, base.ptr, base.len);
	out->path[dir.len + base.len] = '\0';
	return 1;
}

static void fill(struct rpm *rpm, const struct files *files, const struct file *file,
		 struct manifest_entry *e)
{
	e->kind = recording_kind((mode_t)file->mode);
	e->mode = file->mode & 07777;
	if (e->kind == MF_LINK)
		e->link = manifest_strdup(rpm->r->manifest, file->target);
	if (e->kind != MF_FILE)
		return;
	e->size = file->size;
	if (files->algo == ALGO_SHA256)
		e->has_sha256 = hex_decode(file->digest, e->sha256, SHA256_LEN);
	else if (files->algo == ALGO_MD5)
		e->has_md5 = hex_decode(file->digest, e->md5, MD5_LEN);
}

static int put_file(struct rpm *rpm, const struct files *files, const struct file *file)
{
	bool ghost = file->flags & FLAG_GHOST, added;
	char real[MANIFEST_PATH_MAX + 1];
	struct manifest_entry *e;
	struct stat st;

	if (root_put_links_above(&rpm->root, slice_str(file->path)) < 0)
		return -1;
	if (!root_place(&rpm->root, slice_str(file->path), real)) {
		recording_warn(rpm->r, "%.700s: a path that leads nowhere, left out",
			       file->path);
		return 0;
	}
	if (recording_excludes(rpm->r, real))
		return 0;
	/* What a package owns and does not bring: alternatives are such links. */
	if (ghost && (!root_stat(&rpm->root, real, &st) || !S_ISLNK(st.st_mode)))
		return 0;
	e = root_put(&rpm->root, real, ghost ? &st : NULL, &added);
	if (!e)
		return -1;
	if (!added || ghost)
		return 0;
	fill(rpm, files, file, e);
	return recording_progress(rpm->r);
}

static int damaged(struct rpm *rpm)
{
	return err_set(rpm->r->err,
		       "%s: a package of the rpm database is damaged: "
		       "rebuild it with rpmdb --rebuilddb",
		       rpm->r->source);
}

/* One package: in the first round its links, in the second the rest. */
static int take_package(struct rpm *rpm, struct slice blob)
{
	struct rpm_header header;
	struct files files;
	struct file file;
	int rc;

	if (!rpm_header_scan(blob, &header))
		return damaged(rpm);
	rc = open_files(&files, &header);
	for (uint32_t i = 0; rc == 0; i++) {
		int next = next_file(&files, i, &file);

		if (next <= 0) {
			rc = next;
			break;
		}
		if (file.state != STATE_NORMAL || S_ISLNK(file.mode) != rpm->links)
			continue;
		if (put_file(rpm, &files, &file) < 0) {
			free(files.dir);
			return -1;
		}
	}
	free(files.dir);
	return rc < 0 ? damaged(rpm) : 0;
}

static int bad_db(struct rpm *rpm)
{
	return err_set(rpm->r->err, "%s: the rpm database cannot be read: %s",
		       rpm->r->source, sqlite3_errmsg(rpm->db));
}

static int take_packages(struct rpm *rpm)
{
	sqlite3_stmt *stmt = NULL;
	int rc = 0, step = SQLITE_DONE;

	if (sqlite3_prepare_v2(rpm->db, "SELECT blob FROM Packages ORDER BY hnum", -1,
			       &stmt, NULL) != SQLITE_OK)
		return bad_db(rpm);
	while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *bytes = sqlite3_column_blob(stmt, 0);
		int len = sqlite3_column_bytes(stmt, 0);

		rc = take_package(rpm, slice_make(bytes, (size_t)len));
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = bad_db(rpm);
	sqlite3_finalize(stmt);
	return rc;
}

/* A database with a schema of somebody's own must not make us run it. */
static void harden(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, RPM_HEADER_MAX);
}

/* -1: none there. */
static int open_file(struct rpm *rpm, const char *name)
{
	char path[64];
	int fd = -1;

	for (size_t i = 0; i < ARRAY_SIZE(places) && fd < 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", places[i], name);
		fd = recording_open_below(rpm->root.fd, path, O_NONBLOCK);
	}
	return fd;
}

/* What stands in the journal is not in the file yet, and would be missed. */
static void warn_of_journal(struct rpm *rpm)
{
	int fd = open_file(rpm, "rpmdb.sqlite-wal");
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		recording_warn(rpm->r,
			       "the rpm database was open or not closed well: its "
			       "last changes are missing: run rpm -q rpm as root first");
	if (fd >= 0)
		close(fd);
}

static int record(struct rpm *rpm)
{
	int fd = open_file(rpm, "rpmdb.sqlite"), rc;
	struct stat st;
	bool added;
	char uri[64];

	if (fd < 0)
		return err_set(rpm->r->err,
			       "%s: no rpmdb.sqlite: not the root of an rpm system, "
			       "or of one before 2020: record it as a directory",
			       rpm->r->source);
	warn_of_journal(rpm);
	snprintf(uri, sizeof(uri), "file:/proc/self/fd/%d?immutable=1", fd);
	if (sqlite3_open_v2(uri, &rpm->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
			    NULL) != SQLITE_OK) {
		rc = bad_db(rpm);
	} else {
		harden(rpm->db);
		rc = root_stat(&rpm->root, "/", &st) &&
				     !root_put(&rpm->root, "/", &st, &added)
			     ? -1
			     : 0;
		/* Links say where other files really are: they come first. */
		for (int round = 0; rc == 0 && round < 2; round++) {
			rpm->links = round == 0;
			rc = take_packages(rpm);
		}
		if (rc == 0)
			rc = root_put_missing_dirs(&rpm->root);
		if (rc == 0)
			rc = recording_put_all(rpm->r);
	}
	sqlite3_close(rpm->db);
	close(fd);
	return rc;
}

int record_rpm(struct recording *r)
{
	struct rpm rpm = { .r = r };
	int rc;

	if (root_open(&rpm.root, r) < 0)
		return -1;
	rc = record(&rpm);
	root_close(&rpm.root);
	return rc;
}
