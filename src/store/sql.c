/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binding and reading: the only road of strings into and out of SQL. */
#include <errno.h>
#include <string.h>

#include "base/compiler.h"
#include "base/escape.h"
#include "store/store_priv.h"

static const char *const statements[SQL_MAX] = {
#define STATEMENT(NAME, sql) [SQL_##NAME] = sql,
#include "store/statements.def"
#undef STATEMENT
};

/* What to say of a result code, https://www.sqlite.org/rescode.html */
struct problem {
	int code;
	const char *what;
};

static const struct problem problems[] = {
	{ SQLITE_FULL, "the disk is full: make room and run it again; "
		       "what was stored before is kept" },
	{ SQLITE_BUSY, "another process is writing to it: wait for it, "
		       "or give another file with -d" },
	{ SQLITE_LOCKED, "another process is writing to it: wait for it, "
			 "or give another file with -d" },
	{ SQLITE_READONLY, "it cannot be written: make the file and its folder writable, "
			   "or give another file with -d" },
	{ SQLITE_CANTOPEN, "it cannot be opened: see that the file and its folder "
			   "can be read and written" },
	{ SQLITE_PERM, "no permission: run as its owner, or give another file with -d" },
	{ SQLITE_NOTADB, "not an SQLite database: give another file with -d" },
	{ SQLITE_CORRUPT, "the database is damaged: save what `sqlite3 FILE .recover` "
			  "gives, and analyse the logs into a new file" },
};

int store_fail(struct store *store, struct err *err)
{
	int code = sqlite3_errcode(store->db) & 0xff;

	/* The shared-memory file does not fit either: IOERR, not FULL. */
	if (code == SQLITE_IOERR && sqlite3_system_errno(store->db) == ENOSPC)
		code = SQLITE_FULL;
	for (size_t i = 0; i < ARRAY_SIZE(problems); i++) {
		if (problems[i].code == code)
			return err_set(err, "%s: %s", store->path, problems[i].what);
	}
	return err_set(err, "%s: %s: see the disk and the system's log for errors",
		       store->path, sqlite3_errmsg(store->db));
}

