/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A finding into its rows. */
#include "base/compiler.h"
#include "store/store_priv.h"

/* The finding's row as far as it is there. */
struct stored {
	int64_t id, count, nevidence; /* id 0: not there */
};

static int find_stored(struct store *store, const char *uid, struct stored *out,
		       struct err *err)
{
	struct binder b;
	int rc;

	*out = (struct stored){ 0 };
	if (!bind_start(&b, store, SQL_FIND_FINDING, err))
		return -1;
	bind_text(&b, uid);
	rc = b.rc == SQLITE_OK ? sqlite3_step(b.stmt) : b.rc;
	if (rc == SQLITE_ROW)
		*out = (struct stored){ sqlite3_column_int64(b.stmt, 0),
					sqlite3_column_int64(b.stmt, 1),
					sqlite3_column_int64(b.stmt, 2) };
	else if (rc != SQLITE_DONE)
		store_fail(store, err);
	sqlite3_reset(b.stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

static int widen(struct store *store, int64_t id, const struct finding *f,
		 struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_WIDEN_FINDING, err))
		return -1;
	bind_int(&b, id);
	bind_int_if(&b, f->first_seen != 0, f->first_seen);
	bind_int_if(&b, f->last_seen != 0, f->last_seen);
	return bind_run(&b, err);
}

static void bind_target(struct binder *b, const struct finding_target *target)
{
	static const struct finding_target none;
	const struct finding_target *t = target ? target : &none;

	bind_text(b, t->path);
	bind_text(b, t->kind);
	bind_text(b, t->sha256);
	bind_text(b, t->expected_sha256);
	bind_text(b, t->how);
	bind_text(b, t->origin);
}

/* JSON array of the descriptors' numbers. */
static void bind_fds(struct binder *b, const int *fds, size_t nfds)
{
	struct strbuf sb;

	if (nfds == 0) {
		bind_null(b);
		return;
	}
	strbuf_init(&sb);
	for (size_t i = 0; i < nfds; i++)
		strbuf_printf(&sb, "%s%d", i == 0 ? "[" : ",", fds[i]);
	strbuf_add_char(&sb, ']');
	bind_copy(b, strbuf_str(&sb));
	strbuf_fini(&sb);
}

static void bind_network(struct binder *b, const struct finding_network *network)
{
	static const struct finding_network none = { .remote_port = -1,
						     .local_port = -1 };
	const struct finding_network *n = network ? network : &none;

	bind_text(b, n->direction);
	bind_text(b, n->family);
	bind_text(b, n->remote_addr);
	bind_int_if(b, n->remote_port >= 0, n->remote_port);
	bind_text(b, n->local_addr);
	bind_int_if(b, n->local_port >= 0, n->local_port);
	bind_text(b, n->mechanism);
	bind_fds(b, n->fds, n->nfds);
	bind_text(b, n->path);
}

/* What the row refers to. */
struct refs {
	int64_t host, process, container; /* process, container 0: none */
};

static int find_refs(struct store *store, const struct finding *f, struct refs *out,
		     struct err *err)
{
	*out = (struct refs){ .host = store_host_id(store, f->host, err) };
	if (out->host < 0)
		return -1;
	if (f->process && f->process->uid)
		out->process = store_process_id(store, out->host, f->process->uid,
						f->process->pid, err);
	if (f->container && f->container->id) {
		if (store_put_container(store, f->host, f->container, err) != 0)
			return -1;
		out->container =
			store_container_id(store, out->host, f->container->id, err);
	}
	return out->process < 0 || out->container < 0 ? -1 : 0;
}

static int put_row(struct store *store, const struct finding *f, const struct refs *refs,
		   struct err *err)
{
	struct binder b;

	/* An owner's rule is in no catalog. */
	if (detector_find(f->detector->id) != f->detector &&
	    store_put_detector(store, f->detector, err) != 0)
		return -1;
	if (!bind_start(&b, store, SQL_PUT_FINDING, err))
		return -1;
	bind_text(&b, f->uid);
	bind_text(&b, f->detector->id);
	bind_text(&b, f->detector->title);
	bind_static(&b, severity_name(f->severity));
	bind_int(&b, f->severity);
	bind_static(&b, confidence_name(f->confidence));
	bind_int_if(&b, f->first_seen != 0, f->first_seen);
	bind_int_if(&b, f->last_seen != 0, f->last_seen);
	bind_int(&b, (int64_t)f->count);
	bind_int(&b, refs->host);
	bind_int_if(&b, refs->process > 0, refs->process);
	bind_int_if(&b, refs->container > 0, refs->container);
	bind_text(&b, f->summary);
	bind_text(&b, f->caveat);
	bind_text(&b, f->manifest);
	bind_target(&b, f->target);
	bind_network(&b, f->network);
	bind_text(&b, f->suppressed);
	return bind_run(&b, err);
}

