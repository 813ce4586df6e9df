/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a file what the image holds? The image's own symbolic links, those that
 * the log saw made, hard links, renamed files and directories, and mounts
 * are followed; what decides is the inode's history, and where the log has
 * none of it, that the image holds the name.
 */
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "detect/choice.h"
#include "detect/drift_priv.h"
#include "detect/program.h"
#include "detect/shell_kind.h"

enum { LIMIT_HOPS = 40, LIMIT_MOVES = 8 };

/* One judgement on its way. */
struct view {
	const struct files *files;
	const struct host *host;
	const struct manifest *manifest; /* NULL: none speaks for the process */
	const struct proc *proc;
	char base[LIMIT_PATH]; /* real path of the image's root, "" the host's */
	size_t base_len;
	char home[LIMIT_PATH]; /* of the file: its names, links resolved */
	char name[LIMIT_PATH];
};

static const char *in_image(const struct view *v, const char *real)
{
	if (!path_within(real, v->base[0] ? v->base : NULL))
		return NULL;
	real += v->base_len;
	return *real ? real : "/";
}

static const struct manifest_entry *find(const struct view *v, const char *path)
{
	return v->manifest && path ? manifest_find(v->manifest, slice_str(path)) : NULL;
}

static bool is_link(const struct view *v, const char *path)
{
	const struct manifest_entry *e =
		manifest_find_nofollow(v->manifest, slice_str(path));

	return e && e->kind == MF_LINK;
}

/* ---- names ---- */

/* The target of a link at real[0..len), or NULL: the log's, else the image's. */
static const char *link_at(const struct view *v, const char *real, size_t len)
{
	const struct manifest_entry *e;
	const struct place *place;
	char prefix[LIMIT_PATH];
	const char *path;

	memcpy(prefix, real, len);
	prefix[len] = '\0';
	place = files_symlink_at(v->files, v->host, prefix);
	if (place)
		return place->to;
	path = v->manifest ? in_image(v, prefix) : NULL;
	e = path ? manifest_find_nofollow(v->manifest, slice_str(path)) : NULL;
	return e && e->kind == MF_LINK ? e->link : NULL;
}

/* Puts target in the place of the link real[0..len); root_len: of "/" in it. */
static void substitute(char real[LIMIT_PATH], size_t len, const char *target,
		       size_t root_len)
{
	char whole[LIMIT_PATH], inner[LIMIT_PATH], base[LIMIT_PATH];
	struct slice rest = slice_str(real + len);
	size_t dir = len;

	while (dir > root_len && real[dir - 1] != '/')
		dir--;
	memcpy(base, real + root_len, dir - root_len);
	path_absolute(slice_make(base, dir - root_len), slice_str(target), inner);
	while (rest.len && rest.ptr[0] == '/')
		rest = slice_skip(rest, 1);
	if (rest.len) {
		path_absolute(slice_str(inner), rest, whole);
		memcpy(inner, whole, strlen(whole) + 1);
	}
	real[root_len] = '\0';
	memcpy(base, real, root_len + 1);
	path_real(root_len ? base : NULL, inner, real);
}

/* Follows one link in real; false: there is none. */
static bool follow_one(const struct view *v, char real[LIMIT_PATH], size_t root_len)
{
	size_t len = strlen(real);

	for (size_t i = root_len + 1; i <= len; i++) {
		const char *target;

		if (real[i] != '/' && real[i] != '\0')
			continue;
		target = link_at(v, real, i);
		if (target && *target) {
			substitute(real, i, target, root_len);
			return true;
		}
	}
	return false;
}

static void resolve(const struct view *v, char real[LIMIT_PATH])
{
	size_t root_len = v->proc->root ? strlen(v->proc->root) : 0;

	if (!path_within(real, v->proc->root))
		return; /* a name from outside, where links lead elsewhere */
	for (int hops = 0; hops < LIMIT_HOPS; hops++) {
		if (!follow_one(v, real, root_len))
			break;
	}
}

/* Where what was once at real is now, after its directories were renamed. */
static void follow_moves(const struct view *v, char real[LIMIT_PATH])
{
	for (int moves = 0; moves < LIMIT_MOVES && files_has_places(v->files); moves++) {
		const struct place *place = NULL;
		size_t len = strlen(real);
		char whole[LIMIT_PATH], rest[LIMIT_PATH];

		for (; len > 1 && !place; len--) {
			char end = real[len];

			if (end != '/' && end != '\0')
				continue;
			real[len] = '\0';
			place = files_moved_from(v->files, v->host, real);
			real[len] = end;
			if (place)
				break;
		}
		if (!place)
			return;
		memcpy(rest, real + len, strlen(real + len) + 1);
		path_real(place->to, rest[0] ? rest : "/", whole);
		memcpy(real, whole, strlen(whole) + 1);
	}
}

