/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of a STIX bundle (OASIS, STIX 2.1, sections 4.7 and 9): indicators
 * with patterns of comparisons, and the identities that they come from.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "base/stamp.h"
#include "base/xalloc.h"
#include "intel/import_priv.h"

enum { LIMIT_WORD = 256, LIMIT_VALUE = 2048, LIMIT_TERMS = 10000 };

/* ---- patterns ---- */

enum token { TOKEN_END, TOKEN_WORD, TOKEN_TEXT, TOKEN_SIGN };

struct pattern {
	struct slice rest;
	enum token token;
	char sign;              /* [ ] ( ) , = and ! for all others */
	char word[LIMIT_WORD];  /* a path, or AND, OR, ...; cut */
	char text[LIMIT_VALUE]; /* between quotes; cut */
	size_t len;             /* of text */
};

/* '...' with a backslash before a quote or backslash of its own. */
static void read_text(struct pattern *p)
{
	size_t i = 1;

	p->token = TOKEN_TEXT;
	p->len = 0;
	while (i < p->rest.len && p->rest.ptr[i] != '\'') {
		if (p->rest.ptr[i] == '\\' && i + 1 < p->rest.len)
			i++;
		if (p->len < sizeof(p->text))
			p->text[p->len++] = p->rest.ptr[i];
		i++;
	}
	p->rest = slice_skip(p->rest, i + 1);
}

/* A path may hold quoted keys and indexes: file:hashes.'SHA-256', x:y[0].z */
static void read_word(struct pattern *p)
{
	size_t n = 0, len = 0;
	bool quoted = false, path = false;
	int brackets = 0;

	for (; n < p->rest.len; n++) {
		char c = p->rest.ptr[n];

		if (!quoted && brackets == 0 &&
		    (isspace((unsigned char)c) || (c && strchr("](),=!<>", c)) ||
		     (c == '[' && !path)))
			break;
		path |= c == ':';
		if (c == '\'')
			quoted = !quoted;
		else if (!quoted)
			brackets += c == '[' ? 1 : c == ']' ? -1 : 0;
		if (len + 1 < sizeof(p->word))
			p->word[len++] = c;
	}
	p->word[len] = '\0';
	p->token = TOKEN_WORD;
	p->rest = slice_skip(p->rest, n ? n : 1);
}

static void next_token(struct pattern *p)
{
	char c;

	while (p->rest.len && isspace((unsigned char)p->rest.ptr[0]))
		p->rest = slice_skip(p->rest, 1);
	if (p->rest.len == 0) {
		p->token = TOKEN_END;
		return;
	}
	c = p->rest.ptr[0];
	if (c == '\'') {
		read_text(p);
	} else if (c && strchr("[](),=!<>", c)) {
		size_t n = 1;

		p->token = TOKEN_SIGN;
		p->sign = c && strchr("!<>", c) ? '!' : c;
		/* != <> <= >= == */
		if (strchr("=!<>", c))
			while (n < p->rest.len && n < 2 && strchr("=>", p->rest.ptr[n]) &&
			       p->rest.ptr[n])
				n++;
		p->rest = slice_skip(p->rest, n);
	} else {
		read_word(p);
	}
}

/* "SHA-256" for any of SHA-256, sha256, 'SHA256'. */
static bool is_algorithm(const char *path, const char *name)
{
	for (; *path; path++) {
		if (strchr("'\"-_", *path))
			continue;
		if (toupper((unsigned char)*path) != *name)
			return false;
		name++;
	}
	return *name == '\0';
}

typedef const char *read_fn(struct slice text, struct indicator *out);

/* What the path's value is; *strong: it needs nothing beside it. */
static read_fn *reader_of(const char *path, bool *strong)
{
	static const char *const algorithms[] = { "MD5", "SHA1", "SHA256" };
	static const struct {
		const char *path;
		read_fn *read;
	} plain[] = {
		{ "url:value", indicator_url },
		{ "domain-name:value", indicator_domain },
		{ "ipv4-addr:value", indicator_address },
		{ "ipv6-addr:value", indicator_address },
		{ "network-traffic:dst_ref.value", indicator_any },
	};
	const char *hashes = strstr(path, "hashes.");

	*strong = true;
	for (size_t i = 0; hashes && i < ARRAY_SIZE(algorithms); i++) {
		if (is_algorithm(hashes + strlen("hashes."), algorithms[i]))
			return indicator_hash;
	}
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		if (strcmp(path, plain[i].path) == 0) {
			*strong = plain[i].read == indicator_url;
			return plain[i].read;
		}
	}
	return NULL;
}

struct stix_indicator {
	struct slice name;
	int64_t until, report;
	unsigned terms;   /* that were taken */
	bool conditional; /* further things must be so too */
};