/* Drops what hangs on the finding, for put_parts to put it anew. */
static int drop_parts(struct store *store, int64_t id, struct err *err)
{
	static const enum statement drops[] = { SQL_DROP_TECHNIQUES, SQL_DROP_PROCESSES,
						SQL_DROP_EVIDENCE };

	for (size_t i = 0; i < ARRAY_SIZE(drops); i++) {
		struct binder b;

		if (!bind_start(&b, store, drops[i], err))
			return -1;
		bind_int(&b, id);
		if (bind_run(&b, err) != 0)
			return -1;
	}
	return 0;
}

/* One process of the finding's; where: its role and place. */
struct place {
	int64_t finding, host;
	const char *role;
	size_t n;
};

static int put_process(struct store *store, const struct place *where,
		       const struct finding_process *p, struct err *err)
{
	int64_t id = 0;
	struct binder b;

	if (p->uid)
		id = store_process_id(store, where->host, p->uid, p->pid, err);
	if (id < 0 || !bind_start(&b, store, SQL_ADD_FINDING_PROCESS, err))
		return -1;
	bind_int(&b, where->finding);
	bind_static(&b, where->role);
	bind_int(&b, (int64_t)where->n);
	bind_int_if(&b, id > 0, id);
	bind_int_if(&b, p->pid > 0, p->pid);
	bind_int_if(&b, p->ppid > 0 || (p->ppid == 0 && p->observed), p->ppid);
	bind_text(&b, p->exe);
	bind_text(&b, p->comm);
	bind_text(&b, p->cwd);
	bind_text(&b, p->tty);
	bind_argv(&b, p->argv, p->argc);
	bind_int_if(&b, p->argc_total > p->argc, (int64_t)p->argc_total);
	bind_int_if(&b, p->observed && p->user_id != AUDIT_ID_UNSET, p->user_id);
	bind_text(&b, p->uid_name);
	bind_int_if(&b, p->observed && p->auid != AUDIT_ID_UNSET, p->auid);
	bind_int_if(&b, p->observed && p->ses != AUDIT_ID_UNSET, p->ses);
	bind_int_if(&b, p->started != 0, p->started);
	bind_int(&b, p->observed);
	return bind_run(&b, err);
}

static int put_processes(struct store *store, int64_t id, int64_t host,
			 const struct finding *f, struct err *err)
{
	struct place where = { .finding = id, .host = host, .role = "process" };

	if (f->process && put_process(store, &where, f->process, err) != 0)
		return -1;
	where.role = "ancestor";
	for (where.n = 0; where.n < f->nancestry; where.n++) {
		if (put_process(store, &where, f->ancestry[where.n], err) != 0)
			return -1;
	}
	where.role = "writer";
	where.n = 0;
	if (f->target && f->target->writer)
		return put_process(store, &where, f->target->writer, err);
	return 0;
}

static int put_techniques(struct store *store, int64_t id, const struct finding *f,
			  struct err *err)
{
	for (size_t i = 0; i < f->ntechniques; i++) {
		struct binder b;

		if (!bind_start(&b, store, SQL_ADD_TECHNIQUE, err))
			return -1;
		bind_int(&b, id);
		bind_static(&b, technique_info(f->techniques[i])->id);
		bind_int(&b, (int64_t)i);
		if (bind_run(&b, err) != 0)
			return -1;
	}
	return 0;
}

static int put_evidence(struct store *store, int64_t id, const struct finding *f,
			struct err *err)
{
	for (size_t i = 0; i < f->nevidence; i++) {
		const struct finding_evidence *e = &f->evidence[i];
		struct binder b;

		if (!bind_start(&b, store, SQL_ADD_EVIDENCE, err))
			return -1;
		bind_int(&b, id);
		bind_int(&b, (int64_t)i);
		bind_text(&b, e->id.node);
		bind_int(&b, e->id.time);
		bind_int(&b, (int64_t)e->id.serial);
		bind_text(&b, e->what);
		bind_lines(&b, e->raw);
		if (bind_run(&b, err) != 0)
			return -1;
	}
	return 0;
}

