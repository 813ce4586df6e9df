/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Process trees out of their rows. */
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/xalloc.h"
#include "store/store_priv.h"

/* More than these of one process are not read back. */
enum { READ_IMAGES_MAX = 1024, READ_MARKS_MAX = 64, SHORT_ID = 12 };

/*
 * ?1: the number or text of the filter, ?2: its time, ?3: its limit. A seed
 * need not use ?1 and ?2: ?3, which the rest uses, makes room for them.
 */
static const char *const seeds[] = {
	[SEED_FINDINGS] = "SELECT DISTINCT process_id FROM findings"
			  " WHERE process_id IS NOT NULL AND suppressed IS NULL",
	[SEED_FINDING] = "SELECT process_id FROM finding_processes"
			 " WHERE finding_id = ?1 AND role <> 'ancestor'"
			 " AND process_id IS NOT NULL",
	[SEED_PID] = "SELECT id FROM processes s WHERE pid = ?1 AND (?2 IS NULL OR"
		     " ((started IS NULL OR started <= ?2)"
		     " AND (ended IS NULL OR ended >= ?2)"
		     " AND NOT EXISTS (SELECT 1 FROM processes l WHERE l.pid = s.pid"
		     "  AND l.host_id = s.host_id AND l.started <= ?2"
		     "  AND l.started > s.started)))",
	[SEED_SESSION] = "SELECT DISTINCT process_id FROM images WHERE ses = ?1",
	[SEED_CONTAINER] = "SELECT p.id FROM containers c"
			   " JOIN processes p ON p.container_id = c.id"
			   " WHERE c.name = ?1 OR c.pod = ?1"
			   " OR substr(c.container, 1, length(?1)) = ?1",
};

/* UNION, not UNION ALL: a process that is its own ancestor ends there. */
#define SELECT_TREE(seed)                                                                        \
	"WITH RECURSIVE seed (id) AS (%s),"                                                      \
	" up (id) AS (SELECT id FROM seed UNION"                                                 \
	"  SELECT p.parent_id FROM up JOIN processes p ON p.id = up.id"                          \
	"  WHERE p.parent_id IS NOT NULL),"                                                      \
	" down (id) AS (SELECT id FROM seed UNION"                                               \
	"  SELECT p.id FROM down JOIN processes p ON p.parent_id = down.id),"                    \
	" chosen (id) AS (SELECT id FROM up UNION SELECT id FROM down)"                          \
	" SELECT p.id, p.parent_id, p.id IN seed, p.uid, h.name, p.boot, p.pid,"                 \
	" p.ppid, p.started, p.ended, p.start_seen, p.exit_code, p.observed,"                    \
	" c.name, c.container, p.container_via FROM chosen JOIN processes p ON p.id = chosen.id" \
	" LEFT JOIN hosts h ON h.id = p.host_id"                                                 \
	" LEFT JOIN containers c ON c.id = p.container_id"                                       \
	" ORDER BY p.id LIMIT ?3"

struct process_cursor {
	struct store *store;
	sqlite3_stmt *stmt;
};

int store_processes(struct store *store, const struct process_filter *filter,
		    struct process_cursor **out, struct err *err)
{
	struct binder b = { .store = store };
	char *sql = xasprintf(SELECT_TREE(seed), seeds[filter->seed]);
	int rc = sqlite3_prepare_v2(store->db, sql, -1, &b.stmt, NULL);

	*out = NULL;
	free(sql);
	if (rc != SQLITE_OK)
		return store_fail(store, err);
	if (filter->seed == SEED_CONTAINER)
		bind_copy(&b, filter->container);
	else
		bind_int(&b, filter->number);
	bind_int_if(&b, filter->at != 0, filter->at);
	bind_int(&b, (int64_t)filter->limit);
	*out = xcalloc(1, sizeof(**out));
	(*out)->store = store;
	(*out)->stmt = b.stmt;
	return 0;
}

void process_cursor_close(struct process_cursor **cursor)
{
	if (!*cursor)
		return;
	sqlite3_finalize((*cursor)->stmt);
	free(*cursor);
	*cursor = NULL;
}

