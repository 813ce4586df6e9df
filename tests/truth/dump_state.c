/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the world model makes of a log, as JSON lines for tests that know
 * the truth by other means:
 *   dump_state LOG...
 * "exec": each successful execve with its process, its parent and what stood
 * at descriptors 0, 1 and 2 behind it; "process": each process at the end.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/assemble.h"
#include "audit/source.h"
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
	if (sock->has_remote) {
		set_text(row, "remote", sock->remote.addr);
		set_number(row, "port", sock->remote.port);
	}
	if (sock->has_local) {
		set_text(row, "local", sock->local.addr);
		set_number(row, "local_port", sock->local.port);
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
	if (ent->obj->sock)
		add_sock(row, ent->obj->sock);
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

static void take_ready(struct assembler *assembler, struct state *state)
{
	struct activity act;
	struct event *event;

	while ((event = assembler_next(assembler))) {
		state_apply(state, event, &act);
		if (act.kind == ACT_EXEC)
			print_exec(&act);
	}
}

static int read_all(struct source *source, struct assembler *assembler,
		    struct state *state)
{
	enum source_status status;
	struct slice line;
	struct err err;

	while ((status = source_next(source, &line, &err)) == SOURCE_LINE) {
		assembler_feed(assembler, line);
		take_ready(assembler, state);
	}
	if (status == SOURCE_ERROR) {
		fprintf(stderr, "dump_state: %s\n", err.msg);
		return -1;
	}
	assembler_flush(assembler);
	take_ready(assembler, state);
	return 0;
}

int main(int argc, char **argv)
{
	struct assembler *assembler;
	struct source *source;
	struct state *state;
	struct proc *proc;
	struct err err;
	uint32_t first_new;
	int rc;

	if (argc < 2 || source_open((const char *const *)argv + 1, (size_t)argc - 1,
				    &source, &err) != 0) {
		fprintf(stderr, "dump_state: %s\n", argc < 2 ? "no log given" : err.msg);
		return 2;
	}
	assembler = assembler_new();
	state = state_new();
	rc = read_all(source, assembler, state);
	while ((proc = state_next_changed(state, &first_new))) {
		print_process(proc);
		proc_unref(&proc);
	}
	state_free(&state);
	assembler_free(&assembler);
	source_close(&source);
	return rc == 0 ? 0 : 1;
}
