/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256, and the MD5 of package databases, and base64, through libcrypto's EVP; the
 * only file that knows libcrypto.
 */
#ifndef AUSPEX_BASE_DIGEST_H
#define AUSPEX_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum { SHA256_LEN = 32, SHA256_HEX = 64, MD5_LEN = 16, MD5_HEX = 32 };

struct sha256;

struct sha256 *sha256_new(void);
void sha256_free(struct sha256 **ctx);
void sha256_add(struct sha256 *ctx, const void *bytes, size_t len);
/* Writes the digest and makes ctx ready for the next one. */
void sha256_end(struct sha256 *ctx, uint8_t out[SHA256_LEN]);

struct md5;

/* NULL where libcrypto's configuration forbids MD5 (FIPS). */
struct md5 *md5_new(void);
void md5_free(struct md5 **ctx);
void md5_add(struct md5 *ctx, const void *bytes, size_t len);
/* Writes the digest and makes ctx ready for the next one. */
void md5_end(struct md5 *ctx, uint8_t out[MD5_LEN]);

/* Lower-case hex of n bytes; out has room for 2 * n + 1. */
void hex_encode(const uint8_t *bytes, size_t n, char *out);
/*
 * Base64 (RFC 4648) of n bytes, NUL-terminated; out has room for
 * (n + 2) / 3 * 4 + 1. Returns its length.
 */
size_t base64_encode(const void *bytes, size_t n, char *out);
/* n bytes from 2 * n digits of either case; false: they are not that. */
bool hex_decode(struct slice digits, uint8_t *out, size_t n);

#endif
