/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manual pages and README.md hold what the tables say: the lines between
 * "NAME: made from ..." and "end" are made here. WRITE_GOLDEN=1 writes them.
 */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "detect/signatures.h"
#include "finding/catalog.h"
#include "unit/folder.h"

#define TOP TEST_DATA "/../"

static const struct {
	const char *type, *key, *preset, *text;
} options[] = {
#define OPTION(TYPE, field, key, preset, min, max, text) { #TYPE, key, preset, text },
#include "config/options.def"
#undef OPTION
};

/*
 * Text for mdoc(7): lines of at most 80 columns, each sentence on a new one, and
 * nothing that is taken for a request.
 */
static void add_text(struct strbuf *out, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " \t\n");
		bool ends = len && text[len - 1] == '.';

		if (column && column + 1 + len > 80) {
			strbuf_add_char(out, '\n');
			column = 0;
		}
		if (column)
			strbuf_add_char(out, ' ');
		else if (*text == '.' || *text == '\'')
			strbuf_add_str(out, "\\&");
		strbuf_add(out, text, len);
		column += len + 1;
		if (ends) {
			strbuf_add_char(out, '\n');
			column = 0;
		}
		text += len;
		text += strspn(text, " \t\n");
	}
	if (column)
		strbuf_add_char(out, '\n');
}

static void add_options(struct strbuf *out)
{
	strbuf_add_str(out, ".Bl -tag -width indent\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		strbuf_printf(out, ".It Ic %s\n", options[i].key);
		add_text(out, options[i].text);
		if (strcmp(options[i].type, "LIST") == 0)
			strbuf_add_str(out, "A list.\n");
		if (options[i].preset[0]) {
			strbuf_add_str(out, "Default:\n.Li ");
			strbuf_add_str(out, options[i].preset);
			strbuf_add_str(out, "\n");
		}
	}
}

static void add_techniques(struct strbuf *out, const struct detector_info *info)
{
	for (size_t i = 0; i < info->ntechniques; i++)
		strbuf_printf(out, "%s%s", i ? ", " : "",
			      technique_info(info->techniques[i])->id);
}

/* {names} that pages call otherwise. */
static const struct {
	const char *name, *shown;
} names[] = {
	{ "-c", " -c CONTAINER" },     { "docker", "CONTAINER" },
	{ "podman", "CONTAINER" },     { "lxc", "CONTAINER" },
	{ "containerd", "CONTAINER" }, { "cri-o", "CONTAINER" },
	{ "hostfile", "FILE" },
};

static void add_name(struct strbuf *out, struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (slice_eq_str(name, names[i].name)) {
			strbuf_add_str(out, names[i].shown);
			return;
		}
	}
	for (size_t i = 0; i < name.len; i++)
		strbuf_add_char(out, (char)toupper((unsigned char)name.ptr[i]));
}

/* A step with its {names} as words in capitals, the way pages name what differs. */
static void add_step(struct strbuf *out, struct slice step)
{
	struct strbuf text;

	strbuf_init(&text);
	while (step.len > 0) {
		const char *open = memchr(step.ptr, '{', step.len);
		size_t before = open ? (size_t)(open - step.ptr) : step.len;
		struct slice name = { 0 };

		strbuf_add(&text, step.ptr, before);
		if (open) {
			name = slice_make(open + 1, strcspn(open, "}") - 1);
			add_name(&text, name);
		}
		step = slice_skip(step, before + (open ? name.len + 2 : 0));
	}
	strbuf_add_str(out, ".It\n");
	add_text(out, strbuf_str(&text));
	strbuf_fini(&text);
}

static void add_response(struct strbuf *out, const char *steps)
{
	if (!steps[0])
		return;
	strbuf_add_str(out, "Response:\n.Bl -enum -compact\n");
	while (*steps) {
		size_t len = strcspn(steps, "\n");

		add_step(out, slice_make(steps, len));
		steps += len + (steps[len] == '\n');
	}
	strbuf_add_str(out, ".El\n");
}

static void add_steps(struct strbuf *out)
{
	size_t n;
	const struct step_info *steps = step_list(&n);

	strbuf_add_str(out, ".Bl -bullet -compact\n");
	for (size_t i = 0; i < n; i++)
		add_step(out, slice_str(steps[i].text));
	strbuf_add_str(out, ".El\n");
}

static void add_sentence(struct strbuf *out, const char *words)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_printf(&text, "%s.", words);
	add_text(out, strbuf_str(&text));
	strbuf_fini(&text);
}

static void add_detectors(struct strbuf *out)
{
	strbuf_add_str(out, ".Bl -tag -width indent\n");
	for (int id = 0; id < DETECTOR_MAX; id++) {
		const struct detector_info *info = detector_info((enum detector_id)id);

		strbuf_printf(out, ".It Ic %s\n", info->id);
		strbuf_printf(out, ".Em %s\\& .\n", info->title);
		add_text(out, info->description);
		strbuf_printf(out, "Severity %s%s", severity_name(info->severity),
			      info->ntechniques ? "; " : "");
		add_techniques(out, info);
		strbuf_add_str(out, ".\nNeeds\n");
		add_sentence(out, info->needs);
		if (info->honest[0]) {
			strbuf_add_str(out, "Honest causes:\n");
			add_text(out, info->honest);
		}
		add_response(out, info->response);
	}
}

