/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "keeper/links.h"
#include "keeper/manners.h"
#include "keeper/ring.h"

enum {
	TICK_MS = 250,       /* of time in the ring while something may be waited for */
	IDLE_TICK_MS = 5000, /* and later */
	LIVELY_MS = 3000,
	TERM_MS = 2000,    /* from SIGTERM to the end, if the input stays open */
	PARTING_MS = 2000, /* for the worker to finish, while auditd may wait for us */
	MESSAGE_MAX = 64 << 10,
	/*
	 * In a storm a rest between two reads, so that one read takes what would
	 * have been many: auditd writes each record by itself. Its socket holds
	 * some 160 records meanwhile, and its queue 2000.
	 */
	STORM_MS = 10,
	STORM_READS = 16, /* in that time */
	REST_US = 500,
	REST_BYTES = 16 << 10, /* a read of more is followed by the next at once */
};

struct child {
	pid_t pid;             /* 0: none runs */
	uint64_t started, due; /* due: when to start the next one */
	uint32_t backoff;
	uint64_t progress; /* what it had reached when the last one died */
};

struct keeper {
	const struct keeper_setup *setup;
	struct ring ring;
	struct child worker; /* or the standby that made it */
	struct child helper, probe;
	pid_t parent;
	uint64_t now, last_data, last_frame;
	uint64_t term_at;  /* 0: not asked to end */
	uint64_t ended_at; /* 0: the input is open */
	uint64_t reads_since;
	unsigned reads; /* since then */
	bool storm;     /* rest before the next */
	bool end_told;  /* the end stands in the ring */
	bool reload;    /* wanted, and not in the ring yet */
	char message[MESSAGE_MAX];
};

static volatile sig_atomic_t got_term, got_hup, got_child, term_sender;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (sig == SIGTERM) {
		term_sender = info->si_pid;
		got_term = 1;
	} else if (sig == SIGHUP) {
		got_hup = 1;
	} else {
		got_child = 1;
	}
}

static const int caught[] = { SIGTERM, SIGHUP, SIGCHLD };

/* Blocked but for the time of waiting, so that none is missed. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		sigaction(caught[i], &sa, NULL);
		sigaddset(&set, caught[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void forget_signals(void)
{
	struct sigaction def = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaction(caught[i], &def, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- the links ---- */

/* Gives fd, which may be -1, its number. */
static bool place(int fd, enum link number)
{
	if (fd < 0 || fd == (int)number)
		return fd >= 0;
	if (dup3(fd, (int)number, O_CLOEXEC) < 0)
		return false;
	close(fd);
	return true;
}

/* Lower numbers first: none of a pair has the number that the other one gets. */
static bool place_pair(int made, const int fds[2], enum link first)
{
	return made == 0 && place(fds[0], first) && place(fds[1], first + 1);
}

static bool make_sockets(enum link first)
{
	int fds[2];

	return place_pair(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), fds,
			  first);
}

/* Nothing is open but standard input, output and error, the program and the ring. */
static int make_links(struct ring *ring, struct err *err)
{
	int alive[2];

	if (fcntl(LINK_PROGRAM, F_SETFD, FD_CLOEXEC) == 0 &&
	    place(ring->ctl_fd, LINK_CONTROL) && place(ring->fd, LINK_RING) &&
	    place(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), LINK_WAKE) &&
	    place_pair(pipe2(alive, O_CLOEXEC), alive, LINK_ALIVE_READ) &&
	    make_sockets(LINK_REQUESTS_READ) && make_sockets(LINK_REPLIES_READ) &&
	    make_sockets(LINK_LOGS_HELPER))
		return 0;
	return err_set(err, "no descriptors for the worker's links: %s", strerror(errno));
}

