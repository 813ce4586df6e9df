/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The containers of the world model, on their way to the store. */
#ifndef AUSPEX_ENGINE_CTRSTORE_H
#define AUSPEX_ENGINE_CTRSTORE_H

#include "base/err.h"
#include "manifest/set.h"
#include "state/state.h"
#include "store/store.h"

/* Those that have an id and changed since this was last called. */
int ctrstore_put(struct store *store, struct state *state, struct err *err);
/* How many containers could not be named, or not be judged by any manifest. */
int ctrstore_put_health(struct store *store, const struct state *state,
			const struct manifest_set *manifests, stamp_ms first,
			stamp_ms last, struct err *err);

#endif
