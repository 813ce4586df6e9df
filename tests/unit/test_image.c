/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording images from their archives, the honest and the hostile. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/fsio.h"
#include "base/xalloc.h"
#include "manifest/record.h"
#include "unit/folder.h"
#include "unit/image_maker.h"

enum { LAYERS = 5 };

static char *folder;

static void make_place(void)
{
	folder = make_folder();
}

static void remove_place(void)
{
	remove_folder(&folder);
}

static int record(const char *source, struct manifest **out, struct err *err)
{
	struct record_options options = { 0 };
	struct record_counts counts;

	return manifest_record_load(source, &options, out, &counts, err);
}

/* What recording gives: the description, or '!' and the error. */
static char *outcome(const char *source)
{
	struct manifest *m = NULL;
	struct err err;
	char *text;

	if (record(source, &m, &err) < 0)
		return xasprintf("!%s", err.msg);
	text = describe_manifest(m);
	ck_assert_str_eq(manifest_entry(m, 0)->path, "/");
	manifest_free(&m);
	return text;
}

static const struct {
	const char *name, *layers[LAYERS], *result;
} layerings[] = {
	{ "one", { "f a 1;d b/;f b/c 2;l d a;p e" }, "/a=1 /b/ /b/c=2 /d>a /e|" },
	{ "names", { "f ./a 1;f /b 2;f c//d/./e 3" }, "/a=1 /b=2 /c/ /c/d/ /c/d/e=3" },
	{ "upper wins", { "f a 1;f b 1", "f a 2" }, "/a=2 /b=1" },
	{ "twice in one", { "f a 1;f a 2" }, "/a=2" },
	{ "directories merge", { "f d/a 1", "d d;f d/b 2" }, "/d/ /d/a=1 /d/b=2" },
	{ "whiteout", { "f a 1;f b 1", "f .wh.a" }, "/b=1" },
	{ "whiteout below", { "f d/a 1;f d/b 1", "f d/.wh.a" }, "/d/ /d/b=1" },
	{ "whiteout of a directory", { "f d/e/a 1;f b 1", "f .wh.d" }, "/b=1" },
	{ "whiteout, then again", { "f a 1", "f .wh.a", "f a 3" }, "/a=3" },
	{ "whiteout before its own", { "f a 1", "f .wh.a;f a 2" }, "/a=2" },
	{ "whiteout after its own", { "f a 1", "f a 2;f .wh.a" }, "/a=2" },
	{ "whiteout of a directory that stays",
	  { "f d/a 1;f d/e/b 1", "f d/c 2;f .wh.d" },
	  "/d/ /d/c=2" },
	{ "deep one stays",
	  { "f d/e/a 1;f d/f/a 1", "f d/e/b 2;f .wh.d" },
	  "/d/ /d/e/ /d/e/b=2" },
	{ "whiteout of nothing", { "f a 1", "f .wh.x;f y/.wh.z" }, "/a=1" },
	{ "opaque first", { "f d/a 1", "f d/.wh..wh..opq;f d/b 2" }, "/d/ /d/b=2" },
	{ "opaque last", { "f d/a 1", "f d/b 2;f d/.wh..wh..opq" }, "/d/ /d/b=2" },
	{ "opaque keeps the directory", { "f d/a 1", "f d/.wh..wh..opq" }, "/d/" },
	{ "opaque, deep",
	  { "f d/e/a 1;f d/e/f/g 1", "f d/.wh..wh..opq;f d/e/b 2" },
	  "/d/ /d/e/ /d/e/b=2" },
	{ "opaque root", { "f a 1;f d/b 1", "f .wh..wh..opq;f c 2" }, "/c=2" },
	{ "opaque twice",
	  { "f d/a 1", "f d/.wh..wh..opq;f d/b 2;f d/.wh..wh..opq;f d/c 2" },
	  "/d/ /d/b=2 /d/c=2" },
	{ "opaque once a layer",
	  { "f d/a 1", "f d/.wh..wh..opq;f d/b 2", "f d/.wh..wh..opq;f d/c 3" },
	  "/d/ /d/c=3" },
	{ "aufs's own",
	  { "f a 1;d .wh..wh.plnk;f .wh..wh.plnk/1.2 1;f .wh..wh.aufs" },
	  "/a=1" },
	{ "hard link", { "f a 1;h b a;h c/d ./b" }, "/a=1 /b=1 /c/ /c/d=1" },
	{ "hard link to below", { "f a 1", "h b a", "f .wh.a" }, "/b=1" },
	{ "hard link to what it was", { "f a 1;h b a", "f a 2" }, "/a=2 /b=1" },
	{ "hard link to a link", { "l a x;h b a" }, "/a>x /b>x" },
	{ "through a link",
	  { "d usr/lib;l lib usr/lib", "f lib/a 2" },
	  "/lib>usr/lib /usr/ /usr/lib/ /usr/lib/a=2" },
	{ "through an absolute link",
	  { "l lib /usr/lib", "f lib/x/a 2" },
	  "/lib>/usr/lib /usr/ /usr/lib/ /usr/lib/x/ /usr/lib/x/a=2" },
	{ "a link out stays in", { "l up ../../..;f up/a 1" }, "/a=1 /up>../../.." },
	{ "whiteout through a link",
	  { "f usr/lib/a 1;l lib usr/lib", "f lib/.wh.a" },
	  "/lib>usr/lib /usr/ /usr/lib/" },
	{ "directory over link",
	  { "f x/a 1;l d x", "d d;f d/b 2" },
	  "/d/ /d/b=2 /x/ /x/a=1" },
	{ "link over directory", { "f d/a 1", "l d x" }, "/d>x" },
	{ "file over directory", { "f d/e/a 1", "f d 2" }, "/d=2" },
	{ "directory over file", { "f d 1", "f .wh.d;d d;f d/a 2" }, "/d/ /d/a=2" },
	{ "and back", { "f d/a 1", "f d 2", "d d", "f d/b 4" }, "/d/ /d/b=4" },
	{ "nothing", { "" }, "" },
	/* refused */
	{ "path out", { "f ../a 1" }, "!leads out" },
	{ "path out, deep", { "f a/b/../../../c 1" }, "!leads out" },
	{ "path that turns", { "f a/../b 1" }, "!leads out" },
	{ "hard link out", { "h a ../../etc/shadow" }, "!leads out" },
	{ "hard link to nothing",
	  { "h a b" },
	  "!/a: another name of /b, which is no file" },
	{ "hard link to a directory", { "d b;h a b" }, "!no file" },
	{ "below a file", { "f a 1;f a/b 1" }, "!/a: is a file, and a directory" },
	{ "circle of links",
	  { "l a b;l b a;f a/x 1" },
	  "!/a/x: its directory is a circle" },
	{ "whiteout of nothing at all", { "f .wh." }, "!whiteout of nothing" },
	{ "whiteout of the parent", { "f a/.wh..." }, "!whiteout of nothing" },
	{ "root as a file", { "f . 1" }, "!no directory" },
};

