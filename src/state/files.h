/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the log saw happen to files: who wrote them, and by which names they
 * went. A file is a (device, inode) of a host, because symbolic links, hard
 * links, bind mounts and descriptors make names alone unsafe. Beside them
 * stand the places whose meaning changed as a whole: symbolic links that
 * were made, and directories that were renamed.
 *
 * All names here are real paths: with the root directory of the task before
 * them, so that the same file has one name inside and outside of a chroot.
 *
 * Bounded; what was not touched for longest goes first.
 */
#ifndef AUSPEX_STATE_FILES_H
#define AUSPEX_STATE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "state/proc.h"

enum file_change {
	FILE_CREATED,
	FILE_WRITTEN, /* opened for writing, and kept what was there */
	FILE_TRUNCATED,
	FILE_RENAMED,
	FILE_LINKED,
	FILE_CHMOD, /* made executable */
	FILE_DELETED,
	FILE_CHANGE_MAX
};

/* Who did something, and when. */
struct file_act {
	enum file_change change;
	struct evref at;     /* serial 0: nothing of the kind was seen */
	struct proc *proc;   /* a reference, with at.serial */
	struct image *image; /* a reference: what proc ran then */
};

/* A change of a file's bytes, and what is known of where they came from. */
struct file_write {
	struct file_act act;
	char *origin;     /* "203.0.113.9:80" or an address; or NULL */
	char *via;        /* the file that they were copied from; or NULL */
	uint64_t pipe;    /* fdobj_pipe() of the writer's standard input; 0: none */
	bool over_socket; /* a connection was the writer's standard input or output */
};

struct file {
	const struct host *host;
	uint64_t dev, inode;
	char *home;                /* the name that it had at first */
	char *name;                /* its newest name */
	struct file_write content; /* the newest change of its bytes */
	struct file_write opened;  /* open for writing, but no use of that was seen */
	struct file_act named;     /* the newest rename or link */
	struct file_act chmod;
	struct file_act gone;       /* the newest removal of a name */
	bool created;               /* by what the log saw */
	uint32_t weight;            /* bytes that it takes, about */
	bool replaced;              /* another file had its newest name before */
	struct file *newer, *older; /* age list */
	uint64_t key_dev;           /* dev, told apart from earlier users of its number */
};

/* A name that leads elsewhere since an event. */
struct place {
	enum { PLACE_SYMLINK, PLACE_MOVED } kind;
	char *path;
	char *to; /* SYMLINK: its target as written; MOVED: the new name */
	struct file_act act;
	uint32_t weight;
	struct place *next, *prev; /* age list */
};

struct files;

/* What is forgotten is counted in mem. */
struct files *files_new(struct memory *mem);
void files_free(struct files **files);
/* Forgets some of the oldest: they hold processes that are to go. false: all gone. */
bool files_shed(struct files *files);

/* Which file, as a PATH record names it. */
struct file_ref {
	const struct host *host;
	uint64_t dev, inode;
	const char *path; /* real */
};

/* The fields of struct file_write that the caller knows. */
struct file_source {
	const char *origin, *via;
	uint64_t pipe;
	bool over_socket;
};

/* Makes an entry where there is none, so that marks are kept. */
void files_meet(struct files *files, const struct file_ref *ref);
/*
 * CREATED, WRITTEN or TRUNCATED. WRITTEN counts as a change of bytes only
 * after files_used().
 */
void files_write(struct files *files, const struct file_ref *ref, enum file_change change,
		 struct proc *proc, struct evref at, const struct file_source *source);
/* The descriptor that the file is open for writing by was made use of. */
void files_used(struct files *files, const struct host *host, uint64_t dev,
		uint64_t inode);
/* A process got the file as its standard output: it is the writer from now on. */
void files_hand_on(struct files *files, uint64_t dev, uint64_t inode, struct proc *proc);
/* RENAMED or LINKED: ref is the new name. */
void files_name(struct files *files, const struct file_ref *ref, enum file_change change,
		struct proc *proc, struct evref at, const char *from);
/* The rename that was told last took the name from another file. */
void files_replaced(struct files *files, const struct file_ref *ref);
/* CHMOD and DELETED: only of files that have an entry already. */
void files_mark(struct files *files, const struct file_ref *ref, enum file_change change,
		struct proc *proc, struct evref at);
/* The device's number now stands for another file system. */
void files_new_device(struct files *files, const struct host *host, uint64_t dev);

/* NULL: the log saw nothing happen to it. Borrowed until the next change. */
const struct file *files_find(const struct files *files, const struct host *host,
			      uint64_t dev, uint64_t inode);

/* path is a symbolic link to target, or a directory that is now target. */
void files_symlink(struct files *files, struct proc *proc, struct evref at,
		   const char *path, const char *target);
void files_move_dir(struct files *files, struct proc *proc, struct evref at,
		    const char *from, const char *to);
/* The symbolic link at path went to another name. */
void files_move_symlink(struct files *files, struct proc *proc, struct evref at,
			const char *from, const char *to);
/* Something else stands at path now, or nothing. */
void files_forget_place(struct files *files, const struct host *host, const char *path);
/* NULL: nothing that the log saw. Borrowed. */
const struct place *files_symlink_at(const struct files *files, const struct host *host,
				     const char *path);
/* The directory that was renamed to path. */
const struct place *files_moved_to(const struct files *files, const struct host *host,
				   const char *path);
const struct place *files_moved_from(const struct files *files, const struct host *host,
				     const char *path);
/* false: nobody needs to look for places. */
bool files_has_places(const struct files *files);

const char *file_change_name(enum file_change change);

#endif
