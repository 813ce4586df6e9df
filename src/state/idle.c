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

/* With its place in the map. */
enum { IDLE_COST = sizeof(struct idle) + MALLOC_COST + 48, BATCH = 32 };

static uint64_t key_of(const struct host *host, int64_t pid)
{
	return (uint64_t)host->number << 32 | (uint32_t)pid;
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

/* ---- in and out ---- */

static void link_newest(struct proctab *tab, struct idle *idle)
{
	idle->older = tab->last_idle;
	*(tab->last_idle ? &tab->last_idle->newer : &tab->first_idle) = idle;
	tab->last_idle = idle;
}

/* Out of all tables; the caller frees it. */
static void take_out(struct proctab *tab, struct idle *idle)
{
	*(idle->older ? &idle->older->newer : &tab->first_idle) = idle->newer;
	*(idle->newer ? &idle->newer->older : &tab->last_idle) = idle->older;
	map_del_u64(tab->idle, idle->key);
	tab->mem.bytes -= IDLE_COST + (idle->root ? strlen(idle->root) + MALLOC_COST : 0);
}

static void forget(struct proctab *tab, struct idle *idle)
{
	take_out(tab, idle);
	if (idle->sketch)
		image_unref(&idle->sketch);
	if (idle->container)
		idle->container->users--;
	free(idle->root);
	free(idle);
}

/* Is it known all around, and the store has all of it? */
static bool may_go(const struct proc *proc)
{
	return !proc->listed && !proc->nforks && !proc->role && !proc->files_of &&
	       proc->pid >= 0 && proc->pid <= UINT32_MAX;
}

/* Its children, and what it did to files, still refer to what it was. */
bool idle_put(struct proctab *tab, struct proc *proc)
{
	struct idle *idle;

	if (!may_go(proc))
		return false;
	idle = xcalloc(1, sizeof(*idle));
	*idle = (struct idle){
		.key = key_of(proc->host, proc->pid),
		.started = proc->started,
		.ppid = (int32_t)proc->ppid,
		.images = proc->image->seq - proc->first_seq,
		.sketch = sketch_of(tab, proc->image),
		.container = proc->container,
		.root = proc->root ? xstrdup(proc->root) : NULL,
		.container_via = proc->container_via,
		.pidns = proc->pidns,
		.auid = proc->cred.auid,
		.ses = proc->cred.ses,
		.observed = proc->observed,
		.start_seen = proc->start_seen,
		.made_thread = proc->made_thread,
	};
	pack_uid(proc->uid, idle->uid);
	if (idle->container)
		idle->container->users++;
	tab->mem.bytes += IDLE_COST + (idle->root ? strlen(idle->root) + MALLOC_COST : 0);
	link_newest(tab, idle);
	map_put_u64(tab->idle, idle->key, idle);
	tab->mem.lost[LOSS_IDLE]++;
	proctab_put_away(tab, proc);
	if (map_count(tab->idle) > LIMIT_IDLE)
		idle_forget_oldest(tab);
	return true;
}

/* The parent that it had, if that is still there: others may have its pid. */
static struct proc *parent_of(const struct host *host, const struct idle *idle)
{
	struct proc *parent = proctab_find(host, idle->ppid);

	if (!parent || parent->started.time > idle->started.time)
		return NULL;
	return parent;
}

static struct proc *wake(struct proctab *tab, struct host *host, struct idle *idle)
{
	struct proc *proc =
		proctab_add(tab, host, (int64_t)(uint32_t)idle->key, idle->started);
	struct proc *parent = parent_of(host, idle);

	unpack_uid(idle->uid, proc->uid);
	proc->parent = parent ? proc_ref(parent) : NULL;
	proc->ppid = idle->ppid;
	proc->observed = idle->observed;
	proc->start_seen = idle->start_seen;
	proc->made_thread = idle->made_thread;
	proc->pidns = idle->pidns;
	proc->fds = fdtab_new(&tab->mem);
	proc->image = image_from(tab, idle);
	proc->told_seq = idle->images;
	proc->cred.auid = idle->auid;
	proc->cred.ses = idle->ses;
	proc->last = idle->started;
	if (parent && parent->mounts) {
		mounts_unref(&proc->mounts);
		proc->mounts = mounts_ref(parent->mounts);
	}
	proc_set(proc, &proc->root, slice_str(idle->root));
	if (idle->container)
		container_put_in(proc, idle->container,
				 (enum container_via)idle->container_via);
	proc->looked_at = true;
	forget(tab, idle);
	return proc;
}

struct proc *idle_take(struct proctab *tab, struct host *host, int64_t pid)
{
	struct idle *line[LIMIT_LINE], *idle;
	struct proc *proc = NULL;
	int n = 0;

	if (!tab->first_idle || pid < 0 || pid > UINT32_MAX)
		return NULL;
	/* Its ancestors first, so that they are there to be its parents. */
	for (idle = map_get_u64(tab->idle, key_of(host, pid)); idle && n < LIMIT_LINE;
	     idle = map_get_u64(tab->idle, key_of(host, idle->ppid))) {
		if (n && idle->started.time > line[n - 1]->started.time)
			break;
		if (n && idle == line[n - 1])
			break;
		line[n++] = idle;
	}
	while (n-- > 0)
		proc = wake(tab, host, line[n]);
	return proc;
}

void idle_forget_host(struct proctab *tab, const struct host *host)
{
	struct idle *next;

	for (struct idle *idle = tab->first_idle; idle; idle = next) {
		next = idle->newer;
		if (idle->key >> 32 == host->number)
			forget(tab, idle);
	}
}

void idle_forget_oldest(struct proctab *tab)
{
	tab->mem.lost[LOSS_PROCESSES]++;
	forget(tab, tab->first_idle);
}

void idle_fini(struct proctab *tab)
{
	struct map_iter it = { 0 };
	void *value;

	while (tab->first_idle)
		forget(tab, tab->first_idle);
	while (map_next(tab->sketches, &it, NULL, &value)) {
		struct image *sketch = value;

		image_unref(&sketch);
	}
	map_free(&tab->idle);
	map_free(&tab->sketches);
}

/* ---- making room ---- */

void proctab_make_room(struct proctab *tab)
{
	for (int i = 0; i < BATCH && tab->oldest && tab->mem.bytes > LIMIT_STATE_BYTES;
	     i++) {
		struct proc *proc = tab->oldest;

		if (!idle_put(tab, proc))
			proctab_active(tab, proc); /* it gets its turn again */
	}
}

void proctab_forget_idle(struct proctab *tab)
{
	for (int i = 0; i < BATCH && tab->first_idle; i++)
		idle_forget_oldest(tab);
}
