/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/language.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/map.h"

/* A version may follow the name: python3.11, php-fpm8.2. */
static const struct {
	const char *name;
	enum language language;
} programs[] = {
	{ "python", LANG_PYTHON },
	{ "pypy", LANG_PYTHON },
	{ "uwsgi", LANG_PYTHON },
	{ "perl", LANG_PERL },
	{ "ruby", LANG_RUBY },
	{ "node", LANG_NODE },
	{ "nodejs", LANG_NODE },
	{ "php", LANG_PHP },
	{ "apache2", LANG_PHP },
	{ "httpd", LANG_PHP },
	{ "frankenphp", LANG_PHP },
	{ "lua", LANG_LUA },
	{ "luajit", LANG_LUA },
	{ "tclsh", LANG_TCL },
	{ "wish", LANG_TCL },
	{ "expect", LANG_TCL },
	{ "R", LANG_R },
	{ "java", LANG_JAVA },
	{ "beam", LANG_ERLANG },
	{ "julia", LANG_JULIA },
	{ "guile", LANG_GUILE },
};

static const struct {
	const char *endings; /* blanks around each */
	enum language_proof proof;
} languages[LANG_MAX] = {
	[LANG_PYTHON] = { " py pyc ", PROOF_MISSING },
	[LANG_PERL] = { " pm pl ph al ", PROOF_NAME },
	[LANG_RUBY] = { " rb ", PROOF_MISSING },
	[LANG_NODE] = { " js mjs cjs ", PROOF_MISSING },
	[LANG_PHP] = { " php phtml phar inc php3 php4 php5 php7 php8 ", PROOF_NAME },
	[LANG_LUA] = { " lua luac ", PROOF_NAME },
	[LANG_TCL] = { " tcl tm ", PROOF_NAME },
	[LANG_R] = { " R r ", PROOF_NAME },
	[LANG_JAVA] = { " jar war class ", PROOF_NAME },
	[LANG_ERLANG] = { " beam ", PROOF_NAME },
	[LANG_JULIA] = { " jl ", PROOF_NAME },
	[LANG_GUILE] = { " scm go ", PROOF_NAME },
};

static bool is_version(struct slice rest)
{
	return rest.len == 0 || rest.ptr[0] == '.' || rest.ptr[0] == '-' ||
	       (rest.ptr[0] >= '0' && rest.ptr[0] <= '9');
}

enum language language_of(const struct image *image)
{
	struct slice name = slice_basename(slice_str(image->exe));

	for (size_t i = 0; name.len && i < ARRAY_SIZE(programs); i++) {
		const char *want = programs[i].name;

		if (name.ptr[0] == want[0] && slice_starts(name, slice_str(want)) &&
		    is_version(slice_skip(name, strlen(want))))
			return programs[i].language;
	}
	return LANG_NONE;
}

static bool in_list(const char *list, struct slice word)
{
	const char *at = list;

	if (word.len == 0 || memchr(word.ptr, ' ', word.len))
		return false;
	while ((at = memmem(at, strlen(at), word.ptr, word.len))) {
		if (at[-1] == ' ' && at[word.len] == ' ')
			return true;
		at++;
	}
	return false;
}

static struct slice ending_of(struct slice path)
{
	struct slice name = slice_basename(path);
	const char *dot = name.len ? memrchr(name.ptr, '.', name.len) : NULL;

	return dot ? slice_skip(name, (size_t)(dot - name.ptr) + 1) : slice_str("");
}

static struct slice without_ending(struct slice name)
{
	struct slice ending = ending_of(name);

	if (ending.len && name.len > ending.len + 1)
		name.len -= ending.len + 1;
	return name;
}

/* site.py runs the lines of a .pth that begin with "import", in these places. */
static bool is_site_file(const char *path)
{
	return strstr(path, "/site-packages/") || strstr(path, "/dist-packages/");
}

enum language_proof language_proof(enum language language, const char *path,
				   uint32_t flags)
{
	struct slice ending = ending_of(slice_str(path));

	if (language == LANG_PYTHON && slice_eq_str(ending, "pth"))
		return is_site_file(path) ? PROOF_NAME : PROOF_NONE;
	if (!in_list(languages[language].endings, ending))
		return PROOF_NONE;
	switch (language) {
	case LANG_PYTHON: /* nothing but an import reads what was compiled */
		return slice_eq_str(ending, "pyc") ? PROOF_SURE : PROOF_MISSING;
	case LANG_RUBY: /* ruby.c, open_load_file(); File.read does without it */
		return flags & O_NONBLOCK ? PROOF_SURE : PROOF_NONE;
	case LANG_NODE: /* whose name says already how it is to be loaded */
		return slice_eq_str(ending, "js") ? PROOF_MISSING : PROOF_NAME;
	default: return languages[language].proof;
	}
}

static uint64_t number_of(struct slice text)
{
	uint64_t number = hash_fixed(text.ptr, text.len);

	return number ? number : 1;
}

static struct slice directory_of(struct slice path)
{
	struct slice name = slice_basename(path);

	return slice_make(path.ptr, path.len - name.len);
}

/*
 * Python looks for DIR/__pycache__/NAME.cpython-311.pyc before it opens
 * DIR/NAME.py, and writes it afterwards (importlib/_bootstrap_external.py,
 * SourceLoader.get_code). node looks for the package.json that a module
 * belongs to, in the module's directory first (lib/internal/modules/cjs/loader.js,
 * readPackageScope), once for each directory.
 */
uint64_t language_asked(enum language language, struct slice path)
{
	static const struct slice cache = SLICE_LIT("__pycache__/");
	struct slice name = slice_basename(path), dir = directory_of(path);
	const char *dot;

	switch (language) {
	case LANG_PYTHON:
		dot = slice_ends(dir, cache) ? memchr(name.ptr, '.', name.len) : NULL;
		return dot ? number_of(slice_make(name.ptr, (size_t)(dot - name.ptr)))
			   : 0;
	case LANG_NODE: return slice_eq_str(name, "package.json") ? number_of(dir) : 0;
	default: return 0;
	}
}

uint64_t language_key(enum language language, struct slice path)
{
	switch (language) {
	case LANG_PYTHON: return number_of(without_ending(slice_basename(path)));
	case LANG_NODE: return number_of(directory_of(path));
	default: return 0;
	}
}

bool language_is_cache(const char *path)
{
	return slice_ends(directory_of(slice_str(path)), SLICE_LIT("/__pycache__/"));
}

bool language_cached(const char *cache, char *out, size_t size)
{
	struct slice name = slice_basename(slice_str(cache));
	struct slice dir = directory_of(slice_str(cache));
	int n;

	name.len = strcspn(name.ptr, ".");
	dir.len -= strlen("__pycache__/");
	n = snprintf(out, size, "%.*s%.*s.py", SLICE_FMT(dir), SLICE_FMT(name));
	return n > 0 && (size_t)n < size;
}
