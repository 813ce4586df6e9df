/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Image archives: where their files come from. A layout in a folder is read
 * file by file. A tar is read first for its JSON documents, which may
 * stand anywhere in it, then for the layers that these name, each of which
 * goes through as it comes by. Layers are read twice, see image.h. What holds
 * no such documents is the tar of one root file system (`docker export`).
 */
#include "manifest/image.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsio.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "manifest/limits.h"

enum { READ_BLOCK = 1 << 16 };

/* A JSON document, or a link to a member of another name. */
struct member {
	struct slice text;
	const char *target; /* NULL: none */
};

struct store {
	struct image *image;
	int fd;              /* of the folder or the tar */
	struct map *members; /* path to struct member, in the image's arena */
	size_t nmembers, text_bytes;
};

static void store_add(struct store *s, const char *path, struct member member)
{
	struct member *kept = arena_alloc(&s->image->arena, sizeof(*kept));

	*kept = member;
	map_put(s->members, slice_str(path), kept);
}

/* A file of the folder, kept for the next time it is asked for. */
static bool get_from_folder(void *ctx, const char *path, struct slice *out)
{
	struct store *s = ctx;
	struct member *kept = map_get(s->members, slice_str(path));
	struct member member = { 0 };
	struct strbuf text;
	int fd;

	if (kept) {
		*out = kept->text;
		return kept->text.ptr != NULL;
	}
	if (s->text_bytes > IMAGE_TEXTS_MAX)
		return false;
	strbuf_init(&text);
	fd = recording_open_below(s->fd, path + 1, O_NONBLOCK);
	if (fd >= 0 && fsio_read_fd(fd, IMAGE_TEXT_MAX, &text) == 0) {
		member.text.ptr = arena_slice_dup(&s->image->arena, strbuf_slice(&text));
		member.text.len = text.len;
		s->text_bytes += text.len;
	}
	if (fd >= 0)
		close(fd);
	strbuf_fini(&text);
	store_add(s, path, member);
	*out = member.text;
	return member.text.ptr != NULL;
}

/* The member that a path leads to, links followed; NULL: none. */
static const struct member *follow(const struct store *s, const char **path)
{
	const struct member *member;

	for (int hops = 0; hops < MANIFEST_HOPS_MAX; hops++) {
		member = map_get(s->members, slice_str(*path));
		if (!member || !member->target)
			return member;
		*path = member->target;
	}
	return NULL;
}

static bool get_from_tar(void *ctx, const char *path, struct slice *out)
{
	const struct member *member = follow(ctx, &path);

	if (!member)
		return false;
	*out = member->text;
	return true;
}

struct folder_stream {
	struct image *image;
	int fd;
	char block[READ_BLOCK];
};

