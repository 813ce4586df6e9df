/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "intel/indicator.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "base/digest.h"
#include "base/num.h"

static const struct {
	const char *name;
	size_t digest;     /* bytes; 0: no digest */
	const char *empty; /* of no bytes */
} kinds[IND_KIND_MAX] = {
	[IND_MD5] = { "md5", MD5_LEN, "d41d8cd98f00b204e9800998ecf8427e" },
	[IND_SHA1] = { "sha1", SHA1_LEN, "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	[IND_SHA256] = { "sha256", SHA256_LEN,
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	[IND_URL] = { "url", 0, NULL },
	[IND_DOMAIN] = { "domain", 0, NULL },
	[IND_ADDRESS] = { "address", 0, NULL },
};

enum {
	LIMIT_TEXT = 2000, /* of a URL or a name, as it stands in the list */
	LIMIT_DOMAIN = 253,
	LIMIT_LABEL = 63, /* RFC 1035, 2.3.4 */
	MIN_PREFIX4 = 8,  /* a larger network is a mistake, not an indicator */
	MIN_PREFIX6 = 16,
};

const char *indicator_kind_name(enum indicator_kind kind)
{
	return kinds[kind].name;
}

size_t indicator_digest_len(enum indicator_kind kind)
{
	return kinds[kind].digest;
}

static void start(struct indicator *out, enum indicator_kind kind)
{
	out->kind = kind;
	out->len = 0;
	out->port = -1;
	out->size = SIZE_UNKNOWN;
	out->allow = false;
	out->until = 0;
	out->report = 0;
	out->name = slice_str(NULL);
}

static bool add(struct indicator *out, const void *bytes, size_t len)
{
	if (len > sizeof(out->key) - out->len)
		return false;
	memcpy(out->key + out->len, bytes, len);
	out->len = (uint16_t)(out->len + len);
	return true;
}

/* ---- hashes ---- */

bool indicator_looks_like_hash(struct slice text)
{
	static const size_t lengths[] = { MD5_HEX, 2 * SHA1_LEN, SHA256_HEX, 96, 128 };
	bool fits = false;

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		fits |= text.len == lengths[i];
	for (size_t i = 0; fits && i < text.len; i++)
		fits = num_hex_digit(text.ptr[i]) >= 0;
	return fits;
}

const char *indicator_hash(struct slice text, struct indicator *out)
{
	for (int kind = 0; kind < IND_KIND_MAX; kind++) {
		size_t len = kinds[kind].digest;

		if (len == 0 || text.len != 2 * len)
			continue;
		start(out, (enum indicator_kind)kind);
		if (!hex_decode(text, out->key, len))
			return "it is no hash";
		out->len = (uint16_t)len;
		return NULL;
	}
	if (indicator_looks_like_hash(text))
		return "only MD5, SHA-1 and SHA-256 are looked for";
	return "it is no hash";
}

bool indicator_is_empty_file(const struct indicator *ind)
{
	uint8_t empty[SHA256_LEN];
	size_t len = kinds[ind->kind].digest;

	return len && hex_decode(slice_str(kinds[ind->kind].empty), empty, len) &&
	       memcmp(empty, ind->key, len) == 0;
}

/* ---- text as it is written so that nobody follows it by mistake ---- */

static bool replace(struct slice text, size_t *i, const char *what)
{
	if (!slice_starts(slice_skip(text, *i), slice_str(what)))
		return false;
	*i += strlen(what) - 1;
	return true;
}

/*
 * "hxxp://a[.]b" is http://a.b; out has room for LIMIT_TEXT. 0: too long, or
 * there is a blank or a control character in it.
 */
static size_t refang(struct slice text, char *out)
{
	size_t n = 0;

	if (text.len > LIMIT_TEXT)
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7f)
			return 0;
		if (replace(text, &i, "[.]") || replace(text, &i, "(.)") ||
		    replace(text, &i, "[dot]"))
			out[n++] = '.';
		else if (replace(text, &i, "[:]"))
			out[n++] = ':';
		else if (replace(text, &i, "[://]"))
			n += (size_t)(stpcpy(out + n, "://") - (out + n));
		else
			out[n++] = text.ptr[i];
	}
	if (n > 4 && (out[0] | 0x20) == 'h' && strncasecmp(out + 1, "xxp", 3) == 0)
		memcpy(out, "http", 4);
	return n;
}

/* ---- addresses ---- */

static bool read_host_address(struct slice text, uint8_t out[ADDRESS_LEN], bool *is_v4)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char buf[INET6_ADDRSTRLEN];

	if (text.len >= sizeof(buf) || text.len == 0)
		return false;
	memcpy(buf, text.ptr, text.len);
	buf[text.len] = '\0';
	if (strlen(buf) != text.len)
		return false;
	if (inet_pton(AF_INET, buf, out + 12) == 1)
		memcpy(out, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, buf, out) != 1)
		return false;
	*is_v4 = memcmp(out, mapped, sizeof(mapped)) == 0;
	return true;
}

