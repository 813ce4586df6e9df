/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Indicators from several files, to look things up in. */
#ifndef AUSPEX_INTEL_SET_H
#define AUSPEX_INTEL_SET_H

#include "base/digest.h"
#include "intel/import.h"

struct intel_set;

struct intel_set *intel_set_new(void);
void intel_set_free(struct intel_set **set);
/*
 * A file that `auspex intel import` has made, or a list as that takes it.
 * bad: as in struct intel_import; NULL: not told. now: ms.
 */
int intel_set_add(struct intel_set *set, const char *path, const struct intel_import *how,
		  struct err *err) MUST_CHECK;
/* Each gets what the other had. */
void intel_set_swap(struct intel_set *a, struct intel_set *b);
/*
 * Lets go of the files, so that the process can be forked. The next look-up
 * takes them up again, with what was imported meanwhile.
 */
void intel_set_suspend(struct intel_set *set);

/* Changes whenever look-ups may have other results than before. */
uint64_t intel_set_generation(const struct intel_set *set);

/* NULL is the empty set for all of these. */
bool intel_set_empty(const struct intel_set *set);
/* Is there any indicator of that kind? */
bool intel_set_has(struct intel_set *set, enum indicator_kind kind);

/*
 * true: it is an indicator, with texts in arena. What one list knows to be
 * good is none, whatever others say. when: ms, of what is judged. What could
 * not be looked up is not found; see intel_set_problem().
 */
bool intel_find_digest(struct intel_set *set, enum indicator_kind kind,
		       const uint8_t *digest, uint64_t size, int64_t when,
		       struct arena *arena, struct intel_match *out);
bool intel_find_sha256(struct intel_set *set, const uint8_t sha256[SHA256_LEN],
		       uint64_t size, int64_t when, struct arena *arena,
		       struct intel_match *out);
bool intel_find_md5(struct intel_set *set, const uint8_t md5[MD5_LEN], uint64_t size,
		    int64_t when, struct arena *arena, struct intel_match *out);
/* address as text; port -1: not known. */
bool intel_find_address(struct intel_set *set, const char *address, int32_t port,
			int64_t when, struct arena *arena, struct intel_match *out);
/*
 * A word of a command line: a URL, or a host's name or address, with a port
 * or not. Of a URL its host is looked up too; of a name all above it.
 */
bool intel_find_word(struct intel_set *set, struct slice word, int64_t when,
		     struct arena *arena, struct intel_match *out);

/* The first look-up that failed, or NULL. */
const char *intel_set_problem(const struct intel_set *set);

#endif
