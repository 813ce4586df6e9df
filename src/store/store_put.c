/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows that the state gives: processes, images, containers, sources. */
#include <string.h>

#include "store/store_priv.h"

static void *from_id(int64_t id)
{
	return (void *)(intptr_t)id;
}

static void remember(struct map **cache, struct slice key, int64_t id)
{
	if (map_count(*cache) >= ID_CACHE_MAX) {
		map_free(cache);
		*cache = map_new();
	}
	map_put(*cache, key, from_id(id));
}

/* Runs a SELECT of one id: the id, 0 when there is none, -1 on error. */
static int64_t find_id(struct binder *b, struct err *err)
{
	int64_t id = 0;
	int rc = b->rc == SQLITE_OK ? sqlite3_step(b->stmt) : b->rc;

	if (rc == SQLITE_ROW)
		id = sqlite3_column_int64(b->stmt, 0);
	else if (rc != SQLITE_DONE)
		id = store_fail(b->store, err);
	sqlite3_reset(b->stmt);
	return id;
}

/* Runs an INSERT: the new row's id, or -1. */
static int64_t add_id(struct binder *b, struct err *err)
{
	return bind_run(b, err) == 0 ? sqlite3_last_insert_rowid(b->store->db) : -1;
}

int64_t store_host_id(struct store *store, const char *host, struct err *err)
{
	int64_t id;
	struct binder b;

	if (!host)
		host = store->hostname;
	if (!host)
		return 0;
	id = (intptr_t)map_get(store->hosts, slice_str(host));
	if (id != 0)
		return id;
	if (!bind_start(&b, store, SQL_FIND_HOST, err))
		return -1;
	bind_text(&b, host);
	id = find_id(&b, err);
	if (id == 0) {
		if (!bind_start(&b, store, SQL_ADD_HOST, err))
			return -1;
		bind_text(&b, host);
		id = add_id(&b, err);
	}
	if (id > 0)
		remember(&store->hosts, slice_str(host), id);
	return id;
}

int64_t store_container_id(struct store *store, int64_t host, const char *container,
			   struct err *err)
{
	struct strbuf key;
	struct binder b;
	int64_t id;

	strbuf_init(&key);
	strbuf_printf(&key, "%lld %s", (long long)host, container);
	id = (intptr_t)map_get(store->containers, strbuf_slice(&key));
	if (id == 0 && bind_start(&b, store, SQL_FIND_CONTAINER, err)) {
		bind_text(&b, container);
		bind_int(&b, host);
		id = find_id(&b, err);
		if (id == 0 && bind_start(&b, store, SQL_ADD_CONTAINER, err)) {
			bind_text(&b, container);
			bind_int(&b, host);
			id = add_id(&b, err);
		}
		if (id > 0)
			remember(&store->containers, strbuf_slice(&key), id);
	}
	strbuf_fini(&key);
	return id > 0 ? id : -1;
}

int64_t store_process_id(struct store *store, int64_t host, const char *uid, int64_t pid,
			 struct err *err)
{
	int64_t id = (intptr_t)map_get(store->processes, slice_str(uid));
	struct binder b;

	if (id != 0)
		return id;
	if (!bind_start(&b, store, SQL_FIND_PROCESS, err))
		return -1;
	bind_text(&b, uid);
	id = find_id(&b, err);
	if (id == 0) {
		if (!bind_start(&b, store, SQL_ADD_PROCESS, err))
			return -1;
		bind_text(&b, uid);
		bind_int(&b, host);
		bind_int_if(&b, pid > 0, pid);
		id = add_id(&b, err);
	}
	if (id > 0)
		remember(&store->processes, slice_str(uid), id);
	return id;
}

int store_put_container(struct store *store, const char *host,
			const struct finding_container *row, struct err *err)
{
	int64_t host_id = store_host_id(store, host, err), id;
	struct binder b;

	if (host_id < 0 || !row->id)
		return host_id < 0 ? -1 : 0;
	id = store_container_id(store, host_id, row->id, err);
	if (id < 0 || !bind_start(&b, store, SQL_FILL_CONTAINER, err))
		return -1;
	bind_int(&b, id);
	bind_text(&b, row->name);
	bind_text(&b, row->image);
	bind_text(&b, row->image_digest);
	bind_text(&b, row->pod);
	bind_text(&b, row->ns);
	bind_text(&b, row->runtime);
	return bind_run(&b, err);
}

