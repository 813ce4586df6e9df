/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is stored, and what is read back. */
#include "store/query.h"

#include <check.h>
#include <sqlite3.h>
#include <string.h>

#include "base/compiler.h"
#include "store/schema.h"
#include "store/store_priv.h"
#include "unit/sample.h"
#include "unit/store_folder.h"

#define OK(call) ck_assert_msg((call) == 0, "%s", err.msg)

static struct store *filled(enum store_mode mode)
{
	struct store *store = store_opened(store_path(), STORE_WRITE);

	store_fill(store);
	if (mode == STORE_READ) {
		store_close(&store);
		store = store_opened(store_path(), STORE_READ);
	}
	return store;
}

/* ---- the same again ---- */

START_TEST(storing_again_changes_nothing)
{
	struct store *store = filled(STORE_WRITE);
	struct strbuf before, after;

	store_close(&store);
	store_dump(&before);
	for (int i = 0; i < 2; i++) {
		store = store_opened(store_path(), STORE_WRITE);
		store_fill(store);
		store_fill(store);
		store_close(&store);
	}
	store_dump(&after);
	ck_assert_uint_gt(before.len, 4000);
	ck_assert_str_eq(strbuf_str(&before), strbuf_str(&after));
	strbuf_fini(&before);
	strbuf_fini(&after);
}
END_TEST

START_TEST(what_is_learned_later_is_added)
{
	struct store *store = filled(STORE_WRITE);

	store_close(&store);
	ck_assert_int_eq(store_asked(
				 "SELECT count(*) FROM processes WHERE uid = 'p-812' AND"
				 " ended = 3000 AND exit_code = 1 AND started = 2000"),
			 1);
	ck_assert_int_eq(store_asked("SELECT p.pid FROM processes c JOIN processes p"
				     " ON p.id = c.parent_id WHERE c.uid = 'p-812'"),
			 800);
	/* p-800 was known as a parent before it was seen: one row, now observed. */
	ck_assert_int_eq(
		store_asked("SELECT observed FROM processes WHERE uid = 'p-800'"), 1);
	ck_assert_int_eq(store_asked(
				 "SELECT count(*) FROM images WHERE exe = '/usr/bin/bash'"
				 " AND json_array_length(argv) = 3"),
			 1);
}
END_TEST

START_TEST(a_finding_only_grows)
{
	struct store *store = filled(STORE_WRITE);
	struct finding *f = sample_shell();
	struct err err = { 0 };

	OK(store_begin(store, &err));
	f->nevidence = 1;
	f->summary = "less was known";
	f->first_seen -= 5000;
	OK(store_put_finding(store, f, &err));
	f->nevidence = 2;
	f->count = 9;
	f->summary = "more is known";
	OK(store_put_finding(store, f, &err));
	f->nevidence = 1;
	f->count = 8;
	f->summary = "less was known";
	OK(store_put_finding(store, f, &err));
	OK(store_commit(store, &err));
	finding_free(&f);
	store_close(&store);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM findings"), 3);
	ck_assert_int_eq(
		store_asked("SELECT count(*) FROM findings WHERE id = 1 AND count = 9"
			    " AND summary = 'more is known'"
			    " AND first_seen = 1795303553915"),
		1);
	ck_assert_int_eq(
		store_asked("SELECT count(*) FROM evidence WHERE finding_id = 1"), 2);
}
END_TEST

/* The session of the sample's shell, p-812, as news of it come in. */
static void put_news(struct store *store, const struct finding_session *news)
{
	struct err err = { 0 };

	OK(store_begin(store, &err));
	OK(store_put_session(store, "11112222333344445555666677778888", news, &err));
	OK(store_commit(store, &err));
}

