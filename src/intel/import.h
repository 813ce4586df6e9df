/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of indicators as they are handed around, recognised by what they
 * hold. What is wrong with a line is told and counted, and the rest is
 * taken.
 */
#ifndef AUSPEX_INTEL_IMPORT_H
#define AUSPEX_INTEL_IMPORT_H

#include "intel/db.h"
#include "intel/feed.h"

enum intel_format {
	FORMAT_AUTO,
	FORMAT_LIST,   /* a hash, URL, name or address a line; sha256sum; hosts */
	FORMAT_CSV,    /* MalwareBazaar */
	FORMAT_CLAMAV, /* .hdb .hsb; .fp .sfp */
	FORMAT_STIX,   /* 2.0, 2.1: a bundle */
	FORMAT_MISP,   /* events or attributes */
	FORMAT_MAX
};

/* "list", "csv", ... */
const char *intel_format_name(enum intel_format format);
bool intel_format_find(const char *name, enum intel_format *out);

struct intel_counts {
	uint64_t taken, allowed; /* are new in the source */
	uint64_t again;          /* it gave them twice */
	uint64_t empty;          /* hashes of the empty file */
	uint64_t unfit;          /* not to be looked for, by the list's own word */
	uint64_t bad;            /* lines or objects that could not be read */
};

struct intel_import {
	const char *source;       /* NULL: the file's name without its folder */
	int64_t into;             /* a source that is there, to add to; 0: none */
	const char *author;       /* of what names no other; NULL: not known */
	enum intel_format format; /* of every file */
	bool allow;               /* all in it is known to be good */
	int64_t now;              /* ms */
	/* A line that cannot be taken: "FILE:LINE", and why. */
	void (*bad)(void *ctx, const char *where, uint64_t line, const char *why);
	void *ctx;
};

/*
 * Reads a list into db, under one source, which gives nothing but it. The
 * counts are added to. -1: the file could not be read or is no list.
 */
int intel_import_file(struct intel_db *db, const char *path,
		      const struct intel_import *how, struct intel_counts *counts,
		      struct err *err) MUST_CHECK;
int intel_import_bytes(struct intel_db *db, struct slice bytes, const char *name,
		       const struct intel_import *how, struct intel_counts *counts,
		       struct err *err) MUST_CHECK;

#endif
