/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of processes: images, birth, death and what changed. */
#include "state/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "state/container.h"
#include "state/mounts.h"
#include "state/proc_priv.h"

/* ---- one process ---- */

struct proc *proc_ref(struct proc *proc)
{
	proc->refs++;
	return proc;
}

struct proc *proc_hold(const struct proc *proc)
{
	return proc_ref((struct proc *)proc);
}

void proc_set(struct proc *proc, char **field, struct slice value)
{
	struct memory *mem = proc->host->mem;

	mem->bytes -= memory_text(*field);
	free(*field);
	*field = value.ptr ? xmemdup0(value.ptr, value.len) : NULL;
	mem->bytes += memory_text(*field);
}

static void forget_texts(struct proc *proc)
{
	char **const texts[] = { &proc->cwd, &proc->root, &proc->peer, &proc->read_origin,
				 &proc->read_path };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		proc_set(proc, texts[i], slice_make(NULL, 0));
}

void proc_unref(struct proc **procp)
{
	struct proc *proc = *procp;

	*procp = NULL;
	while (proc && --proc->refs == 0) {
		struct proc *parent = proc->parent;

		container_let_go(proc);
		fdtab_release(proc->fds, proc);
		fdtab_unref(&proc->fds);
		if (proc->files_of)
			proc_unref(&proc->files_of);
		image_unref(&proc->image);
		mounts_unref(&proc->mounts);
		maps_forget(proc);
		forget_texts(proc);
		proc->host->mem->bytes -= PROC_COST;
		free(proc);
		proc = parent; /* iterative: a chain may be long */
	}
}

bool proc_fd_unsure(const struct proc *proc, const struct fdent *ent)
{
	const struct proc *files = proc_files((struct proc *)proc);

	return ent->unsure || !(proc->host->seen & SEEN_CLOSE) ||
	       fdtab_is_leaky(files->fds, ent);
}

struct proc *proc_files(struct proc *proc)
{
	return proc->files_of ? proc->files_of : proc;
}

bool proc_descends(const struct proc *proc, const struct proc *ancestor)
{
	for (int i = 0; proc && i < LIMIT_ANCESTRY; i++, proc = proc->parent) {
		if (proc == ancestor)
			return true;
	}
	return false;
}

void recent_add(struct recent *recent, struct proc *proc)
{
	struct proc **slot = &recent->procs[recent->next++ % LIMIT_GONE];

	if (*slot)
		proc_unref(slot);
	*slot = proc_ref(proc);
}

void recent_clear(struct recent *recent)
{
	for (unsigned i = 0; i < LIMIT_GONE; i++) {
		if (recent->procs[i])
			proc_unref(&recent->procs[i]);
	}
}

/* ---- who was active last ---- */

static void lru_add(struct proctab *tab, struct proc *proc)
{
	proc->before = tab->newest;
	proc->behind = NULL;
	*(tab->newest ? &tab->newest->behind : &tab->oldest) = proc;
	tab->newest = proc;
}

static void lru_del(struct proctab *tab, struct proc *proc)
{
	*(proc->before ? &proc->before->behind : &tab->oldest) = proc->behind;
	*(proc->behind ? &proc->behind->before : &tab->newest) = proc->before;
	proc->before = proc->behind = NULL;
}

void proctab_active(struct proctab *tab, struct proc *proc)
{
	if (tab->newest == proc || proc->ended)
		return;
	lru_del(tab, proc);
	lru_add(tab, proc);
}

/* ---- hosts ---- */

struct proctab *proctab_new(void)
{
	struct proctab *tab = xcalloc(1, sizeof(*tab));

	tab->hosts = map_new();
	tab->sketches = map_new();
	return tab;
}

struct host *proctab_host(struct proctab *tab, struct slice node)
{
	struct host *host = tab->last_host;

	if (host && slice_eq_str(node, host->node)) /* most often */
		return host;
	host = map_get(tab->hosts, node);
	if (host) {
		tab->last_host = host;
		return host;
	}
	if (map_count(tab->hosts) >= LIMIT_HOSTS) {
		tab->mem.lost[LOSS_HOSTS]++;
		return NULL;
	}
	host = xcalloc(1, sizeof(*host));
	host->node = xmemdup0(node.ptr, node.len);
	host->procs = map_new();
	host->forks = map_new();
	host->fifos = map_new();
	host->ptys = map_new();
	host->mounts = mounts_new(&tab->mem);
	host->mem = &tab->mem;
	host->number = ++tab->nhosts;
	map_put(tab->hosts, node, host);
	return host;
}

const struct host *proctab_known(const struct proctab *tab, struct slice node)
{
	return map_get(tab->hosts, node);
}

static void free_channels(struct map **map)
{
	struct map_iter it = { 0 };
	void *value;

	while (map_next(*map, &it, NULL, &value))
		channel_let_go(value);
	map_free(map);
}

