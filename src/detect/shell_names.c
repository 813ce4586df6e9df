/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which shell a program is, whatever its file is called: run through the
 * dynamic loader, a hard link or a renamed file by what the log saw, a copy
 * by what its maker was told, and anything by its content where a manifest
 * knows that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/xalloc.h"
#include "detect/integrity.h"
#include "detect/operand.h"
#include "detect/shell_priv.h"

enum { LIMIT_NAMES = 4096, KEY_MAX = 320 };

/* busybox: which of its programs it is, its arguments tell later. */
static bool is_shell(const char *path)
{
	const struct image called = { .exe = (char *)path };

	return path && (shell_kind(&called) != SHELL_NONE ||
			slice_eq_str(slice_basename(slice_str(path)), "busybox"));
}

static struct slice key_of(const struct proc *proc, uint64_t dev, uint64_t inode,
			   char key[KEY_MAX])
{
	int n = snprintf(key, KEY_MAX, "%llx:%llx %s", (unsigned long long)dev,
			 (unsigned long long)inode, proc->host->node);

	return slice_make(key, n < KEY_MAX ? (size_t)n : KEY_MAX - 1);
}

static const struct exec_file *program_file(const struct image *image)
{
	for (uint32_t i = 0; i < image->nfiles; i++) {
		if (image->files[i].role == EXEC_PROGRAM && image->files[i].inode)
			return &image->files[i];
	}
	return NULL;
}

/* "cp /bin/bash x", "dd if=/bin/bash of=x", "cat /bin/bash >x" */
static const char *copied_from(const struct file *file)
{
	const struct image *maker = file->content.act.image;

	if (!file->content.act.at.serial || !file->created || !maker ||
	    shell_kind(maker) != SHELL_NONE)
		return NULL;
	for (uint32_t i = 1; i < maker->argc; i++) {
		const char *arg = maker->argv[i];

		if (strncmp(arg, "if=", 3) == 0)
			arg += 3;
		if (strchr(arg, '/') && is_shell(arg))
			return arg;
	}
	return NULL;
}

/* By what the log saw of the file. */
static const char *by_history(const struct shells *s, const struct proc *proc,
			      const struct exec_file *program)
{
	const struct file *file = files_find(state_files(s->honest.state), proc->host,
					     program->dev, program->inode);

	if (!file)
		return NULL;
	if (file->named.at.serial && !file->content.act.at.serial && is_shell(file->home))
		return file->home;
	return copied_from(file);
}

const struct image *shell_called(const struct shells *s, const struct proc *proc,
				 struct image *out)
{
	const struct image *image = proc->image;
	const struct exec_file *program = program_file(image);
	const char *name = NULL;
	char key[KEY_MAX];

	if (shell_kind(image) != SHELL_NONE)
		return image;
	*out = *image;
	if (operand_is_loader(image) && is_shell(operand_loaded(image))) {
		name = operand_loaded(image);
		while (out->argc && out->argv[0] != name) {
			out->argc--;
			out->argv++;
		}
	} else if (program) {
		if (s->names)
			name = map_get(s->names,
				       key_of(proc, program->dev, program->inode, key));
		if (!name)
			name = by_history(s, proc, program);
	}
	if (!name)
		return image;
	out->exe = (char *)name;
	return out;
}

bool shell_learn(struct shells *s, const struct content *content)
{
	const char *name =
		integrity_name(s->honest.manifests, content->proc, content->sha256);
	char key[KEY_MAX];
	struct slice file;

	if (content->inode == 0 || !is_shell(name) || is_shell(content->path))
		return false;
	if (!s->names)
		s->names = map_new();
	if (map_count(s->names) >= LIMIT_NAMES)
		return false;
	file = key_of(content->proc, content->dev, content->inode, key);
	if (!map_get(s->names, file))
		map_put(s->names, file, xstrdup(name));
	return true;
}

void shell_names_fini(struct shells *s)
{
	struct map_iter it = { 0 };
	struct slice key;
	void *name;

	if (!s->names)
		return;
	while (map_next(s->names, &it, &key, &name))
		free(name);
	map_free(&s->names);
}
