/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two tables that everything said about a finding comes from:
 * detectors.def (what is looked for) and attack.def (ATT&CK techniques).
 */
#ifndef AUSPEX_FINDING_CATALOG_H
#define AUSPEX_FINDING_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum severity { SEV_INFO, SEV_LOW, SEV_MEDIUM, SEV_HIGH, SEV_CRITICAL, SEV_MAX };
enum confidence { CONF_LOW, CONF_MEDIUM, CONF_HIGH, CONF_MAX };

enum technique {
#define TECHNIQUE(NAME, id, name, tactics, older) NAME,
#include "finding/attack.def"
#undef TECHNIQUE
	TECHNIQUE_MAX
};

struct technique_info {
	const char *id, *name;
	const char *tactics; /* ',' between */
	const char *older;   /* "" where the number did not change */
};

enum detector_id {
#define DETECTOR(ID, id, ...) DETECT_##ID,
#include "finding/detectors.def"
#include "finding/signatures.def"
#undef DETECTOR
	DETECTOR_MAX
};

enum { DETECTOR_TECHNIQUES_MAX = 4 };

struct detector_info {
	const char *id, *title;
	enum severity severity;
	enum technique techniques[DETECTOR_TECHNIQUES_MAX];
	size_t ntechniques;
	const char *needs, *description, *response;
	const char *honest; /* what else looks like it; "" where nothing is known */
};

/* What to do next, whatever was found: see steps.def. */
enum step_group {
	STEP_COPY,
	STEP_LOOK,
	STEP_POD,
	STEP_HASH,
	STEP_TREE,
	STEP_RECORDS,
	STEP_REPLACE,
	STEP_MANIFEST,
	STEP_HONEST,
	STEP_GROUPS
};

struct step_info {
	enum step_group group;
	const char *text;
};

/* All borrowed from static tables; never NULL for a valid number. */
const struct detector_info *detector_info(enum detector_id id);
const struct technique_info *technique_info(enum technique technique);
/* The number of a row that technique_info() gave. */
enum technique technique_number(const struct technique_info *info);
/* The number of a row that detector_info() gave. */
enum detector_id detector_number(const struct detector_info *info);
/* Is it made from a rule that comes with the program (signatures.def)? */
bool detector_is_signature(const struct detector_info *info);
/* NULL when there is none of that name. */
const struct detector_info *detector_find(const char *id);
const struct technique_info *technique_find(const char *id);

/* The steps in their order, those of a group next to each other; *n: how many. */
const struct step_info *step_list(size_t *n);

enum { TECHNIQUE_URL_MAX = 64 };
/* "https://attack.mitre.org/techniques/T1059/004/" */
void technique_url(const struct technique_info *technique, char out[TECHNIQUE_URL_MAX]);

/* A tactic as techniques name it. */
struct tactic_info {
	const char *short_name, *id, *name;
};
size_t tactic_count(void);
const struct tactic_info *tactic_info(size_t i);
/* NULL when there is none of that short name. */
const struct tactic_info *tactic_find(struct slice short_name);

const char *severity_name(enum severity severity);
const char *confidence_name(enum confidence confidence);
/* false when the name is not one. */
bool severity_parse(const char *name, enum severity *out);
bool confidence_parse(const char *name, enum confidence *out);

#endif
