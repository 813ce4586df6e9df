/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libyaml's events become nodes in an arena. The open mappings and sequences
 * are kept on a stack of YAML_LIMIT_DEPTH, so that nothing here recurses.
 */
#include "base/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

struct doc {
	const struct yaml_node *top;
	struct doc *next;
};

struct yaml_tree {
	struct arena arena;
	const char *name;
	struct doc *docs;
	size_t ndocs, nnodes;
};

/* A mapping or sequence that is not yet at its end. */
struct open {
	struct yaml_node *node;
	struct yaml_node *last; /* its last member so far */
	struct map *keys;       /* of a mapping: those seen */
	bool has_key;           /* the key of the next member is there: */
	struct slice key;
};

struct builder {
	struct yaml_tree *yaml;
	struct open stack[YAML_LIMIT_DEPTH];
	size_t depth;
	struct yaml_node *top;
	struct doc **tail;
	struct err *err;
};

static uint32_t line_of(const yaml_event_t *event)
{
	return (uint32_t)event->start_mark.line + 1;
}

static int complain(struct builder *b, const yaml_event_t *event, const char *what)
{
	return err_set(b->err, "%s:%u: %s", b->yaml->name, line_of(event), what);
}

/* Hangs a new node where the document is; NULL at a limit. */
static struct yaml_node *add_node(struct builder *b, const yaml_event_t *event,
				  enum yaml_kind kind)
{
	struct open *parent = b->depth ? &b->stack[b->depth - 1] : NULL;
	struct yaml_node *node;

	if (b->yaml->nnodes >= YAML_LIMIT_NODES) {
		complain(b, event, "more than 100000 values: split the file");
		return NULL;
	}
	b->yaml->nnodes++;
	node = arena_zalloc(&b->yaml->arena, sizeof(*node));
	node->kind = kind;
	node->line = line_of(event);
	if (!parent) {
		b->top = node;
		return node;
	}
	if (parent->node->kind == YAML_IS_MAP) {
		node->key = parent->key;
		parent->has_key = false;
	}
	if (parent->last)
		parent->last->next = node;
	else
		parent->node->first = node;
	parent->last = node;
	parent->node->count++;
	return node;
}

static bool key_is_due(const struct builder *b)
{
	const struct open *in = b->depth ? &b->stack[b->depth - 1] : NULL;

	return in && in->node->kind == YAML_IS_MAP && !in->has_key;
}

static int take_key(struct builder *b, const yaml_event_t *event)
{
	struct open *in = &b->stack[b->depth - 1];
	struct slice text = slice_make((const char *)event->data.scalar.value,
				       event->data.scalar.length);

	if (memchr(text.ptr, '\0', text.len))
		return complain(b, event, "a key holds a NUL byte: remove it");
	in->key = slice_make(arena_slice_dup(&b->yaml->arena, text), text.len);
	if (map_put(in->keys, text, in->node))
		return err_set(b->err, "%s:%u: the key \"%s\" stands twice: remove one",
			       b->yaml->name, line_of(event), in->key.ptr);
	in->has_key = true;
	return 0;
}

/*
 * A tag would make something else of a value than the text that stands there;
 * "!" alone only says that it is a text.
 */
static bool is_tagged(const yaml_char_t *tag)
{
	return tag && strcmp((const char *)tag, "!") != 0;
}

static int on_scalar(struct builder *b, const yaml_event_t *event)
{
	struct yaml_node *node;
	struct slice text = slice_make((const char *)event->data.scalar.value,
				       event->data.scalar.length);

	if (is_tagged(event->data.scalar.tag))
		return complain(b, event, "a tag (!...) is not taken: remove it");
	if (key_is_due(b))
		return take_key(b, event);
	node = add_node(b, event, YAML_IS_SCALAR);
	if (!node)
		return -1;
	node->text = slice_make(arena_slice_dup(&b->yaml->arena, text), text.len);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return 0;
}

static int on_start(struct builder *b, const yaml_event_t *event, enum yaml_kind kind,
		    const yaml_char_t *tag)
{
	struct yaml_node *node;
	struct open *open;

	if (is_tagged(tag))
		return complain(b, event, "a tag (!...) is not taken: remove it");
	if (key_is_due(b))
		return complain(b, event, "a key must be a plain text: quote it");
	if (b->depth >= YAML_LIMIT_DEPTH)
		return complain(b, event,
				"nested deeper than 16 levels: make it flatter");
	node = add_node(b, event, kind);
	if (!node)
		return -1;
	open = &b->stack[b->depth++];
	*open = (struct open){ .node = node };
	if (kind == YAML_IS_MAP)
		open->keys = map_new();
	return 0;
}

static void on_end(struct builder *b)
{
	map_free(&b->stack[--b->depth].keys);
}

static int on_document_end(struct builder *b, const yaml_event_t *event)
{
	struct doc *doc;

	if (b->yaml->ndocs >= YAML_LIMIT_DOCS)
		return complain(b, event, "more than 1000 documents: split the file");
	doc = arena_zalloc(&b->yaml->arena, sizeof(*doc));
	doc->top = b->top;
	*b->tail = doc;
	b->tail = &doc->next;
	b->yaml->ndocs++;
	return 0;
}

