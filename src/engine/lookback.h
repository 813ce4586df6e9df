/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a database holds already, held against lists of indicators. */
#ifndef AUSPEX_ENGINE_LOOKBACK_H
#define AUSPEX_ENGINE_LOOKBACK_H

#include "intel/set.h"
#include "store/query.h"

struct lookback_counts {
	uint64_t contents, connections, commands; /* that were looked up */
};

/*
 * Makes the findings that there would have been had the lists been known
 * then, under the same uids. emit takes each over; it may put it into the
 * store. -1: the store failed, or emit did.
 */
int lookback_run(struct store *store, struct intel_set *intel,
		 int (*emit)(void *ctx, struct finding *finding, struct err *err),
		 void *ctx, struct lookback_counts *counts, struct err *err);

#endif
