/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "sigma/sigma_priv.h"

static const struct {
	const char *key, *value, *needs;
} sources[] = {
#define SOURCE(NAME, key, value, needs) [SIGMA_##NAME] = { key, value, needs },
#include "sigma/sources.def"
#undef SOURCE
};

/* A text of the rule; NULL where it is not there. */
static int read_text(struct sigma_reading *r, const struct yaml_node *doc,
		     const char *key, const char **out)
{
	const struct yaml_node *node = yaml_get(doc, key);

	if (!node || yaml_is_null(node))
		return 0;
	if (node->kind != YAML_IS_SCALAR)
		return sigma_error(r, node, "\"%s\" is %s: write a text", key,
				   yaml_kind_name(node));
	*out = arena_slice_dup(&r->set->arena, node->text);
	return 0;
}

static int read_list(struct sigma_reading *r, const struct yaml_node *doc,
		     const char *key, const char *const **out, size_t *count)
{
	const struct yaml_node *node = yaml_get(doc, key);
	const char **texts;

	if (!node || yaml_is_null(node))
		return 0;
	if (node->kind != YAML_IS_SEQ)
		return sigma_error(r, node, "\"%s\" is %s: write a list", key,
				   yaml_kind_name(node));
	texts = arena_zalloc(&r->set->arena, (node->count + 1) * sizeof(*texts));
	for (const struct yaml_node *m = node->first; m; m = m->next) {
		if (m->kind != YAML_IS_SCALAR)
			return sigma_error(r, m, "\"%s\" holds %s: write texts", key,
					   yaml_kind_name(m));
		texts[(*count)++] = arena_slice_dup(&r->set->arena, m->text);
	}
	*out = texts;
	return 0;
}

/* SIGMA_SOURCE_MAX: something that is not looked at here. */
static enum sigma_source source_of(const struct yaml_node *logsource)
{
	const struct yaml_node *product = yaml_get(logsource, "product");

	if (product && !slice_eq_str(product->text, "linux"))
		return SIGMA_SOURCE_MAX;
	for (int i = 0; i < SIGMA_SOURCE_MAX; i++) {
		const struct yaml_node *node = yaml_get(logsource, sources[i].key);

		if (node && slice_eq_str(node->text, sources[i].value))
			return (enum sigma_source)i;
	}
	return SIGMA_SOURCE_MAX;
}

/* What it costs to hold a pattern against a value, roughly. */
static int cost_of(const struct sigma_item *item)
{
	static const int costs[] = { [PATTERN_CONTAINS] = 1,
				     [PATTERN_GLOB] = 2,
				     [PATTERN_RE] = 3,
				     [PATTERN_EXISTS] = 0 };
	int cost = 0;

	for (size_t i = 0; i < item->npatterns; i++)
		if (costs[item->patterns[i].kind] > cost)
			cost = costs[item->patterns[i].kind];
	return cost;
}