static int on_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT: return on_scalar(b, event);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(b, event, YAML_IS_SEQ, event->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return on_start(b, event, YAML_IS_MAP, event->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: on_end(b); return 0;
	case YAML_ALIAS_EVENT:
		return complain(b, event,
				"an alias (*name) is not taken: write the value out");
	case YAML_DOCUMENT_END_EVENT: return on_document_end(b, event);
	default: return 0;
	}
}

static int on_parser_error(const yaml_parser_t *parser, const char *name, struct err *err)
{
	const char *problem = parser->problem ? parser->problem : "out of memory";

	/* A reader error (bad UTF-8) has an offset, but no line. */
	if (parser->error == YAML_READER_ERROR)
		return err_set(
			err, "%s: not YAML: %s at byte %zu: save the file as UTF-8 text",
			name, problem, parser->problem_offset);
	return err_set(err,
		       "%s:%zu: not YAML: %s: look at the indentation and the quotes",
		       name, parser->problem_mark.line + 1, problem);
}

static int build(struct builder *b, yaml_parser_t *parser)
{
	/* Every event but the closing ones makes a node or a key, and both are
	 * counted or bounded by the text's length. */
	for (bool done = false; !done;) {
		yaml_event_t event;
		int rc;

		if (!yaml_parser_parse(parser, &event))
			return on_parser_error(parser, b->yaml->name, b->err);
		done = event.type == YAML_STREAM_END_EVENT;
		rc = on_event(b, &event);
		yaml_event_delete(&event);
		if (rc < 0)
			return -1;
	}
	return 0;
}

struct yaml_tree *yaml_tree_parse(struct slice text, const char *name, struct err *err)
{
	struct yaml_tree *yaml;
	struct builder b = { .err = err };
	yaml_parser_t parser;
	int rc;

	if (text.len > YAML_LIMIT_BYTES) {
		err_set(err, "%s: larger than 4 MiB: split the file", name);
		return NULL;
	}
	if (!yaml_parser_initialize(&parser)) {
		err_set(err, "%s: libyaml could not be started: free some memory", name);
		return NULL;
	}
	yaml = xcalloc(1, sizeof(*yaml));
	arena_init(&yaml->arena);
	yaml->name = arena_strdup(&yaml->arena, name);
	b.yaml = yaml;
	b.tail = &yaml->docs;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	/* An empty file may have no address, which libyaml asserts. */
	yaml_parser_set_input_string(
		&parser, (const unsigned char *)(text.len ? text.ptr : ""), text.len);
	rc = build(&b, &parser);
	while (b.depth)
		on_end(&b);
	yaml_parser_delete(&parser);
	if (rc < 0)
		yaml_tree_free(&yaml);
	return yaml;
}

/* The whole file, but no more than one byte over the limit. */
static int read_file(const char *path, struct strbuf *out, struct err *err)
{
	char chunk[16384];
	FILE *file = fopen(path, "re");
	size_t n;
	int failed;

	if (!file)
		return err_set(err, "%s: cannot be opened: %s", path, strerror(errno));
	while (out->len <= YAML_LIMIT_BYTES && (n = fread(chunk, 1, sizeof(chunk), file)))
		strbuf_add(out, chunk, n);
	failed = ferror(file) ? errno : 0;
	fclose(file);
	if (failed)
		return err_set(err, "%s: cannot be read: %s", path, strerror(failed));
	return 0;
}

struct yaml_tree *yaml_tree_load(const char *path, struct err *err)
{
	struct yaml_tree *yaml = NULL;
	struct strbuf text;

	strbuf_init(&text);
	if (read_file(path, &text, err) == 0)
		yaml = yaml_tree_parse(slice_make(strbuf_str(&text), text.len), path,
				       err);
	strbuf_fini(&text);
	return yaml;
}

void yaml_tree_free(struct yaml_tree **yaml)
{
	if (!*yaml)
		return;
	arena_fini(&(*yaml)->arena);
	free(*yaml);
	*yaml = NULL;
}

const char *yaml_tree_name(const struct yaml_tree *yaml)
{
	return yaml->name;
}

size_t yaml_tree_ndocs(const struct yaml_tree *yaml)
{
	return yaml->ndocs;
}

const struct yaml_node *yaml_tree_doc(const struct yaml_tree *yaml, size_t i)
{
	const struct doc *doc = yaml->docs;

	while (i--)
		doc = doc->next;
	return doc->top;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (!map || map->kind != YAML_IS_MAP)
		return NULL;
	for (const struct yaml_node *node = map->first; node; node = node->next)
		if (slice_eq_str(node->key, key))
			return node;
	return NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
	return node->kind == YAML_IS_SCALAR && node->plain &&
	       (node->text.len == 0 || slice_eq_str(node->text, "~") ||
		slice_eq_str(node->text, "null"));
}

const char *yaml_kind_name(const struct yaml_node *node)
{
	switch (node->kind) {
	case YAML_IS_MAP: return "a mapping";
	case YAML_IS_SEQ: return "a list";
	default: return "a text";
	}
}
