/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of one or more hosts, and what each of them ran. A process is
 * (host, boot, pid, start), never a pid: its uid is a digest of those and
 * is the same whenever the same log is read.
 *
 * Ownership: the table holds one reference on each living process, every
 * child one on its parent. An ended process stays in memory as long as
 * something still descends from it.
 */
#ifndef AUSPEX_STATE_PROC_H
#define AUSPEX_STATE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/event.h"
#include "state/fdtab.h"
#include "state/host.h"
#include "state/image.h"

enum { PROC_UID_HEX = 32 };

/* In whose numbers exit= of a process's clones is given. */
enum pidns {
	PIDNS_UNKNOWN,
	PIDNS_LIKELY, /* its parent's, and no record tells otherwise */
	PIDNS_HOST,   /* a child's own record has confirmed a number */
	PIDNS_OTHER,  /* a namespace of its own: the numbers say nothing here */
};

/* A part of a file that is mapped, and not to execute. */
struct mapping {
	uint64_t start, len;
	struct fdobj *obj; /* a reference */
};

struct proc {
	uint32_t refs;
	struct host *host;
	char uid[PROC_UID_HEX + 1];
	int64_t pid, ppid;   /* ppid as the records last said */
	struct proc *parent; /* a reference; who forked it, as far as known */
	bool observed;       /* has records of its own */
	bool start_seen;     /* its clone is in the log */
	bool ended, has_exit;
	bool away;         /* put away, or another of that uid has taken its place */
	bool listed;       /* stands in the table's list of changed ones */
	bool made_thread;  /* or may have, since its last execve */
	bool unsettled;    /* what it was given at birth is a guess; see claims.h */
	bool new_pidns;    /* its children begin a pid namespace */
	uint8_t pidns;     /* enum pidns */
	uint8_t strangers; /* children that matched none of its forks */
	int64_t exit_code;
	uint32_t boot;
	struct evref started, end, last;
	struct image *image; /* the present one; never NULL */
	uint32_t first_seq;  /* image->seq when the process began */
	uint32_t told_seq;   /* newest image that the store has heard of */
	struct cred cred;
	char *cwd; /* or NULL */
	/*
	 * The directory that is its "/" since a chroot or pivot_root, as a real
	 * path (files.h); NULL: the host's; "?": another, but not known which.
	 */
	char *root;
	struct mounts *mounts; /* a reference; NULL: it has ended */
	char *peer;            /* "192.0.2.1:80": the newest peer of an inet stream */
	/* The newest file from elsewhere that it read: where that came from. */
	char *read_origin, *read_path;
	struct mapping *maps; /* room for LIMIT_MAPS, or NULL */
	uint32_t nmaps;
	struct container *container; /* a use; see container_of(); NULL: the host */
	uint8_t container_via;       /* enum container_via */
	bool looked_at;              /* by the attribution to containers */
	struct ctr_role *role;       /* in containers' making; NULL: none */
	struct fdtab *fds;           /* never NULL; not in force while files_of is set */
	struct proc *files_of;       /* CLONE_FILES: a reference on whose table it uses */
	struct proc *before, *behind;           /* alive: by their newest records */
	struct fork *oldest_fork, *newest_fork; /* unclaimed; they refer to it */
	uint32_t nforks;
};

/* What is known of a clone. */
struct fork_flags {
	bool share_files;  /* CLONE_FILES */
	bool maybe_thread; /* clone3: the records do not hold its flags */
	bool new_pidns;    /* the child is the first of a pid namespace */
	bool sibling;      /* CLONE_PARENT: the caller's parent is the child's too */
	bool new_mounts;   /* CLONE_NEWNS */
};

struct mounts;
struct proctab;

struct proctab *proctab_new(void);
void proctab_free(struct proctab **tab);

/* The host of that node, made when it is new; NULL: over LIMIT_HOSTS. */
struct host *proctab_host(struct proctab *tab, struct slice node);
/* NULL where the log has not held it. */
const struct host *proctab_known(const struct proctab *tab, struct slice node);
/* The machine was started again: every process of it is gone. */
void proctab_reboot(struct proctab *tab, struct host *host, struct evref at);
/* A living process, or NULL. */
struct proc *proctab_find(const struct host *host, int64_t pid);
/* The same, also one that was put away; see idle.h. */
struct proc *proctab_wake(struct proctab *tab, struct host *host, int64_t pid);
/* Those that were put away as well. */
size_t proctab_alive(const struct proctab *tab);
struct memory *proctab_memory(struct proctab *tab);
/* proc has a record of its own: it is not idle. */
void proctab_active(struct proctab *tab, struct proc *proc);
/* Puts idle processes away where too much is taken, a few at a time. */
void proctab_make_room(struct proctab *tab);
/* Forgets some of those that were put away first. */
void proctab_forget_idle(struct proctab *tab);

/*
 * The process that a record with these ids belongs to. Made when it is new,
 * from a pending clone of its parent where there is one; a process that had
 * the pid before is ended. at: the record's event.
 */
struct proc *proctab_observe(struct proctab *tab, struct host *host,
			     const struct event_syscall *sc, struct evref at,
			     bool is_exec);
/* caller's clone returned number. */
void proctab_fork(struct proctab *tab, struct proc *caller, int64_t number,
		  struct evref at, struct fork_flags flags);
/* proc has closed fd: it may have got it from somebody who is not known yet. */
void proctab_note_close(struct proctab *tab, const struct proc *proc, int fd);
/* Takes over the arguments: image is a reference that the process gets. */
void proctab_exec(struct proctab *tab, struct proc *proc, struct image *image);
/* The process has ended; its descriptors go with proctab_bury(). */
void proctab_exit(struct proctab *tab, struct proc *proc, struct evref at, bool has_code,
		  int64_t code);
/* Lets go of what ended processes held. */
void proctab_bury(struct proctab *tab);
/* Marks as changed. */
void proctab_touch(struct proctab *tab, struct proc *proc);
/*
 * A process that changed since it was last asked for, or NULL. The reference
 * is the caller's (proc_unref). *first_new: images with this seq and newer
 * ones are news.
 */
size_t proctab_changed(const struct proctab *tab);
struct proc *proctab_next_changed(struct proctab *tab, uint32_t *first_new);

/* May the number have been closed and used anew without a record? */
bool proc_fd_unsure(const struct proc *proc, const struct fdent *ent);
/* Nothing is mapped any more, by all that is known. */
void maps_forget(struct proc *proc);
/* From now on proc has a descriptor table of its own. */
void proc_unshare_files(struct proc *proc);
/* The process whose fds are in force for proc: itself, but for CLONE_FILES. */
struct proc *proc_files(struct proc *proc);

/* Puts a copy of value in the place of one of proc's texts; NULL: nothing. */
void proc_set(struct proc *proc, char **field, struct slice value);
struct proc *proc_ref(struct proc *proc);
/* The same for those who only look. */
struct proc *proc_hold(const struct proc *proc);
void proc_unref(struct proc **proc);
/* Is ancestor above proc, or proc itself? Bounded by LIMIT_ANCESTRY. */
bool proc_descends(const struct proc *proc, const struct proc *ancestor);

#endif
