/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hangs on a finding in rows of its own. */
#include <string.h>

#include "store/store_priv.h"

/* More than these are not read back, whoever wrote the file. */
enum {
	READ_TECHNIQUES_MAX = 32,
	READ_ANCESTRY_MAX = 512,
	READ_EVIDENCE_MAX = 65536,
};

/* The row of GET_PROCESSES. */
static struct finding_process *read_process(struct store *store, sqlite3_stmt *stmt,
					    struct arena *arena)
{
	struct finding_process *p = arena_zalloc(arena, sizeof(*p));

	p->uid = column_text(store, stmt, 1, arena);
	p->pid = column_int(stmt, 2, 0);
	p->ppid = column_int(stmt, 3, 0);
	p->exe = column_text(store, stmt, 4, arena);
	p->comm = column_text(store, stmt, 5, arena);
	p->cwd = column_text(store, stmt, 6, arena);
	p->tty = column_text(store, stmt, 7, arena);
	p->argv = column_argv(store, stmt, 8, arena, &p->argc);
	p->argc_total = (uint64_t)column_int(stmt, 9, (int64_t)p->argc);
	p->user_id = (uint32_t)column_int(stmt, 10, AUDIT_ID_UNSET);
	p->uid_name = column_text(store, stmt, 11, arena);
	p->auid = (uint32_t)column_int(stmt, 12, AUDIT_ID_UNSET);
	p->ses = (uint32_t)column_int(stmt, 13, AUDIT_ID_UNSET);
	p->started = column_int(stmt, 14, 0);
	p->observed = sqlite3_column_int(stmt, 15);
	p->env = column_argv(store, stmt, 16, arena, &p->nenv);
	p->argv_rest = column_text(store, stmt, 17, arena);
	return p;
}

/* Starts one of the statements that hang rows on a finding. */
static bool start_parts(struct binder *b, struct store *store, enum statement which,
			int64_t id, struct err *err)
{
	if (!bind_start(b, store, which, err))
		return false;
	bind_int(b, id);
	return true;
}

static int read_processes(struct store *store, int64_t id, struct finding *f,
			  struct finding_target *target, struct err *err)
{
	const struct finding_process **ancestry =
		arena_alloc(&f->arena, READ_ANCESTRY_MAX * sizeof(*ancestry));
	struct binder b;
	int rc;

	if (!start_parts(&b, store, SQL_GET_PROCESSES, id, err))
		return -1;
	while ((rc = sqlite3_step(b.stmt)) == SQLITE_ROW) {
		const char *role = (const char *)sqlite3_column_text(b.stmt, 0);
		struct finding_process *p = read_process(store, b.stmt, &f->arena);

		if (role && strcmp(role, "ancestor") == 0) {
			if (f->nancestry < READ_ANCESTRY_MAX)
				ancestry[f->nancestry++] = p;
		} else if (role && strcmp(role, "process") == 0) {
			f->process = p;
		} else if (target) {
			target->writer = p;
		}
	}
	f->ancestry = ancestry;
	return end_rows(&b, rc, err);
}

static int read_techniques(struct store *store, int64_t id, struct finding *f,
			   struct err *err)
{
	enum technique *list =
		arena_alloc(&f->arena, READ_TECHNIQUES_MAX * sizeof(*list));
	struct binder b;
	int rc;

	f->techniques = list;
	f->ntechniques = 0;
	if (!start_parts(&b, store, SQL_GET_TECHNIQUES, id, err))
		return -1;
	while ((rc = sqlite3_step(b.stmt)) == SQLITE_ROW &&
	       f->ntechniques < READ_TECHNIQUES_MAX) {
		const char *name = (const char *)sqlite3_column_text(b.stmt, 0);
		const struct technique_info *info = name ? technique_find(name) : NULL;

		if (info)
			list[f->ntechniques++] = (enum technique)(
				info - technique_info((enum technique)0));
	}
	return end_rows(&b, rc, err);
}

static int read_evidence(struct store *store, int64_t id, struct finding *f,
			 struct err *err)
{
	struct finding_evidence *list = NULL;
	size_t cap = 0;
	struct binder b;
	int rc;

	if (!start_parts(&b, store, SQL_GET_EVIDENCE, id, err))
		return -1;
	while ((rc = sqlite3_step(b.stmt)) == SQLITE_ROW &&
	       f->nevidence < READ_EVIDENCE_MAX) {
		struct finding_evidence *e;

		if (!list || f->nevidence == cap) {
			struct finding_evidence *more;

			cap = cap ? 2 * cap : 16;
			more = arena_alloc(&f->arena, cap * sizeof(*more));
			if (list)
				memcpy(more, list, f->nevidence * sizeof(*more));
			list = more;
		}
		e = &list[f->nevidence++];
		e->id.node = column_text(store, b.stmt, 0, &f->arena);
		e->id.time = column_int(b.stmt, 1, 0);
		e->id.serial = (uint64_t)column_int(b.stmt, 2, 0);
		e->what = column_text(store, b.stmt, 3, &f->arena);
		e->raw = column_text(store, b.stmt, 4, &f->arena);
	}
	f->evidence = list;
	return end_rows(&b, rc, err);
}