/* The renamed directory that real now lies in, or NULL. */
static const struct place *moved_here(const struct view *v, const char *real)
{
	char prefix[LIMIT_PATH];
	size_t len = strlen(real);

	if (!files_has_places(v->files))
		return NULL;
	memcpy(prefix, real, len + 1);
	while (len > 1) {
		const struct place *place;

		while (len > 1 && prefix[len] != '/')
			len--;
		prefix[len] = '\0';
		place = files_moved_to(v->files, v->host, prefix);
		if (place)
			return place;
		len--;
	}
	return NULL;
}

static void take_names(struct view *v, const struct file *file)
{
	memcpy(v->home, file->home, strlen(file->home) + 1);
	memcpy(v->name, file->name, strlen(file->name) + 1);
	resolve(v, v->home);
	resolve(v, v->name);
	follow_moves(v, v->home);
	follow_moves(v, v->name);
}

/*
 * A name that a file was opened by may be a symbolic link or another hard
 * link than the log knows: what the file is called otherwise.
 */
static void use_own_name(const struct view *v, const struct file *file,
			 char real[LIMIT_PATH])
{
	if ((file->created || file->named.at.serial) && strcmp(real, v->home) != 0 &&
	    strcmp(real, v->name) != 0 && in_image(v, v->name))
		memcpy(real, v->name, strlen(v->name) + 1);
}

/* ---- content ---- */

/* A program text that speaks of writing. */
static bool speaks_of_writing(const char *text)
{
	static const char *const words[] = { "write", "print", "put",  "trunc", "mmap",
					     "copy",  "send",  "dump", "save",  "say " };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasestr(text, words[i]))
			return true;
	}
	return false;
}

/*
 * A file was opened for writing and closed again: writes are not audited.
 * Most programs open so to write. A package manager does it to flush what it
 * wrote before, a shell writes through its own or a program's output, and
 * interpreters may do anything: there the program's text tells, if it can.
 */
static bool opening_counts(const struct file_write *w, enum confidence *confidence)
{
	const struct image *image = w->act.image;
	enum shell_kind kind = shell_kind(image);

	*confidence = CONF_MEDIUM;
	if (program_is_packager(image) || kind == SHELL_SHELL)
		return false;
	if (kind == SHELL_NONE)
		return true;
	*confidence = CONF_LOW;
	return shell_input(image, kind) != SHELL_COMMAND ||
	       speaks_of_writing(shell_argument(image, kind));
}

const struct file_write *drift_change(const struct file *file,
				      enum confidence *confidence)
{
	*confidence = CONF_HIGH;
	if (!file)
		return NULL;
	if (file->content.act.at.serial)
		return &file->content;
	if (file->opened.act.at.serial && opening_counts(&file->opened, confidence))
		return &file->opened;
	return NULL;
}

static bool same_content(const struct manifest_entry *a, const struct manifest_entry *b)
{
	return a == b || (a->has_sha256 && b->has_sha256 &&
			  memcmp(a->sha256, b->sha256, SHA256_LEN) == 0);
}

/* What of the image a file is that was renamed or linked only, or NULL. */
static const struct manifest_entry *was_before(const struct view *v,
					       const struct file *file)
{
	const char *home;

	if (!file || file->content.act.at.serial || !file->named.at.serial)
		return NULL;
	home = in_image(v, v->home);
	return home ? manifest_find_nofollow(v->manifest, slice_str(home)) : NULL;
}

/*
 * Mounts that the root was set up with are part of it. File systems of
 * disks are no news either, other than that of a file: one that is laid over a
 * program of the image is not the image's, whoever did it.
 */
static bool mount_counts(const struct mount *mount, const struct proc *proc,
			 const char *real)
{
	if (mount->kind == MOUNT_BIND && strcmp(mount->from, mount->at) == 0)
		return false;
	if (mount->kind == MOUNT_BIND && strcmp(mount->at, real) == 0)
		return true; /* of this very file */
	if (mount->kind == MOUNT_DEVICE &&
	    !(mount->from && strstr(mount->from, "/dev/loop")))
		return false;
	if (!proc->root)
		return !mount->root;
	return mount->root && path_within(mount->root, proc->root);
}

static const struct mount *mount_of(const struct view *v, const struct proc *proc,
				    const char *real)
{
	const struct mounts *mounts = proc->mounts ? proc->mounts : v->host->mounts;
	const struct mount *mount = mounts_covering(mounts, real);

	/* The root itself, and what holds it, is not worth to be named. */
	return mount && !path_within(proc->root ? proc->root : "/", mount->at) ? mount
									       : NULL;
}

/* ---- the verdict ---- */

/* Was it done in the container, or to it while it ran? */
static bool while_running(const struct container *c, const struct file_act *act)
{
	return container_of(act->proc) == c || act->at.time > c->since.time ||
	       (act->at.time == c->since.time && act->at.serial > c->since.serial);
}

/*
 * Without an overlay (the vfs driver, a bundle) a root is a copy of the image:
 * what an engine wrote there before the container ran is how it began.
 */
