/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of a host's file system, as it was collected after the log: what the
 * log saw executed and loaded is read from there. Paths are the host's own
 * and never lead out of the copy, whatever links are in it.
 */
#ifndef AUSPEX_ENGINE_ROOTDIR_H
#define AUSPEX_ENGINE_ROOTDIR_H

#include "base/err.h"
#include "detect/detector.h"

struct rootdir;

enum {
	ROOTDIR_FILES_MAX = 65536,   /* different ones that are looked at */
	ROOTDIR_BYTES_MAX = 1 << 30, /* of one; larger ones stay unknown */
	ROOTDIR_TOTAL_MAX_GIB = 64,  /* of all */
};

/* NULL with err. */
struct rootdir *rootdir_new(const char *dir, struct err *err);
void rootdir_free(struct rootdir **rootdir);
/* Before the world model ends, of whose processes it knows. */
void rootdir_forget(struct rootdir *rootdir);
/* Keeps in mind what was executed or loaded. */
void rootdir_activity(struct rootdir *rootdir, const struct activity *act);
/*
 * To be called when the log has ended: the next file that is still, as far as
 * the copy tells, what ran then. false: there are no more. What *out points to
 * is lent until the next call.
 */
bool rootdir_next(struct rootdir *rootdir, struct content *out);

#endif
