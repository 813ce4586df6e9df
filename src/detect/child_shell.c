/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers that start a shell while somebody is connected to them. Which
 * programs have no business with shells is told by their executable; those
 * that run commands by right are judged by what the shell does.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "detect/describe.h"
#include "detect/families.h"
#include "detect/flow.h"
#include "detect/question.h"
#include "detect/shell_kind.h"
#include "state/save.h"

enum server { SERVER_NONE, SERVER_STRICT, SERVER_APP, SERVER_LOGIN };

static enum server server_of(const struct config *config, const struct image *image)
{
	struct slice exe = slice_str(image->exe), name = slice_basename(exe);

	if (!image->exe)
		return SERVER_NONE;
	if (config_list_has(&config->login_servers, exe) &&
	    slice_starts(name, SLICE_LIT("sshd")))
		return SERVER_LOGIN;
	if (config_list_has_program(&config->servers, name))
		return SERVER_STRICT;
	return config_list_has_program(&config->app_servers, name) ? SERVER_APP
								   : SERVER_NONE;
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

struct verdict {
	enum confidence confidence;
	const char *caveat;
};

/*
 * sshd gives a shell the ends of pipes or a terminal once somebody has logged
 * in; what it starts before has none of that.
 */
static bool is_before_login(const struct proc *shell)
{
	const struct fdent *in = fdtab_get(shell->fds, 0);

	return in && in->obj->kind == FDOBJ_FILE;
}

static bool judge(enum server server, const struct proc *shell,
		  const struct fdobj *client, struct verdict *v)
{
	enum shell_input input = shell_input(shell->image, SHELL_SHELL);
	enum question asked = question_of(shell->image, SHELL_SHELL, input);

	*v = (struct verdict){ .confidence = CONF_HIGH };
	if (input == SHELL_SCRIPT)
		return false;
	switch (server) {
	case SERVER_STRICT:
		if (client)
			return true;
		v->confidence = CONF_LOW;
		v->caveat = "no record tells of a client; that it asks about the machine "
			    "is why it is told";
		return asked == STRONG_QUESTION;
	case SERVER_APP:
		v->confidence = CONF_MEDIUM;
		v->caveat = "the program runs commands by right; what this one asks, or "
			    "that it reads its input, is why it is told";
		return client && (asked == STRONG_QUESTION || input == SHELL_READS_STDIN);
	case SERVER_LOGIN:
		v->confidence = CONF_MEDIUM;
		v->caveat = "that nobody had logged in is inferred from what it was "
			    "started with";
		return client && is_before_login(shell);
	default: return false;
	}
}

/* ---- one finding for each server and address of a client ---- */

enum { LIMIT_TOLD = 4096 };

struct told {
	stamp_ms started; /* of the session */
	uint64_t count;
};

static const struct pack_field told_rows[] = {
	PACK_NUMBER(struct told, started),
	PACK_NUMBER(struct told, count),
};
static const struct pack_type told_type = PACK_TABLE("told", struct told, told_rows);

struct child_shells {
	const struct config *config;
	struct map *told; /* struct told by the finding's uid */
};

static const struct pack_field child_shells_rows[] = {
	PACK_KEPT(struct child_shells, config),
	PACK_MAP(struct child_shells, told, &told_type, .key = PACK_KEY_BYTES),
};
static const struct pack_type child_shells_memory =
	PACK_TABLE("child_shells", struct child_shells, child_shells_rows);

static void forget_all(struct child_shells *self)
{
	struct map_iter it = { 0 };
	struct slice key;
	void *told;

	while (map_next(self->told, &it, &key, &told))
		free(told);
	map_free(&self->told);
}

/* The shell that was just started is the last thing that was run there. */
static void tell_command(struct told *told, const char *uid, const struct activity *act,
			 const struct finding_out *out)
{
	const struct proc *proc = act->proc;
	const struct finding_command command = { .uid = proc->uid,
						 .pid = proc->pid,
						 .seq = proc->image->seq -
							proc->first_seq };
	const struct finding_session news = { .started = told->started,
					      .last = act->at.time,
					      .commands = told->count,
					      .list = &command,
					      .n = told->count <=
						   LIMIT_FINDING_COMMANDS };

	out->session(out->ctx, uid, &news);
}

static void describe(struct finding *f, const struct activity *act,
		     const struct fdobj *client, const struct verdict *v)
{
	const struct proc *server = act->proc->parent;

	f->first_seen = f->last_seen = act->at.time;
	f->confidence = v->confidence;
	f->caveat = v->caveat;
	describe_process(f, act->proc, act->proc->image);
	if (client) {
		describe_socket(f, client);
		describe_evidence(f, server, fdobj_sock(client)->joined,
				  "client accepted");
	}
	describe_evidence(f, act->proc, act->at, "shell started");
	f->summary = arena_printf(&f->arena, "%s started %s%s",
				  describe_name(f, server, server->image),
				  describe_name(f, act->proc, act->proc->image),
				  client ? " while a client was connected" : "");
}

static void report(struct child_shells *self, const struct activity *act,
		   const struct fdobj *client, const struct verdict *v,
		   const struct finding_out *out)
{
	const struct endpoint *peer = client ? fdobj_sock(client)->remote : NULL;
	struct finding *f = finding_new(DETECT_UNEXPECTED_CHILD_SHELL);
	/* Each request may come by a connection of its own. */
	const char *parts[] = { f->detector->id, act->proc->parent->uid,
				peer ? peer->addr : "" };
	char uid[2 * 16 + 1];
	struct told *told;

	memcpy(uid, finding_make_uid(&f->arena, parts, ARRAY_SIZE(parts)), sizeof(uid));
	f->uid = uid;
	told = map_get(self->told, slice_str(uid));
	if (told) {
		finding_free(&f);
		out->again(out->ctx, uid, ++told->count, act->at.time);
		tell_command(told, uid, act, out);
		return;
	}
	if (map_count(self->told) >= LIMIT_TOLD) {
		forget_all(self);
		self->told = map_new();
	}
	told = xcalloc(1, sizeof(*told));
	told->count = 1;
	told->started = client ? fdobj_sock(client)->joined.time : act->at.time;
	map_put(self->told, slice_str(uid), told);
	describe(f, act, client, v);
	out->emit(out->ctx, f);
	tell_command(told, uid, act, out);
}

static void child_shell_activity(void *selfp, const struct state *state UNUSED,
				 const struct activity *act,
				 const struct finding_out *out)
{
	const struct proc *server = act->proc ? act->proc->parent : NULL;
	struct child_shells *self = selfp;
	const struct fdobj *client;
	struct verdict v;
	enum server kind;

	if (act->kind != ACT_EXEC || !server ||
	    shell_kind(act->proc->image) != SHELL_SHELL)
		return;
	kind = server_of(self->config, server->image);
	if (kind == SERVER_NONE)
		return;
	client = client_of(server);
	if (judge(kind, act->proc, client, &v))
		report(self, act, client, &v, out);
}

static void *child_shell_init(const struct detect_setup *setup)
{
	struct child_shells *self = xcalloc(1, sizeof(*self));

	self->config = setup->config;
	self->told = map_new();
	return self;
}

static void child_shell_fini(void *self)
{
	forget_all(self);
	free(self);
}

const struct detector detector_child_shell = {
	.name = "child_shell",
	.init = child_shell_init,
	.activity = child_shell_activity,
	.fini = child_shell_fini,
	.memory = &child_shells_memory,
};
