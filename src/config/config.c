/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/yaml.h"

enum option_type { TYPE_BOOL, TYPE_NUMBER, TYPE_TEXT, TYPE_LIST, TYPE_SEVERITY };

struct option {
	enum option_type type;
	size_t offset; /* in struct config */
	const char *key, *preset;
	uint64_t min, max;
	const char *text;
};

static const struct option options[] = {
#define OPTION(TYPE, field, key, preset, min, max, text) \
	{ TYPE_##TYPE, offsetof(struct config, field), key, preset, min, max, text },
#include "config/options.def"
#undef OPTION
};

/* A value on its way into an option, and the place that messages name. */
struct setting {
	struct config *config;
	const struct option *option;
	const char *where;
	struct err *err;
};

static void *field_of(const struct setting *s)
{
	return (char *)s->config + s->option->offset;
}

static int refuse(const struct setting *s, struct slice value, const char *wanted)
{
	return err_set(s->err, "%s: %s: \"%.*s\" is not possible: write %s", s->where,
		       s->option->key, SLICE_FMT(value), wanted);
}

static int set_bool(const struct setting *s, struct slice value)
{
	bool *field = field_of(s);

	if (!slice_eq_str(value, "true") && !slice_eq_str(value, "false"))
		return refuse(s, value, "true or false");
	*field = slice_eq_str(value, "true");
	return 0;
}

static int set_number(const struct setting *s, struct slice value)
{
	uint64_t *field = field_of(s), number;

	if (!num_u64(value, &number) || number < s->option->min ||
	    number > s->option->max)
		return err_set(s->err,
			       "%s: %s: \"%.*s\" is not possible: write a number from "
			       "%llu to %llu",
			       s->where, s->option->key, SLICE_FMT(value),
			       (unsigned long long)s->option->min,
			       (unsigned long long)s->option->max);
	*field = number;
	return 0;
}

static int set_text(const struct setting *s, struct slice value)
{
	const char **field = field_of(s);

	*field = arena_slice_dup(&s->config->arena, value);
	return 0;
}

static int set_severity(const struct setting *s, struct slice value)
{
	enum severity *field = field_of(s);
	char name[16];

	if (slice_eq_str(value, "never")) {
		*field = SEV_MAX;
		return 0;
	}
	if (value.len < sizeof(name)) {
		memcpy(name, value.ptr, value.len);
		name[value.len] = '\0';
		if (severity_parse(name, field))
			return 0;
	}
	return refuse(s, value, "info, low, medium, high, critical or never");
}

static int set_scalar(const struct setting *s, struct slice value)
{
	static int (*const setters[])(const struct setting *, struct slice) = {
		[TYPE_BOOL] = set_bool,
		[TYPE_NUMBER] = set_number,
		[TYPE_TEXT] = set_text,
		[TYPE_SEVERITY] = set_severity,
	};

	if (memchr(value.ptr, '\0', value.len))
		return err_set(s->err, "%s: %s: the value holds a NUL byte: remove it",
			       s->where, s->option->key);
	return setters[s->option->type](s, value);
}

static int check_count(const struct setting *s, size_t count)
{
	if (count < s->option->min || count > s->option->max)
		return err_set(s->err,
			       "%s: %s: %zu items are not possible: write %llu to %llu",
			       s->where, s->option->key, count,
			       (unsigned long long)s->option->min,
			       (unsigned long long)s->option->max);
	return 0;
}

/* The words between the blanks of text. */
static int set_words(const struct setting *s, const char *text)
{
	struct config_list *field = field_of(s);
	const char **items;
	size_t count = 0;

	for (const char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
		p += strcspn(p, " ");
		count++;
	}
	if (check_count(s, count) < 0)
		return -1;
	items = arena_zalloc(&s->config->arena, (count + 1) * sizeof(*items));
	text += strspn(text, " ");
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(text, " ");

		items[i] = arena_slice_dup(&s->config->arena, slice_make(text, len));
		text += len;
		text += strspn(text, " ");
	}
	*field = (struct config_list){ items, count };
	return 0;
}

static int set_list(const struct setting *s, const struct yaml_node *node)
{
	struct config_list *field = field_of(s);
	const char **items;
	size_t i = 0;

	if (check_count(s, node->count) < 0)
		return -1;
	items = arena_zalloc(&s->config->arena,
			     (node->count + (size_t)1) * sizeof(*items));
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		if (item->kind != YAML_IS_SCALAR || item->text.len == 0 ||
		    memchr(item->text.ptr, '\0', item->text.len))
			return err_set(s->err,
				       "%s: %s: item %zu is not a plain text: write one "
				       "name an item",
				       s->where, s->option->key, i + 1);
		items[i++] = arena_slice_dup(&s->config->arena, item->text);
	}
	*field = (struct config_list){ items, i };
	return 0;
}