static void check_outcome(const char *source, const char *want, const char *name)
{
	char *got = outcome(source);

	if (*want == '!')
		ck_assert_msg(*got == '!' && strstr(got, want + 1) && strstr(got, source),
			      "%s: %s", name, got);
	else
		ck_assert_msg(strcmp(got, want) == 0, "%s: %s", name, got);
	free(got);
}

START_TEST(layers_make_a_tree)
{
	char *source = make_image(folder, FORM_DOCKER, layerings[_i].layers);

	check_outcome(source, layerings[_i].result, layerings[_i].name);
	free(source);
}
END_TEST

static const char *const sample[] = {
	"d etc;f etc/a 1;l bin usr/bin;f usr/bin/ls 2;f old 3",
	"f .wh.old;f bin/new 4;h etc/b etc/a", NULL
};
static const char sample_tree[] = "/bin>usr/bin /etc/ /etc/a=1 /etc/b=1 /usr/ /usr/bin/ "
				  "/usr/bin/ls=2 /usr/bin/new=4";

START_TEST(every_form_gives_the_same)
{
	char *source = make_image(folder, (enum form)_i, sample);
	struct manifest *m = NULL;
	struct err err;
	char *got;

	ck_assert_msg(record(source, &m, &err) == 0, "%s", err.msg);
	got = describe_manifest(m);
	ck_assert_str_eq(got, sample_tree);
	ck_assert_str_eq(manifest_image(m), "test/image:1");
	ck_assert_uint_eq(strlen(manifest_image_id(m)), 7 + SHA256_HEX);
	ck_assert_int_eq(manifest_digest(m) != NULL, _i >= FORM_OCI_DIR);
	free(got);
	free(source);
	manifest_free(&m);
}
END_TEST