sqlite3_stmt *store_statement(struct store *store, enum statement which, struct err *err)
{
	sqlite3_stmt **slot = &store->statements[which];

	if (!*slot &&
	    sqlite3_prepare_v3(store->db, statements[which], -1,
			       SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK) {
		store_fail(store, err);
		return NULL;
	}
	sqlite3_reset(*slot);
	return *slot;
}

bool bind_start(struct binder *b, struct store *store, enum statement which,
		struct err *err)
{
	*b = (struct binder){ .store = store, .rc = SQLITE_OK };
	b->stmt = store_statement(store, which, err);
	return b->stmt != NULL;
}

static void note(struct binder *b, int rc)
{
	if (b->rc == SQLITE_OK)
		b->rc = rc;
}

void bind_null(struct binder *b)
{
	note(b, sqlite3_bind_null(b->stmt, ++b->n));
}

void bind_int(struct binder *b, int64_t value)
{
	note(b, sqlite3_bind_int64(b->stmt, ++b->n, value));
}

void bind_int_if(struct binder *b, bool cond, int64_t value)
{
	if (cond)
		bind_int(b, value);
	else
		bind_null(b);
}

static void bind_bytes(struct binder *b, struct slice s, void (*how)(void *))
{
	note(b, sqlite3_bind_text64(b->stmt, ++b->n, s.ptr ? s.ptr : "", s.len, how,
				    SQLITE_UTF8));
}

void bind_static(struct binder *b, const char *str)
{
	if (str)
		bind_bytes(b, slice_str(str), SQLITE_STATIC);
	else
		bind_null(b);
}

void bind_text(struct binder *b, const char *str)
{
	if (!str || escape_is_plain(slice_str(str)))
		bind_static(b, str);
	else
		bind_copy(b, str);
}

void bind_copy(struct binder *b, const char *str)
{
	struct strbuf *text = &b->store->text;

	if (!str) {
		bind_null(b);
		return;
	}
	strbuf_clear(text);
	escape_add(text, slice_str(str));
	bind_bytes(b, strbuf_slice(text), SQLITE_TRANSIENT);
}

void bind_lines(struct binder *b, const char *str)
{
	struct strbuf *text = &b->store->text;

	if (!str) {
		bind_null(b);
		return;
	}
	strbuf_clear(text);
	for (;;) {
		size_t len = strcspn(str, "\n");

		escape_add(text, slice_make(str, len));
		if (str[len] == '\0')
			break;
		strbuf_add_char(text, '\n');
		str += len + 1;
	}
	bind_bytes(b, strbuf_slice(text), SQLITE_TRANSIENT);
}

/* Escaped text has no control bytes left: only two characters need care. */
static void add_json_string(struct strbuf *json, struct slice s)
{
	strbuf_add_char(json, '"');
	while (s.len > 0) {
		size_t run = 0;

		while (run < s.len && s.ptr[run] != '"' && s.ptr[run] != '\\')
			run++;
		strbuf_add(json, s.ptr, run);
		if (run < s.len) {
			strbuf_add_char(json, '\\');
			strbuf_add_char(json, s.ptr[run++]);
		}
		s = slice_skip(s, run);
	}
	strbuf_add_char(json, '"');
}

void bind_argv(struct binder *b, const char *const *argv, size_t argc)
{
	struct strbuf *text = &b->store->text, *json = &b->store->json;

	if (!argv) {
		bind_null(b);
		return;
	}
	strbuf_clear(json);
	strbuf_add_char(json, '[');
	for (size_t i = 0; i < argc; i++) {
		struct slice arg = slice_str(argv[i]);

		if (i > 0)
			strbuf_add_char(json, ',');
		if (!escape_is_plain(arg)) {
			strbuf_clear(text);
			escape_add(text, arg);
			arg = strbuf_slice(text);
		}
		add_json_string(json, arg);
	}
	strbuf_add_char(json, ']');
	bind_bytes(b, strbuf_slice(json), SQLITE_TRANSIENT);
}

int bind_run(struct binder *b, struct err *err)
{
	int rc = b->rc == SQLITE_OK ? sqlite3_step(b->stmt) : b->rc;

	if (rc == SQLITE_DONE || rc == SQLITE_ROW) {
		sqlite3_reset(b->stmt);
		return 0;
	}
	/* The message first: a reset may change what the handle remembers. */
	store_fail(b->store, err);
	sqlite3_reset(b->stmt);
	return -1;
}

int end_rows(struct binder *b, int rc, struct err *err)
{
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		store_fail(b->store, err);
	sqlite3_reset(b->stmt);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

const char *column_text(struct store *store, sqlite3_stmt *stmt, int col,
			struct arena *arena)
{
	const char *str = (const char *)sqlite3_column_text(stmt, col);
	struct slice s;

	if (!str)
		return NULL;
	s = slice_make(str, (size_t)sqlite3_column_bytes(stmt, col));
	if (!memchr(s.ptr, '\\', s.len))
		return arena_slice_dup(arena, s);
	strbuf_clear(&store->text);
	unescape_add(&store->text, s);
	return arena_slice_dup(arena, strbuf_slice(&store->text));
}

int64_t column_int(sqlite3_stmt *stmt, int col, int64_t absent)
{
	return sqlite3_column_type(stmt, col) == SQLITE_NULL
		       ? absent
		       : sqlite3_column_int64(stmt, col);
}

const char *const *column_argv(struct store *store, sqlite3_stmt *stmt, int col,
			       struct arena *arena, size_t *argc)
{
	sqlite3_stmt *unfold = store_statement(store, SQL_UNFOLD, NULL);
	const char *json = (const char *)sqlite3_column_text(stmt, col);
	size_t n = 0, cap = 8;
	const char **argv;

	*argc = 0;
	if (!json || !unfold)
		return NULL;
	argv = arena_alloc(arena, cap * sizeof(*argv));
	sqlite3_bind_text(unfold, 1, json, -1, SQLITE_TRANSIENT);
	while (sqlite3_step(unfold) == SQLITE_ROW) {
		const char *arg = column_text(store, unfold, 0, arena);

		if (n + 1 == cap) {
			const char **more = arena_alloc(arena, 2 * cap * sizeof(*argv));

			memcpy(more, argv, n * sizeof(*argv));
			argv = more;
			cap *= 2;
		}
		argv[n++] = arg ? arg : "";
	}
	sqlite3_reset(unfold);
	argv[n] = NULL;
	*argc = n;
	return argv;
}