static void let_go(struct proctab *tab, struct proc *proc)
{
	fdtab_release(proc->fds, proc);
	fdtab_unref(&proc->fds);
	proc->fds = fdtab_new(&tab->mem);
	mounts_unref(&proc->mounts); /* which may hold proc in turn */
	maps_forget(proc);
	if (proc->files_of)
		proc_unref(&proc->files_of);
}

static void forget_all(struct proctab *tab, struct host *host)
{
	struct map_iter it = { 0 };
	void *value;

	while (map_next(host->procs, &it, NULL, &value)) {
		struct proc *proc = value;

		let_go(tab, proc); /* of all, before the first is freed */
		lru_del(tab, proc);
		tab->alive--;
	}
	it = (struct map_iter){ 0 };
	while (map_next(host->procs, &it, NULL, &value)) {
		struct proc *proc = value;

		proc_unref(&proc);
	}
	map_free(&host->procs);
}

void proctab_free(struct proctab **tabp)
{
	struct proctab *tab = *tabp;
	struct map_iter it = { 0 };
	struct proc *proc;
	uint32_t seq;
	void *value;

	if (!tab)
		return;
	while ((proc = proctab_next_changed(tab, &seq)))
		proc_unref(&proc);
	free(tab->changed);
	proctab_bury(tab);
	free(tab->dead);
	recent_clear(&tab->gone);
	recent_clear(&tab->early);
	claims_clear(&tab->claims);
	forks_drop_host(&tab->forks, NULL);
	idle_fini(tab);
	while (map_next(tab->hosts, &it, NULL, &value)) {
		struct host *host = value;

		forget_all(tab, host);
		map_free(&host->forks);
		free_channels(&host->fifos);
		free_channels(&host->ptys);
		mounts_unref(&host->mounts);
		free(host->node);
		free(host);
	}
	map_free(&tab->hosts);
	fddirs_free(&tab->mem);
	free(tab);
	*tabp = NULL;
}

void proctab_reboot(struct proctab *tab, struct host *host, struct evref at)
{
	struct map_iter it = { 0 };
	void *value;

	forks_drop_host(&tab->forks, host);
	idle_forget_host(tab, host);
	recent_clear(&tab->gone);
	recent_clear(&tab->early);
	claims_clear(&tab->claims);
	while (map_next(host->procs, &it, NULL, &value)) {
		struct proc *proc = value;

		proc->ended = true;
		proc->end = at;
		proctab_touch(tab, proc);
	}
	forget_all(tab, host);
	free_channels(&host->fifos);
	free_channels(&host->ptys);
	host->procs = map_new();
	host->fifos = map_new();
	mounts_unref(&host->mounts);
	host->mounts = mounts_new(&tab->mem);
	host->ptys = map_new();
	host->boot++;
}

struct proc *proctab_find(const struct host *host, int64_t pid)
{
	return map_get_u64(host->procs, (uint64_t)pid);
}

size_t proctab_alive(const struct proctab *tab)
{
	return tab->alive + tab->idles.count;
}

struct memory *proctab_memory(struct proctab *tab)
{
	return &tab->mem;
}

/* ---- what changed ---- */

void proctab_touch(struct proctab *tab, struct proc *proc)
{
	if (proc->listed)
		return;
	if (tab->nchanged == tab->changed_cap) {
		tab->changed_cap = tab->changed_cap ? tab->changed_cap * 2 : 64;
		tab->changed = xreallocarray(tab->changed, tab->changed_cap,
					     sizeof(*tab->changed));
	}
	tab->changed[tab->nchanged++] = proc_ref(proc);
	proc->listed = true;
}

size_t proctab_changed(const struct proctab *tab)
{
	return tab->nchanged - tab->changed_at;
}

struct proc *proctab_next_changed(struct proctab *tab, uint32_t *first_new)
{
	struct proc *proc;

	if (tab->changed_at == tab->nchanged) {
		tab->changed_at = tab->nchanged = 0;
		return NULL;
	}
	proc = tab->changed[tab->changed_at++];
	proc->listed = false;
	*first_new = proc->told_seq;
	proc->told_seq = proc->image->seq;
	return proc;
}

/* ---- birth and death ---- */

static bool is_gone(const struct proc *proc)
{
	return proc->ended || proc->away;
}

/*
 * Those that fork and end one after the other leave a line of ended ancestors
 * that would never end. The store has them.
 */
static void cut_line(struct proctab *tab, struct proc *proc)
{
	struct proc *up = proc;

	for (int i = 0; i < 2 * LIMIT_LINE; i++, up = up->parent) {
		if (!up->parent || !is_gone(up))
			return;
		if (i < LIMIT_LINE || up->listed || !is_gone(up->parent))
			continue;
		tab->mem.lost[LOSS_LINES]++;
		proc_unref(&up->parent);
		return;
	}
}

