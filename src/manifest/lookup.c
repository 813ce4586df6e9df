/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Path resolution inside of the image, as link_path_walk() of the kernel's
 * fs/namei.c does it on the live tree: component by component, a link's
 * target goes before what is left of the path. A directory that the
 * manifest does not list is taken to be a plain one, because a manifest may
 * list files only.
 */
#include "manifest/manifest_priv.h"

#include "manifest/limits.h"

/* Longest path yet to be walked: one path and a link target before it. */
enum { REST_MAX = 2 * (MANIFEST_PATH_MAX + 1) };

struct walk {
	const struct manifest *manifest;
	int hops;
	size_t len; /* of done; 0: the root */
	size_t at;  /* where the rest begins in rest, which ends at REST_MAX */
	char done[MANIFEST_PATH_MAX + 1];
	char rest[REST_MAX];
};

static bool prepend(struct walk *w, struct slice s)
{
	if (s.len > w->at)
		return false;
	w->at -= s.len;
	memcpy(w->rest + w->at, s.ptr, s.len);
	return true;
}

/* The next component, empty at the end; *more: slashes follow it. */
static struct slice next_component(struct walk *w, bool *more)
{
	struct slice name;

	while (w->at < REST_MAX && w->rest[w->at] == '/')
		w->at++;
	name.ptr = w->rest + w->at;
	while (w->at < REST_MAX && w->rest[w->at] != '/')
		w->at++;
	name.len = (size_t)(w->rest + w->at - name.ptr);
	*more = w->at < REST_MAX;
	return name;
}

static void step_up(struct walk *w)
{
	while (w->len && w->done[--w->len] != '/')
		;
}

static bool step_down(struct walk *w, struct slice name)
{
	if (w->len + 1 + name.len > MANIFEST_PATH_MAX)
		return false;
	w->done[w->len++] = '/';
	memcpy(w->done + w->len, name.ptr, name.len);
	w->len += name.len;
	return true;
}

/* Puts a link's target in the place of the link, which done ends with. */
static bool follow(struct walk *w, const char *target)
{
	if (!*target || ++w->hops > MANIFEST_HOPS_MAX)
		return false;
	step_up(w);
	if (*target == '/')
		w->len = 0;
	return prepend(w, slice_str(target));
}

static const struct manifest_entry *here(const struct walk *w)
{
	const struct manifest_entry *e;

	e = manifest_get(w->manifest,
			 w->len ? slice_make(w->done, w->len) : SLICE_LIT("/"));
	return e && e->kind != MF_GONE ? e : NULL;
}

/* false: the way is barred. */
static bool walk(struct walk *w, bool follow_last)
{
	const struct manifest_entry *e;
	struct slice name;
	bool more;

	while ((name = next_component(w, &more)).len) {
		if (slice_eq_str(name, "."))
			continue;
		if (slice_eq_str(name, "..")) {
			step_up(w);
			continue;
		}
		if (!step_down(w, name))
			return false;
		if (!more && !follow_last)
			break;
		e = here(w);
		if (e && e->kind == MF_LINK) {
			if (!follow(w, e->link))
				return false;
		} else if (e && e->kind != MF_DIR && more) {
			return false;
		}
	}
	return true;
}

static bool start(struct walk *w, const struct manifest *manifest, struct slice path)
{
	w->manifest = manifest;
	w->hops = 0;
	w->len = 0;
	w->at = REST_MAX;
	return prepend(w, path);
}

static const struct manifest_entry *find(const struct manifest *manifest,
					 struct slice path, bool follow_last)
{
	const struct manifest_entry *e;
	struct walk w;

	if (path.len == 0 || path.len > MANIFEST_PATH_MAX || path.ptr[0] != '/' ||
	    memchr(path.ptr, '\0', path.len))
		return NULL;
	/* Entries are normalised: what matches to the letter needs no walk. */
	e = manifest_get(manifest, path);
	if (e && (e->kind != MF_LINK || !follow_last))
		return e;
	return start(&w, manifest, path) && walk(&w, follow_last) ? here(&w) : NULL;
}

bool manifest_resolve(const struct manifest *manifest, struct slice path,
		      bool follow_last, char *out)
{
	struct walk w;

	if (!start(&w, manifest, path) || !walk(&w, follow_last))
		return false;
	if (w.len == 0)
		w.done[w.len++] = '/';
	memcpy(out, w.done, w.len);
	out[w.len] = '\0';
	return true;
}

const struct manifest_entry *manifest_find(const struct manifest *manifest,
					   struct slice path)
{
	return find(manifest, path, true);
}

const struct manifest_entry *manifest_find_nofollow(const struct manifest *manifest,
						    struct slice path)
{
	return find(manifest, path, false);
}
