/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit rules that auspex needs, from one table (rules.def): as text for
 * auditctl(8), and what a set of rules or a log shows of them.
 */
#ifndef AUSPEX_AUDIT_RULES_H
#define AUSPEX_AUDIT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/kernel.h"
#include "base/slice.h"
#include "base/strbuf.h"

enum rules_profile { RULES_MINIMAL, RULES_STANDARD, RULES_FULL, RULES_PROFILE_MAX };

/* A kind of thing that records show. */
enum sense {
#define SENSE(NAME, ...) SENSE_##NAME,
#include "audit/rules.def"
	SENSE_MAX
};

struct sense_info {
	const char *word; /* a call that stands for it */
	const char *text;
};

/* Never NULL below SENSE_MAX. */
const struct sense_info *sense_info(enum sense sense);
/* The sense with that word, or that a call belongs to by its name; SENSE_MAX: none. */
enum sense sense_of_word(struct slice word);

/* "minimal", ...; false, *out untouched: there is none of that name. */
bool rules_profile_parse(const char *name, enum rules_profile *out);

struct rules_options {
	enum rules_profile profile;
	uint32_t arch;   /* AUDIT_ARCH_X86_64 or AUDIT_ARCH_AARCH64 */
	const char *exe; /* of auspex: what it does itself is not audited */
	bool io_uring;   /* auditctl knows rules for io_uring */
	bool no_titles;  /* leave PROCTITLE records out, of all rules */
};

/* false: rules are not known for that machine (uname -m). */
bool rules_machine_parse(const char *machine, uint32_t *arch);
/* Adds the whole file. */
void rules_add(struct strbuf *out, const struct rules_options *options);
/* Adds the lines for one sense. */
void rules_add_sense(struct strbuf *out, uint32_t arch, enum sense sense);

enum coverage {
	COVER_NONE,
	COVER_PART, /* only for some processes, some calls or one word size */
	COVER_FULL,
};

/* What the loaded rules cover. */
struct rules_cover {
	uint32_t arch;
	bool off; /* a rule keeps all tasks from being audited */
	/* By word: calls that a rule keeps out whoever makes them. */
	uint32_t hidden[2][KERNEL_RULE_WORDS];
	/* A type of records that detectors need and a rule keeps out; 0: none. */
	uint32_t excluded;
	enum coverage senses[SENSE_MAX];
	uint8_t seen[2][SENSE_MAX][32]; /* b64, b32: by row, what rules were found */
};

/* Before the first rule. arch: of the machine, its 64 bits (AUDIT_ARCH_*). */
void rules_cover_start(struct rules_cover *cover, uint32_t arch);
/* For kernel_audit_rules(). */
void rules_cover_take(void *cover, const struct kernel_rule *rule);
/* Fills senses. */
void rules_cover_end(struct rules_cover *cover);

struct event_syscall;

/* What a log shows: counts for each sense the events that its rules would have made. */
struct rules_seen {
	uint64_t senses[SENSE_MAX];
};

/* Counts one event. */
void rules_seen_take(struct rules_seen *seen, const struct event_syscall *syscall);

#endif
