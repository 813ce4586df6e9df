/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open file descriptions: one for each open, socket, pipe end...; and the
 * channels that join their ends.
 */
#ifndef AUSPEX_STATE_FDOBJ_H
#define AUSPEX_STATE_FDOBJ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/sockaddr.h"
#include "finding/finding.h"
#include "state/memory.h"

struct proc;

/* An event of the host that is being looked at. */
struct evref {
	stamp_ms time;
	uint32_t serial; /* 0: none */
};

static inline bool evref_older(struct evref a, struct evref b)
{
	return a.time != b.time ? a.time < b.time : a.serial < b.serial;
}

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

/* One side of a connection. */
struct endpoint {
	uint32_t refs;
	enum sock_family family;
	int32_t port; /* -1: none */
	bool loopback;
	char addr[]; /* as in struct sockaddr_info */
};

struct sock {
	enum sock_family family : 8;
	enum sock_role role : 8;
	bool datagram;
	bool in_progress;                /* connect said EINPROGRESS */
	struct evref joined;             /* its connect or accept */
	struct endpoint *local, *remote; /* references; NULL: not known */
};

/* What two or more objects pass bytes through. */
struct channel {
	struct fdobj **ends; /* borrowed: an object leaves when it goes */
	uint32_t nends, cap;
	int64_t pts;   /* number of /dev/pts/N; -1: not known */
	uint32_t made; /* serial of the event that it was first seen in */
	bool held;     /* stands in a map of state's: outlives its ends */
};

struct holder {
	struct proc *proc; /* borrowed: it leaves before it goes */
	uint32_t count;    /* of its descriptors */
};

/* What only streams and the unknown have; see fdobj_sock() and the like. */
struct fdstream {
	struct sock *sock; /* SOCKET: owned */
	struct channel *channel;
	struct holder *holders; /* processes with at least one descriptor of it */
	uint32_t nholders, holders_cap;
};

struct fdobj {
	uint32_t refs;
	uint32_t named; /* entries of tables that name it */
	enum fdobj_kind kind : 8;
	uint16_t weight; /* what it was counted with, in eights of bytes */
	uint16_t mode;   /* of an open: st_mode; 0: not recorded */
	uint32_t flags;  /* O_* of an open */
	int32_t maker_pid;
	struct evref birth;
	char *path;               /* FILE, FIFO, PTY_SLAVE, MEMFD: owned; or NULL */
	uint64_t dev, inode;      /* FILE, FIFO, and a MEMFD that was opened by name */
	struct fdstream stream[]; /* one; none for FILE and MEMFD */
};

/* 0:1, the kernel's own tmpfs, the first anonymous device (mm/shmem.c). */
enum { MEMFD_DEV = 1 };

struct fdobj *fdobj_new(enum fdobj_kind kind, struct evref birth, int64_t maker_pid);
/* A FILE; path is copied. */
struct fdobj *fdobj_new_file(struct evref birth, int64_t maker_pid, const char *path);
/* Bytes that it takes, all told. */
size_t fdobj_size(const struct fdobj *obj);
/* NULL where it is no socket, or has no channel. */
static inline struct sock *fdobj_sock(const struct fdobj *obj)
{
	return obj->kind == FDOBJ_SOCKET ? obj->stream->sock : NULL;
}
struct channel *fdobj_channel(const struct fdobj *obj);
/* Who holds it; *count may be 0. */
const struct holder *fdobj_holders(const struct fdobj *obj, uint32_t *count);
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

struct endpoint *endpoint_new(const struct sockaddr_info *info);
struct endpoint *endpoint_ref(struct endpoint *endpoint);
/* Takes the caller's reference; lets go of what was there. */
void endpoint_set(struct endpoint **place, struct endpoint *endpoint);

struct channel *channel_new(struct evref made);
void channel_join(struct channel *channel, struct fdobj *obj);
/* The map that held it does so no more. */
void channel_let_go(struct channel *channel);

#endif
