/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the world model makes of a log, as JSON lines for tests that know
 * the truth by other means:
 *   dump_state [--exec-only] [--containers DIR] LOG...
 * "exec": each successful execve with its process, its parent and what stood
 * at descriptors 0, 1 and 2 behind it; "process": each process at the end.
 * --exec-only: as if the rules recorded execve alone.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/assemble.h"
#include "audit/names.h"
#include "audit/source.h"
#include "state/container.h"
#include "state/state.h"

static const char *role_name(enum sock_role role)
{
	switch (role) {
	case SOCK_CONNECTED: return "connected";
	case SOCK_ACCEPTED: return "accepted";
	case SOCK_LISTENING: return "listening";
	default: return "fresh";
	}
}

static void set_text(json_t *row, const char *key, const char *text)
{
	/* What is no UTF-8 is left out: the tests that compare use none. */
	if (text)
		json_object_set_new(row, key, json_string(text));
}

static void set_number(json_t *row, const char *key, int64_t number)
{
	json_object_set_new(row, key, json_integer(number));
}

static void add_sock(json_t *row, const struct sock *sock)
{
	set_text(row, "role", role_name(sock->role));
	if (sock->remote) {
		set_text(row, "remote", sock->remote->addr);
		set_number(row, "port", sock->remote->port);
	}
	if (sock->local) {
		set_text(row, "local", sock->local->addr);
		set_number(row, "local_port", sock->local->port);
	}
	if (sock->joined.serial)
		set_number(row, "joined", sock->joined.serial);
}

static json_t *descriptor(const struct fdent *ent)
{
	json_t *row = json_object();

	set_text(row, "kind", fdobj_kind_name(ent->obj->kind));
	set_number(row, "birth", ent->obj->birth.serial);
	set_number(row, "placed", ent->placed.serial);
	set_text(row, "path", ent->obj->path);
	if (ent->obj->inode)
		set_number(row, "inode", (int64_t)ent->obj->inode);
	if (fdobj_channel(ent->obj))
		set_number(row, "channel", fdobj_channel(ent->obj)->made);
	if (fdobj_sock(ent->obj))
		add_sock(row, fdobj_sock(ent->obj));
	return row;
}

static json_t *descriptors(const struct proc *proc)
{
	json_t *row = json_object();

	for (int fd = 0; fd < 3; fd++) {
		const struct fdent *ent = fdtab_get(proc->fds, fd);
		char key[4];

		snprintf(key, sizeof(key), "%d", fd);
		if (ent)
			json_object_set_new(row, key, descriptor(ent));
	}
	return row;
}

static json_t *arguments(const struct image *image)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < image->argc; i++) {
		json_t *arg = json_string(image->argv[i]);

		json_array_append_new(list, arg ? arg : json_null());
	}
	return list;
}

