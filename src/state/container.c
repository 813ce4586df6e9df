/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/container.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "state/proc.h"
#include "state/save.h"

struct containers {
	struct proctab *procs; /* borrowed */
	const struct ctrfiles *files;
	struct map *by_id;     /* key: node NUL id */
	struct map *by_dev;    /* key: host, dev */
	struct map *host_devs; /* the same key; the value is only a mark */
	struct container **all;
	size_t count, cap;
	struct container **changed; /* uses */
	size_t nchanged, changed_cap, changed_at;
	struct container *overflow; /* stands for all that found no place */
	uint64_t commands;
	size_t nmembers;
	size_t text; /* bytes of what they are called */
	struct strbuf key;
};

struct containers *containers_new(struct proctab *procs)
{
	struct containers *tab = xcalloc(1, sizeof(*tab));

	tab->procs = procs;
	tab->by_id = map_new();
	tab->by_dev = map_new();
	tab->host_devs = map_new();
	return tab;
}

void containers_know(struct containers *tab, const struct ctrfiles *files)
{
	tab->files = files;
}

const struct ctrfiles *containers_files(const struct containers *tab)
{
	return tab->files;
}

static void free_container(struct container *c)
{
	char *const owned[] = { c->id,       c->name,   c->image,  c->image_digest,
				c->image_id, c->pod,    c->ns,     c->runtime,
				c->bundle,   c->rootfs, c->sandbox };

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++) {
		c->tab->text -= memory_text(owned[i]);
		free(owned[i]);
	}
	free(c->root);
	free(c);
}

/* Too many, or too much to say of them. */
static void lose(struct containers *tab)
{
	proctab_memory(tab->procs)->lost[LOSS_CONTAINERS]++;
}

void containers_free(struct containers **tabp)
{
	struct containers *tab = *tabp;

	if (!tab)
		return;
	for (size_t i = 0; i < tab->count; i++)
		free_container(tab->all[i]);
	free(tab->all);
	free(tab->changed);
	map_free(&tab->by_id);
	map_free(&tab->by_dev);
	map_free(&tab->host_devs);
	strbuf_fini(&tab->key);
	free(tab);
	*tabp = NULL;
}

static struct slice id_key(struct containers *tab, const struct host *host,
			   struct slice id)
{
	strbuf_clear(&tab->key);
	strbuf_add(&tab->key, host->node, strlen(host->node) + 1);
	strbuf_add_slice(&tab->key, id);
	return strbuf_slice(&tab->key);
}

struct dev_key {
	const struct host *host;
	uint64_t dev;
};

static struct slice dev_key(const struct dev_key *key)
{
	return slice_make((const char *)key, sizeof(*key));
}

/* ---- the table ---- */

static void touch(struct containers *tab, struct container *c)
{
	if (c->listed)
		return;
	if (tab->nchanged == tab->changed_cap) {
		tab->changed_cap = tab->changed_cap ? tab->changed_cap * 2 : 16;
		tab->changed = xreallocarray(tab->changed, tab->changed_cap,
					     sizeof(*tab->changed));
	}
	tab->changed[tab->nchanged++] = c;
	c->listed = true;
	c->users++;
}

void containers_entered(struct containers *tab, struct container *c, struct evref at)
{
	if (c->entered)
		return;
	c->entered = true;
	c->since = at;
	touch(tab, c);
}

size_t containers_count(const struct containers *tab)
{
	return tab->count;
}

const struct container *containers_at(const struct containers *tab, size_t i)
{
	return tab->all[i];
}

const struct container *containers_next_changed(struct containers *tab)
{
	struct container *c;

	if (tab->changed_at == tab->nchanged) {
		tab->changed_at = tab->nchanged = 0;
		return NULL;
	}
	c = tab->changed[tab->changed_at++];
	c->listed = false;
	c->users--;
	return c;
}

static void forget_dev(struct containers *tab, struct container *c)
{
	struct dev_key key = { c->host, c->dev };

	if (c->has_dev && map_get(tab->by_dev, dev_key(&key)) == c)
		map_del(tab->by_dev, dev_key(&key));
	c->has_dev = false;
}

