/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/resume.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/xalloc.h"
#include "base/zip.h"
#include "state/save.h"
#include "store/resume.h"

enum {
	ENGINE_ROOTS = STATE_ROOTS + 1 + LIMIT_DETECTORS,
	LIMIT_STATE = 1 << 30, /* bytes, unpacked */
};

/* What the engine itself counts. */
struct counts {
	stamp_ms first, last, opened;
	uint64_t since_commit;
	char node[256];
	struct assembler_stats stats;
};

struct resume_point {
	struct strbuf state, marks;
	char *path;
};

/* ---- all that there is ---- */

static size_t roots_of(struct engine *e, struct pack_root out[ENGINE_ROOTS])
{
	size_t n = STATE_ROOTS;

	state_roots(e->state, out);
	out[n++] = sink_memory(e->sink);
	for (size_t i = 0; e->detectors[i]; i++) {
		if (e->detectors[i]->memory)
			out[n++] = (struct pack_root){ e->detectors[i]->memory,
						       e->selves[i] };
	}
	return n;
}

int resume_check(struct engine *e, struct err *err)
{
	struct pack_root roots[ENGINE_ROOTS];

	return pack_check(roots, roots_of(e, roots), err);
}

void resume_digest(struct slice a, struct slice b, char out[SHA256_HEX + 1])
{
	struct sha256 *ctx = sha256_new();
	uint8_t raw[SHA256_LEN];

	sha256_add(ctx, a.ptr, a.len);
	sha256_add(ctx, b.ptr, b.len);
	sha256_end(ctx, raw);
	sha256_free(&ctx);
	hex_encode(raw, SHA256_LEN, out);
}

/* Who can read what this program saves. */
char *resume_made_by(struct engine *e)
{
	struct pack_root roots[ENGINE_ROOTS];
	char hex[SHA256_HEX + 1];
	struct strbuf form;

	strbuf_init(&form);
	pack_describe(roots, roots_of(e, roots), &form);
	strbuf_printf(&form, "counts %zu, the graph to the end\n", sizeof(struct counts));
	resume_digest(strbuf_slice(&form), slice_make(NULL, 0), hex);
	strbuf_fini(&form);
	return xasprintf("%s %s", PACKAGE_VERSION, hex);
}

/* ---- saving ---- */

/* A part has its length before it. */
static void save_part(struct zip *zip, const void *bytes, size_t len)
{
	uint64_t n = len;

	zip_add(zip, &n, sizeof(n));
	zip_add(zip, bytes, len);
}

static void save_more(void *ctx, const void *bytes, size_t len)
{
	zip_add(ctx, bytes, len);
}

void resume_save_to(struct engine *e, struct zip *zip)
{
	struct counts counts = { .first = e->first,
				 .last = e->last,
				 .opened = e->opened,
				 .since_commit = e->since_commit,
				 .stats = *assembler_stats(e->assembler) };
	uint64_t evidence = evidence_size(e->evidence);
	struct pack_root roots[ENGINE_ROOTS];
	struct strbuf part;

	memcpy(counts.node, e->node, sizeof(counts.node));
	strbuf_init(&part);
	save_part(zip, &counts, sizeof(counts));
	assembler_save(e->assembler, &part);
	save_part(zip, part.ptr, part.len);
	zip_add(zip, &evidence, sizeof(evidence));
	evidence_save(e->evidence, zip);
	strbuf_fini(&part);
	pack_graph_to(roots, roots_of(e, roots), save_more, zip);
}

void resume_save(struct engine *e, struct strbuf *out)
{
	struct zip *zip = zip_new(out);

	resume_save_to(e, zip);
	zip_end(&zip);
}

struct resume_point *resume_here(struct engine *e, struct source *source)
{
	struct resume_point *point;

