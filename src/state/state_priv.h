/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the handlers of state_apply() share; nobody else includes this. */
#ifndef AUSPEX_STATE_STATE_PRIV_H
#define AUSPEX_STATE_STATE_PRIV_H

#include "audit/names.h"
#include "state/container.h"
#include "state/feeds.h"
#include "state/mounts.h"
#include "state/path.h"
#include "state/state.h"

/* A runtime has gone to the background; its container's process is to come. */
struct awaited {
	struct container *container; /* a use */
	int64_t pid;                 /* the runtime's */
	stamp_ms time;
};

struct state {
	struct proctab *procs;
	struct files *files;
	struct feeds *feeds;
	struct containers *containers;
	struct awaited awaited[LIMIT_AWAITED]; /* oldest first */
	uint32_t nawaited;
};

/* One event on its way through the handlers. */
struct apply {
	struct state *state;
	const struct event *event;
	struct event_syscall sc; /* with socketcall already undone */
	struct evref at;
	struct proc *proc;
	struct activity *act;
};

typedef void apply_fn(struct apply *a);

/* apply_exec.c */
void apply_exec(struct apply *a);
/* apply_proc.c */
void apply_clone(struct apply *a);
void apply_fork(struct apply *a);
void apply_clone3(struct apply *a);
void apply_exit(struct apply *a);
void apply_unshare(struct apply *a);
void apply_setns(struct apply *a);
void apply_exit_group(struct apply *a);
void apply_chdir(struct apply *a);
void apply_fchdir(struct apply *a);
/* apply_root.c */
void apply_chroot(struct apply *a);
void apply_pivot_root(struct apply *a);
void apply_mount(struct apply *a);
void apply_open_tree(struct apply *a);
void apply_move_mount(struct apply *a);
void apply_umount(struct apply *a);
/* The process gets a mount namespace of its own. */
void apply_own_mounts(struct apply *a);
/* setns: it joins one that its first argument names. */
void apply_join_mounts(struct apply *a);
/* The thread that had joined them has ended: it is where its parent is. */
void apply_leave_mounts(struct apply *a);
/* apply_fd.c */
void apply_socket(struct apply *a);
void apply_socketpair(struct apply *a);
void apply_connect(struct apply *a);
void apply_accept(struct apply *a);
void apply_bind(struct apply *a);
void apply_listen(struct apply *a);
void apply_dup(struct apply *a);
void apply_fcntl(struct apply *a);
void apply_pipe(struct apply *a);
void apply_close(struct apply *a);
void apply_close_range(struct apply *a);
void apply_unknown_fd(struct apply *a);
/* apply_again.c: obj, or what it is where its path names a descriptor
 * (/dev/fd/N...); takes the caller's reference and gives one. */
struct fdobj *apply_again(struct apply *a, struct fdobj *obj);
/* apply_pty.c: a new end of a pseudo-terminal, or NULL where path is none. */
struct fdobj *apply_pty(struct apply *a, const char *path);
/*
 * A master whose slave nobody has opened by name, held by the process or an
 * ancestor, or NULL. alone: no slave was guessed for it either.
 */
struct channel *apply_fresh_pty(const struct apply *a, bool alone);
/* apply_file.c */
void apply_open(struct apply *a);
void apply_memfd(struct apply *a);
void apply_truncate(struct apply *a);
void apply_ftruncate(struct apply *a);
/* What the process has read so far is not what it will write. */
void apply_forget_read(struct apply *a);
/* A process has obj at fd to write to, if fd is an output of its. */
void apply_output(struct apply *a, int fd, const struct fdobj *obj);
/* obj was duplicated to fd by dup, dup2, dup3 or fcntl. */
void apply_duplicated(struct apply *a, int fd, const struct fdobj *obj);
/* The file that obj is open for writing to was written. */
void apply_written(struct apply *a, const struct fdobj *obj);
/* apply_map.c */
void apply_mmap(struct apply *a);
void apply_mprotect(struct apply *a);
/* apply_change.c */
void apply_rename(struct apply *a);
void apply_link(struct apply *a);
void apply_symlink(struct apply *a);
void apply_unlink(struct apply *a);
void apply_chmod(struct apply *a);

/* apply_container.c: each record; after execve, before exit; and their calls */
void containers_observe(struct apply *a);
void containers_exec(struct apply *a);
void containers_exit(struct apply *a);
void containers_setns(struct apply *a);
/* A thread has ended that had joined a container; false: it had not. */
bool containers_left(struct apply *a);
void containers_pivot_root(struct apply *a);
/* container_files.c: what a file's name tells of containers */
void containers_opened(struct apply *a, const char *path, bool create);
void containers_symlink(struct apply *a);

/* The path of PATH record p, absolute for the process; dirfd as in *at(). */
char *apply_path(const struct apply *a, const struct event_path *p, int64_t dirfd,
		 char out[LIMIT_PATH]);
/* The same, from outside of the process's root: see files.h. */
char *apply_real(const struct apply *a, const struct event_path *p, int64_t dirfd,
		 char out[LIMIT_PATH]);
/* The last PATH record with a name that is no PARENT, or NULL. */
const struct event_path *apply_target(const struct apply *a);
uint64_t apply_dev(const struct event_path *p);
/* Puts obj at fd for the process; takes the caller's reference. */
void apply_place(struct apply *a, int64_t fd, struct fdobj *obj, bool cloexec);
const struct fdent *apply_fd(const struct apply *a, uint64_t fd);
enum { APPLY_PEER = SOCKADDR_TEXT + 16 };
/* "203.0.113.9:80"; the socket must have a remote address. Returns out. */
const char *apply_peer_text(const struct sock *sock, char out[APPLY_PEER]);
enum { FD_CWD = -100 }; /* AT_FDCWD, linux/fcntl.h */

#endif
