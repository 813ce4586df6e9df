/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/fdtab.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/xalloc.h"

/* Sorted by fd. */
struct fdtab {
	uint32_t refs;
	uint32_t count, cap;
	uint32_t leak; /* serial of the last unseen close; 0: none known */
	struct fdent *ents;
};

static const char *const kind_names[FDOBJ_KIND_MAX] = {
	[FDOBJ_UNKNOWN] = "unknown", [FDOBJ_FILE] = "file",
	[FDOBJ_SOCKET] = "socket",   [FDOBJ_PIPE_READ] = "pipe",
	[FDOBJ_PIPE_WRITE] = "pipe", [FDOBJ_SOCKETPAIR] = "socketpair",
	[FDOBJ_FIFO] = "fifo",       [FDOBJ_PTY_MASTER] = "pty",
	[FDOBJ_PTY_SLAVE] = "pty",   [FDOBJ_MEMFD] = "memfd",
};

const char *fdobj_kind_name(enum fdobj_kind kind)
{
	return kind_names[kind];
}

bool fdobj_is_stream(const struct fdobj *obj)
{
	return obj->kind != FDOBJ_FILE && obj->kind != FDOBJ_MEMFD &&
	       obj->kind != FDOBJ_UNKNOWN;
}

bool fdobj_is_inet(const struct fdobj *obj)
{
	return obj->kind == FDOBJ_SOCKET &&
	       (obj->sock->family == SOCK_INET || obj->sock->family == SOCK_INET6);
}

bool fdobj_is_joined(const struct fdobj *obj)
{
	return obj->kind == FDOBJ_SOCKET &&
	       (obj->sock->role == SOCK_CONNECTED || obj->sock->role == SOCK_ACCEPTED);
}

/* ---- objects and channels ---- */

struct fdobj *fdobj_new(enum fdobj_kind kind, struct evref birth, int64_t maker_pid)
{
	struct fdobj *obj = xcalloc(1, sizeof(*obj));

	obj->refs = 1;
	obj->kind = kind;
	obj->birth = birth;
	obj->maker_pid = maker_pid;
	if (kind == FDOBJ_SOCKET)
		obj->sock = xcalloc(1, sizeof(*obj->sock));
	return obj;
}

void fdobj_is_socket(struct fdobj *obj, enum sock_family family)
{
	obj->kind = FDOBJ_SOCKET;
	obj->sock = xcalloc(1, sizeof(*obj->sock));
	obj->sock->family = family;
}

struct fdobj *fdobj_ref(struct fdobj *obj)
{
	obj->refs++;
	return obj;
}

struct channel *channel_new(struct evref made)
{
	struct channel *channel = xcalloc(1, sizeof(*channel));

	channel->pts = -1;
	channel->made = made.serial;
	return channel;
}

void channel_join(struct channel *channel, struct fdobj *obj)
{
	if (channel->nends >= LIMIT_CHANNEL_ENDS)
		return; /* obj then has no channel: it leads nowhere */
	if (channel->nends == channel->cap) {
		channel->cap = channel->cap ? channel->cap * 2 : 2;
		channel->ends = xreallocarray(channel->ends, channel->cap,
					      sizeof(*channel->ends));
	}
	channel->ends[channel->nends++] = obj;
	obj->channel = channel;
}

static void channel_free_unused(struct channel *channel)
{
	if (channel->nends || channel->held)
		return;
	free(channel->ends);
	free(channel);
}

void channel_let_go(struct channel *channel)
{
	channel->held = false;
	channel_free_unused(channel);
}

static void channel_leave(struct fdobj *obj)
{
	struct channel *channel = obj->channel;

	for (uint32_t i = 0; i < channel->nends; i++) {
		if (channel->ends[i] == obj) {
			channel->ends[i] = channel->ends[--channel->nends];
			break;
		}
	}
	obj->channel = NULL;
	channel_free_unused(channel);
}

void fdobj_unref(struct fdobj **objp)
{
	struct fdobj *obj = *objp;

	*objp = NULL;
	if (!obj || --obj->refs)
		return;
	if (obj->channel)
		channel_leave(obj);
	free(obj->path);
	free(obj->sock);
	free(obj->holders);
	free(obj);
}

static void add_holder(struct fdobj *obj, struct proc *owner)
{
	if (!owner || !fdobj_is_stream(obj) || obj->nholders >= LIMIT_HOLDERS)
		return;
	for (uint32_t i = 0; i < obj->nholders; i++) {
		if (obj->holders[i] == owner)
			return;
	}
	if (obj->nholders == obj->holders_cap) {
		obj->holders_cap = obj->holders_cap ? obj->holders_cap * 2 : 2;
		obj->holders = xreallocarray(obj->holders, obj->holders_cap,
					     sizeof(*obj->holders));
	}
	obj->holders[obj->nholders++] = owner;
}

static void drop_holder(struct fdobj *obj, const struct proc *owner)
{
	for (uint32_t i = 0; i < obj->nholders; i++) {
		if (obj->holders[i] == owner) {
			obj->holders[i] = obj->holders[--obj->nholders];
			return;
		}
	}
}

/* ---- tables ---- */

struct fdtab *fdtab_new(void)
{
	struct fdtab *tab = xcalloc(1, sizeof(*tab));

	tab->refs = 1;
	return tab;
}

struct fdtab *fdtab_ref(struct fdtab *tab)
{
	tab->refs++;
	return tab;
}

void fdtab_unref(struct fdtab **tabp)
{
	struct fdtab *tab = *tabp;

	*tabp = NULL;
	if (!tab || --tab->refs)
		return;
	for (uint32_t i = 0; i < tab->count; i++)
		fdobj_unref(&tab->ents[i].obj);
	free(tab->ents);
	free(tab);
}