static ssize_t pull_from_folder(void *ctx, const void **bytes)
{
	struct folder_stream *f = ctx;
	ssize_t n;

	do {
		n = read(f->fd, f->block, sizeof(f->block));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return image_fail(f->image, "%s", strerror(errno));
	*bytes = f->block;
	return n;
}

static int missing_layer(struct image *image, const struct image_layer *layer)
{
	return image_fail(image, "%s: not in the archive: is it complete?",
			  layer->name + 1);
}

static int read_folder_layer(struct store *s, struct image_layer *layer)
{
	struct folder_stream f = { .image = s->image };
	struct stat st;
	int rc;

	f.fd = recording_open_below(s->fd, layer->name + 1, O_NONBLOCK);
	if (f.fd < 0 && errno == ENOENT)
		return missing_layer(s->image, layer);
	if (f.fd < 0)
		return image_fail(s->image, "%s: %s", layer->name + 1, strerror(errno));
	if (fstat(f.fd, &st) < 0 || !S_ISREG(st.st_mode))
		rc = image_fail(s->image, "%s: not a file", layer->name + 1);
	else
		rc = image_read_layer(s->image, layer, pull_from_folder, &f);
	close(f.fd);
	return rc;
}

static int read_folder_layers(struct store *s)
{
	struct image *image = s->image;

	for (size_t i = 0; i < image->nlayers; i++) {
		if (read_folder_layer(s, &image->layers[i]) < 0)
			return -1;
	}
	return 0;
}

/* For what there is, and then for the content of what is left of it. */
static int read_twice(struct store *s, int (*read_layers)(struct store *))
{
	if (read_layers(s) < 0 || image_apply(s->image) < 0)
		return -1;
	return read_layers(s);
}

static int record_folder(struct store *s)
{
	struct image_texts texts = { get_from_folder, s };
	struct image *image = s->image;
	bool found;

	if (image_plan(image, &texts, &found) < 0)
		return found ? -1 : image_fail(image, "no index.json: not an OCI layout");
	return read_twice(s, read_folder_layers);
}

static int bad_outer(struct store *s, struct archive *tar)
{
	const char *why = archive_error_string(tar);

	return image_fail(s->image, "%s: is this an image archive?",
			  why ? why : "cannot be read");
}

static struct archive *open_tar(struct store *s)
{
	struct archive *tar = archive_read_new();

	if (!tar)
		abort();
	archive_read_support_filter_gzip(tar);
	archive_read_support_filter_zstd(tar);
	archive_read_support_filter_bzip2(tar);
	archive_read_support_filter_xz(tar);
	archive_read_support_format_tar(tar);
	if (lseek(s->fd, 0, SEEK_SET) == 0 &&
	    archive_read_open_fd(tar, s->fd, READ_BLOCK) == ARCHIVE_OK)
		return tar;
	bad_outer(s, tar);
	archive_read_free(tar);
	return NULL;
}

static int check_outer(struct store *s, struct archive *tar)
{
	return image_check_ratio(s->image, (uint64_t)archive_filter_bytes(tar, -1),
				 (uint64_t)archive_filter_bytes(tar, 0));
}

/*
 * To the end of a member that nobody wants: by seeking, or else block by
 * block, so that a bomb is seen while it unpacks.
 */
static int pass_over(struct store *s, struct archive *tar)
{
	la_int64_t offset;
	const void *bytes;
	size_t len;

	if (archive_filter_code(tar, 0) == ARCHIVE_FILTER_NONE)
		return 0;
	while (archive_read_data_block(tar, &bytes, &len, &offset) == ARCHIVE_OK) {
		if (check_outer(s, tar) < 0)
			return -1;
	}
	return 0; /* what is wrong with it the next header tells */
}

/* Keeps a member when it can be a JSON document. */
static int take_text(struct store *s, struct archive *tar, const char *path, size_t size)
{
	struct member member = { 0 };
	char *text;
	la_ssize_t n;

	text = xmalloc(size + 1);
	n = archive_read_data(tar, text, size);
	if (n == (la_ssize_t)size && size && (*text == '{' || *text == '[')) {
		member.text.ptr =
			arena_slice_dup(&s->image->arena, slice_make(text, size));
		member.text.len = size;
		s->text_bytes += size;
		store_add(s, path, member);
	}
	free(text);
	if (n < 0)
		return image_fail(s->image, "%s: %s", path + 1,
				  archive_error_string(tar));
	if (s->text_bytes > IMAGE_TEXTS_MAX)
		return image_fail(s->image, "more than %d MiB of JSON: not read",
				  IMAGE_TEXTS_MAX >> 20);
	return 0;
}

/* A link is relative to its folder, a hard link to the archive. */
static void take_link(struct store *s, const char *path, const char *target, bool hard)
{
	struct member member = { 0 };
	char joined[2 * MANIFEST_PATH_MAX + 2], normal[MANIFEST_PATH_MAX + 1];
	const char *slash = strrchr(path, '/');
	int folder = hard || *target == '/' ? 0 : (int)(slash - path);

	/* "../x" of the usual one folder: step up by hand. */
	while (!hard && strncmp(target, "../", 3) == 0 && folder > 0) {
		target += 3;
		do {
			folder--;
		} while (folder > 0 && path[folder] != '/');
	}
	snprintf(joined, sizeof(joined), "%.*s/%s", folder, path, target);
	if (!image_path(joined, normal))
		return;
	member.target = arena_strdup(&s->image->arena, normal);
	store_add(s, path, member);
}

/*
 * Documents stand on top or among the blobs. The many that a root file
 * system holds elsewhere are not looked at.
 */
static bool may_be_text(const char *path)
{
	return !strchr(path + 1, '/') || strncmp(path, "/blobs/sha256/", 14) == 0;
}

static int take_member(struct store *s, struct archive *tar, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	const char *symlink = archive_entry_symlink(entry);
	const char *hardlink = archive_entry_hardlink(entry);
	la_int64_t size = archive_entry_size(entry);
	char path[MANIFEST_PATH_MAX + 1];

	if (check_outer(s, tar) < 0)
		return -1;
	/* Of a root file system there may be more: then it is no image. */
	if (++s->nmembers > IMAGE_MEMBERS_MAX)
		return pass_over(s, tar);
	if (!name || !image_path(name, path))
		return image_fail(s->image,
				  "%s: a path that leads out or is too long: not read",
				  name ? name : "(no name)");
	if (hardlink || symlink)
		take_link(s, path, hardlink ? hardlink : symlink, hardlink != NULL);
	else if (size > 0 && size <= IMAGE_TEXT_MAX && may_be_text(path))
		return take_text(s, tar, path, (size_t)size);
	return pass_over(s, tar);
}

/* All members of the outer archive, in order; take: -1 ends it. */
static int each_member(struct store *s, int (*take)(struct store *s, struct archive *tar,
						    struct archive_entry *entry))
{
	struct archive *tar = open_tar(s);
	struct archive_entry *entry;
	int rc;

	if (!tar)
		return -1;
	while ((rc = archive_read_next_header(tar, &entry)) == ARCHIVE_OK ||
	       rc == ARCHIVE_WARN) {
		if (take(s, tar, entry) < 0)
			break;
	}
	if (!s->image->failed && rc != ARCHIVE_EOF)
		bad_outer(s, tar);
	archive_read_free(tar);
	return s->image->failed ? -1 : 0;
}

static int read_texts(struct store *s)
{
	return each_member(s, take_member);
}

struct member_stream {
	struct store *store;
	struct archive *tar;
};

static ssize_t pull_from_tar(void *ctx, const void **bytes)
{
	struct member_stream *m = ctx;
	la_int64_t offset;
	size_t len = 0;
	int rc;

	do {
		rc = archive_read_data_block(m->tar, bytes, &len, &offset);
	} while (rc == ARCHIVE_OK && len == 0);
	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return bad_outer(m->store, m->tar);
	return check_outer(m->store, m->tar) < 0 ? -1 : (ssize_t)len;
}

/* A member may be several layers: the same files added twice. */
static struct image_layer *wanted(struct store *s, const char *path, bool again)
{
	for (size_t i = 0; i < s->image->nlayers; i++) {
		struct image_layer *layer = &s->image->layers[i];
		const char *name = layer->name;

		if (layer->have != again)
			continue;
		follow(s, &name);
		if (strcmp(name, path) == 0)
			return layer;
	}
	return NULL;
}

/* Layers of the same member share its changes. */
static void share(struct store *s, const struct image_layer *from, const char *path)
{
	struct image_layer *layer;

	while ((layer = wanted(s, path, false))) {
		layer->have = true;
		layer->shared = true;
		layer->changes = from->changes;
		layer->nchanges = from->nchanges;
	}
}

static int take_layer(struct store *s, struct archive *tar, struct archive_entry *entry)
{
	struct member_stream m = { s, tar };
	const char *name = archive_entry_pathname(entry);
	char path[MANIFEST_PATH_MAX + 1];
	struct image_layer *layer;

	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
	    !name || !image_path(name, path))
		return pass_over(s, tar);
	layer = wanted(s, path, false);
	if (!layer)
		return pass_over(s, tar);
	if (image_read_layer(s->image, layer, pull_from_tar, &m) < 0)
		return -1;
	share(s, layer, path);
	return 0;
}