static int set_node(const struct setting *s, const struct yaml_node *node)
{
	enum yaml_kind wanted =
		s->option->type == TYPE_LIST ? YAML_IS_SEQ : YAML_IS_SCALAR;

	if (node->kind != wanted)
		return err_set(s->err, "%s: %s: %s is not possible here: write %s",
			       s->where, s->option->key, yaml_kind_name(node),
			       wanted == YAML_IS_SEQ ? "a list" : "one value");
	if (wanted == YAML_IS_SEQ)
		return set_list(s, node);
	if (yaml_is_null(node))
		return err_set(s->err, "%s: %s: there is no value: write one, or \"\"",
			       s->where, s->option->key);
	return set_scalar(s, node->text);
}

static const struct option *find_option(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcmp(options[i].key, key) == 0)
			return &options[i];
	return NULL;
}

static bool is_section(const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strncmp(options[i].key, key, len) == 0 && options[i].key[len] == '.')
			return true;
	return false;
}

/* What is being read: a file's tree and the section that we stand in. */
struct reading {
	struct config *config;
	const struct yaml_tree *yaml;
	struct err *err;
};

static int load_map(const struct reading *r, const struct yaml_node *map,
		    const char *section);

static int load_member(const struct reading *r, const struct yaml_node *node,
		       const char *section)
{
	struct arena *arena = &r->config->arena;
	struct setting s = { .config = r->config, .err = r->err };
	const char *key = node->key.ptr;

	if (*section)
		key = arena_printf(arena, "%s.%s", section, key);
	s.where = arena_printf(arena, "%s:%u", yaml_tree_name(r->yaml), node->line);
	s.option = find_option(key);
	if (s.option)
		return set_node(&s, node);
	if (strcmp(key, "exceptions") == 0)
		return exceptions_read(node, yaml_tree_name(r->yaml), arena,
				       &r->config->exceptions, &r->config->nexceptions,
				       r->err);
	if (!is_section(key))
		return err_set(
			r->err,
			"%s: the key \"%s\" is unknown: see auspex.yaml(5) for the keys",
			s.where, key);
	if (node->kind != YAML_IS_MAP)
		return err_set(r->err, "%s: %s is a section: write its keys below it",
			       s.where, key);
	return load_map(r, node, key);
}

/* Recurses at most once for each '.' in a key of the table. */
static int load_map(const struct reading *r, const struct yaml_node *map,
		    const char *section)
{
	for (const struct yaml_node *node = map->first; node; node = node->next)
		if (load_member(r, node, section) < 0)
			return -1;
	return 0;
}

/* The owner's own rules have names that are not known here. */
static int check_detectors(const struct config *config, const char *where,
			   struct err *err)
{
	for (size_t i = 0; i < config->nexceptions && config->rules_paths.count == 0;
	     i++) {
		const struct exception *e = &config->exceptions[i];

		if (e->detector && !detector_find(e->detector))
			return err_set(err, "%s:%u: exceptions: \"%s\" is no detector",
				       where, e->line, e->detector);
	}
	return 0;
}

static int load_tree(struct config *config, const struct yaml_tree *yaml, struct err *err)
{
	struct reading r = { config, yaml, err };
	const struct yaml_node *top;

	if (yaml_tree_ndocs(yaml) == 0)
		return 0;
	top = yaml_tree_doc(yaml, 0);
	if (yaml_tree_ndocs(yaml) > 1)
		return err_set(err, "%s:%u: a second document (---): remove it",
			       yaml_tree_name(yaml), yaml_tree_doc(yaml, 1)->line);
	if (yaml_is_null(top))
		return 0;
	if (top->kind != YAML_IS_MAP)
		return err_set(
			err, "%s:%u: %s is not possible here: write \"key: value\" lines",
			yaml_tree_name(yaml), top->line, yaml_kind_name(top));
	if (load_map(&r, top, "") != 0)
		return -1;
	return check_detectors(config, yaml_tree_name(yaml), err);
}

int config_load(struct config *config, const char *path, struct err *err)
{
	struct yaml_tree *yaml = yaml_tree_load(path, err);
	int rc = yaml ? load_tree(config, yaml, err) : -1;

	yaml_tree_free(&yaml);
	return rc;
}

