/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rows of the table the rules in the kernel cover. A rule covers a row
 * for a call when it names the call and has no condition that the row does
 * not have; with further conditions it covers it for some processes only.
 */
#include <linux/audit.h>
#include <string.h>

#include "audit/event.h"
#include "audit/names.h"
#include "audit/rules_priv.h"
#include "base/compiler.h"
#include "base/num.h"

enum { FILTERS_MAX = 4 };

struct filter {
	uint32_t field, op, value;
};

/* The fields that the table's filters use. */
static const struct {
	const char *name;
	uint32_t field;
} fields[] = {
	{ "a0", AUDIT_ARG0 },
	{ "a1", AUDIT_ARG1 },
	{ "a2", AUDIT_ARG2 },
	{ "success", AUDIT_SUCCESS },
};

/* "-F a2&4" and so on; n: how many are in out. */
static size_t parse_filters(const char *text, struct filter out[FILTERS_MAX])
{
	struct slice rest = slice_str(text);
	size_t n = 0;

	while (rest.len > 3 && n < FILTERS_MAX) {
		const char *end;
		uint64_t value = 0;
		size_t len, at;

		rest = slice_skip(rest, 3); /* "-F " */
		end = memchr(rest.ptr, ' ', rest.len);
		len = end ? (size_t)(end - rest.ptr) : rest.len;
		at = strcspn(rest.ptr, "&=");
		num_u64(slice_make(rest.ptr + at + 1, len - at - 1), &value);
		for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
			if (slice_eq_str(slice_make(rest.ptr, at), fields[i].name))
				out[n].field = fields[i].field;
		}
		out[n].op = rest.ptr[at] == '&' ? AUDIT_BIT_MASK : AUDIT_EQUAL;
		out[n++].value = (uint32_t)value;
		rest = slice_skip(rest, len + 1);
	}
	return n;
}

/* Does the rule ask for nothing but what the row asks for? */
static bool asks_no_more(const struct kernel_rule *rule, const struct rule_row *row)
{
	struct filter filters[FILTERS_MAX] = { { 0 } };
	size_t n = parse_filters(row->filter, filters);

	for (uint32_t i = 0; i < rule->nfields; i++) {
		bool known = rule->fields[i].field == AUDIT_ARCH ||
			     rule->fields[i].field == AUDIT_FILTERKEY;

		for (size_t k = 0; k < n && !known; k++)
			known = rule->fields[i].field == filters[k].field &&
				rule->fields[i].op == filters[k].op &&
				rule->fields[i].value == filters[k].value;
		if (!known)
			return false;
	}
	return true;
}

/* Do both want something of an argument that cannot be true at once? */
static bool asks_other(const struct kernel_rule *rule, const struct rule_row *row)
{
	struct filter filters[FILTERS_MAX] = { { 0 } };
	size_t n = parse_filters(row->filter, filters);

	for (uint32_t i = 0; i < rule->nfields; i++) {
		for (size_t k = 0; k < n; k++) {
			if (rule->fields[i].field == filters[k].field &&
			    rule->fields[i].op == AUDIT_EQUAL &&
			    filters[k].op == AUDIT_EQUAL &&
			    rule->fields[i].value != filters[k].value)
				return true;
		}
	}
	return false;
}

static bool has_call(const struct kernel_rule *rule, int nr)
{
	return nr >= 0 && nr < KERNEL_RULE_WORDS * 32 &&
	       rule->mask[nr / 32] & (1u << (nr % 32));
}

/* A rule of a watch: asks it for nothing but its file and permissions? */
static bool watches_all(const struct kernel_rule *rule)
{
	for (uint32_t i = 0; i < rule->nfields; i++) {
		uint32_t field = rule->fields[i].field;

		if (field != AUDIT_ARCH && field != AUDIT_FILTERKEY &&
		    field != AUDIT_WATCH && field != AUDIT_DIR && field != AUDIT_PERM)
			return false;
	}
	return true;
}

