/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening: what is refused and with what words, migrations, full disks. */
#include "store/query.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "store/schema.h"
#include "store/store_priv.h"
#include "unit/store_folder.h"

#define OK(call) ck_assert_msg((call) == 0, "%s", err.msg)

static void write_file(const char *path, const char *bytes)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	fputs(bytes, out);
	ck_assert_int_eq(fclose(out), 0);
}

static void has(const char *message, const char *words)
{
	ck_assert_msg(strstr(message, words) != NULL, "%s", message);
}

/* A filled database, closed. */
static void make_database(void)
{
	struct store *store = store_opened(store_path(), STORE_WRITE);

	store_fill(store);
	store_close(&store);
}

START_TEST(a_new_file_is_ours)
{
	struct stat st;

	make_database();
	ck_assert_int_eq(store_asked("PRAGMA application_id"), STORE_APPLICATION_ID);
	ck_assert_int_eq(store_asked("PRAGMA user_version"), (int64_t)store_nmigrations);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM pragma_journal_mode"
				     " WHERE journal_mode = 'wal'"),
			 1);
	ck_assert_int_eq(stat(store_path(), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0137, 0);
}
END_TEST

START_TEST(other_files_are_refused)
{
	static const char text[] = "this is a log and no database, and it is not small "
				   "enough to be taken for an empty file\n";
	char now[256];
	FILE *in;

	write_file(store_path(), text);
	has(store_refused(store_path(), STORE_WRITE), "not an SQLite database");
	has(store_refused(store_path(), STORE_READ), "not an SQLite database");
	in = fopen(store_path(), "r");
	ck_assert_ptr_nonnull(fgets(now, sizeof(now), in));
	ck_assert_str_eq(now, text);
	fclose(in);
}
END_TEST

START_TEST(databases_of_others_are_refused)
{
	store_execute("CREATE TABLE notes (id INTEGER); INSERT INTO notes VALUES (7)");
	has(store_refused(store_path(), STORE_WRITE), "not one of auspex");
	has(store_refused(store_path(), STORE_READ), "not one of auspex");
	ck_assert_int_eq(store_asked("SELECT id FROM notes"), 7);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM sqlite_master"), 1);
}
END_TEST

START_TEST(newer_databases_are_refused)
{
	make_database();
	store_execute("PRAGMA user_version = 9999");
	has(store_refused(store_path(), STORE_WRITE), "newer auspex (schema 9999");
	has(store_refused(store_path(), STORE_READ), "newer auspex (schema 9999");
	ck_assert_int_eq(store_asked("SELECT count(*) FROM findings"), 3);
}
END_TEST

START_TEST(folders_must_be_there)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/none/a.db", store_folder());
	has(store_refused(path, STORE_WRITE), "mkdir -p ");
	has(store_refused(path, STORE_READ), "No such file");
	write_file(store_path(), "");
	snprintf(path, sizeof(path), "%s/x.db", store_path());
	has(store_refused(path, STORE_WRITE), "is not a folder");
}
END_TEST

START_TEST(only_regular_files_are_written)
{
	char target[256];

	has(store_refused(store_folder(), STORE_WRITE), store_folder());
	snprintf(target, sizeof(target), "%s/target", store_folder());
	ck_assert_int_eq(symlink(target, store_path()), 0);
	has(store_refused(store_path(), STORE_WRITE), "symbolic link");
	ck_assert_int_ne(access(target, F_OK), 0);
	ck_assert_int_eq(unlink(store_path()), 0);
	ck_assert_int_eq(mkfifo(store_path(), 0600), 0);
	has(store_refused(store_path(), STORE_WRITE), "not a regular file");
}
END_TEST

START_TEST(readers_need_a_filled_file)
{
	has(store_refused(store_path(), STORE_READ), "run `auspex analyze");
	ck_assert_int_ne(access(store_path(), F_OK), 0);
	write_file(store_path(), "");
	has(store_refused(store_path(), STORE_READ), "an empty database");
}
END_TEST

