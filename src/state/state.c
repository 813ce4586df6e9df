/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/state.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "state/boot.h"
#include "state/state_priv.h"

/* When a handler is to be called. */
enum when { ON_SUCCESS, ALWAYS };

static const struct {
	apply_fn *fn;
	uint32_t seen; /* enum seen */
	enum when when;
} handlers[CALL_MAX] = {
	[CALL_EXECVE] = { apply_exec, SEEN_EXEC },
	[CALL_EXECVEAT] = { apply_exec, SEEN_EXEC },
	[CALL_FORK] = { apply_fork, SEEN_FORK },
	[CALL_VFORK] = { apply_fork, SEEN_FORK },
	[CALL_CLONE] = { apply_clone, SEEN_FORK },
	[CALL_CLONE3] = { apply_clone3, SEEN_FORK },
	[CALL_EXIT] = { apply_exit, SEEN_EXIT, ALWAYS },
	[CALL_EXIT_GROUP] = { apply_exit_group, SEEN_EXIT, ALWAYS },
	[CALL_SOCKET] = { apply_socket, SEEN_SOCKET },
	[CALL_SOCKETPAIR] = { apply_socketpair, SEEN_PIPE },
	[CALL_CONNECT] = { apply_connect, SEEN_JOIN, ALWAYS },
	[CALL_ACCEPT] = { apply_accept, SEEN_JOIN },
	[CALL_ACCEPT4] = { apply_accept, SEEN_JOIN },
	[CALL_BIND] = { apply_bind, SEEN_JOIN },
	[CALL_LISTEN] = { apply_listen, SEEN_JOIN },
	[CALL_DUP] = { apply_dup, SEEN_DUP },
	[CALL_DUP2] = { apply_dup, SEEN_DUP },
	[CALL_DUP3] = { apply_dup, SEEN_DUP },
	[CALL_FCNTL] = { apply_fcntl, SEEN_DUP },
	[CALL_FCNTL64] = { apply_fcntl, SEEN_DUP },
	[CALL_PIPE] = { apply_pipe, SEEN_PIPE },
	[CALL_PIPE2] = { apply_pipe, SEEN_PIPE },
	[CALL_CLOSE] = { apply_close, SEEN_CLOSE, ALWAYS },
	[CALL_CLOSE_RANGE] = { apply_close_range, SEEN_CLOSE },
	[CALL_PIDFD_GETFD] = { apply_unknown_fd, 0 },
	[CALL_OPEN] = { apply_open, SEEN_OPEN },
	[CALL_OPENAT] = { apply_open, SEEN_OPEN },
	[CALL_OPENAT2] = { apply_open, SEEN_OPEN },
	[CALL_CREAT] = { apply_open, SEEN_OPEN },
	[CALL_OPEN_BY_HANDLE_AT] = { apply_unknown_fd, 0 },
	[CALL_MEMFD_CREATE] = { apply_memfd, 0 },
	[CALL_MMAP] = { apply_mmap, SEEN_MAP },
	[CALL_MMAP2] = { apply_mmap, SEEN_MAP },
	[CALL_MPROTECT] = { apply_mprotect, 0 },
	[CALL_PKEY_MPROTECT] = { apply_mprotect, 0 },
	[CALL_RENAME] = { apply_rename, SEEN_CHANGE },
	[CALL_RENAMEAT] = { apply_rename, SEEN_CHANGE },
	[CALL_RENAMEAT2] = { apply_rename, SEEN_CHANGE },
	[CALL_LINK] = { apply_link, SEEN_CHANGE },
	[CALL_LINKAT] = { apply_link, SEEN_CHANGE },
	[CALL_UNLINK] = { apply_unlink, SEEN_CHANGE },
	[CALL_UNLINKAT] = { apply_unlink, SEEN_CHANGE },
	[CALL_TRUNCATE] = { apply_truncate, SEEN_CHANGE },
	[CALL_TRUNCATE64] = { apply_truncate, SEEN_CHANGE },
	[CALL_FTRUNCATE] = { apply_ftruncate, SEEN_CHANGE },
	[CALL_FTRUNCATE64] = { apply_ftruncate, SEEN_CHANGE },
	[CALL_SYMLINK] = { apply_symlink, SEEN_CHANGE },
	[CALL_SYMLINKAT] = { apply_symlink, SEEN_CHANGE },
	[CALL_CHMOD] = { apply_chmod, 0 },
	[CALL_FCHMOD] = { apply_chmod, 0 },
	[CALL_FCHMODAT] = { apply_chmod, 0 },
	[CALL_FCHMODAT2] = { apply_chmod, 0 },
	[CALL_UNSHARE] = { apply_unshare, 0 },
	[CALL_SETNS] = { apply_setns, 0 },
	[CALL_CHROOT] = { apply_chroot, 0 },
	[CALL_CHDIR] = { apply_chdir, 0 },
	[CALL_PIVOT_ROOT] = { apply_pivot_root, 0 },
	[CALL_MOUNT] = { apply_mount, 0 },
	[CALL_UMOUNT2] = { apply_umount, 0 },
	[CALL_OPEN_TREE] = { apply_open_tree, 0 },
	[CALL_MOVE_MOUNT] = { apply_move_mount, 0 },
	[CALL_FSOPEN] = { apply_unknown_fd, 0 },
	[CALL_FSPICK] = { apply_unknown_fd, 0 },
	[CALL_FSMOUNT] = { apply_unknown_fd, 0 },
	[CALL_FCHDIR] = { apply_fchdir, 0 },
};

