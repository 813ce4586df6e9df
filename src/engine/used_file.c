/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/used_file.h"

#include <stdlib.h>

#include "base/xalloc.h"

void used_file_clear(struct used_file *file)
{
	proc_unref(&file->proc);
	image_unref(&file->image);
	free(file->path);
	*file = (struct used_file){ 0 };
}

void used_file_set(struct used_file *file, const struct activity *act, bool program,
		   const char *path, uint64_t dev, uint64_t inode)
{
	used_file_clear(file);
	*file = (struct used_file){ .proc = proc_hold(act->proc),
				    .image = image_ref(act->proc->image),
				    .program = program,
				    .path = xstrdup(path),
				    .dev = dev,
				    .inode = inode,
				    .at = act->at };
}

struct content used_file_content(const struct used_file *file)
{
	return (struct content){ .proc = file->proc,
				 .image = file->image,
				 .program = file->program,
				 .path = file->path,
				 .dev = file->dev,
				 .inode = file->inode,
				 .at = file->at };
}
