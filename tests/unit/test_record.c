/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording a directory, writing the manifest, comparing two. */
#include "manifest/record.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/fsio.h"
#include "base/xalloc.h"
#include "manifest/compare.h"
#include "unit/folder.h"

static char *folder;
static struct record_counts counts;
static struct strbuf warnings;

static void make_place(void)
{
	folder = make_folder();
	strbuf_init(&warnings);
}

static void remove_place(void)
{
	strbuf_fini(&warnings);
	remove_folder(&folder);
}

static char *below(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void make_link(const char *target, const char *name)
{
	char *path = below(name);

	ck_assert_int_eq(symlink(target, path), 0);
	free(path);
}

static void make_special(const char *name, mode_t type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char *path = below(name);
	int fd;

	if (type != S_IFSOCK) {
		ck_assert_int_eq(mknod(path, type | 0600, 0), 0);
	} else {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
				 0);
		close(fd);
	}
	free(path);
}

static void collect_warning(void *ctx, const char *what)
{
	(void)ctx;
	strbuf_add_str(&warnings, what);
	strbuf_add_char(&warnings, '\n');
}

static struct manifest *record(const char *name, const char *const *exclude,
			       size_t nexclude)
{
	struct record_options options = { .exclude = exclude,
					  .nexclude = nexclude,
					  .warn = collect_warning };
	char *source = xasprintf("dir:%s/%s", folder, name);
	struct manifest *m = NULL;
	struct err err;

	ck_assert_msg(manifest_record_load(source, &options, &m, &counts, &err) == 0,
		      "%s", err.msg);
	free(source);
	return m;
}

/* Records a folder as text, into the file `to` beside it. */
static void record_text(const char *name, const char *to)
{
	struct record_options options = { .warn = collect_warning };
	char *source = xasprintf("dir:%s/%s", folder, name), *path = below(to);
	struct recorded *recorded = NULL;
	FILE *file = fopen(path, "w");
	struct err err;

	ck_assert_msg(manifest_record(source, &options, &recorded, &counts, &err) == 0,
		      "%s", err.msg);
	ck_assert_int_eq(recorded_write(recorded, file, &err), 0);
	ck_assert_int_eq(fclose(file), 0);
	recorded_free(&recorded);
	free(source);
	free(path);
}

/* A manifest's text without comments, empty lines, indentation and splitting. */
static char *plain_text(const char *name)
{
	struct strbuf text, kept;
	char *path = below(name), *line, *save = NULL;
	bool split = false;
	size_t len;

	strbuf_init(&text);
	strbuf_init(&kept);
	ck_assert_int_eq(fsio_read_file(path, 1 << 20, &text, NULL), 0);
	ck_assert_ptr_eq(strstr(text.ptr, "#mtree\n# auspex: version="), text.ptr);
	for (line = strtok_r(text.ptr, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " ");
		len = strlen(line);
		if (*line == '#' && !split)
			continue;
		split = len && line[len - 1] == '\\';
		while (len && strchr("\\ ", line[len - 1]))
			len--;
		for (size_t i = 0; i < len; i++) {
			if (line[i] != ' ' || line[i + 1] != ' ')
				strbuf_add_char(&kept, line[i]);
		}
		strbuf_add_char(&kept, split ? ' ' : '\n');
	}
	strbuf_fini(&text);
	free(path);
	return kept.ptr;
}

static void make_tree(void)
{
	char *dir = below("t/a b"), *file = below("t/a b/x"), *twin = below("t/y");

	put_text(folder, "t/a b/x", "a");
	put_text(folder, "t/z\n#=\\\303\251", "");
	ck_assert_int_eq(link(file, twin), 0);
	ck_assert_int_eq(chmod(file, 04711), 0);
	ck_assert_int_eq(chmod(dir, 01777), 0);
	make_link("../../out of here", "t/l");
	make_special("t/p", S_IFIFO);
	make_special("t/s", S_IFSOCK);
	free(dir);
	free(file);
	free(twin);
}

#define SHA_A "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define SHA_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const char tree_text[] =
	". mode=0755 type=dir\n"
	"l mode=0777 type=link link=../../out\\040of\\040here\n"
	"p mode=0600 type=fifo\n"
	"s mode=0755 type=socket\n"
	"y mode=04711 type=file size=1 sha256digest=" SHA_A "\n"
	"a\\040b mode=01777 type=dir\n"
	"x mode=04711 type=file size=1 sha256digest=" SHA_A "\n"
	"..\n"
	"..\n"
	/* what libarchive's writer is not trusted with */
	"./z\\012\\043\\075\\134\\303\\251 mode=0644 type=file size=0 "
	"sha256digest=" SHA_EMPTY "\n";

