/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One finding whole, as a page for who has to act on it. */
#ifndef AUSPEX_REPORT_SHOW_H
#define AUSPEX_REPORT_SHOW_H

#include "base/strbuf.h"
#include "report/process_list.h"
#include "report/report.h"

struct show {
	int64_t id;
	const char *database; /* what other commands must be told; NULL: nothing */
	const struct finding *finding;
	const struct process_list *processes; /* of its trees */
	const struct related_finding *related;
	size_t nrelated;
};

/* look->raw: records as they were logged, and all of them. */
void show_print(FILE *out, const struct show *show, const struct report_options *look);

/*
 * What to do next: the detector's own steps, then those of steps.def, with
 * their {names} filled in. What others chose is quoted for a shell, because
 * steps are copied into one.
 */
struct show_steps {
	const struct show *show;
	const char *rest;     /* of the detector's own */
	size_t next;          /* of steps.def */
	enum step_group done; /* the group that has its step */
};

void show_steps_begin(struct show_steps *steps, const struct show *show);
/*
 * Adds the next one to out (escaped); false: that was the last. A tab in it
 * stands before what is to be copied into a shell.
 */
bool show_steps_next(struct show_steps *steps, struct strbuf *out);

/*
 * Adds one step with its {names} filled in; false, out unchanged, when one of
 * them is not known of the finding.
 */
bool show_add_step(struct strbuf *out, struct slice step, const struct show *show);

/* Adds how another command is told the finding: "3", "3 -d FILE". */
void show_add_id(struct strbuf *out, const struct show *show);

#endif