/* What was run; a process's end is that of the last program that it ran. */
static int read_commands(struct store *store, int64_t id, struct arena *arena,
			 struct finding_session *s, struct err *err)
{
	struct finding_command *list =
		arena_alloc(arena, (size_t)LIMIT_FINDING_COMMANDS * sizeof(*list));
	struct binder b;
	int rc;

	s->list = list;
	if (!start_parts(&b, store, SQL_GET_COMMANDS, id, err))
		return -1;
	bind_int(&b, LIMIT_FINDING_COMMANDS);
	while ((rc = sqlite3_step(b.stmt)) == SQLITE_ROW &&
	       s->n < LIMIT_FINDING_COMMANDS) {
		struct finding_command *c = &list[s->n++];

		*c = (struct finding_command){
			.uid = column_text(store, b.stmt, 0, arena),
			.seq = (uint32_t)column_int(b.stmt, 1, 0),
			.pid = column_int(b.stmt, 2, 0),
			.exe = column_text(store, b.stmt, 3, arena),
			.comm = column_text(store, b.stmt, 4, arena),
			.time = column_int(b.stmt, 7, 0),
			.serial = (uint64_t)column_int(b.stmt, 8, 0),
		};
		c->argv = column_argv(store, b.stmt, 5, arena, &c->argc);
		c->argc_total = (uint64_t)column_int(b.stmt, 6, (int64_t)c->argc);
		if (c->seq != column_int(b.stmt, 11, 0))
			continue;
		c->ended = column_int(b.stmt, 9, 0);
		c->has_exit = sqlite3_column_type(b.stmt, 10) != SQLITE_NULL;
		c->exit_code = column_int(b.stmt, 10, 0);
	}
	return end_rows(&b, rc, err);
}

static int read_indicator(struct store *store, int64_t id, struct finding *f,
			  struct err *err)
{
	struct finding_indicator *n = NULL;
	struct binder b;
	int rc;

	if (!start_parts(&b, store, SQL_GET_INDICATOR, id, err))
		return -1;
	rc = sqlite3_step(b.stmt);
	if (rc == SQLITE_ROW) {
		n = arena_zalloc(&f->arena, sizeof(*n));
		n->kind = column_text(store, b.stmt, 0, &f->arena);
		n->value = column_text(store, b.stmt, 1, &f->arena);
		n->name = column_text(store, b.stmt, 2, &f->arena);
		n->author = column_text(store, b.stmt, 3, &f->arena);
		n->source = column_text(store, b.stmt, 4, &f->arena);
		n->imported = column_int(b.stmt, 5, 0);
	}
	f->indicator = n;
	return end_rows(&b, rc, err);
}

static int read_session(struct store *store, int64_t id, struct finding *f,
			struct err *err)
{
	struct finding_session *s = NULL;
	struct binder b;
	int rc;

	if (!start_parts(&b, store, SQL_GET_SESSION, id, err))
		return -1;
	rc = sqlite3_step(b.stmt);
	if (rc == SQLITE_ROW) {
		s = arena_zalloc(&f->arena, sizeof(*s));
		s->started = column_int(b.stmt, 0, 0);
		s->last = column_int(b.stmt, 1, 0);
		s->ended = column_int(b.stmt, 2, 0);
		s->commands = (uint64_t)column_int(b.stmt, 3, 0);
	}
	f->session = s;
	if (end_rows(&b, rc, err) != 0)
		return -1;
	return s ? read_commands(store, id, &f->arena, s, err) : 0;
}

int store_read_parts(struct store *store, int64_t id, struct finding *f,
		     struct finding_target *target, struct err *err)
{
	if (read_techniques(store, id, f, err) != 0 ||
	    read_processes(store, id, f, target, err) != 0 ||
	    read_session(store, id, f, err) != 0 ||
	    read_indicator(store, id, f, err) != 0)
		return -1;
	return read_evidence(store, id, f, err);
}

int store_related(struct store *store, int64_t id, size_t limit, struct arena *arena,
		  struct related_finding **out, size_t *n, struct err *err)
{
	struct related_finding *list = arena_alloc(arena, (limit + 1) * sizeof(*list));
	struct binder b;
	int rc;

	*out = list;
	*n = 0;
	if (!start_parts(&b, store, SQL_GET_RELATED, id, err))
		return -1;
	bind_int(&b, (int64_t)limit);
	while ((rc = sqlite3_step(b.stmt)) == SQLITE_ROW && *n < limit) {
		int64_t level = column_int(b.stmt, 1, 0);

		list[(*n)++] = (struct related_finding){
			.id = sqlite3_column_int64(b.stmt, 0),
			.severity = level > 0 && level < SEV_MAX ? (enum severity)level
								 : SEV_INFO,
			.first_seen = column_int(b.stmt, 2, 0),
			.title = column_text(store, b.stmt, 3, arena),
			.summary = column_text(store, b.stmt, 4, arena),
			.why = column_text(store, b.stmt, 5, arena),
		};
	}
	return end_rows(&b, rc, err);
}
