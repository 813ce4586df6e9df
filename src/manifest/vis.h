/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The encoding of names in mtree text: vis(3) of the BSDs. */
#ifndef AUSPEX_MANIFEST_VIS_H
#define AUSPEX_MANIFEST_VIS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "base/strbuf.h"

/*
 * Decodes octal (\040), C style (\n, \s), control (\^C) and meta (\M-a,
 * \M^a) escapes. out has room for s.len bytes, no NUL is added. false:
 * an escape that is none, or one that makes a NUL, which no name can hold.
 */
bool vis_decode(struct slice s, char *out, size_t *len);

/* Appends s with everything as \ooo that any mtree reader could mistake. */
void vis_encode(struct slice s, struct strbuf *out);

#endif