static void print(json_t *row)
{
	json_dumpf(row, stdout, JSON_COMPACT | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(row);
}

static void add_container(json_t *row, const struct proc *proc)
{
	const struct container *c = container_of(proc);
	json_t *object = c ? json_object() : NULL;

	if (container_runtime_exec(proc))
		json_object_set_new(row, "runtime", json_true());
	if (!c)
		return;
	set_text(object, "id", c->id);
	set_text(object, "via", container_via_name(proc->container_via));
	set_text(object, "name", c->name);
	set_text(object, "image", c->image);
	set_text(object, "image_digest", c->image_digest);
	set_text(object, "image_id", c->image_id);
	set_text(object, "pod", c->pod);
	set_text(object, "namespace", c->ns);
	set_text(object, "runtime", c->runtime);
	json_object_set_new(row, "container", object);
}

static void describe(json_t *row, const struct proc *proc)
{
	if (proc->host->node[0])
		set_text(row, "node", proc->host->node);
	set_text(row, "uid", proc->uid);
	set_number(row, "pid", proc->pid);
	set_number(row, "ppid", proc->ppid);
	if (proc->parent) {
		set_number(row, "parent", proc->parent->pid);
		set_text(row, "parent_uid", proc->parent->uid);
	}
	set_text(row, "exe", proc->image->exe);
	set_text(row, "comm", proc->image->comm);
	add_container(row, proc);
}

static void print_exec(const struct activity *act)
{
	json_t *row = json_object();

	set_text(row, "what", "exec");
	set_number(row, "serial", act->at.serial);
	describe(row, act->proc);
	json_object_set_new(row, "argv", arguments(act->proc->image));
	json_object_set_new(row, "fds", descriptors(act->proc));
	print(row);
}

static void print_process(const struct proc *proc)
{
	json_t *row = json_object();

	set_text(row, "what", "process");
	describe(row, proc);
	set_number(row, "boot", proc->boot);
	set_number(row, "started", proc->started.serial);
	json_object_set_new(row, "start_seen", json_boolean(proc->start_seen));
	json_object_set_new(row, "observed", json_boolean(proc->observed));
	json_object_set_new(row, "ended", json_boolean(proc->ended));
	if (proc->has_exit)
		set_number(row, "exit", proc->exit_code);
	print(row);
}

static bool is_exec(const struct event *event)
{
	return event->has_syscall && (event->syscall.call == CALL_EXECVE ||
				      event->syscall.call == CALL_EXECVEAT);
}

static void take_ready(struct assembler *assembler, struct state *state, bool exec_only)
{
	struct activity act;
	struct event *event;

	while ((event = assembler_next(assembler))) {
		if (exec_only && !is_exec(event))
			continue;
		state_apply(state, event, &act);
		if (act.kind == ACT_EXEC)
			print_exec(&act);
	}
}

static int read_all(struct source *source, struct assembler *assembler,
		    struct state *state, bool exec_only)
{
	enum source_status status;
	struct slice line;
	struct err err;

	while ((status = source_next(source, &line, &err)) == SOURCE_LINE) {
		assembler_feed(assembler, line);
		take_ready(assembler, state, exec_only);
	}
	if (status == SOURCE_ERROR) {
		fprintf(stderr, "dump_state: %s\n", err.msg);
		return -1;
	}
	assembler_flush(assembler);
	take_ready(assembler, state, exec_only);
	return 0;
}

/* Takes the options off; -1: wrong. */
static int take_options(int *argc, char ***argv, bool *exec_only, struct ctrfiles **files)
{
	struct err err;

	for (; *argc > 1 && (*argv)[1][0] == '-' && (*argv)[1][1]; (*argc)--, (*argv)++) {
		const char *option = (*argv)[1];

		if (strcmp(option, "--exec-only") == 0) {
			*exec_only = true;
		} else if (strcmp(option, "--containers") == 0 && *argc > 2) {
			if (ctrfiles_load((*argv)[2], files, &err) != 0) {
				fprintf(stderr, "dump_state: %s\n", err.msg);
				return -1;
			}
			(*argc)--;
			(*argv)++;
		} else {
			fprintf(stderr, "dump_state: no such option: %s\n", option);
			return -1;
		}
	}
	return 0;
}

static int dump(struct source *source, const struct ctrfiles *files, bool exec_only)
{
	struct assembler *assembler = assembler_new();
	struct state *state = state_new();
	struct proc *proc;
	uint32_t first_new;
	int rc;

	state_know_containers(state, files);
	rc = read_all(source, assembler, state, exec_only);
	while ((proc = state_next_changed(state, &first_new))) {
		print_process(proc);
		proc_unref(&proc);
	}
	state_free(&state);
	assembler_free(&assembler);
	return rc;
}

int main(int argc, char **argv)
{
	struct ctrfiles *files = NULL;
	struct source *source;
	bool exec_only = false;
	struct err err;
	int rc = 2;

	if (take_options(&argc, &argv, &exec_only, &files) != 0) {
		/* said already */
	} else if (argc < 2) {
		fprintf(stderr, "dump_state: no log given\n");
	} else if (source_open((const char *const *)argv + 1, (size_t)argc - 1, &source,
			       &err) != 0) {
		fprintf(stderr, "dump_state: %s\n", err.msg);
	} else {
		rc = dump(source, files, exec_only) == 0 ? 0 : 1;
		source_close(&source);
	}
	ctrfiles_free(&files);
	return rc;
}
