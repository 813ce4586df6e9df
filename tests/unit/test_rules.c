/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of each profile, and what the doctor makes of them once they are
 * loaded. WRITE_GOLDEN=1 writes tests/data/rules.
 */
#include <check.h>
#include <dlfcn.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/names.h"
#include "audit/rules.h"
#include "base/compiler.h"
#include "cmd/auditd_conf.h"
#include "engine/doctor.h"
#include "unit/folder.h"

static const struct {
	const char *file;
	struct rules_options options;
} goldens[] = {
#define GOLDEN(name, profile, arch, rings)                      \
	{                                                       \
		TEST_DATA "/data/rules/" name,                  \
		{                                               \
			profile, arch, "/usr/bin/auspex", rings \
		}                                               \
	}
	GOLDEN("minimal.x86_64", RULES_MINIMAL, AUDIT_ARCH_X86_64, false),
	GOLDEN("standard.x86_64", RULES_STANDARD, AUDIT_ARCH_X86_64, true),
	GOLDEN("full.x86_64", RULES_FULL, AUDIT_ARCH_X86_64, false),
	GOLDEN("minimal.aarch64", RULES_MINIMAL, AUDIT_ARCH_AARCH64, false),
	GOLDEN("standard.aarch64", RULES_STANDARD, AUDIT_ARCH_AARCH64, true),
	GOLDEN("full.aarch64", RULES_FULL, AUDIT_ARCH_AARCH64, false),
};

START_TEST(as_text)
{
	struct strbuf is, wanted;

	strbuf_init(&is);
	strbuf_init(&wanted);
	rules_add(&is, &goldens[_i].options);
	if (getenv("WRITE_GOLDEN")) {
		FILE *file = fopen(goldens[_i].file, "w");

		ck_assert_ptr_nonnull(file);
		fputs(strbuf_str(&is), file);
		fclose(file);
	}
	take_file(goldens[_i].file, &wanted);
	ck_assert_str_eq(strbuf_str(&is), strbuf_str(&wanted));
	strbuf_fini(&is);
	strbuf_fini(&wanted);
}
END_TEST

/* ---- as the kernel has them ---- */

static const struct {
	const char *name;
	uint32_t field;
} fields[] = {
	{ "arch", AUDIT_ARCH },     { "a0", AUDIT_ARG0 },         { "a1", AUDIT_ARG1 },
	{ "a2", AUDIT_ARG2 },       { "success", AUDIT_SUCCESS }, { "exe", AUDIT_EXE },
	{ "perm", AUDIT_PERM },     { "path", AUDIT_WATCH },      { "dir", AUDIT_DIR },
	{ "auid", AUDIT_LOGINUID },
};

static void add_field(struct kernel_rule *rule, const char *text, uint32_t arch)
{
	size_t len = strcspn(text, "=&>");
	const char *value = text + len + 1;
	uint32_t n = rule->nfields++;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strlen(fields[i].name) == len &&
		    memcmp(fields[i].name, text, len) == 0)
			rule->fields[n].field = fields[i].field;
	}
	ck_assert_msg(rule->fields[n].field || strncmp(text, "pid", 3) == 0, "%s", text);
	rule->fields[n].op = text[len] == '&' ? AUDIT_BIT_MASK : AUDIT_EQUAL;
	rule->fields[n].value = (uint32_t)strtoul(value, NULL, 10);
	if (strcmp(value, "b64") == 0)
		rule->fields[n].value = arch;
	else if (strcmp(value, "b32") == 0)
		rule->fields[n].value =
			arch == AUDIT_ARCH_X86_64 ? AUDIT_ARCH_I386 : AUDIT_ARCH_ARM;
	if (rule->fields[n].field == AUDIT_WATCH || rule->fields[n].field == AUDIT_DIR)
		snprintf(rule->path, sizeof(rule->path), "%s", value);
}

static void add_calls(struct kernel_rule *rule, char *calls)
{
	uint32_t arch = rule->fields[0].value;
	char *rest, *call;

	if (strcmp(calls, "all") == 0) {
		memset(rule->mask, 0xff, sizeof(rule->mask));
		return;
	}
	for (call = strtok_r(calls, ",", &rest); call;
	     call = strtok_r(NULL, ",", &rest)) {
		int nr = call_number(arch, call);

		ck_assert_msg(nr >= 0, "%s has no %s", arch_name(arch), call);
		rule->mask[nr / 32] |= 1u << (nr % 32);
	}
}

