/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/rules.h"

#include <linux/audit.h>
#include <string.h>

#include "audit/names.h"
#include "audit/rules_priv.h"
#include "base/compiler.h"

static const struct sense_info senses[SENSE_MAX] = {
#define SENSE(NAME, word, text) { word, text },
#include "audit/rules.def"
};

const struct rule_row rule_rows[] = {
#define ROW(NAME, PROFILE, calls, filter, FAMILY) \
	{ SENSE_##NAME, RULES_##PROFILE, calls, filter, NULL, NULL, FAMILY_##FAMILY },
#define RULE(NAME, PROFILE, calls, filter) ROW(NAME, PROFILE, calls, filter, ANY)
#define RULE_X86(NAME, PROFILE, calls, filter) ROW(NAME, PROFILE, calls, filter, X86)
#define RULE_ARM(NAME, PROFILE, calls, filter) ROW(NAME, PROFILE, calls, filter, ARM)
#define WATCH(NAME, PROFILE, path, permissions) \
	{ SENSE_##NAME, RULES_##PROFILE, "", "", path, permissions, FAMILY_ANY },
#include "audit/rules.def"
};
const size_t nrule_rows = ARRAY_SIZE(rule_rows);

static const char *const profiles[RULES_PROFILE_MAX] = { "minimal", "standard", "full" };

const struct sense_info *sense_info(enum sense sense)
{
	return &senses[sense];
}

bool rules_profile_parse(const char *name, enum rules_profile *out)
{
	for (size_t i = 0; i < RULES_PROFILE_MAX; i++) {
		if (strcmp(profiles[i], name) == 0) {
			*out = (enum rules_profile)i;
			return true;
		}
	}
	return false;
}

bool rules_machine_parse(const char *machine, uint32_t *arch)
{
	if (strcmp(machine, "x86_64") == 0)
		*arch = AUDIT_ARCH_X86_64;
	else if (strcmp(machine, "aarch64") == 0)
		*arch = AUDIT_ARCH_AARCH64;
	else
		return false;
	return true;
}

uint32_t rules_arch32(uint32_t arch)
{
	return arch == AUDIT_ARCH_X86_64 ? AUDIT_ARCH_I386 : AUDIT_ARCH_ARM;
}

bool rule_row_fits(const struct rule_row *row, uint32_t arch)
{
	switch (row->family) {
	case FAMILY_X86: return arch == AUDIT_ARCH_X86_64 || arch == AUDIT_ARCH_I386;
	case FAMILY_ARM: return arch == AUDIT_ARCH_AARCH64 || arch == AUDIT_ARCH_ARM;
	case FAMILY_ANY: break;
	}
	return true;
}

bool rules_next_call(struct slice *rest, struct slice *call)
{
	const char *comma;

	if (rest->len == 0)
		return false;
	comma = memchr(rest->ptr, ',', rest->len);
	*call = slice_make(rest->ptr, comma ? (size_t)(comma - rest->ptr) : rest->len);
	*rest = slice_skip(*rest, call->len + 1);
	return true;
}

enum sense sense_of_word(struct slice word)
{
	struct slice rest, each;

	for (size_t i = 0; i < SENSE_MAX; i++) {
		if (slice_eq_str(word, senses[i].word))
			return (enum sense)i;
	}
	for (size_t i = 0; i < nrule_rows; i++) {
		rest = slice_str(rule_rows[i].calls);
		while (rules_next_call(&rest, &each)) {
			if (slice_eq(each, word))
				return rule_rows[i].sense;
		}
	}
	return SENSE_MAX;
}

/* The number of a call on arch, or -1. */
int rules_call_number(uint32_t arch, struct slice call)
{
	char name[32];

	if (call.len >= sizeof(name))
		return -1;
	memcpy(name, call.ptr, call.len);
	name[call.len] = '\0';
	return call_number(arch, name);
}

/* ---- text ---- */

/* One rule for one word size, with the calls that it has. */
static void add_row(struct strbuf *out, const struct rule_row *row, uint32_t arch,
		    const char *bits, const char *list)
{
	struct slice rest = slice_str(row->calls), call;
	size_t start = out->len;
	bool any = false;

	strbuf_printf(out, "-a always,%s%s%s -S ", list, *bits ? " -F arch=" : "", bits);
	while (rules_next_call(&rest, &call)) {
		if (rules_call_number(arch, call) < 0)
			continue;
		strbuf_printf(out, "%s%.*s", any ? "," : "", SLICE_FMT(call));
		any = true;
	}
	if (!any) {
		out->len = start;
		return;
	}
	if (row->filter[0])
		strbuf_printf(out, " %s", row->filter);
	strbuf_add_str(out, " -k auspex\n");
}

static void add_watch(struct strbuf *out, const struct rule_row *row, const char *bits)
{
	size_t len = strlen(row->path);
	bool dir = row->path[len - 1] == '/';

	strbuf_printf(
		out, "-a always,exit -F arch=%s -S all -F %s=%.*s -F perm=%s -k auspex\n",
		bits, dir ? "dir" : "path", (int)(dir ? len - 1 : len), row->path,
		row->permissions);
}

static void add_rule(struct strbuf *out, const struct rule_row *row, uint32_t arch)
{
	if (!rule_row_fits(row, arch))
		return;
	if (row->path) {
		add_watch(out, row, "b64");
		add_watch(out, row, "b32");
		return;
	}
	add_row(out, row, arch, "b64", "exit");
	add_row(out, row, rules_arch32(arch), "b32", "exit");
}

void rules_add_sense(struct strbuf *out, uint32_t arch, enum sense sense)
{
	for (size_t i = 0; i < nrule_rows; i++) {
		if (rule_rows[i].sense == sense)
			add_rule(out, &rule_rows[i], arch);
	}
}

static void add_head(struct strbuf *out, const struct rules_options *o)
{
	strbuf_printf(
		out,
		"## What must be audited for auspex to see: profile %s, for %s.\n"
		"## Made by: auspex rules --profile %s --arch %s\n"
		"## See auspex-rules(1). Put it into /etc/audit/rules.d/ and load it with\n"
		"## augenrules --load. Each call is named for 64 and for 32 bits: a "
		"32-bit\n"
		"## program would go unseen otherwise.\n"
		"\n"
		"# auspex itself, or each of its records could make another; -A: before\n"
		"# all other rules, whatever file they are in\n"
		"-A never,exit -F arch=b64 -S all -F exe=%s\n"
		"-A never,exit -F arch=b32 -S all -F exe=%s\n",
		profiles[o->profile], arch_name(o->arch), profiles[o->profile],
		arch_name(o->arch), o->exe, o->exe);
	if (o->no_titles)
		strbuf_add_str(
			out,
			"\n# a third of all records, which auspex does not need; goes for\n"
			"# what other rules record, too\n"
			"-a always,exclude -F msgtype=PROCTITLE\n");
}

void rules_add(struct strbuf *out, const struct rules_options *o)
{
	add_head(out, o);
	for (size_t s = 0; s < SENSE_MAX; s++) {
		bool headed = false;

		for (size_t i = 0; i < nrule_rows; i++) {
			if (rule_rows[i].sense != s || rule_rows[i].profile > o->profile)
				continue;
			if (!headed)
				strbuf_printf(out, "\n# %s\n", senses[s].text);
			headed = true;
			add_rule(out, &rule_rows[i], o->arch);
		}
	}
	if (!o->io_uring)
		return;
	/*
	 * What libaudit has a number for (audit 3.1 to 4.x, lib/uringop_table.h):
	 * it has none for socket, and auditctl stops at a name that it does not know.
	 */
	strbuf_add_str(out,
		       "\n# the same through rings (needs Linux 5.16)\n"
		       "-a always,io_uring -S openat,openat2,renameat,unlinkat,linkat,"
		       "symlinkat,connect,accept -k auspex\n");
}
