/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/channels.h"

#include "base/map.h"

enum { SWEEP_EVERY = LIMIT_CHANNELS / 4 };

/* Those without an end tell nothing. */
static void sweep(struct map **map, bool numbers)
{
	struct map *kept = map_new();
	struct map_iter it = { 0 };
	struct slice key;
	void *value;

	while (map_next(*map, &it, &key, &value)) {
		struct channel *channel = value;

		if (channel->nends == 0)
			channel_let_go(channel);
		else if (numbers)
			map_put_u64(kept, (uint64_t)channel->pts, channel);
		else
			map_put(kept, key, channel);
	}
	map_free(map);
	*map = kept;
}

/* Is there room for one more? Where all are in use, not every time anew. */
static bool has_room(struct host *host, struct map **map, bool numbers)
{
	if (map_count(*map) < LIMIT_CHANNELS)
		return true;
	if (host->channels_refused++ % SWEEP_EVERY == 0)
		sweep(map, numbers);
	if (map_count(*map) < LIMIT_CHANNELS)
		return true;
	host->mem->lost[LOSS_CHANNELS]++;
	return false;
}

struct channel *channels_fifo(struct host *host, uint64_t dev, uint64_t inode,
			      struct evref at)
{
	uint64_t both[2] = { dev, inode };
	struct slice key = slice_make((const char *)both, sizeof(both));
	struct channel *channel = map_get(host->fifos, key);

	if (channel)
		return channel;
	channel = channel_new(at);
	if (has_room(host, &host->fifos, false)) {
		channel->held = true;
		map_put(host->fifos, key, channel);
	}
	return channel;
}

void channels_set_pty(struct host *host, uint64_t number, struct channel *channel)
{
	struct channel *before = map_get_u64(host->ptys, number);

	channel->pts = (int64_t)number;
	if (before == channel)
		return;
	if (!before && !has_room(host, &host->ptys, true))
		return;
	channel->held = true;
	map_put_u64(host->ptys, number, channel);
	if (before)
		channel_let_go(before);
}

struct channel *channels_pty(struct host *host, uint64_t number, struct evref at)
{
	struct channel *channel = map_get_u64(host->ptys, number);

	if (!channel) {
		channel = channel_new(at);
		channels_set_pty(host, number, channel);
	}
	return channel;
}
