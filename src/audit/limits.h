/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every loop over input stops at one of these. */
#ifndef AUSPEX_AUDIT_LIMITS_H
#define AUSPEX_AUDIT_LIMITS_H

enum {
	/* MAX_AUDIT_MESSAGE_LENGTH is 8970 (libaudit.h); node and type come on top. */
	LIMIT_LINE = 64 * 1024,
	LIMIT_EVENT_RECORDS = 2048,
	LIMIT_EVENT_BYTES = 4 * 1024 * 1024,
	LIMIT_OPEN_EVENTS = 8192,
	LIMIT_OPEN_BYTES = 64 * 1024 * 1024,
	/* Later records after which an event without an end is handed out;
	 * the most that was measured inside one event is 756. */
	LIMIT_WINDOW = 1024,
	LIMIT_ARGS_KEPT = 1024,
	LIMIT_ARGV_BYTES = 64 * 1024,
	LIMIT_PATHS = 64,
};

#endif
