/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that were running before the first record: what /proc says of
 * them goes into the world model, where no record has said it already.
 */
#ifndef AUSPEX_STATE_SEED_H
#define AUSPEX_STATE_SEED_H

#include "state/state.h"

struct seed_fd {
	int fd;
	bool cloexec;
	enum fdobj_kind kind;
	uint64_t inode;   /* tells sockets and pipes apart; of a file its own */
	uint64_t dev;     /* FILE: major << 32 | minor */
	const char *path; /* FILE, MEMFD, PTY_SLAVE ("/dev/pts/N"); or NULL */
	bool datagram;    /* SOCKET, from here */
	enum sock_role role;
	enum sock_family family;
	struct sockaddr_info local, remote; /* valid where their port is not -1 */
};

struct seed {
	const char *node; /* the host's name in the records; "" */
	const char *uid;  /* of the same process in the store; NULL: not there */
	uint32_t seq;     /* with uid: of its newest image there */
	bool start_seen;  /* with uid: as it stands there */
	int64_t pid, ppid;
	stamp_ms started;
	const char *exe, *comm, *cwd, *root, *tty; /* or NULL */
	bool deleted;
	const char *const *argv;
	size_t argc;
	struct cred cred;
	const struct seed_fd *fds;
	size_t nfds;
};

/* What is shared between processes: pipes and sockets by their inodes. */
struct seeding;

struct seeding *seeding_new(void);
void seeding_free(struct seeding **seeding);
/* Returns the process, borrowed; NULL: there is no such. */
struct proc *state_seed(struct state *state, struct seeding *seeding,
			const struct seed *seed);

/*
 * proc was seen to be in that container: where the records did not show it,
 * it is put there, and what the runtimes' files say is taken over.
 */
void state_learn_container(struct state *state, struct proc *proc,
			   const struct ctrfacts *facts);

#endif