/* A text as C has it. */
static void add_literal(struct strbuf *out, const char *text)
{
	strbuf_add_char(out, '"');
	for (; *text; text++) {
		if (*text == '\n') {
			strbuf_add_str(out, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, *text);
	}
	strbuf_add_char(out, '"');
}

static void add_upper(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		strbuf_add_char(out, *text == '.' ? '_' : (char)toupper(*text));
}

static void add_signature(struct strbuf *out, const struct detector_info *info)
{
	const char *const texts[] = { info->needs, info->description, info->response,
				      info->honest };

	strbuf_add_str(out, "DETECTOR(");
	add_upper(out, info->id);
	strbuf_printf(out, ", \"%s\", ", info->id);
	add_literal(out, info->title);
	strbuf_add_str(out, ", SEV_");
	add_upper(out, severity_name(info->severity));
	strbuf_add_str(out, ",\n\t T(");
	for (size_t i = 0; i < info->ntechniques; i++) {
		strbuf_add_str(out, i ? ", " : "");
		add_upper(out, technique_info(info->techniques[i])->id);
	}
	strbuf_add_str(out, ")");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		strbuf_add_str(out, ",\n\t ");
		add_literal(out, texts[i]);
	}
	strbuf_add_str(out, ")\n");
}

static int resolve_any(enum sigma_source source UNUSED, struct slice field UNUSED)
{
	return 0;
}

static void add_signatures(struct strbuf *out)
{
	struct sigma_set *set = sigma_set_new(resolve_any);
	struct arena arena;
	struct err err;

	arena_init(&arena);
	ck_assert_msg(signatures_builtin(set, &err) == 0, "%s", err.msg);
	for (size_t i = 0; i < sigma_set_count(set); i++) {
		struct detector_info info;

		ck_assert_msg(signatures_describe(sigma_set_rule(set, i), &arena, &info,
						  &err) == 0,
			      "%s", err.msg);
		add_signature(out, &info);
	}
	arena_fini(&arena);
	sigma_set_free(&set);
}

/* The signatures in one paragraph. */
static void add_titles(struct strbuf *out)
{
	const char *before = "";

	for (int id = 0; id < DETECTOR_MAX; id++) {
		const struct detector_info *info = detector_info((enum detector_id)id);

		if (!detector_is_signature(info))
			continue;
		strbuf_printf(out, "%s%s (%s)", before, info->title,
			      severity_name(info->severity));
		before = ",\n";
	}
	strbuf_add_str(out, ".\n\n");
}

static void add_table(struct strbuf *out)
{
	strbuf_add_str(
		out,
		"\n| Finding | Severity | ATT&CK | What it is |\n|---|---|---|---|\n");
	for (int id = 0; id < DETECTOR_MAX; id++) {
		const struct detector_info *info = detector_info((enum detector_id)id);

		if (detector_is_signature(info))
			continue;
		strbuf_printf(out, "| %s | %s | ", info->title,
			      severity_name(info->severity));
		add_techniques(out, info);
		strbuf_printf(out, " | %s |\n", info->description);
	}
	strbuf_add_str(
		out, "\nAnd, as [Sigma rules](conf/rules) that come with the program:\n");
	add_titles(out);
}

static const struct {
	const char *path, *begin, *end;
	void (*make)(struct strbuf *out);
} pages[] = {
	{ TOP "man/auspex.yaml.5", ".\\\" options: made from src/config/options.def\n",
	  ".\\\" end\n", add_options },
	{ TOP "man/auspex-detectors.7",
	  ".\\\" detectors: made from src/finding/detectors.def\n", ".\\\" end\n",
	  add_detectors },
	{ TOP "man/auspex-detectors.7", ".\\\" steps: made from src/finding/steps.def\n",
	  ".\\\" end of steps\n", add_steps },
	{ TOP "src/finding/signatures.def", "/* begin: made from conf/rules */\n",
	  "/* end */\n", add_signatures },
	{ TOP "README.md", "<!-- detectors: made from src/finding/detectors.def -->\n",
	  "<!-- end -->\n", add_table },
};

START_TEST(pages_hold_what_the_tables_say)
{
	struct strbuf is, wanted;
	const char *begin, *end;

	strbuf_init(&is);
	strbuf_init(&wanted);
	take_file(pages[_i].path, &is);
	begin = strstr(strbuf_str(&is), pages[_i].begin);
	ck_assert_msg(begin != NULL, "%s: no %s", pages[_i].path, pages[_i].begin);
	begin += strlen(pages[_i].begin);
	end = strstr(begin, pages[_i].end);
	ck_assert_msg(end != NULL, "%s: no %s", pages[_i].path, pages[_i].end);
	strbuf_add(&wanted, is.ptr, (size_t)(begin - is.ptr));
	pages[_i].make(&wanted);
	strbuf_add_str(&wanted, end);
	if (getenv("WRITE_GOLDEN")) {
		FILE *file = fopen(pages[_i].path, "w");

		ck_assert_ptr_nonnull(file);
		fwrite(wanted.ptr, 1, wanted.len, file);
		fclose(file);
	} else {
		ck_assert_msg(
			strcmp(strbuf_str(&is), strbuf_str(&wanted)) == 0,
			"%s is not what the tables say: make golden writes it again",
			pages[_i].path);
	}
	strbuf_fini(&is);
	strbuf_fini(&wanted);
}
END_TEST

Suite *suite_manual(void);

Suite *suite_manual(void)
{
	Suite *suite = suite_create("manual");
	TCase *tc = tcase_create("manual");

	tcase_add_loop_test(tc, pages_hold_what_the_tables_say, 0, ARRAY_SIZE(pages));
	suite_add_tcase(suite, tc);
	return suite;
}