static int take_term(struct import *im, const char *path, struct slice text,
		     struct stix_indicator *ind)
{
	bool strong;
	read_fn *read = reader_of(path, &strong);
	const char *why;

	if (!read || (ind->conditional && !strong) || ind->terms == LIMIT_TERMS)
		return 0;
	ind->terms++;
	why = read(text, &im->ind);
	im->ind.name = ind->name;
	im->ind.until = ind->until;
	im->ind.report = ind->report;
	return import_take_if(im, why);
}

/*
 * "[path = 'value' OR path IN ('a', 'b')]". A comparison that is no equality,
 * or that NOT stands before, says nothing that could be looked for.
 */
static int take_pattern(struct import *im, struct pattern *p, struct stix_indicator *ind)
{
	char path[LIMIT_WORD] = "";
	bool equal = false, negated = false;

	for (next_token(p); p->token != TOKEN_END; next_token(p)) {
		if (p->token == TOKEN_SIGN) {
			if (strchr("=!", p->sign))
				equal = p->sign == '=';
			if (strchr("[]", p->sign))
				path[0] = '\0';
		} else if (p->token == TOKEN_TEXT) {
			if (equal && !negated &&
			    take_term(im, path, slice_make(p->text, p->len), ind) != 0)
				return -1;
		} else if (strcmp(p->word, "IN") == 0) {
			equal = true;
		} else if (strcmp(p->word, "NOT") == 0) {
			negated = true;
		} else if (strchr(p->word, ':')) {
			memcpy(path, p->word, sizeof(path));
			equal = negated = false;
		} else {
			/* LIKE, MATCHES, AND, OR ... */
			equal = false;
		}
	}
	return 0;
}

/* Do words of the pattern bind its comparisons together? */
static bool has_word(struct slice pattern, const char *word)
{
	struct pattern p = { .rest = pattern };

	for (next_token(&p); p.token != TOKEN_END; next_token(&p)) {
		if (p.token == TOKEN_WORD && strcmp(p.word, word) == 0)
			return true;
	}
	return false;
}

/* ---- objects ---- */

/* The report of the identity of that id, whose name may come later. */
static int find_identity(struct import *im, struct slice ref, int64_t *id)
{
	*id = (intptr_t)map_get(im->reports, ref);
	if (*id || ref.len == 0)
		return 0;
	if (intel_db_add_report(im->db, im->source, NULL, NULL, id, im->err) != 0)
		return -1;
	map_put(im->reports, ref, (void *)(intptr_t)*id);
	return 0;
}

static int take_identity(struct import *im, const json_t *object)
{
	struct slice name = import_text(object, "name");
	int64_t id;

	if (name.len == 0 || find_identity(im, import_text(object, "id"), &id) != 0)
		return name.len ? -1 : 0;
	return intel_db_fill_report(im->db, id, name.ptr, NULL, im->err);
}

static struct slice name_of(const json_t *object)
{
	static const char *const lists[] = { "indicator_types", "labels" };
	struct slice name = import_text(object, "name");

	for (size_t i = 0; name.len == 0 && i < ARRAY_SIZE(lists); i++) {
		const json_t *first =
			json_array_get(json_object_get(object, lists[i]), 0);

		if (json_is_string(first))
			name = slice_str(json_string_value(first));
	}
	return name;
}

static int take_indicator(struct import *im, const json_t *object)
{
	struct slice pattern = import_text(object, "pattern");
	struct slice type = import_text(object, "pattern_type");
	struct slice until = import_text(object, "valid_until");
	struct stix_indicator ind = { .name = name_of(object) };
	struct pattern *p;
	int rc;

	if (json_is_true(json_object_get(object, "revoked")) ||
	    (type.len && !slice_eq_str(type, "stix")) ||
	    has_word(pattern, "FOLLOWEDBY")) {
		im->counts->unfit++;
		return 0;
	}
	if (until.len && !stamp_parse(until.ptr, im->how->now, &ind.until)) {
		import_bad(im, "valid_until is no time");
		return 0;
	}
	if (find_identity(im, import_text(object, "created_by_ref"), &ind.report) != 0)
		return -1;
	ind.conditional = has_word(pattern, "AND");
	p = xcalloc(1, sizeof(*p));
	p->rest = pattern;
	rc = take_pattern(im, p, &ind);
	free(p);
	if (rc == 0 && ind.terms == 0)
		im->counts->unfit++;
	return rc;
}

int import_stix_object(struct import *im, const json_t *object)
{
	struct slice type = import_text(object, "type");

	if (slice_eq_str(type, "indicator"))
		return take_indicator(im, object);
	return slice_eq_str(type, "identity") ? take_identity(im, object) : 0;
}
