/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers and names of record types, calls and architectures, from
 * libaudit's tables; names.c is the only file that knows libaudit.
 */
#ifndef AUSPEX_AUDIT_NAMES_H
#define AUSPEX_AUDIT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* The type of a record whose type's name is not known here. */
enum { RECORD_TYPE_OTHER = 0xffff };

enum call {
	CALL_NONE, /* no call that state follows */
#define CALL(NAME, name) CALL_##NAME,
#include "audit/calls.def"
#undef CALL
	CALL_MAX
};

/* "SYSCALL", "UNKNOWN[1420]" or "1420" -> number; 0: not a known type. */
uint16_t record_type_number(struct slice name);
/* Borrowed, or NULL. */
const char *record_type_name(uint16_t type);
/* The call with that number on that arch (AUDIT_ARCH_*); x32 numbers too. */
enum call call_of(uint32_t arch, uint32_t nr);
/* libaudit's name of any call, or NULL; borrowed. */
const char *call_name(uint32_t arch, uint32_t nr);
/* The number of a call of libaudit's tables on that arch, or -1. */
int call_number(uint32_t arch, const char *name);
/* Does this libaudit know the filter list for io_uring (3.1 and later)? */
bool knows_io_uring_rules(void);
/* "x86_64"; NULL when not known. */
const char *arch_name(uint32_t arch);
/* Of what the kernel copies as it is: socket addresses. */
bool arch_big_endian(uint32_t arch);

#endif
