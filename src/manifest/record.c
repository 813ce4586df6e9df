/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/record_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "manifest/limits.h"

struct recorded {
	struct manifest *manifest; /* of which the notes are wanted */
	struct mtree_out *out;
};

/* Entries between two looks at the progress. */
enum { PROGRESS_EVERY = 64 };

struct kind {
	const char *prefix;
	int (*record)(struct recording *);
};

static const struct kind kinds[] = {
	{ "dir:", record_dir }, { "oci:", record_oci },   { "archive:", record_archive },
	{ "tar:", record_tar }, { "dpkg:", record_dpkg }, { "rpm:", record_rpm },
};

enum manifest_kind recording_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return MF_DIR;
	case S_IFLNK: return MF_LINK;
	case S_IFCHR: return MF_CHAR;
	case S_IFBLK: return MF_BLOCK;
	case S_IFIFO: return MF_FIFO;
	case S_IFSOCK: return MF_SOCKET;
	default: return MF_FILE;
	}
}

int recording_open_below(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	/* Before Linux 5.6, or hidden by a sandbox. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = openat(root, path, (int)how.flags);
	return (int)fd;
}

bool recording_excludes(const struct recording *r, const char *path)
{
	for (size_t i = 0; i < r->options->nexclude; i++) {
		struct slice out = slice_str(r->options->exclude[i]);

		while (out.len > 1 && out.ptr[out.len - 1] == '/')
			out.len--;
		if (strncmp(path, out.ptr, out.len) == 0 &&
		    (!path[out.len] || path[out.len] == '/'))
			return true;
	}
	return false;
}

void recording_warn(struct recording *r, const char *fmt, ...)
{
	char what[ERR_MSG_MAX];
	va_list ap;

	if (!r->options->warn)
		return;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	r->options->warn(r->options->ctx, what);
}

void recording_show(const struct recording *r)
{
	if (r->options->progress)
		r->options->progress(r->options->ctx, r->counts);
}

int recording_progress(struct recording *r)
{
	if (++r->counts->entries > MANIFEST_ENTRIES_MAX)
		return recording_full(r);
	if (r->counts->entries % PROGRESS_EVERY == 0)
		recording_show(r);
	return 0;
}

int recording_full(struct recording *r)
{
	return err_set(r->err, "%s: more than %d entries: record a part of the tree",
		       r->source, MANIFEST_ENTRIES_MAX);
}

static void note_time(struct manifest *m)
{
	char text[32];
	struct tm tm;
	time_t now = time(NULL);
	size_t len;

	if (!gmtime_r(&now, &tm))
		return;
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	manifest_set_note(m, NOTE_TIME, slice_make(text, len));
}

static bool holds(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

/* A folder may be an image's, which is not to be taken for a root. */
static int record_guess_folder(struct recording *r, int dir)
{
	if (holds(dir, "oci-layout") && holds(dir, "index.json"))
		return record_oci(r);
	/* github.com/containers/image, directory/directory_transport.go */
	if (holds(dir, "manifest.json") && holds(dir, "version") && !holds(dir, "usr"))
		return err_set(
			r->err,
			"%s: an image in the form dir: of skopeo and podman: copy it "
			"to oci:, or write dir:%s where it is none",
			r->source, r->source);
	return record_dir(r);
}

/* What to do with a source whose kind was not given. */
static int record_guess(struct recording *r)
{
	struct stat st;
	int fd, rc;

	if (stat(r->source, &st) < 0)
		return err_set(r->err, "%s: %s", r->source, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return record_archive(r);
	fd = open(r->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(r->err, "%s: %s", r->source, strerror(errno));
	rc = record_guess_folder(r, fd);
	close(fd);
	return rc;
}

int recording_put_all(struct recording *r)
{
	for (size_t i = 0; i < manifest_count(r->manifest); i++) {
		if (mtree_out_add(r->out, manifest_entry(r->manifest, i), r->err) < 0)
			return -1;
	}
	return 0;
}

int manifest_record(const char *source, const struct record_options *options,
		    struct recorded **out, struct record_counts *counts, struct err *err)
{
	struct recorded *done = xcalloc(1, sizeof(*done));
	struct recording r = { source, options, NULL, NULL, counts, err };
	int (*record)(struct recording *) = record_guess;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct slice prefix = slice_str(kinds[i].prefix);

		if (slice_starts(slice_str(source), prefix)) {
			record = kinds[i].record;
			r.source = source + prefix.len;
		}
	}
	*counts = (struct record_counts){ 0 };
	r.manifest = done->manifest = manifest_new();
	r.out = done->out = mtree_out_new();
	manifest_set_note(r.manifest, NOTE_VERSION, SLICE_LIT(PACKAGE_VERSION));
	manifest_set_note(r.manifest, NOTE_SOURCE, slice_str(source));
	note_time(r.manifest);
	*out = done;
	if (record(&r) == 0)
		return 0;
	recorded_free(out);
	return -1;
}

int recorded_write(struct recorded *recorded, FILE *to, struct err *err)
{
	return mtree_out_finish(recorded->out, recorded->manifest, to, err);
}

void recorded_free(struct recorded **recorded)
{
	struct recorded *r = *recorded;

	if (!r)
		return;
	mtree_out_free(&r->out);
	manifest_free(&r->manifest);
	free(r);
	*recorded = NULL;
}

static int parse_recorded(struct recorded *recorded, const char *name,
			  struct manifest **out, struct err *err)
{
	size_t len = 0;
	char *text = NULL;
	FILE *file = open_memstream(&text, &len);
	int rc;

	if (!file)
		return err_set(err, "%s: %s", name, strerror(errno));
	rc = recorded_write(recorded, file, err);
	if (fclose(file) != 0 && rc == 0)
		rc = err_set(err, "%s: %s", name, strerror(errno));
	if (rc == 0)
		rc = manifest_parse(slice_make(text, len), name, out, err);
	free(text);
	return rc;
}

int manifest_record_load(const char *source, const struct record_options *options,
			 struct manifest **out, struct record_counts *counts,
			 struct err *err)
{
	struct recorded *recorded;
	int rc;

	if (manifest_record(source, options, &recorded, counts, err) < 0)
		return -1;
	rc = parse_recorded(recorded, source, out, err);
	recorded_free(&recorded);
	if (rc == 0)
		manifest_sort(*out);
	return rc;
}
