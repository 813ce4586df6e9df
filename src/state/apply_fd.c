/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets, pipes and the descriptors that name them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "audit/names.h"
#include "base/xalloc.h"
#include "state/state_priv.h"

static struct fdobj *new_obj(const struct apply *a, enum fdobj_kind kind)
{
	return fdobj_new(kind, a->at, a->proc->pid);
}

const struct fdent *apply_fd(const struct apply *a, uint64_t fd)
{
	return fdtab_get(proc_files(a->proc)->fds, (int32_t)fd);
}

static void put(struct apply *a, const struct fdent *ent)
{
	struct proc *files = proc_files(a->proc);

	if (ent->fd < 0)
		return;
	fdtab_put(&files->fds, files, ent);
	/* Of two, as of a pipe, the activity names the first. */
	if (a->act->obj && a->act->kind == ACT_FD)
		return;
	a->act->kind = ACT_FD;
	a->act->fd = ent->fd;
	a->act->obj = ent->obj;
}

/*
 * The lowest free number is given: one that is taken was closed unseen. Not
 * if it stood there before the execve: it may have been close-on-exec.
 */
static void check_free(struct apply *a, int fd)
{
	struct proc *files = proc_files(a->proc);
	const struct fdent *ent = fdtab_get(files->fds, fd);

	if (!ent || ent->placed.serial <= files->image->event.serial)
		return;
	fdtab_note_leak(&files->fds, a->at);
}

void apply_place(struct apply *a, int64_t fd, struct fdobj *obj, bool cloexec)
{
	obj = apply_again(a, obj);
	check_free(a, (int32_t)fd);
	put(a, &(struct fdent){ .fd = (int32_t)fd,
				.cloexec = cloexec,
				.obj = obj,
				.placed = a->at,
				.how = FD_BORN,
				.from = -1 });
	fdobj_unref(&obj);
}

/* The mark that made it a ghost was not in force: it has been open all along. */
static const struct fdent *revive(struct apply *a, const struct fdent *ghost)
{
	struct proc *files = proc_files(a->proc);
	struct fdent ent = *ghost;

	ent.ghost = ent.cloexec = false;
	fdtab_put(&files->fds, files, &ent);
	return fdtab_get(files->fds, ent.fd);
}

/*
 * A number that no record tells the birth of. Where a pseudo-terminal's
 * master is held whose other side nobody has opened by name, it is that
 * one: openpty(3) asks for it by ioctl(TIOCGPTPEER).
 */
static const struct fdent *unknown_at(struct apply *a, int fd)
{
	struct proc *files = proc_files(a->proc);
	const struct fdent *ghost = fdtab_get_ghost(files->fds, fd);
	struct channel *pty;
	struct fdobj *obj;

	/* 0 to 2 were there before: they are the parent's. */
	pty = fd > 2 ? apply_fresh_pty(a, true) : NULL;
	/* A number that close-on-exec has freed may be the terminal's. */
	if (ghost && !pty)
		return revive(a, ghost);
	obj = fdobj_new(pty ? FDOBJ_PTY_SLAVE : FDOBJ_UNKNOWN, (struct evref){ 0 }, -1);
	if (pty)
		channel_join(pty, obj);
	fdtab_put(
		&files->fds, files,
		&(struct fdent){ .fd = fd, .obj = obj, .how = FD_INHERITED, .from = -1 });
	fdobj_unref(&obj);
	return fdtab_get(files->fds, fd);
}

static enum sock_family family_of(uint64_t domain)
{
	switch (domain) {
	case AF_UNIX: return SOCK_UNIX;
	case AF_INET: return SOCK_INET;
	case AF_INET6: return SOCK_INET6;
	case AF_NETLINK: return SOCK_NETLINK;
	default: return SOCK_OTHER;
	}
}

enum { SOCK_TYPE = 0xf }; /* SOCK_TYPE_MASK, linux/net.h */

void apply_socket(struct apply *a)
{
	struct fdobj *obj = new_obj(a, FDOBJ_SOCKET);

	fdobj_sock(obj)->family = family_of(a->sc.a[0]);
	fdobj_sock(obj)->datagram = (a->sc.a[1] & SOCK_TYPE) != SOCK_STREAM;
	apply_place(a, a->sc.exit, obj, a->sc.a[1] & SOCK_CLOEXEC);
}

