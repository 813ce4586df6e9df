/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files in which container runtimes keep their state, copied from a host
 * under their usual paths (DIR/run/containerd/..., DIR/var/lib/docker/...):
 * names, images, digests, pods and namespaces by container id. No symbolic
 * link in DIR is followed, so nothing outside of it is read.
 */
#ifndef AUSPEX_STATE_CTRFILES_H
#define AUSPEX_STATE_CTRFILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "finding/finding.h"

enum {
	LIMIT_STATE_CONTAINERS = 16384,
	LIMIT_STATE_FILE = 16 * 1024 * 1024,
	LIMIT_STATE_DIRS = 65536,
	LIMIT_STATE_DEPTH = 24,
};

/* NULL, 0: not known. */
struct ctrfacts {
	char *id;
	char *name, *image, *image_digest, *image_id, *pod, *ns, *runtime;
	char *bundle, *rootfs, *sandbox;
	int64_t init_pid; /* of its first process */
	stamp_ms created;
};

struct ctrfiles;

/*
 * -1: dir cannot be read (err). Files in it that cannot be understood are
 * passed over and counted.
 */
int ctrfiles_load(const char *dir, struct ctrfiles **out, struct err *err);
/* The same of a further directory; what is known already stays. */
int ctrfiles_load_more(struct ctrfiles *files, const char *dir, struct err *err);
/*
 * The same of the host that runs: under "/", in the places where the system's
 * own runtimes keep them. Users' homes may be mounts that do not answer.
 */
int ctrfiles_load_host(struct ctrfiles **out, struct err *err);
void ctrfiles_free(struct ctrfiles **files);

/* Borrowed, or NULL. */
const struct ctrfacts *ctrfiles_by_id(const struct ctrfiles *files, const char *id);
const struct ctrfacts *ctrfiles_by_pid(const struct ctrfiles *files, int64_t pid);
size_t ctrfiles_count(const struct ctrfiles *files);
/* How many files were passed over; *first: what was wrong with the first, or NULL. */
size_t ctrfiles_problems(const struct ctrfiles *files, const char **first);

#endif