static void wake(struct keeper *k)
{
	const uint64_t one = 1;

	if (atomic_load_explicit(&k->ring.ctl->waiting, memory_order_relaxed) &&
	    atomic_exchange(&k->ring.ctl->waiting, 0) &&
	    write(LINK_WAKE, &one, sizeof(one)) < 0)
		return; /* the counter is full: it will wake all the same */
}

static void put(struct keeper *k, enum ring_kind kind, const void *data, size_t len)
{
	if (ring_put(&k->ring, kind, data, len, k->now)) {
		k->last_frame = k->now;
		wake(k);
	}
}

/* ---- children ---- */

enum role { WORKER, HELPER, PROBE };

/* What each child is called, and which descriptors it keeps; 0: no more. */
static const struct {
	const char *name;
	int keeps[8];
} roles[] = {
	[WORKER] = { "worker",
		     { LINK_CONTROL, LINK_RING, LINK_WAKE, LINK_ALIVE_READ,
		       LINK_REQUESTS_WRITE, LINK_LOGS_WORKER } },
	[HELPER] = { "helper",
		     { LINK_CONTROL, LINK_ALIVE_READ, LINK_REQUESTS_READ,
		       LINK_REPLIES_WRITE, LINK_LOGS_HELPER } },
	[PROBE] = { "probe", { LINK_ALIVE_READ, LINK_REPLIES_WRITE } },
};

/* In the new process, which has the keeper's memory until it is executed. */
static void become(const struct keeper *k, enum role role)
{
	static char *const no_environment[] = { NULL };
	char name[8];

	forget_signals();
	manners_drop_input();
	manners_oom(0);
	for (const int *fd = roles[role].keeps; *fd; fd++)
		fcntl(*fd, F_SETFD, 0);
	snprintf(name, sizeof(name), "%s", roles[role].name);
	k->setup->argv[KEEPER_ROLE_ARG] = name;
	fexecve(LINK_PROGRAM, k->setup->argv, no_environment);
	syslog(LOG_DAEMON | LOG_ERR,
	       "the %s cannot be executed: %m: let auditd's children execute auspex",
	       name);
	_exit(WORKER_AGAIN);
}

static void start_child(struct keeper *k, struct child *child, enum role role)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (role == WORKER)
			atomic_store(&k->ring.ctl->worker, (int32_t)getpid());
		become(k, role);
	}
	child->started = k->now;
	child->pid = pid > 0 ? pid : 0;
	if (pid < 0)
		child->due = k->now + WORKER_PAUSE_MS;
}

static void start_worker(struct keeper *k)
{
	struct ring_ctl *ctl = k->ring.ctl;

	/* Whoever waits to take over from another model is not wanted any more. */
	atomic_store(&ctl->standby, 0);
	atomic_store(&ctl->worker, 0);
	atomic_fetch_add(&ctl->model, 1);
	atomic_store(&ctl->beat_ms, k->now);
	start_child(k, &k->worker, WORKER);
}

