/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of lists share; nobody else includes this. */
#ifndef AUSPEX_INTEL_IMPORT_PRIV_H
#define AUSPEX_INTEL_IMPORT_PRIV_H

#include <jansson.h>

#include "base/map.h"
#include "base/strbuf.h"
#include "intel/import.h"

/* One file that is being read. */
struct import {
	struct intel_db *db;
	struct feed *feed;
	const struct intel_import *how;
	struct intel_counts *counts;
	int64_t source;
	bool allow;
	struct map *reports;  /* ids by author, or by the id of an identity */
	struct indicator ind; /* the one under way: it is large */
	struct err *err;
};

/* ---- import.c ---- */

/* The line or object under way cannot be taken. */
void import_bad(struct import *im, const char *why);
/* Takes im->ind over into the database; -1: that failed. */
int import_take(struct import *im);
/* The same for a text that indicator_any() or the like has read: why or NULL. */
int import_take_if(struct import *im, const char *why);
/* The report of that author; made once. 0: none, or no room for more. -1. */
int import_report(struct import *im, struct slice author, int64_t *id);

/* ---- the formats: 0, or -1 with im->err ---- */

int import_list(struct import *im);
int import_clamav(struct import *im);
int import_csv(struct import *im);
/* Of either kind, or the one that format names. */
int import_json(struct import *im, enum intel_format *format);

/* One object of a bundle, one attribute of an event. */
int import_stix_object(struct import *im, const json_t *object);
struct misp_event {
	int64_t report; /* 0: none was made */
};
int import_misp_attribute(struct import *im, struct misp_event *event,
			  const json_t *attribute);

/* "..." of a JSON object's key, or an empty slice. */
struct slice import_text(const json_t *object, const char *key);

/* ---- import_list.c ---- */

/* Does the first line of a list look like one of that kind? */
bool import_is_clamav(struct slice line);
/* ---- import_csv.c ---- */
bool import_is_csv(struct slice line);

#endif
