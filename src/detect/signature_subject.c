/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

#include "audit/names.h"
#include "base/compiler.h"
#include "detect/signature_priv.h"
#include "state/container.h"

enum {
	FILES = 1 << SIGMA_FILE_EVENT | 1 << SIGMA_FILE_CHANGE | 1 << SIGMA_FILE_DELETE |
		1 << SIGMA_FILE_ACCESS,
	PEERS = 1 << SIGMA_NETWORK,
	ANY = FILES | PEERS | 1 << SIGMA_PROCESS,
};

static const struct {
	const char *name;
	int sources;
} fields[] = {
#define FIELD(NAME, name, sources) [FIELD_##NAME] = { name, sources },
#include "detect/signature_fields.def"
#undef FIELD
};

int subject_resolve(enum sigma_source source, struct slice field)
{
	if (field.len == 0)
		return FIELD_KEYWORDS;
	if (source == SIGMA_AUDITD)
		return FIELD_RECORD;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (slice_eq_str(field, fields[i].name) &&
		    (fields[i].sources & (1 << source)))
			return (int)i;
	return -1;
}

/* ---- values ---- */

static void add(struct subject *s, struct subject_values *v, struct slice text)
{
	struct sigma_value value;

	if (v->count == LIMIT_SUBJECT_VALUES || !text.ptr)
		return;
	value = (struct sigma_value){ text, sigma_lower(&s->arena, text) };
	if (v->count == 0)
		v->first = value;
	if (v->count == 1) {
		v->more = arena_alloc(&s->arena, LIMIT_SUBJECT_VALUES * sizeof(*v->more));
		v->more[0] = v->first;
	}
	if (v->count)
		v->more[v->count] = value;
	v->count++;
}

static void add_str(struct subject *s, struct subject_values *v, const char *text)
{
	if (text)
		add(s, v, slice_str(text));
}

static void add_number(struct subject *s, struct subject_values *v, int64_t number)
{
	add_str(s, v, arena_printf(&s->arena, "%lld", (long long)number));
}

/* The arguments with a space between each two, as everybody else writes it. */
static void add_command_line(struct subject *s, struct subject_values *v,
			     const struct image *image)
{
	size_t len = 0;
	char *text, *at;

	for (uint32_t i = 0; i < image->argc; i++)
		len += strlen(image->argv[i]) + 1;
	if (len == 0)
		return;
	text = at = arena_alloc(&s->arena, len);
	for (uint32_t i = 0; i < image->argc; i++) {
		size_t n = strlen(image->argv[i]);

		memcpy(at, image->argv[i], n);
		at += n;
		*at++ = ' ';
	}
	add(s, v, slice_make(text, len - 1));
}

static void add_arguments(struct subject *s, struct subject_values *v,
			  const struct image *image)
{
	for (uint32_t i = 0; i < image->argc; i++)
		add_str(s, v, image->argv[i]);
}

static void add_ancestors(struct subject *s, struct subject_values *v,
			  const struct proc *proc)
{
	const struct proc *up = proc->parent;

	for (int i = 0; up && i < LIMIT_SUBJECT_ANCESTORS; i++, up = up->parent)
		add_str(s, v, up->image->exe);
}

static void add_container(struct subject *s, struct subject_values *v, int field)
{
	const struct proc *proc = s->act->proc;
	const struct container *c = container_of(proc);

	if (!c)
		return;
	if (field == FIELD_CONTAINER_ID)
		add_str(s, v, c->id ? c->id : "(unknown)");
	else if (field == FIELD_CONTAINER_IMAGE)
		add_str(s, v, c->image);
	else if (proc->container_via == VIA_EXEC)
		add_str(s, v, "exec");
}

static void add_peer(struct subject *s, struct subject_values *v, int field)
{
	const struct sock *sock = s->act->obj ? fdobj_sock(s->act->obj) : NULL;

	if (!sock || !sock->remote)
		return;
	if (field == FIELD_DESTINATION_IP)
		add_str(s, v, sock->remote->addr);
	else if (field == FIELD_DESTINATION_PORT)
		add_number(s, v, sock->remote->port);
	else
		add_str(s, v, sock->role == SOCK_CONNECTED ? "true" : "false");
}

