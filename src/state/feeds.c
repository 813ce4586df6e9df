/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/feeds.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/xalloc.h"
#include "state/save.h"

struct feeds {
	struct map *by_pipe;
	struct feed *oldest, *newest;
	size_t count;
};

struct feeds *feeds_new(void)
{
	struct feeds *feeds = xcalloc(1, sizeof(*feeds));

	feeds->by_pipe = map_new();
	return feeds;
}

static void forget_oldest(struct feeds *feeds)
{
	struct feed *feed = feeds->oldest;

	feeds->oldest = feed->newer;
	if (!feeds->oldest)
		feeds->newest = NULL;
	if (map_get_u64(feeds->by_pipe, feed->pipe) == feed)
		map_del_u64(feeds->by_pipe, feed->pipe);
	feeds->count--;
	proc_unref(&feed->proc);
	free(feed->origin);
	free(feed);
}

void feeds_free(struct feeds **feedsp)
{
	struct feeds *feeds = *feedsp;

	if (!feeds)
		return;
	while (feeds->oldest)
		forget_oldest(feeds);
	map_free(&feeds->by_pipe);
	free(feeds);
	*feedsp = NULL;
}

void feeds_put(struct feeds *feeds, uint64_t pipe, struct proc *proc, uint64_t in,
	       const char *origin)
{
	struct feed *before = map_get_u64(feeds->by_pipe, pipe);
	struct feed *feed;

	if (pipe == in || (before && before->proc == proc && before->in == in && !origin))
		return;
	feed = xcalloc(1, sizeof(*feed));
	feed->pipe = pipe;
	feed->proc = proc_ref(proc);
	feed->in = in;
	feed->origin = origin ? xstrdup(origin) : NULL;
	map_put_u64(feeds->by_pipe, pipe, feed);
	if (feeds->newest)
		feeds->newest->newer = feed;
	else
		feeds->oldest = feed;
	feeds->newest = feed;
	if (++feeds->count > LIMIT_FEEDS)
		forget_oldest(feeds);
}

const struct feed *feeds_get(const struct feeds *feeds, uint64_t pipe)
{
	return pipe ? map_get_u64(feeds->by_pipe, pipe) : NULL;
}

const char *feeds_origin(const struct feeds *feeds, const struct file_write *write)
{
	uint64_t pipe = write->pipe;

	if (write->origin)
		return write->origin;
	if (write->act.proc && write->act.proc->peer)
		return write->act.proc->peer;
	for (int i = 0; i < LIMIT_FEED_CHAIN; i++) {
		const struct feed *feed = feeds_get(feeds, pipe);

		if (!feed)
			break;
		if (feed->origin)
			return feed->origin;
		if (feed->proc->peer)
			return feed->proc->peer;
		pipe = feed->in;
	}
	return NULL;
}

uint64_t fdobj_pipe(const struct fdobj *obj)
{
	if (obj->kind != FDOBJ_PIPE_READ && obj->kind != FDOBJ_PIPE_WRITE)
		return 0;
	/* One event makes one pipe; Fibonacci hashing keeps the times apart. */
	return (uint64_t)obj->birth.time * UINT64_C(0x9e3779b97f4a7c15) ^
	       obj->birth.serial;
}

/* ---- saving ---- */

static const struct pack_type pack_feed;
static const struct pack_field feed_rows[] = {
	PACK_NUMBER(struct feed, pipe),
	PACK_OWN(struct feed, proc, &pack_proc),
	PACK_NUMBER(struct feed, in),
	PACK_TEXT(struct feed, origin),
	PACK_REF(struct feed, newer, &pack_feed),
};
static const struct pack_type pack_feed = PACK_TABLE("feed", struct feed, feed_rows);

static const struct pack_field feeds_rows[] = {
	PACK_MAP(struct feeds, by_pipe, &pack_feed),
	PACK_REF(struct feeds, oldest, &pack_feed),
	PACK_REF(struct feeds, newest, &pack_feed),
	PACK_NUMBER(struct feeds, count),
};
const struct pack_type pack_feeds = PACK_TABLE("feeds", struct feeds, feeds_rows);
