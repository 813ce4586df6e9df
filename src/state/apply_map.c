/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are mapped. A mapping to execute is a library at once; one to
 * read may become one by mprotect, whose record holds an address only: so
 * mappings are remembered, where rules record them at all.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/xalloc.h"
#include "state/state_priv.h"

enum { MAPS_COST = LIMIT_MAPS * sizeof(struct mapping) + MALLOC_COST };

static void loaded(struct apply *a, int fd, const struct fdobj *obj)
{
	a->act->kind = ACT_LOAD;
	a->act->fd = fd;
	a->act->obj = obj;
	a->act->path = obj->path;
}

void maps_forget(struct proc *proc)
{
	for (uint32_t i = 0; i < proc->nmaps; i++)
		fdobj_unref(&proc->maps[i].obj);
	if (proc->maps)
		proc->host->mem->bytes -= MAPS_COST;
	free(proc->maps);
	proc->maps = NULL;
	proc->nmaps = 0;
}

static void drop(struct proc *proc, uint32_t i)
{
	fdobj_unref(&proc->maps[i].obj);
	memmove(&proc->maps[i], &proc->maps[i + 1],
		(proc->nmaps - i - 1) * sizeof(*proc->maps));
	proc->nmaps--;
}

/* The newest LIMIT_MAPS; what lay at the same place is gone. */
static void remember(struct proc *proc, uint64_t start, uint64_t len, struct fdobj *obj)
{
	for (uint32_t i = proc->nmaps; i-- > 0;) {
		if (proc->maps[i].start < start + len &&
		    start < proc->maps[i].start + proc->maps[i].len)
			drop(proc, i);
	}
	if (proc->nmaps == LIMIT_MAPS)
		drop(proc, 0);
	if (!proc->maps) {
		proc->maps = xcalloc(LIMIT_MAPS, sizeof(*proc->maps));
		proc->host->mem->bytes += MAPS_COST;
	}
	proc->maps[proc->nmaps++] =
		(struct mapping){ .start = start, .len = len, .obj = fdobj_ref(obj) };
}

void apply_mmap(struct apply *a)
{
	const struct fdent *ent;
	uint64_t flags;
	int64_t fd;

	if (!event_mmap(a->event, &fd, &flags) || fd < 0 || flags & MAP_ANONYMOUS)
		return;
	ent = apply_fd(a, (uint64_t)fd);
	if (!ent)
		return;
	if (a->sc.a[2] & PROT_WRITE && flags & MAP_SHARED)
		apply_written(a, ent->obj);
	if (a->sc.a[2] & PROT_EXEC)
		loaded(a, ent->fd, ent->obj);
	else if (!(flags & MAP_SHARED) && a->sc.a[1] <= (uint64_t)INT64_MAX)
		remember(a->proc, (uint64_t)a->sc.exit, a->sc.a[1], ent->obj);
}

/* mprotect(address, length, protection) */
void apply_mprotect(struct apply *a)
{
	uint64_t at = a->sc.a[0];

	if (!(a->sc.a[2] & PROT_EXEC))
		return;
	for (uint32_t i = a->proc->nmaps; i-- > 0;) {
		const struct mapping *map = &a->proc->maps[i];

		if (at >= map->start && at - map->start < map->len) {
			loaded(a, -1, map->obj);
			return;
		}
	}
}
