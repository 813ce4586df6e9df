/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that was executed or loaded, and by whom, until its content is known. */
#ifndef AUSPEX_ENGINE_USED_FILE_H
#define AUSPEX_ENGINE_USED_FILE_H

#include "detect/detector.h"

/* Zeroed: none. */
struct used_file {
	struct proc *proc; /* references */
	struct image *image;
	bool program; /* it is what image runs; or else loaded by it */
	char *path;   /* as the process sees it; owned */
	uint64_t dev, inode;
	struct evref at;
};

/* Lets go of what was there. path is copied. */
void used_file_set(struct used_file *file, const struct activity *act, bool program,
		   const char *path, uint64_t dev, uint64_t inode);
void used_file_clear(struct used_file *file);
/* For detectors, but for the digest. Borrows from file. */
struct content used_file_content(const struct used_file *file);

#endif