int store_put_process(struct store *store, const struct process_row *row, struct err *err)
{
	int64_t host = store_host_id(store, row->host, err), parent = 0, container = 0;
	struct binder b;

	if (host < 0)
		return -1;
	if (row->parent_uid)
		parent = store_process_id(store, host, row->parent_uid, row->ppid, err);
	if (row->container_id)
		container = store_container_id(store, host, row->container_id, err);
	if (parent < 0 || container < 0 || !bind_start(&b, store, SQL_PUT_PROCESS, err))
		return -1;
	bind_text(&b, row->uid);
	bind_int(&b, host);
	bind_text(&b, row->boot);
	bind_int_if(&b, parent > 0, parent);
	bind_int_if(&b, row->pid > 0, row->pid);
	/* 0 is the parent of the first process: a fact where there are records. */
	bind_int_if(&b, row->ppid > 0 || (row->ppid == 0 && row->observed), row->ppid);
	bind_int_if(&b, row->started != 0, row->started);
	bind_int_if(&b, row->ended != 0, row->ended);
	bind_int_if(&b, row->has_exit, row->exit_code);
	bind_int(&b, row->start_seen);
	bind_int(&b, row->observed);
	bind_int_if(&b, container > 0, container);
	bind_static(&b, row->container_via);
	/* An update leaves the 0: only then the id has to be asked for later. */
	sqlite3_set_last_insert_rowid(store->db, 0);
	if (bind_run(&b, err) != 0)
		return -1;
	if (sqlite3_last_insert_rowid(store->db) > 0)
		remember(&store->processes, slice_str(row->uid),
			 sqlite3_last_insert_rowid(store->db));
	else if (container > 0)
		store->unsettled = true;
	return 0;
}

int store_put_image(struct store *store, const struct image_row *row, struct err *err)
{
	int64_t process = store_process_id(store, 0, row->process_uid, 0, err);
	bool seen = row->event.serial != 0;
	struct binder b;

	if (process < 0 || !bind_start(&b, store, SQL_PUT_IMAGE, err))
		return -1;
	bind_int(&b, process);
	bind_int(&b, row->seq);
	bind_int_if(&b, seen && row->event.time != 0, row->event.time);
	bind_int_if(&b, seen, (int64_t)row->event.serial);
	bind_text(&b, row->exe);
	bind_text(&b, row->comm);
	bind_text(&b, row->cwd);
	bind_text(&b, row->tty);
	bind_argv(&b, row->argv, row->argc);
	bind_int_if(&b, row->argc_total > row->argc, (int64_t)row->argc_total);
	bind_int_if(&b, row->user_id != AUDIT_ID_UNSET, row->user_id);
	bind_int_if(&b, row->gid != AUDIT_ID_UNSET, row->gid);
	bind_int_if(&b, row->auid != AUDIT_ID_UNSET, row->auid);
	bind_int_if(&b, row->ses != AUDIT_ID_UNSET, row->ses);
	bind_argv(&b, row->env, row->nenv);
	bind_text(&b, row->argv_rest);
	return bind_run(&b, err);
}

int store_put_manifest(struct store *store, const struct manifest_row *row,
		       struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_PUT_MANIFEST, err))
		return -1;
	bind_text(&b, row->name);
	bind_text(&b, row->path);
	bind_text(&b, row->sha256);
	bind_int(&b, (int64_t)row->entries);
	return bind_run(&b, err);
}

int store_put_source(struct store *store, const struct source_row *row, struct err *err)
{
	struct binder b;

	if (!bind_start(&b, store, SQL_PUT_SOURCE, err))
		return -1;
	bind_text(&b, row->path);
	bind_text(&b, row->fingerprint);
	bind_int(&b, (int64_t)row->bytes);
	bind_int(&b, (int64_t)row->records);
	bind_int(&b, (int64_t)row->events);
	bind_int(&b, (int64_t)row->malformed);
	bind_int_if(&b, row->first != 0, row->first);
	bind_int_if(&b, row->last != 0, row->last);
	return bind_run(&b, err);
}

