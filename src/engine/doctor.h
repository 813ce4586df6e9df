/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which detectors can see, by what is audited: the needs of the table of
 * detectors against the rules in the kernel, or against what a log holds.
 */
#ifndef AUSPEX_ENGINE_DOCTOR_H
#define AUSPEX_ENGINE_DOCTOR_H

#include "audit/rules.h"
#include "base/err.h"
#include "finding/catalog.h"

/* What there is to see with. */
struct doctor_view {
	enum coverage senses[SENSE_MAX];
	bool manifest; /* one is set */
	bool intel;    /* indicators are set */
	bool live;     /* senses are of rules, not of a log */
};

enum doctor_sight { SIGHT_BLIND, SIGHT_PARTLY, SIGHT_SEES };

enum { DOCTOR_LACKS_MAX = 16 };

/* One thing that a detector lacks. */
struct doctor_lack {
	enum sense sense;  /* SENSE_MAX: something else than a record */
	bool part;         /* it is there for some */
	struct slice word; /* as the detector's needs have it; borrowed from there */
};

/* lacks: how many come back in *n. */
enum doctor_sight doctor_look(const struct detector_info *detector,
			      const struct doctor_view *view,
			      struct doctor_lack lacks[DOCTOR_LACKS_MAX], size_t *n);

/* Fills the senses from logs. -1: a log could not be read at all. */
int doctor_read_logs(const char *const *paths, size_t npaths, struct doctor_view *view,
		     struct err *err);

/* What the kernel says. */
struct doctor_kernel {
	struct kernel_audit status;
	bool off;          /* a rule of the task list keeps everything out */
	uint32_t excluded; /* a type of records that a rule keeps out; 0: none */
};

/* Fills the senses from the loaded rules. -1: they cannot be had. */
int doctor_ask_kernel(struct doctor_view *view, uint32_t arch, struct doctor_kernel *out,
		      struct err *err);

#endif
