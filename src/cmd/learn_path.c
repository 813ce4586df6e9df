/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/learn_path.h"

#include <ctype.h>
#include <string.h>

#include "base/compiler.h"
#include "base/strbuf.h"

enum {
	FOLDER_MIN = 4, /* files of one folder from which on the folder is meant */
	BELOW_MIN = 6,  /* the same of folders below one */
	CHANCE_MIN = 5, /* characters that look like chance: mkstemp(3) makes six */
};

const char *learn_path_literal(const char *text, struct arena *arena)
{
	char *out = arena_alloc(arena, 2 * strlen(text) + 1), *to = out;

	for (; *text; text++) {
		if (strchr("*?[\\", *text))
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '\0';
	return out;
}

/* ---- names that are alike ---- */

static size_t word_len(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]))
		n++;
	return n;
}

/* Digits among letters, or capitals among small ones, as mkstemp makes them. */
static bool looks_like_chance(const char *word, size_t len)
{
	size_t upper = 0, lower = 0, changes = 0;

	for (size_t i = 0; i < len; i++) {
		upper += isupper((unsigned char)word[i]) != 0;
		lower += islower((unsigned char)word[i]) != 0;
		changes += i && !isdigit((unsigned char)word[i]) !=
					!isdigit((unsigned char)word[i - 1]);
	}
	if (len < CHANCE_MIN)
		return false;
	return changes > 1 || (upper && lower && upper + lower > 2 && upper < len - 1 &&
			       !isupper((unsigned char)word[0]));
}

/* The path with one mark for each number, and one for each piece of chance. */
static void skeleton(const char *path, struct strbuf *out)
{
	while (*path) {
		size_t n = word_len(path);

		if (n && looks_like_chance(path, n)) {
			strbuf_add_char(out, '\1');
		} else {
			for (size_t i = 0; i < n; i++) {
				if (!isdigit((unsigned char)path[i]))
					strbuf_add_char(out, path[i]);
				else if (i == 0 || !isdigit((unsigned char)path[i - 1]))
					strbuf_add_char(out, '\2');
			}
		}
		path += n;
		if (*path)
			strbuf_add_char(out, *path++);
	}
}

static size_t component_len(const char *s)
{
	return strcspn(s, "/");
}

/* Not in the middle of what a backslash protects. */
static size_t whole(const char *s, size_t n)
{
	size_t slashes = 0;

	while (slashes < n && s[n - 1 - slashes] == '\\')
		slashes++;
	return n - slashes % 2;
}

/* What all the components have in common, with a star between. */
static void add_component(struct strbuf *out, const char *const *at, size_t n)
{
	size_t len = component_len(at[0]), prefix = len, suffix = len;
	bool same = true;

	for (size_t i = 1; i < n; i++) {
		size_t other = component_len(at[i]), k = 0;

		same = same && other == len && memcmp(at[0], at[i], len) == 0;
		while (k < prefix && k < other && at[0][k] == at[i][k])
			k++;
		prefix = k;
		for (k = 0; k < suffix && k < other &&
			    at[0][len - 1 - k] == at[i][other - 1 - k];)
			k++;
		suffix = k;
		if (prefix + suffix > other)
			suffix = other - prefix;
	}
	if (same) {
		strbuf_add(out, at[0], len);
		return;
	}
	if (prefix + suffix > len)
		suffix = len - prefix;
	strbuf_add(out, at[0], whole(at[0], prefix));
	strbuf_add_char(out, '*');
	strbuf_add(out, at[0] + len - suffix, suffix);
}

/* All have as many components as the first. */
static const char *common(const char *const *paths, size_t n, struct arena *arena)
{
	const char **at = arena_alloc(arena, n * sizeof(*at));
	struct strbuf out;
	char *pattern;

	strbuf_init(&out);
	memcpy(at, paths, n * sizeof(*at));
	for (;;) {
		add_component(&out, at, n);
		for (size_t i = 0; i < n; i++)
			at[i] += component_len(at[i]);
		if (!*at[0])
			break;
		strbuf_add_char(&out, '/');
		for (size_t i = 0; i < n; i++)
			at[i]++;
	}
	pattern = arena_slice_dup(arena, strbuf_slice(&out));
	strbuf_fini(&out);
	return pattern;
}

const char *learn_path_alike(const char *const *paths, size_t n, size_t *used,
			     struct arena *arena)
{
	struct strbuf first, other;

	strbuf_init(&first);
	strbuf_init(&other);
	skeleton(paths[0], &first);
	for (*used = 1; *used < n; ++*used) {
		strbuf_clear(&other);
		skeleton(paths[*used], &other);
		if (!slice_eq(strbuf_slice(&first), strbuf_slice(&other)))
			break;
	}
	strbuf_fini(&first);
	strbuf_fini(&other);
	return *used > 1 ? common(paths, *used, arena) : NULL;
}

/* ---- folders ---- */

/* Where everybody puts things: a whole one of them is too much. */
static bool is_everybodys(const char *dir, size_t len)
{
	static const char *const dirs[] = {
		"/tmp",           "/var/tmp",        "/dev/shm",       "/usr/bin",
		"/usr/sbin",      "/usr/lib",        "/usr/lib64",     "/usr/libexec",
		"/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/usr/local",
		"/usr/share",     "/var/lib",        "/var/cache",     "/run/user",
	};
	size_t depth = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (strlen(dirs[i]) == len && memcmp(dirs[i], dir, len) == 0)
			return true;
	}
	for (size_t i = 0; i < len; i++)
		depth += dir[i] == '/';
	/* "/opt", and "/home/somebody". */
	return depth < 2 || (depth == 2 && strncmp(dir, "/home/", 6) == 0) ||
	       (len > 15 && strncmp(dir, "/usr/lib/", 9) == 0 && depth == 3 &&
		memmem(dir, len, "-linux-", 7));
}

static size_t dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static size_t count_within(const char *const *paths, size_t n, size_t len, bool deep)
{
	size_t used = 1;

	while (used < n && strncmp(paths[used], paths[0], len) == 0 &&
	       paths[used][len] == '/' && (deep || !strchr(paths[used] + len + 1, '/')))
		used++;
	return used;
}

const char *learn_path_folder(const char *const *paths, size_t n, size_t *used,
			      struct arena *arena)
{
	size_t len = dir_len(paths[0]);

	*used = 1;
	if (len == 0 || is_everybodys(paths[0], len))
		return NULL;
	*used = count_within(paths, n, len, false);
	if (*used < FOLDER_MIN) {
		*used = 1;
		return NULL;
	}
	return arena_printf(arena, "%.*s/*", (int)len, paths[0]);
}

/* From the highest folder that is not everybody's on. */
const char *learn_path_below(const char *const *paths, size_t n, size_t *used,
			     struct arena *arena)
{
	size_t last = dir_len(paths[0]);

	for (size_t len = 1; len <= last; len++) {
		if (paths[0][len] != '/' || is_everybodys(paths[0], len) ||
		    memchr(paths[0], '*', len))
			continue;
		*used = count_within(paths, n, len, true);
		if (*used >= BELOW_MIN)
			return arena_printf(arena, "%.*s/**", (int)len, paths[0]);
	}
	*used = 1;
	return NULL;
}