START_TEST(one_writer_at_a_time)
{
	struct store *store;
	pid_t pid;
	int status;

	make_database();
	store = store_opened(store_path(), STORE_WRITE);
	pid = fork();
	if (pid == 0) {
		struct store *second;
		struct err err = { 0 };
		int rc = store_open(store_path(), STORE_WRITE, &second, &err);

		_exit(rc == -1 && strstr(err.msg, "another auspex is writing") ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	store_close(&store);
	store = store_opened(store_path(), STORE_WRITE);
	store_close(&store);
}
END_TEST

/* A reader sees what was committed, while the writer goes on. */
START_TEST(readers_and_the_writer_get_along)
{
	struct finding_filter all = { 0 };
	struct store *writer, *reader;
	struct finding_cursor *cursor;
	struct finding *f;
	struct err err = { 0 };
	int64_t id;
	int n = 0;

	make_database();
	writer = store_opened(store_path(), STORE_WRITE);
	reader = store_opened(store_path(), STORE_READ);
	OK(store_begin(writer, &err));
	store_fill_tree(writer);
	OK(store_findings(reader, &all, &cursor, &err));
	while (finding_cursor_next(cursor, &f, &id, &err) > 0) {
		finding_free(&f);
		n++;
		if (n == 1)
			OK(store_commit(writer, &err));
	}
	ck_assert_int_eq(n, 3);
	finding_cursor_close(&cursor);
	store_close(&reader);
	store_close(&writer);
}
END_TEST

START_TEST(readers_cannot_write)
{
	struct store *reader;
	struct err err = { 0 };

	make_database();
	reader = store_opened(store_path(), STORE_READ);
	ck_assert_int_ne(sqlite3_exec(reader->db, "DELETE FROM findings", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	ck_assert_int_eq(store_begin(reader, &err), -1);
	store_close(&reader);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM findings"), 3);
}
END_TEST

/* Nor do they leave the log and its index of a database at rest. */
START_TEST(readers_leave_nothing_behind)
{
	struct store *reader;
	char path[256];

	make_database();
	reader = store_opened(store_path(), STORE_READ);
	store_close(&reader);
	snprintf(path, sizeof(path), "%s-wal", store_path());
	ck_assert_int_ne(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s-shm", store_path());
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* One that goes while the writer writes leaves the writer's log alone. */
START_TEST(readers_leave_the_log_to_the_writer)
{
	struct store *writer, *reader;
	struct err err = { 0 };
	struct stat before, after;
	char path[256];

	make_database();
	writer = store_opened(store_path(), STORE_WRITE);
	OK(store_begin(writer, &err));
	store_fill_tree(writer);
	OK(store_commit(writer, &err));
	snprintf(path, sizeof(path), "%s-wal", store_path());
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_gt(before.st_size, 0);
	reader = store_opened(store_path(), STORE_READ);
	store_close(&reader);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_int_eq(before.st_size, after.st_size);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	store_close(&writer);
}
END_TEST

START_TEST(a_damaged_file_is_an_error)
{
	struct finding_filter all = { 0 };
	struct finding_cursor *cursor;
	struct finding *f;
	struct store *store;
	struct err err = { 0 };
	char junk[4096];
	int64_t id;
	int fd, rc;
	struct stat st;

	make_database();
	memset(junk, 0xa5, sizeof(junk));
	fd = open(store_path(), O_WRONLY);
	ck_assert_int_eq(fstat(fd, &st), 0);
	for (off_t at = 4096; at < st.st_size; at += (off_t)sizeof(junk))
		ck_assert_int_eq(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
	rc = store_open(store_path(), STORE_READ, &store, &err);
	if (rc == 0)
		rc = store_findings(store, &all, &cursor, &err);
	if (rc == 0) {
		while ((rc = finding_cursor_next(cursor, &f, &id, &err)) > 0)
			finding_free(&f);
		finding_cursor_close(&cursor);
	}
	ck_assert_int_eq(rc, -1);
	has(err.msg, "damaged");
	store_close(&store);
}
END_TEST

/* ---- migrations ---- */

static const char *const steps_1[] = { "CREATE TABLE t (a INTEGER)",
				       "INSERT INTO t VALUES (1)", NULL };
static const char *const steps_2[] = { "ALTER TABLE t ADD COLUMN b INTEGER",
				       "UPDATE t SET b = a + 1", NULL };
static const char *const steps_bad[] = { "INSERT INTO t VALUES (8, 8)", "NO SUCH THING",
					 NULL };
static const struct migration good[] = { { steps_1 }, { steps_2 } };
static const struct migration bad[] = { { steps_1 }, { steps_2 }, { steps_bad } };

/* A store that the list was applied to, in place of the real one. */
static struct store *migrated(const struct migration *list, size_t n, int expected)
{
	static struct store store;
	struct err err = { 0 };

	memset(&store, 0, sizeof(store));
	store.path = (char *)(uintptr_t)store_path();
	store.lock = -1;
	ck_assert_int_eq(sqlite3_open(store_path(), &store.db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(store.db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(store_migrate(&store, list, n, &err), expected);
	ck_assert_int_eq(sqlite3_exec(store.db, expected == 0 ? "COMMIT" : "ROLLBACK",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	if (expected != 0)
		has(err.msg, store_path());
	ck_assert_int_eq(sqlite3_close(store.db), SQLITE_OK);
	return &store;
}

START_TEST(migrations_go_forward)
{
	make_database();
	store_execute("PRAGMA user_version = 0");
	migrated(good, 1, 0);
	ck_assert_int_eq(store_asked("PRAGMA user_version"), 1);
	migrated(good, 2, 0);
	ck_assert_int_eq(store_asked("PRAGMA user_version"), 2);
	ck_assert_int_eq(store_asked("SELECT b FROM t"), 2);
	/* Nothing to do is nothing done. */
	migrated(good, 2, 0);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM t"), 1);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM v_findings"), 3);
}
END_TEST

START_TEST(migrations_are_all_or_nothing)
{
	make_database();
	store_execute("PRAGMA user_version = 0");
	migrated(good, 2, 0);
	migrated(bad, 3, -1);
	ck_assert_int_eq(store_asked("PRAGMA user_version"), 2);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM t"), 1);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM v_findings"), 3);
}
END_TEST

/* ---- disks that are full or cannot be written ---- */

/* A small file system over the folder; false where that is not allowed. */
static bool mounted(const char *options)
{
	if (mount("tmpfs", store_folder(), "tmpfs", 0, options) == 0)
		return true;
	fprintf(stderr,
		"test_store_open: no tmpfs here (%s): full and read-only disks "
		"are not tested\n",
		strerror(errno));
	return false;
}

static void unmount(void)
{
	if (umount2(store_folder(), MNT_DETACH) != 0)
		ck_abort_msg("umount: %s", strerror(errno));
}

START_TEST(a_full_disk_loses_nothing_that_was_stored)
{
	struct process_row row = { .host = "node1", .pid = 1, .observed = true };
	struct store *store;
	struct err err = { 0 };
	int rc = 0;

	if (!mounted("size=2m"))
		return;
	make_database();
	store = store_opened(store_path(), STORE_WRITE);
	OK(store_begin(store, &err));
	for (int i = 0; i < 100000 && rc == 0; i++) {
		char uid[40];

		snprintf(uid, sizeof(uid), "%032d", i);
		row.uid = uid;
		rc = store_put_process(store, &row, &err);
	}
	if (rc == 0)
		rc = store_commit(store, &err);
	ck_assert_int_eq(rc, -1);
	has(err.msg, "the disk is full");
	has(err.msg, store_path());
	/* It can be tried again with less. */
	store_rollback(store);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM findings"), 3);
	store_close(&store);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM findings"), 3);
	ck_assert_int_eq(store_asked("SELECT count(*) FROM pragma_integrity_check"
				     " WHERE integrity_check = 'ok'"),
			 1);
	unmount();
}
END_TEST

START_TEST(a_disk_without_room_leaves_no_file)
{
	if (!mounted("size=16k"))
		return;
	has(store_refused(store_path(), STORE_WRITE), "the disk is full");
	ck_assert_int_ne(access(store_path(), F_OK), 0);
	unmount();
}
END_TEST

START_TEST(a_read_only_disk_can_be_read)
{
	char other[256];
	struct store *store;

	if (!mounted("size=4m"))
		return;
	make_database();
	ck_assert_int_eq(mount(NULL, store_folder(), NULL, MS_REMOUNT | MS_RDONLY, NULL),
			 0);
	has(store_refused(store_path(), STORE_WRITE), "Read-only file system");
	snprintf(other, sizeof(other), "%s/new.db", store_folder());
	has(store_refused(other, STORE_WRITE), "Read-only file system");
	store = store_opened(store_path(), STORE_READ);
	ck_assert_int_eq(sqlite3_exec(store->db, "SELECT * FROM v_findings", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	store_close(&store);
	unmount();
}
END_TEST

Suite *suite_store_open(void);

Suite *suite_store_open(void)
{
	Suite *suite = suite_create("store_open");
	TCase *tc = tcase_create("store_open");

	tcase_add_checked_fixture(tc, store_folder_make, store_folder_drop);
	tcase_add_test(tc, a_new_file_is_ours);
	tcase_add_test(tc, other_files_are_refused);
	tcase_add_test(tc, databases_of_others_are_refused);
	tcase_add_test(tc, newer_databases_are_refused);
	tcase_add_test(tc, folders_must_be_there);
	tcase_add_test(tc, only_regular_files_are_written);
	tcase_add_test(tc, readers_need_a_filled_file);
	tcase_add_test(tc, one_writer_at_a_time);
	tcase_add_test(tc, readers_and_the_writer_get_along);
	tcase_add_test(tc, readers_cannot_write);
	tcase_add_test(tc, readers_leave_nothing_behind);
	tcase_add_test(tc, readers_leave_the_log_to_the_writer);
	tcase_add_test(tc, a_damaged_file_is_an_error);
	tcase_add_test(tc, migrations_go_forward);
	tcase_add_test(tc, migrations_are_all_or_nothing);
	tcase_add_test(tc, a_full_disk_loses_nothing_that_was_stored);
	tcase_add_test(tc, a_disk_without_room_leaves_no_file);
	tcase_add_test(tc, a_read_only_disk_can_be_read);
	suite_add_tcase(suite, tc);
	return suite;
}