static void add_process_field(struct subject *s, struct subject_values *v, int field)
{
	const struct proc *proc = s->act->proc;
	const struct image *image = proc->image;
	const struct image *parent = proc->parent ? proc->parent->image : NULL;

	switch (field) {
	case FIELD_IMAGE: add_str(s, v, image->exe); break;
	case FIELD_COMMAND_LINE: add_command_line(s, v, image); break;
	case FIELD_ARGUMENT: add_arguments(s, v, image); break;
	case FIELD_ARGUMENT_0: add_str(s, v, image->argc ? image->argv[0] : NULL); break;
	case FIELD_ARGUMENT_COUNT:
		if (image->argv)
			add_number(s, v, (int64_t)image->argc_total);
		break;
	case FIELD_SCRIPT: add_str(s, v, image_script(image)); break;
	case FIELD_CURRENT_DIRECTORY: add_str(s, v, image->cwd); break;
	case FIELD_PROCESS_ID: add_number(s, v, proc->pid); break;
	case FIELD_USER: add_number(s, v, proc->cred.uid); break;
	case FIELD_AUDIT_USER: add_number(s, v, (int32_t)proc->cred.auid); break;
	case FIELD_LOGON_ID: add_number(s, v, (int32_t)proc->cred.ses); break;
	case FIELD_TERMINAL: add_str(s, v, image->tty); break;
	case FIELD_PARENT_IMAGE: add_str(s, v, parent ? parent->exe : NULL); break;
	case FIELD_PARENT_COMMAND_LINE:
		if (parent)
			add_command_line(s, v, parent);
		break;
	case FIELD_PARENT_PROCESS_ID: add_number(s, v, proc->ppid); break;
	case FIELD_ANCESTOR_IMAGE: add_ancestors(s, v, proc); break;
	case FIELD_CONTAINER_ID:
	case FIELD_CONTAINER_IMAGE:
	case FIELD_CONTAINER_ENTRY: add_container(s, v, field); break;
	case FIELD_TARGET_FILENAME: add_str(s, v, s->target); break;
	case FIELD_FILE_MODE: add_str(s, v, s->mode); break;
	default: add_peer(s, v, field); break;
	}
}

/* ---- records ---- */

static void add_lines(struct subject *s, struct subject_values *v)
{
	const struct event *event = s->act->event;

	for (uint32_t i = 0; i < event->nrecords; i++)
		add(s, v, event->records[i].line);
}

static void add_types(struct subject *s, struct subject_values *v)
{
	const struct event *event = s->act->event;

	for (uint32_t i = 0; i < event->nrecords; i++)
		add_str(s, v, record_type_name(event->records[i].type));
}

/*
 * A key of any of the records, with numbers of calls by name. What a
 * USER_* record has in msg='...' counts too: rules ask for op, res, acct.
 */
static void add_record_field(struct subject *s, struct subject_values *v,
			     struct slice name)
{
	const struct event *event = s->act->event;
	const char *key = arena_slice_dup(&s->arena, name);

	if (slice_eq_str(name, "type")) {
		add_types(s, v);
		return;
	}
	if (slice_eq_str(name, "syscall") && event->has_syscall)
		add_str(s, v, call_name(event->syscall.arch, event->syscall.nr));
	for (uint32_t i = 0; i < event->nrecords; i++) {
		uint16_t type = event->records[i].type;
		struct slice value = event_field(event, type, key);

		if (value.len == 0)
			value = event_inner(event, type, key);
		if (value.len)
			add(s, v, value);
	}
}

bool subject_known_by_shape(void *ctx UNUSED, int field, struct slice name)
{
	return field == FIELD_RECORD &&
	       (slice_eq_str(name, "type") || slice_eq_str(name, "syscall"));
}

void subject_start(struct subject *s, const struct activity *act)
{
	arena_reset(&s->arena);
	for (size_t i = 0; i < FIELD_MAX; i++) {
		s->fields[i].known = false;
		s->fields[i].count = 0;
	}
	s->act = act;
	s->target = s->mode = NULL;
}

bool subject_get(void *ctx, int field, struct slice name, size_t index,
		 struct sigma_value *value)
{
	struct subject *s = ctx;
	struct subject_values *v = &s->fields[field];

	if (field == FIELD_RECORD) {
		/* Each name has values of its own: only the latest are kept. */
		if (index == 0) {
			*v = (struct subject_values){ 0 };
			add_record_field(s, v, name);
		}
	} else if (!v->known) {
		v->known = true;
		if (field == FIELD_KEYWORDS)
			add_lines(s, v);
		else
			add_process_field(s, v, field);
	}
	if (index >= v->count)
		return false;
	*value = index ? v->more[index] : v->first;
	return true;
}