static void check_session(void)
{
	struct store *store = store_opened(store_path(), STORE_READ);
	const struct finding_filter filter = { .id = 1 };
	const struct finding_session *s;
	struct finding_cursor *cursor;
	struct finding *f;
	struct err err = { 0 };
	int64_t id;

	OK(store_findings(store, &filter, &cursor, &err));
	ck_assert_int_eq(finding_cursor_next(cursor, &f, &id, &err), 1);
	s = f->session;
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(s->started, 2000);
	ck_assert_int_eq(s->last, 3000);
	ck_assert_int_eq(s->ended, 3000);
	ck_assert_uint_eq(s->commands, 1200);
	ck_assert_uint_eq(s->n, 2);
	/* p-812 ran bash last, and its end is that of bash. */
	ck_assert_str_eq(s->list[1].uid, "p-812");
	ck_assert_str_eq(s->list[1].exe, "/usr/bin/bash");
	ck_assert_int_eq(s->list[1].ended, 3000);
	ck_assert(s->list[1].has_exit && s->list[1].exit_code == 1);
	ck_assert(!s->list[0].has_exit && s->list[0].ended == 0);
	finding_free(&f);
	finding_cursor_close(&cursor);
	store_close(&store);
}

START_TEST(a_session_grows)
{
	const struct finding_command first = { .uid = "p-812", .pid = 812, .seq = 0 };
	const struct finding_command second = { .uid = "p-812", .pid = 812, .seq = 1 };
	const struct finding_session news[] = {
		{ .started = 2000, .last = 2000, .commands = 1, .list = &first, .n = 1 },
		{ .started = 2000, .last = 2500, .commands = 2, .list = &second, .n = 1 },
		{ .started = 2000, .last = 2600, .commands = 1200 },
		{ .started = 2000, .last = 3000, .ended = 3000, .commands = 1200 },
	};
	struct store *store = filled(STORE_WRITE);

	/* Read twice, as when the log is analysed again. */
	for (size_t i = 0; i < 2 * ARRAY_SIZE(news); i++)
		put_news(store, &news[i % ARRAY_SIZE(news)]);
	store_close(&store);
	check_session();
	ck_assert_int_eq(store_asked("SELECT count(*) FROM sessions"), 1);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM v_session_commands"), 2);
	ck_assert_int_eq(store_asked("SELECT seconds = 1.0 FROM v_sessions"), 1);
}
END_TEST

START_TEST(news_of_an_unknown_finding_are_dropped)
{
	const struct finding_session news = { .started = 1, .last = 2, .commands = 3 };
	struct store *store = store_opened(store_path(), STORE_WRITE);

	put_news(store, &news);
	store_close(&store);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM sessions"), 0);
}
END_TEST

START_TEST(rollback_forgets_ids_too)
{
	struct store *store = store_opened(store_path(), STORE_WRITE);
	struct err err = { 0 };

	OK(store_begin(store, &err));
	store_fill_tree(store);
	store_rollback(store);
	store_fill(store);
	store_close(&store);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM processes p"
				     " LEFT JOIN hosts h ON h.id = p.host_id"
				     " WHERE h.name IS NULL AND p.observed"),
			 0);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM images i LEFT JOIN processes p"
				     " ON p.id = i.process_id WHERE p.id IS NULL"),
			 0);
}
END_TEST

START_TEST(closing_drops_what_was_not_committed)
{
	struct store *store = store_opened(store_path(), STORE_WRITE);
	struct err err = { 0 };

	OK(store_begin(store, &err));
	store_fill_tree(store);
	store_close(&store);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM processes"), 0);
}
END_TEST

/* ---- round trip ---- */

static void same_text(const char *a, const char *b)
{
	if (a && b)
		ck_assert_str_eq(a, b);
	else
		ck_assert_ptr_eq(a, b);
}

