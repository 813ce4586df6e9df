/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/judged_by.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fsio.h"
#include "base/xalloc.h"

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

static int add_manifests(struct judged_by *by, struct sha256 *ctx, struct err *err)
{
	const struct manifest_set *set = by->manifests;
	const char *name;

	for (size_t i = 0; manifest_set_at(set, i, &name); i++) {
		by->digests = xreallocarray(by->digests, i + 1, sizeof(*by->digests));
		if (digest_file(manifest_set_file(set, i), by->digests[i], err) != 0)
			return -1;
		add(ctx, name);
		add(ctx, by->digests[i]);
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

int judged_by_digest(struct judged_by *by, char out[SHA256_HEX + 1], struct err *err)
{
	struct sha256 *ctx = sha256_new();
	char config[SHA256_HEX + 1] = "";
	uint8_t raw[SHA256_LEN];
	int rc = 0;

	if (by->config_path)
		rc = digest_file(by->config_path, config, err);
	add(ctx, config);
	for (size_t i = 0; i < by->containers->count; i++)
		add(ctx, by->containers->at[i]);
	add(ctx, "");
	add(ctx, by->signatures);
	if (rc == 0)
		rc = add_manifests(by, ctx, err);
	add(ctx, "");
	if (rc == 0)
		rc = add_lists(by, ctx, err);
	sha256_end(ctx, raw);
	sha256_free(&ctx);
	hex_encode(raw, SHA256_LEN, out);
	return rc;
}

static int put_all(const struct judged_by *by, struct store *store, struct err *err)
{
	const struct manifest_set *set = by->manifests;
	const struct manifest *manifest;
	const char *name;

	for (size_t i = 0; (manifest = manifest_set_at(set, i, &name)); i++) {
		struct manifest_row row = { .name = name,
					    .path = manifest_set_file(set, i),
					    .sha256 = by->digests[i],
					    .entries = manifest_count(manifest) };

		if (store_put_manifest(store, &row, err) != 0)
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
	if (put_all(by, store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, err);
}

void judged_by_fini(struct judged_by *by)
{
	free(by->digests);
	by->digests = NULL;
}
