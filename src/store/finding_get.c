/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings out of their rows, in an order, through a filter. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "store/store_priv.h"

/* More are not read back, whoever wrote the file. */
enum { READ_FDS_MAX = 4096 };

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
	"  AND (k.id = upper(?5) OR k.older = upper(?5)"
	"  OR substr(k.id, 1, length(?5) + 1) = upper(?5) || '.')))"
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
	if (store_read_parts(store, *id, f, target, err) != 0) {
		finding_free(&f);
		return -1;
	}
	*out = f;
	return 1;
}
