/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that are put away to make room, and come back: what they are and
 * hold is the same before and after, also when it was saved in between.
 */
#include "state/idle.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "state/proc_priv.h"
#include "state/save.h"
#include "state/state_priv.h"
#include "unit/world.h"

static struct world w;

static void setup(void)
{
	world_init(&w);
	/* Somebody's close is recorded: numbers are sure. */
	world_run(&w, "20<1 close(9) = 0\n");
}

static void teardown(void)
{
	world_fini(&w);
}

static struct proctab *procs(void)
{
	return w.state->procs;
}

static void put_away(int64_t pid)
{
	ck_assert(idle_put(procs(), (struct proc *)world_proc(&w, pid)));
	ck_assert_ptr_null(state_find(w.state, "", pid));
}

static struct proc *woken(struct state *state, int64_t pid)
{
	struct host *host = proctab_host(state->procs, slice_str(""));

	return proctab_wake(state->procs, host, pid);
}

/* ---- what is known of one, in words ---- */

static void tell_endpoint(struct strbuf *out, const char *what, const struct endpoint *e)
{
	if (e)
		strbuf_printf(out, " %s %d %s:%d%s", what, e->family, e->addr, e->port,
			      e->loopback ? " lo" : "");
}

static void tell_entry(struct strbuf *out, const struct proc *proc,
		       const struct fdent *ent)
{
	const struct fdobj *obj = ent->obj;
	const struct sock *sock = fdobj_sock(obj);
	const struct channel *channel = fdobj_channel(obj);

	strbuf_printf(out, "%d how %d from %d%s%s%s at %u/%lld: %s", ent->fd, ent->how,
		      ent->from, ent->cloexec ? " cloexec" : "",
		      ent->ghost ? " ghost" : "",
		      proc_fd_unsure(proc, ent) ? " unsure" : "", ent->placed.serial,
		      (long long)ent->placed.time, fdobj_kind_name(obj->kind));
	strbuf_printf(out, " %s dev %llx inode %llu flags %x mode %o by %d born %u/%lld",
		      obj->path ? obj->path : "-", (unsigned long long)obj->dev,
		      (unsigned long long)obj->inode, obj->flags, obj->mode,
		      obj->maker_pid, obj->birth.serial, (long long)obj->birth.time);
	if (sock) {
		strbuf_printf(out, " sock %d %d%s%s joined %u", sock->family, sock->role,
			      sock->datagram ? " dgram" : "",
			      sock->in_progress ? " in progress" : "",
			      sock->joined.serial);
		tell_endpoint(out, "local", sock->local);
		tell_endpoint(out, "remote", sock->remote);
	}
	if (channel)
		strbuf_printf(out, " channel %u pts %lld ends %u", channel->made,
			      (long long)channel->pts, channel->nends);
	strbuf_add_str(out, "\n");
}

static char *told(const struct proc *proc)
{
	struct fdtab_iter it = { 0 };
	const struct fdent *ent;
	struct strbuf out;

	strbuf_init(&out);
	strbuf_printf(&out, "%s pid %lld ppid %lld of %s from %u/%lld exe %s comm %s\n",
		      proc->uid, (long long)proc->pid, (long long)proc->ppid,
		      proc->parent ? proc->parent->uid : "-", proc->started.serial,
		      (long long)proc->started.time,
		      proc->image->exe ? proc->image->exe : "-",
		      proc->image->comm ? proc->image->comm : "-");
	strbuf_printf(&out, "auid %u ses %u root %s pidns %d%s%s images %u\n",
		      proc->cred.auid, proc->cred.ses, proc->root ? proc->root : "-",
		      proc->pidns, proc->observed ? " observed" : "",
		      proc->start_seen ? " start" : "",
		      proc->image->seq - proc->first_seq);
	while ((ent = fdtab_next(proc->fds, &it)))
		tell_entry(&out, proc, ent);
	return out.ptr;
}

/* ---- one of each ---- */

#define FORK "2000<1 clone(1200011) = 2001\n2001<2000 getpid() = 2001\n"
#define EXEC "2001<2000 execve() = 0 exe=/usr/sbin/serverd argv=serverd,-D\n"
#define SOCKET "2001<2000 socket(2,1,0) = 3\n"

