/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording what dpkg has installed, from small roots made here. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/xalloc.h"
#include "manifest/record.h"
#include "unit/folder.h"
#include "unit/image_maker.h"

enum { FILES = 12 };

static char *folder;

static void make_place(void)
{
	folder = make_folder();
}

static void remove_place(void)
{
	remove_folder(&folder);
}

/* The digits' MD5. */
#define MD5_1 "c4ca4238a0b923820dcc509a6f75849b"
#define MD5_2 "c81e728d9d4c2f636f067f89cc14862c"

struct planted {
	const char *name, *text; /* "NAME>" is a link to text */
};

#define STATUS "var/lib/dpkg/status"
#define INFO "var/lib/dpkg/info/"

static const struct {
	const char *name;
	struct planted files[FILES];
	const char *result;
	uint64_t changed;
} roots[] = {
	{ "plain",
	  { { STATUS, "" },
	    { INFO "a.list", "/.\n/usr\n/usr/bin\n/usr/bin/x\n" },
	    { INFO "a.md5sums", MD5_1 "  usr/bin/x\n" },
	    { "usr/bin/x", "1" },
	    { "usr/bin/local", "3" } },
	  "/usr/ /usr/bin/ /usr/bin/x=1",
	  0 },
	{ "changed",
	  { { STATUS, "" },
	    { INFO "a:amd64.list", "/usr/x\n/usr/gone\n/usr/l\n" },
	    { INFO "a:amd64.md5sums",
	      MD5_1 "  usr/x\n" MD5_2 "  usr/gone\n" MD5_2 "  usr/l\n" },
	    { "usr/x", "3" },
	    { "usr/l>", "x" } },
	  "/usr/ /usr/gone~2 /usr/l~2 /usr/x~1",
	  1 },
	{ "not told of",
	  { { STATUS, "" }, { INFO "a.list", "/usr/x\n/usr/gone\n" }, { "usr/x", "1" } },
	  "/usr/ /usr/x=?",
	  0 },
	{ "merged usr",
	  { { STATUS, "" },
	    { INFO "a.list", "/bin\n/bin/x\n/lib64/ld.so\n" },
	    { INFO "a.md5sums", MD5_1 "  bin/x\n" MD5_2 "  lib64/ld.so\n" },
	    { "bin>", "usr/bin" },
	    { "lib64>", "/usr/lib64" },
	    { "usr/bin/x", "1" },
	    { "usr/lib64/ld.so", "2" } },
	  "/bin>usr/bin /lib64>/usr/lib64 /usr/ /usr/bin/ /usr/bin/x=1 "
	  "/usr/lib64/ /usr/lib64/ld.so=2",
	  0 },
	{ "conffiles",
	  { { STATUS, "Package: a\nConffiles:\n /etc/x " MD5_1 "\n /etc/y " MD5_2
		      " obsolete\nDescription: z\n /etc/z " MD5_1 "\n" },
	    { INFO "a.list", "/etc/x\n/etc/y\n/etc/z\n" },
	    { "etc/x", "1" },
	    { "etc/y", "3" },
	    { "etc/z", "1" } },
	  "/etc/ /etc/x=1 /etc/y~2 /etc/z=?",
	  1 },
	{ "diverted",
	  { { STATUS, "" },
	    { "var/lib/dpkg/diversions", "/usr/x\n/usr/x.a\nb\n/usr/y\n/usr/y.a\n:\n" },
	    { INFO "a.list", "/usr/x\n/usr/y\n" },
	    { INFO "a.md5sums", MD5_1 "  usr/x\n" MD5_1 "  usr/y\n" },
	    { INFO "b.list", "/usr/x\n" },
	    { INFO "b.md5sums", MD5_2 "  usr/x\n" },
	    { "usr/x", "2" },
	    { "usr/x.a", "1" },
	    { "usr/y.a", "1" } },
	  "/usr/ /usr/x=2 /usr/x.a=1 /usr/y.a=1",
	  0 },
	{ "alternatives",
	  { { STATUS, "" },
	    { INFO "a.list", "/usr/bin/gawk\n" },
	    { INFO "a.md5sums", MD5_1 "  usr/bin/gawk\n" },
	    { "var/lib/dpkg/alternatives/awk",
	      "auto\n/usr/bin/awk\nnawk\n/usr/bin/nawk\n\n/usr/bin/gawk\n10\n" },
	    { "usr/bin/gawk", "1" },
	    { "usr/bin/awk>", "/etc/alternatives/awk" },
	    { "etc/alternatives/awk>", "/usr/bin/gawk" },
	    { "usr/bin/nawk>", "/etc/alternatives/nawk" } },
	  "/etc/ /etc/alternatives/ /etc/alternatives/awk>/usr/bin/gawk /usr/ /usr/bin/ "
	  "/usr/bin/awk>/etc/alternatives/awk "
	  "/usr/bin/gawk=1 /usr/bin/nawk>/etc/alternatives/nawk",
	  0 },
	{ "a link out",
	  { { STATUS, "" },
	    { INFO "a.list", "/out/passwd\n" },
	    { INFO "a.md5sums", MD5_1 "  out/passwd\n" },
	    { "out>", "../../../../etc" },
	    { "etc/passwd", "1" } },
	  "/etc/ /etc/passwd=1 /out>../../../../etc",
	  0 },
	{ "paths that turn",
	  { { STATUS, "" },
	    { INFO "a.list", "/a/../../../etc/passwd\n" },
	    { INFO "a.md5sums", MD5_1 "  a/../../../etc/passwd\n" },
	    { "etc/passwd", "1" } },
	  "/etc/ /etc/passwd=1",
	  0 },
	/* refused */
	{ "no dpkg", { { "etc/passwd", "1" } }, "!not the root of a dpkg system", 0 },
	{ "no path",
	  { { STATUS, "" }, { INFO "a.list", "etc/x\n" } },
	  "!a.list: \"etc/x\" is no path",
	  0 },
	{ "bytes", { { STATUS, "" }, { INFO "a.list", "\n" } }, "!is no path", 0 },
};

