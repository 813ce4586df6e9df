/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves of descriptor tables: entries by number, shared by the tables that
 * came from one another. Shared by fdtab.c, fdleaf.c and fdrest.c alone.
 */
#ifndef AUSPEX_STATE_FDLEAF_H
#define AUSPEX_STATE_FDLEAF_H

#include "state/fdtab.h"
#include "state/save.h"

enum {
	LEAF_MIN = 2,
	LEAF_MAX = 64,
};

struct leaf {
	uint32_t refs;
	uint16_t count, cap;
	struct fdrest *rest; /* owned; instead of the entries: cap is 0 then */
	struct fdent ents[];
};

struct leaf *leaf_new(struct memory *mem, uint32_t cap);
void leaf_unref(struct memory *mem, struct leaf *leaf);
/* The entries [from, from + count) of leaf in one of their own. */
struct leaf *leaf_copy(struct memory *mem, const struct leaf *leaf, uint32_t from,
		       uint32_t count, uint32_t cap);
/* Twice the room; leaf is moved, and nobody else may have it. */
struct leaf *leaf_grow(struct memory *mem, struct leaf *leaf);
/* Where fd stands in leaf, or would. */
uint32_t leaf_find(const struct leaf *leaf, int fd);
/* The same at rest or not: the lowest number, and how many there are. */
int leaf_first(const struct leaf *leaf);
uint32_t leaf_count(const struct leaf *leaf);

/* An entry that is put names its object; the reference is there already. */
void leaf_name(struct memory *mem, struct fdobj *obj);
/* And gives the reference back. */
void leaf_unname(struct memory *mem, struct fdobj *obj);

/* begins: owner holds nothing yet but what it was just given. */
void holder_add(struct memory *mem, struct fdobj *obj, struct proc *owner, bool begins);
void holder_drop(struct fdobj *obj, const struct proc *owner, bool wholly);

/* ---- at rest: fdrest.c ---- */

/* What the leaf, which is nobody else's and held by nobody, holds; it is gone. */
struct fdrest *fdrest_pack(struct memory *mem, struct leaf *leaf, struct evref base);
/* The same back; *rest is gone. */
struct leaf *fdrest_unpack(struct memory *mem, struct fdrest **rest, struct evref base);
/* The same, and rest stays for others. */
struct leaf *fdrest_copy(struct memory *mem, const struct fdrest *rest,
			 struct evref base);
int fdrest_first(const struct fdrest *rest);
/* Is any of it a stream, or marked close-on-exec? */
bool fdrest_has_streams(const struct fdrest *rest);
bool fdrest_has_marks(const struct fdrest *rest);

extern const struct pack_type pack_leaf;

#endif
