/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records in words for people: calls, errors, flags, modes and addresses by
 * name, through libauparse. User and group names are given only where the
 * log itself has them (enriched), never from this machine's user database.
 */
#ifndef AUSPEX_AUDIT_INTERP_H
#define AUSPEX_AUDIT_INTERP_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/strbuf.h"

/*
 * Adds "SYSCALL arch=x86_64 syscall=execve ..." (no newline) to out. false,
 * and nothing added: the line is no record, or one that libauparse is not to
 * be trusted with. Control bytes come as octal; everything else that a
 * terminal may dislike is still the caller's to escape.
 */
bool interp_record(struct slice line, struct strbuf *out);

#endif