/* Cuts ":443" and the brackets off. */
static struct slice cut_port(struct slice text, int32_t *port)
{
	const char *colon = memrchr(text.ptr, ':', text.len);
	size_t host = colon ? (size_t)(colon - text.ptr) : text.len;
	bool bracketed = text.len && text.ptr[0] == '[';
	uint32_t number;

	*port = -1;
	if (colon &&
	    (bracketed ? text.ptr[host - 1] == ']'
		       : memchr(text.ptr, ':', host) == NULL) &&
	    num_u32(slice_skip(text, host + 1), &number) && number > 0 &&
	    number <= UINT16_MAX) {
		*port = (int32_t)number;
		text.len = host;
	}
	if (bracketed && text.len > 1 && text.ptr[text.len - 1] == ']')
		text = slice_make(text.ptr + 1, text.len - 2);
	return text;
}

/* Addresses that every machine uses for itself. */
static const char *nobodys_address(const uint8_t a[ADDRESS_LEN], bool is_v4)
{
	static const uint8_t none[ADDRESS_LEN];

	if (is_v4 && a[12] == 127)
		return "an address of the machine itself is no indicator";
	if (is_v4 && (a[12] == 0 || memcmp(a + 12, "\xff\xff\xff\xff", 4) == 0))
		return "it is no address of a host";
	if (!is_v4 && memcmp(a, none, 15) == 0)
		return a[15] == 1 ? "an address of the machine itself is no indicator"
				  : "it is no address of a host";
	return NULL;
}

