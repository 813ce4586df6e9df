/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A finding out of its rows. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "store/store_priv.h"

/* More than these are not read back, whoever wrote the file. */
enum {
	READ_TECHNIQUES_MAX = 32,
	READ_ANCESTRY_MAX = 512,
	READ_EVIDENCE_MAX = 65536,
	READ_FDS_MAX = 4096,
};

#define SELECT_FINDING                                                                    \
	"SELECT f.id, f.uid, f.detector, f.title, f.severity_level, f.confidence,"        \
	" f.first_seen, f.last_seen, f.count, h.name, f.summary, f.caveat, f.suppressed," \
	" f.manifest, f.path, f.kind, f.sha256, f.expected_sha256, f.how, f.origin,"      \
	" f.direction, f.family, f.remote_addr, f.remote_port, f.local_addr,"             \
	" f.local_port, f.mechanism, f.fds, f.data_path, c.container, c.name,"            \
	" c.image, c.image_digest, c.pod, c.namespace, c.runtime,"                        \
	" (SELECT container_via FROM processes p WHERE p.id = f.process_id), f.confirmed" \
	" FROM findings f LEFT JOIN hosts h ON h.id = f.host_id"                          \
	" LEFT JOIN containers c ON c.id = f.container_id"

/* The columns of the above, in its order. */
enum column {
	COL_ID,
	COL_UID,
	COL_DETECTOR,
	COL_TITLE,
	COL_LEVEL,
	COL_CONFIDENCE,
	COL_FIRST,
	COL_LAST,
	COL_COUNT,
	COL_HOST,
	COL_SUMMARY,
	COL_CAVEAT,
	COL_SUPPRESSED,
	COL_MANIFEST,
	COL_PATH,
	COL_KIND,
	COL_SHA256,
	COL_EXPECTED,
	COL_HOW,
	COL_ORIGIN,
	COL_DIRECTION,
	COL_FAMILY,
	COL_REMOTE_ADDR,
	COL_REMOTE_PORT,
	COL_LOCAL_ADDR,
	COL_LOCAL_PORT,
	COL_MECHANISM,
	COL_FDS,
	COL_DATA_PATH,
	COL_CONTAINER,
	COL_CONTAINER_NAME,
	COL_IMAGE,
	COL_IMAGE_DIGEST,
	COL_POD,
	COL_NAMESPACE,
	COL_RUNTIME,
	COL_VIA,
	COL_CONFIRMED,
};

static const char by_id[] = SELECT_FINDING " WHERE f.id = ?1";
static const char by_uid[] = SELECT_FINDING " WHERE f.uid = ?1";

/* A filter that is not set is bound as NULL. */
static const char by_filter[] = SELECT_FINDING
	" WHERE (?1 IS NULL OR f.severity_level >= ?1)"
	" AND (?2 IS NULL OR f.last_seen >= ?2)"
	" AND (?3 IS NULL OR f.first_seen < ?3)"
	" AND (?4 IS NULL OR f.detector = ?4)"
	" AND (?5 IS NULL OR EXISTS (SELECT 1 FROM finding_techniques t"
	"  JOIN techniques k ON k.id = t.technique WHERE t.finding_id = f.id"
	"  AND (k.id = ?5 OR k.older = ?5 OR substr(k.id, 1, length(?5) + 1) = ?5 || "
	"'.')))"
	" AND (?6 IS NULL OR h.name = ?6)"
	" AND (?7 IS NULL OR c.name = ?7 OR c.pod = ?7 OR c.image = ?7"
	"  OR substr(c.container, 1, length(?7)) = ?7)"
	" AND (?8 IS NOT NULL OR f.suppressed IS NULL)"
	" ORDER BY ";

static const struct {
	const char *name, *up, *down;
} orders[ORDERS] = {
#define BY(column) column ", f.first_seen, f.id", column " DESC, f.first_seen, f.id"
	[ORDER_TIME] = { "time", "f.first_seen, f.id", "f.first_seen DESC, f.id DESC" },
	[ORDER_SEVERITY] = { "severity", BY("f.severity_level") },
	[ORDER_COUNT] = { "count", BY("f.count") },
	[ORDER_DETECTOR] = { "detector", BY("f.detector") },
	[ORDER_HOST] = { "host", BY("h.name") },
	[ORDER_CONTAINER] = { "container", BY("coalesce(c.name, c.container)") },
	[ORDER_ID] = { "id", "f.id", "f.id DESC" },
#undef BY
};

const char *finding_order_name(enum finding_order order)
{
	return order < ORDERS ? orders[order].name : NULL;
}

bool finding_order_parse(const char *name, enum finding_order *out)
{
	for (size_t i = 0; i < ORDERS; i++) {
		if (strcmp(orders[i].name, name) != 0)
			continue;
		*out = (enum finding_order)i;
		return true;
	}
	return false;
}

