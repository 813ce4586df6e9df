/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One thing that is known to be bad: the hash of a file, an address, a name
 * or a URL, in the one form in which it is stored and looked up.
 */
#ifndef AUSPEX_INTEL_INDICATOR_H
#define AUSPEX_INTEL_INDICATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/* The numbers stand in files: only add at the end. */
enum indicator_kind {
	IND_MD5,
	IND_SHA1,
	IND_SHA256,
	IND_URL,
	IND_DOMAIN,
	IND_ADDRESS,
	IND_KIND_MAX
};

enum {
	SHA1_LEN = 20,
	INDICATOR_KEY_MAX = 2048,
	ADDRESS_LEN = 16,                  /* IPv4 as ::ffff:a.b.c.d */
	ADDRESS_KEY_LEN = ADDRESS_LEN + 1, /* and the length of the prefix */
};

/* Of a file whose size the list does not tell. */
#define SIZE_UNKNOWN UINT64_MAX

struct indicator {
	enum indicator_kind kind;
	/* A digest; a URL or name in lower case where case means nothing; an
	 * address with its bits behind the prefix cleared. */
	uint8_t key[INDICATOR_KEY_MAX];
	uint16_t len;
	int32_t port;   /* of an address or a name; -1: any */
	uint64_t size;  /* of the file; or SIZE_UNKNOWN */
	bool allow;     /* known to be good: nothing with this hash is accused */
	int64_t until;  /* ms; not bad any more from then on; 0: no end */
	int64_t report; /* who says so: of intel_db_report(); 0: not said */
	/* The family or whatever it is called; empty: not known. Borrowed. */
	struct slice name;
};

/* "md5", "sha256", "url", "domain", "address" */
const char *indicator_kind_name(enum indicator_kind kind);
/* Bytes of the digest; 0: of another kind. */
size_t indicator_digest_len(enum indicator_kind kind);

/*
 * Each reads a text of that kind, defanged or not (hxxp://a[.]b), into kind,
 * key, len and port, and clears the rest. NULL: done; else what is wrong
 * with it, a few words.
 */
const char *indicator_hash(struct slice text, struct indicator *out);
const char *indicator_url(struct slice text, struct indicator *out);
/* With a port behind it or not. */
const char *indicator_domain(struct slice text, struct indicator *out);
/* Of a host or a network: 192.0.2.0/24, 192.0.2.7:443, [2001:db8::1]:443. */
const char *indicator_address(struct slice text, struct indicator *out);
/* Whatever of these it is. */
const char *indicator_any(struct slice text, struct indicator *out);

/* Is that a number of hexadecimal digits that a digest has? */
bool indicator_looks_like_hash(struct slice text);
/* The hash of no bytes at all is that of many honest files. */
bool indicator_is_empty_file(const struct indicator *indicator);
/* A person's form of the key. */
const char *indicator_text(enum indicator_kind kind, const uint8_t *key, size_t len,
			   struct arena *arena);

#endif