int config_parse(struct config *config, struct slice text, const char *name,
		 struct err *err)
{
	struct yaml_tree *yaml = yaml_tree_parse(text, name, err);
	int rc = yaml ? load_tree(config, yaml, err) : -1;

	yaml_tree_free(&yaml);
	return rc;
}

int config_set(struct config *config, const char *key, const char *value, struct err *err)
{
	struct setting s = { config, find_option(key), "command line", err };

	if (!s.option)
		return err_set(
			err,
			"command line: the key \"%s\" is unknown: see auspex.yaml(5) "
			"for the keys",
			key);
	return s.option->type == TYPE_LIST ? set_words(&s, value)
					   : set_scalar(&s, slice_str(value));
}

void config_init(struct config *config)
{
	*config = (struct config){ 0 };
	arena_init(&config->arena);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		/* A default that its own option refuses is a defect of the table; the
		 * unit test of the sample file would find it. */
		if (config_set(config, options[i].key, options[i].preset, NULL) < 0)
			abort();
	}
}

void config_fini(struct config *config)
{
	arena_fini(&config->arena);
	*config = (struct config){ 0 };
}

const struct exception *config_exception(const struct config *config,
					 const struct finding *finding)
{
	for (size_t i = 0; i < config->nexceptions; i++) {
		if (exception_covers(&config->exceptions[i], finding))
			return &config->exceptions[i];
	}
	return NULL;
}

bool config_list_has(const struct config_list *list, struct slice item)
{
	for (size_t i = 0; i < list->count; i++)
		if (slice_eq_str(item, list->items[i]))
			return true;
	return false;
}

bool config_list_has_program(const struct config_list *list, struct slice name)
{
	if (config_list_has(list, name))
		return true;
	while (name.len && strchr("0123456789.-", name.ptr[name.len - 1])) {
		name.len--;
		if (config_list_has(list, name))
			return true;
	}
	return false;
}

/* "# " before every line of text. */
static void add_comment(struct strbuf *out, const char *text, const char *indent)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		strbuf_printf(out, "%s# %.*s\n", indent, (int)len, text);
		text += len;
		text += *text == '\n';
	}
}

static void add_list(struct strbuf *out, const char *words, const char *indent)
{
	size_t column = 0;

	strbuf_add_str(out, "[");
	while (*words) {
		size_t len = strcspn(words, " ");

		strbuf_add(out, words, len);
		words += len;
		words += strspn(words, " ");
		column += len + 2;
		if (!*words)
			break;
		strbuf_add_str(out, ",");
		if (column > 60) {
			strbuf_printf(out, "\n%s ", indent);
			column = 0;
		}
		strbuf_add_str(out, " ");
	}
	strbuf_add_str(out, "]\n");
}

/* Opens the section of key, where it is another than the one before. */
static const char *add_section(struct strbuf *out, const char *key, const char *before)
{
	const char *dot = strrchr(key, '.');

	if (!dot)
		return key;
	if (strncmp(key, before, (size_t)(dot + 1 - key)) != 0)
		strbuf_printf(out, "%.*s:\n", (int)(dot - key), key);
	return dot + 1;
}

static const char exceptions_text[] =
	"What is known to be honest. A finding that is like an exception in all that the\n"
	"exception names is kept as suppressed, with the reason. Patterns are the shell's;\n"
	"* stops at a slash, and /** at the end is all that is below. Without expires\n"
	"it holds for good:\n"
	"  - detector: added_binary_executed\n"
	"    path: /opt/build/*\n"
	"    writer: /usr/bin/gcc*\n"
	"    reason: the build host compiles there\n"
	"    expires: 2027-01-31\n"
	"Other points are sha256, exe, image and remote.";

void config_sample(struct strbuf *out)
{
	const char *before = "";

	strbuf_add_str(out, "# Settings of auspex, each with its default. "
			    "See auspex.yaml(5).\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *option = &options[i];
		const char *key, *indent;

		strbuf_add_str(out, "\n");
		key = add_section(out, option->key, before);
		indent = key == option->key ? "" : "  ";
		before = option->key;
		add_comment(out, option->text, indent);
		strbuf_printf(out, "%s%s: ", indent, key);
		if (option->type == TYPE_LIST)
			add_list(out, option->preset, indent);
		else
			strbuf_printf(out, "%s\n",
				      *option->preset ? option->preset : "\"\"");
	}
	strbuf_add_str(out, "\n");
	add_comment(out, exceptions_text, "");
	strbuf_add_str(out, "exceptions: []\n");
}
