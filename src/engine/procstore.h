/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of the world model, on their way to the store. */
#ifndef AUSPEX_ENGINE_PROCSTORE_H
#define AUSPEX_ENGINE_PROCSTORE_H

#include "base/err.h"
#include "state/state.h"
#include "store/store.h"

/* Those that changed since this was last called, with their new images. */
int procstore_put(struct store *store, struct state *state, struct err *err);
/* What stood in the environment as proc began to run image. */
int procstore_put_env(struct store *store, const struct proc *proc,
		      const struct image *image, const char *const *env, size_t nenv,
		      struct err *err);

#endif
