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

bool manifest_set_empty(const struct manifest_set *set)
{
	return set->count == 0;
}

/* "/srv/img/1/root/" and "/srv/img/1/root" are the same directory. */
static bool same_dir(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);

	while (la > 1 && a[la - 1] == '/')
		la--;
	while (lb > 1 && b[lb - 1] == '/')
		lb--;
	return la == lb && memcmp(a, b, la) == 0;
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
		good = root && row->selector[0] == '/' && same_dir(row->selector, root);
	return good ? FIT_NAME : FIT_NONE;
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

		if (this > best_fit) {
			best = row;
			best_fit = this;
		}
	}
	if (!best)
		return (struct manifest_choice){ NULL, NULL };
	return (struct manifest_choice){ best->manifest,
					 best->selector ? best->selector : best->file };
}
