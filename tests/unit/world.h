/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world model fed with records as the kernel writes them, made from short
 * lines, one event each:
 *
 *   PID<PPID CALL(a0,a1,a2,a3) = EXIT [OPTION...]
 *
 * CALL is an x86_64 call, the arguments are hexadecimal, EXIT is decimal
 * ("?" where the kernel writes neither success nor exit). Options:
 *   @MS       time in milliseconds after the last event (default 1)
 *   #SERIAL   the event's serial (default: one more than the last)
 *   node=N ses=N auid=N uid=N exe=PATH comm=NAME tty=T
 *   argv=A,B  EXECVE (default for a successful execve: the program's name); %20
 *             stands for a space, and so on
 *   path=P    a PATH record; type=CREATE mode=0100644 inode=N dev=00:28 for it
 *   item=P,TYPE,INODE[,DEV[,MODE]]  a further one, as often as wanted; P may be (null)
 *   cwd=P fds=N,N sa=HEX inet=ADDR:PORT inet6=ADDR:PORT unix=PATH mmap=FD
 *   arch=HEX nr=N   another arch and its own number
 *   title=A,B PROCTITLE (default: "x")
 */
#ifndef AUSPEX_TESTS_WORLD_H
#define AUSPEX_TESTS_WORLD_H

#include "audit/assemble.h"
#include "state/state.h"

enum { WORLD_KNOWN = 1024 };

struct world {
	struct assembler *assembler;
	struct state *state;
	struct activity act; /* of the last event; what it borrows may be gone */
	/* Called for each event while it is there; or NULL. */
	void (*look)(void *ctx, const struct state *state, const struct activity *act);
	void *ctx;
	uint64_t ms;
	uint32_t serial;
	/* Every process that was ever changed: references. */
	struct proc *known[WORLD_KNOWN];
	size_t nknown;
};

void world_init(struct world *w);
void world_fini(struct world *w);
/* Several lines, each an event. */
void world_run(struct world *w, const char *lines);
/* Records as they stand, in whole events. */
void world_records(struct world *w, const char *records);
/* A living process of the host without a name; the test fails without it. */
const struct proc *world_proc(const struct world *w, int64_t pid);
/* The n-th process (from 0) that had that pid, alive or not. */
const struct proc *world_nth(const struct world *w, int64_t pid, size_t n);
/* How many different processes had it. */
size_t world_count(const struct world *w, int64_t pid);
/* What stands at fd: "pipe 103", "inet 10.0.0.1:80 connected", "none". */
const char *world_fd(const struct world *w, int64_t pid, int fd, char out[128]);

#endif
