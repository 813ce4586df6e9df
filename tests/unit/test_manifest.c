/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading mtree text and looking paths up in it. */
#include "manifest/manifest.h"

#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "manifest/mtree_out.h"

#define SHA_A "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define SHA_B "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"

static struct manifest *loaded;
static char path[64];

/* Puts text into a file of its own. */
static void write_text(const char *text, size_t len)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/auspex-test-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static int load(const char *text, struct err *err)
{
	int rc;

	write_text(text, strlen(text));
	rc = manifest_load(path, &loaded, err);
	unlink(path);
	return rc;
}

static void load_image(void)
{
	static const char image[] =
		"#mtree\n"
		"# auspex: image=registry/web:1.4\n"
		"# auspex: digest=sha256:abc\n"
		"# auspex: source=/srv/a\\040b\n"
		"# auspex: nonsense=x\n"
		". mode=755 type=dir\n"
		"./bin type=link mode=777 link=usr/bin\n"
		"./lib type=link mode=777 link=/usr/lib\n"
		"./usr type=dir mode=755\n"
		"./usr/bin type=dir mode=755\n"
		"./usr/bin/ls type=file mode=4755 size=1 sha256digest=" SHA_A "\n"
		"./usr/bin/vi type=link link=/etc/alternatives/vi\n"
		"./etc/alternatives/vi type=link link=/usr/bin/../bin/./vim.basic\n"
		"./usr/bin/vim.basic type=file mode=755 size=1 sha256=" SHA_B "\n"
		"./usr/lib type=dir\n"
		"./usr/lib/libz.so.1 type=link link=libz.so.1.2.13\n"
		"./usr/lib/libz.so.1.2.13 type=file mode=644 size=9\n"
		"./usr/up type=link link=../../../usr\n"
		"./loop type=link link=loop2/x\n"
		"./loop2 type=link link=loop\n"
		"./self type=link link=self\n"
		"./nowhere type=link link=/not/there\n"
		"./void type=link\n"
		"./dev/null type=char mode=666\n"
		"./n\\303\\251\\012w type=file size=3\n"
		"./unlisted/dir/file type=file size=4\n";
	struct err err;

	ck_assert_msg(load(image, &err) == 0, "%s", err.msg);
}

static void free_image(void)
{
	manifest_free(&loaded);
	ck_assert_ptr_null(loaded);
}

static const struct {
	const char *asked, *found, *nofollow;
} lookups[] = {
	{ "/usr/bin/ls", "/usr/bin/ls", "/usr/bin/ls" },
	{ "/bin/ls", "/usr/bin/ls", "/usr/bin/ls" },
	{ "//bin///ls", "/usr/bin/ls", "/usr/bin/ls" },
	{ "/./bin/./ls", "/usr/bin/ls", "/usr/bin/ls" },
	{ "/bin/../bin/ls", "/usr/bin/ls", "/usr/bin/ls" },
	{ "/bin/../lib/libz.so.1", "/usr/lib/libz.so.1.2.13", "/usr/lib/libz.so.1" },
	{ "/../../usr/bin/ls", "/usr/bin/ls", "/usr/bin/ls" },
	{ "/bin", "/usr/bin", "/bin" },
	{ "/bin/", "/usr/bin", "/usr/bin" },
	{ "/bin/.", "/usr/bin", "/usr/bin" },
	{ "/", "/", "/" },
	{ "/..", "/", "/" },
	{ "///", "/", "/" },
	{ "/lib/libz.so.1", "/usr/lib/libz.so.1.2.13", "/usr/lib/libz.so.1" },
	{ "/bin/vi", "/usr/bin/vim.basic", "/usr/bin/vi" },
	{ "/usr/up/up/up/bin/ls", "/usr/bin/ls", "/usr/bin/ls" },
	{ "/usr/up", "/usr", "/usr/up" },
	{ "/usr/up/", "/usr", "/usr" },
	{ "/dev/null", "/dev/null", "/dev/null" },
	{ "/n\303\251\nw", "/n\303\251\nw", "/n\303\251\nw" },
	{ "/unlisted/dir/file", "/unlisted/dir/file", "/unlisted/dir/file" },
	{ "/unlisted//dir/../dir/file", "/unlisted/dir/file", "/unlisted/dir/file" },
	/* not in the image */
	{ "/usr/bin/l", NULL, NULL },
	{ "/usr/bin/lss", NULL, NULL },
	{ "/usr/bin/ls/", NULL, NULL },
	{ "/usr/bin/ls/.", NULL, NULL },
	{ "/usr/bin/ls/../ls", NULL, NULL },
	{ "/usr/bin/ls/x", NULL, NULL },
	{ "/unlisted/dir", NULL, NULL },
	{ "/nowhere", NULL, "/nowhere" },
	{ "/nowhere/x", NULL, NULL },
	{ "/void", NULL, "/void" },
	{ "/loop", NULL, "/loop" },
	{ "/loop/x", NULL, NULL },
	{ "/self", NULL, "/self" },
	{ "/self/", NULL, NULL },
	{ "", NULL, NULL },
	{ "bin/ls", NULL, NULL },
	{ "./bin/ls", NULL, NULL },
	{ "[vdso]", NULL, NULL },
};

