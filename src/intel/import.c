/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "intel/import.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "intel/import_priv.h"

enum { LIMIT_REPORTS = 100000, TEXT_SAMPLE = 4096 };

static const char *const format_names[FORMAT_MAX] = {
	"auto", "list", "csv", "clamav", "stix", "misp",
};

const char *intel_format_name(enum intel_format format)
{
	return format_names[format];
}

bool intel_format_find(const char *name, enum intel_format *out)
{
	for (int i = 0; i < FORMAT_MAX; i++) {
		if (strcmp(format_names[i], name) == 0) {
			*out = (enum intel_format)i;
			return true;
		}
	}
	return false;
}

/* ---- what the readers share ---- */

void import_bad(struct import *im, const char *why)
{
	im->counts->bad++;
	if (im->how->bad)
		im->how->bad(im->how->ctx, feed_name(im->feed),
			     feed_line_number(im->feed), why);
}

int import_take(struct import *im)
{
	int rc;

	if (indicator_is_empty_file(&im->ind) && !im->allow) {
		im->counts->empty++;
		return 0;
	}
	im->ind.allow = im->allow;
	rc = intel_db_put(im->db, im->source, &im->ind, im->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		im->counts->again++;
	else if (im->allow)
		im->counts->allowed++;
	else
		im->counts->taken++;
	return 0;
}

int import_take_if(struct import *im, const char *why)
{
	if (!why)
		return import_take(im);
	import_bad(im, why);
	return 0;
}

int import_report(struct import *im, struct slice author, int64_t *id)
{
	void *known = map_get(im->reports, author);
	char name[256];

	*id = (intptr_t)known;
	if (known || author.len == 0 || author.len >= sizeof(name) ||
	    map_count(im->reports) >= LIMIT_REPORTS)
		return 0;
	memcpy(name, author.ptr, author.len);
	name[author.len] = '\0';
	if (intel_db_add_report(im->db, im->source, name, NULL, id, im->err) != 0)
		return -1;
	map_put(im->reports, author, (void *)(intptr_t)*id);
	return 0;
}

/* ---- what is it? ---- */

static struct slice first_line(struct slice *rest)
{
	const char *end = memchr(rest->ptr, '\n', rest->len);
	struct slice line =
		slice_make(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);

	*rest = slice_skip(*rest, line.len + 1);
	while (line.len && isspace((unsigned char)line.ptr[line.len - 1]))
		line.len--;
	while (line.len && isspace((unsigned char)line.ptr[0]))
		line = slice_skip(line, 1);
	return line;
}

/* Text has no NUL, and of control characters only those that part it. */
static bool is_text(struct slice s)
{
	size_t odd = 0;

	if (s.len > TEXT_SAMPLE)
		s.len = TEXT_SAMPLE;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == '\0')
			return false;
		odd += c < ' ' && !isspace(c);
	}
	return odd * 100 <= s.len;
}

/* FORMAT_MISP stands for JSON of either kind. */
static int recognise(struct slice start, const char *name, enum intel_format *out,
		     struct err *err)
{
	struct slice line = slice_str(NULL);

	if (slice_starts(start, SLICE_LIT("\xef\xbb\xbf")))
		start = slice_skip(start, 3);
	if (slice_starts(start, SLICE_LIT("ClamAV-VDB:")))
		return err_set(err,
			       "%s: is a signed archive of ClamAV: unpack it first: "
			       "sigtool --unpack %s",
			       name, name);
	if (!is_text(start))
		return err_set(err,
			       "%s: is no text: give a list of indicators, plain or "
			       "packed with zip, gzip, xz, bzip2 or zstd",
			       name);
	while (start.len && (line.len == 0 || strchr("#;", line.ptr[0])))
		line = first_line(&start);
	*out = FORMAT_LIST;
	if (line.len && strchr("{[", line.ptr[0]) &&
	    !isxdigit((unsigned char)line.ptr[1]))
		*out = FORMAT_MISP;
	else if (import_is_csv(line))
		*out = FORMAT_CSV;
	else if (import_is_clamav(line))
		*out = FORMAT_CLAMAV;
	return 0;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && strcasecmp(name + len - n, suffix) == 0;
}

static int read_one(struct import *im, enum intel_format *format)
{
	const char *name = feed_name(im->feed);
	struct slice start;
	bool json;

	if (feed_peek(im->feed, &start, im->err) < 0)
		return -1;
	if (*format == FORMAT_AUTO && recognise(start, name, format, im->err) != 0)
		return -1;
	im->allow = im->how->allow;
	switch (*format) {
	case FORMAT_CSV: return import_csv(im);
	case FORMAT_CLAMAV:
		/* The same lines, but of what is no malware: only the name tells. */
		im->allow |= ends_with(name, ".fp") || ends_with(name, ".sfp");
		return import_clamav(im);
	case FORMAT_STIX:
	case FORMAT_MISP:
		json = im->how->format == FORMAT_AUTO;
		if (json)
			*format = FORMAT_AUTO;
		return import_json(im, format);
	default: *format = FORMAT_LIST; return import_list(im);
	}
}

static uint64_t all_of(const struct intel_counts *c)
{
	return c->taken + c->allowed + c->again + c->empty + c->unfit;
}

/* Every file that is packed in it; no indicator at all: then it is no list. */
static int read_all(struct import *im)
{
	enum intel_format format = im->how->format;
	uint64_t before = all_of(im->counts), bad = im->counts->bad;
	int rc;

	while ((rc = feed_next(im->feed, im->err)) > 0) {
		format = im->how->format;
		if (read_one(im, &format) != 0)
			return -1;
	}
	if (rc < 0)
		return -1;
	if (all_of(im->counts) == before && im->counts->bad > bad)
		return err_set(im->err,
			       "%s: holds no indicators: see auspex intel import --help "
			       "for the formats",
			       feed_name(im->feed));
	return intel_db_set_format(im->db, im->source, intel_format_name(format),
				   im->err);
}

static int import_feed(struct intel_db *db, struct feed *feed, const char *path,
		       const struct intel_import *how, struct intel_counts *counts,
		       struct err *err)
{
	struct import *im;
	struct intel_source source = { .author = how->author,
				       .path = path,
				       .imported = how->now };
	struct slice base = slice_basename(slice_str(path));
	int rc;

	source.name = how->source ? how->source : base.len ? base.ptr : path;
	im = xcalloc(1, sizeof(*im));
	im->db = db;
	im->feed = feed;
	im->how = how;
	im->counts = counts;
	im->err = err;
	im->reports = map_new();
	im->source = how->into;
	rc = how->into ? 0 : intel_db_add_source(db, &source, &im->source, err);
	if (rc == 0)
		rc = read_all(im);
	map_free(&im->reports);
	free(im);
	return rc;
}

int intel_import_file(struct intel_db *db, const char *path,
		      const struct intel_import *how, struct intel_counts *counts,
		      struct err *err)
{
	struct feed *feed;
	int rc;

	if (feed_open(path, &feed, err) != 0)
		return -1;
	rc = import_feed(db, feed, path, how, counts, err);
	feed_close(&feed);
	return rc;
}

int intel_import_bytes(struct intel_db *db, struct slice bytes, const char *name,
		       const struct intel_import *how, struct intel_counts *counts,
		       struct err *err)
{
	struct feed *feed = feed_open_bytes(bytes, name);
	int rc = import_feed(db, feed, name, how, counts, err);

	feed_close(&feed);
	return rc;
}
