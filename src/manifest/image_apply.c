/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layers, lowest first, become one tree, by their headers alone: a manifest
 * without digests. Beside each entry stands a node that knows its parent and
 * children, so that a whiteout costs no more than what it removes. What is
 * removed stays as an entry of the kind MF_GONE.
 *
 * A whiteout hides what the layers below have, never what its own layer adds,
 * in whatever order the two stand in the tar (OCI layer.md, "Whiteouts").
 * The directory of an entry is looked for through the links of the tree so
 * far, as container engines do it inside of the root.
 */
#include "manifest/image.h"

#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "manifest/limits.h"

/* Numbers are those of the manifest's entries; NONE: there is none. */
enum { NONE = UINT32_MAX };

struct node {
	const struct change *from; /* what brought a file's content */
	uint32_t parent, child, sibling;
	uint32_t layer;  /* that set it last; layers count from 1 */
	uint32_t below;  /* the last layer that set something below it */
	uint32_t masked; /* the last layer that hid all that is below it */
};

struct tree {
	struct image *image;
	struct manifest *m;
	struct node *nodes;
	size_t nnodes, cap;
	uint32_t layer;
};

static bool alive(struct tree *t, uint32_t i)
{
	return i != NONE && manifest_entry(t->m, i)->kind != MF_GONE;
}

/* The number of a path, alive or gone, or NONE. */
static uint32_t find(struct tree *t, const char *path)
{
	size_t i = manifest_index(t->m, path);

	return i == SIZE_MAX ? NONE : (uint32_t)i;
}

/* The next node in a walk of everything below top, or NONE. */
static uint32_t next_below(struct tree *t, uint32_t top, uint32_t i, bool into)
{
	if (into && t->nodes[i].child != NONE)
		return t->nodes[i].child;
	while (i != top && t->nodes[i].sibling == NONE)
		i = t->nodes[i].parent;
	return i == top ? NONE : t->nodes[i].sibling;
}

/* Everything below top is gone, whichever layer it is of. */
static void clear_below(struct tree *t, uint32_t top)
{
	uint32_t i = next_below(t, top, top, true);

	while (i != NONE) {
		bool was = alive(t, i);

		manifest_at(t->m, i)->kind = MF_GONE;
		i = next_below(t, top, i, was);
	}
}

/* Hides what the layers below have below top. */
static void mask_below(struct tree *t, uint32_t top)
{
	uint32_t i;

	if (t->nodes[top].masked == t->layer)
		return;
	t->nodes[top].masked = t->layer;
	for (i = next_below(t, top, top, true); i != NONE;) {
		struct node *n = &t->nodes[i];
		bool into = alive(t, i) && n->masked != t->layer;

		if (n->layer < t->layer && n->below < t->layer)
			manifest_at(t->m, i)->kind = MF_GONE;
		n->masked = t->layer;
		i = next_below(t, top, i, into);
	}
}

static int full(struct tree *t)
{
	return image_fail(t->image, "more than %d files: not read", MANIFEST_ENTRIES_MAX);
}

/* The node of a path whose parent is there; a new one is gone at first. */
static uint32_t make_node(struct tree *t, const char *path, uint32_t parent)
{
	struct manifest_entry *e;
	struct node *n;
	uint32_t i;
	bool added;

	e = manifest_put(t->m, slice_str(path), &added);
	if (!e)
		return NONE;
	i = (uint32_t)(e - manifest_entry(t->m, 0));
	if (!added)
		return i;
	e->kind = MF_GONE;
	if (t->nnodes == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->nodes = xreallocarray(t->nodes, t->cap, sizeof(*t->nodes));
	}
	n = &t->nodes[t->nnodes++];
	*n = (struct node){ .parent = parent, .child = NONE, .sibling = NONE };
	if (parent != NONE) {
		n->sibling = t->nodes[parent].child;
		t->nodes[parent].child = i;
	}
	return i;
}

/* This layer has set node i: it and the way to it stay. */
static void touch(struct tree *t, uint32_t i)
{
	t->nodes[i].layer = t->layer;
	for (i = t->nodes[i].parent; i != NONE && t->nodes[i].below != t->layer;
	     i = t->nodes[i].parent)
		t->nodes[i].below = t->layer;
}

/* The directory of that resolved path; made with all above it when missing. */
static int make_dirs(struct tree *t, char *path, uint32_t *out)
{
	uint32_t i = find(t, path), parent = 0;
	char *slash = path;

	if (alive(t, i) && manifest_entry(t->m, i)->kind == MF_DIR) {
		*out = i;
		return 0;
	}
	while (slash[1]) {
		slash = strchrnul(slash + 1, '/');
		char was = *slash;

		*slash = '\0';
		i = make_node(t, path, parent);
		if (i == NONE)
			return full(t);
		if (!alive(t, i)) {
			manifest_at(t->m, i)->kind = MF_DIR;
			manifest_at(t->m, i)->mode = 0755;
			touch(t, i);
		} else if (manifest_entry(t->m, i)->kind != MF_DIR) {
			return image_fail(t->image, "%s: is a file, and a directory too",
					  path);
		}
		*slash = was;
		parent = i;
		if (!was)
			break;
	}
	*out = parent;
	return 0;
}

/*
 * Where a change's path really is, links above it followed: the path itself
 * in real, its directory in *dir. For the root, which has none, NONE.
 */
