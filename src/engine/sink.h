/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where findings go: told apart by uid, with their records, to the store. */
#ifndef AUSPEX_ENGINE_SINK_H
#define AUSPEX_ENGINE_SINK_H

#include "detect/detector.h"
#include "engine/evidence.h"
#include "store/store.h"

struct sink;

/* All borrowed. */
struct sink *sink_new(struct store *store, const struct evidence *evidence,
		      const struct config *config);
/* From here on found() hears of each finding that was stored. */
void sink_tell(struct sink *sink, void (*found)(void *ctx, const struct finding *finding),
	       void *ctx);
void sink_free(struct sink **sink);
/* sink_content() will be called: findings are kept in mind for it. */
void sink_take_contents(struct sink *sink);
/* What a file holds that findings may be about: they get its digest. */
void sink_content(struct sink *sink, const struct content *content);
/* Notes what no detector speaks of: connections with other hosts. */
void sink_activity(struct sink *sink, const struct activity *act);
/* For detectors. */
struct finding_out sink_out(struct sink *sink);
/* 0, or -1 with the first error of the store. */
int sink_status(const struct sink *sink, struct err *err);
uint64_t sink_count(const struct sink *sink);
bool sink_has(const struct sink *sink, const char *uid);
/* What it keeps of findings, for saving. */
struct pack_root sink_memory(struct sink *sink);
/* false: nothing was found. */
bool sink_worst(const struct sink *sink, enum severity *out);

#endif
