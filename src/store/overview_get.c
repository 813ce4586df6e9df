/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report tells beside the findings: containers, and what was read. */
#include "store/store_priv.h"

static void read_container(struct store *store, sqlite3_stmt *stmt, struct arena *arena,
			   struct container_item *out)
{
	int64_t level = column_int(stmt, 10, -1);

	*out = (struct container_item){
		.host = column_text(store, stmt, 0, arena),
		.row.id = column_text(store, stmt, 1, arena),
		.row.name = column_text(store, stmt, 2, arena),
		.row.image = column_text(store, stmt, 3, arena),
		.row.image_digest = column_text(store, stmt, 4, arena),
		.row.pod = column_text(store, stmt, 5, arena),
		.row.ns = column_text(store, stmt, 6, arena),
		.row.runtime = column_text(store, stmt, 7, arena),
		.processes = (uint64_t)column_int(stmt, 8, 0),
		.findings = (uint64_t)column_int(stmt, 9, 0),
		.has_worst = level >= 0 && level < SEV_MAX,
		.worst = level >= 0 && level < SEV_MAX ? (enum severity)level : SEV_INFO,
	};
}

int store_containers(struct store *store, size_t limit, struct arena *arena,
		     struct container_item **out, size_t *n, struct err *err)
{
	struct container_item *list = arena_alloc(arena, (limit + 1) * sizeof(*list));
	struct binder b;
	int rc;

	*out = list;
	*n = 0;
	if (!bind_start(&b, store, SQL_GET_CONTAINERS, err))
		return -1;
	bind_int(&b, (int64_t)limit);
	while ((rc = sqlite3_step(b.stmt)) == SQLITE_ROW && *n < limit)
		read_container(store, b.stmt, arena, &list[(*n)++]);
	return end_rows(&b, rc, err);
}

int store_health(struct store *store, size_t limit, struct arena *arena,
		 struct health_item **out, size_t *n, struct err *err)
{
	struct health_item *list = arena_alloc(arena, (limit + 1) * sizeof(*list));
	struct binder b;
	int rc;

	*out = list;
	*n = 0;
	if (!bind_start(&b, store, SQL_GET_HEALTH, err))
		return -1;
	bind_int(&b, (int64_t)limit);
	while ((rc = sqlite3_step(b.stmt)) == SQLITE_ROW && *n < limit) {
		list[(*n)++] = (struct health_item){
			.kind = column_text(store, b.stmt, 0, arena),
			.host = column_text(store, b.stmt, 1, arena),
			.detail = column_text(store, b.stmt, 2, arena),
			.count = (uint64_t)column_int(b.stmt, 3, 0),
			.first = column_int(b.stmt, 4, 0),
			.last = column_int(b.stmt, 5, 0),
		};
	}
	return end_rows(&b, rc, err);
}
