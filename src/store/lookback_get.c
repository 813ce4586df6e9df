/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was seen, finding or not, for lists of indicators that come later. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "store/store_priv.h"

/* The program that the process ran then, and where that was. */
#define WHO                                                                           \
	"SELECT h.name, p.uid, p.pid, p.ppid, p.started, p.observed, i.exe, i.argv,"  \
	" i.argv_total, i.cwd, i.tty, i.user_id, i.auid, i.ses, c.container, c.name," \
	" c.image, c.image_digest, c.pod, c.namespace, c.runtime, "
#define WHERE_IT_IS                              \
	" LEFT JOIN hosts h ON h.id = p.host_id" \
	" LEFT JOIN containers c ON c.id = p.container_id"
#define IMAGE_OF(exe)                                                             \
	" LEFT JOIN images i ON i.process_id = p.id AND i.seq = (SELECT max(seq)" \
	"  FROM images m WHERE m.process_id = p.id AND m.exe = " exe ")"

static const char *const queries[LOOKBACK_MAX] = {
	[LOOKBACK_CONTENTS] =
		WHO "nullif(t.root, ''), t.time, t.serial, t.path, t.digest, t.kind,"
		    " t.verdict, t.manifest, t.size, NULL, NULL, NULL FROM contents t"
		    " JOIN processes p ON p.id = t.process_id" IMAGE_OF("t.exe")
			    WHERE_IT_IS " ORDER BY t.id",
	[LOOKBACK_FILES] =
		WHO "NULL, f.first_seen, coalesce((SELECT serial FROM evidence e"
		    "  WHERE e.finding_id = f.id ORDER BY n DESC LIMIT 1), 0),"
		    " f.path, f.sha256, coalesce(f.kind, 'binary'),"
		    " CASE substr(f.detector, 1, 5) WHEN 'added' THEN 'added'"
		    "  WHEN 'modif' THEN 'modified' WHEN 'built' THEN 'same'"
		    "  ELSE 'unjudged' END, f.manifest, NULL, NULL, NULL, NULL"
		    " FROM findings f JOIN processes p ON p.id = f.process_id"
		    " LEFT JOIN finding_processes q ON q.finding_id = f.id"
		    "  AND q.role = 'process' AND q.n = 0" IMAGE_OF("q.exe") WHERE_IT_IS
	" WHERE f.sha256 IS NOT NULL AND f.path IS NOT NULL ORDER BY f.id",
	[LOOKBACK_CONNECTIONS] = WHO
	"NULL, n.time, n.serial, NULL, NULL, NULL, NULL, NULL, NULL,"
	" n.remote_addr, n.direction, nullif(n.remote_port, 0)"
	" FROM connections n JOIN processes p ON p.id = n.process_id" IMAGE_OF("n.exe")
		WHERE_IT_IS " ORDER BY n.time, n.process_id",
	[LOOKBACK_COMMANDS] = WHO
	"NULL, coalesce(i.time, p.started), coalesce(i.serial, 0), NULL, NULL,"
	" NULL, NULL, NULL, NULL, NULL, NULL, NULL"
	" FROM images i JOIN processes p ON p.id = i.process_id" WHERE_IT_IS
	" WHERE i.argv IS NOT NULL ORDER BY i.process_id, i.seq",
};

struct lookback {
	struct store *store;
	sqlite3_stmt *stmt;
};

int store_lookback(struct store *store, enum lookback_kind kind, struct lookback **out,
		   struct err *err)
{
	sqlite3_stmt *stmt;

	*out = NULL;
	if (sqlite3_prepare_v2(store->db, queries[kind], -1, &stmt, NULL) != SQLITE_OK)
		return store_fail(store, err);
	*out = xcalloc(1, sizeof(**out));
	(*out)->store = store;
	(*out)->stmt = stmt;
	return 0;
}

void lookback_close(struct lookback **lookback)
{
	if (!*lookback)
		return;
	sqlite3_finalize((*lookback)->stmt);
	free(*lookback);
	*lookback = NULL;
}

static const char *text(const struct lookback *l, int col, struct arena *arena)
{
	return column_text(l->store, l->stmt, col, arena);
}

static void read_process(const struct lookback *l, struct arena *arena,
			 struct finding_process *p)
{
	p->uid = text(l, 1, arena);
	p->pid = column_int(l->stmt, 2, 0);
	p->ppid = column_int(l->stmt, 3, 0);
	p->started = column_int(l->stmt, 4, 0);
	p->observed = column_int(l->stmt, 5, 0) != 0;
	p->exe = text(l, 6, arena);
	p->argv = column_argv(l->store, l->stmt, 7, arena, &p->argc);
	p->argc_total = (uint64_t)column_int(l->stmt, 8, (int64_t)p->argc);
	p->cwd = text(l, 9, arena);
	p->tty = text(l, 10, arena);
	p->user_id = (uint32_t)column_int(l->stmt, 11, AUDIT_ID_UNSET);
	p->auid = (uint32_t)column_int(l->stmt, 12, AUDIT_ID_UNSET);
	p->ses = (uint32_t)column_int(l->stmt, 13, AUDIT_ID_UNSET);
}

static void read_container(const struct lookback *l, struct arena *arena,
			   struct finding_container *c)
{
	c->id = text(l, 14, arena);
	c->name = text(l, 15, arena);
	c->image = text(l, 16, arena);
	c->image_digest = text(l, 17, arena);
	c->pod = text(l, 18, arena);
	c->ns = text(l, 19, arena);
	c->runtime = text(l, 20, arena);
}

int lookback_next(struct lookback *l, struct arena *arena, struct lookback_item *out,
		  struct err *err)
{
	int rc = sqlite3_step(l->stmt);

	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : store_fail(l->store, err);
	*out = (struct lookback_item){ .host = text(l, 0, arena) };
	read_process(l, arena, &out->process);
	read_container(l, arena, &out->container);
	out->in_container = out->container.id != NULL;
	out->root = text(l, 21, arena);
	out->time = column_int(l->stmt, 22, 0);
	out->serial = (uint64_t)column_int(l->stmt, 23, 0);
	out->path = text(l, 24, arena);
	out->digest = text(l, 25, arena);
	out->kind = text(l, 26, arena);
	out->verdict = text(l, 27, arena);
	out->manifest = text(l, 28, arena);
	out->size = (uint64_t)column_int(l->stmt, 29, 0);
	out->remote_addr = text(l, 30, arena);
	out->direction = text(l, 31, arena);
	out->remote_port = (int32_t)column_int(l->stmt, 32, -1);
	return 1;
}