/* The index of fd, or where it would stand. */
static uint32_t find(const struct fdtab *tab, int fd)
{
	uint32_t low = 0, high = tab->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (tab->ents[mid].fd < fd)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct fdent *fdtab_get_ghost(const struct fdtab *tab, int fd)
{
	uint32_t i = find(tab, fd);

	return i < tab->count && tab->ents[i].fd == fd ? &tab->ents[i] : NULL;
}

const struct fdent *fdtab_get(const struct fdtab *tab, int fd)
{
	const struct fdent *ent = fdtab_get_ghost(tab, fd);

	return ent && !ent->ghost ? ent : NULL;
}

size_t fdtab_count(const struct fdtab *tab)
{
	return tab->count;
}

const struct fdent *fdtab_at(const struct fdtab *tab, size_t i)
{
	return &tab->ents[i];
}

/* Copy on write: afterwards nobody else sees what is done to *tabp. */
static struct fdtab *own(struct fdtab **tabp)
{
	struct fdtab *tab = *tabp, *copy;

	if (tab->refs == 1)
		return tab;
	copy = fdtab_new();
	copy->leak = tab->leak;
	copy->count = copy->cap = tab->count;
	copy->ents = xreallocarray(NULL, copy->cap, sizeof(*copy->ents));
	if (tab->count)
		memcpy(copy->ents, tab->ents, tab->count * sizeof(*tab->ents));
	for (uint32_t i = 0; i < copy->count; i++)
		fdobj_ref(copy->ents[i].obj);
	tab->refs--;
	*tabp = copy;
	return copy;
}

void fdtab_note_leak(struct fdtab **tabp, struct evref at)
{
	own(tabp)->leak = at.serial;
}

bool fdtab_is_leaky(const struct fdtab *tab, const struct fdent *ent)
{
	return ent->placed.serial < tab->leak;
}

static bool names(const struct fdtab *tab, const struct fdobj *obj)
{
	for (uint32_t i = 0; i < tab->count; i++) {
		if (tab->ents[i].obj == obj && !tab->ents[i].ghost)
			return true;
	}
	return false;
}

/* Takes entry i out; the owner may cease to hold its object. */
static void drop(struct fdtab *tab, struct proc *owner, uint32_t i)
{
	struct fdobj *obj = tab->ents[i].obj;

	memmove(&tab->ents[i], &tab->ents[i + 1],
		(tab->count - i - 1) * sizeof(*tab->ents));
	tab->count--;
	if (owner && obj->nholders && !names(tab, obj))
		drop_holder(obj, owner);
	fdobj_unref(&obj);
}

bool fdtab_put(struct fdtab **tabp, struct proc *owner, const struct fdent *ent)
{
	struct fdent fresh = *ent; /* ent may point into this table */
	struct fdtab *tab;
	uint32_t i;

	fdobj_ref(fresh.obj);
	tab = own(tabp);
	i = find(tab, fresh.fd);
	if (i < tab->count && tab->ents[i].fd == fresh.fd)
		drop(tab, owner, i);
	if (tab->count >= LIMIT_FDS) {
		fdobj_unref(&fresh.obj);
		return false;
	}
	if (tab->count == tab->cap) {
		tab->cap = tab->cap ? tab->cap * 2 : 8;
		tab->ents = xreallocarray(tab->ents, tab->cap, sizeof(*tab->ents));
	}
	memmove(&tab->ents[i + 1], &tab->ents[i], (tab->count - i) * sizeof(*tab->ents));
	tab->ents[i] = fresh;
	tab->count++;
	add_holder(fresh.obj, owner);
	return true;
}

void fdtab_close(struct fdtab **tabp, struct proc *owner, int fd)
{
	if (!fdtab_get_ghost(*tabp, fd))
		return;
	own(tabp);
	drop(*tabp, owner, find(*tabp, fd));
}

void fdtab_close_range(struct fdtab **tabp, struct proc *owner, uint64_t first,
		       uint64_t last, bool only_mark)
{
	struct fdtab *tab = own(tabp);

	for (uint32_t i = tab->count; i-- > 0;) {
		uint64_t fd = (uint64_t)tab->ents[i].fd;

		if (fd < first || fd > last)
			continue;
		if (only_mark)
			tab->ents[i].cloexec = true;
		else
			drop(tab, owner, i);
	}
}

void fdtab_exec(struct fdtab **tabp, struct proc *owner)
{
	struct fdtab *tab;
	bool any = false;

	for (uint32_t i = 0; i < (*tabp)->count && !any; i++)
		any = (*tabp)->ents[i].cloexec;
	if (!any)
		return;
	tab = own(tabp);
	for (uint32_t i = tab->count; i-- > 0;) {
		struct fdent *ent = &tab->ents[i];

		if (ent->ghost) {
			drop(tab, owner, i);
		} else if (ent->cloexec) {
			ent->ghost = true;
			if (owner && ent->obj->nholders && !names(tab, ent->obj))
				drop_holder(ent->obj, owner);
		}
	}
}

void fdtab_hold(struct fdtab *tab, struct proc *owner)
{
	for (uint32_t i = 0; i < tab->count; i++) {
		if (!tab->ents[i].ghost)
			add_holder(tab->ents[i].obj, owner);
	}
}

void fdtab_release(struct fdtab *tab, struct proc *owner)
{
	for (uint32_t i = 0; i < tab->count; i++)
		drop_holder(tab->ents[i].obj, owner);
}