/* Takes out what nobody uses. */
static void sweep(struct containers *tab)
{
	size_t kept = 0;

	for (size_t i = 0; i < tab->count; i++) {
		struct container *c = tab->all[i];

		if (c->users || c == tab->overflow) {
			tab->all[kept++] = c;
			continue;
		}
		forget_dev(tab, c);
		if (c->id &&
		    map_get(tab->by_id, id_key(tab, c->host, slice_str(c->id))) == c)
			map_del(tab->by_id, id_key(tab, c->host, slice_str(c->id)));
		free_container(c);
	}
	tab->count = kept;
}

static struct container *add(struct containers *tab, struct host *host)
{
	struct container *c;

	if (tab->count >= LIMIT_CONTAINERS)
		sweep(tab);
	if (tab->count >= LIMIT_CONTAINERS && tab->overflow) {
		lose(tab);
		return tab->overflow;
	}
	if (tab->count == tab->cap) {
		tab->cap = tab->cap ? tab->cap * 2 : 16;
		tab->all = xreallocarray(tab->all, tab->cap, sizeof(*tab->all));
	}
	c = xcalloc(1, sizeof(*c));
	c->tab = tab;
	c->host = host;
	tab->all[tab->count++] = c;
	if (tab->count >= LIMIT_CONTAINERS)
		tab->overflow = c;
	return c;
}

void containers_learn(struct containers *tab, struct container *c, char **field,
		      struct slice value)
{
	if (*field || value.len == 0 || c == tab->overflow)
		return;
	if (tab->text + value.len > LIMIT_CONTAINER_TEXT) {
		lose(tab);
		return;
	}
	*field = xmemdup0(value.ptr, value.len);
	tab->text += memory_text(*field);
	touch(tab, c);
}

/* What containers are called by their files: those texts. */
static void each_fact(struct container *c, char **out[10])
{
	char **facts[] = { &c->name,   &c->image,  &c->image_digest, &c->image_id,
			   &c->pod,    &c->ns,     &c->runtime,      &c->bundle,
			   &c->rootfs, &c->sandbox };

	memcpy(out, facts, sizeof(facts));
}

static void forget_facts(struct containers *tab, struct container *c)
{
	char **facts[10];

	each_fact(c, facts);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		tab->text -= memory_text(*facts[i]);
		free(*facts[i]);
		*facts[i] = NULL;
	}
	c->in_files = false;
	touch(tab, c);
}

/* What the runtimes' files say of it. */
static void recall(struct containers *tab, struct container *c)
{
	const struct ctrfacts *f = tab->files ? ctrfiles_by_id(tab->files, c->id) : NULL;

	if (!f)
		return;
	c->in_files = true;
	containers_learn(tab, c, &c->name, slice_str(f->name));
	containers_learn(tab, c, &c->image, slice_str(f->image));
	containers_learn(tab, c, &c->image_digest, slice_str(f->image_digest));
	containers_learn(tab, c, &c->image_id, slice_str(f->image_id));
	containers_learn(tab, c, &c->pod, slice_str(f->pod));
	containers_learn(tab, c, &c->ns, slice_str(f->ns));
	containers_learn(tab, c, &c->runtime, slice_str(f->runtime));
	containers_learn(tab, c, &c->bundle, slice_str(f->bundle));
	containers_learn(tab, c, &c->rootfs, slice_str(f->rootfs));
	containers_learn(tab, c, &c->sandbox, slice_str(f->sandbox));
}

/* ---- those without an id ---- */

static void add_member(struct container *c, struct proc *proc)
{
	if (c->id || c == c->tab->overflow || c->tab->nmembers >= LIMIT_MEMBERS)
		return;
	if (c->nmembers == c->members_cap) {
		c->members_cap = c->members_cap ? c->members_cap * 2 : 4;
		c->members =
			xreallocarray(c->members, c->members_cap, sizeof(*c->members));
	}
	c->members[c->nmembers++] = proc_ref(proc);
	c->tab->nmembers++;
}

