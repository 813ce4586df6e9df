/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule, compiled.
 *   set.c         the rules, from files
 *   rule.c        one rule from its YAML
 *   condition.c   "selection and not 1 of filter_*"
 *   item.c        a field, its modifiers and its values
 *   pattern.c     one value
 *   match.c       is it so?
 */
#ifndef AUSPEX_SIGMA_SIGMA_PRIV_H
#define AUSPEX_SIGMA_SIGMA_PRIV_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/arena.h"
#include "base/yaml.h"
#include "sigma/sigma.h"

enum modifier_bits {
	MOD_CONTAINS = 1 << 0,
	MOD_PREFIX = 1 << 1,
	MOD_SUFFIX = 1 << 2,
	MOD_ALL = 1 << 3,
	MOD_CASED = 1 << 4,
	MOD_RE = 1 << 5,
	MOD_RE_I = 1 << 6,
	MOD_RE_M = 1 << 7,
	MOD_RE_S = 1 << 8,
	MOD_BASE64 = 1 << 9,
	MOD_BASE64OFFSET = 1 << 10,
	MOD_CIDR = 1 << 11,
	MOD_EXISTS = 1 << 12,
	MOD_LT = 1 << 13,
	MOD_LTE = 1 << 14,
	MOD_GT = 1 << 15,
	MOD_GTE = 1 << 16,
};

enum pattern_kind {
	PATTERN_EQUAL,
	PATTERN_PREFIX,
	PATTERN_SUFFIX,
	PATTERN_CONTAINS,
	PATTERN_GLOB, /* with * or ? in the middle */
	PATTERN_RE,
	PATTERN_CIDR,
	PATTERN_NUMBER,
	PATTERN_NONE, /* null: the field is not there */
	PATTERN_EXISTS,
};

/* A character of a glob that stands for itself, or one of these. */
enum { GLOB_ANY = 256, GLOB_ONE = 257 };

/* What pcre2 needs for one match at a time. */
struct sigma_room {
	pcre2_match_data *data;
	pcre2_match_context *context;
};

struct sigma_pattern {
	enum pattern_kind kind;
	bool cased;
	struct slice text;    /* EQUAL to CONTAINS; lower case unless cased */
	const uint16_t *glob; /* GLOB: text.len of them */
	pcre2_code *re;       /* RE: owned by the set, as the room is */
	const struct sigma_room *room;
	int family; /* CIDR: AF_INET, AF_INET6 */
	uint8_t net[16];
	unsigned bits;
	unsigned compare; /* NUMBER: MOD_LT... */
	int64_t number;
	bool wanted; /* EXISTS */
};

struct sigma_item {
	int field;
	struct slice name; /* empty: keywords */
	bool all;          /* each pattern must fit some value */
	const struct sigma_pattern *patterns;
	size_t npatterns;
};

/* One mapping of a search: all of its items. */
struct sigma_row {
	const struct sigma_item *items;
	size_t nitems;
};

/* A named part of "detection": one of its rows. */
struct sigma_search {
	struct slice name;
	const struct sigma_row *rows;
	size_t nrows;
};

enum condition_kind { COND_SEARCH, COND_AND, COND_OR, COND_NOT };

struct sigma_condition {
	enum condition_kind kind;
	const struct sigma_search *search;          /* SEARCH */
	const struct sigma_condition *left, *right; /* NOT: left only */
};

struct sigma_set {
	struct arena arena;
	sigma_resolve_fn *resolve;
	struct sigma_rule **rules;
	size_t nrules, cap;
	size_t npatterns, skipped;
	struct sha256 *texts; /* of all that was added */
	pcre2_code **codes;   /* of all rules */
	size_t ncodes, codes_cap;
	struct sigma_room room; /* made with the first of them */
};

/* Where something of a rule is read. */
struct sigma_reading {
	struct sigma_set *set;
	const char *file;
	struct sigma_rule *rule;
	const struct sigma_search *searches;
	size_t nsearches;
	struct err *err;
};

int sigma_error(const struct sigma_reading *r, const struct yaml_node *node,
		const char *fmt, ...) PRINTF_LIKE(3, 4);
int sigma_read_rule(struct sigma_reading *r, const struct yaml_node *doc);
int sigma_read_condition(struct sigma_reading *r, const struct yaml_node *node,
			 const struct sigma_condition **out);
/* node: a member of a search's mapping, or a list of keywords. */
int sigma_read_item(struct sigma_reading *r, const struct yaml_node *node, bool keywords,
		    struct sigma_item *out);
/* Adds at least one pattern for the value at to[0]; *n says how many, at most 3. */
enum { SIGMA_PATTERNS_OF_VALUE = 3 };
int sigma_read_pattern(struct sigma_reading *r, const struct yaml_node *node,
		       unsigned mods, struct sigma_pattern *to, size_t *n);

#endif
