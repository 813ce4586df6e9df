/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules.c and rules_cover.c share. */
#ifndef AUSPEX_AUDIT_RULES_PRIV_H
#define AUSPEX_AUDIT_RULES_PRIV_H

#include "audit/rules.h"

enum rule_family { FAMILY_ANY, FAMILY_X86, FAMILY_ARM };

struct rule_row {
	enum sense sense;
	enum rules_profile profile;
	const char *calls, *filter;
	const char *path, *permissions; /* of a watch; or NULL */
	enum rule_family family;
};

extern const struct rule_row rule_rows[];
extern const size_t nrule_rows;

uint32_t rules_arch32(uint32_t arch);
/* Is it a row for that arch? */
bool rule_row_fits(const struct rule_row *row, uint32_t arch);
/* Walks "a,b,c". */
bool rules_next_call(struct slice *rest, struct slice *call);
int rules_call_number(uint32_t arch, struct slice call);

#endif
