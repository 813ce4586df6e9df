/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the log saw mounted, in one mount namespace: a table that processes
 * share until one of them unshares it. Names are real paths (see files.h).
 * Mounts that propagate between namespaces are not followed: the kernel
 * writes no record of that.
 */
#ifndef AUSPEX_STATE_MOUNTS_H
#define AUSPEX_STATE_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "state/files.h"

enum mount_kind {
	MOUNT_BIND,
	MOUNT_MOVED,
	MOUNT_OVERLAY,
	MOUNT_DEVICE, /* of a block device */
	MOUNT_MEMORY, /* tmpfs, or another file system without a source */
	MOUNT_KIND_MAX
};

enum { MOUNT_ROOTS = 4 };

struct mount {
	uint32_t refs;
	enum mount_kind kind;
	char *at;                     /* where; no slash at its end */
	char *from;                   /* what, where it has a name of its own; or NULL */
	uint64_t inodes[MOUNT_ROOTS]; /* one of these is its root's */
	uint32_t ninodes;
	char *root; /* root directory of who mounted it; NULL: the host's */
	struct file_act act;
};

struct mounts;

/* Counted in mem, which must outlive it. */
struct mounts *mounts_new(struct memory *mem);
struct mounts *mounts_copy(const struct mounts *mounts);
struct mounts *mounts_ref(struct mounts *mounts);
void mounts_unref(struct mounts **mounts);

/* Takes *mount over; what was mounted at the same place stays below it. */
void mounts_add(struct mounts *mounts, struct mount **mount);
struct mount *mount_new(enum mount_kind kind, const char *at, const char *from);
/* Who did it; sets root as well. */
void mount_made_by(struct mount *mount, struct proc *proc, struct evref at);
void mount_unref(struct mount **mount);
/* The newest at that very place goes. */
void mounts_remove(struct mounts *mounts, const char *at);

/* The newest mount that path lies on, or NULL. Borrowed. */
const struct mount *mounts_covering(const struct mounts *mounts, const char *path);
/* The newest one whose root may be that inode, or NULL. */
const struct mount *mounts_by_root(const struct mounts *mounts, uint64_t inode);

#endif
