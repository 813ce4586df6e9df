/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sigma rules from hostile hands, held against a fixed process. */
#include <stdlib.h>

#include "base/compiler.h"
#include "fuzz/fuzz.h"
#include "sigma/sigma.h"

static int resolve(enum sigma_source source UNUSED, struct slice field)
{
	return field.len > 40 ? -1 : (int)(field.len % 3);
}

static bool get(void *ctx UNUSED, int field, struct slice name UNUSED, size_t index,
		struct sigma_value *value)
{
	static const char *const texts[] = { "/usr/bin/bash", "bash -c id > /tmp/x",
					     "192.0.2.1" };

	if (index > 0)
		return false;
	value->text = value->lower = slice_str(texts[field]);
	return true;
}

static bool known(void *ctx UNUSED, int field, struct slice name UNUSED)
{
	return field == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);
	struct sigma_set *set = sigma_set_new(resolve);
	struct err err = { "" };

	if (sigma_set_add(set, text, "fuzz.yml", &err) < 0 && !err.msg[0])
		abort(); /* a failure without a message */
	for (size_t i = 0; i < sigma_set_count(set); i++) {
		const struct sigma_rule *rule = sigma_set_rule(set, i);

		/* What matches cannot have been ruled out. */
		if (sigma_match(rule, get, NULL) == SIGMA_YES &&
		    !sigma_may_match(rule, get, known, NULL))
			abort();
	}
	sigma_set_free(&set);
	return 0;
}
