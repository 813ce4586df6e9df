/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of indicators from hostile hands: what is taken is normal, and found. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "intel/import.h"

static void check_again(const struct intel_match *m, const struct indicator *ind)
{
	struct arena arena;

	arena_init(&arena);
	if (ind->kind != m->kind ||
	    strcmp(indicator_text(ind->kind, ind->key, ind->len, &arena), m->value) != 0)
		abort();
	arena_fini(&arena);
}

/* Its own text, read again, is the same indicator. */
static void check_one(void *ctx, const struct intel_match *m, bool allow)
{
	struct indicator *ind = ctx;

	if ((unsigned)m->kind >= IND_KIND_MAX || !m->value || !m->source)
		abort();
	/* What is defanged twice is another text after each time. */
	if (strpbrk(m->value, "[("))
		return;
	if (indicator_any(slice_str(m->value), ind) != NULL)
		abort();
	check_again(m, ind);
	if (!allow && indicator_is_empty_file(ind))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct indicator *ind = malloc(sizeof(*ind));
	struct intel_import how = { .now = 1 };
	struct intel_counts counts = { 0 };
	struct intel_db *db;
	struct err err = { "" };
	struct slice list;

	if (!ind || intel_db_new(&db, &err) != 0)
		abort();
	if (size) {
		how.format = (enum intel_format)(data[0] % FORMAT_MAX);
		how.allow = data[0] >= 128;
		list = slice_make((const char *)data + 1, size - 1);
		if (intel_import_bytes(db, list, "fuzz", &how, &counts, &err) != 0 &&
		    !err.msg[0])
			abort();
	}
	if (intel_db_each(db, check_one, ind, &err) != 0)
		abort();
	intel_db_free(&db);
	free(ind);
	return 0;
}
