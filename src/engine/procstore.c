/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/procstore.h"

#include <stdio.h>

#include "state/container.h"

static struct process_row process_row(const struct proc *proc, char boot[16])
{
	const struct container *container = container_of(proc);

	snprintf(boot, 16, "%u", proc->boot);
	return (struct process_row){
		.uid = proc->uid,
		.parent_uid = proc->parent ? proc->parent->uid : NULL,
		.host = proc->host->node[0] ? proc->host->node : NULL,
		.boot = boot,
		.pid = proc->pid,
		.ppid = proc->ppid,
		.started = proc->started.time,
		.ended = proc->ended ? proc->end.time : 0,
		.start_seen = proc->start_seen,
		.has_exit = proc->has_exit,
		.exit_code = proc->exit_code,
		.container_id = container ? container->id : NULL,
		.container_via =
			container_via_name((enum container_via)proc->container_via),
		.observed = proc->observed,
	};
}

static struct image_row image_row(const struct proc *proc, const struct image *image)
{
	bool own = image->seq > proc->first_seq;

	return (struct image_row){
		.process_uid = proc->uid,
		.seq = image->seq - proc->first_seq,
		.exe = image->exe,
		.comm = image->comm,
		.cwd = image->cwd,
		.tty = image->tty,
		.argv = (const char *const *)image->argv,
		.argc = image->argc,
		.argc_total = image->argc_total,
		.argv_rest = image->argv_rest,
		.user_id = image->cred.uid,
		.gid = image->cred.gid,
		.auid = image->cred.auid,
		.ses = image->cred.ses,
		.event = { .node = proc->host->node[0] ? proc->host->node : NULL,
			   .time = own ? image->event.time : 0,
			   .serial = own ? image->event.serial : 0 },
	};
}

static int put_images(struct store *store, const struct proc *proc, uint32_t first_new,
		      struct err *err)
{
	for (const struct image *image = proc->image; image; image = image->older) {
		struct image_row row;

		if (image->seq < first_new || image->seq < proc->first_seq)
			break;
		if (!image->exe && !image->comm)
			continue;
		row = image_row(proc, image);
		if (store_put_image(store, &row, err) != 0)
			return -1;
	}
	return 0;
}

int procstore_put(struct store *store, struct state *state, struct err *err)
{
	struct proc *proc;
	uint32_t first_new;
	int rc = 0;

	while ((proc = state_next_changed(state, &first_new))) {
		char boot[16];
		struct process_row row = process_row(proc, boot);

		if (rc == 0)
			rc = store_put_process(store, &row, err);
		if (rc == 0)
			rc = put_images(store, proc, first_new, err);
		proc_unref(&proc);
	}
	return rc;
}

int procstore_put_env(struct store *store, const struct proc *proc,
		      const struct image *image, const char *const *env, size_t nenv,
		      struct err *err)
{
	struct image_row row = image_row(proc, image);

	if (image->seq < proc->first_seq)
		return 0;
	row.env = env;
	row.nenv = nenv;
	return store_put_image(store, &row, err);
}