static void check_found(const struct manifest_entry *got, const char *want,
			const char *asked)
{
	ck_assert_msg((got != NULL) == (want != NULL), "%s: got %s", asked,
		      got ? got->path : "nothing");
	if (want)
		ck_assert_str_eq(got->path, want);
}

START_TEST(finds_through_the_images_own_links)
{
	struct slice asked = slice_str(lookups[_i].asked);

	check_found(manifest_find(loaded, asked), lookups[_i].found, asked.ptr);
	check_found(manifest_find_nofollow(loaded, asked), lookups[_i].nofollow,
		    asked.ptr);
	manifest_sort(loaded);
	check_found(manifest_find(loaded, asked), lookups[_i].found, asked.ptr);
}
END_TEST

START_TEST(a_nul_or_an_endless_path_is_not_found)
{
	static char longest[5000];

	ck_assert_ptr_null(manifest_find(loaded, SLICE_LIT("/usr/bin/ls\0")));
	ck_assert_ptr_null(manifest_find(loaded, SLICE_LIT("/usr\0bin/ls")));
	memset(longest, '/', sizeof(longest));
	ck_assert_ptr_null(manifest_find(loaded, slice_make(longest, sizeof(longest))));
	ck_assert_ptr_nonnull(manifest_find(loaded, slice_make(longest, 4095)));
	memset(longest + 1, 'a', sizeof(longest) - 1);
	ck_assert_ptr_null(manifest_find(loaded, slice_make(longest, 4095)));
}
END_TEST

START_TEST(keeps_what_the_text_says)
{
	const struct manifest_entry *ls = manifest_find(loaded, SLICE_LIT("/bin/ls"));
	const struct manifest_entry *libz;
	char hex[SHA256_HEX + 1];

	hex_encode(ls->sha256, SHA256_LEN, hex);
	ck_assert_str_eq(hex, SHA_A);
	ck_assert(ls->has_sha256);
	ck_assert_uint_eq(ls->mode, 04755);
	ck_assert_uint_eq(ls->size, 1);
	ck_assert_ptr_eq(manifest_find_sha256(loaded, ls->sha256), ls);
	libz = manifest_find(loaded, SLICE_LIT("/usr/lib/libz.so.1.2.13"));
	ck_assert(!libz->has_sha256);
	ck_assert_ptr_null(manifest_find_sha256(loaded, libz->sha256));
	ck_assert_str_eq(manifest_image(loaded), "registry/web:1.4");
	ck_assert_str_eq(manifest_digest(loaded), "sha256:abc");
	ck_assert_str_eq(manifest_source(loaded), "/srv/a b");
	ck_assert_ptr_null(manifest_image_id(loaded));
	ck_assert_uint_eq(manifest_count(loaded), 21);
}
END_TEST

