/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A layer's tar to a list of changes, as the OCI image specification
 * (layer.md, "Representing Changes") has them. Two libarchive readers stand
 * in a row, one that unpacks and one that reads tar, so that the packed or
 * the unpacked bytes can be held against the digest that the image gives,
 * and so that a bomb is seen by the ratio of the two.
 */
#include "manifest/image.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "manifest/limits.h"

struct stream {
	struct image *image;
	image_pull_fn *pull;
	void *ctx;
	struct archive *raw;
	struct sha256 *packed, *unpacked; /* NULL: not asked for */
	uint64_t in, out;
};

int image_fail(struct image *image, const char *fmt, ...)
{
	char what[ERR_MSG_MAX];
	va_list ap;

	if (image->failed)
		return -1;
	image->failed = true;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(image->r->err, "%s: %s", image->r->source, what);
}

int image_check_time(struct image *image)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec > image->deadline)
		return image_fail(image, "takes more than %d minutes to read: given up",
				  IMAGE_SECONDS_MAX / 60);
	return 0;
}

int image_check_ratio(struct image *image, uint64_t in, uint64_t out)
{
	if (out > IMAGE_RATIO_GRACE && out / IMAGE_RATIO_MAX > in)
		return image_fail(image,
				  "unpacks to more than %d times its size: "
				  "a decompression bomb, not read",
				  IMAGE_RATIO_MAX);
	return image_check_time(image);
}

int image_add_bytes(struct image *image, uint64_t more)
{
	image->bytes += more;
	if (image->bytes > IMAGE_BYTES_MAX)
		return image_fail(image, "unpacks to more than %llu GiB: not read",
				  (unsigned long long)(IMAGE_BYTES_MAX >> 30));
	return 0;
}

