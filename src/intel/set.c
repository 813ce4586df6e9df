/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "intel/set.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { LIMIT_FILES = 64 };

struct intel_set {
	struct intel_db *lists; /* all that are no files of ours; or NULL */
	struct {
		char *path;
		struct intel_db *db; /* NULL: let go of */
	} files[LIMIT_FILES];
	size_t nfiles;
	bool has[IND_KIND_MAX], knows_has;
	uint64_t generation;
	struct indicator ind;
	struct err err; /* of the first failure */
};

struct intel_set *intel_set_new(void)
{
	return xcalloc(1, sizeof(struct intel_set));
}

void intel_set_suspend(struct intel_set *set)
{
	for (size_t i = 0; i < set->nfiles; i++)
		intel_db_free(&set->files[i].db);
	set->knows_has = false;
	set->generation++;
}

uint64_t intel_set_generation(const struct intel_set *set)
{
	return set ? set->generation : 0;
}

void intel_set_free(struct intel_set **set)
{
	if (!*set)
		return;
	intel_set_suspend(*set);
	for (size_t i = 0; i < (*set)->nfiles; i++)
		free((*set)->files[i].path);
	intel_db_free(&(*set)->lists);
	free(*set);
	*set = NULL;
}

void intel_set_swap(struct intel_set *a, struct intel_set *b)
{
	struct intel_set *c = xcalloc(1, sizeof(*c));

	*c = *a;
	*a = *b;
	*b = *c;
	free(c);
	a->generation = b->generation = a->generation + b->generation + 1;
}

static int add_file(struct intel_set *set, const char *path, struct err *err)
{
	if (set->nfiles == LIMIT_FILES)
		return err_set(err,
			       "%s: more than %d files of indicators: import them "
			       "into one",
			       path, LIMIT_FILES);
	if (intel_db_open(path, &set->files[set->nfiles].db, err) != 0)
		return -1;
	set->files[set->nfiles++].path = xstrdup(path);
	return 0;
}

int intel_set_add(struct intel_set *set, const char *path, const struct intel_import *how,
		  struct err *err)
{
	struct intel_counts counts = { 0 };

	set->knows_has = false;
	if (intel_db_is_one(path))
		return add_file(set, path, err);
	if (!set->lists && intel_db_new(&set->lists, err) != 0)
		return -1;
	return intel_import_file(set->lists, path, how, &counts, err);
}

bool intel_set_empty(const struct intel_set *set)
{
	return !set || (!set->lists && set->nfiles == 0);
}

const char *intel_set_problem(const struct intel_set *set)
{
	return set && set->err.msg[0] ? set->err.msg : NULL;
}

/* The i-th of the set, the lists last; NULL: it cannot be opened now. */
static struct intel_db *db_at(struct intel_set *set, size_t i)
{
	struct err *err = set->err.msg[0] ? NULL : &set->err;

	if (i == set->nfiles)
		return set->lists;
	if (!set->files[i].db &&
	    intel_db_open(set->files[i].path, &set->files[i].db, err) != 0)
		return NULL;
	return set->files[i].db;
}

bool intel_set_has(struct intel_set *set, enum indicator_kind kind)
{
	if (intel_set_empty(set))
		return false;
	for (int k = 0; !set->knows_has && k < IND_KIND_MAX; k++) {
		set->has[k] = false;
		for (size_t i = 0; i <= set->nfiles && !set->has[k]; i++) {
			struct intel_db *db = db_at(set, i);

			set->has[k] = db && intel_db_has(db, (enum indicator_kind)k);
		}
	}
	set->knows_has = true;
	return set->has[kind];
}

static bool find(struct intel_set *set, const struct intel_query *q, struct arena *arena,
		 struct intel_match *out)
{
	bool found = false;

	if (!intel_set_has(set, q->kind))
		return false;
	for (size_t i = 0; i <= set->nfiles; i++) {
		struct err *err = set->err.msg[0] ? NULL : &set->err;
		struct intel_db *db = db_at(set, i);
		struct intel_match one;
		int rc = db ? intel_db_find(db, q, arena, &one, err) : 0;

		if (rc == 2)
			return false;
		if (rc == 1 && !found) {
			*out = one;
			found = true;
		}
	}
	return found;
}

