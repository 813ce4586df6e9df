/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/files.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/xalloc.h"
#include "state/files_priv.h"

static const char *const change_names[FILE_CHANGE_MAX] = {
	[FILE_CREATED] = "created",
	[FILE_WRITTEN] = "opened for writing",
	[FILE_TRUNCATED] = "emptied and written",
	[FILE_RENAMED] = "renamed",
	[FILE_LINKED] = "linked",
	[FILE_CHMOD] = "made executable",
	[FILE_DELETED] = "deleted",
};

const char *file_change_name(enum file_change change)
{
	return change_names[change];
}

enum { SHED = 256 }; /* at once */

struct files *files_new(struct memory *mem)
{
	struct files *files = xcalloc(1, sizeof(*files));

	files->mem = mem;
	files->by_inode = map_new();
	files->epochs = map_new();
	places_init(&files->places);
	return files;
}

/* ---- who did it ---- */

void file_act_clear(struct file_act *act)
{
	if (act->proc)
		proc_unref(&act->proc);
	if (act->image)
		image_unref(&act->image);
	*act = (struct file_act){ 0 };
}

void file_act_set(struct file_act *act, enum file_change change, struct proc *proc,
		  struct evref at)
{
	struct file_act fresh = { change, at, proc_ref(proc), image_ref(proc->image) };

	file_act_clear(act);
	*act = fresh;
}

static void clear_write(struct file_write *w)
{
	file_act_clear(&w->act);
	free(w->origin);
	free(w->via);
	*w = (struct file_write){ 0 };
}

/* ---- devices ---- */

/*
 * Numbers of anonymous devices (major 0: overlay, tmpfs) are given again as
 * soon as a file system is unmounted, and two overlays of one image show the
 * same inodes: an epoch and the boot, in upper bits of the key where no
 * major number reaches (12 bits, linux/kdev_t.h MINORBITS), tell them apart.
 */
enum { EPOCH_SHIFT = 44, EPOCH_BITS = 10, EPOCH_MASK = (1 << EPOCH_BITS) - 1 };

static struct slice epoch_key(const struct host *host, uint64_t dev, uint64_t out[2])
{
	out[0] = (uint64_t)(uintptr_t)host;
	out[1] = dev;
	return slice_make((const char *)out, 2 * sizeof(*out));
}

static uint64_t key_dev(const struct files *files, const struct host *host, uint64_t dev)
{
	uint64_t key[2], epoch;

	if (dev >> 32 != 0)
		return dev;
	epoch = (uintptr_t)map_get(files->epochs, epoch_key(host, dev, key)) & EPOCH_MASK;
	epoch |= (uint64_t)(host->boot & EPOCH_MASK) << EPOCH_BITS;
	return dev | epoch << EPOCH_SHIFT;
}

void files_new_device(struct files *files, const struct host *host, uint64_t dev)
{
	uint64_t key[2];
	struct slice slice = epoch_key(host, dev, key);
	uintptr_t epoch = (uintptr_t)map_get(files->epochs, slice);

	if (dev >> 32 == 0 && map_count(files->epochs) < LIMIT_PLACES)
		map_put(files->epochs, slice, (void *)(epoch + 1));
}

/* ---- the list of files, newest first ---- */

static struct slice inode_key(const struct file *f, uint64_t out[3])
{
	out[0] = (uint64_t)(uintptr_t)f->host;
	out[1] = f->key_dev;
	out[2] = f->inode;
	return slice_make((const char *)out, 3 * sizeof(*out));
}

static void take_out(struct files *files, struct file *f)
{
	if (f->newer)
		f->newer->older = f->older;
	else
		files->newest = f->older;
	if (f->older)
		f->older->newer = f->newer;
	else
		files->oldest = f->newer;
	f->newer = f->older = NULL;
}

static void put_newest(struct files *files, struct file *f)
{
	f->older = files->newest;
	if (files->newest)
		files->newest->newer = f;
	else
		files->oldest = f;
	files->newest = f;
}

static void put_oldest(struct files *files, struct file *f)
{
	f->newer = files->oldest;
	if (files->oldest)
		files->oldest->older = f;
	else
		files->newest = f;
	files->oldest = f;
}

static void forget(struct files *files, struct file *f)
{
	uint64_t key[3];

	map_del(files->by_inode, inode_key(f, key));
	take_out(files, f);
	files->bytes -= f->weight;
	clear_write(&f->content);
	clear_write(&f->opened);
	file_act_clear(&f->named);
	file_act_clear(&f->chmod);
	file_act_clear(&f->gone);
	free(f->home);
	free(f->name);
	free(f);
}

void files_free(struct files **filesp)
{
	struct files *files = *filesp;

	if (!files)
		return;
	while (files->oldest)
		forget(files, files->oldest);
	places_fini(&files->places);
	map_free(&files->by_inode);
	map_free(&files->epochs);
	free(files);
	*filesp = NULL;
}

static struct file *find(const struct files *files, const struct host *host, uint64_t dev,
			 uint64_t inode)
{
	struct file wanted = { .host = host, .inode = inode };
	uint64_t key[3];

	if (inode == 0 || !files->newest)
		return NULL;
	wanted.key_dev = key_dev(files, host, dev);
	return map_get(files->by_inode, inode_key(&wanted, key));
}

const struct file *files_find(const struct files *files, const struct host *host,
			      uint64_t dev, uint64_t inode)
{
	return find(files, host, dev, inode);
}