	/* What a copy of the file system was asked for is not saved. */
	if (!e->setup.settings || e->setup.root || !source_has_marks(source))
		return NULL;
	point = xcalloc(1, sizeof(*point));
	strbuf_init(&point->state);
	strbuf_init(&point->marks);
	logs_update(e->logs, source, assembler_stats(e->assembler));
	logs_save(e->logs, &point->marks);
	point->path = xstrdup(logs_last_path(e->logs));
	resume_save(e, &point->state);
	return point;
}

void resume_point_free(struct resume_point **pointp)
{
	struct resume_point *point = *pointp;

	if (!point)
		return;
	strbuf_fini(&point->state);
	strbuf_fini(&point->marks);
	free(point->path);
	free(point);
	*pointp = NULL;
}

int resume_put(struct engine *e, struct resume_point *point, struct slice undo,
	       struct err *err)
{
	char hex[SHA256_HEX + 1];
	char *by;
	struct resume_row row;
	int rc;

	/* Nothing was read: what is stored is as good. */
	if (e->resume_marks && strcmp(e->resume_marks, strbuf_str(&point->marks)) == 0 &&
	    slice_eq(undo, strbuf_slice(&e->resume_undo)))
		return 0;
	by = resume_made_by(e);
	row = (struct resume_row){ .id = e->resume_id,
				   .path = point->path,
				   .made_by = by,
				   .settings = e->setup.settings,
				   .marks = strbuf_str(&point->marks),
				   .sha256 = hex,
				   .state = strbuf_slice(&point->state),
				   .undo = undo };
	resume_digest(row.state, undo, hex);
	rc = store_put_resume(e->setup.store, &row, err);
	free(by);
	return rc;
}

/* ---- restoring ---- */

static bool take_part(struct slice *in, struct slice *part)
{
	uint64_t len;

	if (in->len < sizeof(len))
		return false;
	memcpy(&len, in->ptr, sizeof(len));
	*in = slice_skip(*in, sizeof(len));
	if (len > in->len)
		return false;
	*part = slice_make(in->ptr, len);
	*in = slice_skip(*in, len);
	return true;
}

static void set_counts(struct engine *e, const struct counts *counts)
{
	e->first = counts->first;
	e->last = counts->last;
	e->opened = counts->opened;
	e->since_commit = counts->since_commit;
	memcpy(e->node, counts->node, sizeof(e->node));
	assembler_count_from(e->assembler, &counts->stats);
	e->new_from = counts->stats.records;
}

/* false: e is as new. */
static bool restore_from(struct engine *e, struct slice in)
{
	struct slice counts_part, assembler_part, evidence_part;
	struct pack_root roots[ENGINE_ROOTS];
	struct assembler *assembler;
	struct counts counts;

	if (!take_part(&in, &counts_part) || !take_part(&in, &assembler_part) ||
	    !take_part(&in, &evidence_part) || counts_part.len != sizeof(counts))
		return false;
	memcpy(&counts, counts_part.ptr, sizeof(counts));
	counts.node[sizeof(counts.node) - 1] = '\0';
	assembler = assembler_load(assembler_part);
	if (!assembler || !evidence_load(e->evidence, evidence_part) ||
	    !unpack_graph(roots, roots_of(e, roots), in)) {
		assembler_free(&assembler);
		evidence_load(e->evidence, slice_make(NULL, 0));
		return false;
	}
	assembler_free(&e->assembler);
	e->assembler = assembler;
	state_know_containers(e->state, e->setup.containers);
	set_counts(e, &counts);
	return true;
}

bool resume_restore(struct engine *e, struct slice zipped)
{
	struct strbuf plain;
	bool ok;

	strbuf_init(&plain);
	ok = unzip(zipped, LIMIT_STATE, &plain) && restore_from(e, strbuf_slice(&plain));
	strbuf_fini(&plain);
	return ok;
}

static void tell(struct engine *e, const struct resume_row *row, const char *why,
		 bool wanted)
{
	void (*say)(void *ctx, const char *msg) =
		wanted ? e->setup.note : e->setup.problem;

	char *msg = xasprintf("%s: was read before, %s: it is read from its beginning",
			      row->path, why);

	if (say)
		say(e->setup.ctx, msg);
	free(msg);
}

