/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers that start a shell while somebody is connected to them. Which
 * programs have no business with shells is told by their executable; those
 * that run commands by right (CGI, PHP, node) are judged by what runs.
 */
#include "base/compiler.h"
#include "detect/describe.h"
#include "detect/families.h"
#include "detect/flow.h"
#include "detect/shell_kind.h"

static bool is_server(const struct config *config, const struct image *image)
{
	return image->exe &&
	       config_list_has_program(&config->servers,
				       slice_basename(slice_str(image->exe)));
}

/* The socket of a client that the server holds, or NULL. */
static const struct fdobj *client_of(const struct proc *server)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;

	while ((ent = fdtab_next(server->fds, &it))) {
		const struct fdobj *obj = ent->obj;

		if (flow_is_network(obj) && fdobj_sock(obj)->role == SOCK_ACCEPTED)
			return obj;
	}
	return NULL;
}

/* self: the configuration, borrowed */
static void child_shell_activity(void *self, const struct state *state UNUSED,
				 const struct activity *act,
				 const struct finding_out *out)
{
	const struct proc *server = act->proc ? act->proc->parent : NULL;
	const struct fdobj *client;
	struct finding *f;
	const char *parts[2];

	if (act->kind != ACT_EXEC || !server || !is_server(self, server->image) ||
	    shell_kind(act->proc->image) != SHELL_SHELL ||
	    shell_input(act->proc->image, SHELL_SHELL) == SHELL_SCRIPT)
		return;
	client = client_of(server);
	if (!client)
		return;
	f = finding_new(DETECT_UNEXPECTED_CHILD_SHELL);
	parts[0] = f->detector->id;
	parts[1] = act->proc->uid;
	f->uid = finding_make_uid(&f->arena, parts, 2);
	f->first_seen = f->last_seen = act->at.time;
	describe_process(f, act->proc, act->proc->image);
	describe_socket(f, client);
	describe_evidence(f, server, fdobj_sock(client)->joined, "client accepted");
	describe_evidence(f, act->proc, act->at, "shell started");
	f->summary = arena_printf(&f->arena, "%s started %s while a client was connected",
				  describe_name(f, server, server->image),
				  describe_name(f, act->proc, act->proc->image));
	out->emit(out->ctx, f);
}

static void *child_shell_init(const struct detect_setup *setup)
{
	return (void *)setup->config;
}

const struct detector detector_child_shell = {
	.name = "child_shell",
	.init = child_shell_init,
	.activity = child_shell_activity,
};
