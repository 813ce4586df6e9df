/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Points in time: milliseconds since 1970, UTC, as audit records count them.
 * All that is written and read is UTC, because logs travel between zones.
 */
#ifndef AUSPEX_BASE_STAMP_H
#define AUSPEX_BASE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

enum { STAMP_MAX = 32 }; /* room for either text, with its NUL */

/* "2026-11-21T23:25:58.915Z" */
void stamp_iso(int64_t ms, char out[STAMP_MAX]);
/* "2026-11-21 23:25:58", for tables */
void stamp_short(int64_t ms, char out[STAMP_MAX]);

/*
 * What a person writes for a time: "2026-11-21", "2026-11-21 23:25",
 * "2026-11-21T23:25:58.915Z", "+01:00" behind it, seconds since 1970
 * of nine digits and more ("1795303558.915"), "now", "today", "yesterday", "2 hours ago", "3d".
 * now: the present, in ms. false, *out untouched: it is none of these.
 */
bool stamp_parse(const char *text, int64_t now, int64_t *out);

#endif
