/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit/store_folder.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/folder.h"
#include "unit/sample.h"

#define OK(call) ck_assert_msg((call) == 0, "%s", err.msg)

/* Of this test, which runs in a process of its own. */
static char *folder;
static char file[128];

const char *store_folder(void)
{
	return folder;
}

const char *store_path(void)
{
	return file;
}

void store_folder_make(void)
{
	folder = make_folder();
	snprintf(file, sizeof(file), "%s/a.db", folder);
}

void store_folder_drop(void)
{
	remove_folder(&folder);
}

struct store *store_opened(const char *path, enum store_mode mode)
{
	struct store *store;
	struct err err = { 0 };

	ck_assert_msg(store_open(path, mode, &store, &err) == 0, "%s", err.msg);
	return store;
}

const char *store_refused(const char *path, enum store_mode mode)
{
	static struct err err;
	struct store *store;

	err.msg[0] = '\0';
	ck_assert_int_eq(store_open(path, mode, &store, &err), -1);
	ck_assert_ptr_null(store);
	ck_assert_msg(strncmp(err.msg, path, strlen(path)) == 0, "%s", err.msg);
	ck_assert_ptr_null(strchr(err.msg, '\n'));
	return err.msg;
}

void store_execute(const char *sql)
{
	sqlite3 *db;
	char *message = NULL;

	ck_assert_int_eq(sqlite3_open(file, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &message);
	ck_assert_msg(!message, "%s", message);
	sqlite3_close(db);
}

int64_t store_asked(const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	int64_t value = -1;

	ck_assert_int_eq(sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL),
			 SQLITE_OK);
	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s",
		      sqlite3_errmsg(db));
	if (sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}

static void dump_table(sqlite3 *db, const char *name, struct strbuf *out)
{
	/* The rows' order is that of the first columns, which are the keys. */
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" ORDER BY 1, 2%s", name,
				    strcmp(name, "finding_processes") == 0 ? ", 3" : "");
	sqlite3_stmt *rows;

	strbuf_printf(out, "%s\n", sql);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
	while (sqlite3_step(rows) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(rows); i++) {
			const char *text = (const char *)sqlite3_column_text(rows, i);

			strbuf_printf(out, "%d:%s|", sqlite3_column_type(rows, i),
				      text ? text : "");
		}
		strbuf_add_char(out, '\n');
	}
	sqlite3_finalize(rows);
	sqlite3_free(sql);
}

void store_dump(struct strbuf *out)
{
	sqlite3_stmt *tables;
	sqlite3 *db;

	strbuf_init(out);
	ck_assert_int_eq(sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL),
			 SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db,
					    "SELECT name FROM sqlite_master"
					    " WHERE type = 'table' ORDER BY name",
					    -1, &tables, NULL),
			 SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW)
		dump_table(db, (const char *)sqlite3_column_text(tables, 0), out);
	sqlite3_finalize(tables);
	sqlite3_close(db);
}

/* ---- what a log would give ---- */

void store_fill_tree(struct store *store)
{
	static const char *const argv[] = { "bash", "-c", "a \"b\" \\ \x1b", NULL };
	static const char *const env[] = { "LD_PRELOAD=/tmp/.x.so", NULL };
	struct err err = { 0 };
	struct process_row parent = { .uid = "p-800",
				      .host = "node1",
				      .boot = "0",
				      .pid = 800,
				      .ppid = 1,
				      .started = 1000,
				      .observed = true };
	struct process_row child = { .uid = "p-812",
				     .parent_uid = "p-800",
				     .host = "node1",
				     .boot = "0",
				     .pid = 812,
				     .ppid = 800,
				     .started = 2000,
				     .start_seen = true,
				     .observed = true,
				     .container_id = "c1",
				     .container_via = "exec" };
	struct image_row image = { .process_uid = "p-812",
				   .seq = 0,
				   .exe = "/usr/sbin/nginx",
				   .user_id = 33,
				   .gid = 33,
				   .auid = AUDIT_ID_UNSET,
				   .ses = AUDIT_ID_UNSET };

	/* The child comes first, and its end is learned later. */
	OK(store_put_process(store, &child, &err));
	OK(store_put_image(store, &image, &err));
	image.seq = 1;
	image.exe = "/usr/bin/bash";
	image.argv = argv;
	image.argc = 3;
	image.argc_total = 3;
	image.argv_rest = "aa11";
	image.event = (struct event_id){ "node1", 2100, 77 };
	OK(store_put_image(store, &image, &err));
	/* What is told live comes later, and alone. */
	image.env = env;
	image.nenv = 1;
	OK(store_put_image(store, &image, &err));
	OK(store_put_process(store, &parent, &err));
	child.ended = 3000;
	child.has_exit = true;
	child.exit_code = 1;
	child.container_via = NULL;
	OK(store_put_process(store, &child, &err));
}

static void put_rest(struct store *store)
{
	struct err err = { 0 };
	struct source_row source = { .path = "/var/log/audit/audit.log",
				     .fingerprint = "ab",
				     .bytes = 10,
				     .records = 2,
				     .events = 1,
				     .first = 1000,
				     .last = 3000 };
	struct source_row empty = { .path = "/tmp/empty" };
	struct health_row health = { .host = "node1",
				     .kind = "incomplete_events",
				     .count = 3,
				     .first = 1000,
				     .last = 2000 };
	struct manifest_row manifest = { "web:1.4", "/tmp/web.mtree", NULL, 12 };
	struct finding_container container = { .id = "c1", .name = "web" };

	OK(store_put_source(store, &source, &err));
	OK(store_put_source(store, &empty, &err));
	OK(store_put_health(store, &health, &err));
	OK(store_put_manifest(store, &manifest, &err));
	OK(store_put_container(store, "node1", &container, &err));
}

static void put_sample(struct store *store, struct finding *f)
{
	struct err err = { 0 };

	OK(store_put_finding(store, f, &err));
	if (f->confirmed)
		OK(store_confirm_finding(store, f->uid, f->confirmed, &err));
	finding_free(&f);
}

void store_fill(struct store *store)
{
	struct err err = { 0 };

	OK(store_begin(store, &err));
	store_fill_tree(store);
	put_rest(store);
	put_sample(store, sample_shell());
	put_sample(store, sample_hostile());
	put_sample(store, sample_bare());
	OK(store_commit(store, &err));
}
