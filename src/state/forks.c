/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/forks.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/xalloc.h"

struct fork *forks_by_number(const struct host *host, int64_t number)
{
	struct fork *fork = map_get_u64(host->forks, (uint64_t)number);

	return fork && fork->caller->pidns != PIDNS_OTHER ? fork : NULL;
}

static void leave_caller(struct fork *fork)
{
	struct proc *caller = fork->caller;

	if (fork->older)
		fork->older->newer = fork->newer;
	else
		caller->oldest_fork = fork->newer;
	if (fork->newer)
		fork->newer->older = fork->older;
	else
		caller->newest_fork = fork->older;
	caller->nforks--;
}

static void leave_all(struct forks *forks, struct fork *fork)
{
	if (fork->elder)
		fork->elder->younger = fork->younger;
	else
		forks->eldest = fork->younger;
	if (fork->younger)
		fork->younger->elder = fork->elder;
	else
		forks->youngest = fork->elder;
	forks->count--;
}

void forks_drop(struct forks *forks, struct fork *fork)
{
	struct map *by_number = fork->caller->host->forks;

	if (map_get_u64(by_number, (uint64_t)fork->number) == fork)
		map_del_u64(by_number, (uint64_t)fork->number);
	leave_caller(fork);
	leave_all(forks, fork);
	fdtab_unref(&fork->fds);
	image_unref(&fork->image);
	proc_unref(&fork->caller);
	free(fork);
}

void forks_drop_host(struct forks *forks, const struct host *host)
{
	struct fork *next;

	for (struct fork *fork = forks->eldest; fork; fork = next) {
		next = fork->younger;
		if (!host || fork->caller->host == host)
			forks_drop(forks, fork);
	}
}

/* One more may-be thread is to come: is the oldest one too many? */
static void thin_threads(struct forks *forks, struct proc *caller)
{
	struct fork *oldest = NULL;
	unsigned count = 0;

	for (struct fork *fork = caller->newest_fork; fork; fork = fork->older) {
		if (fork->flags.maybe_thread) {
			oldest = fork;
			count++;
		}
	}
	if (count >= LIMIT_THREADS_EACH)
		forks_drop(forks, oldest);
}

static void make_room(struct forks *forks, struct proc *caller, struct fork_flags flags)
{
	if (flags.maybe_thread)
		thin_threads(forks, caller);
	if (caller->nforks >= LIMIT_FORKS_EACH)
		forks_drop(forks, caller->oldest_fork);
	if (forks->count >= LIMIT_FORKS)
		forks_drop(forks, forks->eldest);
}

void forks_add(struct forks *forks, struct proc *caller, int64_t number, struct evref at,
	       struct fork_flags flags)
{
	struct fork *fork = xcalloc(1, sizeof(*fork));

	make_room(forks, caller, flags);
	*fork = (struct fork){
		.caller = proc_ref(caller),
		.number = number,
		.event = at,
		.flags = flags,
		.fds = fdtab_ref(proc_files(caller)->fds),
		.image = image_ref(caller->image),
		.cred = caller->cred,
		.older = caller->newest_fork,
		.elder = forks->youngest,
	};
	*(fork->older ? &fork->older->newer : &caller->oldest_fork) = fork;
	*(fork->elder ? &fork->elder->younger : &forks->eldest) = fork;
	caller->newest_fork = forks->youngest = fork;
	caller->nforks++;
	forks->count++;
	if (caller->pidns != PIDNS_OTHER)
		map_put_u64(caller->host->forks, (uint64_t)number, fork);
}