static bool is_hidden(const struct rules_cover *cover, int word, int nr)
{
	return nr >= 0 && nr < KERNEL_RULE_WORDS * 32 &&
	       cover->hidden[word][nr / 32] & (1u << (nr % 32));
}

/* Two bits for each call of a row: seen in part, seen whole. */
static void mark(uint8_t *seen, size_t call, bool whole)
{
	seen[call] |= whole ? 2 : 1;
}

static void take_row(struct rules_cover *cover, const struct kernel_rule *rule, int word,
		     const struct rule_row *row, size_t at)
{
	uint32_t arch = word == 0 ? cover->arch : rules_arch32(cover->arch);
	struct slice rest = slice_str(row->calls), call;
	size_t n = at;

	if (!rule_row_fits(row, arch) || asks_other(rule, row))
		return;
	for (; rules_next_call(&rest, &call); n++) {
		int nr = rules_call_number(arch, call);

		if (n < 32 && has_call(rule, nr) && !is_hidden(cover, word, nr))
			mark(cover->seen[word][row->sense], n, asks_no_more(rule, row));
	}
}

static size_t count_calls(const struct rule_row *row)
{
	struct slice rest = slice_str(row->calls), call;
	size_t n = row->path ? 1 : 0;

	while (rules_next_call(&rest, &call))
		n++;
	return n;
}

/* Where a row's calls begin among those of its sense. */
static size_t row_start(const struct rule_row *row)
{
	size_t n = 0;

	for (const struct rule_row *each = rule_rows; each < row; each++)
		n += each->sense == row->sense ? count_calls(each) : 0;
	return n;
}

/* 0 is b64, 1 is b32, -1 neither; a rule without arch= is for b64 as auditctl sees it. */
static int word_of(const struct rules_cover *cover, const struct kernel_rule *rule)
{
	for (uint32_t i = 0; i < rule->nfields; i++) {
		if (rule->fields[i].field != AUDIT_ARCH)
			continue;
		if (rule->fields[i].value == cover->arch)
			return 0;
		return rule->fields[i].value == rules_arch32(cover->arch) ? 1 : -1;
	}
	return 0;
}

void rules_cover_start(struct rules_cover *cover, uint32_t arch)
{
	*cover = (struct rules_cover){ .arch = arch };
}

static bool same_path(const char *watch, const char *loaded)
{
	size_t len = strlen(watch);

	if (len > 1 && watch[len - 1] == '/')
		len--;
	return strncmp(watch, loaded, len) == 0 && loaded[len] == '\0';
}

/*
 * A rule that keeps something out. The first rule that matches decides
 * (auditctl(8)): what comes behind it is not reached. Rules with conditions
 * leave out what their owner wants to be left out.
 */
static void take_never(struct rules_cover *cover, const struct kernel_rule *rule)
{
	int word = word_of(cover, rule);
	bool bare = asks_no_more(rule, &(struct rule_row){ .filter = "" });

	if (rule->list == AUDIT_FILTER_TASK && rule->nfields == 0)
		cover->off = true;
	if (rule->list != AUDIT_FILTER_EXIT || word < 0 || !bare)
		return;
	for (size_t i = 0; i < KERNEL_RULE_WORDS; i++)
		cover->hidden[word][i] |= rule->mask[i];
}

/* "-a always,exclude -F msgtype=CWD" and the like. */
static void take_exclude(struct rules_cover *cover, const struct kernel_rule *rule)
{
	static const uint32_t needed[] = { AUDIT_SYSCALL,   AUDIT_PATH,   AUDIT_SOCKADDR,
					   AUDIT_CWD,       AUDIT_EXECVE, AUDIT_MMAP,
					   AUDIT_SOCKETCALL };

	if (rule->nfields != 1 || rule->fields[0].field != AUDIT_MSGTYPE ||
	    rule->fields[0].op != AUDIT_EQUAL)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (rule->fields[0].value == needed[i] &&
		    cover->excluded != AUDIT_SYSCALL)
			cover->excluded = needed[i];
	}
}

