/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of an audit log, cut into slices without copying, and its fields.
 * Nothing here allocates, logs or keeps anything; all slices point into the
 * line. Any bytes are allowed as input.
 */
#ifndef AUSPEX_AUDIT_RECORD_H
#define AUSPEX_AUDIT_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct record {
	struct slice line;     /* the whole line, no newline */
	struct slice node;     /* value of node=, or empty */
	struct slice body;     /* after "audit(...): ", without the enriched part */
	struct slice enriched; /* after the 0x1D that auditd puts there (or the space
				* that a forwarder makes of it), or empty */
	uint64_t sec;
	uint32_t msec;
	uint32_t serial;
	uint16_t type; /* AUDIT_*, or RECORD_TYPE_OTHER (names.h); never 0 */
};

/*
 * Cuts a line (without its newline). false: this is no audit record
 * (nothing of *out is then to be used); the caller counts it.
 */
bool record_scan(struct slice line, struct record *out);

struct field {
	struct slice key;
	struct slice value; /* raw: with its quotes, if any */
};

/*
 * Walks "key=value" pairs of rest (a record's body or enriched part), and
 * leaves rest behind the pair. false at the end. Text without a '=' is
 * passed over, but for "old" and "new" directly before a key, which are part
 * of it ("old auid"). The msg='...' of user-space records is one field whose value
 * includes its quotes: field_inner() gives what is inside, and inner fields
 * never show up as outer ones.
 */
bool field_next(struct slice *rest, struct field *out);

/*
 * For a rest that begins behind the '=' of a key: returns the value, and
 * leaves rest behind it. rest may be empty, but not NULL.
 */
struct slice field_value(struct slice *rest, struct slice key);

/*
 * For the value of msg=: gives what is inside of the quotes, to be walked
 * with field_next(). false: the value is not quoted so.
 */
bool field_inner(struct slice value, struct slice *rest);

#endif
