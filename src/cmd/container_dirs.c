/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/container_dirs.h"

int container_dirs_add(struct container_dirs *dirs, const char *dir, struct err *err)
{
	if (dirs->count == CONTAINER_DIRS_MAX)
		return err_set(err,
			       "more than %d times --containers: copy them into one "
			       "directory",
			       CONTAINER_DIRS_MAX);
	dirs->at[dirs->count++] = dir;
	return 0;
}

int container_dirs_load(struct container_dirs *dirs, const char *configured,
			struct ctrfiles **out, struct err *err)
{
	*out = NULL;
	if (dirs->count == 0 && configured[0])
		dirs->at[dirs->count++] = configured;
	for (size_t i = 0; i < dirs->count; i++) {
		int rc = *out ? ctrfiles_load_more(*out, dirs->at[i], err)
			      : ctrfiles_load(dirs->at[i], out, err);

		if (rc != 0)
			return -1;
	}
	return 0;
}