/*
 * What a ring can be asked for that auditctl has a name for (audit 3.1 and 4.1,
 * lib/uringop_table.h); the numbers are those of linux/io_uring.h.
 */
static const struct {
	const char *name;
	int nr;
} ring_ops[] = {
	{ "accept", 13 },   { "connect", 16 },  { "openat", 18 },    { "openat2", 28 },
	{ "renameat", 35 }, { "unlinkat", 36 }, { "symlinkat", 38 }, { "linkat", 39 },
};

static int ring_op(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(ring_ops); i++) {
		if (strcmp(ring_ops[i].name, name) == 0)
			return ring_ops[i].nr;
	}
	return -1;
}

/* Where libaudit has a table it must agree; 3.0 has none. */
static void add_ring_ops(struct kernel_rule *rule, char *ops)
{
	int (*known)(const char *name) = NULL;
	char *rest, *op;

	*(void **)(&known) = dlsym(RTLD_DEFAULT, "audit_name_to_uringop");
	for (op = strtok_r(ops, ",", &rest); op; op = strtok_r(NULL, ",", &rest)) {
		int nr = ring_op(op);

		ck_assert_msg(nr >= 0, "rings have no %s for auditctl", op);
		ck_assert_msg(!known || known(op) == nr, "libaudit: %s is %d", op,
			      known ? known(op) : 0);
		rule->mask[nr / 32] |= 1u << (nr % 32);
	}
}

/* One line of auditctl's; false: it is none that makes a rule. */
static bool parse(char *line, uint32_t arch, struct kernel_rule *rule)
{
	char *rest, *word = strtok_r(line, " ", &rest), *list;

	*rule = (struct kernel_rule){ 0 };
	if (!word || (strcmp(word, "-a") != 0 && strcmp(word, "-A") != 0))
		return false;
	list = strtok_r(NULL, " ", &rest);
	rule->action = strncmp(list, "always", 6) == 0 ? AUDIT_ALWAYS : AUDIT_NEVER;
	rule->list = strstr(list, "exit") ? AUDIT_FILTER_EXIT : AUDIT_FILTER_URING_EXIT;
	while ((word = strtok_r(NULL, " ", &rest))) {
		char *value = strtok_r(NULL, " ", &rest);

		if (strcmp(word, "-F") == 0)
			add_field(rule, value, arch);
		else if (strcmp(word, "-S") == 0 && rule->list == AUDIT_FILTER_EXIT)
			add_calls(rule, value);
		else if (strcmp(word, "-S") == 0)
			add_ring_ops(rule, value);
		else if (strcmp(word, "-k") == 0)
			rule->fields[rule->nfields++].field = AUDIT_FILTERKEY;
	}
	return true;
}

/* more: a condition that each rule gets, or NULL. */
static void cover(const struct rules_options *options, const char *more,
		  struct rules_cover *out)
{
	struct kernel_rule rule;
	struct strbuf lines;
	char *rest, *line, copy[512];

	strbuf_init(&lines);
	rules_add(&lines, options);
	rules_cover_start(out, options->arch);
	line = strtok_r((char *)(uintptr_t)strbuf_str(&lines), "\n", &rest);
	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		snprintf(copy, sizeof(copy), "%s", line);
		if (!parse(copy, options->arch, &rule))
			continue;
		if (more && rule.action == AUDIT_ALWAYS)
			add_field(&rule, more, options->arch);
		rules_cover_take(out, &rule);
	}
	rules_cover_end(out);
	strbuf_fini(&lines);
}

static struct doctor_view view_of(const struct rules_cover *from)
{
	struct doctor_view view = { .manifest = true, .intel = true, .live = true };

	memcpy(view.senses, from->senses, sizeof(view.senses));
	return view;
}

static enum doctor_sight sight_of(enum detector_id id, const struct doctor_view *view)
{
	struct doctor_lack lacks[DOCTOR_LACKS_MAX];
	size_t n;

	return doctor_look(detector_info(id), view, lacks, &n);
}

/*
 * By profile; what is not named here sees with all of them. That it is so in
 * truth, profiles.sh tries on logs.
 */