static int read_tar_layers(struct store *s)
{
	each_member(s, take_layer);
	for (size_t i = 0; !s->image->failed && i < s->image->nlayers; i++) {
		if (!s->image->layers[i].have)
			missing_layer(s->image, &s->image->layers[i]);
	}
	return s->image->failed ? -1 : 0;
}

static int read_root_tar(struct store *s)
{
	struct archive *tar = open_tar(s);
	int rc = -1;

	if (tar)
		rc = image_read_tar(s->image, &s->image->layers[0], tar);
	archive_read_free(tar);
	return rc;
}

/* The tar is the root file system itself. */
static int record_root(struct store *s)
{
	s->image->layers = xcalloc(1, sizeof(*s->image->layers));
	s->image->nlayers = 1;
	return read_twice(s, read_root_tar);
}

static int record_image_tar(struct store *s)
{
	struct image_texts texts = { get_from_tar, s };
	bool found;

	if (read_texts(s) < 0)
		return -1;
	if (image_plan(s->image, &texts, &found) == 0)
		return read_twice(s, read_tar_layers);
	return found ? -1 : record_root(s);
}

static void image_fini(struct image *image)
{
	for (size_t i = 0; i < image->nlayers; i++) {
		if (!image->layers[i].shared)
			free(image->layers[i].changes);
	}
	free(image->layers);
	free(image->files);
	arena_fini(&image->arena);
}

/*
 * Names are bytes. libarchive takes them as they are in the C locale only;
 * elsewhere it turns what pax headers hold into other, composed characters.
 */
static int in_c_locale(struct store *s, int (*record)(struct store *))
{
	locale_t plain = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	locale_t before = plain ? uselocale(plain) : (locale_t)0;
	int rc = record(s);

	if (plain) {
		uselocale(before);
		freelocale(plain);
	}
	return rc;
}

static int record_with(struct recording *r, int flags, int (*record)(struct store *))
{
	struct image image = { .r = r };
	struct store s = { .image = &image };
	struct timespec now;
	struct stat st;
	int rc;

	s.fd = open(r->source, O_RDONLY | O_CLOEXEC | flags);
	if (s.fd < 0)
		return err_set(r->err, "%s: %s", r->source, strerror(errno));
	if (fstat(s.fd, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
		close(s.fd);
		return err_set(r->err,
			       "%s: neither a file nor a folder: "
			       "save the archive to a file first",
			       r->source);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	image.deadline = now.tv_sec + IMAGE_SECONDS_MAX;
	arena_init(&image.arena);
	s.members = map_new();
	rc = in_c_locale(&s, record);
	map_free(&s.members);
	image_fini(&image);
	close(s.fd);
	return rc;
}

int record_oci(struct recording *r)
{
	return record_with(r, O_DIRECTORY, record_folder);
}

int record_archive(struct recording *r)
{
	return record_with(r, O_NONBLOCK, record_image_tar);
}

int record_tar(struct recording *r)
{
	return record_with(r, O_NONBLOCK, record_root);
}
