/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/record_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "manifest/limits.h"

/* Entries between two looks at the progress. */
enum { PROGRESS_EVERY = 64 };

struct kind {
	const char *prefix;
	int (*record)(struct recording *);
};

static const struct kind kinds[] = {
	{ "dir:", record_dir },
};

bool recording_excludes(const struct recording *r, const char *path)
{
	for (size_t i = 0; i < r->options->nexclude; i++) {
		struct slice out = slice_str(r->options->exclude[i]);

		while (out.len > 1 && out.ptr[out.len - 1] == '/')
			out.len--;
		if (strncmp(path, out.ptr, out.len) == 0 &&
		    (!path[out.len] || path[out.len] == '/'))
			return true;
	}
	return false;
}

void recording_warn(struct recording *r, const char *fmt, ...)
{
	char what[ERR_MSG_MAX];
	va_list ap;

	if (!r->options->warn)
		return;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	r->options->warn(r->options->ctx, what);
}

void recording_progress(struct recording *r)
{
	r->counts->entries++;
	if (r->options->progress && r->counts->entries % PROGRESS_EVERY == 0)
		r->options->progress(r->options->ctx, r->counts);
}

int recording_full(struct recording *r)
{
	return err_set(r->err, "%s: more than %d entries: record a part of the tree",
		       r->source, MANIFEST_ENTRIES_MAX);
}

static void note_time(struct manifest *m)
{
	char text[32];
	struct tm tm;
	time_t now = time(NULL);
	size_t len;

	if (!gmtime_r(&now, &tm))
		return;
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	manifest_set_note(m, NOTE_TIME, slice_make(text, len));
}

int manifest_record(const char *source, const struct record_options *options,
		    struct manifest **out, struct record_counts *counts, struct err *err)
{
	struct recording r = { source, options, manifest_new(), counts, err };
	int (*record)(struct recording *) = record_dir;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct slice prefix = slice_str(kinds[i].prefix);

		if (slice_starts(slice_str(source), prefix)) {
			record = kinds[i].record;
			r.source = source + prefix.len;
		}
	}
	*counts = (struct record_counts){ 0 };
	manifest_set_note(r.manifest, NOTE_VERSION, SLICE_LIT(PACKAGE_VERSION));
	manifest_set_note(r.manifest, NOTE_SOURCE, slice_str(source));
	note_time(r.manifest);
	if (record(&r) < 0) {
		manifest_free(&r.manifest);
		return -1;
	}
	manifest_sort(r.manifest);
	manifest_finish(r.manifest);
	*out = r.manifest;
	return 0;
}
