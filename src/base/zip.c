/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/zip.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/xalloc.h"

enum { CHUNK = 128 * 1024, LEVEL = -3 };

struct zip {
	ZSTD_CCtx *ctx;
	struct strbuf *out;
	char chunk[CHUNK];
};

struct zip *zip_new(struct strbuf *out)
{
	struct zip *zip = xcalloc(1, sizeof(*zip));

	zip->ctx = ZSTD_createCCtx();
	if (!zip->ctx)
		abort();
	ZSTD_CCtx_setParameter(zip->ctx, ZSTD_c_compressionLevel, LEVEL);
	zip->out = out;
	return zip;
}

/* With the whole input and room for output none of this can fail. */
static void step(struct zip *zip, const void *bytes, size_t len, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { bytes, len, 0 };
	size_t left = 1;

	while (left) {
		ZSTD_outBuffer out = { zip->chunk, CHUNK, 0 };

		left = ZSTD_compressStream2(zip->ctx, &out, &in, how);
		if (ZSTD_isError(left))
			abort();
		if (how == ZSTD_e_continue)
			left = in.size - in.pos;
		strbuf_add(zip->out, zip->chunk, out.pos);
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
	ZSTD_freeCCtx((*zip)->ctx);
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
