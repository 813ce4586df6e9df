/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Just so much of a record's line that those of the log can be laid beside
 * those of the stream: no field is looked for, which audit/record.c does.
 */
#ifndef AUSPEX_ENGINE_LOGLINE_H
#define AUSPEX_ENGINE_LOGLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* "node=NAME type=TYPE msg=audit(TIME:SERIAL): ..."; into the line. */
struct logline {
	struct slice node; /* with its name and the blank behind it, or empty */
	struct slice type, id;
};

/* false: it is no record. */
bool logline_read(struct slice line, struct logline *out);
/* Is it a record whose end is missing from within its id on? */
bool logline_is_torn(struct slice line);
/* In ms, of an id like "1795303558.915:42"; 0: it has none. */
int64_t logline_time(struct slice id);
/* Of a record: by its type and id. */
uint64_t logline_key(const struct logline *line);
/* Of its event: by host and id. */
uint64_t logline_event_key(const struct logline *line);
/* PROCTITLE: the last record of most events. */
bool logline_is_title(const struct logline *line);
/* Is it the same record? The log cuts what is long (MAX_AUDIT_MESSAGE_LENGTH). */
bool logline_same(struct slice stream, struct slice log);

#endif
