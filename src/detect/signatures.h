/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sigma rules as detectors: those that come with the program, and the
 * owner's. A rule's name is its detector's id, its level the severity, its
 * "attack." tags the techniques.
 */
#ifndef AUSPEX_DETECT_SIGNATURES_H
#define AUSPEX_DETECT_SIGNATURES_H

#include "base/err.h"
#include "config/config.h"
#include "finding/catalog.h"
#include "sigma/sigma.h"

struct signature {
	const struct sigma_rule *rule;
	const struct detector_info *info;
};

struct signatures;

/* With the rules of the program unless the configuration is against it. */
struct signatures *signatures_new(const struct config *config,
				  struct err *err) MUST_CHECK;
/* Findings refer to what is freed here: free them first. NULL is allowed. */
void signatures_free(struct signatures **signatures);
/* Each gets what the other has; what was borrowed from them goes along. */
void signatures_swap(struct signatures *a, struct signatures *b);
/* Of the texts of all rules, in hex; lives as long. */
const char *signatures_digest(const struct signatures *signatures);
/* How many rules of rules.paths are for what no audit record holds, and not used. */
size_t signatures_skipped(const struct signatures *signatures);
/* Another number once there are other rules. */
uint64_t signatures_generation(const struct signatures *signatures);
/* Of one source; borrowed. */
const struct signature *signatures_of(const struct signatures *signatures,
				      enum sigma_source source, size_t *count);

/* The rules of the program alone, for tables and manuals. */
int signatures_builtin(struct sigma_set *set, struct err *err) MUST_CHECK;
/*
 * What the catalog says of a rule; strings are the rule's or arena's. -1: a
 * level or a tag that is not known.
 */
int signatures_describe(const struct sigma_rule *rule, struct arena *arena,
			struct detector_info *out, struct err *err) MUST_CHECK;

#endif
