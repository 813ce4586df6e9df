/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a field's raw value stands for. The kernel writes strings that a
 * user chose in quotes, or as hex where they hold a blank, a quote, a
 * control byte or one above 0x7e (audit_log_n_untrustedstring() in
 * kernel/audit.c); user space does the same (audit_encode_nv_string(3)).
 */
#ifndef AUSPEX_AUDIT_FIELD_H
#define AUSPEX_AUDIT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/* Is it a field whose unquoted value is hex? */
bool field_is_encoded(struct slice key);

/*
 * The bytes of an encoded field: without quotes (borrowed from raw), or from
 * hex (in arena). "(null)" gives the empty slice. Anything else is given as
 * it is: it is no string that the kernel wrote.
 */
struct slice field_text(struct slice raw, struct arena *arena);

/* Without quotes, if any; never looks for hex. */
struct slice field_unquoted(struct slice raw);

/* Even and not 0 in length, and hex digits only. */
bool field_is_hex(struct slice raw);
/* Writes raw.len / 2 bytes; raw must be hex. */
void field_unhex(struct slice raw, char *out);

/* How a table of fields reads a value into a struct. */
enum field_as {
	FIELD_SKIP,
	FIELD_U32, /* decimal; "-1" is 4294967295 */
	FIELD_U64,
	FIELD_I64,
	FIELD_HEX32,
	FIELD_HEX64,
	FIELD_OCT32,
	FIELD_RAW, /* struct slice, as it stands in the line */
};

enum { FIELD_KEY_MAX = 12 }; /* with its '=' */

struct field_spec {
	char key[FIELD_KEY_MAX]; /* with its '=', zeros behind it */
	uint8_t len;             /* of key */
	uint8_t as;              /* enum field_as */
	uint16_t offset;         /* in the struct */
};

#define FIELD_SPEC(key, as, type, member)                        \
	{                                                        \
		key "=", sizeof(key), as, offsetof(type, member) \
	}
/* Read into a struct slice alone. */
#define FIELD_SPEC_RAW(key)                        \
	{                                          \
		key "=", sizeof(key), FIELD_RAW, 0 \
	}
#define FIELD_SPEC_SKIP(key)                        \
	{                                           \
		key "=", sizeof(key), FIELD_SKIP, 0 \
	}

enum { FIELD_SPECS_MAX = 32 };

/*
 * Reads the fields that specs (at most FIELD_SPECS_MAX) name into *out. The
 * first of equal keys counts; a value that is not of its kind leaves its
 * member alone. Fastest when specs stand in the order of the record. Returns
 * the set of specs that were read, as bits.
 */
uint32_t fields_read(struct slice body, const struct field_spec *specs, size_t nspecs,
		     void *out);

/*
 * The same for the fields that rest begins with, while they stand in the
 * order of specs (some may be missing) and have values of the usual form;
 * leaves rest at the first that does not.
 */
uint32_t fields_begin(struct slice *rest, const struct field_spec *specs, size_t nspecs,
		      void *out);

#endif
