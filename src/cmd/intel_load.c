/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command that takes indicators does with them first. */
#include <sys/stat.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "cmd/cmd_intel.h"
#include "cmd/complain.h"

enum { BUILT_IN_MAX = 20 }; /* files that are named; the rest is counted */

/* A list that is read for this run is as old as it is, not as of now. */
static int64_t time_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000 : wall_ms();
}

static int add(struct intel_set *set, const char *path)
{
	struct intel_bad bad = { 0 };
	struct intel_import how = { .now = time_of(path),
				    .bad = intel_tell_bad,
				    .ctx = &bad };
	struct err err;

	if (intel_set_add(set, path, &how, &err) != 0) {
		complain("%s", err.msg);
		return -1;
	}
	intel_end_bad(&bad);
	return 0;
}

int intel_load(struct intel_set *set, const struct config_list *configured,
	       const char *const *given, size_t ngiven)
{
	for (size_t i = 0; i < configured->count; i++) {
		if (add(set, configured->items[i]) != 0)
			return -1;
	}
	for (size_t i = 0; i < ngiven; i++) {
		if (add(set, given[i]) != 0)
			return -1;
	}
	return 0;
}

bool intel_find_entry(struct intel_set *set, const struct manifest_entry *e,
		      struct arena *arena, struct intel_match *match)
{
	uint64_t size = e->size ? e->size : SIZE_UNKNOWN;

	if (e->kind != MF_FILE)
		return false;
	if (e->has_sha256)
		return intel_find_sha256(set, e->sha256, size, 0, arena, match);
	return e->has_md5 && intel_find_md5(set, e->md5, size, 0, arena, match);
}

static uint64_t tell_manifest(struct intel_set *set, const struct manifest *manifest,
			      const char *name, uint64_t count,
			      void (*tell)(const char *msg))
{
	struct intel_match match;
	struct strbuf line;
	struct arena arena;

	strbuf_init(&line);
	arena_init(&arena);
	for (size_t i = 0; i < manifest_count(manifest); i++) {
		const struct manifest_entry *e = manifest_entry(manifest, i);

		if (!intel_find_entry(set, e, &arena, &match) || ++count > BUILT_IN_MAX)
			continue;
		strbuf_clear(&line);
		strbuf_printf(&line, "%s: %s is on a list of indicators: %s (%s%s%s)",
			      name, e->path, match.name ? match.name : "not named",
			      match.author ? match.author : "", match.author ? ", " : "",
			      match.source);
		tell(strbuf_str(&line));
		arena_reset(&arena);
	}
	arena_fini(&arena);
	strbuf_fini(&line);
	return count;
}

void intel_tell_built_in(struct intel_set *set, const struct manifest_set *manifests,
			 void (*tell)(const char *msg))
{
	const struct manifest *manifest;
	uint64_t count = 0;
	struct strbuf line;
	const char *name;

	if (!intel_set_has(set, IND_SHA256) && !intel_set_has(set, IND_MD5))
		return;
	for (size_t i = 0; (manifest = manifest_set_at(manifests, i, &name)); i++)
		count = tell_manifest(set, manifest, name, count, tell);
	if (count <= BUILT_IN_MAX)
		return;
	strbuf_init(&line);
	strbuf_printf(&line,
		      "%llu more files of the manifests are on lists of indicators",
		      (unsigned long long)(count - BUILT_IN_MAX));
	tell(strbuf_str(&line));
	strbuf_fini(&line);
}