static void drop_members(struct container *c)
{
	struct proc **members = c->members;
	uint32_t n = c->nmembers;

	c->members = NULL;
	c->nmembers = c->members_cap = 0;
	c->tab->nmembers -= n;
	for (uint32_t i = 0; i < n; i++)
		proc_unref(&members[i]);
	free(members);
}

void containers_let_go(struct containers *tab)
{
	for (size_t i = 0; i < tab->count; i++)
		drop_members(tab->all[i]);
}

static void tell_members(struct containers *tab, struct container *c)
{
	for (uint32_t i = 0; i < c->nmembers; i++)
		proctab_touch(tab->procs, c->members[i]);
	drop_members(c);
}

static void give_id(struct containers *tab, struct container *c, struct slice id)
{
	c->id = xmemdup0(id.ptr, id.len);
	tab->text += memory_text(c->id);
	map_put(tab->by_id, id_key(tab, c->host, id), c);
	touch(tab, c);
	recall(tab, c);
}

struct container *containers_get(struct containers *tab, struct host *host,
				 struct slice id)
{
	struct container *c = map_get(tab->by_id, id_key(tab, host, id));

	if (c)
		return c;
	c = add(tab, host);
	if (c != tab->overflow)
		give_id(tab, c, id);
	return c;
}

/* The id is another one's from now on, which the old files do not speak of. */
static struct container *renew(struct containers *tab, struct container *c)
{
	struct container *fresh = add(tab, c->host);

	if (fresh == tab->overflow)
		return c;
	fresh->id = xstrdup(c->id);
	tab->text += memory_text(fresh->id);
	fresh->renewed = true;
	forget_dev(tab, c);
	map_put(tab->by_id, id_key(tab, c->host, slice_str(c->id)), fresh);
	touch(tab, fresh);
	return fresh;
}

/* Engines name their bundles after the id; what is left is somebody's choice. */
static bool is_another_bundle(const struct container *c, const char *known,
			      struct slice bundle)
{
	return known && known[0] == '/' && bundle.len && bundle.ptr[0] == '/' &&
	       !slice_eq_str(bundle, known) && !strstr(known, c->id) &&
	       !memmem(bundle.ptr, bundle.len, c->id, strlen(c->id));
}

struct container *containers_made(struct containers *tab, struct container *c,
				  struct slice bundle)
{
	const struct ctrfacts *f;
	struct container *made = c;

	if (!c->id || c == tab->overflow || !is_another_bundle(c, c->bundle, bundle))
		return c;
	if (c->entered)
		made = renew(tab, c);
	else
		forget_facts(tab, c);
	f = tab->files ? ctrfiles_by_id(tab->files, made->id) : NULL;
	if (f && !is_another_bundle(made, f->bundle, bundle))
		recall(tab, made);
	return made;
}

struct container *containers_made_of(struct containers *tab, struct container *c,
				     struct slice image)
{
	if (!c->id || c == tab->overflow || !c->entered || !c->image || !image.len ||
	    slice_eq_str(image, c->image))
		return c;
	return renew(tab, c);
}

struct container *containers_unknown(struct containers *tab, struct host *host)
{
	return add(tab, host);
}

void containers_unite(struct containers *tab, struct container *c,
		      struct container *other)
{
	c = container_real(c);
	other = container_real(other);
	if (c == other || c->id || c == tab->overflow || other == tab->overflow)
		return;
	for (uint32_t i = 0; !other->id && i < c->nmembers; i++)
		add_member(other, c->members[i]);
	other->users++; /* as long as the table is */
	c->users++;
	c->same = other;
	if (c->entered)
		containers_entered(tab, other, c->since);
	if (c->has_dev && !other->has_dev)
		containers_map_dev(tab, other, c->dev);
	tell_members(tab, c);
}

uint64_t containers_command(struct containers *tab)
{
	return ++tab->commands;
}

void containers_gone(struct containers *tab, struct container *c)
{
	forget_dev(tab, c);
	c->awaits_entry = false;
	c->awaits_exec = 0;
}

