/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/exception.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "base/stamp.h"

/* The keys of one exception that hold text, and where the text goes. */
static const struct {
	const char *key;
	size_t offset;
} keys[] = {
	{ "detector", offsetof(struct exception, detector) },
	{ "path", offsetof(struct exception, path) },
	{ "sha256", offsetof(struct exception, sha256) },
	{ "writer", offsetof(struct exception, writer) },
	{ "exe", offsetof(struct exception, exe) },
	{ "image", offsetof(struct exception, image) },
	{ "remote", offsetof(struct exception, remote) },
	{ "reason", offsetof(struct exception, reason) },
};

struct reading {
	const char *where;
	struct arena *arena;
	struct err *err;
};

static const char **field_of(struct exception *e, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].key, key) == 0)
			return (const char **)((char *)e + keys[i].offset);
	}
	return NULL;
}

static int read_member(const struct reading *r, const struct yaml_node *node,
		       struct exception *e)
{
	const char **field = field_of(e, node->key.ptr);

	if (node->kind != YAML_IS_SCALAR || node->text.len == 0 ||
	    memchr(node->text.ptr, '\0', node->text.len))
		return err_set(r->err, "%s:%u: exceptions: %s: write one text", r->where,
			       node->line, node->key.ptr);
	if (field) {
		*field = arena_slice_dup(r->arena, node->text);
		return 0;
	}
	if (strcmp(node->key.ptr, "expires") != 0)
		return err_set(
			r->err,
			"%s:%u: exceptions: the key \"%s\" is unknown: use detector, path, sha256, writer, exe, image, remote, reason, expires",
			r->where, node->line, node->key.ptr);
	if (!stamp_parse(node->text.ptr, 0, &e->expires))
		return err_set(
			r->err,
			"%s:%u: exceptions: expires: \"%s\" is no date: write 2027-01-31",
			r->where, node->line, node->text.ptr);
	return 0;
}

static int check(const struct reading *r, const struct yaml_node *node,
		 const struct exception *e)
{
	if (!e->reason)
		return err_set(
			r->err,
			"%s:%u: exceptions: there is no reason: say why this is honest",
			r->where, node->line);
	if (!e->path && !e->sha256 && !e->writer && !e->exe && !e->image && !e->remote)
		return err_set(
			r->err,
			"%s:%u: exceptions: this would hide too much: name a path, sha256, writer, exe, image or remote",
			r->where, node->line);
	return 0;
}

int exceptions_read(const struct yaml_node *list, const char *where, struct arena *arena,
		    const struct exception **out, size_t *count, struct err *err)
{
	struct reading r = { where, arena, err };
	struct exception *all;
	size_t n = 0;

	if (list->kind != YAML_IS_SEQ || list->count > LIMIT_EXCEPTIONS)
		return err_set(err, "%s:%u: exceptions: write a list of at most %d",
			       where, list->line, LIMIT_EXCEPTIONS);
	all = arena_zalloc(arena, (list->count + (size_t)1) * sizeof(*all));
	for (const struct yaml_node *item = list->first; item; item = item->next, n++) {
		all[n].line = item->line;
		if (item->kind != YAML_IS_MAP)
			return err_set(
				err, "%s:%u: exceptions: write \"- path: ...\" and so on",
				where, item->line);
		for (const struct yaml_node *m = item->first; m; m = m->next) {
			if (read_member(&r, m, &all[n]) != 0)
				return -1;
		}
		if (check(&r, item, &all[n]) != 0)
			return -1;
	}
	*out = all;
	*count = n;
	return 0;
}

/* Is text below a directory like pattern[0..len)? */
static bool is_below(const char *pattern, size_t len, const char *text)
{
	char dir[PATH_MAX], above[PATH_MAX];
	size_t end = strlen(text);

	if (len >= sizeof(dir) || end >= sizeof(above))
		return false;
	memcpy(dir, pattern, len);
	dir[len] = '\0';
	memcpy(above, text, end + 1);
	while (end > 0) {
		while (end > 0 && above[end - 1] != '/')
			end--;
		if (end == 0)
			return false;
		above[--end] = '\0';
		if (fnmatch(dir, above, FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}

static bool like(const char *pattern, const char *text)
{
	size_t len = pattern ? strlen(pattern) : 0;

	if (!pattern || !text)
		return !pattern;
	if (len > 3 && strcmp(pattern + len - 3, "/**") == 0)
		return is_below(pattern, len - 3, text);
	return fnmatch(pattern, text, FNM_PATHNAME) == 0;
}

static bool same(const char *wanted, const char *text)
{
	return !wanted || (text && strcasecmp(wanted, text) == 0);
}

bool exception_covers(const struct exception *e, const struct finding *f)
{
	static const struct finding_target no_target;
	static const struct finding_process no_process;
	static const struct finding_container no_container;
	static const struct finding_network no_network;
	const struct finding_target *target = f->target ? f->target : &no_target;
	const struct finding_process *process = f->process ? f->process : &no_process;
	const struct finding_process *writer =
		target->writer ? target->writer : &no_process;
	const struct finding_container *container =
		f->container ? f->container : &no_container;
	const struct finding_network *network = f->network ? f->network : &no_network;

	if (e->expires && f->last_seen >= e->expires)
		return false;
	if (f->indicator && !e->detector && !e->sha256)
		return false;
	return same(e->detector, f->detector->id) && like(e->path, target->path) &&
	       same(e->sha256, target->sha256) && like(e->writer, writer->exe) &&
	       like(e->exe, process->exe) && like(e->image, container->image) &&
	       same(e->remote, network->remote_addr);
}