static const struct {
	const char *name, *lines;
} cases[] = {
	{ "nothing", FORK },
	{ "a program", FORK EXEC },
	{ "connected",
	  FORK EXEC SOCKET "2001<2000 connect(3,1,10) = 0 inet=203.0.113.9:4444\n" },
	{ "connected over IPv6",
	  FORK "2001<2000 socket(a,1,0) = 3\n"
	       "2001<2000 connect(3,1,1c) = 0 inet6=2001:db8::9:4444\n" },
	{ "to itself", FORK SOCKET "2001<2000 connect(3,1,10) = 0 inet=127.0.0.1:80\n" },
	{ "connecting",
	  FORK SOCKET "2001<2000 connect(3,1,10) = -115 inet=203.0.113.9:4444\n" },
	{ "UDP", FORK "2001<2000 socket(2,2,0) = 3\n"
		      "2001<2000 connect(3,1,10) = 0 inet=203.0.113.9:53\n" },
	{ "listening and accepted",
	  FORK SOCKET "2001<2000 bind(3,1,10) = 0 inet=0.0.0.0:80\n"
		      "2001<2000 listen(3,5) = 0\n"
		      "2001<2000 accept4(3,1,10,80000) = 4 inet=198.51.100.7:5555\n"
		      "2001<2000 accept(3,0,0) = 5\n" },
	{ "unix sockets",
	  FORK "2001<2000 socket(1,1,0) = 3\n"
	       "2001<2000 connect(3,1,10) = 0 unix=/run/dbus/system_bus_socket\n"
	       "2001<2000 socket(1,1,0) = 4\n"
	       "2001<2000 connect(4,1,10) = 0 sa=01000061627300\n"
	       "2001<2000 socketpair(1,1,0) = 0 fds=5,6\n" },
	{ "pipe, FIFO, terminals, memory",
	  FORK "2001<2000 pipe2(1,80000) = 0 fds=3,4\n"
	       "2001<2000 openat(ffffff9c,1,0) = 5 path=/tmp/f mode=010600\n"
	       "2001<2000 openat(ffffff9c,1,2) = 6 path=/dev/ptmx mode=020666\n"
	       "2001<2000 openat(ffffff9c,1,2) = 7 path=/dev/pts/4 mode=020620\n"
	       "2001<2000 memfd_create(1,1) = 8\n"
	       "2001<2000 pidfd_getfd(5,3,0) = 9\n" },
	{ "files", FORK
	  "2001<2000 openat(ffffff9c,1,441) = 3 path=/var/log/a.log inode=11 cwd=/\n"
	  "2001<2000 openat(ffffff9c,1,80000) = 4 path=/var/log/b.log inode=9 cwd=/\n"
	  "2001<2000 openat(ffffff9c,1,2) = 5 path=x dev=00:2b inode=12 cwd=/srv\n"
	  "2001<2000 openat(ffffff9c,1,10000) = 6 path=/ mode=040755 cwd=/\n" },
	{ "copies", FORK SOCKET "2001<2000 connect(3,1,10) = 0 inet=203.0.113.9:4444\n"
				"2001<2000 dup2(3,0) = 0\n2001<2000 dup2(3,1) = 1\n"
				"2001<2000 fcntl(0,406,a) = 10\n"
				"2001<2000 dup2(99,2) = 2\n" },
	{ "inherited",
	  "2000<1 pipe() = 0 fds=3,4\n2000<1 openat(ffffff9c,1,0) = 5 path=/a\n" FORK
	  "2001<2000 close(3) = 0\n" },
	{ "all inherited", "2000<1 pipe() = 0 fds=3,4\n" FORK },
	{ "ghosts and doubt", FORK "2001<2000 openat(ffffff9c,1,80000) = 3 path=/a\n"
				   "2001<2000 openat(ffffff9c,1,0) = 4 path=/b\n" EXEC
				   "2001<2000 openat(ffffff9c,1,0) = 5 path=/c\n"
				   "2001<2000 openat(ffffff9c,1,0) = 5 path=/d\n" },
	{ "another root", FORK "2001<2000 chroot() = 0 path=/srv/jail cwd=/\n" },
};