struct finding_cursor {
	struct store *store;
	sqlite3_stmt *stmt;
};

int store_findings(struct store *store, const struct finding_filter *filter,
		   struct finding_cursor **out, struct err *err)
{
	struct binder b = { .store = store };
	struct finding_cursor *cursor;
	struct strbuf sql;
	int rc;

	*out = NULL;
	strbuf_init(&sql);
	strbuf_add_str(&sql, filter->uid ? by_uid : filter->id != 0 ? by_id : by_filter);
	if (!filter->uid && filter->id == 0)
		strbuf_add_str(&sql, filter->reverse ? orders[filter->order].down
						     : orders[filter->order].up);
	rc = sqlite3_prepare_v2(store->db, strbuf_str(&sql), -1, &b.stmt, NULL);
	strbuf_fini(&sql);
	if (rc != SQLITE_OK)
		return store_fail(store, err);
	if (filter->uid) {
		bind_copy(&b, filter->uid);
	} else if (filter->id != 0) {
		bind_int(&b, filter->id);
	} else {
		bind_int_if(&b, filter->has_severity, filter->severity);
		bind_int_if(&b, filter->since != 0, filter->since);
		bind_int_if(&b, filter->until != 0, filter->until);
		bind_copy(&b, filter->detector);
		bind_copy(&b, filter->technique);
		bind_copy(&b, filter->host);
		bind_copy(&b, filter->container);
		bind_int_if(&b, filter->suppressed, 1);
	}
	if (b.rc != SQLITE_OK) {
		store_fail(store, err);
		sqlite3_finalize(b.stmt);
		return -1;
	}
	cursor = xcalloc(1, sizeof(*cursor));
	cursor->store = store;
	cursor->stmt = b.stmt;
	*out = cursor;
	return 0;
}

void finding_cursor_close(struct finding_cursor **cursor)
{
	if (!*cursor)
		return;
	sqlite3_finalize((*cursor)->stmt);
	free(*cursor);
	*cursor = NULL;
}

/*
 * The catalog's row, or what the database remembers of a detector that
 * this version does not have (any more).
 */
static const struct detector_info *read_detector(struct store *store, const char *id,
						 const char *title, struct arena *arena)
{
	const struct detector_info *known = detector_find(id);
	struct detector_info *info;
	struct binder b;

	if (known)
		return known;
	info = arena_zalloc(arena, sizeof(*info));
	info->id = id;
	info->title = title;
	info->needs = info->description = info->response = info->honest = "";
	if (!bind_start(&b, store, SQL_GET_DETECTOR, NULL))
		return info;
	bind_text(&b, id);
	if (sqlite3_step(b.stmt) == SQLITE_ROW) {
		const char *severity = column_text(store, b.stmt, 1, arena);

		severity_parse(severity, &info->severity);
		info->needs = column_text(store, b.stmt, 2, arena);
		info->description = column_text(store, b.stmt, 3, arena);
		info->response = column_text(store, b.stmt, 4, arena);
	}
	sqlite3_reset(b.stmt);
	return info;
}

bool store_knows_detector(struct store *store, const char *id)
{
	struct binder b;
	bool known;

	if (!bind_start(&b, store, SQL_GET_DETECTOR, NULL))
		return false;
	bind_text(&b, id);
	known = sqlite3_step(b.stmt) == SQLITE_ROW;
	sqlite3_reset(b.stmt);
	return known;
}

static struct finding_target *read_target(struct store *store, sqlite3_stmt *stmt,
					  struct arena *arena)
{
	struct finding_target *t;

	if (sqlite3_column_type(stmt, COL_PATH) == SQLITE_NULL &&
	    sqlite3_column_type(stmt, COL_KIND) == SQLITE_NULL)
		return NULL;
	t = arena_zalloc(arena, sizeof(*t));
	t->path = column_text(store, stmt, COL_PATH, arena);
	t->kind = column_text(store, stmt, COL_KIND, arena);
	t->sha256 = column_text(store, stmt, COL_SHA256, arena);
	t->expected_sha256 = column_text(store, stmt, COL_EXPECTED, arena);
	t->how = column_text(store, stmt, COL_HOW, arena);
	t->origin = column_text(store, stmt, COL_ORIGIN, arena);
	return t;
}

static void read_fds(struct store *store, sqlite3_stmt *stmt, struct arena *arena,
		     struct finding_network *network)
{
	size_t n;
	const char *const *texts = column_argv(store, stmt, COL_FDS, arena, &n);
	int *fds;

	if (!texts || n > READ_FDS_MAX)
		return;
	fds = arena_alloc(arena, (n + 1) * sizeof(*fds));
	for (size_t i = 0; i < n; i++) {
		uint32_t fd;

		if (num_u32(slice_str(texts[i]), &fd) && fd <= INT32_MAX)
			fds[network->nfds++] = (int)fd;
	}
	network->fds = fds;
}