static const struct {
	enum detector_id id;
	enum doctor_sight minimal, standard;
} sights[] = {
	{ DETECT_REVERSE_SHELL, SIGHT_PARTLY, SIGHT_SEES },
	{ DETECT_BIND_SHELL, SIGHT_PARTLY, SIGHT_SEES },
	{ DETECT_RELAYED_SHELL, SIGHT_PARTLY, SIGHT_PARTLY },
	{ DETECT_REMOTE_COMMAND_EXECUTION, SIGHT_PARTLY, SIGHT_PARTLY },
	{ DETECT_UNEXPECTED_CHILD_SHELL, SIGHT_PARTLY, SIGHT_SEES },
	{ DETECT_PIPED_ENCODED_EXECUTION, SIGHT_BLIND, SIGHT_SEES },
	{ DETECT_PIPED_ENCODED_DOWNLOAD, SIGHT_BLIND, SIGHT_SEES },
	{ DETECT_DOWNLOADED_CODE_PIPED, SIGHT_BLIND, SIGHT_SEES },
	{ DETECT_ADDED_BINARY_EXECUTED, SIGHT_PARTLY, SIGHT_SEES },
	{ DETECT_MODIFIED_BINARY_EXECUTED, SIGHT_PARTLY, SIGHT_SEES },
	{ DETECT_ADDED_SCRIPT_EXECUTED, SIGHT_PARTLY, SIGHT_PARTLY },
	{ DETECT_LOADER_EXECUTION, SIGHT_PARTLY, SIGHT_SEES },
	{ DETECT_ADDED_LIBRARY_LOADED, SIGHT_BLIND, SIGHT_SEES },
	{ DETECT_MODIFIED_LIBRARY_LOADED, SIGHT_BLIND, SIGHT_SEES },
	{ DETECT_FILELESS_EXECUTION_MEMFD, SIGHT_PARTLY, SIGHT_SEES },
	{ DETECT_FILELESS_EXECUTION_DEVSHM, SIGHT_PARTLY, SIGHT_SEES },
	{ DETECT_SOCAT_REVERSE_SHELL, SIGHT_SEES, SIGHT_SEES },
	{ DETECT_NETCAT_REMOTE_EXECUTION, SIGHT_SEES, SIGHT_SEES },
	{ DETECT_DELETED_BINARY_EXECUTED, SIGHT_SEES, SIGHT_SEES },
};

START_TEST(each_profile)
{
	const struct rules_options *options = &goldens[_i].options;
	struct rules_cover is;
	struct doctor_view view;

	cover(options, NULL, &is);
	view = view_of(&is);
	for (size_t i = 0; i < ARRAY_SIZE(sights); i++) {
		enum doctor_sight wanted =
			options->profile == RULES_MINIMAL    ? sights[i].minimal
			: options->profile == RULES_STANDARD ? sights[i].standard
							     : SIGHT_SEES;

		ck_assert_msg(sight_of(sights[i].id, &view) == wanted, "%s, %s: %d",
			      goldens[_i].file, detector_info(sights[i].id)->id,
			      sight_of(sights[i].id, &view));
	}
}
END_TEST

/* With full all see; with a further condition none sees all; with none, nothing. */
START_TEST(all_detectors)
{
	const struct rules_options full = { RULES_FULL, AUDIT_ARCH_X86_64,
					    "/usr/bin/auspex", false };
	struct doctor_view whole, part, none = { .manifest = true, .intel = true };
	struct rules_cover is;

	cover(&full, NULL, &is);
	whole = view_of(&is);
	cover(&full, "auid=4200", &is);
	part = view_of(&is);
	for (int id = 0; id < DETECTOR_MAX; id++) {
		const char *name = detector_info((enum detector_id)id)->id;
		const char *needs = detector_info((enum detector_id)id)->needs;

		/* The kernel and auditd write their own records all the time. */
		if (strcmp(needs, "no rule") == 0) {
			ck_assert_int_eq(sight_of((enum detector_id)id, &none),
					 SIGHT_SEES);
			continue;
		}
		ck_assert_msg(sight_of((enum detector_id)id, &whole) == SIGHT_SEES, "%s",
			      name);
		ck_assert_msg(sight_of((enum detector_id)id, &part) == SIGHT_PARTLY,
			      "%s: some processes only", name);
		ck_assert_msg(sight_of((enum detector_id)id, &none) == SIGHT_BLIND,
			      "%s: without rules", name);
	}
}
END_TEST

