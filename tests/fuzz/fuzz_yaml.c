/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration from hostile hands: the tree, then the options. */
#include <stdlib.h>

#include "base/yaml.h"
#include "config/config.h"
#include "fuzz/fuzz.h"

/* Touches every node; a tree deeper than promised ends the program. */
static void walk(const struct yaml_node *node, int depth)
{
	uint32_t count = 0;

	if (depth > YAML_LIMIT_DEPTH)
		abort();
	for (const struct yaml_node *child = node->first; child;
	     child = child->next, count++)
		walk(child, depth + 1);
	if (count != node->count || node->line == 0)
		abort();
	if (node->kind == YAML_IS_SCALAR && node->text.ptr[node->text.len] != '\0')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);
	struct yaml_tree *tree = yaml_tree_parse(text, "fuzz", NULL);
	struct config config;
	struct err err = { "" };

	for (size_t i = 0; tree && i < yaml_tree_ndocs(tree); i++)
		walk(yaml_tree_doc(tree, i), 0);
	config_init(&config);
	if (config_parse(&config, text, "fuzz", &err) < 0 && !err.msg[0])
		abort(); /* a failure without a message */
	if (config.fail_on > SEV_MAX)
		abort();
	config_fini(&config);
	yaml_tree_free(&tree);
	return 0;
}
