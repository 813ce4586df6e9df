/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/xalloc.h"

struct sha256 {
	EVP_MD_CTX *evp;
};

static void must(int ok)
{
	if (ok != 1)
		abort(); /* SHA-256 in memory fails only for want of memory */
}

struct sha256 *sha256_new(void)
{
	struct sha256 *ctx = xmalloc(sizeof(*ctx));

	ctx->evp = EVP_MD_CTX_new();
	must(ctx->evp != NULL);
	must(EVP_DigestInit_ex(ctx->evp, EVP_sha256(), NULL));
	return ctx;
}

void sha256_free(struct sha256 **ctx)
{
	if (!*ctx)
		return;
	EVP_MD_CTX_free((*ctx)->evp);
	free(*ctx);
	*ctx = NULL;
}

void sha256_add(struct sha256 *ctx, const void *bytes, size_t len)
{
	must(EVP_DigestUpdate(ctx->evp, bytes, len));
}

void sha256_end(struct sha256 *ctx, uint8_t out[SHA256_LEN])
{
	must(EVP_DigestFinal_ex(ctx->evp, out, NULL));
	must(EVP_DigestInit_ex(ctx->evp, NULL, NULL));
}

struct md5 {
	EVP_MD_CTX *evp;
};

struct md5 *md5_new(void)
{
	struct md5 *ctx = xmalloc(sizeof(*ctx));

	ctx->evp = EVP_MD_CTX_new();
	must(ctx->evp != NULL);
	if (EVP_DigestInit_ex(ctx->evp, EVP_md5(), NULL) != 1)
		md5_free(&ctx);
	return ctx;
}

void md5_free(struct md5 **ctx)
{
	if (!*ctx)
		return;
	EVP_MD_CTX_free((*ctx)->evp);
	free(*ctx);
	*ctx = NULL;
}

void md5_add(struct md5 *ctx, const void *bytes, size_t len)
{
	must(EVP_DigestUpdate(ctx->evp, bytes, len));
}

void md5_end(struct md5 *ctx, uint8_t out[MD5_LEN])
{
	must(EVP_DigestFinal_ex(ctx->evp, out, NULL));
	must(EVP_DigestInit_ex(ctx->evp, NULL, NULL));
}

void hex_encode(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

bool hex_decode(struct slice digits, uint8_t *out, size_t n)
{
	int high, low;

	if (digits.len != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		high = num_hex_digit(digits.ptr[2 * i]);
		low = num_hex_digit(digits.ptr[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

size_t base64_encode(const void *bytes, size_t n, char *out)
{
	return (size_t)EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}
