/* SPDX-License-Identifier: GPL-2.0-or-later */
/* or: and ("or" and)*; and: not ("and" not)*; not: "not"* ("(" or ")" | some). */
#include <ctype.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"
#include "sigma/sigma_priv.h"

struct parser {
	struct sigma_reading *r;
	const struct yaml_node *node;
	struct slice rest, word; /* word empty: the end */
	int words, depth;
};

typedef const struct sigma_condition *cond;

static cond parse_or(struct parser *p);

static void next(struct parser *p)
{
	size_t n = 0;

	while (p->rest.len && isspace((unsigned char)*p->rest.ptr))
		p->rest = slice_skip(p->rest, 1);
	if (p->rest.len && strchr("()", *p->rest.ptr))
		n = 1;
	else
		while (n < p->rest.len && !isspace((unsigned char)p->rest.ptr[n]) &&
		       !strchr("()", p->rest.ptr[n]))
			n++;
	p->word = slice_make(p->rest.ptr, n);
	p->rest = slice_skip(p->rest, n);
	p->words++;
}

static bool is(const struct parser *p, const char *word)
{
	return p->word.len == strlen(word) &&
	       strncasecmp(p->word.ptr, word, p->word.len) == 0;
}

static cond fail(struct parser *p, const char *what)
{
	if (p->word.len)
		sigma_error(p->r, p->node, "condition: %s at \"%.*s\"", what,
			    SLICE_FMT(p->word));
	else
		sigma_error(p->r, p->node, "condition: %s at its end", what);
	return NULL;
}

static cond make(struct parser *p, enum condition_kind kind,
		 const struct sigma_search *search, cond left, cond right)
{
	struct sigma_condition *c = arena_zalloc(&p->r->set->arena, sizeof(*c));

	*c = (struct sigma_condition){ kind, search, left, right };
	return c;
}

/* Names that begin with '_' are not meant by "them" (specification 2). */
static bool is_meant(const struct sigma_search *search, const char *pattern)
{
	if (strcasecmp(pattern, "them") == 0)
		return search->name.ptr[0] != '_';
	return fnmatch(pattern, search->name.ptr, 0) == 0;
}

/* "1 of filter_*", "all of them": behind the quantity. */
static cond parse_of(struct parser *p, enum condition_kind join)
{
	const char *pattern;
	cond all = NULL;

	next(p);
	if (!is(p, "of"))
		return fail(p, "\"of\" must follow \"1\" or \"all\"");
	next(p);
	pattern = arena_slice_dup(&p->r->set->arena, p->word);
	for (size_t i = 0; i < p->r->nsearches; i++) {
		const struct sigma_search *search = &p->r->searches[i];

		if (is_meant(search, pattern)) {
			cond one = make(p, COND_SEARCH, search, NULL, NULL);

			all = all ? make(p, join, NULL, all, one) : one;
		}
	}
	if (!all)
		return fail(p, "no search is named so");
	next(p);
	return all;
}

static cond parse_search(struct parser *p)
{
	for (size_t i = 0; i < p->r->nsearches; i++) {
		const struct sigma_search *search = &p->r->searches[i];

		if (slice_eq(search->name, p->word)) {
			next(p);
			return make(p, COND_SEARCH, search, NULL, NULL);
		}
	}
	return fail(p, "there is no search of that name");
}

static cond parse_primary(struct parser *p)
{
	cond inner;

	if (is(p, "1") || is(p, "any"))
		return parse_of(p, COND_OR);
	if (is(p, "all"))
		return parse_of(p, COND_AND);
	if (!is(p, "("))
		return parse_search(p);
	if (++p->depth > LIMIT_SIGMA_DEPTH)
		return fail(p, "too many parentheses in one another");
	next(p);
	inner = parse_or(p);
	if (!inner)
		return NULL;
	if (!is(p, ")"))
		return fail(p, "a \")\" is missing");
	p->depth--;
	next(p);
	return inner;
}

static cond parse_not(struct parser *p)
{
	bool negated = false;
	cond inner;

	if (p->words > LIMIT_SIGMA_CONDITION)
		return fail(p, "it is too long");
	while (is(p, "not") && p->words <= LIMIT_SIGMA_CONDITION) {
		negated = !negated;
		next(p);
	}
	inner = parse_primary(p);
	return inner && negated ? make(p, COND_NOT, NULL, inner, NULL) : inner;
}

static cond parse_and(struct parser *p)
{
	cond left = parse_not(p);

	while (left && is(p, "and")) {
		cond right;

		next(p);
		right = parse_not(p);
		left = right ? make(p, COND_AND, NULL, left, right) : NULL;
	}
	return left;
}

static cond parse_or(struct parser *p)
{
	cond left = parse_and(p);

	while (left && is(p, "or")) {
		cond right;

		next(p);
		right = parse_and(p);
		left = right ? make(p, COND_OR, NULL, left, right) : NULL;
	}
	return left;
}

int sigma_read_condition(struct sigma_reading *r, const struct yaml_node *node,
			 const struct sigma_condition **out)
{
	struct parser p = { .r = r, .node = node, .rest = node->text };

	if (node->kind != YAML_IS_SCALAR)
		return sigma_error(r, node, "\"condition\" is %s: write one text",
				   yaml_kind_name(node));
	next(&p);
	*out = parse_or(&p);
	if (!*out)
		return -1;
	if (is(&p, "|"))
		return sigma_error(
			r, node,
			"condition: what counts over several events (\"|\") is "
			"not supported: write a rule for one event");
	if (p.word.len) {
		fail(&p, "\"and\" or \"or\" is missing");
		return -1;
	}
	return 0;
}