static int place(struct tree *t, const char *path, bool make, char *real, uint32_t *dir)
{
	const char *base = strrchr(path, '/');
	struct slice parent = slice_make(path, (size_t)(base - path));
	size_t len;

	*dir = NONE;
	if (!base[1]) {
		memcpy(real, "/", 2);
		return 0;
	}
	if (!manifest_resolve(t->m, parent.len ? parent : SLICE_LIT("/"), true, real))
		return image_fail(t->image,
				  "%s: its directory is a circle of links, "
				  "or below a file",
				  path);
	if (make && make_dirs(t, real, dir) < 0)
		return -1;
	len = real[1] ? strlen(real) : 0;
	if (len + strlen(base) > MANIFEST_PATH_MAX)
		return image_fail(t->image, "%s: too long", path);
	memcpy(real + len, base, strlen(base) + 1);
	return 0;
}

static int set_entry(struct tree *t, const char *path, const struct manifest_entry *from,
		     const struct change *content)
{
	char real[MANIFEST_PATH_MAX + 1];
	struct manifest_entry *e;
	uint32_t dir, i;

	if (place(t, path, true, real, &dir) < 0)
		return -1;
	if (!real[1] && from->kind != MF_DIR)
		return image_fail(t->image, "/: is no directory: not an image");
	i = make_node(t, real, dir);
	if (i == NONE)
		return full(t);
	e = manifest_at(t->m, i);
	/* A directory over a directory keeps what is in it. */
	if (e->kind == MF_DIR && from->kind != MF_DIR)
		clear_below(t, i);
	path = e->path;
	*e = *from;
	e->path = path;
	if (from->link)
		e->link = manifest_strdup(t->m, slice_str(from->link));
	t->nodes[i].from = content;
	touch(t, i);
	return 0;
}

static int set_hardlink(struct tree *t, const struct change *c)
{
	char real[MANIFEST_PATH_MAX + 1];
	struct manifest_entry twin;
	uint32_t dir, i;

	if (place(t, c->entry.link, false, real, &dir) < 0)
		return -1;
	i = find(t, real);
	if (!alive(t, i) || manifest_entry(t->m, i)->kind == MF_DIR)
		return image_fail(t->image,
				  "%s: another name of %s, which is no file of the image",
				  c->entry.path, c->entry.link);
	twin = *manifest_entry(t->m, i);
	return set_entry(t, c->entry.path, &twin, t->nodes[i].from);
}

static int hide(struct tree *t, const struct change *c)
{
	char real[MANIFEST_PATH_MAX + 1];
	uint32_t dir, i;

	if (place(t, c->entry.path, false, real, &dir) < 0)
		return -1;
	i = find(t, real);
	if (!alive(t, i))
		return 0;
	mask_below(t, i);
	if (c->kind == CHANGE_WHITEOUT && t->nodes[i].layer < t->layer &&
	    t->nodes[i].below < t->layer)
		manifest_at(t->m, i)->kind = MF_GONE;
	return 0;
}

static int apply_change(struct tree *t, const struct change *c)
{
	switch (c->kind) {
	case CHANGE_SET: return set_entry(t, c->entry.path, &c->entry, c);
	case CHANGE_HARDLINK: return set_hardlink(t, c);
	default: return hide(t, c);
	}
}

static int apply_layer(struct tree *t, const struct image_layer *layer)
{
	for (size_t i = 0; i < layer->nchanges; i++) {
		if (apply_change(t, &layer->changes[i]) < 0 ||
		    image_check_time(t->image) < 0)
			return -1;
	}
	return 0;
}

static int cmp_files(const void *a, const void *b)
{
	const struct image_file *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* What is left: files to the list, the rest out. */
static int put_out(struct tree *t)
{
	struct image *image = t->image;
	const struct manifest_entry *e;

	image->files = xcalloc(manifest_count(t->m), sizeof(*image->files));
	for (uint32_t i = 0; i < manifest_count(t->m); i++) {
		e = manifest_entry(t->m, i);
		if (e->kind == MF_FILE)
			image->files[image->nfiles++] =
				(struct image_file){ t->nodes[i].from, e->path };
		else if (e->kind != MF_GONE &&
			 mtree_out_add(image->r->out, e, image->r->err) < 0)
			return -1;
	}
	qsort(image->files, image->nfiles, sizeof(*image->files), cmp_files);
	return 0;
}

/* What shares its changes with another layer is read with that one. */
static void rewind_layers(struct image *image)
{
	image->again = true;
	for (size_t i = 0; i < image->nlayers; i++)
		image->layers[i].have = image->layers[i].shared;
}

int image_apply(struct image *image)
{
	struct tree t = { .image = image, .m = image->r->manifest, .layer = 0 };
	uint32_t root = make_node(&t, "/", NONE);
	int rc = 0;

	assert(root == 0 && t.nodes); /* the first entry of an empty manifest */
	manifest_at(t.m, root)->kind = MF_DIR;
	manifest_at(t.m, root)->mode = 0755;
	for (size_t i = 0; rc == 0 && i < image->nlayers; i++) {
		t.layer++;
		rc = apply_layer(&t, &image->layers[i]);
	}
	if (rc == 0)
		rc = put_out(&t);
	free(t.nodes);
	rewind_layers(image);
	return rc;
}
