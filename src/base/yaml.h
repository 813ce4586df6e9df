/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * YAML as a small read-only tree with line numbers, for configuration and
 * rules. Of YAML it takes mappings with unique plain keys, sequences and
 * scalars, in one or more documents; aliases and tags are refused, because
 * a small text could become a large tree or something else than text.
 * Everything that comes from a yaml_tree belongs to it and lives until
 * yaml_tree_free().
 */
#ifndef AUSPEX_BASE_YAML_H
#define AUSPEX_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/slice.h"

enum {
	YAML_LIMIT_BYTES = 4 << 20,
	YAML_LIMIT_NODES = 100000, /* in all documents of a file */
	YAML_LIMIT_DEPTH = 16,     /* mappings and sequences in one another */
	YAML_LIMIT_DOCS = 1000,
};

enum yaml_kind { YAML_IS_SCALAR, YAML_IS_SEQ, YAML_IS_MAP };

struct yaml_node {
	enum yaml_kind kind;
	uint32_t line; /* from 1 */
	/* The key of a member of a mapping; NUL-terminated, empty otherwise. */
	struct slice key;
	/* A scalar's text: UTF-8, NUL-terminated, may hold further NULs. */
	struct slice text;
	bool plain; /* not quoted, not a block: null, 1 and true mean themselves */
	const struct yaml_node *first; /* member of a mapping or sequence, or NULL */
	const struct yaml_node *next;  /* sibling, or NULL */
	uint32_t count;                /* members */
};

struct yaml_tree;

/*
 * Reads text. name stands before the line in messages and is copied. Returns
 * NULL and a message "NAME:LINE: what is wrong: what to do" on failure. An
 * empty text has no documents.
 */
struct yaml_tree *yaml_tree_parse(struct slice text, const char *name,
				  struct err *err) MUST_CHECK;
/* The same for a file; its path is its name. */
struct yaml_tree *yaml_tree_load(const char *path, struct err *err) MUST_CHECK;
/* Leaves *yaml NULL; NULL is allowed. */
void yaml_tree_free(struct yaml_tree **yaml);

const char *yaml_tree_name(const struct yaml_tree *yaml);
size_t yaml_tree_ndocs(const struct yaml_tree *yaml);
/* The top of document i < yaml_tree_ndocs(); never NULL, an empty one is a scalar. */
const struct yaml_node *yaml_tree_doc(const struct yaml_tree *yaml, size_t i);

/* The member of a mapping, or NULL (also when map is NULL or none). */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* True for a plain empty scalar, ~ or null. */
bool yaml_is_null(const struct yaml_node *node);
/* "a mapping", "a list", "a text", for messages. */
const char *yaml_kind_name(const struct yaml_node *node);

#endif
