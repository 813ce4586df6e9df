/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/catalog.h"

#include <stdio.h>
#include <string.h>

#define COUNT(...) (sizeof((enum technique[]){ __VA_ARGS__ }) / sizeof(enum technique))
#define T(...) { __VA_ARGS__ }, COUNT(__VA_ARGS__)

static const struct detector_info detectors[] = {
#define DETECTOR(ID, id, title, severity, techniques, needs, description, response, ...) \
	[DETECT_##ID] = { id,    title,       severity, techniques,                      \
			  needs, description, response, "" __VA_ARGS__ },
#include "finding/detectors.def"
#include "finding/signatures.def"
#undef DETECTOR
};

static const struct step_info steps[] = {
#define STEP(GROUP, text) { STEP_##GROUP, text },
#include "finding/steps.def"
#undef STEP
};

static const struct technique_info techniques[] = {
#define TECHNIQUE(NAME, id, name, tactics, older) [NAME] = { id, name, tactics, older },
#include "finding/attack.def"
#undef TECHNIQUE
};

static const struct tactic_info tactics[] = {
#define TACTIC(short_name, id, name) { short_name, id, name },
#include "finding/tactics.def"
#undef TACTIC
};

static const char *const severities[SEV_MAX] = { "info", "low", "medium", "high",
						 "critical" };
static const char *const confidences[CONF_MAX] = { "low", "medium", "high" };

const struct detector_info *detector_info(enum detector_id id)
{
	return &detectors[id];
}

enum detector_id detector_number(const struct detector_info *info)
{
	return (enum detector_id)(info - detectors);
}

bool detector_is_signature(const struct detector_info *info)
{
	static const bool signatures[DETECTOR_MAX] = {
#define DETECTOR(ID, ...) [DETECT_##ID] = true,
#include "finding/signatures.def"
#undef DETECTOR
	};

	return signatures[detector_number(info)];
}

enum technique technique_number(const struct technique_info *info)
{
	return (enum technique)(info - techniques);
}

const struct technique_info *technique_info(enum technique technique)
{
	return &techniques[technique];
}

const struct step_info *step_list(size_t *n)
{
	*n = sizeof(steps) / sizeof(steps[0]);
	return steps;
}

const struct detector_info *detector_find(const char *id)
{
	for (size_t i = 0; i < DETECTOR_MAX; i++) {
		if (strcmp(detectors[i].id, id) == 0)
			return &detectors[i];
	}
	return NULL;
}

const struct technique_info *technique_find(const char *id)
{
	for (size_t i = 0; i < TECHNIQUE_MAX; i++) {
		if (strcmp(techniques[i].id, id) == 0)
			return &techniques[i];
	}
	return NULL;
}

void technique_url(const struct technique_info *technique, char out[TECHNIQUE_URL_MAX])
{
	const char *dot = strchr(technique->id, '.');
	int base = (int)(dot ? (size_t)(dot - technique->id) : strlen(technique->id));

	snprintf(out, TECHNIQUE_URL_MAX, "https://attack.mitre.org/techniques/%.*s/%s%s",
		 base, technique->id, dot ? dot + 1 : "", dot ? "/" : "");
}

size_t tactic_count(void)
{
	return sizeof(tactics) / sizeof(tactics[0]);
}

const struct tactic_info *tactic_info(size_t i)
{
	return &tactics[i];
}

const struct tactic_info *tactic_find(struct slice short_name)
{
	for (size_t i = 0; i < tactic_count(); i++) {
		if (slice_eq_str(short_name, tactics[i].short_name))
			return &tactics[i];
	}
	return NULL;
}

const char *severity_name(enum severity severity)
{
	return severities[severity];
}

const char *confidence_name(enum confidence confidence)
{
	return confidences[confidence];
}

bool severity_parse(const char *name, enum severity *out)
{
	for (size_t i = 0; i < SEV_MAX; i++) {
		if (strcmp(severities[i], name) == 0) {
			*out = (enum severity)i;
			return true;
		}
	}
	return false;
}

bool confidence_parse(const char *name, enum confidence *out)
{
	for (size_t i = 0; i < CONF_MAX; i++) {
		if (strcmp(confidences[i], name) == 0) {
			*out = (enum confidence)i;
			return true;
		}
	}
	return false;
}
