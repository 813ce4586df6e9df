/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/contents.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/xalloc.h"

enum { LIMIT_CONTENTS = 8192 };

/* A file as one process had it. */
struct known {
	char *key;                        /* of the process and the path; NULL: none */
	char *sha256;                     /* or NULL */
	char *findings[CONTENT_FINDINGS]; /* uids of those about it; or NULL */
};

struct contents {
	struct map *map; /* struct known by its key */
	struct known ring[LIMIT_CONTENTS];
	size_t next;
};

struct contents *contents_new(void)
{
	struct contents *contents = xcalloc(1, sizeof(*contents));

	contents->map = map_new();
	return contents;
}

static void forget(struct contents *contents, struct known *known)
{
	if (!known->key)
		return;
	map_del(contents->map, slice_str(known->key));
	free(known->key);
	free(known->sha256);
	for (size_t i = 0; i < CONTENT_FINDINGS; i++)
		free(known->findings[i]);
	*known = (struct known){ NULL };
}

void contents_free(struct contents **contents)
{
	if (!*contents)
		return;
	for (size_t i = 0; i < LIMIT_CONTENTS; i++)
		forget(*contents, &(*contents)->ring[i]);
	map_free(&(*contents)->map);
	free(*contents);
	*contents = NULL;
}

/* The entry for that file of that process; the oldest makes way for a new one. */
static struct known *entry(struct contents *contents, const char *process,
			   const char *path)
{
	char *key = xasprintf("%s %s", process, path);
	struct known *known = map_get(contents->map, slice_str(key));

	if (known) {
		free(key);
		return known;
	}
	known = &contents->ring[contents->next++ % LIMIT_CONTENTS];
	forget(contents, known);
	known->key = key;
	map_put(contents->map, slice_str(key), known);
	return known;
}

static void wait_for(struct known *known, const char *uid)
{
	size_t i = 0;

	while (i < CONTENT_FINDINGS - 1 && known->findings[i] &&
	       strcmp(known->findings[i], uid) != 0)
		i++;
	free(known->findings[i]);
	known->findings[i] = xstrdup(uid);
}

void contents_fill(struct contents *contents, struct finding *finding)
{
	struct finding_target *target = (struct finding_target *)finding->target;
	struct known *known;

	if (!target || !target->path || target->sha256 || !finding->process ||
	    !finding->process->uid)
		return;
	known = entry(contents, finding->process->uid, target->path);
	if (known->sha256)
		target->sha256 = arena_strdup(&finding->arena, known->sha256);
	wait_for(known, finding->uid);
}

size_t contents_take(struct contents *contents, const struct content *content,
		     const char *uids[CONTENT_FINDINGS])
{
	struct known *known = entry(contents, content->proc->uid, content->path);
	size_t n = 0;

	free(known->sha256);
	known->sha256 = xstrdup(content->sha256);
	while (n < CONTENT_FINDINGS && known->findings[n]) {
		uids[n] = known->findings[n];
		n++;
	}
	return n;
}