static int put_indicator(struct store *store, int64_t id,
			 const struct finding_indicator *indicator, struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_PUT_INDICATOR, err))
		return -1;
	bind_int(&b, id);
	bind_static(&b, indicator->kind);
	bind_text(&b, indicator->value);
	bind_text(&b, indicator->name);
	bind_text(&b, indicator->author);
	bind_text(&b, indicator->source);
	bind_int_if(&b, indicator->imported != 0, indicator->imported);
	return bind_run(&b, err);
}

static int put_session_row(struct store *store, int64_t id,
			   const struct finding_session *s, struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_PUT_SESSION, err))
		return -1;
	bind_int(&b, id);
	bind_int_if(&b, s->started != 0, s->started);
	bind_int_if(&b, s->last != 0, s->last);
	bind_int_if(&b, s->ended != 0, s->ended);
	bind_int(&b, (int64_t)s->commands);
	return bind_run(&b, err);
}

static int put_session(struct store *store, int64_t id, int64_t host,
		       const struct finding_session *s, struct err *err)
{
	if (put_session_row(store, id, s, err) != 0)
		return -1;
	for (size_t i = 0; i < s->n; i++) {
		int64_t process = store_process_id(store, host, s->list[i].uid,
						   s->list[i].pid, err);
		struct binder b;

		if (process < 0 || !bind_start(&b, store, SQL_ADD_COMMAND, err))
			return -1;
		bind_int(&b, id);
		bind_int(&b, process);
		bind_int(&b, s->list[i].seq);
		if (bind_run(&b, err) != 0)
			return -1;
	}
	return 0;
}

int store_put_session(struct store *store, const char *uid,
		      const struct finding_session *session, struct err *err)
{
	const struct finding times = { .first_seen = 0, .last_seen = session->last };
	int64_t id = 0, host = 0;
	struct binder b;
	int rc;

	if (!bind_start(&b, store, SQL_FIND_FINDING_HOST, err))
		return -1;
	bind_text(&b, uid);
	rc = b.rc == SQLITE_OK ? sqlite3_step(b.stmt) : b.rc;
	if (rc == SQLITE_ROW) {
		id = sqlite3_column_int64(b.stmt, 0);
		host = sqlite3_column_int64(b.stmt, 1);
	}
	if (end_rows(&b, rc, err) != 0)
		return -1;
	if (id == 0)
		return 0;
	return widen(store, id, &times, err) != 0
		       ? -1
		       : put_session(store, id, host, session, err);
}

int store_put_finding(struct store *store, const struct finding *finding, struct err *err)
{
	struct stored stored;
	struct refs refs;

	if (find_stored(store, finding->uid, &stored, err) != 0)
		return -1;
	if (stored.id != 0 && (stored.count > (int64_t)finding->count ||
			       stored.nevidence > (int64_t)finding->nevidence))
		return widen(store, stored.id, finding, err);
	if (find_refs(store, finding, &refs, err) != 0 ||
	    put_row(store, finding, &refs, err) != 0)
		return -1;
	if (stored.id == 0)
		stored.id = sqlite3_last_insert_rowid(store->db);
	else if (drop_parts(store, stored.id, err) != 0)
		return -1;
	if (put_techniques(store, stored.id, finding, err) != 0 ||
	    put_processes(store, stored.id, refs.host, finding, err) != 0)
		return -1;
	if (finding->indicator &&
	    put_indicator(store, stored.id, finding->indicator, err) != 0)
		return -1;
	if (finding->session &&
	    put_session(store, stored.id, refs.host, finding->session, err) != 0)
		return -1;
	return put_evidence(store, stored.id, finding, err);
}

int store_put_sha256(struct store *store, const char *finding_uid, const char *sha256,
		     struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_PUT_SHA256, err))
		return -1;
	bind_static(&b, finding_uid);
	bind_static(&b, sha256);
	return bind_run(&b, err);
}

int store_suppress_finding(struct store *store, const char *uid, const char *why,
			   struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_SUPPRESS_FINDING, err))
		return -1;
	bind_static(&b, uid);
	bind_static(&b, why);
	return bind_run(&b, err);
}

int store_confirm_finding(struct store *store, const char *finding_uid, const char *what,
			  struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_CONFIRM_FINDING, err))
		return -1;
	bind_static(&b, finding_uid);
	bind_text(&b, what);
	return bind_run(&b, err);
}

int store_count_finding(struct store *store, const char *uid, uint64_t count,
			stamp_ms last, struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_COUNT_FINDING, err))
		return -1;
	bind_text(&b, uid);
	bind_int(&b, (int64_t)count);
	bind_int_if(&b, last != 0, last);
	return bind_run(&b, err);
}