START_TEST(a_root_file_system_as_tar)
{
	struct strbuf tar;
	char *source = xasprintf("%s/root.tar", folder);

	strbuf_init(&tar);
	make_tar("d ./;f ./etc/a 1;l ./bin usr/bin;f ./package.json {}", "gzip", &tar);
	put_file(folder, "root.tar", tar.ptr, tar.len);
	check_outcome(source, "/bin>usr/bin /etc/ /etc/a=1 /package.json=?", "root");
	strbuf_fini(&tar);
	free(source);
}
END_TEST

/* Names are bytes: neither composed nor refused, whatever the locale. */
START_TEST(names_stay_as_they_are)
{
	char *source = xasprintf("tar:%s/pax.tar", folder), *got;
	struct archive *tar = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	char bytes[8192];
	size_t used;

	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	archive_write_set_format_pax(tar);
	archive_write_open_memory(tar, bytes, sizeof(bytes), &used);
	archive_entry_set_pathname(entry, "cafe\314\201");
	archive_entry_set_mode(entry, AE_IFLNK | 0777);
	archive_entry_set_symlink(entry, "e\314\201");
	ck_assert_int_eq(archive_write_header(tar, entry), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_close(tar);
	archive_write_free(tar);
	put_file(folder, "pax.tar", bytes, used);
	got = outcome(source);
	ck_assert_str_eq(got, "/cafe\314\201>e\314\201");
	free(got);
	free(source);
}
END_TEST

/* Cut anywhere, an archive is refused or, cut behind its last byte, whole. */
START_TEST(a_cut_archive_is_refused)
{
	char *source = make_image(folder, (enum form)_i, sample), *got;
	struct strbuf all;
	size_t refused = 0, tries = 0;
	struct stat st;

	ck_assert_int_eq(stat(source, &st), 0);
	if (S_ISDIR(st.st_mode)) {
		free(source);
		return;
	}
	strbuf_init(&all);
	ck_assert_int_eq(fsio_read_file(source, 1 << 24, &all, NULL), 0);
	for (size_t len = 0; len < all.len; len += 1 + all.len / 61) {
		ck_assert_int_eq(truncate(source, 0), 0);
		put_file(folder, "image.tar", all.ptr, len);
		got = outcome(source);
		tries++;
		refused += *got == '!';
		ck_assert_msg(*got == '!' || strcmp(got, sample_tree) == 0, "%zu: %s",
			      len, got);
		free(got);
	}
	ck_assert_msg(refused >= tries * 3 / 4, "%zu of %zu", refused, tries);
	strbuf_fini(&all);
	free(source);
}
END_TEST

/* Changes one byte in the middle of a blob. */
static void flip(const char *path, struct strbuf *bytes)
{
	FILE *file = fopen(path, "r+");

	ck_assert_ptr_nonnull(file);
	strbuf_clear(bytes);
	ck_assert_int_eq(fsio_read_file(path, 1 << 20, bytes, NULL), 0);
	ck_assert_int_eq(fseek(file, (long)(bytes->len / 2), SEEK_SET), 0);
	fputc(bytes->ptr[bytes->len / 2] ^ 1, file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_changed_blob_is_refused)
{
	char *source = make_image(folder, (enum form)_i, sample);
	char *blobs = xasprintf("%s/blobs/sha256", source), *path, *got;
	char **names = list_folder(blobs);
	struct strbuf bytes;

	strbuf_init(&bytes);
	for (char **name = names; *name; name++) {
		path = xasprintf("%s/%s", blobs, *name);
		flip(path, &bytes);
		got = outcome(source);
		/* The configuration is named but holds nothing that is recorded. */
		if (!strstr(bytes.ptr, "diff_ids"))
			ck_assert_msg(*got == '!', "%s: %s", path, got);
		flip(path, &bytes);
		free(got);
		free(path);
		free(*name);
	}
	check_outcome(source, sample_tree, "restored");
	strbuf_fini(&bytes);
	free(names);
	free(blobs);
	free(source);
}
END_TEST

START_TEST(a_changed_layer_of_docker_is_refused)
{
	static const char *const layers[] = { "f a 1", NULL };
	char *source = make_image(folder, FORM_DOCKER, layers);
	struct strbuf bytes;
	char *at;

	strbuf_init(&bytes);
	ck_assert_int_eq(fsio_read_file(source, 1 << 20, &bytes, NULL), 0);
	at = memmem(bytes.ptr, bytes.len,
		    "1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
	ck_assert_ptr_nonnull(at);
	*at = '2';
	put_file(folder, "image.tar", bytes.ptr, bytes.len);
	check_outcome(source, "!the archive is damaged", "changed");
	strbuf_fini(&bytes);
	free(source);
}
END_TEST

/* A layout of one file that is changed or missing. */
static const struct {
	const char *name, *file, *text, *says;
} broken[] = {
	{ "no JSON", "index.json", "{\"manifests\":", "index.json:1: not JSON" },
	{ "no index", "index.json", "{}", "not an index" },
	{ "no image", "index.json", "{\"manifests\":[]}", "holds no image" },
	{ "a list", "index.json", "[]", "not an index" },
	{ "a digest out", "index.json",
	  "{\"manifests\":[{\"digest\":\"sha256:../../../../../../../etc/passwd\"}]}",
	  "without a sha256 digest" },
	{ "another digest", "index.json", "{\"manifests\":[{\"digest\":\"sha512:00\"}]}",
	  "without a sha256 digest" },
	{ "a missing manifest", "index.json",
	  "{\"manifests\":[{\"digest\":\"sha256:"
	  "0000000000000000000000000000000000000000000000000000000000000000\"}]}",
	  "not in the archive" },
	{ "deep", "index.json", NULL, "index.json:1: not JSON: maximum parsing depth" },
};

START_TEST(a_broken_layout_is_refused)
{
	static char deep[100001];
	char *source = make_image(folder, FORM_OCI_DIR, sample), *got;
	const char *text = broken[_i].text;

	if (!text) {
		memset(deep, '[', sizeof(deep) - 1);
		text = deep;
	}
	put_text(source, broken[_i].file, text);
	got = outcome(source);
	ck_assert_msg(*got == '!' && strstr(got, broken[_i].says), "%s: %s",
		      broken[_i].name, got);
	free(got);
	free(source);
}
END_TEST

/* What stands in the place of a layer's blob. */
static void put_nothing(const char *path)
{
	(void)path;
}

static void put_link(const char *path)
{
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
}

static void put_pipe(const char *path)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void put_folder(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void put_words(const char *path)
{
	put_text("", path, "no tar at all");
}

static void put_empty(const char *path)
{
	put_text("", path, "");
}

static const struct {
	const char *name;
	void (*put)(const char *path);
	const char *says;
} foreign_blobs[] = {
	{ "nothing", put_nothing, "not in the archive" },
	{ "link out", put_link, "Too many levels of symbolic links" },
	{ "pipe", put_pipe, "not a file" },
	{ "folder", put_folder, "not a file" },
	{ "words", put_words, "Unrecognized archive format" },
	{ "empty file", put_empty, "damaged" },
};

static void replace_layers(const char *source, void (*put)(const char *path))
{
	char *blobs = xasprintf("%s/blobs/sha256", source), *path;
	char **names = list_folder(blobs);
	struct strbuf bytes;

	for (char **name = names; *name; name++) {
		path = xasprintf("%s/%s", blobs, *name);
		strbuf_init(&bytes);
		ck_assert_int_eq(fsio_read_file(path, 1 << 20, &bytes, NULL), 0);
		if (*bytes.ptr != '{') {
			ck_assert_int_eq(unlink(path), 0);
			put(path);
		}
		strbuf_fini(&bytes);
		free(path);
		free(*name);
	}
	free(names);
	free(blobs);
}

START_TEST(a_blob_that_is_none_is_refused)
{
	char *source = make_image(folder, FORM_OCI_DIR, sample), *got;

	replace_layers(source, foreign_blobs[_i].put);
	got = outcome(source);
	ck_assert_msg(*got == '!' && strstr(got, foreign_blobs[_i].says), "%s: %s",
		      foreign_blobs[_i].name, got);
	free(got);
	free(source);
}
END_TEST

/* What is no image archive at all, by its bytes. */
static const struct {
	const char *name, *bytes, *says;
} no_archives[] = {
	{ "empty", "", "is this an image archive" },
	{ "text", "hello, world\n", "is this an image archive" },
	{ "gzip of nothing", "\037\213\010\000", "is this an image archive" },
};

START_TEST(what_is_no_archive_is_refused)
{
	char *source = xasprintf("%s/x", folder);

	put_text(folder, "x", no_archives[_i].bytes);
	check_outcome(source, "!is this an image archive", no_archives[_i].name);
	free(source);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	check_outcome("/dev/null", "!neither a file nor a folder", "device");
	check_outcome("/nonexistent/image.tar", "!No such file", "nothing");
	check_outcome("/etc/passwd/x", "!Not a directory", "below a file");
}
END_TEST

/* 320 MiB of zeros, packed to next to nothing. */
static void make_bomb(const char *filter, struct strbuf *out)
{
	static char zeros[1 << 20];
	enum { MIB = 320 };
	struct archive *tar = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0, room = 1 << 24;
	char *bytes = xmalloc(room);

	archive_write_set_format_ustar(tar);
	archive_write_add_filter_by_name(tar, filter);
	archive_write_set_filter_option(tar, NULL, "compression-level", "1");
	ck_assert_int_eq(archive_write_open_memory(tar, bytes, room, &used), ARCHIVE_OK);
	archive_entry_set_pathname(entry, "zeros");
	archive_entry_set_mode(entry, AE_IFREG | 0644);
	archive_entry_set_size(entry, (la_int64_t)MIB << 20);
	ck_assert_int_eq(archive_write_header(tar, entry), ARCHIVE_OK);
	for (int i = 0; i < MIB; i++)
		ck_assert_int_eq(archive_write_data(tar, zeros, sizeof(zeros)),
				 (la_ssize_t)sizeof(zeros));
	archive_entry_free(entry);
	ck_assert_int_eq(archive_write_close(tar), ARCHIVE_OK);
	archive_write_free(tar);
	strbuf_add(out, bytes, used);
	free(bytes);
}

static const char *const bomb_filters[] = { "zstd", "xz" };

START_TEST(a_bomb_is_refused)
{
	char *source = xasprintf("%s/bomb.tar", folder);
	struct strbuf bomb;

	strbuf_init(&bomb);
	make_bomb(bomb_filters[_i], &bomb);
	put_file(folder, "bomb.tar", bomb.ptr, bomb.len);
	check_outcome(source, "!a decompression bomb", bomb_filters[_i]);
	strbuf_fini(&bomb);
	free(source);
}
END_TEST

/* A terabyte that is nothing but a hole takes no time to refuse. */
START_TEST(a_huge_hole_is_refused)
{
	char *source = xasprintf("tar:%s/hole.tar", folder), *got;
	struct archive *tar = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	char bytes[16384];
	size_t used;

	archive_write_set_format_pax(tar);
	archive_write_open_memory(tar, bytes, sizeof(bytes), &used);
	archive_entry_set_pathname(entry, "hole");
	archive_entry_set_mode(entry, AE_IFREG | 0644);
	archive_entry_set_size(entry, (la_int64_t)1 << 40);
	archive_entry_sparse_add_entry(entry, 0, 1);
	ck_assert_int_eq(archive_write_header(tar, entry), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_data(tar, "x", 1), 1);
	archive_entry_free(entry);
	archive_write_close(tar);
	archive_write_free(tar);
	put_file(folder, "hole.tar", bytes, used);
	got = outcome(source);
	ck_assert_msg(*got == '!' && strstr(got, "/hole: larger than"), "%s", got);
	free(got);
	free(source);
}
END_TEST

/* Two images in one archive are told apart by --image. */
static const struct {
	const char *asked, *result;
} choices[] = {
	{ NULL,
	  "!more than one image, holds a/one:1, a/one:2, two:1: choose with --image" },
	{ "three", "!no image of that name, holds a/one:1" },
	{ "two", "!no image of that name" },
	{ "a/one:1", "/a=1" },
	{ "a/one:2", "/a=1" },
	{ "two:1", "/b=2" },
};

static void put_named_layer(const char *name, const char *entries, char *hex)
{
	struct strbuf tar;

	strbuf_init(&tar);
	make_tar(entries, "none", &tar);
	hex_of(&tar, hex);
	put_file(folder, name, tar.ptr, tar.len);
	strbuf_fini(&tar);
}

START_TEST(an_image_is_chosen_by_name)
{
	static const char config[] = "{\"rootfs\":{\"diff_ids\":[\"sha256:%s\"]}}";
	struct record_options options = { .image = choices[_i].asked };
	struct record_counts counts;
	char one[SHA256_HEX + 1], two[SHA256_HEX + 1], text[256], *source, *got;
	struct manifest *m = NULL;
	struct err err;

	put_named_layer("two/1.tar", "f a 1", one);
	put_named_layer("two/2.tar", "f b 2", two);
	snprintf(text, sizeof(text), config, one);
	put_text(folder, "two/1.json", text);
	snprintf(text, sizeof(text), config, two);
	put_text(folder, "two/2.json", text);
	put_text(
		folder, "two/manifest.json",
		"[{\"Config\":\"1.json\",\"RepoTags\":[\"a/one:1\",\"a/one:2\"],"
		"\"Layers\":[\"1.tar\"]},{\"Config\":\"2.json\",\"RepoTags\":[\"two:1\"],"
		"\"Layers\":[\"2.tar\"]}]");
	source = pack_folder(folder, "two", "none");
	if (manifest_record_load(source, &options, &m, &counts, &err) < 0)
		got = xasprintf("!%s", err.msg);
	else
		got = describe_manifest(m);
	if (choices[_i].result[0] == '!')
		ck_assert_msg(strstr(got, choices[_i].result + 1), "%s", got);
	else
		ck_assert_str_eq(got, choices[_i].result);
	free(got);
	free(source);
	manifest_free(&m);
}
END_TEST

Suite *suite_image(void);

Suite *suite_image(void)
{
	Suite *suite = suite_create("image");
	TCase *tc = tcase_create("image");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, make_place, remove_place);
	tcase_add_loop_test(tc, layers_make_a_tree, 0, ARRAY_SIZE(layerings));
	tcase_add_loop_test(tc, every_form_gives_the_same, 0, FORM_MAX);
	tcase_add_test(tc, a_root_file_system_as_tar);
	tcase_add_test(tc, names_stay_as_they_are);
	tcase_add_loop_test(tc, a_cut_archive_is_refused, 0, FORM_MAX);
	tcase_add_loop_test(tc, a_changed_blob_is_refused, FORM_OCI_DIR, FORM_OCI_TAR);
	tcase_add_test(tc, a_changed_layer_of_docker_is_refused);
	tcase_add_loop_test(tc, a_broken_layout_is_refused, 0, ARRAY_SIZE(broken));
	tcase_add_loop_test(tc, a_blob_that_is_none_is_refused, 0,
			    ARRAY_SIZE(foreign_blobs));
	tcase_add_loop_test(tc, what_is_no_archive_is_refused, 0,
			    ARRAY_SIZE(no_archives));
	tcase_add_test(tc, what_is_no_file_is_refused);
	tcase_add_loop_test(tc, a_bomb_is_refused, 0, ARRAY_SIZE(bomb_filters));
	tcase_add_test(tc, a_huge_hole_is_refused);
	tcase_add_loop_test(tc, an_image_is_chosen_by_name, 0, ARRAY_SIZE(choices));
	suite_add_tcase(suite, tc);
	return suite;
}
