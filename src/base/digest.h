/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 through libcrypto's EVP; the only file that knows libcrypto. */
#ifndef AUSPEX_BASE_DIGEST_H
#define AUSPEX_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_LEN = 32, SHA256_HEX = 64 };

struct sha256;

struct sha256 *sha256_new(void);
void sha256_free(struct sha256 **ctx);
void sha256_add(struct sha256 *ctx, const void *bytes, size_t len);
/* Writes the digest and makes ctx ready for the next one. */
void sha256_end(struct sha256 *ctx, uint8_t out[SHA256_LEN]);
/* Lower-case hex of n bytes; out has room for 2 * n + 1. */
void hex_encode(const uint8_t *bytes, size_t n, char *out);

#endif
