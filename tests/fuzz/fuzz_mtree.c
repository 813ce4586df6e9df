/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A manifest from hostile hands: what is read is normal, and survives writing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "manifest/compare.h"
#include "manifest/mtree_out.h"

static void check_entry(const struct manifest *m, const struct manifest_entry *e)
{
	size_t len = strlen(e->path);

	if (e->path[0] != '/' || strstr(e->path, "//") || strstr(e->path, "/./") ||
	    strstr(e->path, "/../") || (len > 1 && e->path[len - 1] == '/'))
		abort();
	if ((unsigned)e->kind >= MF_KIND_MAX || (e->kind == MF_LINK && !e->link))
		abort();
	if (manifest_find_nofollow(m, slice_str(e->path)) != e)
		abort();
	/* May be found or not; must come to an end. */
	(void)manifest_find(m, slice_str(e->path));
	if (e->kind == MF_FILE && e->has_sha256 && !manifest_find_sha256(m, e->sha256))
		abort();
}

/* What the writer refuses is below what is no directory. */
static bool write_out(const struct manifest *m, FILE *file)
{
	struct mtree_out *out = mtree_out_new();
	struct err err = { "" };
	bool good = true;

	for (size_t i = 0; good && i < manifest_count(m); i++)
		good = mtree_out_add(out, manifest_entry(m, i), &err) == 0;
	if (good)
		good = mtree_out_finish(out, m, file, &err) == 0;
	if (!good && !err.msg[0])
		abort();
	mtree_out_free(&out);
	return good;
}

/* Directories that were left out are put in. */
static void check_same(const struct manifest *m, const struct manifest *again)
{
	struct difference_iter iter = { 0 };
	struct difference d;

	while (difference_next(m, again, &iter, &d)) {
		if (d.kinds != DIFF_ADDED || d.second->kind != MF_DIR)
			abort();
	}
}

static void check_round_trip(struct manifest *m)
{
	struct manifest *again = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	bool written;

	if (!file)
		abort();
	written = write_out(m, file);
	fclose(file);
	if (written) {
		if (manifest_parse(slice_make(text, len), "again", &again, NULL) < 0)
			abort();
		manifest_sort(again);
		check_same(m, again);
	}
	manifest_free(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);
	struct manifest *m = NULL;
	struct err err = { "" };

	if (manifest_parse(text, "fuzz", &m, &err) < 0) {
		if (!err.msg[0] || m)
			abort();
		return 0;
	}
	/* The input as a path: any bytes may come from the kernel. */
	(void)manifest_find(m, text);
	(void)manifest_find_nofollow(m, text);
	for (size_t i = 0; i < manifest_count(m); i++)
		check_entry(m, manifest_entry(m, i));
	manifest_sort(m);
	for (size_t i = 0; i < manifest_count(m); i++)
		check_entry(m, manifest_entry(m, i));
	check_round_trip(m);
	manifest_free(&m);
	return 0;
}
