/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording what rpm has installed, from a database that rpm made. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/xalloc.h"
#include "manifest/record.h"
#include "manifest/rpm_header.h"
#include "unit/folder.h"
#include "unit/image_maker.h"

#define DB "var/lib/rpm/rpmdb.sqlite"

static char *folder, *db_path;

static void unpack_db(void)
{
	struct archive *xz = archive_read_new();
	struct archive_entry *entry;
	struct strbuf bytes;
	const void *block;
	la_int64_t offset;
	size_t len;

	strbuf_init(&bytes);
	archive_read_support_filter_xz(xz);
	archive_read_support_format_raw(xz);
	ck_assert_int_eq(archive_read_open_filename(
				 xz, TEST_DATA "/data/rpmdb/rpmdb.sqlite.xz", 4096),
			 ARCHIVE_OK);
	ck_assert_int_eq(archive_read_next_header(xz, &entry), ARCHIVE_OK);
	while (archive_read_data_block(xz, &block, &len, &offset) == ARCHIVE_OK)
		strbuf_add(&bytes, block, len);
	archive_read_free(xz);
	put_file(folder, DB, bytes.ptr, bytes.len);
	strbuf_fini(&bytes);
}

static void make_place(void)
{
	folder = make_folder();
	db_path = xasprintf("%s/" DB, folder);
	unpack_db();
}

static void remove_place(void)
{
	free(db_path);
	remove_folder(&folder);
}

static int record(struct manifest **out, struct err *err)
{
	struct record_options options = { .root = folder };
	struct record_counts counts;

	return manifest_record_load("rpm:", &options, out, &counts, err);
}

