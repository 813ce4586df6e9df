/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a detector has told already: the same once more is a count, not a
 * finding. Bounded; the oldest is forgotten first, and told anew then.
 */
#ifndef AUSPEX_DETECT_TOLD_H
#define AUSPEX_DETECT_TOLD_H

#include "detect/detector.h"

enum { LIMIT_TOLD = 100000 };

struct told_once;

/* Its members are told.c's own. */
struct told {
	struct map *by_uid; /* struct told_once */
	struct told_once *oldest, *newest;
};

/* For what a detector remembers; see detector.h. */
extern const struct pack_type pack_told;

void told_init(struct told *told);
void told_fini(struct told *told);
/*
 * Was a finding with that uid told before? Then it is counted, and out hears
 * of the count now and then. If not, it is from now on.
 */
bool told_before(struct told *told, const char *uid, stamp_ms time,
		 const struct finding_out *out);
/* out hears of every count that it has not heard of. */
void told_finish(struct told *told, const struct finding_out *out);

#endif
