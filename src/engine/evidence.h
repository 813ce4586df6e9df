/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The raw text of recent events, so that a finding can carry the records
 * that prove it. Two rings of fixed size: one for everything, and one for
 * what proofs often reach far back to (connections and program starts),
 * which the everyday traffic cannot push out.
 */
#ifndef AUSPEX_ENGINE_EVIDENCE_H
#define AUSPEX_ENGINE_EVIDENCE_H

#include "base/zip.h"
#include "state/activity.h"

struct evidence;

struct evidence *evidence_new(void);
void evidence_free(struct evidence **evidence);
void evidence_add(struct evidence *evidence, const struct activity *act);
/* Sets raw of every event of the finding's that is still here. */
void evidence_fill(const struct evidence *evidence, struct finding *finding);
/* How many bytes evidence_save() gives. */
size_t evidence_size(const struct evidence *evidence);
/* All of it as bytes, for the same build. */
void evidence_save(const struct evidence *evidence, struct zip *out);
/* Into a new one; false: damaged, and evidence is still new. */
bool evidence_load(struct evidence *evidence, struct slice bytes);

#endif
