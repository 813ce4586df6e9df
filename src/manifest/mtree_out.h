/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A manifest on its way out as mtree(5) text, entry by entry. */
#ifndef AUSPEX_MANIFEST_MTREE_OUT_H
#define AUSPEX_MANIFEST_MTREE_OUT_H

#include <stdio.h>

#include "base/err.h"
#include "manifest/manifest_priv.h"

struct mtree_out;

struct mtree_out *mtree_out_new(void);
void mtree_out_free(struct mtree_out **out);

/* An entry, which is copied; a file's with the digest that it has, or none. */
int mtree_out_add(struct mtree_out *out, const struct manifest_entry *e, struct err *err);

/*
 * A file whose content comes now: e->size bytes, in as many pieces as it
 * likes. Its digest is made of them; what e says of one is not looked at.
 */
int mtree_out_begin(struct mtree_out *out, const struct manifest_entry *e,
		    struct err *err);
void mtree_out_data(struct mtree_out *out, const void *bytes, size_t len);
void mtree_out_end(struct mtree_out *out);

/*
 * Writes the text, with the notes of a manifest as its header comment; nothing
 * can be added afterwards. What goes wrong with the file is in its ferror().
 */
int mtree_out_finish(struct mtree_out *out, const struct manifest *notes, FILE *to,
		     struct err *err);

#endif
