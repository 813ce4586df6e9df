/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "sigma/sigma_priv.h"

enum { STEPS_OF_TEST = 8, BYTES_OF_STEP = 16 };

/* Two pointers and one way back: never worse than length times length. */
static bool glob_fits(const uint16_t *glob, size_t n, struct slice text, uint64_t *work)
{
	size_t g = 0, t = 0, star = SIZE_MAX, mark = 0;

	while (t < text.len && *work <= LIMIT_SIGMA_WORK) {
		(*work)++;
		if (g < n && (glob[g] == GLOB_ONE || glob[g] == (uint8_t)text.ptr[t])) {
			g++;
			t++;
		} else if (g < n && glob[g] == GLOB_ANY) {
			star = g++;
			mark = t;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (g < n && glob[g] == GLOB_ANY)
		g++;
	return g == n && t == text.len;
}

static bool re_fits(const struct sigma_pattern *p, struct slice text, uint64_t *work)
{
	int rc;

	if (text.len > LIMIT_SIGMA_SUBJECT)
		text.len = LIMIT_SIGMA_SUBJECT;
	rc = pcre2_match(p->re, (PCRE2_SPTR)(text.len ? text.ptr : ""), text.len, 0, 0,
			 p->room->data, p->room->context);
	/* How far it came is not told otherwise. */
	*work += rc == PCRE2_ERROR_MATCHLIMIT ? LIMIT_SIGMA_STEPS : text.len;
	return rc >= 0;
}

static bool cidr_fits(const struct sigma_pattern *p, struct slice text)
{
	char addr[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	unsigned whole = p->bits / 8, rest = p->bits % 8;

	if (text.len >= sizeof(addr))
		return false;
	snprintf(addr, sizeof(addr), "%.*s", SLICE_FMT(text));
	if (inet_pton(p->family, addr, bytes) != 1 || memcmp(bytes, p->net, whole) != 0)
		return false;
	return rest == 0 || (bytes[whole] ^ p->net[whole]) >> (8 - rest) == 0;
}

static bool number_fits(const struct sigma_pattern *p, struct slice text)
{
	int64_t value;

	if (!num_i64(text, &value))
		return false;
	switch (p->compare) {
	case MOD_LT: return value < p->number;
	case MOD_LTE: return value <= p->number;
	case MOD_GT: return value > p->number;
	default: return value >= p->number;
	}
}

static bool contains(struct slice text, struct slice what)
{
	return what.len == 0 || (text.len >= what.len &&
				 memmem(text.ptr, text.len, what.ptr, what.len) != NULL);
}

/* work: grows by what globs and expressions took. */
static bool pattern_fits(const struct sigma_pattern *p, const struct sigma_value *value,
			 uint64_t *work)
{
	struct slice text = p->cased ? value->text : value->lower;

	switch (p->kind) {
	case PATTERN_EQUAL: return slice_eq(text, p->text);
	case PATTERN_PREFIX: return slice_starts(text, p->text);
	case PATTERN_SUFFIX: return slice_ends(text, p->text);
	case PATTERN_CONTAINS: return contains(text, p->text);
	case PATTERN_GLOB: return glob_fits(p->glob, p->text.len, text, work);
	case PATTERN_RE: return re_fits(p, value->text, work);
	case PATTERN_CIDR: return cidr_fits(p, value->text);
	case PATTERN_NUMBER: return number_fits(p, value->text);
	case PATTERN_NONE: return value->text.len == 0;
	case PATTERN_EXISTS: return p->wanted;
	}
	return false;
}

/* What is known of some fields only may be neither, nor what takes too long. */
enum answer { NO, MAYBE, YES };

struct asking {
	sigma_field_fn *get;
	sigma_known_fn *known; /* NULL: all are */
	void *ctx;
	uint64_t work; /* see LIMIT_SIGMA_WORK */
};

/* Does any of the patterns fit the value? */
static bool any_fits(struct asking *a, const struct sigma_pattern *patterns, size_t n,
		     const struct sigma_value *value)
{
	a->work += n * (STEPS_OF_TEST + value->text.len / BYTES_OF_STEP);
	for (size_t i = 0; i < n && a->work <= LIMIT_SIGMA_WORK; i++)
		if (pattern_fits(&patterns[i], value, &a->work))
			return true;
	return false;
}

/* Does any value of the item's field fit any of n patterns? */
static bool patterns_met(struct asking *a, const struct sigma_item *item,
			 const struct sigma_pattern *patterns, size_t n)
{
	struct sigma_value value;
	size_t i = 0;

	while (i < LIMIT_SIGMA_VALUES && a->work <= LIMIT_SIGMA_WORK &&
	       a->get(a->ctx, item->field, item->name, i, &value)) {
		if (any_fits(a, patterns, n, &value))
			return true;
		i++;
	}
	a->work += STEPS_OF_TEST;
	/* The field is not there. */
	for (size_t k = 0; i == 0 && k < n; k++)
		if (patterns[k].kind == PATTERN_NONE ||
		    (patterns[k].kind == PATTERN_EXISTS && !patterns[k].wanted))
			return true;
	return false;
}

static enum answer item_met(struct asking *a, const struct sigma_item *item)
{
	if (a->known && !a->known(a->ctx, item->field, item->name))
		return MAYBE;
	if (!item->all && patterns_met(a, item, item->patterns, item->npatterns))
		return YES;
	for (size_t i = 0; item->all && i < item->npatterns; i++)
		if (!patterns_met(a, item, &item->patterns[i], 1) &&
		    a->work <= LIMIT_SIGMA_WORK)
			return NO;
	if (a->work > LIMIT_SIGMA_WORK)
		return MAYBE;
	return item->all ? YES : NO;
}

static enum answer row_met(struct asking *a, const struct sigma_row *row)
{
	enum answer all = YES;

	for (size_t i = 0; i < row->nitems && all != NO; i++) {
		enum answer one = item_met(a, &row->items[i]);

		all = one < all ? one : all;
	}
	return all;
}

static enum answer search_met(struct asking *a, const struct sigma_search *search)
{
	enum answer any = NO;

	for (size_t i = 0; i < search->nrows && any != YES; i++) {
		enum answer one = row_met(a, &search->rows[i]);

		any = one > any ? one : any;
	}
	return any;
}

/* No deeper than LIMIT_SIGMA_CONDITION words and LIMIT_SIGMA_SEARCHES allow. */
static enum answer condition_met(struct asking *a, const struct sigma_condition *c)
{
	enum answer left, right;

	if (c->kind == COND_SEARCH)
		return search_met(a, c->search);
	left = condition_met(a, c->left);
	if (c->kind == COND_NOT)
		return (enum answer)(YES - left);
	if (left == (c->kind == COND_AND ? NO : YES))
		return left;
	right = condition_met(a, c->right);
	if (c->kind == COND_AND)
		return left < right ? left : right;
	return left > right ? left : right;
}

enum sigma_answer sigma_match(const struct sigma_rule *rule, sigma_field_fn *get,
			      void *ctx)
{
	static const enum sigma_answer answers[] = {
		[NO] = SIGMA_NO, [MAYBE] = SIGMA_GIVEN_UP, [YES] = SIGMA_YES
	};
	struct asking a = { get, NULL, ctx, 0 };

	return answers[condition_met(&a, rule->condition)];
}

bool sigma_may_match(const struct sigma_rule *rule, sigma_field_fn *get,
		     sigma_known_fn *known, void *ctx)
{
	struct asking a = { get, known, ctx, 0 };

	return condition_met(&a, rule->condition) != NO;
}