/* Is it a process of ours that lives? The number stands where the worker can write. */
static bool is_our_child(pid_t pid)
{
	siginfo_t info = { 0 };

	return pid > 1 &&
	       waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

static bool is_other(const struct keeper *k, pid_t pid)
{
	return pid == k->helper.pid || pid == k->probe.pid;
}

/*
 * Somebody else may be in charge when the process that was has died: the
 * worker that a standby made and that is now our child, or the standby of a
 * worker, which is called. false: there is neither, and the model is lost.
 */
static bool find_heir(struct keeper *k)
{
	struct ring_ctl *ctl = k->ring.ctl;
	pid_t standby = atomic_load(&ctl->standby), worker = atomic_load(&ctl->worker);

	if (is_our_child(worker) && !is_other(k, worker)) {
		k->worker.pid = worker;
	} else if (is_our_child(standby) && !is_other(k, standby)) {
		kill(standby, SIGUSR1);
		k->worker.pid = standby;
	} else {
		return false;
	}
	k->worker.started = k->now;
	return true;
}

/* One that gets on is started again at once; one that does not, later and later. */
static void plan_restart(struct child *child, uint64_t now, uint64_t progress, bool again)
{
	child->pid = 0;
	if (progress != child->progress)
		child->backoff = 0;
	child->progress = progress;
	child->due = now + (again ? WORKER_AGAIN_MS : child->backoff);
	child->backoff = child->backoff ? child->backoff * 2 : WORKER_PAUSE_MS;
	if (child->backoff > WORKER_PAUSE_MAX_MS)
		child->backoff = WORKER_PAUSE_MAX_MS;
}

/*
 * Is everything stored? However the worker ended then, and in whatever order
 * its death and that of its standby are heard of, there is nothing left to do.
 */
static bool is_done(const struct keeper *k)
{
	return k->end_told && atomic_load(&k->ring.ctl->done) == k->ring.head;
}

/* true: the worker has done all that there was. */
static bool reap(struct keeper *k)
{
	int status;
	pid_t pid;

	got_child = 0;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (is_other(k, pid)) {
			/* To have lived for a while is its progress. */
			plan_restart(pid == k->helper.pid ? &k->helper : &k->probe,
				     k->now, k->now / WORKER_PAUSE_MAX_MS, false);
		} else if (pid == k->worker.pid) {
			atomic_fetch_add(&k->ring.ctl->deaths, 1);
			k->worker.pid = 0;
			if (is_done(k) || find_heir(k))
				continue;
			plan_restart(&k->worker, k->now, atomic_load(&k->ring.ctl->done),
				     WIFEXITED(status) &&
					     WEXITSTATUS(status) == WORKER_AGAIN);
		}
	}
	return is_done(k) && !k->worker.pid;
}

static void tend_children(struct keeper *k)
{
	uint64_t beat = atomic_load(&k->ring.ctl->beat_ms);

	if (k->worker.pid && k->now > beat && k->now - beat > WORKER_HANG_MS &&
	    k->now - k->worker.started > WORKER_HANG_MS)
		kill(k->worker.pid, SIGKILL);
	beat = atomic_load(&k->ring.ctl->helper_beat);
	if (k->helper.pid && beat && k->now > beat && k->now - beat > HELPER_HANG_MS)
		kill(k->helper.pid, SIGKILL);
	if (!k->worker.pid && k->now >= k->worker.due)
		start_worker(k);
	if (k->setup->helper && !k->helper.pid && k->now >= k->helper.due) {
		atomic_store(&k->ring.ctl->helper_beat, 0);
		start_child(k, &k->helper, HELPER);
	}
	if (k->setup->probe && !k->probe.pid && k->now >= k->probe.due)
		start_child(k, &k->probe, PROBE);
}

/* ---- input ---- */

static bool is_storm(struct keeper *k, size_t got)
{
	if (k->now - k->reads_since >= STORM_MS) {
		k->reads_since = k->now;
		k->reads = 0;
	}
	return ++k->reads > STORM_READS && got < REST_BYTES;
}

static void read_input(struct keeper *k)
{
	ssize_t n = ring_fill(&k->ring, STDIN_FILENO, k->now);

	if (n > 0) {
		k->last_data = k->last_frame = k->now;
		wake(k);
		k->storm = is_storm(k, (size_t)n);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		k->ended_at = k->now;
	}
}

static void read_reply(struct keeper *k)
{
	ssize_t n = recv(LINK_REPLIES_READ, k->message, sizeof(k->message), MSG_DONTWAIT);

	if (n > 0)
		put(k, RING_REPLY, k->message, (size_t)n);
}

static void take_signals(struct keeper *k)
{
	if (got_term) {
		got_term = 0;
		/* Others than auditd have no say; when it is gone, the input ends. */
		if (term_sender == k->parent && !k->term_at)
			k->term_at = k->now;
	}
	if (got_hup) {
		got_hup = 0;
		k->reload = true;
	}
	if (k->term_at && !k->ended_at && k->now - k->term_at >= TERM_MS)
		k->ended_at = k->now;
}

