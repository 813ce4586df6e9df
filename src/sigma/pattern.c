/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "sigma/sigma_priv.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

struct slice sigma_lower(struct arena *arena, struct slice text)
{
	char *out = arena_alloc(arena, text.len + 1);

	for (size_t i = 0; i < text.len; i++)
		out[i] = lower(text.ptr[i]);
	out[text.len] = '\0';
	return slice_make(out, text.len);
}

/* ---- texts with * and ? ---- */

/*
 * Backslashes are taken away before *, ? and \ (specification, "Escaping");
 * elsewhere they stand for themselves.
 */
static size_t read_glob(struct slice text, bool cased, uint16_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '\\' && i + 1 < text.len && strchr("*?\\", text.ptr[i + 1]))
			out[n++] = (uint8_t)text.ptr[++i];
		else if (c == '*')
			out[n++] = GLOB_ANY;
		else if (c == '?')
			out[n++] = GLOB_ONE;
		else
			out[n++] = (uint8_t)(cased ? c : lower(c));
	}
	return n;
}

/* A glob whose only stars are at its ends is a plain search. */
static void simplify(struct arena *arena, struct sigma_pattern *p, const uint16_t *glob,
		     size_t n)
{
	bool front = n && glob[0] == GLOB_ANY;
	bool back = n > front && glob[n - 1] == GLOB_ANY;
	char *text = arena_alloc(arena, n + 1);
	size_t len = 0;

	p->glob = glob;
	p->text = slice_make(NULL, n);
	p->kind = PATTERN_GLOB;
	for (size_t i = front; i < n - back; i++) {
		if (glob[i] >= GLOB_ANY)
			return;
		text[len++] = (char)glob[i];
	}
	text[len] = '\0';
	p->text = slice_make(text, len);
	if (front)
		p->kind = back ? PATTERN_CONTAINS : PATTERN_SUFFIX;
	else
		p->kind = back ? PATTERN_PREFIX : PATTERN_EQUAL;
}

static int read_text(struct sigma_reading *r, struct slice text, unsigned mods,
		     struct sigma_pattern *p)
{
	struct arena *arena = &r->set->arena;
	uint16_t *glob = arena_alloc(arena, (text.len + 2) * sizeof(*glob));
	size_t n = 0;

	p->cased = mods & MOD_CASED;
	if (mods & (MOD_CONTAINS | MOD_SUFFIX))
		glob[n++] = GLOB_ANY;
	n += read_glob(text, p->cased, glob + n);
	if (mods & (MOD_CONTAINS | MOD_PREFIX))
		glob[n++] = GLOB_ANY;
	simplify(arena, p, glob, n);
	return 0;
}

static void plain(struct sigma_pattern *p, struct slice text, enum pattern_kind kind)
{
	p->kind = kind;
	p->cased = true;
	p->text = text;
}

/*
 * What stays the same of the text's base64 wherever it begins in a group of
 * three bytes: the first digits depend on what is before, the last on what
 * follows.
 */
static int read_base64(struct sigma_reading *r, struct slice text, unsigned mods,
		       struct sigma_pattern *to, size_t *n)
{
	static const size_t front[3] = { 0, 2, 3 };
	size_t offsets = (mods & MOD_BASE64OFFSET) ? 3 : 1;

	for (size_t k = 0; k < offsets; k++) {
		struct arena *arena = &r->set->arena;
		size_t bits = (k + text.len) * 8;
		char *bytes = arena_zalloc(arena, k + text.len + 1);
		char *out = arena_alloc(arena, (k + text.len) * 4 / 3 + 8);
		size_t len;

		memcpy(bytes + k, text.ptr, text.len);
		len = base64_encode(bytes, k + text.len, out);
		if (offsets == 3)
			len = bits / 6; /* whole digits only */
		plain(&to[k], slice_make(out + front[k], len - front[k]),
		      mods & MOD_CONTAINS || offsets == 3 ? PATTERN_CONTAINS
							  : PATTERN_EQUAL);
		(*n)++;
	}
	return 0;
}

/* ---- the others ---- */

static void make_room(struct sigma_room *room)
{
	if (room->data)
		return;
	room->data = pcre2_match_data_create(1, NULL);
	room->context = pcre2_match_context_create(NULL);
	if (!room->data || !room->context)
		abort();
	pcre2_set_match_limit(room->context, LIMIT_SIGMA_STEPS);
	pcre2_set_heap_limit(room->context, LIMIT_SIGMA_HEAP_KIB);
}

