/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sigma rules (https://sigmahq.io, specification 2): read, and held against
 * whatever can be asked for fields by name. Knows no audit event.
 *
 * What is taken: one rule a YAML document; searches that are mappings, lists
 * of mappings or keywords; the modifiers of modifiers.def; conditions with
 * and, or, not, parentheses, "1 of" and "all of". What a rule says that is
 * not among these is an error, never passed over: a rule that means something
 * else than it says is worse than none.
 */
#ifndef AUSPEX_SIGMA_SIGMA_H
#define AUSPEX_SIGMA_SIGMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/slice.h"

enum sigma_source {
#define SOURCE(NAME, ...) SIGMA_##NAME,
#include "sigma/sources.def"
#undef SOURCE
	SIGMA_SOURCE_MAX
};

struct sigma_condition;

/* Strings are NUL-terminated, NULL where the rule does not have them. */
struct sigma_rule {
	const char *id;   /* as the rule has it, usually a UUID; never NULL */
	const char *name; /* "name:", or the file's name without its end; never NULL */
	const char *title, *description, *level;
	const char *author, *status;
	const char
		*needs; /* "needs:", what must be audited, not Sigma's own; never NULL */
	const char *const *tags; /* "attack.t1059.004" */
	size_t ntags;
	const char *const *honest; /* "falsepositives:" */
	size_t nhonest;
	const char *const *response; /* "response:", a list; not Sigma's own */
	size_t nresponse;
	enum sigma_source source;
	const char *file; /* where it stands */
	uint32_t line;
	const struct sigma_condition *condition;
};

enum {
	LIMIT_SIGMA_RULES = 10000,
	LIMIT_SIGMA_PATTERNS = 100000, /* in all rules */
	LIMIT_SIGMA_SEARCHES = 256,    /* of one rule */
	LIMIT_SIGMA_CONDITION = 200,   /* words of one condition */
	LIMIT_SIGMA_DEPTH = 32,        /* parentheses in one another */
	LIMIT_SIGMA_VALUES = 4096,     /* of one field, as the asked one gives them */
	LIMIT_SIGMA_SUBJECT = 8192,    /* bytes that a regular expression sees */
	LIMIT_SIGMA_STEPS = 100000, /* of one regular expression: pcre2's match limit */
	LIMIT_SIGMA_HEAP_KIB = 1024,
	/* Of one rule and one event: bytes that are looked at one by one, or as
	 * long. What is in the program takes a few thousand. */
	LIMIT_SIGMA_WORK = 4000000,
};

struct sigma_set;

/*
 * The number that a field is asked for by, or -1 where nobody can know it:
 * such a rule is an error. source: of the rule that names it.
 */
typedef int sigma_resolve_fn(enum sigma_source source, struct slice field);

struct sigma_set *sigma_set_new(sigma_resolve_fn *resolve);
/* Leaves *set NULL; NULL is allowed. */
void sigma_set_free(struct sigma_set **set);
/*
 * Adds the rules of a text. A rule with the id of one that is there takes its
 * place. Rules for another product or source than those of sources.def are
 * left out and counted. name: for messages; its last part gives a rule
 * without "name:" its name. -1: what is wrong, with file and line.
 */
int sigma_set_add(struct sigma_set *set, struct slice text, const char *name,
		  struct err *err) MUST_CHECK;
/* The same for a file, or for every *.yml and *.yaml of a directory. */
int sigma_set_load(struct sigma_set *set, const char *path, struct err *err) MUST_CHECK;
/* Of all texts that were added since it was last asked for. */
void sigma_set_digest(struct sigma_set *set, char out[SHA256_HEX + 1]);
/* Rules for other sources that were left out. */
size_t sigma_set_skipped(const struct sigma_set *set);
/* Borrowed; in the order in which they were added. */
size_t sigma_set_count(const struct sigma_set *set);
const struct sigma_rule *sigma_set_rule(const struct sigma_set *set, size_t i);

/* A value, and the same in lower case (ASCII). */
struct sigma_value {
	struct slice text, lower;
};

/* Lower case of the ASCII letters, in arena. */
struct slice sigma_lower(struct arena *arena, struct slice text);

/*
 * The value number index (from 0) of a field, by the number that resolve gave.
 * false: there is none of that index.
 */
typedef bool sigma_field_fn(void *ctx, int field, struct slice name, size_t index,
			    struct sigma_value *value);

/* GIVEN_UP: it would take more than LIMIT_SIGMA_WORK to tell. */
enum sigma_answer { SIGMA_NO, SIGMA_YES, SIGMA_GIVEN_UP };

enum sigma_answer sigma_match(const struct sigma_rule *rule, sigma_field_fn *get,
			      void *ctx);
/* Is the value of the field known already? */
typedef bool sigma_known_fn(void *ctx, int field, struct slice name);

/* Can the rule still match, by the fields that are known? */
bool sigma_may_match(const struct sigma_rule *rule, sigma_field_fn *get,
		     sigma_known_fn *known, void *ctx);

#endif