static void place_pair(struct apply *a, enum fdobj_kind kind0, enum fdobj_kind kind1,
		       bool cloexec)
{
	struct channel *channel;
	struct fdobj *obj[2];
	int64_t fds[2];

	if (!event_fd_pair(a->event, fds))
		return;
	channel = channel_new(a->at);
	obj[0] = new_obj(a, kind0);
	obj[1] = new_obj(a, kind1);
	channel_join(channel, obj[0]);
	channel_join(channel, obj[1]);
	apply_place(a, fds[0], obj[0], cloexec);
	apply_place(a, fds[1], obj[1], cloexec);
}

void apply_socketpair(struct apply *a)
{
	place_pair(a, FDOBJ_SOCKETPAIR, FDOBJ_SOCKETPAIR, a->sc.a[1] & SOCK_CLOEXEC);
}

void apply_pipe(struct apply *a)
{
	place_pair(a, FDOBJ_PIPE_READ, FDOBJ_PIPE_WRITE,
		   a->sc.call == CALL_PIPE2 && (a->sc.a[1] & O_CLOEXEC));
}

static bool peer(const struct apply *a, struct sockaddr_info *out)
{
	struct slice bytes;

	return event_sockaddr(a->event, &bytes) &&
	       sockaddr_parse(bytes, arch_big_endian(a->sc.arch), out);
}

/* A socket at fd, made up where its birth was not seen. */
static struct fdobj *socket_at(struct apply *a, int fd, enum sock_family family)
{
	const struct fdent *ent = apply_fd(a, (uint64_t)fd);
	struct fdobj *obj;

	if (ent && ent->obj->kind == FDOBJ_UNKNOWN)
		fdobj_is_socket(ent->obj, family);
	if (ent && ent->obj->kind == FDOBJ_SOCKET)
		return ent->obj;
	obj = fdobj_new(FDOBJ_SOCKET, (struct evref){ 0 }, a->proc->pid);
	fdobj_sock(obj)->family = family;
	apply_place(a, fd, obj, false);
	a->act->kind = ACT_OTHER;
	a->act->obj = NULL;
	ent = apply_fd(a, (uint64_t)fd);
	return ent ? ent->obj : NULL;
}

const char *apply_peer_text(const struct sock *sock, char out[APPLY_PEER])
{
	bool v6 = strchr(sock->remote->addr, ':') != NULL;

	snprintf(out, APPLY_PEER, "%s%s%s:%d", v6 ? "[" : "", sock->remote->addr,
		 v6 ? "]" : "", sock->remote->port);
	return out;
}

/* Whom the process talks to: what it writes may come from there. */
static void learn_peer(struct apply *a, const struct fdobj *obj)
{
	char text[APPLY_PEER];
	const struct sock *sock = fdobj_sock(obj);

	if (!fdobj_is_inet(obj) || sock->datagram || !sock->remote)
		return;
	proc_set(a->proc, &a->proc->peer, slice_str(apply_peer_text(sock, text)));
}

static void joined(struct apply *a, struct fdobj *obj, int fd, enum sock_role role)
{
	fdobj_sock(obj)->role = role;
	fdobj_sock(obj)->joined = a->at;
	learn_peer(a, obj);
	a->act->kind = ACT_JOIN;
	a->act->fd = fd;
	a->act->obj = obj;
}

/* A connect that took a while is asked for again: it is the same one. */
static bool is_same_connect(struct sock *sock, const struct sockaddr_info *remote)
{
	bool same = sock->in_progress && sock->remote &&
		    sock->remote->family == remote->family &&
		    sock->remote->port == remote->port &&
		    strcmp(sock->remote->addr, remote->addr) == 0;

	return same;
}

void apply_connect(struct apply *a)
{
	struct sockaddr_info remote;
	struct fdobj *obj;
	struct sock *sock;

	if (!a->sc.success && a->sc.exit != -EINPROGRESS && a->sc.exit != -EALREADY)
		return;
	if (!peer(a, &remote))
		return;
	obj = socket_at(a, (int32_t)a->sc.a[0], remote.family);
	if (!obj)
		return;
	sock = fdobj_sock(obj);
	if (remote.family == SOCK_UNSPEC) { /* connect(2): dissolves the association */
		sock->role = SOCK_FRESH;
		endpoint_set(&sock->remote, NULL);
		return;
	}
	if (is_same_connect(sock, &remote)) {
		sock->in_progress = !a->sc.success;
		return;
	}
	sock->in_progress = !a->sc.success;
	endpoint_set(&sock->remote, endpoint_new(&remote));
	joined(a, obj, (int32_t)a->sc.a[0], SOCK_CONNECTED);
}