/* Everything again, after the next record of its own. */
START_TEST(comes_back)
{
	char *before, *after;
	size_t bytes;

	world_run(&w, "2000<1 getpid() = 2000\n");
	world_run(&w, cases[_i].lines);
	before = told(world_proc(&w, 2001));
	put_away(2001);
	ck_assert_uint_eq(state_alive(w.state), 4);
	bytes = procs()->mem.resting;
	ck_assert_uint_gt(bytes, 0);
	world_run(&w, "2001<2000 getpid() = 2001\n");
	after = told(world_proc(&w, 2001));
	ck_assert_msg(strcmp(before, after) == 0, "%s: was\n%sis\n%s", cases[_i].name,
		      before, after);
	ck_assert_uint_eq(procs()->mem.resting, 0);
	ck_assert_uint_eq(procs()->mem.lost[LOSS_IDLE], 1);
	free(before);
	free(after);
}
END_TEST

/* The same in a world model that was saved and loaded. */
START_TEST(comes_back_after_a_save)
{
	struct pack_root from[STATE_ROOTS], to[STATE_ROOTS];
	struct state *loaded = state_new();
	char *before, *after;
	struct strbuf bytes;

	world_run(&w, "2000<1 getpid() = 2000\n");
	world_run(&w, cases[_i].lines);
	before = told(world_proc(&w, 2001));
	put_away(2001);
	put_away(2000);
	while (w.nknown) /* references that are not the model's */
		proc_unref(&w.known[--w.nknown]);
	strbuf_init(&bytes);
	state_roots(w.state, from);
	pack_graph(from, STATE_ROOTS, &bytes);
	state_roots(loaded, to);
	ck_assert(unpack_graph(to, STATE_ROOTS, strbuf_slice(&bytes)));
	ck_assert_uint_eq(state_alive(loaded), 4);
	ck_assert_ptr_nonnull(woken(loaded, 2001));
	after = told(woken(loaded, 2001));
	ck_assert_msg(strcmp(before, after) == 0, "%s: was\n%sis\n%s", cases[_i].name,
		      before, after);
	state_free(&loaded);
	strbuf_fini(&bytes);
	free(before);
	free(after);
}
END_TEST

/* ---- who shares, who holds ---- */

static uint32_t holders(int64_t pid, int fd)
{
	uint32_t n;

	fdobj_holders(fdtab_get(world_proc(&w, pid)->fds, fd)->obj, &n);
	return n;
}

START_TEST(holds_nothing_meanwhile)
{
	world_run(&w, "2000<1 pipe() = 0 fds=3,4\n" FORK "2001<2000 close(3) = 0\n");
	ck_assert_uint_eq(holders(2000, 4), 2);
	put_away(2001);
	ck_assert_uint_eq(holders(2000, 4), 1);
	world_run(&w, "2001<2000 getpid() = 2001\n");
	ck_assert_uint_eq(holders(2000, 4), 2);
	ck_assert_ptr_eq(fdtab_get(world_proc(&w, 2001)->fds, 4)->obj,
			 fdtab_get(world_proc(&w, 2000)->fds, 4)->obj);
}
END_TEST

/* Made in one, connected in the other: one socket, also over a put-away. */
START_TEST(what_is_shared_stays_one)
{
	char text[128];

	world_run(&w, "2000<1 socket(2,1,0) = 3\n" FORK
		      "2001<2000 openat(ffffff9c,1,0) = 4 path=/x\n");
	put_away(2001);
	world_run(&w, "2000<1 connect(3,1,10) = 0 inet=203.0.113.9:4444\n"
		      "2001<2000 getpid() = 2001\n");
	ck_assert_str_eq(world_fd(&w, 2001, 3, text),
			 "socket 203.0.113.9:4444 connected");
	put_away(2000);
	put_away(2001);
	world_run(&w, "2001<2000 shutdown(3,2) = 0\n");
	ck_assert_str_eq(world_fd(&w, 2001, 3, text),
			 "socket 203.0.113.9:4444 connected");
	ck_assert_ptr_eq(world_proc(&w, 2001)->parent, world_proc(&w, 2000));
}
END_TEST

