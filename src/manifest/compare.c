/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/compare.h"

#include "manifest/manifest_priv.h"

static unsigned compare_files(const struct manifest_entry *a,
			      const struct manifest_entry *b)
{
	unsigned kinds = 0;

	bool known = (a->size || !a->has_md5) && (b->size || !b->has_md5);

	if (known && a->size != b->size)
		kinds |= DIFF_SIZE;
	if (a->has_sha256 && b->has_sha256 &&
	    memcmp(a->sha256, b->sha256, SHA256_LEN) != 0)
		kinds |= DIFF_CONTENT;
	if (a->has_md5 && b->has_md5 && memcmp(a->md5, b->md5, MD5_LEN) != 0)
		kinds |= DIFF_CONTENT;
	return kinds;
}

static unsigned compare(const struct manifest_entry *a, const struct manifest_entry *b)
{
	unsigned kinds = 0;

	if (a->kind != b->kind)
		return DIFF_KIND;
	if (a->kind == MF_FILE)
		kinds |= compare_files(a, b);
	if (a->kind == MF_LINK)
		return strcmp(a->link, b->link) != 0 ? DIFF_LINK : 0;
	if (a->mode != b->mode)
		kinds |= DIFF_MODE;
	return kinds;
}

static struct difference step(const struct manifest *first, const struct manifest *second,
			      struct difference_iter *iter)
{
	struct difference d = { 0 };
	int order;

	if (iter->first < manifest_count(first))
		d.first = manifest_entry(first, iter->first);
	if (iter->second < manifest_count(second))
		d.second = manifest_entry(second, iter->second);
	order = !d.first    ? 1
		: !d.second ? -1
			    : manifest_path_cmp(d.first->path, d.second->path);
	if (order > 0)
		d.first = NULL;
	if (order < 0)
		d.second = NULL;
	iter->first += d.first != NULL;
	iter->second += d.second != NULL;
	return d;
}

bool difference_next(const struct manifest *first, const struct manifest *second,
		     struct difference_iter *iter, struct difference *out)
{
	struct difference d;

	while (iter->first < manifest_count(first) ||
	       iter->second < manifest_count(second)) {
		d = step(first, second, iter);
		d.kinds = !d.first    ? DIFF_ADDED
			  : !d.second ? DIFF_REMOVED
				      : compare(d.first, d.second);
		if (d.kinds) {
			*out = d;
			return true;
		}
	}
	return false;
}
