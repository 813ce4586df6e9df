/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/told.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/xalloc.h"

enum { TELL_EVERY_MS = 1000 }; /* of the records' time */

struct once {
	char *uid;
	uint64_t count, told_count;
	stamp_ms last, told_last;
	struct once *next; /* younger */
};

struct told {
	struct map *by_uid;
	struct once *oldest, *newest;
};

struct told *told_new(void)
{
	struct told *told = xcalloc(1, sizeof(*told));

	told->by_uid = map_new();
	return told;
}

static void forget_oldest(struct told *told)
{
	struct once *once = told->oldest;

	told->oldest = once->next;
	if (!told->oldest)
		told->newest = NULL;
	map_del(told->by_uid, slice_str(once->uid));
	free(once->uid);
	free(once);
}

void told_free(struct told **toldp)
{
	struct told *told = *toldp;

	if (!told)
		return;
	while (told->oldest)
		forget_oldest(told);
	map_free(&told->by_uid);
	free(told);
	*toldp = NULL;
}

static void tell(struct once *once, const struct finding_out *out)
{
	once->told_count = once->count;
	once->told_last = once->last;
	out->again(out->ctx, once->uid, once->count, once->last);
}

static void remember(struct told *told, const char *uid, stamp_ms time)
{
	struct once *once = xcalloc(1, sizeof(*once));

	if (map_count(told->by_uid) >= LIMIT_TOLD)
		forget_oldest(told);
	once->uid = xstrdup(uid);
	once->count = once->told_count = 1;
	once->last = once->told_last = time;
	map_put(told->by_uid, slice_str(uid), once);
	if (told->newest)
		told->newest->next = once;
	else
		told->oldest = once;
	told->newest = once;
}

bool told_before(struct told *told, const char *uid, stamp_ms time,
		 const struct finding_out *out)
{
	struct once *once = map_get(told->by_uid, slice_str(uid));

	if (!once) {
		remember(told, uid, time);
		return false;
	}
	once->count++;
	if (time > once->last)
		once->last = time;
	if (once->last - once->told_last >= TELL_EVERY_MS)
		tell(once, out);
	return true;
}

void told_finish(struct told *told, const struct finding_out *out)
{
	for (struct once *once = told->oldest; once; once = once->next)
		if (once->count != once->told_count)
			tell(once, out);
}
