/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of MISP (https://www.misp-standard.org, core format, 2.4). Only
 * those that are meant for detection (to_ids) are taken.
 */
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "intel/import_priv.h"

typedef const char *read_fn(struct slice text, struct indicator *out);

/* Of "a|b" the indicator, the other half, and whether that is a port or a name. */
static const struct {
	const char *type;
	read_fn *read;
	enum { WHOLE, BEHIND, BEFORE, PORT, BOTH } part;
} types[] = {
	{ "md5", indicator_hash, WHOLE },
	{ "sha1", indicator_hash, WHOLE },
	{ "sha256", indicator_hash, WHOLE },
	{ "filename|md5", indicator_hash, BEHIND },
	{ "filename|sha1", indicator_hash, BEHIND },
	{ "filename|sha256", indicator_hash, BEHIND },
	{ "malware-sample", indicator_hash, BEHIND },
	{ "url", indicator_url, WHOLE },
	{ "domain", indicator_domain, WHOLE },
	{ "hostname", indicator_domain, WHOLE },
	{ "hostname|port", indicator_domain, PORT },
	{ "domain|ip", indicator_domain, BOTH },
	{ "ip-dst", indicator_address, WHOLE },
	{ "ip-src", indicator_address, WHOLE },
	{ "ip-dst|port", indicator_address, PORT },
	{ "ip-src|port", indicator_address, PORT },
};

/* true, "1" or 1. */
static bool is_true(const json_t *value)
{
	if (json_is_string(value))
		return strcmp(json_string_value(value), "1") == 0 ||
		       strcmp(json_string_value(value), "true") == 0;
	return json_is_true(value) ||
	       (json_is_integer(value) && json_integer_value(value) == 1);
}

/* The attribute's own event, where it is given with it, or the one around it. */
static int find_report(struct import *im, struct misp_event *event,
		       const json_t *attribute, int64_t *id)
{
	const json_t *own = json_object_get(attribute, "Event");
	const json_t *org = json_object_get(own, "Orgc");
	struct slice author = import_text(org, "name"), title = import_text(own, "info");

	*id = 0;
	if (author.len)
		return import_report(im, author, id);
	if (title.len) {
		if (import_report(im, title, id) != 0)
			return -1;
		return *id ? intel_db_fill_report(im->db, *id, NULL, title.ptr, im->err)
			   : 0;
	}
	if (!event->report && intel_db_add_report(im->db, im->source, NULL, NULL,
						  &event->report, im->err) != 0)
		return -1;
	*id = event->report;
	return 0;
}

static int take_half(struct import *im, read_fn *read, struct slice text,
		     struct slice name, int64_t report)
{
	const char *why = read(text, &im->ind);

	im->ind.report = report;
	im->ind.name = name;
	return import_take_if(im, why);
}

static int take_value(struct import *im, size_t type, struct slice value,
		      struct slice comment, int64_t report)
{
	const char *bar = value.len ? memrchr(value.ptr, '|', value.len) : NULL;
	struct slice before =
		slice_make(value.ptr, bar ? (size_t)(bar - value.ptr) : value.len);
	struct slice behind = slice_skip(value, before.len + 1);
	char with_port[300];

	switch (types[type].part) {
	case BEHIND:
		return take_half(im, types[type].read, bar ? behind : value,
				 comment.len || !bar ? comment : before, report);
	case PORT:
		if (snprintf(with_port, sizeof(with_port),
			     memchr(before.ptr, ':', before.len) ? "[%.*s]:%.*s"
								 : "%.*s:%.*s",
			     SLICE_FMT(before),
			     SLICE_FMT(behind)) >= (int)sizeof(with_port))
			break;
		return take_half(im, types[type].read, slice_str(with_port), comment,
				 report);
	case BOTH:
		if (take_half(im, indicator_domain, before, comment, report) != 0)
			return -1;
		return take_half(im, indicator_address, behind, comment, report);
	default: return take_half(im, types[type].read, value, comment, report);
	}
	import_bad(im, "it is too long");
	return 0;
}

int import_misp_attribute(struct import *im, struct misp_event *event,
			  const json_t *attribute)
{
	struct slice type = import_text(attribute, "type");
	struct slice value = import_text(attribute, "value");
	int64_t report;

	if (!is_true(json_object_get(attribute, "to_ids")) ||
	    is_true(json_object_get(attribute, "deleted"))) {
		im->counts->unfit++;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!slice_eq_str(type, types[i].type))
			continue;
		if (value.len == 0) {
			import_bad(im, "an attribute without a value");
			return 0;
		}
		if (find_report(im, event, attribute, &report) != 0)
			return -1;
		return take_value(im, i, value, import_text(attribute, "comment"),
				  report);
	}
	im->counts->unfit++;
	return 0;
}