START_TEST(sorts_directories_before_what_they_hold)
{
	static const char *const order[] = { "/", "/a", "/a/z", "/a-b", "/a.b/c", "/aa" };
	struct err err;

	ck_assert_int_eq(load("/set type=file\n./aa\n./a-b\n./a/z\n./a.b/c\n"
			      "./a type=dir\n.  type=dir\n",
			      &err),
			 0);
	manifest_sort(loaded);
	ck_assert_uint_eq(manifest_count(loaded), ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		ck_assert_str_eq(manifest_entry(loaded, i)->path, order[i]);
	manifest_free(&loaded);
}
END_TEST

/* What is read as a list "kind path size" or, after '!', refused so. */
static const struct {
	const char *text, *result;
} texts[] = {
	/* the nested form of the BSDs and go-mtree */
	{ "#\t  user: root\n#mtree v2.0\n\n/set type=file mode=0644 uid=0\n"
	  ".   type=dir mode=0755 time=1.0\n"
	  "    x\\040y size=3 \\\n        sha256digest=" SHA_A "\n"
	  "# ./usr\nusr type=dir\n    bin type=dir\n        ls size=1\n    ..\n"
	  "    lib type=dir\n    ..\n..\netc type=dir\n  passwd size=7\n..\n..\n",
	  "1 / 0,0 /x y 3,1 /usr 0,1 /usr/bin 0,0 /usr/bin/ls 1,1 /usr/lib 0,"
	  "1 /etc 0,0 /etc/passwd 7," },
	/* several looks at one path add up */
	{ "./a type=file size=1\n./a size=2\n", "0 /a 2," },
	{ "./a type=file\n./a type=dir\n", "1 /a 0," },
	{ "/set type=dir\n./a\n/unset type\n./b type=file\n", "1 /a 0,0 /b 0," },
	{ "/set type=dir mode=7\n/unset all\n./b type=file\n", "0 /b 0," },
	{ "/a/b type=file\n", "0 /a/b 0," },
	{ "./a type=file\r\n", "0 /a 0," },
	{ ".//a/./b/ type=dir", "1 /a/b 0," },
	{ "./a \t type=file  size=2\t\n", "0 /a 2," },
	{ "./a type=file optional nlink=3 contents=/etc/x time=1\n", "0 /a 0," },
	{ "./p type=fifo\n./s type=socket\n./b type=block\n", "5 /p 0,6 /s 0,4 /b 0," },
	{ "./a type=file size=18446744073709551615\n", "0 /a 18446744073709551615," },
	{ "..\n..\na type=file\n", "0 /a 0," },
	{ "#mtree\n", "" },
	{ "# a comment that ends so \\\n./a type=file\n", "0 /a 0," },
	{ "./a type=file size=1 \\\n", "0 /a 1," },
	/* refused */
	{ "", "!empty" },
	{ "root:x:0:0:root:/root:/bin/bash\n", "!:1: no type=" },
	{ "type=SYSCALL msg=audit(1:2): arch=c000003e\n", "!:1: no type=" },
	{ "./a type=file\n\n./b type=door\n", "!:3: a value" },
	{ "./a type=file size=-1\n", "!:1: a value" },
	{ "./a type=file size=18446744073709551616\n", "!:1: a value" },
	{ "./a type=file size=1k\n", "!:1: a value" },
	{ "./a type=file mode=rw\n", "!:1: a value" },
	{ "./a type=file sha256digest=abc\n", "!:1: a value" },
	{ "./a type=file sha256digest=" SHA_A "00\n", "!:1: a value" },
	{ "./a type=file sha256digest=x" SHA_A "\n", "!:1: a value" },
	{ "./a type=link link=\\q\n", "!:1: a value" },
	{ "./a\\000b type=file\n", "!:1: a name" },
	{ "./../etc/passwd type=file\n", "!:1: a path that leaves" },
	{ "./a/../../b type=file\n", "!:1: a path that leaves" },
	{ "./\\056\\056/b type=file\n", "!:1: a path that leaves" },
	{ "./a type=file\n./b \\\ntype=nothing\n", "!:3: a value" },
};

static char *listing(void)
{
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);

	for (size_t i = 0; i < manifest_count(loaded); i++) {
		const struct manifest_entry *e = manifest_entry(loaded, i);

		fprintf(file, "%d %s %llu,", e->kind, e->path,
			(unsigned long long)e->size);
	}
	fclose(file);
	return out;
}