static void read_image(struct store *store, sqlite3_stmt *stmt, struct arena *arena,
		       struct image_row *out)
{
	*out = (struct image_row){
		.seq = (uint32_t)sqlite3_column_int64(stmt, 0),
		.event.time = column_int(stmt, 1, 0),
		.event.serial = (uint64_t)column_int(stmt, 2, 0),
		.exe = column_text(store, stmt, 3, arena),
		.comm = column_text(store, stmt, 4, arena),
		.cwd = column_text(store, stmt, 5, arena),
		.tty = column_text(store, stmt, 6, arena),
		.user_id = (uint32_t)column_int(stmt, 9, AUDIT_ID_UNSET),
		.gid = (uint32_t)column_int(stmt, 10, AUDIT_ID_UNSET),
		.auid = (uint32_t)column_int(stmt, 11, AUDIT_ID_UNSET),
		.ses = (uint32_t)column_int(stmt, 12, AUDIT_ID_UNSET),
	};
	out->argv = column_argv(store, stmt, 7, arena, &out->argc);
	out->argc_total = (uint64_t)column_int(stmt, 8, (int64_t)out->argc);
}

/* Rows of one statement into an array in arena that doubles as it grows. */
static void *grow(struct arena *arena, void *old, size_t n, size_t size)
{
	void *more;

	/* n is a power of two (or 0) exactly when the array is full. */
	if (n & (n - 1))
		return old;
	more = arena_alloc(arena, (n ? 2 * n : 1) * size);
	if (old)
		memcpy(more, old, n * size);
	return more;
}

static int read_images(struct store *store, struct arena *arena,
		       struct process_item *item, struct err *err)
{
	struct image_row *list = NULL;
	struct binder b;
	int rc;

	if (!bind_start(&b, store, SQL_GET_IMAGES, err))
		return -1;
	bind_int(&b, item->id);
	while ((rc = sqlite3_step(b.stmt)) == SQLITE_ROW &&
	       item->nimages < READ_IMAGES_MAX) {
		list = grow(arena, list, item->nimages, sizeof(*list));
		read_image(store, b.stmt, arena, &list[item->nimages++]);
	}
	item->images = list;
	return end_rows(&b, rc, err);
}

static int read_marks(struct store *store, struct arena *arena, struct process_item *item,
		      struct err *err)
{
	struct process_mark *list = NULL;
	struct binder b;
	int rc;

	if (!bind_start(&b, store, SQL_GET_MARKS, err))
		return -1;
	bind_int(&b, item->id);
	while ((rc = sqlite3_step(b.stmt)) == SQLITE_ROW &&
	       item->nmarks < READ_MARKS_MAX) {
		int64_t level = column_int(b.stmt, 1, 0);

		list = grow(arena, list, item->nmarks, sizeof(*list));
		list[item->nmarks++] = (struct process_mark){
			.finding = sqlite3_column_int64(b.stmt, 0),
			.severity = level > 0 && level < SEV_MAX ? (enum severity)level
								 : SEV_INFO,
			.title = column_text(store, b.stmt, 2, arena),
		};
	}
	item->marks = list;
	return end_rows(&b, rc, err);
}

static void read_item(struct store *store, sqlite3_stmt *stmt, struct arena *arena,
		      struct process_item *out)
{
	struct process_row *row = &out->row;
	const char *container_name = column_text(store, stmt, 13, arena);
	const char *container_id = column_text(store, stmt, 14, arena);

	*out = (struct process_item){
		.id = sqlite3_column_int64(stmt, 0),
		.parent_id = column_int(stmt, 1, 0),
		.seed = sqlite3_column_int(stmt, 2),
		.container = container_name,
	};
	if (!container_name && container_id)
		out->container = arena_slice_dup(
			arena, slice_make(container_id, strnlen(container_id, SHORT_ID)));
	row->uid = column_text(store, stmt, 3, arena);
	row->host = column_text(store, stmt, 4, arena);
	row->boot = column_text(store, stmt, 5, arena);
	row->pid = column_int(stmt, 6, 0);
	row->ppid = column_int(stmt, 7, 0);
	row->started = column_int(stmt, 8, 0);
	row->ended = column_int(stmt, 9, 0);
	row->start_seen = sqlite3_column_int(stmt, 10);
	row->has_exit = sqlite3_column_type(stmt, 11) != SQLITE_NULL;
	row->exit_code = column_int(stmt, 11, 0);
	row->observed = sqlite3_column_int(stmt, 12);
	row->container_id = container_id;
	row->container_via = column_text(store, stmt, 15, arena);
}

int process_cursor_next(struct process_cursor *cursor, struct arena *arena,
			struct process_item *out, struct err *err)
{
	int rc = sqlite3_step(cursor->stmt);

	if (rc == SQLITE_DONE)
		return 0;
	if (rc != SQLITE_ROW)
		return store_fail(cursor->store, err);
	read_item(cursor->store, cursor->stmt, arena, out);
	if (read_images(cursor->store, arena, out, err) != 0 ||
	    read_marks(cursor->store, arena, out, err) != 0)
		return -1;
	return 1;
}
