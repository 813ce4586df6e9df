/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/idle.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "state/container.h"
#include "state/mounts.h"
#include "state/proc_priv.h"
#include "state/save.h"

/* With its place in the index. */
enum { IDLE_COST = sizeof(struct idle) + 8, BATCH = 32, INDEX_MIN = 1024 };
_Static_assert(LIMIT_HOSTS <= UINT16_MAX, "idle->host");

/* ---- where they are ---- */

static struct idle *at(const struct idles *idles, uint32_t number)
{
	return number ? &idles->chunks[(number - 1) / IDLE_CHUNK]
				 ->at[(number - 1) % IDLE_CHUNK]
		      : NULL;
}

static uint32_t *slot_of(const struct idles *idles, uint16_t host, uint32_t pid)
{
	uint64_t hash = hash_u64((uint64_t)host << 32 | pid);

	return &idles->index[hash & (idles->nindex - 1)];
}

static void make_index(struct idles *idles)
{
	uint32_t n = INDEX_MIN;

	while (n < idles->count)
		n *= 2;
	n = idles->nindex ? 2 * n : n;
	free(idles->index);
	idles->index = xcalloc(n, sizeof(*idles->index));
	idles->nindex = n;
	for (uint32_t i = idles->oldest; i; i = at(idles, i)->newer) {
		uint32_t *slot = slot_of(idles, at(idles, i)->host, at(idles, i)->pid);

		at(idles, i)->next = *slot;
		*slot = i;
	}
}

static uint32_t find(struct idles *idles, const struct host *host, int64_t pid)
{
	uint32_t i;

	if (!idles->count || pid < 0 || pid > UINT32_MAX)
		return 0;
	if (!idles->nindex)
		make_index(idles);
	i = *slot_of(idles, (uint16_t)host->number, (uint32_t)pid);
	while (i && (at(idles, i)->pid != pid || at(idles, i)->host != host->number))
		i = at(idles, i)->next;
	return i;
}

static void add_chunk(struct idles *idles)
{
	uint32_t first = idles->nchunks * IDLE_CHUNK;
	struct idle_chunk *chunk = xcalloc(1, sizeof(*chunk));

	if (idles->nchunks == idles->chunks_cap) {
		idles->chunks_cap = idles->chunks_cap ? idles->chunks_cap * 2 : 4;
		idles->chunks = xreallocarray(idles->chunks, idles->chunks_cap,
					      sizeof(struct idle_chunk *));
	}
	idles->chunks[idles->nchunks++] = chunk;
	for (uint32_t i = IDLE_CHUNK; i-- > 0;) {
		chunk->at[i].next = idles->free;
		idles->free = first + i + 1;
	}
}

/* idle, as the newest of all. */
static void add(struct idles *idles, const struct idle *idle)
{
	uint32_t *slot, number;
	struct idle *place;

	if (!idles->free)
		add_chunk(idles);
	if (!idles->nindex || idles->count >= idles->nindex)
		make_index(idles);
	number = idles->free;
	place = at(idles, number);
	idles->free = place->next;
	*place = *idle;
	slot = slot_of(idles, place->host, place->pid);
	place->next = *slot;
	*slot = number;
	place->older = idles->newest;
	*(place->older ? &at(idles, place->older)->newer : &idles->oldest) = number;
	idles->newest = number;
	if (!idles->laden && (place->rest || place->fds))
		idles->laden = number;
	idles->count++;
}

/* Out of all tables; what it owns is the caller's. */
static struct idle take_out(struct idles *idles, uint32_t number)
{
	struct idle *idle = at(idles, number), taken = *idle;
	uint32_t *slot;

	if (!idles->nindex)
		make_index(idles);
	slot = slot_of(idles, idle->host, idle->pid);
	while (*slot != number)
		slot = &at(idles, *slot)->next;
	*slot = idle->next;
	*(idle->older ? &at(idles, idle->older)->newer : &idles->oldest) = idle->newer;
	*(idle->newer ? &at(idles, idle->newer)->older : &idles->newest) = idle->older;
	if (idles->laden == number)
		idles->laden = idle->newer;
	*idle = (struct idle){ .next = idles->free };
	idles->free = number;
	idles->count--;
	return taken;
}

/* ---- uids ---- */