/* Takes up what the row holds; *why: what keeps us from it. */
static int take_up(struct engine *e, const struct resume_row *row, bool usable,
		   const char **why, struct err *err)
{
	char hex[SHA256_HEX + 1];
	struct strbuf state, undo;
	int rc;

	strbuf_init(&state);
	strbuf_init(&undo);
	rc = store_get_resume(e->setup.store, row->id, &state, &undo, err);
	if (rc == 0) {
		resume_digest(strbuf_slice(&state), strbuf_slice(&undo), hex);
		if (strcmp(hex, row->sha256) != 0)
			*why = "but the state that was saved then is damaged";
		else
			rc = store_undo(e->setup.store, strbuf_slice(&undo), err);
	}
	if (rc == 0 && usable && !*why && !resume_restore(e, strbuf_slice(&state)))
		*why = "but the state that was saved then is damaged";
	strbuf_add_slice(&e->resume_undo, strbuf_slice(&undo));
	strbuf_fini(&state);
	strbuf_fini(&undo);
	return rc;
}

/* The row is of this log: goes on from it, or says why not. */
static int use(struct engine *e, struct source *source, const struct resume_row *row,
	       enum source_known known, struct err *err)
{
	char *by = resume_made_by(e);
	const char *why = NULL;
	bool wanted = false; /* by whoever changed the settings or the program */
	struct source_mark *marks;
	size_t n;
	int rc;

	if (e->setup.anew || e->setup.root)
		why = "";
	else if (known == SOURCE_OTHER)
		why = "but what followed then is not all here";
	else if (strcmp(row->made_by, by) != 0)
		why = "by another version of auspex";
	else if (strcmp(row->settings, e->setup.settings) != 0)
		why = "with other settings";
	wanted = why && known == SOURCE_KNOWN;
	free(by);
	e->resume_id = row->id;
	/* What was stored at its end is taken back either way. */
	if (why) {
		const char *ignored = NULL;

		rc = take_up(e, row, false, &ignored, err);
	} else {
		rc = take_up(e, row, true, &why, err);
	}
	if (why && *why)
		tell(e, row, why, wanted);
	if (rc != 0 || why) {
		logs_free(&e->logs);
		e->logs = logs_new();
		return rc != 0 ? rc : store_drop_resume(e->setup.store, row->id, err);
	}
	e->resume_marks = xstrdup(row->marks);
	marks = logs_marks(e->logs, &n);
	source_resume(source, marks, n);
	free(marks);
	return 0;
}

/* A log of which no whole line was read can only be known by its name. */
static enum source_known by_path(const struct source *source,
				 const struct resume_row *row)
{
	return source_reads(source, row->path) ? SOURCE_KNOWN : SOURCE_UNKNOWN;
}

int resume_find(struct engine *e, struct source *source, struct err *err)
{
	enum source_known known = SOURCE_UNKNOWN;
	struct resume_row row = { .id = INT64_MAX };
	struct arena arena;
	int rc = 0;

	if (!e->setup.settings || !source_has_marks(source))
		return 0;
	arena_init(&arena);
	while (known == SOURCE_UNKNOWN &&
	       (rc = store_next_resume(e->setup.store, row.id, &arena, &row, err)) > 0) {
		struct source_mark *marks;
		size_t n;

		logs_free(&e->logs);
		e->logs = logs_new();
		logs_load(e->logs, row.marks);
		marks = logs_marks(e->logs, &n);
		known = n ? source_known(source, marks, n) : by_path(source, &row);
		free(marks);
	}
	if (rc > 0)
		rc = use(e, source, &row, known, err);
	else
		logs_free(&e->logs);
	if (!e->logs)
		e->logs = logs_new();
	arena_fini(&arena);
	return rc;
}