static void clear_behind(uint8_t a[ADDRESS_LEN], uint32_t prefix)
{
	for (uint32_t bit = prefix; bit < 8 * ADDRESS_LEN; bit++)
		a[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
}

/* *is_one: it is an address, if not one that can be taken. */
static const char *read_address(struct slice text, struct indicator *out, bool *is_one)
{
	const char *slash = memchr(text.ptr, '/', text.len);
	uint32_t prefix = 8 * ADDRESS_LEN, given;
	uint8_t address[ADDRESS_LEN];
	const char *why;
	bool is_v4;

	start(out, IND_ADDRESS);
	*is_one = false;
	if (slash) {
		struct slice tail = slice_skip(text, (size_t)(slash + 1 - text.ptr));

		text.len = (size_t)(slash - text.ptr);
		if (!num_u32(tail, &given) || !read_host_address(text, address, &is_v4) ||
		    given > (is_v4 ? 32u : 128u))
			return "it is no network";
		*is_one = true;
		if (given < (is_v4 ? MIN_PREFIX4 : MIN_PREFIX6))
			return "the network is too large to be an indicator";
		prefix = is_v4 ? 96 + given : given;
	} else {
		text = cut_port(text, &out->port);
		if (!read_host_address(text, address, &is_v4))
			return "it is no address";
	}
	*is_one = true;
	clear_behind(address, prefix);
	why = nobodys_address(address, is_v4);
	if (why)
		return why;
	add(out, address, sizeof(address));
	out->key[out->len++] = (uint8_t)prefix;
	return NULL;
}

const char *indicator_address(struct slice text, struct indicator *out)
{
	char plain[LIMIT_TEXT];
	size_t n = refang(text, plain);
	bool is_one;

	return n ? read_address(slice_make(plain, n), out, &is_one) : "it is no address";
}

/* ---- names ---- */

static bool is_label(struct slice label)
{
	if (label.len == 0 || label.len > LIMIT_LABEL || label.ptr[0] == '-' ||
	    label.ptr[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		unsigned char c = (unsigned char)label.ptr[i];

		/* Names in other scripts come as they are, or as xn--. */
		if (!isalnum(c) && c != '-' && c != '_' && c < 0x80)
			return false;
	}
	return true;
}

/* Letters of whatever script in the last label: no version, no file.gz number. */
static bool is_name(struct slice text)
{
	size_t labels = 0;
	bool letters = false;

	if (text.len > LIMIT_DOMAIN)
		return false;
	for (;;) {
		const char *dot = memchr(text.ptr, '.', text.len);
		size_t len = dot ? (size_t)(dot - text.ptr) : text.len;

		if (!is_label(slice_make(text.ptr, len)))
			return false;
		labels++;
		letters = false;
		for (size_t i = 0; i < len; i++)
			letters |= !isdigit((unsigned char)text.ptr[i]);
		if (!dot)
			break;
		text = slice_skip(text, len + 1);
	}
	return labels > 1 && letters;
}

static void add_lower(struct indicator *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = (char)tolower((unsigned char)text.ptr[i]);

		if (!add(out, &c, 1))
			return;
	}
}

static const char *read_domain(struct slice text, struct indicator *out)
{
	start(out, IND_DOMAIN);
	text = cut_port(text, &out->port);
	if (slice_starts(text, SLICE_LIT("*.")))
		text = slice_skip(text, 2);
	while (text.len && text.ptr[0] == '.')
		text = slice_skip(text, 1);
	if (text.len && text.ptr[text.len - 1] == '.')
		text.len--;
	if (!is_name(text))
		return "it is no name of a host";
	add_lower(out, text);
	return NULL;
}

const char *indicator_domain(struct slice text, struct indicator *out)
{
	char plain[LIMIT_TEXT];
	size_t n = refang(text, plain);

	return n ? read_domain(slice_make(plain, n), out) : "it is no name of a host";
}

/* ---- URLs ---- */

static size_t scheme_len(struct slice text)
{
	size_t n = 0;

	while (n < text.len && (isalnum((unsigned char)text.ptr[n]) ||
				(n && strchr("+.-", text.ptr[n]) && text.ptr[n])))
		n++;
	if (n < 2 || !slice_starts(slice_skip(text, n), SLICE_LIT("://")))
		return 0;
	return n;
}

static size_t span_until(struct slice text, const char *ends)
{
	size_t n = 0;

	while (n < text.len && !(text.ptr[n] && strchr(ends, text.ptr[n])))
		n++;
	return n;
}

/* The host without who logs in, and without the port that the scheme has. */
static bool add_authority(struct indicator *out, struct slice scheme, struct slice text)
{
	static const struct {
		const char *scheme;
		int32_t port;
	} usual[] = { { "http", 80 }, { "https", 443 }, { "ftp", 21 } };
	const char *at = memrchr(text.ptr, '@', text.len);
	char number[8];
	int32_t port;
	struct slice host;

	if (at)
		text = slice_skip(text, (size_t)(at + 1 - text.ptr));
	host = cut_port(text, &port);
	while (host.len && host.ptr[host.len - 1] == '.')
		host.len--;
	if (host.len == 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		if (port == usual[i].port && scheme.len == strlen(usual[i].scheme) &&
		    strncasecmp(scheme.ptr, usual[i].scheme, scheme.len) == 0)
			port = -1;
	}
	/* An address of IPv6 keeps its brackets. */
	if (memchr(host.ptr, ':', host.len)) {
		add(out, "[", 1);
		add_lower(out, host);
		add(out, "]", 1);
	} else {
		add_lower(out, host);
	}
	if (port < 0)
		return true;
	return add(out, ":", 1) &&
	       add(out, number, (size_t)snprintf(number, sizeof(number), "%d", port));
}

static const char *read_url(struct slice text, struct indicator *out)
{
	size_t n = scheme_len(text), len;
	struct slice scheme = slice_make(text.ptr, n);

	start(out, IND_URL);
	if (n == 0)
		return "it is no URL";
	add_lower(out, scheme);
	add(out, "://", 3);
	text = slice_skip(text, n + 3);
	len = span_until(text, "/?#");
	if (!add_authority(out, scheme, slice_make(text.ptr, len)))
		return "the URL has no host";
	text = slice_skip(text, len);
	text.len = span_until(text, "#");
	if (text.len == 0 || text.ptr[0] != '/')
		add(out, "/", 1);
	return add(out, text.ptr, text.len) ? NULL : "it is too long";
}

const char *indicator_url(struct slice text, struct indicator *out)
{
	char plain[LIMIT_TEXT];
	size_t n = refang(text, plain);

	return n ? read_url(slice_make(plain, n), out) : "it is no URL, or too long";
}

const char *indicator_any(struct slice text, struct indicator *out)
{
	char plain[LIMIT_TEXT];
	struct slice s;
	const char *why;
	bool is_one;
	size_t n;

	if (indicator_looks_like_hash(text))
		return indicator_hash(text, out);
	n = refang(text, plain);
	if (n == 0)
		return "it is too long, or no plain text";
	s = slice_make(plain, n);
	if (scheme_len(s))
		return read_url(s, out);
	why = read_address(s, out, &is_one);
	if (is_one)
		return why;
	if (!read_domain(s, out))
		return NULL;
	return "it is no hash, URL, name of a host or address";
}

const char *indicator_text(enum indicator_kind kind, const uint8_t *key, size_t len,
			   struct arena *arena)
{
	char *hex, text[INET6_ADDRSTRLEN];
	bool v4;

	if (kinds[kind].digest) {
		hex = arena_alloc(arena, 2 * len + 1);
		hex_encode(key, len, hex);
		return hex;
	}
	if (kind != IND_ADDRESS || len != ADDRESS_KEY_LEN)
		return arena_slice_dup(arena, slice_make((const char *)key, len));
	v4 = IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)key);
	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? key + 12 : key, text, sizeof(text));
	if (key[ADDRESS_LEN] == 8 * ADDRESS_LEN)
		return arena_strdup(arena, text);
	return arena_printf(arena, "%s/%d", text, key[ADDRESS_LEN] - (v4 ? 96 : 0));
}
