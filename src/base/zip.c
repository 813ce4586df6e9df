/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/zip.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/xalloc.h"

enum { CHUNK = 128 * 1024, LEVEL = -3 };

struct zip {
	ZSTD_CCtx *zstd;
	void (*take)(void *ctx, const void *bytes, size_t len);
	void *ctx;
	char chunk[CHUNK];
};

struct zip *zip_new_to(void (*take)(void *ctx, const void *bytes, size_t len), void *ctx)
{
	struct zip *zip = xcalloc(1, sizeof(*zip));

	zip->zstd = ZSTD_createCCtx();
	if (!zip->zstd)
		abort();
	ZSTD_CCtx_setParameter(zip->zstd, ZSTD_c_compressionLevel, LEVEL);
	zip->take = take;
	zip->ctx = ctx;
	return zip;
}

static void append(void *ctx, const void *bytes, size_t len)
{
	strbuf_add(ctx, bytes, len);
}

struct zip *zip_new(struct strbuf *out)
{
	return zip_new_to(append, out);
}

/* With the whole input and room for output none of this can fail. */
static void step(struct zip *zip, const void *bytes, size_t len, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { bytes, len, 0 };
	size_t left = 1;

	while (left) {
		ZSTD_outBuffer out = { zip->chunk, CHUNK, 0 };

		left = ZSTD_compressStream2(zip->zstd, &out, &in, how);
		if (ZSTD_isError(left))
			abort();
		if (how == ZSTD_e_continue)
			left = in.size - in.pos;
		if (out.pos)
			zip->take(zip->ctx, zip->chunk, out.pos);
	}
}

void zip_add(struct zip *zip, const void *bytes, size_t len)
{
	if (len)
		step(zip, bytes, len, ZSTD_e_continue);
}

void zip_end(struct zip **zip)
{
	step(*zip, NULL, 0, ZSTD_e_end);
	ZSTD_freeCCtx((*zip)->zstd);
	free(*zip);
	*zip = NULL;
}

bool unzip(struct slice bytes, size_t max, struct strbuf *out)
{
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	ZSTD_inBuffer in = { bytes.ptr, bytes.len, 0 };
	char *chunk = xmalloc(CHUNK);
	size_t from = out->len, left = 1;

	if (!ctx)
		abort();
	while (left && !ZSTD_isError(left) && out->len - from <= max) {
		ZSTD_outBuffer some = { chunk, CHUNK, 0 };
		size_t before = in.pos;

		left = ZSTD_decompressStream(ctx, &some, &in);
		if (ZSTD_isError(left) || (some.pos == 0 && in.pos == before))
			break; /* damaged, or cut off */
		strbuf_add(out, chunk, some.pos);
	}
	ZSTD_freeDCtx(ctx);
	free(chunk);
	return left == 0 && in.pos == in.size && out->len - from <= max;
}
