/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "sigma/sigma_priv.h"

static const struct {
	const char *name;
	unsigned bits;
} modifiers[] = {
#define MODIFIER(NAME, name, bits) { name, bits },
#include "sigma/modifiers.def"
#undef MODIFIER
};

/* Of these at most one may stand. */
enum {
	MOD_COMPARES = MOD_LT | MOD_LTE | MOD_GT | MOD_GTE,
	MOD_ALONE = MOD_RE | MOD_CIDR | MOD_EXISTS | MOD_COMPARES,
	MOD_PLACES = MOD_CONTAINS | MOD_PREFIX | MOD_SUFFIX,
	MOD_RE_FLAGS = MOD_RE_I | MOD_RE_M | MOD_RE_S,
};

static bool one_bit(unsigned bits)
{
	return (bits & (bits - 1)) == 0;
}

static int check(struct sigma_reading *r, const struct yaml_node *node, unsigned mods)
{
	unsigned texts = mods & (MOD_PLACES | MOD_BASE64 | MOD_BASE64OFFSET);

	if (!one_bit(mods & MOD_ALONE) || !one_bit(mods & MOD_PLACES) ||
	    ((mods & MOD_ALONE) && texts) ||
	    ((mods & MOD_RE_FLAGS) && !(mods & MOD_RE)) ||
	    ((mods & MOD_BASE64) && (mods & MOD_BASE64OFFSET)))
		return sigma_error(r, node, "the modifiers of \"%s\" do not go together",
				   node->key.ptr);
	return 0;
}

/* "CommandLine|contains|all": cuts the field's name off. */
static int read_modifiers(struct sigma_reading *r, const struct yaml_node *node,
			  struct slice *name, unsigned *mods)
{
	struct slice rest = node->key;
	const char *bar = memchr(rest.ptr, '|', rest.len);

	*name = bar ? slice_make(rest.ptr, (size_t)(bar - rest.ptr)) : rest;
	while (bar) {
		struct slice word;
		size_t i;

		rest = slice_skip(rest, (size_t)(bar - rest.ptr) + 1);
		bar = memchr(rest.ptr, '|', rest.len);
		word = bar ? slice_make(rest.ptr, (size_t)(bar - rest.ptr)) : rest;
		for (i = 0; i < ARRAY_SIZE(modifiers); i++) {
			if (slice_eq_str(word, modifiers[i].name))
				break;
		}
		if (i == ARRAY_SIZE(modifiers))
			return sigma_error(r, node,
					   "the modifier \"%.*s\" is not supported: "
					   "auspex-detectors(7) lists those that are",
					   SLICE_FMT(word));
		*mods |= modifiers[i].bits;
	}
	return check(r, node, *mods);
}

static int read_values(struct sigma_reading *r, const struct yaml_node *node,
		       unsigned mods, struct sigma_item *out)
{
	const struct yaml_node *m = node->kind == YAML_IS_SEQ ? node->first : node;
	size_t count = node->kind == YAML_IS_SEQ ? node->count : 1;
	struct sigma_pattern *patterns;

	if (count == 0 || r->set->npatterns + count > LIMIT_SIGMA_PATTERNS)
		return sigma_error(r, node,
				   count ? "too many values in all rules"
					 : "there are no values: add some");
	r->set->npatterns += count;
	patterns = arena_zalloc(&r->set->arena,
				count * SIGMA_PATTERNS_OF_VALUE * sizeof(*patterns));
	for (; m; m = node->kind == YAML_IS_SEQ ? m->next : NULL) {
		if (m->kind != YAML_IS_SCALAR)
			return sigma_error(r, m, "a value is %s: write texts or numbers",
					   yaml_kind_name(m));
		if (sigma_read_pattern(r, m, mods, &patterns[out->npatterns],
				       &out->npatterns) != 0)
			return -1;
	}
	out->patterns = patterns;
	return 0;
}

int sigma_read_item(struct sigma_reading *r, const struct yaml_node *node, bool keywords,
		    struct sigma_item *out)
{
	unsigned mods = 0;
	struct slice name = { "", 0 };

	if (keywords) {
		mods = MOD_CONTAINS;
	} else if (read_modifiers(r, node, &name, &mods) != 0) {
		return -1;
	}
	if ((mods & MOD_BASE64OFFSET) && (mods & MOD_ALL))
		return sigma_error(r, node, "base64offset and all do not go together");
	out->name = slice_str(arena_slice_dup(&r->set->arena, name));
	out->all = mods & MOD_ALL;
	out->field = r->set->resolve(r->rule->source, out->name);
	if (out->field < 0)
		return sigma_error(r, node,
				   "the field \"%s\" is not known here: "
				   "auspex-detectors(7) lists those that are",
				   keywords ? "(keywords)" : out->name.ptr);
	return read_values(r, node, mods, out);
}