START_TEST(records_what_is_there)
{
	char *text;

	umask(022);
	make_tree();
	record_text("t", "manifest");
	text = plain_text("manifest");
	ck_assert_str_eq(text, tree_text);
	ck_assert_uint_eq(counts.entries, 8);
	ck_assert_uint_eq(counts.bytes, 2);
	ck_assert_uint_eq(counts.unreadable, 0);
	ck_assert_uint_eq(warnings.len, 0);
	free(text);
}
END_TEST

START_TEST(reads_back_what_it_wrote)
{
	struct manifest *m, *again;
	struct difference_iter iter = { 0 };
	struct difference d;
	char *path, *source;
	struct err err;

	make_tree();
	m = record("t", NULL, 0);
	record_text("t", "manifest");
	path = below("manifest");
	source = below("t");
	ck_assert_msg(manifest_load(path, &again, &err) == 0, "%s", err.msg);
	manifest_sort(again);
	ck_assert_uint_eq(manifest_count(again), manifest_count(m));
	ck_assert(!difference_next(m, again, &iter, &d));
	ck_assert_str_eq(manifest_source(again), source);
	free(path);
	free(source);
	manifest_free(&again);
	manifest_free(&m);
}
END_TEST

/*
 * A folder's name that holds a line of mtree must not become one: whoever can
 * make folders could vouch for a file of his own.
 */
START_TEST(a_name_makes_no_entry)
{
	static const char *const names[] = { "t/d/x\n.. type=dir",
					     "t/y\n/evil type=file" };
	struct manifest *m;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *name = xasprintf("%s/file", names[i]);

		put_text(folder, name, "a");
		free(name);
	}
	m = record("t", NULL, 0);
	ck_assert_ptr_null(manifest_find(m, SLICE_LIT("/evil")));
	ck_assert_ptr_nonnull(manifest_find(m, SLICE_LIT("/y\n/evil type=file/file")));
	ck_assert_ptr_nonnull(
		manifest_find(m, SLICE_LIT("/d/x\n.. type=dir/file"))->path);
	manifest_free(&m);
}
END_TEST

START_TEST(leaves_out_what_is_excluded)
{
	static const char *const exclude[] = { "/a b/", "/l", "/y/no", "/pp" };
	struct manifest *m;

	make_tree();
	m = record("t", exclude, ARRAY_SIZE(exclude));
	ck_assert_uint_eq(manifest_count(m), 5);
	ck_assert_ptr_null(manifest_find(m, SLICE_LIT("/a b")));
	ck_assert_ptr_null(manifest_find_nofollow(m, SLICE_LIT("/l")));
	ck_assert_ptr_nonnull(manifest_find(m, SLICE_LIT("/y")));
	ck_assert_ptr_nonnull(manifest_find(m, SLICE_LIT("/p")));
	manifest_free(&m);
}
END_TEST

/* A link to a folder outside, and one that leads back in, are only links. */
START_TEST(follows_no_link)
{
	struct manifest *m;

	put_text(folder, "secret/file", "b");
	put_text(folder, "t/d/file", "a");
	make_link("../secret", "t/out");
	make_link("..", "t/d/up");
	make_link("/", "t/root");
	m = record("t", NULL, 0);
	ck_assert_uint_eq(manifest_count(m), 6);
	manifest_free(&m);
}
END_TEST

START_TEST(deep_folders_are_recorded_or_told)
{
	enum { DEPTH = 60 };
	static const char name[] = "a_name_that_is_long_enough_to_make_the_path_too_long_"
				   "for_the_kernel_when_it_is_repeated";
	char *start = below("t");
	struct manifest *m;

	ck_assert_int_eq(mkdir(start, 0755), 0);
	ck_assert_int_eq(chdir(start), 0);
	for (int i = 0; i < DEPTH; i++) {
		ck_assert_int_eq(mkdir(name, 0755), 0);
		ck_assert_int_eq(chdir(name), 0);
	}
	m = record("t", NULL, 0);
	ck_assert_uint_eq(counts.unreadable, 1);
	ck_assert_ptr_nonnull(strstr(strbuf_str(&warnings), "the path is too long"));
	ck_assert_uint_eq(manifest_count(m), 1 + 4095 / sizeof(name));
	for (int i = 0; i < DEPTH; i++) {
		ck_assert_int_eq(chdir(".."), 0);
		ck_assert_int_eq(rmdir(name), 0);
	}
	free(start);
	manifest_free(&m);
}
END_TEST

START_TEST(the_kernels_file_systems_are_left_out)
{
	struct record_options options = { .exclude =
						  (const char *const[]){ "/fs", "/bus" },
					  .nexclude = 2,
					  .warn = collect_warning };
	struct manifest *m = NULL;
	struct err err;

	/* The root of the walk is what was asked for, whatever it is. */
	ck_assert_int_eq(manifest_record_load("dir:/proc/self/net", &options, &m, &counts,
					      &err),
			 0);
	ck_assert_uint_gt(manifest_count(m), 1);
	manifest_free(&m);
}
END_TEST