void proc_make_uid(const struct proc *proc, char out[PROC_UID_HEX + 1])
{
	struct arena arena;
	char pid[24], boot[16], start[48];
	const char *parts[] = { "process", proc->host->node, boot, pid, start };

	snprintf(pid, sizeof(pid), "%lld", (long long)proc->pid);
	snprintf(boot, sizeof(boot), "%u", proc->boot);
	snprintf(start, sizeof(start), "%lld:%u", (long long)proc->started.time,
		 proc->started.serial);
	arena_init(&arena);
	memcpy(out, finding_make_uid(&arena, parts, 5), PROC_UID_HEX + 1);
	arena_fini(&arena);
}

struct proc *proctab_add(struct proctab *tab, struct host *host, int64_t pid,
			 struct evref started)
{
	struct proc *proc = xcalloc(1, sizeof(*proc));

	proc->refs = 1;
	proc->host = host;
	proc->boot = host->boot;
	proc->pid = pid;
	proc->ppid = -1;
	proc->started = started;
	proc->cred = (struct cred){ AUDIT_ID_UNSET, AUDIT_ID_UNSET, AUDIT_ID_UNSET,
				    AUDIT_ID_UNSET, AUDIT_ID_UNSET };
	proc_make_uid(proc, proc->uid);
	proc->mounts = mounts_ref(host->mounts);
	map_put_u64(host->procs, (uint64_t)pid, proc);
	tab->alive++;
	tab->mem.bytes += PROC_COST;
	lru_add(tab, proc);
	return proc;
}

void proctab_exit(struct proctab *tab, struct proc *proc, struct evref at, bool has_code,
		  int64_t code)
{
	if (proc->ended)
		return;
	proc->ended = true;
	proc->end = at;
	proc->has_exit = has_code;
	proc->exit_code = code;
	proctab_touch(tab, proc);
	if (proctab_find(proc->host, proc->pid) != proc)
		return;
	map_del_u64(proc->host->procs, (uint64_t)proc->pid);
	lru_del(tab, proc);
	tab->alive--;
	cut_line(tab, proc);
	recent_add(&tab->gone, proc);
	if (tab->ndead == tab->dead_cap) {
		tab->dead_cap = tab->dead_cap ? tab->dead_cap * 2 : 4;
		tab->dead = xreallocarray(tab->dead, tab->dead_cap, sizeof(*tab->dead));
	}
	tab->dead[tab->ndead++] = proc; /* the table's reference moves here */
}

void proctab_put_away(struct proctab *tab, struct proc *proc)
{
	proc->away = true;
	cut_line(tab, proc);
	map_del_u64(proc->host->procs, (uint64_t)proc->pid);
	lru_del(tab, proc);
	tab->alive--;
	let_go(tab, proc);
	proc_unref(&proc);
}

struct proc *proctab_wake(struct proctab *tab, struct host *host, int64_t pid)
{
	struct proc *proc = proctab_find(host, pid);

	return proc ? proc : idle_take(tab, host, pid);
}

void proctab_bury(struct proctab *tab)
{
	for (size_t i = 0; i < tab->ndead; i++) {
		let_go(tab, tab->dead[i]);
		proc_unref(&tab->dead[i]);
	}
	tab->ndead = 0;
}

void proc_unshare_files(struct proc *proc)
{
	if (!proc->files_of)
		return;
	fdtab_unref(&proc->fds);
	proc->fds = fdtab_ref(proc->files_of->fds);
	fdtab_hold(proc->fds, proc);
	proc_unref(&proc->files_of);
}

/*
 * An endless chain of execs: the older ones go, once the store has heard of
 * them. What was there before the process began is its parent's to tell.
 */
enum { TRIM_EVERY = 16 };

static void trim_images(struct proctab *tab, const struct proc *proc)
{
	struct image *at = proc->image;
	size_t bytes = 0;

	for (uint32_t n = 1; at->older && at->seq > proc->first_seq; n++) {
		bool many = n >= LIMIT_IMAGES || bytes > LIMIT_IMAGES_BYTES;

		if (many && (at->seq <= proc->told_seq || n >= LIMIT_UNTOLD)) {
			tab->mem.lost[LOSS_IMAGES] += at->seq > proc->told_seq;
			image_unref(&at->older);
			return;
		}
		bytes += at->weight;
		at = at->older;
	}
}

void proctab_exec(struct proctab *tab, struct proc *proc, struct image *image)
{
	proc_unshare_files(proc);
	proc->made_thread = proc->unsettled = false;
	image->seq = proc->image->seq + 1;
	image->older = proc->image;
	proc->image = image;
	image_count(image, &tab->mem);
	if (image->seq % TRIM_EVERY == 0)
		trim_images(tab, proc);
	maps_forget(proc);
	fdtab_exec(&proc->fds, proc);
	proctab_touch(tab, proc);
}
