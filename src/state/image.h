/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program in a process: what an execve showed, or what was found running. */
#ifndef AUSPEX_STATE_IMAGE_H
#define AUSPEX_STATE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "state/fdtab.h"

struct cred {
	uint32_t uid, gid, euid, auid, ses;
};

/* A file that an execve opened. */
enum exec_role {
	EXEC_PROGRAM, /* what exe names */
	EXEC_SCRIPT,  /* handed to the program: by "#!", or by binfmt_misc */
	EXEC_LOADER,  /* the program's ELF interpreter, ld.so */
};

struct exec_file {
	enum exec_role role;
	char *path;          /* as seen by the process; or NULL */
	uint64_t dev, inode; /* inode 0: not recorded */
};

/* A program that a process ran; shared by forked children until they exec. */
struct image {
	uint32_t refs;
	struct image *older; /* a reference; NULL: none known */
	uint32_t seq;        /* 0 for what was found running */
	struct evref event;  /* its execve; serial 0: not seen */
	char *exe, *comm;    /* exe NULL: not known */
	char *name;          /* PATH item 0 as asked for, absolute; or NULL */
	char **argv;         /* argc strings, NULL behind; NULL: not seen */
	uint32_t argc;
	uint64_t argc_total;
	char *argv_rest; /* SHA-256 of the bytes behind those kept; or NULL */
	char *cwd, *tty;
	struct cred cred;
	uint64_t dev, inode;     /* of PATH item 0; inode 0: not recorded */
	struct exec_file *files; /* in the order of the PATH items */
	uint32_t nfiles;
	struct memory *mem; /* where it is counted, with weight bytes; or NULL */
	uint32_t weight;
	bool deleted; /* the kernel said "(deleted)" */
	bool memfd;
};

/* The script that its execve named, as the process sees it; or NULL. */
const char *image_script(const struct image *image);
struct image *image_new(void);
/* All of it is there now: counts it in mem, which must outlive it. */
void image_count(struct image *image, struct memory *mem);
struct image *image_ref(struct image *image);
void image_unref(struct image **image);

#endif