/* To be called when anything that f owns has changed: older ones go for it. */
static void weigh(struct files *files, struct file *f)
{
	const char *const texts[] = { f->home,        f->name,          f->content.origin,
				      f->content.via, f->opened.origin, f->opened.via };
	size_t weight = sizeof(*f) + 6 * MALLOC_COST;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		weight += memory_text(texts[i]);
	files->bytes += weight - f->weight;
	f->weight = (uint32_t)weight;
	while (files->bytes > LIMIT_FILES_BYTES && files->oldest != f) {
		files->mem->lost[LOSS_FILES]++;
		forget(files, files->oldest);
	}
}

bool files_shed(struct files *files)
{
	bool any = files->oldest || files->places.oldest;

	for (int i = 0; i < SHED && files->oldest; i++) {
		files->mem->lost[LOSS_FILES]++;
		forget(files, files->oldest);
	}
	for (int i = 0; i < SHED && files->places.oldest; i++) {
		files->mem->lost[LOSS_FILES]++;
		places_forget_oldest(&files->places);
	}
	return any;
}

/* home: the name to begin with. */
static struct file *get(struct files *files, const struct file_ref *ref, const char *home)
{
	struct file *f = find(files, ref->host, ref->dev, ref->inode);
	uint64_t key[3];

	if (ref->inode == 0)
		return NULL;
	if (f) {
		take_out(files, f);
		put_newest(files, f);
		return f;
	}
	if (map_count(files->by_inode) >= LIMIT_FILES) {
		files->mem->lost[LOSS_FILES]++;
		forget(files, files->oldest);
	}
	f = xcalloc(1, sizeof(*f));
	f->host = ref->host;
	f->dev = ref->dev;
	f->inode = ref->inode;
	f->key_dev = key_dev(files, ref->host, ref->dev);
	f->home = xstrdup(home);
	f->name = xstrdup(home);
	map_put(files->by_inode, inode_key(f, key), f);
	put_newest(files, f);
	weigh(files, f);
	return f;
}

/* ---- what happens to them ---- */

static void replace(char **str, const char *with)
{
	char *copy = with ? xstrdup(with) : NULL;

	free(*str);
	*str = copy;
}

/* Another file has the inode now. */
static void begin_anew(struct file *f, const char *path)
{
	file_act_clear(&f->named);
	file_act_clear(&f->chmod);
	file_act_clear(&f->gone);
	clear_write(&f->opened);
	replace(&f->home, path);
	replace(&f->name, path);
	f->created = true;
}

static void set_write(struct file_write *w, const struct file_source *source)
{
	if (source->origin)
		w->origin = xstrdup(source->origin);
	if (source->via)
		w->via = xstrdup(source->via);
	w->pipe = source->pipe;
	w->over_socket = source->over_socket;
}

void files_write(struct files *files, const struct file_ref *ref, enum file_change change,
		 struct proc *proc, struct evref at, const struct file_source *source)
{
	struct file *f = get(files, ref, ref->path);
	struct file_write *w;

	if (!f)
		return;
	if (change == FILE_CREATED)
		begin_anew(f, ref->path);
	w = change == FILE_WRITTEN ? &f->opened : &f->content;
	clear_write(w);
	file_act_set(&w->act, change, proc, at);
	set_write(w, source);
	weigh(files, f);
}

/* What was there before stays in the file, and with it where that came from. */
static void keep_origin(struct file_write *fresh, struct file_write *before)
{
	if (fresh->origin || !before->origin)
		return;
	fresh->origin = before->origin;
	before->origin = NULL;
	if (!fresh->via) {
		fresh->via = before->via;
		before->via = NULL;
	}
}

void files_used(struct files *files, const struct host *host, uint64_t dev,
		uint64_t inode)
{
	struct file *f = find(files, host, dev, inode);

	if (!f || !f->opened.act.at.serial)
		return;
	keep_origin(&f->opened, &f->content);
	clear_write(&f->content);
	f->content = f->opened;
	f->opened = (struct file_write){ 0 };
	weigh(files, f);
}

void files_hand_on(struct files *files, uint64_t dev, uint64_t inode, struct proc *proc)
{
	struct file *f = find(files, proc->host, dev, inode);
	struct file_act *act = f ? &f->content.act : NULL;

	if (act && act->at.serial)
		file_act_set(act, act->change, proc, act->at);
}

void files_meet(struct files *files, const struct file_ref *ref)
{
	get(files, ref, ref->path);
}

void files_name(struct files *files, const struct file_ref *ref, enum file_change change,
		struct proc *proc, struct evref at, const char *from)
{
	struct file *f = get(files, ref, from ? from : ref->path);

	if (!f)
		return;
	replace(&f->name, ref->path);
	f->replaced = false;
	file_act_set(&f->named, change, proc, at);
	weigh(files, f);
}

void files_replaced(struct files *files, const struct file_ref *ref)
{
	struct file *f = find(files, ref->host, ref->dev, ref->inode);

	if (f)
		f->replaced = true;
}

void files_mark(struct files *files, const struct file_ref *ref, enum file_change change,
		struct proc *proc, struct evref at)
{
	struct file *f = find(files, ref->host, ref->dev, ref->inode);

	if (!f)
		return;
	file_act_set(change == FILE_CHMOD ? &f->chmod : &f->gone, change, proc, at);
	if (change == FILE_DELETED) { /* likely never asked for again */
		take_out(files, f);
		put_oldest(files, f);
	}
}
