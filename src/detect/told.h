/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a detector has told already: the same once more is a count, not a
 * finding. Bounded; the oldest is forgotten first, and told anew then.
 */
#ifndef AUSPEX_DETECT_TOLD_H
#define AUSPEX_DETECT_TOLD_H

#include "base/map.h"
#include "base/pack.h"
#include "detect/detector.h"

enum { LIMIT_TOLD = 100000 };

/*
 * One of them. A detector that remembers more of it has a struct of its own,
 * of which this is the first member, once.
 */
struct told_once {
	char *uid;
	uint64_t count, told_count;
	stamp_ms first, last, told_last;
	struct told_once *next; /* younger */
};

/* Its members are told.c's own. */
struct told {
	struct map *by_uid; /* struct told_once, or what begins with it */
	struct told_once *oldest, *newest;
	size_t size; /* of each */
};

/* For what a detector remembers, where it is a struct told_once; see detector.h. */
extern const struct pack_type pack_told;
/* Else the rows of struct told, and of T's member once; type: T's table. */
/* clang-format off */
#define TOLD_ROWS(type)                                                 \
	PACK_MAP(struct told, by_uid, type, .key = PACK_KEY_BYTES),     \
	PACK_REF(struct told, oldest, type),                            \
	PACK_REF(struct told, newest, type),                            \
	PACK_KEPT(struct told, size)
#define TOLD_ONCE_ROWS(T, once, type)                                   \
	PACK_TEXT(T, once uid),                                         \
	PACK_NUMBER(T, once count),                                     \
	PACK_NUMBER(T, once told_count),                                \
	PACK_NUMBER(T, once first),                                     \
	PACK_NUMBER(T, once last),                                      \
	PACK_NUMBER(T, once told_last),                                 \
	PACK_REF(T, once next, type)
/* clang-format on */

/* size: of a struct told_once, or of what begins with it. */
void told_init(struct told *told, size_t size);
void told_fini(struct told *told);
/*
 * Was a finding with that uid told before? Then it is counted, and out hears
 * of the count now and then. If not, it is from now on.
 */
bool told_before(struct told *told, const char *uid, stamp_ms time,
		 const struct finding_out *out);
/* out hears of every count that it has not heard of. */
void told_finish(struct told *told, const struct finding_out *out);

/* ---- its parts, for a detector that tells some of them anew ---- */

/* NULL: it was not told. */
struct told_once *told_get(const struct told *told, const char *uid);
/* Remembers it, with a count of 0; what stands behind once is zero. */
struct told_once *told_add(struct told *told, const char *uid, stamp_ms time);
/* It has happened once more. */
void told_count(struct told_once *once, stamp_ms time);
/* It was told now, with its count. */
void told_now(struct told_once *once);
/* It is not told anew: out hears of the count, now and then. */
void told_again(struct told_once *once, const struct finding_out *out);

#endif
