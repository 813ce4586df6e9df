/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit/image_maker.h"

#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsio.h"
#include "base/xalloc.h"
#include "unit/folder.h"

struct made_layer {
	char digest[SHA256_HEX + 1], diff_id[SHA256_HEX + 1];
	size_t size;
};

struct made_image {
	char *folder; /* where its files are put together */
	struct made_layer layers[MAKER_LAYERS_MAX];
	size_t nlayers;
	char config[SHA256_HEX + 1];
	size_t config_size;
};

static la_ssize_t append(struct archive *archive, void *ctx, const void *bytes,
			 size_t len)
{
	(void)archive;
	strbuf_add(ctx, bytes, len);
	return (la_ssize_t)len;
}

static struct archive *open_writer(const char *filter, struct strbuf *out)
{
	struct archive *tar = archive_write_new();

	ck_assert_int_eq(archive_write_set_format_pax_restricted(tar), ARCHIVE_OK);
	if (strcmp(filter, "none") != 0)
		ck_assert_int_eq(archive_write_add_filter_by_name(tar, filter),
				 ARCHIVE_OK);
	archive_write_set_bytes_per_block(tar, 0);
	ck_assert_int_eq(archive_write_open(tar, out, NULL, append, NULL), ARCHIVE_OK);
	return tar;
}

static void add_member(struct archive *tar, char type, const char *path, const char *text,
		       size_t len)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, path);
	archive_entry_set_mode(entry, type == 'd'   ? AE_IFDIR | 0755
				      : type == 'l' ? AE_IFLNK | 0777
				      : type == 'p' ? AE_IFIFO | 0600
						    : AE_IFREG | 0644);
	archive_entry_set_size(entry, type == 'f' ? (la_int64_t)len : 0);
	if (type == 'l')
		archive_entry_set_symlink(entry, text);
	if (type == 'h')
		archive_entry_set_hardlink(entry, text);
	ck_assert_int_ge(archive_write_header(tar, entry), ARCHIVE_WARN);
	if (type == 'f' && len)
		ck_assert_int_eq(archive_write_data(tar, text, len), (la_ssize_t)len);
	archive_entry_free(entry);
}

void make_tar(const char *entries, const char *filter, struct strbuf *out)
{
	char *copy = xstrdup(entries), *save = NULL, *word, *path, *text;
	struct archive *tar = open_writer(filter, out);

	for (word = strtok_r(copy, ";", &save); word; word = strtok_r(NULL, ";", &save)) {
		path = word + 2;
		text = strchr(path, ' ');
		if (text)
			*text++ = '\0';
		add_member(tar, *word, path, text ? text : "", text ? strlen(text) : 0);
	}
	ck_assert_int_eq(archive_write_close(tar), ARCHIVE_OK);
	archive_write_free(tar);
	free(copy);
}

void hex_of(const struct strbuf *bytes, char hex[static SHA256_HEX + 1])
{
	struct sha256 *sha = sha256_new();
	uint8_t digest[SHA256_LEN];

	sha256_add(sha, bytes->ptr, bytes->len);
	sha256_end(sha, digest);
	sha256_free(&sha);
	hex_encode(digest, sizeof(digest), hex);
}

/* Puts a blob under its digest. */
static void put_blob(const char *folder, const struct strbuf *bytes,
		     char hex[static SHA256_HEX + 1])
{
	char name[SHA256_HEX + 32];

	hex_of(bytes, hex);
	snprintf(name, sizeof(name), "blobs/sha256/%s", hex);
	put_file(folder, name, bytes->ptr, bytes->len);
}

static void put_layer(struct made_image *image, const char *entries, const char *filter,
		      bool oci)
{
	struct made_layer *layer = &image->layers[image->nlayers++];
	char name[SHA256_HEX + 16];
	struct strbuf plain, packed;

	strbuf_init(&plain);
	strbuf_init(&packed);
	make_tar(entries, "none", &plain);
	make_tar(entries, filter, &packed);
	hex_of(&plain, layer->diff_id);
	layer->size = packed.len;
	if (oci) {
		put_blob(image->folder, &packed, layer->digest);
	} else {
		snprintf(name, sizeof(name), "%s.tar", layer->diff_id);
		put_file(image->folder, name, plain.ptr, plain.len);
	}
	strbuf_fini(&plain);
	strbuf_fini(&packed);
}