/* socketcall(2): the sub-call's number, linux/net.h SYS_SOCKET and on. */
static const enum call socketcalls[] = {
	[1] = CALL_SOCKET,     [2] = CALL_BIND,     [3] = CALL_CONNECT,
	[4] = CALL_LISTEN,     [5] = CALL_ACCEPT,   [7] = CALL_GETPEERNAME,
	[8] = CALL_SOCKETPAIR, [11] = CALL_SENDTO,  [12] = CALL_RECVFROM,
	[16] = CALL_SENDMSG,   [17] = CALL_RECVMSG, [18] = CALL_ACCEPT4,
};

enum {
	RECORD_SOCKETCALL = 1304,
	RECORD_SYSTEM_BOOT = 1127
}; /* linux/audit.h, libaudit.h */

struct state *state_new(void)
{
	struct state *state = xcalloc(1, sizeof(*state));

	state->procs = proctab_new();
	state->files = files_new(proctab_memory(state->procs));
	state->feeds = feeds_new();
	state->containers = containers_new(state->procs);
	return state;
}

void state_free(struct state **statep)
{
	struct state *state = *statep;

	if (!state)
		return;
	files_free(&state->files);
	feeds_free(&state->feeds);
	containers_let_go(state->containers);
	proctab_free(&state->procs);
	containers_free(&state->containers);
	free(state);
	*statep = NULL;
}

const struct proc *state_find(const struct state *state, const char *node, int64_t pid)
{
	const struct host *host = proctab_known(state->procs, slice_str(node));

	return host ? proctab_find(host, pid) : NULL;
}

const struct memory *state_memory(const struct state *state)
{
	return proctab_memory(state->procs);
}

bool state_wants_store(const struct state *state)
{
	return state_memory(state)->bytes > LIMIT_STATE_BYTES &&
	       proctab_changed(state->procs) != 0;
}

size_t state_alive(const struct state *state)
{
	return proctab_alive(state->procs);
}

const struct files *state_files(const struct state *state)
{
	return state->files;
}

const struct feeds *state_feeds(const struct state *state)
{
	return state->feeds;
}

struct proc *state_next_changed(struct state *state, uint32_t *first_new)
{
	return proctab_next_changed(state->procs, first_new);
}

void state_know_containers(struct state *state, const struct ctrfiles *files)
{
	containers_know(state->containers, files);
}

const struct container *state_next_container(struct state *state)
{
	return containers_next_changed(state->containers);
}

size_t state_containers(const struct state *state)
{
	return containers_count(state->containers);
}

const struct container *state_container(const struct state *state, size_t i)
{
	return containers_at(state->containers, i);
}

/* Puts the sub-call and its arguments in the place of socketcall's. */
static void undo_socketcall(struct apply *a)
{
	static const char *const keys[] = { "a0", "a1", "a2", "a3" };
	uint64_t which = a->sc.a[0];

	a->sc.call = CALL_NONE;
	if (which >= sizeof(socketcalls) / sizeof(socketcalls[0]))
		return;
	a->sc.call = (int)socketcalls[which];
	for (size_t i = 0; i < 4; i++) {
		a->sc.a[i] = 0;
		num_hex64(event_field(a->event, RECORD_SOCKETCALL, keys[i]), &a->sc.a[i]);
	}
}

static bool is_exec(const struct event_syscall *sc)
{
	return sc->success && (sc->call == CALL_EXECVE || sc->call == CALL_EXECVEAT);
}

static void apply_syscall(struct apply *a, struct host *host)
{
	if (a->sc.call == CALL_SOCKETCALL)
		undo_socketcall(a);
	a->proc = proctab_observe(a->state->procs, host, &a->sc, a->at, is_exec(&a->sc));
	a->act->proc = a->proc;
	host->seen |= handlers[a->sc.call].seen;
	containers_observe(a);
	if (handlers[a->sc.call].fn &&
	    (a->sc.success || handlers[a->sc.call].when == ALWAYS))
		handlers[a->sc.call].fn(a);
}

/* A little at each event, the least useful first. */
static void make_room(struct state *state)
{
	proctab_make_room(state->procs);
	if (state_memory(state)->bytes <= LIMIT_STATE_TIGHT)
		return;
	/* What is known of files holds the processes that changed them. */
	if (files_shed(state->files) || state_memory(state)->bytes <= LIMIT_STATE_FULL)
		return;
	proctab_forget_idle(state->procs);
}

void state_apply(struct state *state, const struct event *event, struct activity *out)
{
	struct host *host = proctab_host(state->procs, event->node);
	struct apply a = {
		.state = state,
		.event = event,
		.at = { event->time, event->serial },
		.act = out,
	};

	proctab_bury(state->procs);
	*out = (struct activity){ .event = event, .at = a.at, .fd = -1 };
	if (state_memory(state)->bytes > LIMIT_STATE_BYTES)
		make_room(state);
	if (!host)
		return;
	if (boot_seen(host, event)) {
		proctab_reboot(state->procs, host, a.at);
		containers_reboot(state->containers, host);
	}
	if (!event->has_syscall)
		return;
	a.sc = event->syscall;
	apply_syscall(&a, host);
}