/* What stands before the rules of the standard profile, and what it does. */
static const struct {
	const char *what;
	struct kernel_rule rule;
	enum coverage exec, net;
} before[] = {
	{ "never,task",
	  { .list = AUDIT_FILTER_TASK, .action = AUDIT_NEVER },
	  COVER_NONE,
	  COVER_NONE },
	{ "never,exit -S execve,execveat for 64 bits",
	  { .list = AUDIT_FILTER_EXIT,
	    .action = AUDIT_NEVER,
	    .mask = { [59 / 32] = 1u << 59 % 32, [322 / 32] = 1u << 322 % 32 },
	    .nfields = 1,
	    .fields = { { AUDIT_ARCH, AUDIT_EQUAL, AUDIT_ARCH_X86_64 } } },
	  COVER_PART,
	  COVER_FULL },
	{ "never,exit -S execve for one user",
	  { .list = AUDIT_FILTER_EXIT,
	    .action = AUDIT_NEVER,
	    .mask = { [59 / 32] = 1u << 59 % 32 },
	    .nfields = 2,
	    .fields = { { AUDIT_ARCH, AUDIT_EQUAL, AUDIT_ARCH_X86_64 },
			{ AUDIT_UID, AUDIT_EQUAL, 33 } } },
	  COVER_FULL,
	  COVER_FULL },
	{ "exclude SYSCALL",
	  { .list = AUDIT_FILTER_EXCLUDE,
	    .action = AUDIT_ALWAYS,
	    .nfields = 1,
	    .fields = { { AUDIT_MSGTYPE, AUDIT_EQUAL, AUDIT_SYSCALL } } },
	  COVER_NONE,
	  COVER_NONE },
	{ "exclude CWD",
	  { .list = AUDIT_FILTER_EXCLUDE,
	    .action = AUDIT_ALWAYS,
	    .nfields = 1,
	    .fields = { { AUDIT_MSGTYPE, AUDIT_EQUAL, AUDIT_CWD } } },
	  COVER_FULL,
	  COVER_FULL },
};

START_TEST(kept_out)
{
	struct strbuf lines;
	struct rules_cover is;
	struct kernel_rule rule;
	char *rest, *line;

	strbuf_init(&lines);
	rules_add(&lines, &goldens[1].options);
	rules_cover_start(&is, AUDIT_ARCH_X86_64);
	rules_cover_take(&is, &before[_i].rule);
	line = strtok_r((char *)(uintptr_t)strbuf_str(&lines), "\n", &rest);
	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		if (parse(line, AUDIT_ARCH_X86_64, &rule))
			rules_cover_take(&is, &rule);
	}
	rules_cover_end(&is);
	ck_assert_msg(is.senses[SENSE_EXEC] == before[_i].exec, "%s", before[_i].what);
	ck_assert_msg(is.senses[SENSE_NET] == before[_i].net, "%s", before[_i].what);
	ck_assert_msg((is.excluded != 0) ==
			      (before[_i].rule.list == AUDIT_FILTER_EXCLUDE),
		      "%s", before[_i].what);
	strbuf_fini(&lines);
}
END_TEST

/* ---- versions ---- */

static const struct {
	const char *version;
	bool raw;
	size_t bugs, notes; /* of the bugs, how many are good to know only */
} versions[] = {
	{ "2.8.5", false, 1, 0 }, { "3.0.9", true, 1, 1 },    { "4.0.5", true, 1, 1 },
	{ "4.1.2", true, 1, 1 },  { "4.1.2", false, 0, 0 },   { "4.2", true, 1, 0 },
	{ "4.2.1", true, 1, 0 },  { "4.2.1", false, 0, 0 },   { "4.2.2", true, 0, 0 },
	{ "", true, 0, 0 },       { "nonsense", true, 0, 0 },
};

START_TEST(known_bugs)
{
	struct auditd_advice advice[AUDITD_ADVICE_MAX];
	size_t n = auditd_version_check(versions[_i].version, versions[_i].raw, advice);
	size_t notes = 0;

	ck_assert_msg(n == versions[_i].bugs, "%s: %zu", versions[_i].version, n);
	for (size_t i = 0; i < n; i++)
		notes += advice[i].note;
	ck_assert_msg(notes == versions[_i].notes, "%s", versions[_i].version);
}
END_TEST

Suite *suite_rules(void);

Suite *suite_rules(void)
{
	Suite *suite = suite_create("rules");
	TCase *tc = tcase_create("rules");

	tcase_add_loop_test(tc, as_text, 0, ARRAY_SIZE(goldens));
	tcase_add_loop_test(tc, each_profile, 0, ARRAY_SIZE(goldens));
	tcase_add_test(tc, all_detectors);
	tcase_add_loop_test(tc, kept_out, 0, ARRAY_SIZE(before));
	tcase_add_loop_test(tc, known_bugs, 0, ARRAY_SIZE(versions));
	suite_add_tcase(suite, tc);
	return suite;
}