static void make_config(struct made_image *image, struct strbuf *config)
{
	strbuf_add_str(config, "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[");
	for (size_t i = 0; i < image->nlayers; i++)
		strbuf_printf(config, "%s\"sha256:%s\"", i ? "," : "",
			      image->layers[i].diff_id);
	strbuf_add_str(config, "]}}");
	hex_of(config, image->config);
	image->config_size = config->len;
}

static void put_index(struct made_image *image)
{
	char digest[SHA256_HEX + 1];
	struct strbuf text;

	strbuf_init(&text);
	strbuf_printf(&text,
		      "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:%s\","
		      "\"size\":%zu},\"layers\":[",
		      image->config, image->config_size);
	for (size_t i = 0; i < image->nlayers; i++)
		strbuf_printf(
			&text,
			"%s{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
			"\"digest\":\"sha256:%s\",\"size\":%zu}",
			i ? "," : "", image->layers[i].digest, image->layers[i].size);
	strbuf_add_str(&text, "]}");
	put_blob(image->folder, &text, digest);
	strbuf_clear(&text);
	strbuf_printf(&text,
		      "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:%s\","
		      "\"annotations\":{\"org.opencontainers.image.ref.name\":"
		      "\"test/image:1\"}}]}",
		      digest);
	put_file(image->folder, "index.json", text.ptr, text.len);
	put_text(image->folder, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	strbuf_fini(&text);
}

/* Moves a layer to another name and leaves a link, as old dockers do. */
static void hide_layer(struct made_image *image, size_t i)
{
	char *from = xasprintf("%s/%s.tar", image->folder, image->layers[i].diff_id);
	char *to = xasprintf("%s/%zu/layer.tar", image->folder, i);
	char *target = xasprintf("../%s.tar", image->layers[i].diff_id);
	char *sub = xasprintf("%s/%zu", image->folder, i);

	ck_assert_int_eq(access(from, R_OK), 0);
	ck_assert_int_eq(mkdir(sub, 0755), 0);
	ck_assert_int_eq(symlink(target, to), 0);
	free(from);
	free(to);
	free(target);
	free(sub);
}

static void put_saved(struct made_image *image, enum form form,
		      const struct strbuf *config)
{
	char name[SHA256_HEX + 32];
	struct strbuf text;

	strbuf_init(&text);
	snprintf(name, sizeof(name), form == FORM_BOTH ? "blobs/sha256/%s" : "%s.json",
		 image->config);
	put_file(image->folder, name, config->ptr, config->len);
	strbuf_printf(&text,
		      "[{\"Config\":\"%s\",\"RepoTags\":[\"test/image:1\"],\"Layers\":[",
		      name);
	for (size_t i = 0; i < image->nlayers; i++) {
		strbuf_add_str(&text, i ? "," : "");
		if (form == FORM_DOCKER_LINKS) {
			hide_layer(image, i);
			strbuf_printf(&text, "\"%zu/layer.tar\"", i);
		} else if (form == FORM_BOTH) {
			strbuf_printf(&text, "\"blobs/sha256/%s\"",
				      image->layers[i].digest);
		} else {
			strbuf_printf(&text, "\"%s.tar\"", image->layers[i].diff_id);
		}
	}
	strbuf_add_str(&text, "]}]");
	/* Its place in the tar is by name: first or last. */
	put_file(image->folder, "manifest.json", text.ptr, text.len);
	strbuf_fini(&text);
}

static void pack_below(struct archive *tar, const char *folder, const char *prefix)
{
	char **names = list_folder(folder);
	struct strbuf text;
	struct stat st;

	for (char **name = names; *name; name++) {
		char *path = xasprintf("%s/%s", folder, *name);
		char *member = xasprintf("%s%s", prefix, *name);
		char target[4096] = "";

		ck_assert_int_eq(lstat(path, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			char *deeper = xasprintf("%s/", member);

			add_member(tar, 'd', deeper, "", 0);
			pack_below(tar, path, deeper);
			free(deeper);
		} else if (S_ISLNK(st.st_mode)) {
			ck_assert_int_gt(readlink(path, target, sizeof(target) - 1), 0);
			add_member(tar, 'l', member, target, 0);
		} else {
			strbuf_init(&text);
			ck_assert_int_eq(fsio_read_file(path, 1 << 30, &text, NULL), 0);
			add_member(tar, 'f', member, strbuf_str(&text), text.len);
			strbuf_fini(&text);
		}
		free(path);
		free(member);
		free(*name);
	}
	free(names);
}

char *pack_folder(const char *folder, const char *name, const char *filter)
{
	char *from = xasprintf("%s/%s", folder, name);
	char *file = xasprintf("%s.tar", name);
	char *path = xasprintf("%s/%s", folder, file);
	struct strbuf tar;
	struct archive *writer;

	strbuf_init(&tar);
	writer = open_writer(filter, &tar);
	pack_below(writer, from, "");
	ck_assert_int_eq(archive_write_close(writer), ARCHIVE_OK);
	archive_write_free(writer);
	put_file(folder, file, tar.ptr, tar.len);
	strbuf_fini(&tar);
	free(from);
	free(file);
	return path;
}

char *make_image(const char *folder, enum form form, const char *const *layers)
{
	static const struct {
		bool oci, saved;
		const char *layer, *outer; /* filters; NULL: stays a folder */
	} forms[FORM_MAX] = {
		[FORM_DOCKER] = { false, true, "none", "none" },
		[FORM_DOCKER_LINKS] = { false, true, "none", "none" },
		[FORM_DOCKER_GZ] = { false, true, "none", "gzip" },
		[FORM_DOCKER_ZSTD] = { false, true, "none", "zstd" },
		[FORM_OCI_DIR] = { true, false, "none", NULL },
		[FORM_OCI_DIR_GZ] = { true, false, "gzip", NULL },
		[FORM_OCI_DIR_ZSTD] = { true, false, "zstd", NULL },
		[FORM_OCI_TAR] = { true, false, "gzip", "none" },
		[FORM_OCI_TAR_ZSTD] = { true, false, "zstd", "gzip" },
		[FORM_BOTH] = { true, true, "none", "none" },
	};
	struct made_image image = { .folder = xasprintf("%s/image", folder) };
	struct strbuf config;

	strbuf_init(&config);
	ck_assert_int_eq(mkdir(image.folder, 0755), 0);
	for (; *layers; layers++)
		put_layer(&image, *layers, forms[form].layer, forms[form].oci);
	make_config(&image, &config);
	if (forms[form].saved)
		put_saved(&image, form, &config);
	if (forms[form].oci) {
		put_blob(image.folder, &config, image.config);
		put_index(&image);
	}
	strbuf_fini(&config);
	if (!forms[form].outer)
		return image.folder;
	free(image.folder);
	return pack_folder(folder, "image", forms[form].outer);
}

/* The digit that is a file's whole content, '?' for any other. */
static char content_of(const struct manifest_entry *e)
{
	uint8_t digest[SHA256_LEN];
	struct sha256 *sha = sha256_new();
	struct md5 *md5 = md5_new();
	char found = '?';

	for (char c = '0'; c <= '9'; c++) {
		sha256_add(sha, &c, 1);
		sha256_end(sha, digest);
		if (e->has_sha256 && e->size == 1 &&
		    memcmp(digest, e->sha256, SHA256_LEN) == 0)
			found = c;
	}
	for (char c = '0'; c <= '9' && e->has_md5; c++) {
		md5_add(md5, &c, 1);
		md5_end(md5, digest);
		if (memcmp(digest, e->md5, MD5_LEN) == 0)
			found = c;
	}
	sha256_free(&sha);
	md5_free(&md5);
	return found;
}

char *describe_manifest(const struct manifest *m)
{
	struct strbuf text;

	strbuf_init(&text);
	for (size_t i = 1; i < manifest_count(m); i++) {
		const struct manifest_entry *e = manifest_entry(m, i);

		strbuf_printf(&text, "%s%s", i > 1 ? " " : "", e->path);
		if (e->kind == MF_FILE)
			strbuf_printf(&text, "%c%c", e->has_md5 ? '~' : '=',
				      content_of(e));
		else if (e->kind == MF_LINK)
			strbuf_printf(&text, ">%s", e->link);
		else
			strbuf_add_char(&text, e->kind == MF_DIR ? '/' : '|');
	}
	return text.ptr ? text.ptr : xstrdup("");
}