START_TEST(reads_or_refuses)
{
	const char *want = texts[_i].result;
	struct err err = { "" };
	int rc = load(texts[_i].text, &err);
	char *got;

	if (*want == '!') {
		ck_assert_msg(rc < 0, "%s: was read", texts[_i].text);
		ck_assert_msg(strstr(err.msg, want + 1), "%s: %s", texts[_i].text,
			      err.msg);
		ck_assert_ptr_eq(strstr(err.msg, path), err.msg);
		ck_assert_ptr_null(loaded);
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", texts[_i].text, err.msg);
	got = listing();
	ck_assert_str_eq(got, want);
	free(got);
	manifest_free(&loaded);
}
END_TEST

START_TEST(refuses_bytes_and_endless_lines)
{
	static char line[100000];
	struct err err;

	write_text("./a type=file\n\0\n", 16);
	ck_assert_int_lt(manifest_load(path, &loaded, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.msg, ":2: not text"));
	unlink(path);
	memset(line, 'a', sizeof(line));
	memcpy(line, "./", 2);
	write_text(line, sizeof(line));
	ck_assert_int_lt(manifest_load(path, &loaded, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.msg, ":1: a line that is too long"));
	unlink(path);
	memcpy(line + 4096 + 2, " type=file\n", 11);
	write_text(line, 4096 + 2 + 11);
	ck_assert_int_lt(manifest_load(path, &loaded, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.msg, ":1: a path that is too long"));
	unlink(path);
	memset(line, '\\', sizeof(line));
	for (size_t i = 1; i < sizeof(line); i += 2)
		line[i] = '\n';
	write_text(line, sizeof(line));
	ck_assert_int_eq(manifest_load(path, &loaded, &err), 0);
	ck_assert_uint_eq(manifest_count(loaded), 0);
	manifest_free(&loaded);
	unlink(path);
}
END_TEST

static const struct {
	const char *name, *says;
} unreadables[] = {
	{ "/nonexistent/x", "/nonexistent/x: No such file" },
	{ "/", "/: a folder, no manifest" },
	{ "/dev/null", "/dev/null: empty" },
};

START_TEST(says_what_cannot_be_read)
{
	struct err err;

	ck_assert_int_lt(manifest_load(unreadables[_i].name, &loaded, &err), 0);
	ck_assert_msg(strstr(err.msg, unreadables[_i].says) == err.msg, "%s", err.msg);
}
END_TEST

/* libarchive's own mtree reader as the oracle for texts of both forms. */
static const char *const oracle_texts[] = {
	"#mtree\n. mode=755 type=dir\n./p mode=644 type=fifo\n"
	"./a\\040b mode=755 type=dir\n./a\\040b/l mode=777 type=link link=tgt\\040sp\n"
	"./a\\040b/new\\012line mode=4644 type=file size=12 sha256digest=" SHA_A "\n"
	"./a\\040b/c/\\303\\251\\043\\075\\134x mode=1644 type=file size=0 sha256=" SHA_B
	"\n",
	"#mtree\n\n# .\n"
	"/set type=file uname=root uid=0 gname=root gid=0 mode=755\n"
	".               time=1795312793.674116036 type=dir\n"
	"    p           time=1795312793.674116036 mode=644 type=fifo\n\n# ./a b\n"
	"a\\040b          time=1795312793.671739784 type=dir\n"
	"    l           time=1795312793.671739784 mode=777 type=link link=tgt\\040sp\n"
	"    new\\012line time=1795312793.671739784 mode=644 size=0\n\n# ./a b/c\n"
	"c               time=1795312793.671739784 type=dir\n"
	"    \\303\\251\\043\\075\\134x \\\n"
	"                time=1795312793.671739784 mode=644 size=0\n"
	"# ./a b/c\n..\n\n# ./a b\n..\n\n..\n\n",
	/* directories that are not listed, a file that is one too, no root */
	"#mtree\n./a/b/c type=file mode=644 size=1\n./d type=dir mode=755\n"
	"./d/e/f type=file mode=644 size=2\n./d/g type=file mode=644 size=3\n"
	"./d/g/h type=file mode=644 size=4\n./i/j type=dir mode=755\n"
	"./i/j/k type=link mode=777 link=l\n",
};

static unsigned file_type(enum manifest_kind kind)
{
	static const unsigned types[] = {
		[MF_FILE] = AE_IFREG,    [MF_DIR] = AE_IFDIR,   [MF_LINK] = AE_IFLNK,
		[MF_CHAR] = AE_IFCHR,    [MF_BLOCK] = AE_IFBLK, [MF_FIFO] = AE_IFIFO,
		[MF_SOCKET] = AE_IFSOCK,
	};

	return types[kind];
}

/* libarchive gives names as they stand: ".", "./p" and, nested, "p". */
static void check_against(struct archive_entry *theirs)
{
	const char *name = archive_entry_pathname(theirs);
	const struct manifest_entry *ours;
	char absolute[64];

	snprintf(absolute, sizeof(absolute), "/%s",
		 strcmp(name, ".") == 0        ? ""
		 : strncmp(name, "./", 2) == 0 ? name + 2
					       : name);
	ours = manifest_find_nofollow(loaded, slice_str(absolute));
	ck_assert_msg(ours != NULL, "%s", name);
	ck_assert_uint_eq(archive_entry_filetype(theirs), file_type(ours->kind));
	ck_assert_uint_eq(archive_entry_perm(theirs), ours->mode);
	ck_assert_uint_eq((uint64_t)archive_entry_size(theirs), ours->size);
	if (ours->kind == MF_LINK)
		ck_assert_str_eq(archive_entry_symlink(theirs), ours->link);
	if (ours->has_sha256)
		ck_assert_mem_eq(archive_entry_digest(theirs,
						      ARCHIVE_ENTRY_DIGEST_SHA256),
				 ours->sha256, SHA256_LEN);
}

static void check_with_libarchive(const char *text)
{
	struct archive *oracle = archive_read_new();
	struct archive_entry *entry;
	size_t count = 0;

	archive_read_support_format_mtree(oracle);
	ck_assert_int_eq(archive_read_open_memory(oracle, text, strlen(text)), 0);
	while (archive_read_next_header(oracle, &entry) == ARCHIVE_OK) {
		check_against(entry);
		count++;
	}
	ck_assert_uint_eq(count, manifest_count(loaded));
	archive_read_free(oracle);
}

START_TEST(reads_what_libarchive_reads)
{
	struct err err;

	ck_assert_msg(load(oracle_texts[_i], &err) == 0, "%s", err.msg);
	check_with_libarchive(oracle_texts[_i]);
	manifest_free(&loaded);
}
END_TEST

/* All of a manifest as text; the caller's. */
static char *write_loaded(void)
{
	struct mtree_out *out = mtree_out_new();
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	struct err err;

	for (size_t i = 0; i < manifest_count(loaded); i++)
		ck_assert_int_eq(mtree_out_add(out, manifest_entry(loaded, i), &err), 0);
	ck_assert_int_eq(mtree_out_finish(out, loaded, file, &err), 0);
	mtree_out_free(&out);
	ck_assert_int_eq(fclose(file), 0);
	return text;
}

/* What another reader makes of it, and we. Directories left out are put in. */
START_TEST(writes_what_libarchive_reads)
{
	struct err err;
	char *text;

	ck_assert_msg(load(oracle_texts[_i], &err) == 0, "%s", err.msg);
	text = write_loaded();
	manifest_free(&loaded);
	ck_assert_msg(load(text, &err) == 0, "%s", err.msg);
	check_with_libarchive(text);
	free(text);
	manifest_free(&loaded);
}
END_TEST

Suite *suite_manifest(void);

Suite *suite_manifest(void)
{
	Suite *suite = suite_create("manifest");
	TCase *image = tcase_create("look-up");
	TCase *load_tc = tcase_create("load");

	tcase_add_checked_fixture(image, load_image, free_image);
	tcase_add_loop_test(image, finds_through_the_images_own_links, 0,
			    ARRAY_SIZE(lookups));
	tcase_add_test(image, a_nul_or_an_endless_path_is_not_found);
	tcase_add_test(image, keeps_what_the_text_says);
	suite_add_tcase(suite, image);
	tcase_add_test(load_tc, sorts_directories_before_what_they_hold);
	tcase_add_loop_test(load_tc, reads_or_refuses, 0, ARRAY_SIZE(texts));
	tcase_add_test(load_tc, refuses_bytes_and_endless_lines);
	tcase_add_loop_test(load_tc, says_what_cannot_be_read, 0,
			    ARRAY_SIZE(unreadables));
	tcase_add_loop_test(load_tc, reads_what_libarchive_reads, 0,
			    ARRAY_SIZE(oracle_texts));
	tcase_add_loop_test(load_tc, writes_what_libarchive_reads, 0,
			    ARRAY_SIZE(oracle_texts));
	suite_add_tcase(suite, load_tc);
	return suite;
}