/* What stands in the ring besides the input. */
static void put_frames(struct keeper *k)
{
	uint64_t silence = k->now - k->last_frame;

	if (k->ended_at && !k->end_told && ring_finish(&k->ring, k->now)) {
		k->end_told = true;
		wake(k);
	}
	if (k->ring.dropping && silence >= TICK_MS)
		ring_mend(&k->ring, k->now);
	if (k->ended_at || k->ring.dropping)
		return;
	if (k->reload && ring_put(&k->ring, RING_RELOAD, NULL, 0, k->now)) {
		k->reload = false;
		wake(k);
	}
	if (silence >= (k->now - k->last_data < LIVELY_MS ? TICK_MS : IDLE_TICK_MS))
		put(k, RING_TICK, NULL, 0);
}

static int wait_ms(const struct keeper *k)
{
	uint64_t wait = k->now - k->last_data < LIVELY_MS || k->ended_at ? TICK_MS : 1000;

	if (!k->worker.pid)
		wait = k->worker.due <= k->now ? 0 : k->worker.due - k->now;
	return wait > TICK_MS * 4 ? TICK_MS * 4 : (int)wait;
}

static void note_absence(struct keeper *k, uint64_t since_us)
{
	uint64_t away = mono_us() - since_us;

	if (away > atomic_load_explicit(&k->ring.ctl->away_us, memory_order_relaxed))
		atomic_store_explicit(&k->ring.ctl->away_us, away, memory_order_relaxed);
}

/* These have nothing that would be lost, and may hang. */
static void part(struct keeper *k)
{
	if (k->helper.pid)
		kill(k->helper.pid, SIGKILL);
	if (k->probe.pid)
		kill(k->probe.pid, SIGKILL);
}

/* For whatever comes first; signals are taken only here. */
static void wait_for_input(struct keeper *k, struct pollfd fds[2], const sigset_t *none)
{
	const struct timespec rest = { 0, REST_US * 1000L };
	int ms = wait_ms(k);
	struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };

	if (k->storm)
		nanosleep(&rest, NULL);
	k->storm = false;
	ppoll(fds, 2, &wait, none);
}

static void loop(struct keeper *k)
{
	sigset_t none;
	uint64_t since = mono_us();

	sigemptyset(&none);
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = k->ended_at ? -1 : STDIN_FILENO, .events = POLLIN },
			{ .fd = k->ended_at ? -1 : LINK_REPLIES_READ, .events = POLLIN },
		};

		if (!k->ended_at)
			note_absence(k, since);
		wait_for_input(k, fds, &none);
		since = mono_us();
		k->now = since / 1000;
		if (fds[0].revents)
			read_input(k);
		if (fds[1].revents & POLLIN)
			read_reply(k);
		take_signals(k);
		put_frames(k);
		if ((got_child && reap(k)) ||
		    (k->ended_at && k->now - k->ended_at >= PARTING_MS))
			break;
		tend_children(k);
	}
	part(k);
}

/* ---- the start ---- */

static void name_generation(struct ring_start *start)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	start->time = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	snprintf(start->generation, sizeof(start->generation), "%lld.%ld.%d",
		 (long long)now.tv_sec, now.tv_nsec, (int)getpid());
}

int keeper_run(const struct keeper_setup *setup, struct err *err)
{
	struct keeper k = { .setup = setup };

	k.parent = getppid();
	k.now = k.last_data = mono_ms();
	if (ring_init(&k.ring, setup->ring_size, err) != 0 ||
	    make_links(&k.ring, err) != 0)
		return -1;
	/* A worker's standby becomes our child when the worker dies. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	catch_signals();
	name_generation(&k.ring.ctl->start);
	/* Never to wait for a disk; as much as is used, and no more. */
	mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
	loop(&k);
	return 0;
}