START_TEST(container_is_kept)
{
	struct containers *tab = w.state->containers;
	struct container *c;
	uint32_t first_new;
	struct proc *proc;

	world_run(&w, "2000<1 getpid() = 2000\n" FORK);
	proc = (struct proc *)world_proc(&w, 2001);
	c = containers_get(tab, proc->host, slice_str("0123456789ab"));
	container_put_in(proc, c, VIA_EXEC);
	while ((proc = state_next_changed(w.state, &first_new))) /* the store has it */
		proc_unref(&proc);
	put_away(2001);
	world_run(&w, "2001<2000 getpid() = 2001\n");
	ck_assert_ptr_eq(container_of(world_proc(&w, 2001)), c);
	ck_assert_int_eq(world_proc(&w, 2001)->container_via, VIA_EXEC);
}
END_TEST

/* A uid that the store had given it, not one that is made from its start. */
START_TEST(given_uid_is_kept)
{
	static const char uid[] = "0123456789abcdef0123456789abcdef";

	world_run(&w, "2000<1 getpid() = 2000\n");
	memcpy(((struct proc *)world_proc(&w, 2000))->uid, uid, sizeof(uid));
	put_away(2000);
	world_run(&w, "2000<1 getpid() = 2000\n");
	ck_assert_str_eq(world_proc(&w, 2000)->uid, uid);
}
END_TEST

/* ---- who may not go ---- */

START_TEST(not_before_its_child_has_spoken)
{
	world_run(&w, "2000<1 clone(1200011) = 2001\n");
	ck_assert(!idle_put(procs(), (struct proc *)world_proc(&w, 2000)));
	world_run(&w, "2001<2000 getpid() = 2001\n");
	put_away(2000);
}
END_TEST

/* Its pid is another's now. */
START_TEST(pid_is_used_again)
{
	char first[PROC_UID_HEX + 1];

	world_run(&w, "2000<1 getpid() = 2000\n" FORK);
	memcpy(first, world_proc(&w, 2001)->uid, sizeof(first));
	put_away(2001);
	world_run(&w, "2000<1 clone(1200011) = 2001 @60000\n"
		      "2001<2000 execve() = 0 exe=/usr/bin/id ses=5\n");
	ck_assert_str_ne(world_proc(&w, 2001)->uid, first);
	ck_assert_uint_eq(world_count(&w, 2001), 3);
}
END_TEST

/* ---- many ---- */

enum { MANY = 3000 };

static void open_file(int pid, int fd)
{
	char line[160];

	snprintf(line, sizeof(line),
		 "%d<1 openat(ffffff9c,1,441) = %d path=/data/part-%d inode=%d\n", pid,
		 fd, fd, fd + 100000);
	world_run(&w, line);
}

/* A large table: an event of the process touches a part of it. */
START_TEST(large_table_is_woken_bit_by_bit)
{
	char *before, *after;

	for (int fd = 3; fd < MANY; fd++)
		open_file(2000, fd);
	world_run(&w, "2000<1 socket(2,1,0) = 5000\n"
		      "2000<1 connect(1388,1,10) = 0 inet=203.0.113.9:4444\n");
	before = told(world_proc(&w, 2000));
	put_away(2000);
	ck_assert_uint_lt(procs()->mem.bytes, MANY * 48u);
	ck_assert_uint_eq(procs()->mem.entries, MANY - 3 + 1);
	world_run(&w, "2000<1 close(7) = 0\n2000<1 dup2(1388,0) = 0\n");
	ck_assert_uint_lt(procs()->mem.bytes, MANY * 48u);
	ck_assert_ptr_null(fdtab_get(world_proc(&w, 2000)->fds, 7));
	open_file(2000, 7);
	ck_assert_uint_eq(holders(2000, 0), 1);
	world_run(&w, "2000<1 close(0) = 0\n");
	after = told(world_proc(&w, 2000));
	/* But for the new 7. */
	ck_assert_uint_eq(strlen(before) > 0, strlen(after) > 0);
	ck_assert_str_eq(strstr(before, "\n8 "), strstr(after, "\n8 "));
	ck_assert_uint_eq(fdtab_count(world_proc(&w, 2000)->fds), MANY - 3 + 1);
	free(before);
	free(after);
}
END_TEST

