/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fsio.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "sigma/sigma_priv.h"

struct sigma_set *sigma_set_new(sigma_resolve_fn *resolve)
{
	struct sigma_set *set = xcalloc(1, sizeof(*set));

	arena_init(&set->arena);
	set->texts = sha256_new();
	set->resolve = resolve;
	return set;
}

void sigma_set_free(struct sigma_set **setp)
{
	struct sigma_set *set = *setp;

	if (!set)
		return;
	for (size_t i = 0; i < set->ncodes; i++)
		pcre2_code_free(set->codes[i]);
	free(set->codes);
	pcre2_match_data_free(set->room.data);
	pcre2_match_context_free(set->room.context);
	sha256_free(&set->texts);
	free(set->rules);
	arena_fini(&set->arena);
	free(set);
	*setp = NULL;
}

void sigma_set_digest(struct sigma_set *set, char out[SHA256_HEX + 1])
{
	uint8_t raw[SHA256_LEN];

	sha256_end(set->texts, raw);
	hex_encode(raw, SHA256_LEN, out);
}

size_t sigma_set_skipped(const struct sigma_set *set)
{
	return set->skipped;
}

size_t sigma_set_count(const struct sigma_set *set)
{
	return set->nrules;
}

const struct sigma_rule *sigma_set_rule(const struct sigma_set *set, size_t i)
{
	return set->rules[i];
}

int sigma_error(const struct sigma_reading *r, const struct yaml_node *node,
		const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(r->err, "%s:%u: %s", r->file, node->line, text);
}

/* In the place of the rule with its id, or behind all. */
static int put(struct sigma_reading *r, const struct yaml_node *doc)
{
	struct sigma_set *set = r->set;

	for (size_t i = 0; i < set->nrules; i++) {
		if (strcmp(set->rules[i]->id, r->rule->id) == 0) {
			set->rules[i] = r->rule;
			return 0;
		}
	}
	if (set->nrules == LIMIT_SIGMA_RULES)
		return sigma_error(r, doc, "more than %d rules: split them",
				   LIMIT_SIGMA_RULES);
	if (set->nrules == set->cap) {
		set->cap = set->cap ? set->cap * 2 : 64;
		set->rules =
			xreallocarray(set->rules, set->cap, sizeof(struct sigma_rule *));
	}
	set->rules[set->nrules++] = r->rule;
	return 0;
}

/* "rules/cron_changed.yml" -> "cron_changed" */
static const char *stem(struct arena *arena, const char *path)
{
	struct slice name = slice_basename(slice_str(path));
	const char *dot = memrchr(name.ptr, '.', name.len);

	if (dot && dot != name.ptr)
		name.len = (size_t)(dot - name.ptr);
	return arena_slice_dup(arena, name);
}

static int add_tree(struct sigma_set *set, const struct yaml_tree *yaml, struct err *err)
{
	struct sigma_reading r = { .set = set, .err = err };
	size_t ndocs = yaml_tree_ndocs(yaml);

	r.file = arena_strdup(&set->arena, yaml_tree_name(yaml));
	for (size_t i = 0; i < ndocs; i++) {
		const struct yaml_node *doc = yaml_tree_doc(yaml, i);
		size_t skipped = set->skipped;

		r.rule = arena_zalloc(&set->arena, sizeof(*r.rule));
		r.rule->name = stem(&set->arena, r.file);
		r.rule->file = r.file;
		r.rule->line = doc->line;
		r.nsearches = 0;
		if (sigma_read_rule(&r, doc) != 0)
			return -1;
		if (set->skipped == skipped && put(&r, doc) != 0)
			return -1;
	}
	return 0;
}

int sigma_set_add(struct sigma_set *set, struct slice text, const char *name,
		  struct err *err)
{
	struct yaml_tree *yaml = yaml_tree_parse(text, name, err);
	int rc;

	if (!yaml)
		return -1;
	sha256_add(set->texts, text.ptr, text.len);
	rc = add_tree(set, yaml, err);
	yaml_tree_free(&yaml);
	return rc;
}

static int load_file(struct sigma_set *set, const char *path, struct err *err)
{
	struct strbuf text;
	int rc;

	strbuf_init(&text);
	rc = fsio_read_file(path, YAML_LIMIT_BYTES, &text, err);
	if (rc == 0)
		rc = sigma_set_add(set, strbuf_slice(&text), path, err);
	strbuf_fini(&text);
	return rc;
}

static int is_rule(const struct dirent *entry)
{
	struct slice name = slice_str(entry->d_name);

	return entry->d_name[0] != '.' && (slice_ends(name, SLICE_LIT(".yml")) ||
					   slice_ends(name, SLICE_LIT(".yaml")));
}

static int load_dir(struct sigma_set *set, const char *path, struct err *err)
{
	struct dirent **entries;
	struct strbuf file;
	int n = scandir(path, &entries, is_rule, alphasort);
	int rc = 0;

	if (n < 0)
		return err_set(err, "%s: %m: name a rule's file or a directory of them",
			       path);
	strbuf_init(&file);
	for (int i = 0; i < n; i++) {
		strbuf_clear(&file);
		strbuf_printf(&file, "%s/%s", path, entries[i]->d_name);
		if (rc == 0)
			rc = load_file(set, strbuf_str(&file), err);
		free(entries[i]);
	}
	free(entries);
	strbuf_fini(&file);
	return rc;
}

int sigma_set_load(struct sigma_set *set, const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_set(err, "%s: %m: name a rule's file or a directory of them",
			       path);
	return S_ISDIR(st.st_mode) ? load_dir(set, path, err) : load_file(set, path, err);
}