void containers_reboot(struct containers *tab, const struct host *host)
{
	for (size_t i = 0; i < tab->count; i++) {
		if (tab->all[i]->host == host)
			containers_gone(tab, tab->all[i]);
	}
}

/* ---- devices ---- */

void containers_map_dev(struct containers *tab, struct container *c, uint64_t dev)
{
	struct dev_key key = { c->host, dev };
	struct container *before;

	if (containers_is_host_dev(tab, c->host, dev))
		return;
	before = map_get(tab->by_dev, dev_key(&key));
	if (before == c)
		return;
	if (before)
		before->has_dev = false;
	forget_dev(tab, c);
	c->dev = dev;
	c->has_dev = true;
	map_put(tab->by_dev, dev_key(&key), c);
}

void containers_host_dev(struct containers *tab, const struct host *host, uint64_t dev)
{
	struct dev_key key = { host, dev };
	struct container *c;

	if (map_count(tab->host_devs) >= LIMIT_HOST_DEVS)
		return;
	map_put(tab->host_devs, dev_key(&key), tab);
	c = map_get(tab->by_dev, dev_key(&key));
	if (c)
		forget_dev(tab, c);
}

bool containers_is_host_dev(const struct containers *tab, const struct host *host,
			    uint64_t dev)
{
	struct dev_key key = { host, dev };

	return map_get(tab->host_devs, dev_key(&key)) != NULL;
}

struct container *containers_by_dev(const struct containers *tab, const struct host *host,
				    uint64_t dev)
{
	struct dev_key key = { host, dev };
	struct container *c = map_get(tab->by_dev, dev_key(&key));

	return c ? container_real(c) : NULL;
}

/* ---- processes ---- */

struct container *container_real(struct container *c)
{
	while (c->same) /* what has an id is never another's, so it ends */
		c = c->same;
	return c;
}

const struct container *container_of(const struct proc *proc)
{
	return proc->container ? container_real(proc->container) : NULL;
}

bool container_is_stray(const struct container *c)
{
	return c->tab->files && !c->in_files;
}

const char *container_via_name(enum container_via via)
{
	static const char *const names[] = {
		[VIA_NONE] = NULL,
		[VIA_ENTRY] = "entry",
		[VIA_EXEC] = "exec",
		[VIA_FOUND] = "found",
	};

	return names[via];
}

/* Where docker, and podman before and since version 4.2, mount it. */
static bool is_init_path(const char *exe)
{
	static const char *const paths[] = { "/sbin/docker-init", "/run/podman-init",
					     "/dev/init" };

	for (size_t i = 0; exe && i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(exe, paths[i]) == 0)
			return true;
	}
	return false;
}

bool container_runtime_exec(const struct proc *proc)
{
	const struct container *c = container_of(proc);

	if (!c)
		return proc->role && proc->role->kind == ROLE_RUNTIME && proc->role->self;
	/* The container's first process, and a file that is not on its root. */
	return proc->container_via == VIA_ENTRY &&
	       (!proc->parent || container_of(proc->parent) != c) &&
	       is_init_path(proc->image->exe) &&
	       !(c->has_dev && proc->image->dev == c->dev);
}

void container_put_in(struct proc *proc, struct container *c, enum container_via via)
{
	c = container_real(c);
	c->users++;
	if (proc->container)
		proc->container->users--;
	proc->container = c;
	proc->container_via = (uint8_t)via;
	if (!c->id)
		add_member(c, proc);
}

void ctr_role_drop(struct proc *proc)
{
	struct ctr_role *role = proc->role;

	if (!role)
		return;
	if (role->container)
		role->container->users--;
	for (uint32_t i = 0; i < role->nmore; i++)
		role->more[i]->users--;
	free(role->more);
	free(role->helper);
	free(role->image);
	free(role->name);
	free(role->object);
	free(role);
	proc->role = NULL;
}

struct ctr_role *ctr_role_set(struct proc *proc, enum ctr_role_kind kind,
			      struct container *c)
{
	struct ctr_role *role = xcalloc(1, sizeof(*role));

