/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/judged_by.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fsio.h"

static int digest_file(const char *path, char out[SHA256_HEX + 1], struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t raw[SHA256_LEN];
	uint64_t size;
	int rc;

	if (fd < 0 || fsio_sha256_fd(fd, UINT64_MAX, raw, &size) != 0)
		rc = err_set(err, "%s: %s: check the name and who may read it", path,
			     strerror(errno));
	else
		rc = 0;
	if (fd >= 0)
		close(fd);
	if (rc == 0)
		hex_encode(raw, SHA256_LEN, out);
	return rc;
}

/* A text with its NUL, so that two do not run together. */
static void add(struct sha256 *ctx, const char *text)
{
	text = text ? text : "";
	sha256_add(ctx, text, strlen(text) + 1);
}

static int add_file(struct sha256 *ctx, const char *path, struct err *err)
{
	char hex[SHA256_HEX + 1];

	if (digest_file(path, hex, err) != 0)
		return -1;
	add(ctx, hex);
	return 0;
}

static int add_manifests(const struct manifest_set *set, struct sha256 *ctx,
			 struct err *err)
{
	const char *name;

	for (size_t i = 0; manifest_set_at(set, i, &name); i++) {
		add(ctx, name);
		if (add_file(ctx, manifest_set_file(set, i), err) != 0)
			return -1;
	}
	return 0;
}

static int add_lists(const struct judged_by *by, struct sha256 *ctx, struct err *err)
{
	for (size_t i = 0; i < by->lists->count; i++) {
		if (add_file(ctx, by->lists->items[i], err) != 0)
			return -1;
	}
	for (size_t i = 0; i < by->nmore; i++) {
		if (add_file(ctx, by->more_lists[i], err) != 0)
			return -1;
	}
	return 0;
}

int judged_by_digest(const struct judged_by *by, char out[SHA256_HEX + 1],
		     struct err *err)
{
	struct sha256 *ctx = sha256_new();
	char config[SHA256_HEX + 1] = "";
	uint8_t raw[SHA256_LEN];
	int rc = 0;

	if (by->config_path)
		rc = digest_file(by->config_path, config, err);
	add(ctx, config);
	add(ctx, by->containers_dir);
	add(ctx, by->signatures);
	if (rc == 0)
		rc = add_manifests(by->manifests, ctx, err);
	add(ctx, "");
	if (rc == 0)
		rc = add_lists(by, ctx, err);
	sha256_end(ctx, raw);
	sha256_free(&ctx);
	hex_encode(raw, SHA256_LEN, out);
	return rc;
}

static int put_all(const struct manifest_set *set, struct store *store, struct err *err)
{
	char hex[SHA256_HEX + 1];
	const struct manifest *manifest;
	const char *name;

	for (size_t i = 0; (manifest = manifest_set_at(set, i, &name)); i++) {
		struct manifest_row row = { .name = name,
					    .path = manifest_set_file(set, i),
					    .sha256 = hex,
					    .entries = manifest_count(manifest) };

		if (digest_file(row.path, hex, err) != 0 ||
		    store_put_manifest(store, &row, err) != 0)
			return -1;
	}
	return 0;
}

int judged_by_put(const struct judged_by *by, struct store *store, struct err *err)
{
	if (manifest_set_empty(by->manifests))
		return 0;
	if (store_begin(store, err) != 0)
		return -1;
	if (put_all(by->manifests, store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, err);
}