static void same_process(const struct finding_process *a, const struct finding_process *b)
{
	ck_assert(!a == !b);
	if (!a)
		return;
	same_text(a->uid, b->uid);
	same_text(a->exe, b->exe);
	same_text(a->comm, b->comm);
	same_text(a->cwd, b->cwd);
	same_text(a->tty, b->tty);
	same_text(a->uid_name, b->uid_name);
	ck_assert_int_eq(a->pid, b->pid);
	ck_assert_int_eq(a->ppid, b->ppid);
	ck_assert_uint_eq(a->argc, b->argc);
	ck_assert_uint_eq(a->argc_total, b->argc_total);
	for (size_t i = 0; i < a->argc; i++)
		ck_assert_str_eq(a->argv[i], b->argv[i]);
	ck_assert_int_eq(a->started, b->started);
	ck_assert_int_eq(a->observed, b->observed);
	ck_assert_uint_eq(a->nenv, b->nenv);
	for (size_t i = 0; i < a->nenv; i++)
		ck_assert_str_eq(a->env[i], b->env[i]);
	if (!a->observed)
		return;
	ck_assert_uint_eq(a->user_id, b->user_id);
	ck_assert_uint_eq(a->auid, b->auid);
	ck_assert_uint_eq(a->ses, b->ses);
}

static void same_target(const struct finding_target *a, const struct finding_target *b)
{
	ck_assert(!a == !b);
	if (!a)
		return;
	same_text(a->path, b->path);
	same_text(a->kind, b->kind);
	same_text(a->sha256, b->sha256);
	same_text(a->expected_sha256, b->expected_sha256);
	same_text(a->how, b->how);
	same_text(a->origin, b->origin);
	same_process(a->writer, b->writer);
}

static void same_network(const struct finding_network *a, const struct finding_network *b)
{
	ck_assert(!a == !b);
	if (!a)
		return;
	same_text(a->direction, b->direction);
	same_text(a->family, b->family);
	same_text(a->remote_addr, b->remote_addr);
	same_text(a->local_addr, b->local_addr);
	same_text(a->mechanism, b->mechanism);
	same_text(a->path, b->path);
	ck_assert_int_eq(a->remote_port, b->remote_port);
	ck_assert_int_eq(a->local_port, b->local_port);
	ck_assert_uint_eq(a->nfds, b->nfds);
	for (size_t i = 0; i < a->nfds; i++)
		ck_assert_int_eq(a->fds[i], b->fds[i]);
}

static void same_container(const struct finding_container *a,
			   const struct finding_container *b)
{
	ck_assert(!a == !b);
	if (!a)
		return;
	same_text(a->id, b->id);
	same_text(a->name, b->name);
	same_text(a->image, b->image);
	same_text(a->image_digest, b->image_digest);
	same_text(a->pod, b->pod);
	same_text(a->ns, b->ns);
	same_text(a->runtime, b->runtime);
	same_text(a->via, b->via);
}

static void same_finding(const struct finding *a, const struct finding *b)
{
	ck_assert_ptr_eq(a->detector, b->detector);
	same_text(a->uid, b->uid);
	same_text(a->host, b->host);
	same_text(a->summary, b->summary);
	same_text(a->caveat, b->caveat);
	same_text(a->suppressed, b->suppressed);
	same_text(a->confirmed, b->confirmed);
	same_text(a->manifest, b->manifest);
	ck_assert_int_eq(a->severity, b->severity);
	ck_assert_int_eq(a->confidence, b->confidence);
	ck_assert_int_eq(a->first_seen, b->first_seen);
	ck_assert_int_eq(a->last_seen, b->last_seen);
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_uint_eq(a->ntechniques, b->ntechniques);
	for (size_t i = 0; i < a->ntechniques; i++)
		ck_assert_int_eq(a->techniques[i], b->techniques[i]);
	same_process(a->process, b->process);
	ck_assert_uint_eq(a->nancestry, b->nancestry);
	for (size_t i = 0; i < a->nancestry; i++)
		same_process(a->ancestry[i], b->ancestry[i]);
	same_target(a->target, b->target);
	same_network(a->network, b->network);
	same_container(a->container, b->container);
	ck_assert_uint_eq(a->nevidence, b->nevidence);
	for (size_t i = 0; i < a->nevidence; i++) {
		same_text(a->evidence[i].id.node, b->evidence[i].id.node);
		ck_assert_int_eq(a->evidence[i].id.time, b->evidence[i].id.time);
		ck_assert_uint_eq(a->evidence[i].id.serial, b->evidence[i].id.serial);
		same_text(a->evidence[i].what, b->evidence[i].what);
		same_text(a->evidence[i].raw, b->evidence[i].raw);
	}
}

