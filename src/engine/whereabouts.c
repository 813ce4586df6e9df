/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/whereabouts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "state/cgroup.h"
#include "state/procfs.h"

enum {
	READ_MS = 100,   /* for each reading of the files, in the long run */
	READ_BURST = 20, /* but so many at once: a container starts in no time */
	CGROUP_MAX = 16 << 10,
	PLACES = 1024,       /* a power of two */
	TRIES_AT_ONCE = 8,   /* a runtime writes its file when all is set up */
	TRY_AGAIN_MS = 5000, /* and later */
};

/* Control groups that were looked for in the files. */
struct looked_for {
	uint64_t key, last_ms;
	unsigned tries;
};

struct whereabouts {
	struct ctrfiles *files; /* NULL: not read yet */
	uint64_t read_until;    /* what was read is paid for up to then */
	struct looked_for known[PLACES];
	bool asked; /* there was a name that may be a container's */
	struct ctrfacts bare;
	char id[CGROUP_ID_MAX + 1];
};

struct whereabouts *whereabouts_new(void)
{
	return xcalloc(1, sizeof(struct whereabouts));
}

void whereabouts_free(struct whereabouts **w)
{
	if (!*w)
		return;
	ctrfiles_free(&(*w)->files);
	free(*w);
	*w = NULL;
}

static bool is_known(void *ctx, const char *id)
{
	struct whereabouts *w = ctx;

	w->asked = true;
	return w->files && ctrfiles_by_id(w->files, id);
}

/* The files disappear with the container: they are read as soon as it is seen. */
static void read_files(struct whereabouts *w, uint64_t now)
{
	struct ctrfiles *files;

	w->read_until = (w->read_until > now ? w->read_until : now) + READ_MS;
	if (ctrfiles_load_host(&files, NULL) != 0)
		return;
	ctrfiles_free(&w->files);
	w->files = files;
}

void whereabouts_read(struct whereabouts *w)
{
	read_files(w, mono_ms());
}

/* Are the files to be read because of that group? */
static bool is_worth_it(struct whereabouts *w, uint64_t key, uint64_t now)
{
	struct looked_for *known = &w->known[key & (PLACES - 1)];

	if (w->read_until >= now + READ_BURST * READ_MS)
		return false;
	if (known->key != key)
		*known = (struct looked_for){ .key = key };
	if (known->tries >= TRIES_AT_ONCE && now - known->last_ms < TRY_AGAIN_MS)
		return false;
	known->tries++;
	known->last_ms = now;
	return true;
}

const struct ctrfacts *whereabouts_find(struct whereabouts *w, int64_t pid, bool fresh,
					struct arena *arena)
{
	struct slice text = procfs_text(pid, "cgroup", CGROUP_MAX, arena);
	uint64_t key = hash_bytes(text.ptr ? text.ptr : "", text.len), now = mono_ms();
	const struct ctrfacts *facts;
	bool found;

	if (text.len == 0)
		return NULL;
	w->asked = false;
	found = cgroup_container(text, is_known, w, w->id);
	if (fresh && (found ? !is_known(w, w->id) : w->asked) &&
	    is_worth_it(w, key, now)) {
		read_files(w, now);
		found = cgroup_container(text, is_known, w, w->id);
	}
	if (!found)
		return NULL;
	facts = w->files ? ctrfiles_by_id(w->files, w->id) : NULL;
	w->bare = (struct ctrfacts){ .id = w->id };
	return facts ? facts : &w->bare;
}