int store_put_health(struct store *store, const struct health_row *row, struct err *err)
{
	int64_t host = store_host_id(store, row->host, err);
	struct binder b;

	if (host < 0 || !bind_start(&b, store, SQL_PUT_HEALTH, err))
		return -1;
	bind_int(&b, host);
	bind_text(&b, row->kind);
	bind_int(&b, row->first);
	bind_int_if(&b, row->last != 0, row->last);
	bind_int(&b, (int64_t)row->count);
	bind_text(&b, row->detail);
	return bind_run(&b, err);
}

int store_put_content(struct store *store, const struct content_row *row, struct err *err)
{
	int64_t host = store_host_id(store, row->host, err), container = 0, process;
	struct binder b;

	if (host < 0)
		return -1;
	if (row->container_id)
		container = store_container_id(store, host, row->container_id, err);
	process = store_process_id(store, host, row->process_uid, row->pid, err);
	if (container < 0 || process < 0 || !bind_start(&b, store, SQL_PUT_CONTENT, err))
		return -1;
	bind_int(&b, host);
	bind_int(&b, container);
	bind_text(&b, row->root ? row->root : "");
	bind_text(&b, row->path);
	bind_text(&b, row->digest);
	bind_int_if(&b, row->size != 0, (int64_t)row->size);
	bind_static(&b, row->kind);
	bind_static(&b, row->verdict);
	bind_text(&b, row->manifest);
	bind_int(&b, process);
	bind_text(&b, row->exe);
	bind_int(&b, row->time);
	bind_int(&b, (int64_t)row->serial);
	return bind_run(&b, err);
}

int store_put_connection(struct store *store, const struct connection_row *row,
			 struct err *err)
{
	int64_t host = store_host_id(store, row->host, err), process;
	struct binder b;

	if (host < 0)
		return -1;
	process = store_process_id(store, host, row->process_uid, row->pid, err);
	if (process < 0 || !bind_start(&b, store, SQL_PUT_CONNECTION, err))
		return -1;
	bind_int(&b, process);
	bind_text(&b, row->remote_addr);
	bind_int(&b, row->remote_port);
	bind_static(&b, row->direction);
	bind_text(&b, row->exe);
	bind_int(&b, row->time);
	bind_int(&b, (int64_t)row->serial);
	return bind_run(&b, err);
}

static void copy_column(struct store *store, sqlite3_stmt *stmt, int col, char *out,
			size_t size)
{
	struct arena arena;
	const char *text;

	arena_init(&arena);
	text = column_text(store, stmt, col, &arena);
	out[0] = '\0';
	if (text && strlen(text) < size)
		memcpy(out, text, strlen(text) + 1);
	arena_fini(&arena);
}

int store_find_living(struct store *store, const char *host, int64_t pid,
		      struct living_row *out, struct err *err)
{
	int64_t host_id = store_host_id(store, host[0] ? host : NULL, err);
	struct binder b;
	int rc;

	if (host_id < 0 || !bind_start(&b, store, SQL_FIND_LIVING, err))
		return -1;
	bind_int(&b, pid);
	bind_int(&b, host_id);
	rc = b.rc == SQLITE_OK ? sqlite3_step(b.stmt) : b.rc;
	if (rc == SQLITE_ROW) {
		copy_column(store, b.stmt, 0, out->uid, sizeof(out->uid));
		out->started = column_int(b.stmt, 1, 0);
		out->start_seen = column_int(b.stmt, 2, 0) != 0;
		out->seq = (uint32_t)column_int(b.stmt, 3, 0);
		copy_column(store, b.stmt, 4, out->exe, sizeof(out->exe));
	} else if (rc != SQLITE_DONE) {
		store_fail(store, err);
	}
	sqlite3_reset(b.stmt);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}
