/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that lead elsewhere: symbolic links made, directories renamed. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "state/files_priv.h"

void places_init(struct places *p)
{
	*p = (struct places){ 0 };
	p->symlinks = map_new();
	p->moved_to = map_new();
	p->moved_from = map_new();
	strbuf_init(&p->key);
}

static struct slice key_of(struct places *p, const struct host *host, const char *path)
{
	strbuf_clear(&p->key);
	strbuf_add(&p->key, &host, sizeof(host));
	strbuf_add_str(&p->key, path);
	return strbuf_slice(&p->key);
}

static void del_if(struct places *p, struct map *map, const struct place *place,
		   const char *path)
{
	struct slice key = key_of(p, place->act.proc->host, path);

	if (map_get(map, key) == place)
		map_del(map, key);
}

static void forget(struct places *p, struct place *place)
{
	if (place->kind == PLACE_SYMLINK) {
		del_if(p, p->symlinks, place, place->path);
	} else {
		del_if(p, p->moved_from, place, place->path);
		del_if(p, p->moved_to, place, place->to);
	}
	if (place->prev)
		place->prev->next = place->next;
	else
		p->newest = place->next;
	if (place->next)
		place->next->prev = place->prev;
	else
		p->oldest = place->prev;
	p->count--;
	p->bytes -= place->weight;
	file_act_clear(&place->act);
	free(place->path);
	free(place->to);
	free(place);
}

void places_fini(struct places *p)
{
	while (p->oldest)
		forget(p, p->oldest);
	map_free(&p->symlinks);
	map_free(&p->moved_to);
	map_free(&p->moved_from);
	strbuf_fini(&p->key);
}

static struct place *add(struct places *p, struct proc *proc, struct evref at,
			 const char *path, const char *to)
{
	struct place *place = xcalloc(1, sizeof(*place));

	file_act_set(&place->act, FILE_RENAMED, proc, at);
	place->path = xstrdup(path);
	place->to = xstrdup(to);
	place->next = p->newest;
	if (p->newest)
		p->newest->prev = place;
	else
		p->oldest = place;
	p->newest = place;
	p->count++;
	place->weight = (uint32_t)(sizeof(*place) + 2 * (strlen(path) + strlen(to)) +
				   6 * MALLOC_COST);
	p->bytes += place->weight;
	return place;
}

void places_forget_oldest(struct places *p)
{
	forget(p, p->oldest);
}

static void make_room(struct files *files)
{
	struct places *p = &files->places;

	while (p->oldest && (p->count >= LIMIT_PLACES || p->bytes > LIMIT_PLACES_BYTES)) {
		files->mem->lost[LOSS_FILES]++;
		forget(p, p->oldest);
	}
}

static struct place *find(const struct files *files, struct map *map,
			  const struct host *host, const char *path)
{
	struct places *p = &((struct files *)files)->places; /* for its scratch key */

	return p->count ? map_get(map, key_of(p, host, path)) : NULL;
}

void files_forget_place(struct files *files, const struct host *host, const char *path)
{
	struct place *place = find(files, files->places.symlinks, host, path);

	if (place)
		forget(&files->places, place);
	place = find(files, files->places.moved_to, host, path);
	if (place)
		forget(&files->places, place);
}

void files_symlink(struct files *files, struct proc *proc, struct evref at,
		   const char *path, const char *target)
{
	struct places *p = &files->places;
	struct place *place;

	files_forget_place(files, proc->host, path);
	make_room(files);
	place = add(p, proc, at, path, target);
	place->kind = PLACE_SYMLINK;
	map_put(p->symlinks, key_of(p, proc->host, path), place);
}

void files_move_symlink(struct files *files, struct proc *proc, struct evref at,
			const char *from, const char *to)
{
	struct place *place = find(files, files->places.symlinks, proc->host, from);
	char *target;

	if (!place) {
		files_forget_place(files, proc->host, to);
		return;
	}
	target = xstrdup(place->to);
	forget(&files->places, place);
	files_symlink(files, proc, at, to, target);
	free(target);
}

void files_move_dir(struct files *files, struct proc *proc, struct evref at,
		    const char *from, const char *to)
{
	struct places *p = &files->places;
	struct place *before = find(files, p->moved_to, proc->host, from);
	char *home = xstrdup(before ? before->path : from);
	struct place *place;

	if (before)
		forget(p, before);
	files_forget_place(files, proc->host, to);
	if (strcmp(home, to) != 0) { /* else it is back where it was */
		make_room(files);
		place = add(p, proc, at, home, to);
		place->kind = PLACE_MOVED;
		map_put(p->moved_from, key_of(p, proc->host, home), place);
		map_put(p->moved_to, key_of(p, proc->host, to), place);
	}
	free(home);
}

const struct place *files_symlink_at(const struct files *files, const struct host *host,
				     const char *path)
{
	return find(files, files->places.symlinks, host, path);
}

const struct place *files_moved_to(const struct files *files, const struct host *host,
				   const char *path)
{
	return find(files, files->places.moved_to, host, path);
}

const struct place *files_moved_from(const struct files *files, const struct host *host,
				     const char *path)
{
	return find(files, files->places.moved_from, host, path);
}

bool files_has_places(const struct files *files)
{
	return files->places.count != 0;
}