/* All of them must be met, in whatever order: the cheap ones come first. */
static void order_items(struct sigma_item *items, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sigma_item item = items[i];
		size_t at = i;

		for (; at > 0 && cost_of(&items[at - 1]) > cost_of(&item); at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

static int read_items(struct sigma_reading *r, const struct yaml_node *map,
		      struct sigma_row *row)
{
	struct sigma_item *items =
		arena_zalloc(&r->set->arena, (map->count + 1) * sizeof(*items));

	for (const struct yaml_node *m = map->first; m; m = m->next)
		if (sigma_read_item(r, m, false, &items[row->nitems++]) != 0)
			return -1;
	order_items(items, row->nitems);
	row->items = items;
	return 0;
}

/* A list is either of mappings or of keywords. */
static int read_rows(struct sigma_reading *r, const struct yaml_node *list,
		     struct sigma_row *rows, size_t *nrows)
{
	struct sigma_item *item;

	if (list->first && list->first->kind == YAML_IS_SCALAR) {
		item = arena_zalloc(&r->set->arena, sizeof(*item));
		rows[0] = (struct sigma_row){ item, 1 };
		*nrows = 1;
		return sigma_read_item(r, list, true, item);
	}
	for (const struct yaml_node *m = list->first; m; m = m->next) {
		if (m->kind != YAML_IS_MAP)
			return sigma_error(r, m,
					   "a search is %s among mappings: write "
					   "mappings or keywords, not both",
					   yaml_kind_name(m));
		if (read_items(r, m, &rows[(*nrows)++]) != 0)
			return -1;
	}
	return 0;
}

static int read_search(struct sigma_reading *r, const struct yaml_node *node,
		       struct sigma_search *out)
{
	struct sigma_row *rows =
		arena_zalloc(&r->set->arena, (node->count + 1) * sizeof(*rows));

	out->name = slice_str(arena_slice_dup(&r->set->arena, node->key));
	out->rows = rows;
	if (node->kind == YAML_IS_SEQ && node->count)
		return read_rows(r, node, rows, &out->nrows);
	if (node->kind == YAML_IS_MAP && node->count) {
		out->nrows = 1;
		return read_items(r, node, rows);
	}
	return sigma_error(r, node, "the search \"%s\" is empty: write fields and values",
			   node->key.ptr);
}

static int read_detection(struct sigma_reading *r, const struct yaml_node *detection)
{
	const struct yaml_node *condition = yaml_get(detection, "condition");
	struct sigma_search *searches;

	if (detection->count > LIMIT_SIGMA_SEARCHES)
		return sigma_error(r, detection, "more than %d searches",
				   LIMIT_SIGMA_SEARCHES);
	searches = arena_zalloc(&r->set->arena, detection->count * sizeof(*searches) + 1);
	for (const struct yaml_node *m = detection->first; m; m = m->next) {
		if (m == condition)
			continue;
		if (slice_eq_str(m->key, "timeframe"))
			return sigma_error(r, m, "\"timeframe\" is not supported");
		if (read_search(r, m, &searches[r->nsearches++]) != 0)
			return -1;
	}
	r->searches = searches;
	if (!condition)
		return sigma_error(r, detection, "there is no \"condition\": add one");
	return sigma_read_condition(r, condition, &r->rule->condition);
}

static int read_texts(struct sigma_reading *r, const struct yaml_node *doc)
{
	struct sigma_rule *rule = r->rule;
	const struct {
		const char *key;
		const char **to;
	} texts[] = {
		{ "id", &rule->id },         { "name", &rule->name },
		{ "title", &rule->title },   { "description", &rule->description },
		{ "level", &rule->level },   { "author", &rule->author },
		{ "status", &rule->status }, { "needs", &rule->needs },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (read_text(r, doc, texts[i].key, texts[i].to) != 0)
			return -1;
	if (read_list(r, doc, "tags", &rule->tags, &rule->ntags) != 0 ||
	    read_list(r, doc, "falsepositives", &rule->honest, &rule->nhonest) != 0 ||
	    read_list(r, doc, "response", &rule->response, &rule->nresponse) != 0)
		return -1;
	if (!rule->title)
		return sigma_error(r, doc, "there is no \"title\": add one");
	if (!rule->id)
		rule->id = rule->name;
	if (!rule->needs)
		rule->needs = sources[rule->source].needs;
	return 0;
}

int sigma_read_rule(struct sigma_reading *r, const struct yaml_node *doc)
{
	const struct yaml_node *logsource = yaml_get(doc, "logsource");
	const struct yaml_node *detection = yaml_get(doc, "detection");

	if (doc->kind != YAML_IS_MAP)
		return sigma_error(r, doc, "this is %s: a Sigma rule is a mapping",
				   yaml_kind_name(doc));
	if (yaml_get(doc, "correlation") || yaml_get(doc, "action"))
		return sigma_error(r, doc,
				   "correlations and collections are not supported: "
				   "write rules that stand alone");
	if (!logsource || logsource->kind != YAML_IS_MAP)
		return sigma_error(r, doc, "there is no \"logsource\": add one");
	r->rule->source = source_of(logsource);
	if (r->rule->source == SIGMA_SOURCE_MAX) {
		r->set->skipped++;
		return 0;
	}
	if (!detection || detection->kind != YAML_IS_MAP)
		return sigma_error(r, doc, "there is no \"detection\": add one");
	if (read_texts(r, doc) != 0)
		return -1;
	return read_detection(r, detection);
}