static struct finding *read_one(struct store *store, int64_t wanted)
{
	struct finding_filter filter = { .id = wanted };
	struct finding_cursor *cursor;
	struct finding *f;
	struct err err = { 0 };
	int64_t id;

	OK(store_findings(store, &filter, &cursor, &err));
	ck_assert_int_eq(finding_cursor_next(cursor, &f, &id, &err), 1);
	ck_assert_int_eq(id, wanted);
	finding_cursor_close(&cursor);
	return f;
}

static struct finding *(*const samples[])(void) = { sample_shell, sample_hostile,
						    sample_bare };

START_TEST(findings_come_back_whole)
{
	struct store *store = filled(STORE_READ);
	struct finding *put = samples[_i]();
	struct finding *got = read_one(store, _i + 1);

	same_finding(put, got);
	finding_free(&put);
	finding_free(&got);
	store_close(&store);
}
END_TEST

/* Whoever asks SQLite sees text that no terminal acts on, and valid UTF-8. */
START_TEST(the_file_holds_only_text)
{
	struct store *store = filled(STORE_WRITE);
	struct strbuf all;

	store_close(&store);
	store_dump(&all);
	for (size_t i = 0; i < all.len; i++) {
		unsigned char c = (unsigned char)all.ptr[i];

		ck_assert_msg(c == '\n' || (c >= 0x20 && c != 0x7f), "byte %02x", c);
	}
	ck_assert_int_eq(store_asked("SELECT count(*) FROM finding_processes"
				     " WHERE argv IS NOT NULL AND NOT json_valid(argv)"),
			 0);
	strbuf_fini(&all);
}
END_TEST

START_TEST(a_detector_that_is_gone_keeps_its_name)
{
	struct store *store = filled(STORE_WRITE);
	struct finding *f;

	store_close(&store);
	store_execute(
		"INSERT INTO detectors VALUES ('old', 'Old One', 'low', 'n', 'd', 'r');"
		"UPDATE findings SET detector = 'old', title = 'Old One' WHERE id = 1");
	store = store_opened(store_path(), STORE_READ);
	f = read_one(store, 1);
	ck_assert_str_eq(f->detector->id, "old");
	ck_assert_str_eq(f->detector->title, "Old One");
	ck_assert_str_eq(f->detector->response, "r");
	finding_free(&f);
	store_close(&store);
}
END_TEST

/* ---- filters ---- */

static const struct {
	const char *name;
	struct finding_filter filter;
	const char *ids;
} filters[] = {
	{ "none", { 0 }, "3 1 2" },
	{ "critical", { .has_severity = true, .severity = SEV_CRITICAL }, "1" },
	{ "high and above", { .has_severity = true, .severity = SEV_HIGH }, "3 1 2" },
	{ "detector", { .detector = "reverse_shell" }, "1" },
	{ "technique", { .technique = "T1059.004" }, "1" },
	{ "technique above", { .technique = "T1059" }, "1" },
	{ "technique of two", { .technique = "T1105" }, "1 2" },
	{ "no beginning of a number", { .technique = "T105" }, "" },
	{ "host", { .host = "node1" }, "1" },
	{ "hostile host", { .host = "node\x1b[31m" }, "2" },
	{ "container", { .container = "web" }, "1" },
	{ "pod", { .container = "web-7c9" }, "1" },
	{ "beginning of its id", { .container = "0123456789ab" }, "1" },
	{ "other container", { .container = "we" }, "" },
	{ "since", { .since = 1795303559000 }, "1" },
	{ "until", { .until = 1795303558915 }, "" },
	{ "until later", { .until = 1795303558916 }, "1 2" },
	{ "two of them", { .technique = "T1105", .host = "node1" }, "1" },
	{ "SQL in it", { .host = "x' OR '1'='1" }, "" },
	{ "id", { .id = 2 }, "2" },
	{ "no such id", { .id = 4 }, "" },
	{ "newest first", { .reverse = true }, "2 1 3" },
	{ "gravest last", { .order = ORDER_SEVERITY }, "3 2 1" },
	{ "gravest first", { .order = ORDER_SEVERITY, .reverse = true }, "1 3 2" },
	{ "by host", { .order = ORDER_HOST, .reverse = true }, "2 1 3" },
	{ "by container", { .order = ORDER_CONTAINER, .reverse = true }, "1 3 2" },
	{ "by detector", { .order = ORDER_DETECTOR }, "2 3 1" },
	{ "by count", { .order = ORDER_COUNT, .reverse = true }, "2 3 1" },
	{ "by number", { .order = ORDER_ID, .reverse = true }, "3 2 1" },
};

