/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/flow_file.h"

#include <fcntl.h>

#include "state/files.h"

/* The connection of the process, or NULL. */
static const struct fdobj *connection_of(const struct proc *proc)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(proc->fds, &it))) {
		if (!ent->ghost && fdobj_is_inet(ent->obj) && fdobj_is_joined(ent->obj))
			return ent->obj;
	}
	return NULL;
}

/* Who writes the file now, as far as the log tells; or NULL. */
static const struct proc *writer_of(const struct state *state, const struct proc *reader,
				    const struct fdobj *obj)
{
	const struct file *file =
		files_find(state_files(state), reader->host, obj->dev, obj->inode);
	const struct proc *writer = file ? file->content.act.proc : NULL;

	return writer && writer != reader && !writer->ended ? writer : NULL;
}

static bool reads_file(const struct fdent *ent)
{
	return !ent->ghost && ent->obj->kind == FDOBJ_FILE && ent->obj->inode &&
	       (ent->obj->flags & O_ACCMODE) != O_WRONLY;
}

static bool feeder(const struct state *state, const struct proc *holder, struct flow *out)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(holder->fds, &it))) {
		const struct proc *writer =
			reads_file(ent) ? writer_of(state, holder, ent->obj) : NULL;
		const struct fdobj *socket = writer ? connection_of(writer) : NULL;

		if (!socket)
			continue;
		out->socket = socket;
		out->steps[1] = (struct flow_step){ ent->obj, holder };
		out->steps[2] = (struct flow_step){ socket, writer };
		out->nsteps = 3;
		return true;
	}
	return false;
}

bool flow_through_file(const struct state *state, const struct proc *proc,
		       struct flow *out)
{
	const struct fdent *ent = fdtab_get(proc->fds, 0);
	const struct channel *channel =
		ent && ent->obj->kind == FDOBJ_PIPE_READ ? fdobj_channel(ent->obj) : NULL;

	*out = (struct flow){ 0 };
	for (uint32_t i = 0; channel && i < channel->nends; i++) {
		const struct fdobj *end = channel->ends[i];
		const struct holder *holders;
		uint32_t n;

		if (end->kind != FDOBJ_PIPE_WRITE)
			continue;
		out->steps[0] = (struct flow_step){ ent->obj, NULL };
		holders = fdobj_holders(end, &n);
		for (uint32_t h = 0; h < n; h++) {
			if (feeder(state, holders[h].proc, out))
				return true;
		}
	}
	return false;
}
