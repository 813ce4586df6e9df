/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files a list of paths stands for, and in which order they are read.
 * Files of one rotated set (audit.log.2, audit.log.1, audit.log; with a date
 * or compressed, as logrotate leaves them) stand in the order of rotation;
 * sets stand in the order of their first record's time.
 */
#ifndef AUSPEX_AUDIT_SOURCE_SET_H
#define AUSPEX_AUDIT_SOURCE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct source_file {
	char *path;    /* owned */
	char *problem; /* owned; why it cannot be read, or NULL */
	uint64_t size; /* 0 where not known */
	bool regular;
	dev_t dev;
	ino_t ino;
	char *set;      /* owned; path without what rotation adds */
	uint64_t age;   /* in its set: higher is older, 0 is the live file */
	uint64_t first; /* time of its first record, ms; UINT64_MAX: none */
	uint64_t start; /* the least first of its set */
	size_t given;   /* keeps the order of equals */
};

struct source_set {
	struct source_file *files; /* owned; those with a problem come first */
	size_t count;
};

/* -1: there is nothing at all that can be read. */
int source_set_make(const char *const *paths, size_t npaths, struct source_set *out,
		    struct err *err);
/*
 * The rotated set that path is of: the live file (path without what rotation
 * adds) and all that it left, in order. May be empty.
 */
void source_set_around(const char *path, struct source_set *out);
/* Drops the first n files. */
void source_set_drop(struct source_set *set, size_t n);
void source_set_fini(struct source_set *set);

#endif