START_TEST(filters_choose)
{
	struct store *store = filled(STORE_READ);
	struct finding_cursor *cursor;
	struct err err = { 0 };
	struct strbuf ids;
	struct finding *f;
	int64_t id;
	int rc;

	strbuf_init(&ids);
	OK(store_findings(store, &filters[_i].filter, &cursor, &err));
	while ((rc = finding_cursor_next(cursor, &f, &id, &err)) > 0) {
		strbuf_printf(&ids, "%s%lld", ids.len ? " " : "", (long long)id);
		finding_free(&f);
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_msg(strcmp(strbuf_str(&ids), filters[_i].ids) == 0, "%s: %s",
		      filters[_i].name, strbuf_str(&ids));
	strbuf_fini(&ids);
	finding_cursor_close(&cursor);
	store_close(&store);
}
END_TEST

static const struct {
	const char *name;
	struct process_filter filter;
	const char *pids; /* those asked for in brackets */
} trees[] = {
	{ "findings", { .seed = SEED_FINDINGS }, "800 [812] [4194304]" },
	{ "finding", { .seed = SEED_FINDING, .number = 1 }, "800 [812] [790]" },
	{ "pid", { .seed = SEED_PID, .number = 800 }, "[800] 812" },
	{ "pid at its time",
	  { .seed = SEED_PID, .number = 812, .at = 2500 },
	  "800 [812]" },
	{ "pid after it", { .seed = SEED_PID, .number = 812, .at = 3500 }, "" },
	{ "no such pid", { .seed = SEED_PID, .number = 4 }, "" },
	{ "container", { .seed = SEED_CONTAINER, .container = "c1" }, "800 [812]" },
	{ "session", { .seed = SEED_SESSION, .number = 3 }, "" },
	{ "no more than", { .seed = SEED_PID, .number = 800, .limit = 1 }, "[800]" },
};

START_TEST(trees_are_found)
{
	struct store *store = filled(STORE_READ);
	struct process_filter filter = trees[_i].filter;
	struct process_cursor *cursor;
	struct process_item item;
	struct err err = { 0 };
	struct arena arena;
	struct strbuf pids;
	int rc;

	arena_init(&arena);
	strbuf_init(&pids);
	if (filter.limit == 0)
		filter.limit = 100;
	OK(store_processes(store, &filter, &cursor, &err));
	while ((rc = process_cursor_next(cursor, &arena, &item, &err)) > 0)
		strbuf_printf(&pids, item.seed ? "%s[%lld]" : "%s%lld",
			      pids.len ? " " : "", (long long)item.row.pid);
	ck_assert_int_eq(rc, 0);
	ck_assert_msg(strcmp(strbuf_str(&pids), trees[_i].pids) == 0, "%s: %s",
		      trees[_i].name, strbuf_str(&pids));
	process_cursor_close(&cursor);
	strbuf_fini(&pids);
	arena_fini(&arena);
	store_close(&store);
}
END_TEST

START_TEST(processes_come_with_images_and_marks)
{
	struct store *store = filled(STORE_READ);
	struct process_filter filter = { .seed = SEED_PID, .number = 812, .limit = 9 };
	struct process_cursor *cursor;
	struct process_item item;
	struct err err = { 0 };
	struct arena arena;

	arena_init(&arena);
	OK(store_processes(store, &filter, &cursor, &err));
	ck_assert_int_eq(process_cursor_next(cursor, &arena, &item, &err), 1);
	ck_assert_int_eq(item.row.pid, 800);
	ck_assert_int_eq(process_cursor_next(cursor, &arena, &item, &err), 1);
	ck_assert_uint_eq(item.nimages, 2);
	ck_assert_str_eq(item.images[0].exe, "/usr/sbin/nginx");
	ck_assert_str_eq(item.images[1].argv[2], "a \"b\" \\ \x1b");
	ck_assert_uint_eq(item.images[1].event.serial, 77);
	ck_assert_uint_eq(item.images[1].auid, AUDIT_ID_UNSET);
	ck_assert_uint_eq(item.nmarks, 1);
	ck_assert_int_eq(item.marks[0].finding, 1);
	ck_assert_int_eq(item.marks[0].severity, SEV_CRITICAL);
	ck_assert_str_eq(item.container, "web");
	ck_assert_str_eq(item.row.container_via, "exec");
	process_cursor_close(&cursor);
	arena_fini(&arena);
	store_close(&store);
}
END_TEST

/* ---- views ---- */

static const struct {
	const char *sql;
	int64_t answer;
} views[] = {
	{ "SELECT count(*) FROM v_findings", 3 },
	{ "SELECT count(*) FROM v_findings WHERE first_seen = '2026-11-21T23:25:58.915Z'",
	  2 },
	{ "SELECT count(*) FROM v_findings WHERE command = 'bash -i' AND container = "
	  "'web'"
	  " AND techniques = 'T1059.004 T1105' AND host = 'node1'",
	  1 },
	{ "SELECT count(*) FROM v_process WHERE pid = 812 AND exe = '/usr/bin/bash'"
	  " AND images = 2 AND findings = 1 AND container = 'web'",
	  1 },
	{ "SELECT count(*) FROM v_process WHERE pid = 812 AND container_via = 'exec'"
	  " AND env = '[\"LD_PRELOAD=/tmp/.x.so\"]' AND argv_rest = 'aa11'",
	  1 },
	{ "SELECT count(*) FROM v_process WHERE pid = 800 AND container_via IS NULL"
	  " AND env IS NULL",
	  1 },
	{ "SELECT count(*) FROM v_findings WHERE container_via = 'exec'"
	  " AND confirmed LIKE '%while it ran'",
	  1 },
	{ "SELECT ancestor_pid FROM v_ancestry WHERE pid = 812 AND depth = 1", 800 },
	{ "SELECT count(*) FROM v_ancestry WHERE pid = 812", 1 },
	{ "SELECT descendant_pid FROM v_descendants WHERE pid = 800", 812 },
	{ "SELECT count(*) FROM v_timeline", 4 },
	{ "SELECT serial FROM v_timeline WHERE what = 'exec'", 77 },
	{ "SELECT findings FROM v_attack WHERE technique = 'T1105'", 2 },
	{ "SELECT remote_port FROM v_network WHERE remote_addr = '203.0.113.9'", 4444 },
	{ "SELECT writer_pid FROM v_files WHERE path = '/tmp/x'", 790 },
	{ "SELECT count FROM v_health WHERE kind = 'incomplete_events'", 3 },
	{ "SELECT count(*) FROM v_health WHERE kind = 'source'", 2 },
};

START_TEST(views_answer)
{
	struct store *store = filled(STORE_WRITE);

	store_close(&store);
	ck_assert_msg(store_asked(views[_i].sql) == views[_i].answer, "%s: %lld",
		      views[_i].sql, (long long)store_asked(views[_i].sql));
}
END_TEST

/* Our own settings distrust the schema: what the views use must still run. */
START_TEST(views_run_under_our_settings)
{
	struct store *store = filled(STORE_READ);

	for (size_t i = 0; i < store_nviews; i++) {
		char *sql = sqlite3_mprintf("SELECT * FROM %s", store_views[i].name);

		ck_assert_msg(sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK,
			      "%s: %s", sql, sqlite3_errmsg(store->db));
		sqlite3_free(sql);
	}
	store_close(&store);
}
END_TEST

/* Kept, but shown to those only who ask for it. */
START_TEST(suppressed_findings_are_kept_apart)
{
	struct process_filter trees_of_findings = { .seed = SEED_FINDINGS, .limit = 9 };
	struct finding_filter shown = { 0 }, every = { .suppressed = true };
	struct store *store = store_opened(store_path(), STORE_WRITE);
	struct finding *f = sample_shell(), *got = NULL;
	struct process_cursor *processes;
	struct finding_cursor *cursor;
	struct process_item item;
	struct err err = { 0 };
	struct arena arena;
	int64_t id;

	f->suppressed = "the configuration exempts it";
	OK(store_begin(store, &err));
	OK(store_put_finding(store, f, &err));
	OK(store_commit(store, &err));
	OK(store_findings(store, &shown, &cursor, &err));
	ck_assert_int_eq(finding_cursor_next(cursor, &got, &id, &err), 0);
	finding_cursor_close(&cursor);
	OK(store_findings(store, &every, &cursor, &err));
	ck_assert_int_eq(finding_cursor_next(cursor, &got, &id, &err), 1);
	same_text(f->uid, got->uid);
	same_text(f->suppressed, got->suppressed);
	finding_cursor_close(&cursor);
	arena_init(&arena);
	OK(store_processes(store, &trees_of_findings, &processes, &err));
	ck_assert_int_eq(process_cursor_next(processes, &arena, &item, &err), 0);
	process_cursor_close(&processes);
	arena_fini(&arena);
	store_close(&store);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM v_findings"), 0);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM v_timeline"), 0);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM v_attack"), 0);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM v_network"), 0);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM v_files"), 0);
	finding_free(&f);
	finding_free(&got);
}
END_TEST

