/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The content of the files in a layer. Which of them the image still has is
 * known when all layers have been read; in the second reading the content of
 * these, and of no other, goes into the manifest's writer. It passes once:
 * where an image has several names for it (hard links), the first goes that
 * way and the others get the digest, made beside it.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "manifest/image.h"

enum { ZEROS = 1 << 16 };

struct content {
	struct image *image;
	bool wanted;
	struct sha256 *sha; /* NULL: there is one name only */
};

static int put_bytes(struct content *c, const void *bytes, size_t len)
{
	if (!c->wanted)
		return 0;
	if (image_add_bytes(c->image, len) < 0)
		return -1;
	mtree_out_data(c->image->r->out, bytes, len);
	if (c->sha)
		sha256_add(c->sha, bytes, len);
	return 0;
}

/* A hole of a sparse file reads as zeros. */
static int put_zeros(struct content *c, uint64_t n)
{
	static const char zeros[ZEROS];
	int rc = 0;

	for (; c->wanted && rc == 0 && n > 0; n -= n < ZEROS ? n : ZEROS)
		rc = put_bytes(c, zeros, n < ZEROS ? (size_t)n : ZEROS);
	return rc < 0 ? -1 : image_check_time(c->image);
}

/* *size becomes that of all that has come, where the header told less. */
static int put_blocks(struct content *c, struct archive *tar, const char *path,
		      uint64_t *size)
{
	uint64_t at = 0, in, out;
	la_int64_t offset;
	const void *block;
	size_t len;
	int rc;

	while ((rc = archive_read_data_block(tar, &block, &len, &offset)) == ARCHIVE_OK) {
		if ((uint64_t)offset < at || (uint64_t)offset > RECORD_FILE_MAX)
			return image_fail(c->image,
					  "%s: a sparse file out of order or too large",
					  path);
		if (put_zeros(c, (uint64_t)offset - at) < 0 ||
		    put_bytes(c, block, len) < 0)
			return -1;
		at = (uint64_t)offset + len;
		/* The last filter is the file itself, the first gives the tar. */
		in = (uint64_t)archive_filter_bytes(tar, -1);
		out = (uint64_t)archive_filter_bytes(tar, 0);
		if (image_check_ratio(c->image, in, out > at ? out : at) < 0)
			return -1;
	}
	if (rc != ARCHIVE_EOF)
		return image_bad_tar(c->image, tar, path);
	/* A hole at the end gives no block. */
	if (at > *size)
		*size = at;
	return put_zeros(c, *size - at);
}

static int cmp_files(const void *a, const void *b)
{
	const struct image_file *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* The first of the files with that content; NULL: the image has none. */
static const struct image_file *find_files(const struct image *image,
					   const struct change *change, size_t *count)
{
	const struct image_file key = { .from = change }, *first;
	const struct image_file *end = image->files + image->nfiles, *last;

	*count = 0;
	first = image->nfiles ? bsearch(&key, image->files, image->nfiles, sizeof(key),
					cmp_files)
			      : NULL;
	if (!first)
		return NULL;
	while (first > image->files && first[-1].from == change)
		first--;
	for (last = first; last < end && last->from == change; last++)
		++*count;
	return first;
}

static int write_content(struct image *image, struct archive *tar,
			 const struct change *change)
{
	struct content c = { .image = image };
	struct manifest_entry e = change->entry;
	struct mtree_out *out = image->r->out;
	const struct image_file *file;
	uint64_t size = e.size;
	size_t count;
	int rc;

	file = find_files(image, change, &count);
	if (count) {
		c.wanted = true;
		e.path = file->path;
		if (mtree_out_begin(out, &e, image->r->err) < 0)
			return -1;
	}
	if (count > 1)
		c.sha = sha256_new();
	rc = put_blocks(&c, tar, change->entry.path, &size);
	if (c.sha) {
		sha256_end(c.sha, e.sha256);
		e.has_sha256 = true;
	}
	sha256_free(&c.sha);
	if (count) {
		mtree_out_end(out);
		image->r->counts->bytes += size;
		recording_show(image->r);
	}
	while (rc == 0 && count-- > 1) {
		e.path = (++file)->path;
		rc = mtree_out_add(out, &e, image->r->err);
	}
	return rc;
}

int image_take_content(struct image *image, struct archive *tar, struct change *change)
{
	struct manifest_entry *e = &change->entry;
	struct content none = { .image = image };

	if (image->again)
		return write_content(image, tar, change);
	if (e->size > RECORD_FILE_MAX)
		return image_fail(image, "%s: larger than %llu GiB: not read", e->path,
				  (unsigned long long)(RECORD_FILE_MAX >> 30));
	return put_blocks(&none, tar, e->path, &e->size);
}
