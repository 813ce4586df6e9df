/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said of a finding: facts with their names, each put into words
 * once, for the page in a terminal and for the one in a browser.
 */
#ifndef AUSPEX_REPORT_FACTS_H
#define AUSPEX_REPORT_FACTS_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "finding/finding.h"

struct fact {
	const char *label; /* "": goes on with what the one before says */
	const char *text;  /* escaped, never empty */
	const char *url;   /* where to read more; NULL: nowhere */
};

struct facts {
	const struct fact *list; /* in arena */
	size_t n;
	/* Private from here. */
	struct fact *room;
	size_t cap;
	struct arena arena;
	struct strbuf line;
	bool utf8;
};

/* utf8: arrows may be drawn. */
void facts_init(struct facts *facts, bool utf8);
void facts_fini(struct facts *facts);

/* Each forgets the list that was there; one without facts leaves it empty. */
void facts_what(struct facts *facts, const struct finding *finding);
void facts_process(struct facts *facts, const struct finding *finding);
/* Who started it, the oldest first, then the process itself. */
void facts_chain(struct facts *facts, const struct finding *finding);
/* What a list of indicators says. */
void facts_indicator(struct facts *facts, const struct finding *finding);
void facts_network(struct facts *facts, const struct finding *finding);
/* Of a shell; its commands are for text_add_ran(). */
void facts_session(struct facts *facts, const struct finding *finding);
void facts_file(struct facts *facts, const struct finding *finding);

/* The evidence in the order of its time, to be freed; NULL: there is none. */
struct finding_evidence *facts_evidence(const struct finding *finding);

#endif
