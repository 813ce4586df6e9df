/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds what: open file descriptions (struct fdobj, one for each open,
 * socket, pipe end, ...), the channels that join their ends, and the
 * descriptor tables that name them.
 *
 * What the records do not show is unknown, not empty: a number without an
 * entry may be anything that was inherited from before the log began.
 */
#ifndef AUSPEX_STATE_FDTAB_H
#define AUSPEX_STATE_FDTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/sockaddr.h"
#include "finding/finding.h"

struct proc;

/* An event of the host that is being looked at. */
struct evref {
	stamp_ms time;
	uint32_t serial; /* 0: none */
};

enum fdobj_kind {
	FDOBJ_UNKNOWN, /* has a number, but no record tells where it came from */
	FDOBJ_FILE,
	FDOBJ_SOCKET, /* inet, inet6, unix or another family; see sock */
	FDOBJ_PIPE_READ,
	FDOBJ_PIPE_WRITE,
	FDOBJ_SOCKETPAIR,
	FDOBJ_FIFO,
	FDOBJ_PTY_MASTER,
	FDOBJ_PTY_SLAVE,
	FDOBJ_MEMFD,
	FDOBJ_KIND_MAX
};

enum sock_role { SOCK_FRESH, SOCK_CONNECTED, SOCK_ACCEPTED, SOCK_LISTENING };

struct sock {
	enum sock_family family;
	bool datagram;
	enum sock_role role;
	bool in_progress; /* connect said EINPROGRESS */
	bool has_local, has_remote;
	struct sockaddr_info local, remote;
	struct evref joined; /* its connect or accept */
	int64_t joined_pid;  /* who did that */
};

/* What two or more objects pass bytes through. */
struct channel {
	struct fdobj **ends; /* borrowed: an object leaves when it goes */
	uint32_t nends, cap;
	int64_t pts;   /* number of /dev/pts/N; -1: not known */
	uint32_t made; /* serial of the event that it was first seen in */
	bool held;     /* stands in a map of state's: outlives its ends */
};

struct fdobj {
	uint32_t refs;
	enum fdobj_kind kind;
	struct evref birth;
	int64_t maker_pid;
	uint32_t flags;      /* O_* of an open */
	char *path;          /* FILE, FIFO, PTY_SLAVE, MEMFD: owned; or NULL */
	uint64_t dev, inode; /* FILE, FIFO, and a MEMFD that was opened by name */
	uint32_t mode;       /* of an open: st_mode; 0: not recorded */
	struct sock *sock;   /* SOCKET: owned */
	struct channel *channel;
	/* Processes with at least one descriptor of it; not kept for files. */
	struct proc **holders;
	uint32_t nholders, holders_cap;
};

struct fdent {
	int fd;
	bool cloexec;
	bool ghost; /* closed by an exec if close-on-exec was still set; see fdtab_exec */
	bool unsure;       /* copied from a number that may have been used anew unseen */
	struct fdobj *obj; /* a reference of the table's */
	struct evref placed; /* the event that put it at this number */
	enum { FD_BORN, FD_DUPLICATED, FD_INHERITED } how;
	int from; /* FD_DUPLICATED: the number it was copied from */
};

struct fdtab;

/* 0:1, the kernel's own tmpfs, the first anonymous device (mm/shmem.c). */
enum { MEMFD_DEV = 1 };

enum { LIMIT_FDS = 4096, LIMIT_HOLDERS = 1024, LIMIT_CHANNEL_ENDS = 1024 };

struct fdobj *fdobj_new(enum fdobj_kind kind, struct evref birth, int64_t maker_pid);
struct fdobj *fdobj_ref(struct fdobj *obj);
void fdobj_unref(struct fdobj **obj);
/* What was unknown turns out to be a socket. */
void fdobj_is_socket(struct fdobj *obj, enum sock_family family);
const char *fdobj_kind_name(enum fdobj_kind kind);
/* Of another process: pipes, sockets, ptys. */
bool fdobj_is_stream(const struct fdobj *obj);
bool fdobj_is_inet(const struct fdobj *obj);
/* Connected or accepted, or a UDP socket with a peer. */
bool fdobj_is_joined(const struct fdobj *obj);

struct channel *channel_new(struct evref made);
void channel_join(struct channel *channel, struct fdobj *obj);
/* The map that held it does so no more. */
void channel_let_go(struct channel *channel);

/*
 * A table belongs to one process; a fork's snapshot shares it until one side
 * writes. Only the owner counts as holder of what the table names.
 */
struct fdtab *fdtab_new(void);
struct fdtab *fdtab_ref(struct fdtab *tab);
void fdtab_unref(struct fdtab **tab);

/* NULL: not known, or a ghost. */
const struct fdent *fdtab_get(const struct fdtab *tab, int fd);
/* The same, ghosts as well. */
const struct fdent *fdtab_get_ghost(const struct fdtab *tab, int fd);
size_t fdtab_count(const struct fdtab *tab);
/*
 * A number was given out that the table thinks is taken: a close was not
 * recorded, and others may not have been. From then on older entries are
 * unsure.
 */
void fdtab_note_leak(struct fdtab **tab, struct evref at);
/* Was ent placed before such a leak was noticed? */
bool fdtab_is_leaky(const struct fdtab *tab, const struct fdent *ent);
const struct fdent *fdtab_at(const struct fdtab *tab, size_t i);

/*
 * Changes for a process. *tab is replaced by a copy first where a snapshot
 * shares it. put takes its own reference on obj; false: over LIMIT_FDS.
 */
bool fdtab_put(struct fdtab **tab, struct proc *owner, const struct fdent *ent);
void fdtab_close(struct fdtab **tab, struct proc *owner, int fd);
void fdtab_close_range(struct fdtab **tab, struct proc *owner, uint64_t first,
		       uint64_t last, bool only_mark);
/*
 * execve: what is marked close-on-exec goes. Rules seldom audit F_SETFD, so
 * the mark may have been taken off unseen: such an entry stays as a ghost
 * until the next exec, and lives again when its number is duplicated.
 */
void fdtab_exec(struct fdtab **tab, struct proc *owner);
/* The process begins (or ceases) to hold all that its table names. */
void fdtab_hold(struct fdtab *tab, struct proc *owner);
void fdtab_release(struct fdtab *tab, struct proc *owner);

#endif