static void plant(const struct planted *files)
{
	for (; files->name; files++) {
		size_t len = strlen(files->name);
		char *path = xasprintf("%s/%s", folder, files->name);

		if (files->name[len - 1] == '>') {
			put_text(folder, files->name, ""); /* makes the folders */
			ck_assert_int_eq(unlink(path), 0);
			path[strlen(path) - 1] = '\0';
			ck_assert_int_eq(symlink(files->text, path), 0);
		} else {
			put_text(folder, files->name, files->text);
		}
		free(path);
	}
}

START_TEST(records_what_is_installed)
{
	struct record_options options = { .root = folder };
	struct record_counts counts;
	struct manifest *m = NULL;
	struct err err;
	char *got;

	plant(roots[_i].files);
	if (manifest_record_load("dpkg:", &options, &m, &counts, &err) < 0)
		got = xasprintf("!%s", err.msg);
	else
		got = describe_manifest(m);
	if (roots[_i].result[0] == '!') {
		ck_assert_msg(*got == '!' && strstr(got, roots[_i].result + 1), "%s: %s",
			      roots[_i].name, got);
	} else {
		/* The root itself is there when a package lists it. */
		if (m && strcmp(manifest_entry(m, 0)->path, "/") != 0)
			ck_abort_msg("%s: no root", roots[_i].name);
		ck_assert_msg(strcmp(got, roots[_i].result) == 0, "%s: %s",
			      roots[_i].name, got);
		ck_assert_uint_eq(counts.changed, roots[_i].changed);
	}
	free(got);
	manifest_free(&m);
}
END_TEST

Suite *suite_dpkg(void);

Suite *suite_dpkg(void)
{
	Suite *suite = suite_create("dpkg");
	TCase *tc = tcase_create("dpkg");

	tcase_add_checked_fixture(tc, make_place, remove_place);
	tcase_add_loop_test(tc, records_what_is_installed, 0, ARRAY_SIZE(roots));
	suite_add_tcase(suite, tc);
	return suite;
}
