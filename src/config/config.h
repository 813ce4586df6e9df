/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the owner has set. The table options.def makes the struct, the
 * defaults, the reader of the file and the sample file. Everything in a
 * config belongs to it and lives until config_fini(); what a later setting
 * replaces stays valid until then too.
 */
#ifndef AUSPEX_CONFIG_CONFIG_H
#define AUSPEX_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "config/exception.h"
#include "finding/catalog.h"

struct config_list {
	const char *const *items; /* count texts, none empty, then NULL */
	size_t count;
};

#define CONFIG_FIELD_BOOL bool
#define CONFIG_FIELD_NUMBER uint64_t
#define CONFIG_FIELD_TEXT const char * /* never NULL, may be empty */
#define CONFIG_FIELD_LIST struct config_list
#define CONFIG_FIELD_SEVERITY enum severity /* SEV_MAX: never */

struct config {
#define OPTION(TYPE, field, ...) CONFIG_FIELD_##TYPE field;
#include "config/options.def"
#undef OPTION
	const struct exception *exceptions; /* nexceptions of them */
	size_t nexceptions;
	struct arena arena;
};

/* The first exception that covers the finding, or NULL; borrowed. */
const struct exception *config_exception(const struct config *config,
					 const struct finding *finding);

/* Everything as options.def has it. */
void config_init(struct config *config);
void config_fini(struct config *config);

/*
 * Reads a YAML file over what is set. Keys that are not in it keep their
 * values. An unknown key, a value of the wrong kind or out of its range is an
 * error with file and line; config may hold a part of the file then.
 */
int config_load(struct config *config, const char *path, struct err *err) MUST_CHECK;
/* The same for a text; name stands in messages. */
int config_parse(struct config *config, struct slice text, const char *name,
		 struct err *err) MUST_CHECK;
/*
 * Sets one key from text as a default is written: the items of a list are
 * separated by blanks.
 */
int config_set(struct config *config, const char *key, const char *value,
	       struct err *err) MUST_CHECK;

/* Adds a file that holds every key with its explanation and default. */
void config_sample(struct strbuf *out);

/* The very same text. */
bool config_list_has(const struct config_list *list, struct slice item);
/*
 * The same for a program's name: a version behind it makes no difference, so
 * that "python" in the list stands for "python3.11" and "lua" for "lua-5.4".
 */
bool config_list_has_program(const struct config_list *list, struct slice name);

#endif
