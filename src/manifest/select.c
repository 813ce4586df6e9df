/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

enum { SHORT_ID = 12 }; /* what docker, podman and crictl print of an id */

static bool is(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* "sha256:0123..." and "0123..." are the same. */
static const char *bare(const char *digest)
{
	return digest && strncmp(digest, "sha256:", 7) == 0 ? digest + 7 : digest;
}

static bool same_digest(const char *a, const char *b)
{
	return is(bare(a), bare(b));
}

/* The whole id, or as many digits of it as the tools print. */
static bool same_id(const char *selector, const char *id)
{
	size_t len = strlen(selector);

	if (!id)
		return false;
	return is(selector, id) || (len >= SHORT_ID && strlen(id) == 64 &&
				    strspn(selector, "0123456789abcdef") == len &&
				    strncmp(selector, id, len) == 0);
}

/* ---- references ---- */

struct reference {
	struct slice name, tag, digest;
};

static struct slice upto(struct slice s, const char *end)
{
	return slice_make(s.ptr, (size_t)(end - s.ptr));
}

static struct reference split(const char *text)
{
	struct reference ref = { .name = slice_str(text) };
	const char *at = memchr(ref.name.ptr, '@', ref.name.len);
	struct slice last;

	if (at) {
		ref.digest = slice_skip(ref.name, (size_t)(at - ref.name.ptr) + 1);
		ref.name = upto(ref.name, at);
	}
	last = slice_basename(ref.name);
	at = last.len ? memchr(last.ptr, ':', last.len) : NULL;
	if (at) {
		ref.tag = slice_skip(ref.name, (size_t)(at - ref.name.ptr) + 1);
		ref.name = upto(ref.name, at);
	}
	return ref;
}

/* Is the part before the first '/' a registry's host? */
static bool has_registry(struct slice name)
{
	const char *slash = name.len ? memchr(name.ptr, '/', name.len) : NULL;
	struct slice host;

	if (!slash)
		return false;
	host = upto(name, slash);
	return memchr(host.ptr, '.', host.len) || memchr(host.ptr, ':', host.len) ||
	       slice_eq_str(host, "localhost");
}

/* The name with registry and library, and the tag. */
static void add_whole(struct strbuf *out, const struct reference *ref)
{
	static const struct slice hub = SLICE_LIT("docker.io/");

	if (!has_registry(ref->name))
		strbuf_add_slice(out, hub);
	if (!ref->name.len || !memchr(ref->name.ptr, '/', ref->name.len))
		strbuf_add_str(out, "library/");
	strbuf_add_slice(out, ref->name);
	strbuf_add_char(out, ':');
	strbuf_add_slice(out, ref->tag);
	if (ref->tag.len == 0 && ref->digest.len == 0)
		strbuf_add_str(out, "latest");
}

bool manifest_same_reference(const char *a, const char *b)
{
	struct reference x = split(a), y = split(b);
	struct strbuf left, right;
	bool same;

	if (x.name.len == 0 || y.name.len == 0)
		return false;
	if (x.digest.len && y.digest.len && !slice_eq(x.digest, y.digest))
		return false;
	/* A tag tells nothing where the other one has a digest only. */
	if ((x.digest.len && !x.tag.len) || (y.digest.len && !y.tag.len)) {
		if (!x.digest.len || !y.digest.len)
			return false;
		x.tag.len = y.tag.len = 0;
	}
	strbuf_init(&left);
	strbuf_init(&right);
	add_whole(&left, &x);
	add_whole(&right, &y);
	same = slice_eq(strbuf_slice(&left), strbuf_slice(&right));
	strbuf_fini(&left);
	strbuf_fini(&right);
	return same;
}

/* ---- choosing ---- */

static bool fits_image(const char *selector, const struct manifest_names *c)
{
	if (same_digest(selector, c->digest) || same_digest(selector, c->image_id))
		return true;
	return c->image && manifest_same_reference(selector, c->image);
}

/* The same content, whatever name it was asked for by. */
static bool fits_recorded(const struct manifest *manifest, const struct manifest_names *c)
{
	return same_digest(c->image_id, manifest_image_id(manifest)) ||
	       same_digest(c->digest, manifest_digest(manifest));
}

/* The same directory, with or without slashes at its end. */
static bool same_dir(const char *a, const char *b)
{
	size_t la = strlen(a), lb = b ? strlen(b) : 0;

	while (la > 1 && a[la - 1] == '/')
		la--;
	while (lb > 1 && b[lb - 1] == '/')
		lb--;
	return b && la == lb && memcmp(a, b, la) == 0;
}

enum manifest_fit manifest_fits(const char *selector, const struct manifest *manifest,
				const struct manifest_names *c)
{
	if (selector[0] == '/')
		return same_dir(selector, c->rootfs) ? FIT_NAME : FIT_NONE;
	if (is(selector, c->name) || same_id(selector, c->id))
		return FIT_NAME;
	if (fits_image(selector, c) || fits_recorded(manifest, c))
		return FIT_IMAGE;
	return is(selector, "*") ? FIT_ANY : FIT_NONE;
}
