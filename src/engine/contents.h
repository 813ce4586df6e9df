/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins findings with the digests of the files that they are about,
 * whichever comes first. Bounded: the oldest of both is forgotten.
 */
#ifndef AUSPEX_ENGINE_CONTENTS_H
#define AUSPEX_ENGINE_CONTENTS_H

#include "detect/detector.h"

struct contents;

struct contents *contents_new(void);
void contents_free(struct contents **contents);
/* A finding on its way to the store: gets the digest that is known, or waits. */
void contents_fill(struct contents *contents, struct finding *finding);
/* A digest: how many findings wait for it, and their uids. Borrowed. */
enum { CONTENT_FINDINGS = 4 };
size_t contents_take(struct contents *contents, const struct content *content,
		     const char *uids[CONTENT_FINDINGS]);

#endif