START_TEST(what_cannot_be_read_is_counted)
{
	struct manifest *m;
	struct err err;
	char *file;

	put_text(folder, "t/open", "a");
	put_text(folder, "t/closed", "a");
	file = below("t/closed");
	ck_assert_int_eq(chmod(file, 0), 0);
	free(file);
	ck_assert_int_eq(chmod(folder, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	m = record("t", NULL, 0);
	ck_assert_uint_eq(counts.unreadable, 1);
	ck_assert_str_eq(strbuf_str(&warnings), "/closed: Permission denied\n");
	ck_assert(!manifest_find(m, SLICE_LIT("/closed"))->has_sha256);
	ck_assert_uint_eq(manifest_find(m, SLICE_LIT("/closed"))->size, 1);
	ck_assert(manifest_find(m, SLICE_LIT("/open"))->has_sha256);
	manifest_free(&m);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_lt(manifest_record_load("dir:/nonexistent",
					      &(struct record_options){ 0 }, &m, &counts,
					      &err),
			 0);
	ck_assert_str_eq(err.msg, "/nonexistent: No such file or directory");
}
END_TEST

/* Two manifests by their text, and the differences as "KINDS PATH;". */
static const struct {
	const char *first, *second, *result;
} differences[] = {
	{ "./a type=file\n", "./a type=file\n", "" },
	{ "./a type=file\n", "./b type=file\n", "2 /a;1 /b;" },
	{ "./b type=file\n", "./a type=file\n", "1 /a;2 /b;" },
	{ "./a type=file\n", "./a type=dir\n", "4 /a;" },
	{ "./a type=file mode=644\n", "./a type=file mode=600\n", "8 /a;" },
	{ "./a type=file size=1\n", "./a type=file size=2\n", "16 /a;" },
	{ "./a type=link link=x\n", "./a type=link link=y\n", "32 /a;" },
	{ "./a type=link link=x mode=777\n", "./a type=link link=x mode=700\n", "" },
	{ "./a type=dir size=1\n", "./a type=dir size=2\n", "" },
	{ "./a type=file sha256=" SHA_A "\n", "./a type=file sha256=" SHA_EMPTY "\n",
	  "64 /a;" },
	{ "./a type=file sha256=" SHA_A "\n", "./a type=file\n", "" },
	{ "./a type=file mode=644 size=3 sha256=" SHA_A "\n",
	  "./a type=file mode=600 size=1 sha256=" SHA_EMPTY "\n", "88 /a;" },
	{ "./a-b type=file\n./a/c type=file\n", "./a/c type=file\n./b type=file\n",
	  "2 /a-b;1 /b;" },
	{ "#mtree\n", "./b type=file\n./a type=file\n", "1 /a;1 /b;" },
};

static struct manifest *load_text(const char *name, const char *text)
{
	char *path = below(name);
	struct manifest *m = NULL;
	struct err err;

	put_text(folder, name, text);
	ck_assert_msg(manifest_load(path, &m, &err) == 0, "%s", err.msg);
	manifest_sort(m);
	free(path);
	return m;
}

START_TEST(tells_what_is_different)
{
	struct manifest *first = load_text("first", differences[_i].first);
	struct manifest *second = load_text("second", differences[_i].second);
	struct difference_iter iter = { 0 };
	struct difference d;
	struct strbuf got;

	strbuf_init(&got);
	while (difference_next(first, second, &iter, &d))
		strbuf_printf(&got, "%u %s;", d.kinds,
			      d.first ? d.first->path : d.second->path);
	ck_assert_str_eq(strbuf_str(&got), differences[_i].result);
	strbuf_fini(&got);
	manifest_free(&first);
	manifest_free(&second);
}
END_TEST

Suite *suite_record(void);

Suite *suite_record(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");

	tcase_add_checked_fixture(tc, make_place, remove_place);
	tcase_add_test(tc, records_what_is_there);
	tcase_add_test(tc, reads_back_what_it_wrote);
	tcase_add_test(tc, a_name_makes_no_entry);
	tcase_add_test(tc, leaves_out_what_is_excluded);
	tcase_add_test(tc, follows_no_link);
	tcase_add_test(tc, deep_folders_are_recorded_or_told);
	tcase_add_test(tc, the_kernels_file_systems_are_left_out);
	tcase_add_test(tc, what_cannot_be_read_is_counted);
	tcase_add_loop_test(tc, tells_what_is_different, 0, ARRAY_SIZE(differences));
	suite_add_tcase(suite, tc);
	return suite;
}