static uint8_t nibble(char c)
{
	return (uint8_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
}

static void pack_uid(const char *hex, uint8_t *out)
{
	for (int i = 0; i < PROC_UID_HEX / 2; i++)
		out[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
}

static void unpack_uid(const uint8_t *uid, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < PROC_UID_HEX / 2; i++) {
		out[2 * i] = digits[uid[i] >> 4];
		out[2 * i + 1] = digits[uid[i] & 0xf];
	}
}

/* ---- what they run ---- */

/* Many run the same: they share one. A new reference; NULL: not known. */
static struct image *sketch_of(struct proctab *tab, const struct image *image)
{
	struct image *sketch;
	struct strbuf key;

	if (!image->exe)
		return NULL;
	strbuf_init(&key);
	strbuf_add(&key, image->exe, strlen(image->exe) + 1);
	strbuf_add_str(&key, image->comm ? image->comm : "");
	sketch = map_get(tab->sketches, strbuf_slice(&key));
	if (!sketch && map_count(tab->sketches) < LIMIT_SKETCHES) {
		sketch = image_new();
		sketch->exe = xstrdup(image->exe);
		sketch->comm = image->comm ? xstrdup(image->comm) : NULL;
		image_count(sketch, &tab->mem);
		map_put(tab->sketches, strbuf_slice(&key), sketch);
	}
	strbuf_fini(&key);
	return sketch ? image_ref(sketch) : NULL;
}

static struct image *image_from(struct proctab *tab, const struct idle *idle)
{
	struct image *image = image_new();

	image->seq = idle->images;
	if (idle->sketch) {
		image->exe = xstrdup(idle->sketch->exe);
		image->comm = idle->sketch->comm ? xstrdup(idle->sketch->comm) : NULL;
	}
	image_count(image, &tab->mem);
	return image;
}

/* ---- what few have ---- */

static size_t cost_of(const struct idle *idle)
{
	const struct idle_more *more = idle->more;

	return IDLE_COST +
	       (more ? sizeof(*more) + MALLOC_COST + memory_text(more->root) : 0);
}

static bool is_own_uid(const struct proc *proc)
{
	char uid[PROC_UID_HEX + 1];

	proc_make_uid(proc, uid);
	return strcmp(uid, proc->uid) == 0;
}

static struct idle_more *more_of(const struct proc *proc)
{
	bool has_uid = !is_own_uid(proc);
	struct idle_more *more;

	if (!proc->container && !proc->root && !has_uid)
		return NULL;
	more = xcalloc(1, sizeof(*more));
	more->root = proc->root ? xstrdup(proc->root) : NULL;
	more->container = proc->container;
	more->container_via = proc->container_via;
	more->has_uid = has_uid;
	pack_uid(proc->uid, more->uid);
	if (more->container)
		more->container->users++;
	return more;
}

static void free_more(struct idle_more *more)
{
	if (!more)
		return;
	if (more->container)
		more->container->users--;
	free(more->root);
	free(more);
}

/* ---- in and out ---- */

static void unload(struct proctab *tab, struct idle *idle)
{
	fdrest_free(&tab->mem, &idle->rest);
	fdtab_unref(&idle->fds);
}

static void forget(struct proctab *tab, uint32_t number)
{
	struct idle idle = take_out(&tab->idles, number);

	tab->mem.bytes -= cost_of(&idle);
	tab->mem.resting -= cost_of(&idle);
	unload(tab, &idle);
	if (idle.sketch)
		image_unref(&idle.sketch);
	free_more(idle.more);
}

/* Is it known all around, and the store has all of it? */
static bool may_go(const struct proc *proc)
{
	return !proc->listed && !proc->nforks && !proc->role && !proc->files_of &&
	       proc->pid >= 0 && proc->pid <= UINT32_MAX;
}

static void rest_fds(struct proctab *tab, struct proc *proc, struct idle *idle)
{
	fdtab_release(proc->fds, proc);
	idle->rest = fdtab_rest(&proc->fds, proc->started);
	idle->fds = proc->fds;
	proc->fds = fdtab_new(&tab->mem);
}

/* Its children, and what it did to files, still refer to what it was. */
bool idle_put(struct proctab *tab, struct proc *proc)
{
	struct idle idle;

	if (!may_go(proc))
		return false;
	idle = (struct idle){
		.host = (uint16_t)proc->host->number,
		.pid = (uint32_t)proc->pid,
		.started = proc->started.time,
		.serial = proc->started.serial,
		.ppid = (int32_t)proc->ppid,
		.images = proc->image->seq - proc->first_seq,
		.sketch = sketch_of(tab, proc->image),
		.more = more_of(proc),
		.pidns = proc->pidns,
		.auid = proc->cred.auid,
		.ses = proc->cred.ses,
		.observed = proc->observed,
		.start_seen = proc->start_seen,
		.made_thread = proc->made_thread,
	};
	rest_fds(tab, proc, &idle);
	tab->mem.bytes += cost_of(&idle);
	tab->mem.resting += cost_of(&idle);
	add(&tab->idles, &idle);
	tab->mem.lost[LOSS_IDLE]++;
	proctab_put_away(tab, proc);
	if (tab->idles.count > LIMIT_IDLE)
		idle_forget_oldest(tab);
	return true;
}

/* The parent that it had, if that is still there: others may have its pid. */
static struct proc *parent_of(const struct host *host, const struct idle *idle)
{
	struct proc *parent = proctab_find(host, idle->ppid);

	if (!parent || parent->started.time > idle->started)
		return NULL;
	return parent;
}

static void take_more(struct proc *proc, const struct idle_more *more)
{
	if (!more)
		return;
	if (more->has_uid)
		unpack_uid(more->uid, proc->uid);
	proc_set(proc, &proc->root, slice_str(more->root));
	if (more->container)
		container_put_in(proc, more->container,
				 (enum container_via)more->container_via);
}

static struct proc *wake(struct proctab *tab, struct host *host, uint32_t number)
{
	struct idle *idle = at(&tab->idles, number);
	struct evref started = { idle->started, idle->serial };
	struct proc *proc = proctab_add(tab, host, idle->pid, started);
	struct proc *parent = parent_of(host, idle);

	proc->parent = parent ? proc_ref(parent) : NULL;
	proc->ppid = idle->ppid;
	proc->observed = idle->observed;
	proc->start_seen = idle->start_seen;
	proc->made_thread = idle->made_thread;
	proc->pidns = idle->pidns;
	proc->fds = idle->fds ? fdtab_ref(idle->fds)
			      : fdtab_of_rest(&tab->mem, &idle->rest, started);
	fdtab_hold(proc->fds, proc);
	proc->image = image_from(tab, idle);
	proc->told_seq = idle->images;
	proc->cred.auid = idle->auid;
	proc->cred.ses = idle->ses;
	proc->last = started;
	if (parent && parent->mounts) {
		mounts_unref(&proc->mounts);
		proc->mounts = mounts_ref(parent->mounts);
	}
	take_more(proc, idle->more);
	proc->looked_at = true;
	forget(tab, number);
	return proc;
}

struct proc *idle_take(struct proctab *tab, struct host *host, int64_t pid)
{
	uint32_t line[LIMIT_LINE], number = find(&tab->idles, host, pid);
	struct proc *proc = NULL;
	int n = 0;

	/* Its ancestors first, so that they are there to be its parents. */
	while (number && n < LIMIT_LINE) {
		const struct idle *idle = at(&tab->idles, number);

		if (n && (number == line[n - 1] ||
			  idle->started > at(&tab->idles, line[n - 1])->started))
			break;
		line[n++] = number;
		number = find(&tab->idles, host, idle->ppid);
	}
	while (n-- > 0)
		proc = wake(tab, host, line[n]);
	return proc;
}

void idle_forget_host(struct proctab *tab, const struct host *host)
{
	uint32_t newer;

	for (uint32_t i = tab->idles.oldest; i; i = newer) {
		newer = at(&tab->idles, i)->newer;
		if (at(&tab->idles, i)->host == host->number)
			forget(tab, i);
	}
}

void idle_forget_oldest(struct proctab *tab)
{
	tab->mem.lost[LOSS_PROCESSES]++;
	forget(tab, tab->idles.oldest);
}

void idle_fini(struct proctab *tab)
{
	struct map_iter it = { 0 };
	void *value;

	while (tab->idles.oldest)
		forget(tab, tab->idles.oldest);
	for (uint32_t i = 0; i < tab->idles.nchunks; i++)
		free(tab->idles.chunks[i]);
	free(tab->idles.chunks);
	free(tab->idles.index);
	while (map_next(tab->sketches, &it, NULL, &value)) {
		struct image *sketch = value;

		image_unref(&sketch);
	}
	map_free(&tab->sketches);
}

/* ---- making room ---- */

void proctab_make_room(struct proctab *tab)
{
	const struct memory *mem = &tab->mem;

	for (int i = 0; i < BATCH && tab->oldest && mem->bytes > LIMIT_STATE_BYTES &&
			mem->bytes - mem->resting > LIMIT_STATE_AWAKE;
	     i++) {
		struct proc *proc = tab->oldest;

		if (!idle_put(tab, proc))
			proctab_active(tab, proc); /* it gets its turn again */
	}
}

static void unload_oldest(struct proctab *tab)
{
	struct idle *idle = at(&tab->idles, tab->idles.laden);

	tab->mem.lost[LOSS_FDS] += idle->rest  ? fdrest_count(idle->rest)
				   : idle->fds ? fdtab_count(idle->fds)
					       : 0;
	unload(tab, idle);
	tab->idles.laden = idle->newer;
}

/* Their descriptors first, then themselves. */
void proctab_forget_idle(struct proctab *tab)
{
	for (int i = 0; i < BATCH && tab->idles.count; i++) {
		if (tab->idles.laden)
			unload_oldest(tab);
		else
			idle_forget_oldest(tab);
	}
}

/* ---- saving ---- */

static const struct pack_field more_rows[] = {
	PACK_TEXT(struct idle_more, root),
	PACK_REF(struct idle_more, container, &pack_container),
	PACK_FLAT(struct idle_more, uid),
	PACK_NUMBER(struct idle_more, has_uid),
	PACK_NUMBER(struct idle_more, container_via),
};
static const struct pack_type pack_more =
	PACK_TABLE("idle_more", struct idle_more, more_rows);

static const struct pack_field idle_rows[] = {
	PACK_REF(struct idle, rest, &pack_fdrest),
	PACK_OWN(struct idle, fds, &pack_fdtab),
	PACK_OWN(struct idle, sketch, &pack_image),
	PACK_REF(struct idle, more, &pack_more),
	PACK_NUMBER(struct idle, started),
	PACK_NUMBER(struct idle, serial),
	PACK_NUMBER(struct idle, pid),
	PACK_NUMBER(struct idle, ppid),
	PACK_NUMBER(struct idle, auid),
	PACK_NUMBER(struct idle, ses),
	PACK_NUMBER(struct idle, images),
	PACK_NUMBER(struct idle, newer),
	PACK_NUMBER(struct idle, older),
	PACK_NUMBER(struct idle, next),
	PACK_NUMBER(struct idle, host),
	PACK_NUMBER(struct idle, pidns), /* and the bits behind it */
};
static const struct pack_type pack_idle = PACK_TABLE("idle", struct idle, idle_rows);

static bool is_number(const struct idles *idles, uint32_t number)
{
	return number <= (uint64_t)idles->nchunks * IDLE_CHUNK;
}

static bool settle_chunk(struct unpacker *unpacker, void *obj)
{
	const struct proctab *tab = unpack_root(unpacker, &pack_proctab);
	const struct idle_chunk *chunk = obj;

	for (int i = 0; tab && i < IDLE_CHUNK; i++) {
		const struct idle *idle = &chunk->at[i];

		if (!is_number(&tab->idles, idle->newer) ||
		    !is_number(&tab->idles, idle->older) ||
		    !is_number(&tab->idles, idle->next))
			return false;
	}
	return tab != NULL;
}

static const struct pack_field chunk_rows[] = {
	PACK_PARTS(struct idle_chunk, at, &pack_idle),
};
static const struct pack_type pack_chunk = {
	.name = "idle_chunk",
	.size = sizeof(struct idle_chunk),
	.fields = chunk_rows,
	.nfields = sizeof(chunk_rows) / sizeof(chunk_rows[0]),
	.settle = settle_chunk,
};

static bool settle_idles(struct unpacker *unpacker, void *obj)
{
	const struct idles *idles = obj;

	(void)unpacker;
	return is_number(idles, idles->free) && is_number(idles, idles->oldest) &&
	       is_number(idles, idles->newest) && is_number(idles, idles->laden);
}

static const struct pack_field idles_rows[] = {
	PACK_REFS(struct idles, chunks, &pack_chunk,
		  PACK_COUNTED_BY(struct idles, nchunks),
		  PACK_PLACES_IN(struct idles, chunks_cap)),
	PACK_NUMBER(struct idles, nchunks),
	PACK_NUMBER(struct idles, chunks_cap),
	PACK_NUMBER(struct idles, count),
	PACK_NUMBER(struct idles, free),
	PACK_NUMBER(struct idles, oldest),
	PACK_NUMBER(struct idles, newest),
	PACK_NUMBER(struct idles, laden),
	PACK_KEPT(struct idles, nindex),
	PACK_KEPT(struct idles, index),
};
const struct pack_type pack_idles = { .name = "idles",
				      .size = sizeof(struct idles),
				      .fields = idles_rows,
				      .nfields =
					      sizeof(idles_rows) / sizeof(idles_rows[0]),
				      .settle = settle_idles };
