/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process that reads hostile text gives up: identity, capabilities,
 * files (Landlock) and system calls (seccomp). In this order; each step may
 * be missing in a kernel, and then the others stand.
 */
#ifndef AUSPEX_ENGINE_CONFINE_H
#define AUSPEX_ENGINE_CONFINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct confine_user {
	uid_t uid;
	gid_t gid;
};

/*
 * Looks in /etc/passwd alone: name services may hang, and would be loaded
 * into a process that is to be small. false: no such user.
 */
bool confine_find_user(const char *name, struct confine_user *out);

/*
 * Becomes user (NULL: stays who it is) with those capabilities (CAP_*, ended
 * by -1) and no others, for ever. Does nothing where we are not root.
 */
int confine_identity(const struct confine_user *user, const int *caps, struct err *err);

/*
 * Keeps those capabilities (CAP_*, ended by -1) and no others, this program and
 * those that it executes: for root the bounding set is what an execution gives
 * (capabilities(7)). Nobody gets new rights by executing. As above.
 */
int confine_rights(const int *caps, struct err *err);

/*
 * From here on only files below the folders in rw can be changed, and only
 * those and what is below ro can be read; NULL-terminated, a path that is
 * not there is passed over. 1: this kernel has no Landlock.
 */
int confine_files(const char *const *rw, const char *const *ro, struct err *err);

/*
 * From here on only calls that reading, storing and forking need; others
 * fail with ENOSYS. No execution, no sockets, no tracing, no executable
 * memory. 1: this kernel has no seccomp, or this build cannot use it.
 */
int confine_calls(struct err *err);

/*
 * From here on nothing of calls_never.def, for this process and all that it
 * makes: they fail with ENOSYS. What confine_calls() needs is left. 1: as there.
 */
int confine_never(struct err *err);

#endif