static bool is_unpacking(const struct proc *proc, const struct file_act *act)
{
	const struct container *c = container_of(proc);

	return c && act->at.serial && !while_running(c, act) &&
	       program_is_engine(act->image);
}

static void judge_listed(const struct view *v, const struct drift_subject *s,
			 const char *real, struct drift_judgement *j)
{
	j->verdict = DRIFT_MODIFIED;
	j->write = drift_change(j->file, &j->confidence);
	if (j->write && is_unpacking(s->proc, &j->write->act))
		j->write = NULL;
	if (j->write)
		return;
	j->confidence = CONF_HIGH;
	if (j->file && j->file->named.at.serial &&
	    !is_unpacking(s->proc, &j->file->named)) {
		const char *home = in_image(v, v->home);

		if (home && strcmp(home, j->path) == 0) { /* it is back */
			j->verdict = DRIFT_SAME;
			return;
		}
		if (!j->was || !same_content(j->was, j->entry))
			return;
	}
	if (j->mount && mount_counts(j->mount, s->proc, real))
		return;
	if (j->was_link)
		return;
	j->moved = moved_here(v, real);
	if (j->moved) {
		j->confidence = CONF_MEDIUM;
		return;
	}
	j->verdict = DRIFT_SAME;
}

/*
 * Nobody has recorded the image. A file that was made while the container
 * ran is none of it, and one that was changed is not as it was.
 */
static void judge_by_history(const struct view *v, const struct drift_subject *s,
			     const char *real, struct drift_judgement *j)
{
	const struct file_write *write = drift_change(j->file, &j->confidence);

	if (!write || !while_running(container_of(s->proc), &write->act))
		return;
	if (j->file->created && !(j->file->replaced && strcmp(real, v->name) == 0)) {
		j->verdict = DRIFT_ADDED;
	} else {
		j->verdict = DRIFT_MODIFIED;
		j->write = write;
	}
	j->by_history = true;
	if (j->confidence == CONF_HIGH)
		j->confidence = CONF_MEDIUM;
}

/* The directory that the manifest describes: of a chroot in it not the chroot's. */
static void set_base(struct view *v, const struct manifest_choice *choice, bool of_host)
{
	const struct container *c = container_of(v->proc);
	const char *base = v->proc->root ? v->proc->root : "";

	if (of_host)
		base = "";
	else if (choice->dir)
		base = choice->dir;
	else if (c && c->root && path_within(base, c->root))
		base = c->root;

	path_absolute(slice_str(NULL), slice_str(base), v->base);
	if (strcmp(v->base, "/") == 0)
		v->base[0] = '\0';
	v->base_len = strlen(v->base);
}

/* Most calls end soon: the rooms for paths are not filled with zeros. */
static void begin(struct view *v, struct drift_judgement *j, const struct state *state,
		  const struct drift_subject *s)
{
	memset(v, 0, offsetof(struct view, base));
	v->files = state_files(state);
	v->host = s->proc->host;
	v->proc = s->proc;
	v->home[0] = v->name[0] = '\0';
	memset(j, 0, offsetof(struct drift_judgement, path));
	j->confidence = CONF_HIGH;
	j->path[0] = '\0';
}

void drift_judge(const struct drift *d, const struct state *state,
		 const struct drift_subject *s, struct drift_judgement *j)
{
	struct manifest_choice choice = choice_for(d->manifests, s->proc);
	bool of_host = !choice.manifest;
	char real[LIMIT_PATH];
	const char *path;
	struct view v;

	begin(&v, j, state, s);
	j->file = files_find(v.files, v.host, s->dev, s->inode);
	/* A folder that somebody runs in may be older than the host's manifest:
	 * only what the log saw arrive there is judged by that. */
	if (of_host && drift_change(j->file, &j->confidence))
		choice = choice_of_host(d->manifests, s->proc);
	v.manifest = choice.manifest;
	j->manifest = choice.name;
	j->image = choice.manifest;
	j->confidence = CONF_HIGH;
	set_base(&v, &choice, of_host && choice.manifest);
	if (j->file)
		take_names(&v, j->file);
	path_real(s->proc->root, s->path, real);
	if (!s->resolved)
		resolve(&v, real);
	j->mount = mount_of(&v, s->proc, real);
	if (!s->resolved && j->file && !j->mount)
		use_own_name(&v, j->file, real);
	path = in_image(&v, real);
	snprintf(j->path, sizeof(j->path), "%s", path ? path : s->path);
	if (!choice.manifest && choice_by_history(d->manifests, s->proc))
		judge_by_history(&v, s, real, j);
	if (!choice.manifest)
		return;
	j->was = was_before(&v, j->file);
	j->entry = find(&v, j->path);
	j->was_link = s->resolved && is_link(&v, j->path);
	if (j->entry && j->entry->kind == MF_FILE)
		judge_listed(&v, s, real, j);
	else
		j->verdict = DRIFT_ADDED;
}