	role->kind = kind;
	role->container = c;
	if (c)
		c->users++;
	ctr_role_drop(proc);
	proc->role = role;
	return role;
}

void ctr_role_add(struct ctr_role *role, struct container *c)
{
	if (role->container == c || role->nmore == LIMIT_MONITORED)
		return;
	for (uint32_t i = 0; i < role->nmore; i++) {
		if (role->more[i] == c)
			return;
	}
	if (role->nmore == role->more_cap) {
		role->more_cap = role->more_cap ? role->more_cap * 2 : 2;
		role->more =
			xreallocarray(role->more, role->more_cap, sizeof(*role->more));
	}
	role->more[role->nmore++] = c;
	c->users++;
}

bool ctr_role_is_settled(const struct ctr_role *role)
{
	return role && !(role->kind == ROLE_MONITOR && role->implied);
}

void ctr_role_unite(struct containers *tab, struct ctr_role *role, struct container *c)
{
	containers_unite(tab, role->container, c);
	for (uint32_t i = 0; i < role->nmore; i++)
		containers_unite(tab, role->more[i], c);
}

void container_let_go(struct proc *proc)
{
	ctr_role_drop(proc);
	if (proc->container)
		proc->container->users--;
	proc->container = NULL;
	proc->container_via = VIA_NONE;
}

void ctr_role_inherit(struct proc *child, const struct ctr_role *from)
{
	struct ctr_role *role = ctr_role_set(child, ROLE_RUNTIME, from->container);

	role->verb = from->verb;
	role->runtime = from->runtime;
	role->maker_pid = from->maker_pid;
	role->dev = from->dev;
	role->inode = from->inode;
	role->inside = from->inside;
	role->self = from->self;
}

void container_inherit(struct proc *child, const struct proc *parent)
{
	if (parent->container)
		container_put_in(child, parent->container,
				 (enum container_via)parent->container_via);
	/* A monitor's and a front end's children are programs of their own. */
	if (parent->role && parent->role->kind == ROLE_RUNTIME)
		ctr_role_inherit(child, parent->role);
}

bool container_tells_apart(const struct proc *proc, const struct proc *parent)
{
	if (!parent || parent == proc || parent->pid <= 1 || proc_descends(proc, parent))
		return false;
	if (container_of(parent) != container_of(proc))
		return proc->container || parent->observed;
	return !proc->container && !proc->role && parent->role &&
	       parent->role->kind == ROLE_MONITOR;
}

/* ---- saving ---- */

#define OF_HOST .key = PACK_KEY_OBJECT, .key_type = &pack_host

static const struct pack_field containers_rows[] = {
	PACK_KEPT(struct containers, procs),
	PACK_KEPT(struct containers, files),
	PACK_MAP(struct containers, by_id, &pack_container, .key = PACK_KEY_BYTES),
	PACK_MAP(struct containers, by_dev, &pack_container, OF_HOST),
	PACK_MAP(struct containers, host_devs, &pack_containers, OF_HOST),
	PACK_REFS(struct containers, all, &pack_container,
		  PACK_COUNTED_BY(struct containers, count),
		  PACK_PLACES_IN(struct containers, cap)),
	PACK_NUMBER(struct containers, count),
	PACK_NUMBER(struct containers, cap),
	PACK_REFS(struct containers, changed, &pack_container,
		  PACK_COUNTED_BY(struct containers, nchanged),
		  PACK_PLACES_IN(struct containers, changed_cap)),
	PACK_NUMBER(struct containers, nchanged),
	PACK_NUMBER(struct containers, changed_cap),
	PACK_NUMBER(struct containers, changed_at),
	PACK_REF(struct containers, overflow, &pack_container),
	PACK_NUMBER(struct containers, commands),
	PACK_NUMBER(struct containers, nmembers),
	PACK_NUMBER(struct containers, text),
	PACK_KEPT(struct containers, key),
};
const struct pack_type pack_containers =
	PACK_TABLE("containers", struct containers, containers_rows);
