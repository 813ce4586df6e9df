/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A manifest from hostile hands: what is read is normal, and survives writing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "manifest/compare.h"
#include "manifest/record.h"

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

static void check_round_trip(struct manifest *m)
{
	struct difference_iter iter = { 0 };
	struct manifest *again = NULL;
	struct difference d;
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		abort();
	manifest_write(m, file);
	fclose(file);
	if (manifest_parse(slice_make(text, len), "again", &again, NULL) < 0 ||
	    manifest_count(again) != manifest_count(m) ||
	    difference_next(m, again, &iter, &d))
		abort();
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
