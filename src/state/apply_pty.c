/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pseudo-terminals: which slave belongs to which master. */
#include <string.h>

#include "base/num.h"
#include "state/channels.h"
#include "state/state_priv.h"

enum { PTY_ANCESTRY = 8 };

static bool is_pty_master(const char *path)
{
	return strcmp(path, "/dev/ptmx") == 0 || strcmp(path, "/dev/pts/ptmx") == 0;
}

/* N of /dev/pts/N, or -1. */
static int64_t pts_number(const char *path)
{
	static const struct slice dir = SLICE_LIT("/dev/pts/");
	uint32_t n;

	if (!slice_starts(slice_str(path), dir) ||
	    !num_u32(slice_skip(slice_str(path), dir.len), &n))
		return -1;
	return n;
}

/*
 * The slave's number is told by an ioctl that no rule audits. A master
 * without a slave that this process or a near ancestor holds is the other
 * side of what it opens next.
 */
struct channel *apply_fresh_pty(const struct apply *a, bool alone)
{
	struct proc *proc = a->proc;

	for (int depth = 0; proc && depth < PTY_ANCESTRY; depth++, proc = proc->parent) {
		const struct fdtab *tab = proc_files(proc)->fds;
		struct fdtab_iter it = { 0 };
		const struct fdent *ent;

		while ((ent = fdtab_prev(tab, &it))) {
			struct channel *channel = fdobj_channel(ent->obj);

			if (ent->obj->kind == FDOBJ_PTY_MASTER && channel &&
			    channel->pts < 0 && (!alone || channel->nends == 1))
				return channel;
		}
	}
	return NULL;
}

static void join_slave(struct apply *a, struct fdobj *obj, int64_t number)
{
	struct host *host = a->proc->host;
	struct channel *channel = apply_fresh_pty(a, false);

	if (channel) /* the number is in use again */
		channels_set_pty(host, (uint64_t)number, channel);
	else
		channel = channels_pty(host, (uint64_t)number, a->at);
	channel_join(channel, obj);
}

struct fdobj *apply_pty(struct apply *a, const char *path)
{
	int64_t pts = pts_number(path);
	struct fdobj *obj = NULL;

	if (is_pty_master(path)) {
		obj = fdobj_new(FDOBJ_PTY_MASTER, a->at, a->proc->pid);
		channel_join(channel_new(a->at), obj);
	} else if (pts >= 0) {
		obj = fdobj_new(FDOBJ_PTY_SLAVE, a->at, a->proc->pid);
		join_slave(a, obj, pts);
	}
	return obj;
}