bool image_path(const char *name, char out[static MANIFEST_PATH_MAX + 1])
{
	size_t len = 0;

	for (;;) {
		size_t n;

		while (*name == '/')
			name++;
		n = strcspn(name, "/");
		if (n == 0)
			break;
		if (n == 2 && name[0] == '.' && name[1] == '.')
			return false;
		if (n != 1 || name[0] != '.') {
			if (len + 1 + n > MANIFEST_PATH_MAX)
				return false;
			out[len++] = '/';
			memcpy(out + len, name, n);
			len += n;
		}
		name += n;
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return true;
}

/* NULL when the names of this image have become too many. */
static const char *keep(struct image *image, const char *name)
{
	size_t len = strlen(name);

	image->name_bytes += len + 1;
	if (image->name_bytes > IMAGE_NAMES_MAX) {
		image_fail(image, "more than %d MiB of names: not read",
			   IMAGE_NAMES_MAX >> 20);
		return NULL;
	}
	return arena_slice_dup(&image->arena, slice_make(name, len));
}

/* The change of the first reading that this one must be again. */
static struct change *same_change(struct image *image, struct image_layer *layer,
				  enum change_kind kind, const char *path)
{
	struct change *change = &layer->changes[layer->next];

	if (layer->next < layer->nchanges && change->kind == kind &&
	    strcmp(change->entry.path, path) == 0) {
		layer->next++;
		return change;
	}
	image_fail(image, "changed while it was being read: record it again");
	return NULL;
}

static struct change *add_change(struct image *image, struct image_layer *layer,
				 enum change_kind kind, const char *path)
{
	struct change *change;

	if (image->again)
		return same_change(image, layer, kind, path);
	if (recording_progress(image->r) < 0)
		return NULL;
	if (image->nchanges == IMAGE_CHANGES_MAX) {
		image_fail(image, "more than %d files: not read", IMAGE_CHANGES_MAX);
		return NULL;
	}
	if (layer->nchanges == layer->cap) {
		layer->cap = layer->cap ? layer->cap * 2 : 64;
		layer->changes = xreallocarray(layer->changes, layer->cap,
					       sizeof(*layer->changes));
	}
	change = &layer->changes[layer->nchanges];
	*change = (struct change){ .kind = kind };
	change->entry.path = keep(image, path);
	if (!change->entry.path)
		return NULL;
	layer->nchanges++;
	image->nchanges++;
	return change;
}

int image_bad_tar(struct image *image, struct archive *tar, const char *name)
{
	const char *why = archive_error_string(tar);

	return image_fail(image, "%s%s%s", name, *name ? ": " : "",
			  why ? why : "cannot be read");
}

static int take_hardlink(struct image *image, struct image_layer *layer, const char *path,
			 const char *target)
{
	struct change *change = add_change(image, layer, CHANGE_HARDLINK, path);
	char normal[MANIFEST_PATH_MAX + 1];

	if (!change)
		return -1;
	if (image->again)
		return 0;
	if (!image_path(target, normal))
		return image_fail(image, "%s: a hard link that leads out: not read",
				  path);
	change->entry.link = keep(image, normal);
	return change->entry.link ? 0 : -1;
}

static bool kind_of(struct archive_entry *entry, enum manifest_kind *kind)
{
	static const struct {
		unsigned type;
		enum manifest_kind kind;
	} kinds[] = {
		{ AE_IFREG, MF_FILE }, { AE_IFDIR, MF_DIR },   { AE_IFLNK, MF_LINK },
		{ AE_IFCHR, MF_CHAR }, { AE_IFBLK, MF_BLOCK }, { AE_IFIFO, MF_FIFO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (archive_entry_filetype(entry) == kinds[i].type) {
			*kind = kinds[i].kind;
			return true;
		}
	}
	return false;
}

static int take_plain(struct image *image, struct image_layer *layer, const char *path,
		      struct archive *tar, struct archive_entry *entry)
{
	struct change *change = add_change(image, layer, CHANGE_SET, path);
	const char *target = archive_entry_symlink(entry);
	struct manifest_entry *e;

	if (!change)
		return -1;
	e = &change->entry;
	if (image->again)
		return e->kind == MF_FILE ? image_take_content(image, tar, change) : 0;
	e->mode = archive_entry_perm(entry) & 07777;
	if (!kind_of(entry, &e->kind))
		return image_fail(image, "%s: of a type that no file has", path);
	if (e->kind == MF_FILE) {
		e->size = (uint64_t)archive_entry_size(entry);
		return image_take_content(image, tar, change);
	}
	if (e->kind != MF_LINK)
		return 0;
	e->link = keep(image, target ? target : "");
	return e->link ? 0 : -1;
}

/* Below a directory of aufs's own (".wh..wh.plnk"): no part of the image. */
static bool is_bookkeeping(const char *path)
{
	const char *own = strstr(path, "/.wh..wh.");

	return own && strchr(own + 1, '/');
}

/* A marker's name tells what it removes. */
static int take_marker(struct image *image, struct image_layer *layer, char *path,
		       char *base)
{
	const char *name = base + 4;

	if (strcmp(name, ".wh..opq") == 0) {
		*(base - 1 == path ? base : base - 1) = '\0';
		return add_change(image, layer, CHANGE_OPAQUE, path) ? 0 : -1;
	}
	if (strncmp(name, ".wh.", 4) == 0)
		return 0;
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return image_fail(image, "%s: a whiteout of nothing: not read", path);
	memmove(base, name, strlen(name) + 1);
	return add_change(image, layer, CHANGE_WHITEOUT, path) ? 0 : -1;
}

static int take_entry(struct image *image, struct image_layer *layer, struct archive *tar,
		      struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	const char *hardlink = archive_entry_hardlink(entry);
	char path[MANIFEST_PATH_MAX + 1];
	char *base;

	if (!name || !image_path(name, path))
		return image_fail(image,
				  "%s: a path that leads out or is too long: not read",
				  name ? name : "(no name)");
	if (recording_excludes(image->r, path) || is_bookkeeping(path))
		return 0;
	base = strrchr(path, '/') + 1;
	if (strncmp(base, ".wh.", 4) == 0)
		return take_marker(image, layer, path, base);
	if (hardlink)
		return take_hardlink(image, layer, path, hardlink);
	return take_plain(image, layer, path, tar, entry);
}

int image_read_tar(struct image *image, struct image_layer *layer, struct archive *tar)
{
	struct archive_entry *entry;
	int rc;

	while ((rc = archive_read_next_header(tar, &entry)) == ARCHIVE_OK ||
	       rc == ARCHIVE_WARN) {
		if (take_entry(image, layer, tar, entry) < 0 ||
		    image_check_time(image) < 0)
			return -1;
	}
	if (rc != ARCHIVE_EOF)
		return image_bad_tar(image, tar, layer->name ? layer->name + 1 : "");
	if (image->again && layer->next != layer->nchanges)
		return image_fail(image,
				  "changed while it was being read: record it again");
	layer->have = true;
	return 0;
}

static la_ssize_t pull_packed(struct archive *raw, void *ctx, const void **bytes)
{
	struct stream *s = ctx;
	ssize_t n = s->pull(s->ctx, bytes);

	if (n < 0) {
		archive_set_error(raw, EIO, "cannot be read");
		return ARCHIVE_FATAL;
	}
	s->in += (uint64_t)n;
	if (s->packed)
		sha256_add(s->packed, *bytes, (size_t)n);
	return n;
}

/* The raw reader's next block, 0 at the end. */
static ssize_t next_unpacked(struct stream *s, const void **bytes)
{
	la_int64_t offset;
	size_t len = 0;
	int rc;

	do {
		rc = archive_read_data_block(s->raw, bytes, &len, &offset);
	} while (rc == ARCHIVE_OK && len == 0);
	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return image_bad_tar(s->image, s->raw, "");
	s->out += len;
	if (image_check_ratio(s->image, s->in, s->out) < 0)
		return -1;
	if (s->unpacked)
		sha256_add(s->unpacked, *bytes, len);
	return (ssize_t)len;
}

static la_ssize_t pull_unpacked(struct archive *tar, void *ctx, const void **bytes)
{
	ssize_t n = next_unpacked(ctx, bytes);

	if (n < 0)
		archive_set_error(tar, EIO, "cannot be unpacked");
	return n;
}

static int check_digest(struct stream *s, const struct image_layer *layer,
			struct sha256 *sha, const char *want)
{
	uint8_t digest[SHA256_LEN];
	char hex[SHA256_HEX + 1];

	if (!sha)
		return 0;
	sha256_end(sha, digest);
	hex_encode(digest, sizeof(digest), hex);
	if (want && strcmp(hex, want) == 0)
		return 0;
	return image_fail(s->image,
			  "%s: the digest is %s and should be %s: "
			  "the archive is damaged",
			  layer->name + 1, hex, want);
}

static struct archive *open_raw(struct stream *s)
{
	struct archive *raw = archive_read_new();

	if (!raw)
		abort();
	archive_read_support_filter_gzip(raw);
	archive_read_support_filter_zstd(raw);
	archive_read_support_filter_bzip2(raw);
	archive_read_support_filter_xz(raw);
	archive_read_support_format_raw(raw);
	archive_read_support_format_empty(raw);
	archive_read_open(raw, s, NULL, pull_packed, NULL);
	return raw;
}

static int read_unpacked(struct stream *s, struct image_layer *layer)
{
	struct archive *tar = archive_read_new();
	const void *bytes;
	ssize_t n = 1;
	int rc;

	if (!tar)
		abort();
	archive_read_support_format_tar(tar);
	archive_read_support_format_empty(tar);
	if (archive_read_open(tar, s, NULL, pull_unpacked, NULL) != ARCHIVE_OK)
		rc = image_bad_tar(s->image, tar, layer->name + 1);
	else
		rc = image_read_tar(s->image, layer, tar);
	archive_read_free(tar);
	/* What stands behind the tar's end belongs to the digest too. */
	while (rc == 0 && n > 0)
		n = next_unpacked(s, &bytes);
	return rc < 0 || n < 0 ? -1 : 0;
}

static int read_stream(struct stream *s, struct image_layer *layer)
{
	struct archive_entry *entry;
	const void *bytes;
	ssize_t n;
	int rc = archive_read_next_header(s->raw, &entry);

	if (rc != ARCHIVE_OK && rc != ARCHIVE_EOF)
		return image_bad_tar(s->image, s->raw, layer->name + 1);
	if (rc == ARCHIVE_OK && read_unpacked(s, layer) < 0)
		return -1;
	layer->have = true;
	do { /* and what stands behind the packed stream's end */
		n = pull_packed(s->raw, s, &bytes);
	} while (n > 0);
	return n < 0 ? -1 : 0;
}

int image_read_layer(struct image *image, struct image_layer *layer, image_pull_fn *pull,
		     void *ctx)
{
	struct stream s = { .image = image, .pull = pull, .ctx = ctx };
	int rc;

	if (layer->blob_digest)
		s.packed = sha256_new();
	else if (layer->diff_id)
		s.unpacked = sha256_new();
	s.raw = open_raw(&s);
	rc = read_stream(&s, layer);
	archive_read_free(s.raw);
	if (rc == 0)
		rc = check_digest(&s, layer, s.packed, layer->blob_digest);
	if (rc == 0)
		rc = check_digest(&s, layer, s.unpacked, layer->diff_id);
	sha256_free(&s.packed);
	sha256_free(&s.unpacked);
	return rc;
}
