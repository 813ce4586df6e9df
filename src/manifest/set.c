/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/set.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

struct row {
	char *selector; /* NULL: the host */
	char *file;
	struct manifest *manifest;
};

struct manifest_set {
	struct row *rows;
	size_t count;
};

struct manifest_set *manifest_set_new(void)
{
	return xcalloc(1, sizeof(struct manifest_set));
}

void manifest_set_free(struct manifest_set **setp)
{
	struct manifest_set *set = *setp;

	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++) {
		free(set->rows[i].selector);
		free(set->rows[i].file);
		manifest_free(&set->rows[i].manifest);
	}
	free(set->rows);
	free(set);
	*setp = NULL;
}

int manifest_set_add(struct manifest_set *set, const char *spec, struct err *err)
{
	/* The last '=': an image reference has none, a directory may. */
	const char *eq = strrchr(spec, '=');
	const char *file = eq ? eq + 1 : spec;
	struct manifest *manifest;
	struct row *row;

	if (manifest_load(file, &manifest, err) != 0)
		return -1;
	set->rows = xreallocarray(set->rows, set->count + 1, sizeof(*set->rows));
	row = &set->rows[set->count++];
	*row = (struct row){
		.selector = eq ? xmemdup0(spec, (size_t)(eq - spec)) : NULL,
		.file = xstrdup(file),
		.manifest = manifest,
	};
	return 0;
}

void manifest_set_swap(struct manifest_set *a, struct manifest_set *b)
{
	struct manifest_set old = *a;

	*a = *b;
	*b = old;
}

bool manifest_set_has_images(const struct manifest_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->rows[i].selector && set->rows[i].selector[0] != '/')
			return true;
	}
	return false;
}

const struct manifest *manifest_set_at(const struct manifest_set *set, size_t i,
				       const char **name)
{
	if (i >= set->count)
		return NULL;
	*name = set->rows[i].selector ? set->rows[i].selector : set->rows[i].file;
	return set->rows[i].manifest;
}

bool manifest_set_empty(const struct manifest_set *set)
{
	return set->count == 0;
}

const char *manifest_set_file(const struct manifest_set *set, size_t i)
{
	return set->rows[i].file;
}

/* The length of dir without slashes at its end. */
static size_t dir_len(const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	return len;
}

/* Is path dir, or below it? A root within a root is a part of the outer one. */
static bool within(const char *path, const char *dir)
{
	size_t len = dir_len(dir);

	return strncmp(path, dir, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/' || len == 1);
}

static enum manifest_fit fit(const struct row *row, const char *root,
			     const struct manifest_names *container)
{
	bool good;

	if (container)
		return row->selector
			       ? manifest_fits(row->selector, row->manifest, container)
			       : FIT_NONE;
	if (!row->selector)
		good = !root;
	else
		good = root && row->selector[0] == '/' && within(root, row->selector);
	return good ? FIT_NAME : FIT_NONE;
}

/* The directory of processes that the row speaks for, or NULL. */
static const char *dir_of(const struct row *row, const struct manifest_names *container)
{
	return !container && row->selector ? row->selector : NULL;
}

struct manifest_choice manifest_set_choose(const struct manifest_set *set,
					   const char *root,
					   const struct manifest_names *container)
{
	const struct row *best = NULL;
	enum manifest_fit best_fit = FIT_NONE;

	for (size_t i = 0; i < set->count; i++) {
		const struct row *row = &set->rows[i];
		enum manifest_fit this = fit(row, root, container);
		bool nearer = best && this == best_fit && dir_of(row, container) &&
			      dir_len(row->selector) > dir_len(best->selector);

		if (this > best_fit || nearer) {
			best = row;
			best_fit = this;
		}
	}
	if (!best)
		return (struct manifest_choice){ 0 };
	return (struct manifest_choice){
		.manifest = best->manifest,
		.name = best->selector ? best->selector : best->file,
		.dir = dir_of(best, container),
	};
}