void apply_accept(struct apply *a)
{
	const struct fdent *ent = apply_fd(a, a->sc.a[0]);
	const struct sock *listener = ent ? fdobj_sock(ent->obj) : NULL;
	struct fdobj *obj = new_obj(a, FDOBJ_SOCKET);
	struct sock *sock = fdobj_sock(obj);
	struct sockaddr_info remote;
	bool cloexec = a->sc.call == CALL_ACCEPT4 && (a->sc.a[3] & SOCK_CLOEXEC);
	int fd = (int32_t)a->sc.exit;

	sock->family = SOCK_OTHER;
	if (listener) {
		sock->family = listener->family;
		sock->local = listener->local ? endpoint_ref(listener->local) : NULL;
	}
	if (peer(a, &remote) && remote.family != SOCK_UNSPEC) {
		sock->family = remote.family;
		sock->remote = endpoint_new(&remote);
	}
	apply_place(a, fd, obj, cloexec);
	ent = apply_fd(a, (uint64_t)fd);
	if (ent)
		joined(a, ent->obj, fd, SOCK_ACCEPTED);
}

void apply_bind(struct apply *a)
{
	struct sockaddr_info local;
	struct fdobj *obj;

	if (!peer(a, &local))
		return;
	obj = socket_at(a, (int32_t)a->sc.a[0], local.family);
	if (!obj)
		return;
	endpoint_set(&fdobj_sock(obj)->local, endpoint_new(&local));
}

void apply_listen(struct apply *a)
{
	struct fdobj *obj = socket_at(a, (int32_t)a->sc.a[0], SOCK_OTHER);

	if (!obj)
		return;
	fdobj_sock(obj)->role = SOCK_LISTENING;
	a->act->kind = ACT_LISTEN;
	a->act->fd = (int32_t)a->sc.a[0];
	a->act->obj = obj;
}

static void duplicate(struct apply *a, int from, int to, bool cloexec)
{
	const struct fdent *ent = apply_fd(a, (uint64_t)from);

	if (from == to || from < 0 || to < 0)
		return;
	if (!ent)
		ent = unknown_at(a, from);
	if (!ent)
		return;
	apply_duplicated(a, to, ent->obj);
	put(a, &(struct fdent){ .fd = to,
				.cloexec = cloexec,
				.unsure = proc_fd_unsure(a->proc, ent),
				.obj = ent->obj,
				.placed = a->at,
				.how = FD_DUPLICATED,
				.from = from });
}

void apply_dup(struct apply *a)
{
	duplicate(a, (int32_t)a->sc.a[0], (int32_t)a->sc.exit,
		  a->sc.call == CALL_DUP3 && (a->sc.a[2] & O_CLOEXEC));
}

static void set_cloexec(struct apply *a, int fd, bool cloexec)
{
	const struct fdent *ent = apply_fd(a, (uint64_t)fd);
	struct proc *files = proc_files(a->proc);
	struct fdent changed;

	if (!ent || ent->cloexec == cloexec)
		return;
	changed = *ent;
	changed.cloexec = cloexec;
	fdtab_put(&files->fds, files, &changed);
}

void apply_fcntl(struct apply *a)
{
	uint32_t cmd = (uint32_t)a->sc.a[1];

	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		check_free(a, (int32_t)a->sc.exit);
		duplicate(a, (int32_t)a->sc.a[0], (int32_t)a->sc.exit,
			  cmd == F_DUPFD_CLOEXEC);
		break;
	case F_SETFD: set_cloexec(a, (int32_t)a->sc.a[0], a->sc.a[2] & FD_CLOEXEC); break;
	default: break;
	}
}

/* The descriptor is gone whatever close says, but where it was none (close(2)). */
void apply_close(struct apply *a)
{
	struct proc *files = proc_files(a->proc);

	if (!a->sc.success && a->sc.exit == -EBADF)
		return;
	a->act->kind = ACT_CLOSE;
	a->act->fd = (int32_t)a->sc.a[0];
	fdtab_close(&files->fds, files, (int32_t)a->sc.a[0]);
	proctab_note_close(a->state->procs, a->proc, (int32_t)a->sc.a[0]);
}

void apply_close_range(struct apply *a)
{
	struct proc *files;

	if (a->sc.a[2] & CLOSE_RANGE_UNSHARE)
		proc_unshare_files(a->proc);
	files = proc_files(a->proc);
	a->act->kind = ACT_CLOSE;
	fdtab_close_range(&files->fds, files, a->sc.a[0] & UINT32_MAX,
			  a->sc.a[1] & UINT32_MAX, a->sc.a[2] & CLOSE_RANGE_CLOEXEC);
}

/* pidfd_getfd and the like: a descriptor of something that no record names. */
void apply_unknown_fd(struct apply *a)
{
	apply_place(a, a->sc.exit, new_obj(a, FDOBJ_UNKNOWN), true);
}