/* Descriptors are forgotten before whole processes, the oldest first. */
START_TEST(oldest_are_forgotten_first)
{
	struct memory *mem = &procs()->mem;

	for (int pid = 3000; pid < 3100; pid++)
		open_file(pid, 3);
	for (int pid = 3000; pid < 3100; pid++)
		put_away(pid);
	ck_assert_uint_eq(procs()->idles.count, 100);
	ck_assert_uint_eq(mem->entries, 100);
	proctab_forget_idle(procs());
	ck_assert_uint_eq(procs()->idles.count, 100);
	ck_assert_uint_eq(mem->entries, 100 - 32);
	ck_assert_uint_eq(mem->lost[LOSS_FDS], 32);
	ck_assert_ptr_null(fdtab_get(woken(w.state, 3000)->fds, 3));
	ck_assert_ptr_nonnull(fdtab_get(woken(w.state, 3099)->fds, 3));
	while (mem->lost[LOSS_PROCESSES] == 0)
		proctab_forget_idle(procs());
	ck_assert_uint_eq(mem->lost[LOSS_FDS], 99);
	ck_assert_ptr_null(woken(w.state, 3001));
	while (procs()->idles.count)
		proctab_forget_idle(procs());
	ck_assert_uint_eq(mem->lost[LOSS_PROCESSES], 98);
	ck_assert_uint_eq(mem->resting, 0);
}
END_TEST

/* More than the index begins with, from the middle, in any order. */
START_TEST(many_are_found_again)
{
	struct host *host = proctab_host(procs(), slice_str(""));
	struct evref at = { 1700000000000, 7 };

	for (int64_t pid = 10000; pid < 15000; pid++) {
		struct proc *proc = proctab_add(procs(), host, pid, at);

		proc->fds = fdtab_new(&procs()->mem);
		proc->image = image_new();
		put_away(pid);
	}
	for (int64_t i = 0; i < 5000; i++) {
		int64_t pid = 10000 + i * 7 % 5000;

		ck_assert_ptr_nonnull(proctab_wake(procs(), host, pid));
		if (i % 3 == 0)
			put_away(pid);
	}
	for (int64_t pid = 10000; pid < 15000; pid++)
		ck_assert_ptr_nonnull(proctab_wake(procs(), host, pid));
	ck_assert_ptr_null(proctab_wake(procs(), host, 15000));
	ck_assert_uint_eq(procs()->idles.count, 0);
	ck_assert_uint_eq(procs()->mem.resting, 0);
}
END_TEST

START_TEST(gone_with_a_reboot)
{
	struct host *host = proctab_host(procs(), slice_str(""));

	world_run(&w, "2000<1 openat(ffffff9c,1,0) = 3 path=/x\n2001<1 pipe() = 0 "
		      "fds=3,4\n");
	put_away(2000);
	put_away(2001);
	proctab_reboot(procs(), host, (struct evref){ 1800000000000, 1 });
	ck_assert_uint_eq(state_alive(w.state), 0);
	ck_assert_uint_eq(procs()->mem.entries, 0);
	ck_assert_uint_eq(procs()->mem.resting, 0);
}
END_TEST

Suite *suite_idle(void);

Suite *suite_idle(void)
{
	Suite *suite = suite_create("idle");
	TCase *tc = tcase_create("idle");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, comes_back, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, comes_back_after_a_save, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, holds_nothing_meanwhile);
	tcase_add_test(tc, what_is_shared_stays_one);
	tcase_add_test(tc, container_is_kept);
	tcase_add_test(tc, given_uid_is_kept);
	tcase_add_test(tc, not_before_its_child_has_spoken);
	tcase_add_test(tc, pid_is_used_again);
	tcase_add_test(tc, large_table_is_woken_bit_by_bit);
	tcase_add_test(tc, oldest_are_forgotten_first);
	tcase_add_test(tc, many_are_found_again);
	tcase_add_test(tc, gone_with_a_reboot);
	suite_add_tcase(suite, tc);
	return suite;
}