void rules_cover_take(void *ctx, const struct kernel_rule *rule)
{
	struct rules_cover *cover = ctx;
	int word = word_of(cover, rule);

	if (rule->list == AUDIT_FILTER_EXCLUDE)
		take_exclude(cover, rule);
	else if (rule->action == AUDIT_NEVER)
		take_never(cover, rule);
	if (rule->action != AUDIT_ALWAYS || rule->list != AUDIT_FILTER_EXIT)
		return;
	for (const struct rule_row *row = rule_rows; row < rule_rows + nrule_rows;
	     row++) {
		size_t at = row_start(row);

		if (row->path && at < 32 && same_path(row->path, rule->path)) {
			mark(cover->seen[0][row->sense], at, watches_all(rule));
			mark(cover->seen[1][row->sense], at, watches_all(rule));
		} else if (!row->path && word >= 0 && !rule->path[0]) {
			take_row(cover, rule, word, row, at);
		}
	}
}

static void judge_row(struct rules_cover *cover, const struct rule_row *row, bool *all,
		      bool *any)
{
	size_t at = row_start(row);

	for (int word = 0; word < 2; word++) {
		uint32_t arch = word == 0 ? cover->arch : rules_arch32(cover->arch);
		struct slice rest = slice_str(row->calls), call = { 0 };

		for (size_t n = at; n < at + count_calls(row) && n < 32; n++) {
			uint8_t seen = cover->seen[word][row->sense][n];

			if (!row->path) {
				rules_next_call(&rest, &call);
				if (rules_call_number(arch, call) < 0 ||
				    !rule_row_fits(row, arch))
					continue;
			}
			*all = *all && (seen & 2);
			*any = *any || seen;
		}
	}
}

void rules_cover_end(struct rules_cover *cover)
{
	for (size_t s = 0; s < SENSE_MAX; s++) {
		bool all = true, any = false;

		for (size_t i = 0; i < nrule_rows; i++) {
			if (rule_rows[i].sense == s)
				judge_row(cover, &rule_rows[i], &all, &any);
		}
		cover->senses[s] = cover->off || cover->excluded == AUDIT_SYSCALL
					   ? COVER_NONE
				   : all ? COVER_FULL
				   : any ? COVER_PART
					 : COVER_NONE;
	}
}

static bool matches(const struct rule_row *row, const struct event_syscall *sc)
{
	struct filter filters[FILTERS_MAX] = { { 0 } };
	size_t n = parse_filters(row->filter, filters);

	for (size_t i = 0; i < n; i++) {
		uint64_t have = filters[i].field == AUDIT_SUCCESS
					? sc->success
					: sc->a[filters[i].field - AUDIT_ARG0];

		if (filters[i].op == AUDIT_BIT_MASK ? !(have & filters[i].value)
						    : have != filters[i].value)
			return false;
	}
	return true;
}

static bool names_call(const struct rule_row *row, struct slice name)
{
	struct slice rest = slice_str(row->calls), call;

	while (rules_next_call(&rest, &call)) {
		if (slice_eq(call, name))
			return true;
	}
	return false;
}

/*
 * An event that a row with a filter would have made says nothing of one that
 * would have made all events of its call.
 */
void rules_seen_take(struct rules_seen *seen, const struct event_syscall *sc)
{
	struct slice name = slice_str(call_name(sc->arch, sc->nr));
	const struct rule_row *wide = NULL;
	bool narrow = false;

	for (size_t i = 0; i < nrule_rows && name.len; i++) {
		const struct rule_row *row = &rule_rows[i];

		if (!names_call(row, name) || !rule_row_fits(row, sc->arch) ||
		    !matches(row, sc))
			continue;
		if (!row->filter[0]) {
			wide = row;
			continue;
		}
		seen->senses[row->sense]++;
		narrow = true;
	}
	if (wide && !narrow)
		seen->senses[wide->sense]++;
}