START_TEST(related_findings_are_found)
{
	struct store *store = store_opened(store_path(), STORE_WRITE);
	struct finding *f = sample_hostile(), *shell = sample_shell();
	struct related_finding *related;
	struct err err = { 0 };
	struct arena arena;
	size_t n;

	store_fill(store);
	arena_init(&arena);
	OK(store_related(store, 1, 10, &arena, &related, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_begin(store, &err));
	f->uid = "22222222222222222222222222222222";
	f->target = shell->target;
	OK(store_put_finding(store, f, &err));
	OK(store_commit(store, &err));
	OK(store_related(store, 1, 10, &arena, &related, &n, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(related[0].id, 4);
	ck_assert_str_eq(related[0].why, "same file");
	finding_free(&f);
	finding_free(&shell);
	arena_fini(&arena);
	store_close(&store);
}
END_TEST

Suite *suite_store(void);

Suite *suite_store(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, store_folder_make, store_folder_drop);
	tcase_add_test(tc, storing_again_changes_nothing);
	tcase_add_test(tc, what_is_learned_later_is_added);
	tcase_add_test(tc, a_finding_only_grows);
	tcase_add_test(tc, a_session_grows);
	tcase_add_test(tc, news_of_an_unknown_finding_are_dropped);
	tcase_add_test(tc, rollback_forgets_ids_too);
	tcase_add_test(tc, closing_drops_what_was_not_committed);
	tcase_add_loop_test(tc, findings_come_back_whole, 0, ARRAY_SIZE(samples));
	tcase_add_test(tc, the_file_holds_only_text);
	tcase_add_test(tc, a_detector_that_is_gone_keeps_its_name);
	tcase_add_loop_test(tc, filters_choose, 0, ARRAY_SIZE(filters));
	tcase_add_loop_test(tc, trees_are_found, 0, ARRAY_SIZE(trees));
	tcase_add_test(tc, processes_come_with_images_and_marks);
	tcase_add_loop_test(tc, views_answer, 0, ARRAY_SIZE(views));
	tcase_add_test(tc, views_run_under_our_settings);
	tcase_add_test(tc, suppressed_findings_are_kept_apart);
	tcase_add_test(tc, related_findings_are_found);
	suite_add_tcase(suite, tc);
	return suite;
}
