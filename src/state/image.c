/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/image.h"

#include <stdlib.h>

#include "base/xalloc.h"

struct image *image_new(void)
{
	struct image *image = xcalloc(1, sizeof(*image));

	image->refs = 1;
	return image;
}

const char *image_script(const struct image *image)
{
	for (uint32_t i = 0; i < image->nfiles; i++) {
		if (image->files[i].role == EXEC_SCRIPT)
			return image->files[i].path;
	}
	return NULL;
}

void image_count(struct image *image, struct memory *mem)
{
	const char *const texts[] = { image->exe, image->comm, image->name,
				      image->cwd, image->tty,  image->argv_rest };
	size_t weight = sizeof(*image) + MALLOC_COST;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		weight += memory_text(texts[i]);
	for (uint32_t i = 0; i < image->argc; i++)
		weight += sizeof(char *) + memory_text(image->argv[i]);
	if (image->nfiles)
		weight += LIMIT_EXEC_FILES * sizeof(*image->files);
	for (uint32_t i = 0; i < image->nfiles; i++)
		weight += memory_text(image->files[i].path);
	image->weight = (uint32_t)weight;
	image->mem = mem;
	mem->bytes += weight;
}

struct image *image_ref(struct image *image)
{
	image->refs++;
	return image;
}

void image_unref(struct image **imagep)
{
	struct image *image = *imagep;

	*imagep = NULL;
	while (image && --image->refs == 0) {
		struct image *older = image->older;

		if (image->mem)
			image->mem->bytes -= image->weight;
		for (uint32_t i = 0; i < image->argc; i++)
			free(image->argv[i]);
		free(image->argv);
		free(image->argv_rest);
		for (uint32_t i = 0; i < image->nfiles; i++)
			free(image->files[i].path);
		free(image->files);
		free(image->exe);
		free(image->comm);
		free(image->name);
		free(image->cwd);
		free(image->tty);
		free(image);
		image = older; /* iterative: a chain may be long */
	}
}