/* Runs SQL that changes the database. */
static void alter(const char *sql)
{
	sqlite3 *db;
	char *why = NULL;

	ck_assert_int_eq(sqlite3_open(db_path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s: %s", sql,
		      why);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA journal_mode=delete", NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
}

static const char files[] = "/bin>usr/bin /etc/ /etc/hello.conf=? /usr/ /usr/bin/ "
			    "/usr/bin/hello=? /usr/bin/hi>hello /usr/lib/ "
			    "/usr/lib/\303\251/ /usr/lib/\303\251/empty=?";

START_TEST(records_what_is_installed)
{
	const struct manifest_entry *e;
	char hex[SHA256_HEX + 1], *got;
	struct manifest *m = NULL;
	struct err err;

	ck_assert_msg(record(&m, &err) == 0, "%s", err.msg);
	got = describe_manifest(m);
	ck_assert_str_eq(got, files);
	free(got);
	e = manifest_find(m, SLICE_LIT("/bin/hi"));
	ck_assert_ptr_nonnull(e);
	ck_assert_str_eq(e->path, "/usr/bin/hello");
	ck_assert_uint_eq(e->mode, 04755);
	ck_assert_uint_eq(e->size, 2);
	hex_encode(e->sha256, SHA256_LEN, hex);
	/* echo 1 | sha256sum */
	ck_assert_str_eq(hex, "4355a46b19d348dc2f57c046f8ef63d4"
			      "538ebb936000f3c9ee954a27460dd865");
	manifest_free(&m);
}
END_TEST

/* A copy that is evidence stays as it is, and nothing appears beside it. */
START_TEST(leaves_the_database_alone)
{
	char *place = xasprintf("%s/var/lib/rpm", folder), **names;
	struct stat before, after;
	struct manifest *m = NULL;
	struct err err;

	ck_assert_int_eq(stat(db_path, &before), 0);
	ck_assert_int_eq(record(&m, &err), 0);
	ck_assert_int_eq(stat(db_path, &after), 0);
	ck_assert_int_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	ck_assert_int_eq(before.st_ino, after.st_ino);
	names = list_folder(place);
	ck_assert_str_eq(names[0], "rpmdb.sqlite");
	ck_assert_ptr_null(names[1]);
	free(names[0]);
	free(names);
	free(place);
	manifest_free(&m);
}
END_TEST

START_TEST(knows_the_links_of_the_root)
{
	struct manifest *m = NULL;
	char *link = xasprintf("%s/usr", folder), *got;
	struct err err;

	ck_assert_int_eq(symlink("system/usr", link), 0);
	ck_assert_int_eq(record(&m, &err), 0);
	got = describe_manifest(m);
	ck_assert_ptr_nonnull(strstr(got, "/system/usr/bin/hello=?"));
	ck_assert_ptr_nonnull(strstr(got, "/usr>system/usr"));
	ck_assert_str_eq(manifest_find(m, SLICE_LIT("/bin/hi"))->path,
			 "/system/usr/bin/hello");
	free(got);
	free(link);
	manifest_free(&m);
}
END_TEST

static const struct {
	const char *sql, *says;
} damages[] = {
	{ "UPDATE Packages SET blob = 'text'", "is damaged" },
	{ "UPDATE Packages SET blob = zeroblob(0)", "is damaged" },
	{ "UPDATE Packages SET blob = x'ffffffffffffffff'", "is damaged" },
	{ "UPDATE Packages SET blob = substr(blob, 1, 100)", "is damaged" },
	{ "UPDATE Packages SET blob = 7", "is damaged" },
	{ "DROP TABLE Packages", "no such table: Packages" },
	{ "ALTER TABLE Packages RENAME TO p; CREATE VIEW Packages AS "
	  "WITH RECURSIVE n(blob) AS (SELECT 1 UNION ALL SELECT blob + 1 FROM n) "
	  "SELECT blob, 1 AS hnum FROM n",
	  "cannot be read" },
};

START_TEST(refuses_what_is_damaged)
{
	struct manifest *m = NULL;
	struct err err;

	alter(damages[_i].sql);
	ck_assert_int_lt(record(&m, &err), 0);
	ck_assert_msg(strstr(err.msg, damages[_i].says) != NULL, "%s", err.msg);
	ck_assert_ptr_null(m);
}
END_TEST

START_TEST(refuses_what_is_no_database)
{
	struct manifest *m = NULL;
	struct err err;

	put_text(folder, DB,
		 "This is no database, but it is long enough to be one: "
		 "sqlite looks at a hundred bytes of header first, or so.");
	ck_assert_int_lt(record(&m, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.msg, "file is not a database"));
	ck_assert_int_eq(unlink(db_path), 0);
	ck_assert_int_lt(record(&m, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.msg, "no rpmdb.sqlite"));
	ck_assert_int_eq(symlink("/etc/passwd", db_path), 0);
	ck_assert_int_lt(record(&m, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.msg, "no rpmdb.sqlite"));
}
END_TEST

/* Two index entries over a store of "ab\0c\0" and two 16-bit numbers. */
static const char header[] = "\0\0\0\2"
			     "\0\0\0\11"
			     "\0\0\4\135"
			     "\0\0\0\10"
			     "\0\0\0\0"
			     "\0\0\0\2"
			     "\0\0\4\6"
			     "\0\0\0\3"
			     "\0\0\0\5"
			     "\0\0\0\2"
			     "ab\0c\0"
			     "\1\2\377\376";

START_TEST(scans_a_header)
{
	struct slice blob = slice_make(header, sizeof(header) - 1), text;
	struct rpm_values names, modes, none;
	struct rpm_header h;
	uint64_t number;

	ck_assert(rpm_header_scan(blob, &h));
	names = rpm_header_values(&h, RPM_BASENAMES);
	modes = rpm_header_values(&h, RPM_FILEMODES);
	none = rpm_header_values(&h, RPM_NAME);
	ck_assert(rpm_values_string(&names, &text) && slice_eq_str(text, "ab"));
	ck_assert(rpm_values_string(&names, &text) && slice_eq_str(text, "c"));
	ck_assert(!rpm_values_string(&names, &text));
	ck_assert(rpm_values_number(&modes, 0, &number) && number == 0x0102);
	ck_assert(rpm_values_number(&modes, 1, &number) && number == 0xfffe);
	ck_assert(!rpm_values_number(&modes, 2, &number));
	ck_assert(!rpm_values_number(&none, 0, &number));
	ck_assert(!rpm_values_string(&modes, &text));
	for (size_t len = 0; len < blob.len; len++)
		ck_assert(!rpm_header_scan(slice_make(blob.ptr, len), &h));
}
END_TEST

Suite *suite_rpm(void);

Suite *suite_rpm(void)
{
	Suite *suite = suite_create("rpm");
	TCase *tc = tcase_create("rpm");

	tcase_add_checked_fixture(tc, make_place, remove_place);
	tcase_add_test(tc, records_what_is_installed);
	tcase_add_test(tc, leaves_the_database_alone);
	tcase_add_test(tc, knows_the_links_of_the_root);
	tcase_add_loop_test(tc, refuses_what_is_damaged, 0, ARRAY_SIZE(damages));
	tcase_add_test(tc, refuses_what_is_no_database);
	tcase_add_test(tc, scans_a_header);
	suite_add_tcase(suite, tc);
	return suite;
}
