/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that run text, and what they read it from besides the file that
 * they were told to run: modules, includes, packages.
 */
#ifndef AUSPEX_DETECT_LANGUAGE_H
#define AUSPEX_DETECT_LANGUAGE_H

#include "state/proc.h"

enum language {
	LANG_NONE,
	LANG_PYTHON,
	LANG_PERL,
	LANG_RUBY,
	LANG_NODE,
	LANG_PHP,
	LANG_LUA,
	LANG_TCL,
	LANG_R,
	LANG_JAVA,
	LANG_ERLANG,
	LANG_JULIA,
	LANG_GUILE,
	LANG_MAX
};

/* How the records tell a file that is run from one that is only read. */
enum language_proof {
	PROOF_NONE,    /* it is no module by its name */
	PROOF_MISSING, /* it may be one: they do not */
	PROOF_NAME,    /* they do not, but little else reads such files */
	PROOF_SURE,
};

/* By the executable that the kernel resolved. */
enum language language_of(const struct image *image);
/*
 * Is a file at path, opened to be read with flags, one of its modules?
 * MISSING becomes SURE where the program asks for language_asked() as well,
 * with the number that language_key() gives for the module.
 */
enum language_proof language_proof(enum language language, const char *path,
				   uint32_t flags);
/*
 * What only a program asks for that loads a module: whether there, and
 * whether before or after it. 0: path is nothing of the kind.
 */
uint64_t language_asked(enum language language, struct slice path);
uint64_t language_key(enum language language, struct slice path);

/* Python's compiled modules: is path one, in its cache? */
bool language_is_cache(const char *path);
/* The source of such a one, with the same life as cache; false: not known. */
bool language_cached(const char *cache, char *out, size_t size);

#endif
