/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/signatures.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "detect/builtin_rules.h"
#include "detect/signature_priv.h"

struct signatures {
	struct sigma_set *set;
	struct arena arena;
	struct signature *by_source[SIGMA_SOURCE_MAX];
	size_t counts[SIGMA_SOURCE_MAX];
	uint64_t generation;
	char digest[SHA256_HEX + 1];
};

/* ---- a rule's words as the catalog has them ---- */

static int read_level(const struct sigma_rule *rule, enum severity *out, struct err *err)
{
	if (!rule->level)
		*out = SEV_MEDIUM;
	else if (strcmp(rule->level, "informational") == 0)
		*out = SEV_INFO;
	else if (!severity_parse(rule->level, out))
		return err_set(err,
			       "%s:%u: the level \"%s\" is unknown: write informational, "
			       "low, medium, high or critical",
			       rule->file, rule->line, rule->level);
	return 0;
}

/* "attack.t1059.004" -> its technique; NULL: another kind of tag, or not known. */
static const struct technique_info *technique_of(const char *tag, struct arena *arena)
{
	char *id;

	if (strncasecmp(tag, "attack.t", 8) != 0 || !isdigit((unsigned char)tag[8]))
		return NULL;
	id = arena_strdup(arena, tag + 7);
	id[0] = 'T';
	return technique_find(id);
}

static const char *join(const char *const *texts, size_t n, const char *between,
			struct arena *arena)
{
	const char *all = "";

	for (size_t i = 0; i < n; i++)
		all = arena_printf(arena, "%s%s%s", all, i ? between : "", texts[i]);
	return all;
}

/* "administrators; backups" -> "Administrators; backups." */
static const char *sentence(const char *text, struct arena *arena)
{
	char *out;

	if (!*text)
		return text;
	out = arena_printf(arena, "%s.", text);
	out[0] = (char)toupper((unsigned char)out[0]);
	return out;
}

/* A description may be folded over lines; in a table it is one. */
static const char *one_line(const char *text, struct arena *arena)
{
	char *out = arena_strdup(arena, text ? text : "");
	size_t len = strlen(out);

	for (size_t i = 0; i < len; i++)
		if (out[i] == '\n')
			out[i] = ' ';
	while (len && out[len - 1] == ' ')
		out[--len] = '\0';
	return out;
}

int signatures_describe(const struct sigma_rule *rule, struct arena *arena,
			struct detector_info *out, struct err *err)
{
	*out = (struct detector_info){ .id = rule->name, .title = rule->title };
	if (read_level(rule, &out->severity, err) != 0)
		return -1;
	for (size_t i = 0; i < rule->ntags && out->ntechniques < DETECTOR_TECHNIQUES_MAX;
	     i++) {
		const struct technique_info *t = technique_of(rule->tags[i], arena);

		if (t)
			out->techniques[out->ntechniques++] = technique_number(t);
	}
	out->needs = rule->needs;
	out->description = one_line(rule->description, arena);
	out->response = join(rule->response, rule->nresponse, "\n", arena);
	out->honest = sentence(join(rule->honest, rule->nhonest, "; ", arena), arena);
	return 0;
}

/* ---- all of them ---- */

int signatures_builtin(struct sigma_set *set, struct err *err)
{
	for (size_t i = 0; i < builtin_rules_count; i++) {
		const struct builtin_rule *r = &builtin_rules[i];

		if (sigma_set_add(set, slice_str(r->text), r->name, err) != 0)
			return -1;
	}
	return 0;
}

/* A rule that came with the program has its row in the catalog. */
static const struct detector_info *info_of(struct signatures *s,
					   const struct sigma_rule *rule, struct err *err)
{
	const struct detector_info *known = detector_find(rule->name);
	struct detector_info *info = arena_zalloc(&s->arena, sizeof(*info));

	if (signatures_describe(rule, &s->arena, info, err) != 0)
		return NULL;
	if (known && !detector_is_signature(known)) {
		err_set(err,
			"%s:%u: \"%s\" is the name of another detector: give it its own",
			rule->file, rule->line, rule->name);
		return NULL;
	}
	return known && strcmp(known->title, info->title) == 0 &&
			       known->severity == info->severity
		       ? known
		       : info;
}

static int sort(struct signatures *s, const struct config *config, struct err *err)
{
	size_t n = sigma_set_count(s->set);

	for (int i = 0; i < SIGMA_SOURCE_MAX; i++)
		s->by_source[i] = xcalloc(n + 1, sizeof(struct signature));
	for (size_t i = 0; i < n; i++) {
		const struct sigma_rule *rule = sigma_set_rule(s->set, i);
		const struct detector_info *info = info_of(s, rule, err);

		if (!info)
			return -1;
		if (config_list_has(&config->rules_off, slice_str(rule->name)))
			continue;
		s->by_source[rule->source][s->counts[rule->source]++] =
			(struct signature){ rule, info };
	}
	return 0;
}

struct signatures *signatures_new(const struct config *config, struct err *err)
{
	struct signatures *s = xcalloc(1, sizeof(*s));
	int rc = 0;

	arena_init(&s->arena);
	s->set = sigma_set_new(subject_resolve);
	if (config->rules_builtin)
		rc = signatures_builtin(s->set, err);
	for (size_t i = 0; i < config->rules_paths.count && rc == 0; i++)
		rc = sigma_set_load(s->set, config->rules_paths.items[i], err);
	sigma_set_digest(s->set, s->digest);
	if (rc == 0)
		rc = sort(s, config, err);
	if (rc != 0)
		signatures_free(&s);
	return s;
}

void signatures_free(struct signatures **sp)
{
	struct signatures *s = *sp;

	if (!s)
		return;
	for (int i = 0; i < SIGMA_SOURCE_MAX; i++)
		free(s->by_source[i]);
	sigma_set_free(&s->set);
	arena_fini(&s->arena);
	free(s);
	*sp = NULL;
}

void signatures_swap(struct signatures *a, struct signatures *b)
{
	struct signatures tmp = *a;
	uint64_t generation = a->generation + 1;

	*a = *b;
	*b = tmp;
	a->generation = generation;
}

const char *signatures_digest(const struct signatures *s)
{
	return s->digest;
}

size_t signatures_skipped(const struct signatures *s)
{
	return sigma_set_skipped(s->set);
}

uint64_t signatures_generation(const struct signatures *s)
{
	return s->generation;
}

const struct signature *signatures_of(const struct signatures *s,
				      enum sigma_source source, size_t *count)
{
	*count = s->counts[source];
	return s->by_source[source];
}
