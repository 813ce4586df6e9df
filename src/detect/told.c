/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/told.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/xalloc.h"

enum { TELL_EVERY_MS = 1000 }; /* of the records' time */

void told_init(struct told *told, size_t size)
{
	*told = (struct told){ .by_uid = map_new(), .size = size };
}

static void forget_oldest(struct told *told)
{
	struct told_once *once = told->oldest;

	told->oldest = once->next;
	if (!told->oldest)
		told->newest = NULL;
	map_del(told->by_uid, slice_str(once->uid));
	free(once->uid);
	free(once);
}

void told_fini(struct told *told)
{
	while (told->oldest)
		forget_oldest(told);
	map_free(&told->by_uid);
}

struct told_once *told_get(const struct told *told, const char *uid)
{
	return map_get(told->by_uid, slice_str(uid));
}

struct told_once *told_add(struct told *told, const char *uid, stamp_ms time)
{
	struct told_once *once = xcalloc(1, told->size);

	if (map_count(told->by_uid) >= LIMIT_TOLD)
		forget_oldest(told);
	once->uid = xstrdup(uid);
	once->first = once->last = time;
	map_put(told->by_uid, slice_str(uid), once);
	if (told->newest)
		told->newest->next = once;
	else
		told->oldest = once;
	told->newest = once;
	return once;
}

void told_count(struct told_once *once, stamp_ms time)
{
	once->count++;
	if (time > once->last)
		once->last = time;
}

void told_now(struct told_once *once)
{
	once->told_count = once->count;
	once->told_last = once->last;
}

static void tell(struct told_once *once, const struct finding_out *out)
{
	told_now(once);
	out->again(out->ctx, once->uid, once->count, once->last);
}

void told_again(struct told_once *once, const struct finding_out *out)
{
	if (once->last - once->told_last >= TELL_EVERY_MS)
		tell(once, out);
}

bool told_before(struct told *told, const char *uid, stamp_ms time,
		 const struct finding_out *out)
{
	struct told_once *once = told_get(told, uid);
	bool before = once != NULL;

	if (!once)
		once = told_add(told, uid, time);
	told_count(once, time);
	if (before)
		told_again(once, out);
	else
		told_now(once);
	return before;
}

void told_finish(struct told *told, const struct finding_out *out)
{
	for (struct told_once *once = told->oldest; once; once = once->next)
		if (once->count != once->told_count)
			tell(once, out);
}

static const struct pack_type pack_told_once;
static const struct pack_field once_rows[] = {
	TOLD_ONCE_ROWS(struct told_once, , &pack_told_once),
};
static const struct pack_type pack_told_once =
	PACK_TABLE("told_once", struct told_once, once_rows);

static const struct pack_field told_rows[] = { TOLD_ROWS(&pack_told_once) };
const struct pack_type pack_told = PACK_TABLE("told", struct told, told_rows);