static int read_re(struct sigma_reading *r, const struct yaml_node *node, unsigned mods,
		   struct sigma_pattern *p)
{
	struct sigma_set *set = r->set;
	uint32_t options = PCRE2_NEVER_BACKSLASH_C;
	PCRE2_UCHAR message[120];
	PCRE2_SIZE at;
	int code;

	options |= mods & MOD_RE_I ? PCRE2_CASELESS : 0;
	options |= mods & MOD_RE_M ? PCRE2_MULTILINE : 0;
	options |= mods & MOD_RE_S ? PCRE2_DOTALL : 0;
	p->kind = PATTERN_RE;
	p->re = pcre2_compile((PCRE2_SPTR)node->text.ptr, node->text.len, options, &code,
			      &at, NULL);
	if (!p->re) {
		pcre2_get_error_message(code, message, sizeof(message));
		return sigma_error(r, node, "the regular expression is wrong at %zu: %s",
				   (size_t)at, (const char *)message);
	}
	if (set->ncodes == set->codes_cap) {
		set->codes_cap = set->codes_cap ? set->codes_cap * 2 : 16;
		set->codes =
			xreallocarray(set->codes, set->codes_cap, sizeof(pcre2_code *));
	}
	set->codes[set->ncodes++] = p->re;
	make_room(&set->room);
	p->room = &set->room;
	return 0;
}

static int read_cidr(struct sigma_reading *r, const struct yaml_node *node,
		     struct sigma_pattern *p)
{
	const char *slash = memchr(node->text.ptr, '/', node->text.len);
	size_t len = slash ? (size_t)(slash - node->text.ptr) : node->text.len;
	char *addr = arena_slice_dup(&r->set->arena, slice_make(node->text.ptr, len));
	uint32_t bits = 0;

	p->kind = PATTERN_CIDR;
	p->family = memchr(addr, ':', len) ? AF_INET6 : AF_INET;
	p->bits = p->family == AF_INET ? 32 : 128;
	if (inet_pton(p->family, addr, p->net) != 1 ||
	    (slash &&
	     (!num_u32(slice_skip(node->text, len + 1), &bits) || bits > p->bits)))
		return sigma_error(r, node, "\"%s\" is no network: write 192.0.2.0/24",
				   node->text.ptr);
	if (slash)
		p->bits = bits;
	return 0;
}

static int read_number(struct sigma_reading *r, const struct yaml_node *node,
		       unsigned mods, struct sigma_pattern *p)
{
	p->kind = PATTERN_NUMBER;
	p->compare = mods & (MOD_LT | MOD_LTE | MOD_GT | MOD_GTE);
	if (!num_i64(node->text, &p->number))
		return sigma_error(r, node, "\"%s\" is no number", node->text.ptr);
	return 0;
}

static int read_exists(struct sigma_reading *r, const struct yaml_node *node,
		       struct sigma_pattern *p)
{
	p->kind = PATTERN_EXISTS;
	p->wanted = slice_eq_str(node->text, "true");
	if (!p->wanted && !slice_eq_str(node->text, "false"))
		return sigma_error(r, node, "exists takes true or false");
	return 0;
}

int sigma_read_pattern(struct sigma_reading *r, const struct yaml_node *node,
		       unsigned mods, struct sigma_pattern *to, size_t *n)
{
	if (mods & (MOD_BASE64 | MOD_BASE64OFFSET)) {
		if (node->text.len < 3)
			return sigma_error(r, node, "too short for base64");
		return read_base64(r, node->text, mods, to, n);
	}
	(*n)++;
	if (mods & MOD_EXISTS)
		return read_exists(r, node, to);
	if (yaml_is_null(node)) {
		to->kind = PATTERN_NONE;
		return 0;
	}
	if (mods & MOD_RE)
		return read_re(r, node, mods, to);
	if (mods & MOD_CIDR)
		return read_cidr(r, node, to);
	if (mods & (MOD_LT | MOD_LTE | MOD_GT | MOD_GTE))
		return read_number(r, node, mods, to);
	return read_text(r, node->text, mods, to);
}