bool intel_find_digest(struct intel_set *set, enum indicator_kind kind,
		       const uint8_t *digest, uint64_t size, int64_t when,
		       struct arena *arena, struct intel_match *out)
{
	struct intel_query q = { .kind = kind,
				 .key = digest,
				 .len = indicator_digest_len(kind),
				 .port = -1,
				 .size = size,
				 .when = when };

	return find(set, &q, arena, out);
}

bool intel_find_sha256(struct intel_set *set, const uint8_t sha256[SHA256_LEN],
		       uint64_t size, int64_t when, struct arena *arena,
		       struct intel_match *out)
{
	return intel_find_digest(set, IND_SHA256, sha256, size, when, arena, out);
}

bool intel_find_md5(struct intel_set *set, const uint8_t md5[MD5_LEN], uint64_t size,
		    int64_t when, struct arena *arena, struct intel_match *out)
{
	return intel_find_digest(set, IND_MD5, md5, size, when, arena, out);
}

/* set->ind holds what is looked for. */
static bool find_ind(struct intel_set *set, int64_t when, struct arena *arena,
		     struct intel_match *out)
{
	struct intel_query q = { .kind = set->ind.kind,
				 .key = set->ind.key,
				 .len = set->ind.len,
				 .port = set->ind.port,
				 .size = SIZE_UNKNOWN,
				 .when = when };

	return find(set, &q, arena, out);
}

bool intel_find_address(struct intel_set *set, const char *address, int32_t port,
			int64_t when, struct arena *arena, struct intel_match *out)
{
	if (!intel_set_has(set, IND_ADDRESS) || !address ||
	    indicator_address(slice_str(address), &set->ind) != NULL)
		return false;
	set->ind.port = port;
	return find_ind(set, when, arena, out);
}

/* The name itself, and those above it but the topmost. */
static bool find_name(struct intel_set *set, int64_t when, struct arena *arena,
		      struct intel_match *out)
{
	for (;;) {
		struct indicator *ind = &set->ind;
		const uint8_t *dot = memchr(ind->key, '.', ind->len);
		size_t cut = dot ? (size_t)(dot + 1 - ind->key) : 0;

		if (find_ind(set, when, arena, out))
			return true;
		if (!dot || !memchr(dot + 1, '.', ind->len - cut))
			return false;
		memmove(ind->key, ind->key + cut, ind->len - cut);
		ind->len = (uint16_t)(ind->len - cut);
	}
}

static bool find_host(struct intel_set *set, struct slice host, int64_t when,
		      struct arena *arena, struct intel_match *out)
{
	const char *at = host.len ? memrchr(host.ptr, '@', host.len) : NULL;

	if (at)
		host = slice_skip(host, (size_t)(at + 1 - host.ptr));
	if (host.len == 0)
		return false;
	if (!indicator_address(host, &set->ind))
		return find_ind(set, when, arena, out);
	return intel_set_has(set, IND_DOMAIN) && !indicator_domain(host, &set->ind) &&
	       find_name(set, when, arena, out);
}

bool intel_find_word(struct intel_set *set, struct slice word, int64_t when,
		     struct arena *arena, struct intel_match *out)
{
	const char *scheme = word.len ? memmem(word.ptr, word.len, "://", 3) : NULL;
	struct slice host;
	size_t n = 0;

	if (!scheme)
		return find_host(set, word, when, arena, out);
	if (intel_set_has(set, IND_URL) && !indicator_url(word, &set->ind) &&
	    find_ind(set, when, arena, out))
		return true;
	host = slice_skip(word, (size_t)(scheme + 3 - word.ptr));
	while (n < host.len && !(host.ptr[n] && strchr("/?#", host.ptr[n])))
		n++;
	host.len = n;
	return find_host(set, host, when, arena, out);
}