static const struct finding_network *read_network(struct store *store, sqlite3_stmt *stmt,
						  struct arena *arena)
{
	struct finding_network *n;
	bool any = false;

	for (int col = COL_DIRECTION; col <= COL_DATA_PATH; col++)
		any |= sqlite3_column_type(stmt, col) != SQLITE_NULL;
	if (!any)
		return NULL;
	n = arena_zalloc(arena, sizeof(*n));
	n->direction = column_text(store, stmt, COL_DIRECTION, arena);
	n->family = column_text(store, stmt, COL_FAMILY, arena);
	n->remote_addr = column_text(store, stmt, COL_REMOTE_ADDR, arena);
	n->remote_port = (int32_t)column_int(stmt, COL_REMOTE_PORT, -1);
	n->local_addr = column_text(store, stmt, COL_LOCAL_ADDR, arena);
	n->local_port = (int32_t)column_int(stmt, COL_LOCAL_PORT, -1);
	n->mechanism = column_text(store, stmt, COL_MECHANISM, arena);
	read_fds(store, stmt, arena, n);
	n->path = column_text(store, stmt, COL_DATA_PATH, arena);
	return n;
}

static const struct finding_container *read_container(struct store *store,
						      sqlite3_stmt *stmt,
						      struct arena *arena)
{
	struct finding_container *c;

	if (sqlite3_column_type(stmt, COL_CONTAINER) == SQLITE_NULL)
		return NULL;
	c = arena_zalloc(arena, sizeof(*c));
	c->id = column_text(store, stmt, COL_CONTAINER, arena);
	c->name = column_text(store, stmt, COL_CONTAINER_NAME, arena);
	c->image = column_text(store, stmt, COL_IMAGE, arena);
	c->image_digest = column_text(store, stmt, COL_IMAGE_DIGEST, arena);
	c->pod = column_text(store, stmt, COL_POD, arena);
	c->ns = column_text(store, stmt, COL_NAMESPACE, arena);
	c->runtime = column_text(store, stmt, COL_RUNTIME, arena);
	c->via = column_text(store, stmt, COL_VIA, arena);
	return c;
}

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

static struct finding *read_row(struct store *store, sqlite3_stmt *stmt)
{
	struct finding *f = finding_new((enum detector_id)0);
	struct arena *a = &f->arena;
	const char *id = column_text(store, stmt, COL_DETECTOR, a);
	const char *title = column_text(store, stmt, COL_TITLE, a);
	const char *confidence = column_text(store, stmt, COL_CONFIDENCE, a);
	int64_t level = column_int(stmt, COL_LEVEL, 0);

	f->detector = read_detector(store, id, title, a);
	f->severity = level >= 0 && level < SEV_MAX ? (enum severity)level : SEV_INFO;
	f->confidence = CONF_LOW;
	confidence_parse(confidence, &f->confidence);
	f->uid = column_text(store, stmt, COL_UID, a);
	f->first_seen = column_int(stmt, COL_FIRST, 0);
	f->last_seen = column_int(stmt, COL_LAST, 0);
	f->count = (uint64_t)column_int(stmt, COL_COUNT, 1);
	f->host = column_text(store, stmt, COL_HOST, a);
	f->summary = column_text(store, stmt, COL_SUMMARY, a);
	f->caveat = column_text(store, stmt, COL_CAVEAT, a);
	f->suppressed = column_text(store, stmt, COL_SUPPRESSED, a);
	f->confirmed = column_text(store, stmt, COL_CONFIRMED, a);
	f->manifest = column_text(store, stmt, COL_MANIFEST, a);
	f->network = read_network(store, stmt, a);
	f->container = read_container(store, stmt, a);
	return f;
}

int finding_cursor_next(struct finding_cursor *cursor, struct finding **out, int64_t *id,
			struct err *err)
{
	struct store *store = cursor->store;
	struct finding_target *target;
	struct finding *f;
	int rc = sqlite3_step(cursor->stmt);

	*out = NULL;
	if (rc == SQLITE_DONE)
		return 0;
	if (rc != SQLITE_ROW)
		return store_fail(store, err);
	*id = sqlite3_column_int64(cursor->stmt, COL_ID);
	f = read_row(store, cursor->stmt);
	target = read_target(store, cursor->stmt, &f->arena);
	f->target = target;
	if (read_techniques(store, *id, f, err) != 0 ||
	    read_processes(store, *id, f, target, err) != 0 ||
	    read_session(store, *id, f, err) != 0 ||
	    read_indicator(store, *id, f, err) != 0 ||
	    read_evidence(store, *id, f, err) != 0) {
		finding_free(&f);
		return -1;
	}
	*out = f;
	return 1;
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
