/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/told.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/pack.h"
#include "base/xalloc.h"

enum { TELL_EVERY_MS = 1000 }; /* of the records' time */

struct told_once {
	char *uid;
	uint64_t count, told_count;
	stamp_ms last, told_last;
	struct told_once *next; /* younger */
};

void told_init(struct told *told)
{
	*told = (struct told){ .by_uid = map_new() };
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

static void tell(struct told_once *once, const struct finding_out *out)
{
	once->told_count = once->count;
	once->told_last = once->last;
	out->again(out->ctx, once->uid, once->count, once->last);
}

static void remember(struct told *told, const char *uid, stamp_ms time)
{
	struct told_once *once = xcalloc(1, sizeof(*once));

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
	struct told_once *once = map_get(told->by_uid, slice_str(uid));

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
	for (struct told_once *once = told->oldest; once; once = once->next)
		if (once->count != once->told_count)
			tell(once, out);
}

static const struct pack_type pack_told_once;
static const struct pack_field once_rows[] = {
	PACK_TEXT(struct told_once, uid),
	PACK_NUMBER(struct told_once, count),
	PACK_NUMBER(struct told_once, told_count),
	PACK_NUMBER(struct told_once, last),
	PACK_NUMBER(struct told_once, told_last),
	PACK_REF(struct told_once, next, &pack_told_once),
};
static const struct pack_type pack_told_once =
	PACK_TABLE("told_once", struct told_once, once_rows);

static const struct pack_field told_rows[] = {
	PACK_MAP(struct told, by_uid, &pack_told_once, .key = PACK_KEY_BYTES),
	PACK_REF(struct told, oldest, &pack_told_once),
	PACK_REF(struct told, newest, &pack_told_once),
};
const struct pack_type pack_told = PACK_TABLE("told", struct told, told_rows);
