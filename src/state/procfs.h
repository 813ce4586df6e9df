/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc says of a running process (proc(5)); the only reader of it for
 * the world model. Everything may have changed by the time it is used.
 */
#ifndef AUSPEX_STATE_PROCFS_H
#define AUSPEX_STATE_PROCFS_H

#include "base/arena.h"
#include "state/seed.h"

enum { PROCFS_FDS_MAX = 128, PROCFS_ARGV_BYTES = 4096, PROCFS_ARGS_MAX = 128 };

/* Sockets by their inodes, of each network namespace that was met. */
struct procfs;

struct procfs *procfs_new(void);
void procfs_free(struct procfs **procfs);

/* The text of /proc/PID/name, max bytes of it at most; empty: there is none. */
struct slice procfs_text(int64_t pid, const char *name, size_t max, struct arena *arena);
/* The pids of all processes, ascending; to be freed. */
int64_t *procfs_pids(size_t *count);
/*
 * Everything in arena. false: it has gone, or is a thread of the kernel's, or
 * may not be looked at. node, uid and seq are left unset.
 */
bool procfs_read(struct procfs *procfs, int64_t pid, struct arena *arena,
		 struct seed *out);

#endif
