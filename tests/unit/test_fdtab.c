/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands at a descriptor after the calls of each row. Process 2000 is
 * the one that was there; 2001 its child. 80000 is O_CLOEXEC and
 * SOCK_CLOEXEC.
 */
#include "state/fdtab.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "unit/world.h"

static struct world w;

static void setup(void)
{
	world_init(&w);
}

static void teardown(void)
{
	world_fini(&w);
}

#define SOCKET3 "2000<1 socket(2,1,0) = 3\n"
#define CONNECT3 "2000<1 connect(3,1,10) = 0 inet=203.0.113.9:4444\n"
#define FORK "2000<1 clone(1200011) = 2001\n"
#define PEER "socket 203.0.113.9:4444 connected"
#define EXEC(pid, ppid) #pid "<" #ppid " execve() = 0 exe=/usr/bin/dash\n"

static const struct {
	const char *name, *lines;
	int pid, fd;
	const char *want;
} cases[] = {
	/* sockets */
	{ "socket", SOCKET3, 2000, 3, "socket fresh" },
	{ "connect", SOCKET3 CONNECT3, 2000, 3, PEER },
	{ "connect refused", SOCKET3 "2000<1 connect(3,1,10) = -111 inet=203.0.113.9:1\n",
	  2000, 3, "socket fresh" },
	{ "connect that takes a while",
	  SOCKET3 "2000<1 connect(3,1,10) = -115 inet=203.0.113.9:4444\n", 2000, 3,
	  PEER },
	{ "connect over IPv6",
	  "2000<1 socket(a,1,0) = 3\n"
	  "2000<1 connect(3,1,1c) = 0 inet6=2001:db8::9:4444\n",
	  2000, 3, "socket 2001:db8::9:4444 connected" },
	{ "IPv4 in IPv6",
	  "2000<1 socket(a,1,0) = 3\n"
	  "2000<1 connect(3,1,1c) = 0 inet6=::ffff:203.0.113.9:4444\n",
	  2000, 3, PEER },
	{ "connect of an unknown socket", CONNECT3, 2000, 3, PEER },
	{ "reconnect", SOCKET3 CONNECT3 "2000<1 connect(3,1,10) = 0 inet=192.0.2.1:53\n",
	  2000, 3, "socket 192.0.2.1:53 connected" },
	{ "AF_UNSPEC dissolves",
	  SOCKET3 CONNECT3
	  "2000<1 connect(3,1,10) = 0 sa=00000000000000000000000000000000\n",
	  2000, 3, "socket fresh" },
	{ "and again", SOCKET3 CONNECT3 "2000<1 connect(3,1,10) = 0 sa=0000\n" CONNECT3,
	  2000, 3, PEER },
	{ "UDP with a peer", "2000<1 socket(2,2,0) = 3\n" CONNECT3, 2000, 3, PEER },
	{ "listening",
	  SOCKET3 "2000<1 bind(3,1,10) = 0 inet=0.0.0.0:8080\n"
		  "2000<1 listen(3,1) = 0\n",
	  2000, 3, "socket listening" },
	{ "accept",
	  SOCKET3 "2000<1 listen(3,1) = 0\n"
		  "2000<1 accept(3,1,10) = 4 inet=203.0.113.9:4444\n",
	  2000, 4, "socket 203.0.113.9:4444 accepted" },
	{ "accept without address",
	  SOCKET3 "2000<1 listen(3,1) = 0\n"
		  "2000<1 accept4(3,0,0,0) = 4\n",
	  2000, 4, "socket accepted" },
	{ "accept of an unknown listener",
	  "2000<1 accept(3,1,10) = 4 inet=203.0.113.9:4444\n", 2000, 4,
	  "socket 203.0.113.9:4444 accepted" },
	{ "accept that failed leaves what was there",
	  SOCKET3 "2000<1 accept4(3,0,0,0) = -11\n", 2000, 4, "none" },

	{ "bound: its own address is known",
	  SOCKET3 "2000<1 bind(3,1,10) = 0 inet=192.0.2.7:8080\n"
		  "2000<1 listen(3,1) = 0\n"
		  "2000<1 accept(3,1,10) = 4 inet=203.0.113.9:4444\n",
	  2000, 4, "socket 203.0.113.9:4444 accepted at 192.0.2.7:8080" },
	{ "unix, by path",
	  "2000<1 socket(1,1,0) = 3\n"
	  "2000<1 connect(3,1,10) = 0 unix=/run/dbus/system_bus_socket\n",
	  2000, 3, "unix /run/dbus/system_bus_socket connected" },
	{ "unix, abstract",
	  "2000<1 socket(1,1,0) = 3\n2000<1 connect(3,1,10) = 0 sa=010000616263\n", 2000,
	  3, "unix @abc connected" },
	{ "unix, accepted of one without a name",
	  "2000<1 socket(1,1,0) = 3\n2000<1 bind(3,1,10) = 0 unix=/run/x\n"
	  "2000<1 listen(3,1) = 0\n2000<1 accept(3,1,10) = 4 sa=0100\n",
	  2000, 4, "unix accepted at /run/x" },
	{ "connect that failed later: asked again, refused",
	  SOCKET3 "2000<1 connect(3,1,10) = -115 inet=203.0.113.9:4444\n"
		  "2000<1 connect(3,1,10) = -111 inet=203.0.113.9:4444\n",
	  2000, 3, PEER },
	{ "asked again, done",
	  SOCKET3 "2000<1 connect(3,1,10) = -115 inet=203.0.113.9:4444\n"
		  "2000<1 connect(3,1,10) = -114 inet=203.0.113.9:4444\n"
		  "2000<1 connect(3,1,10) = 0 inet=203.0.113.9:4444\n",
	  2000, 3, PEER },
	{ "UDP that only sends has no peer",
	  "2000<1 socket(2,2,0) = 3\n2000<1 sendto(3,1,10) = 16 inet=203.0.113.9:53\n",
	  2000, 3, "socket fresh" },
	{ "a number that is given again is another socket",
	  SOCKET3 CONNECT3 "2000<1 close(3) = 0\n" SOCKET3, 2000, 3, "socket fresh" },
	{ "also where the close went unseen", SOCKET3 CONNECT3 SOCKET3, 2000, 3,
	  "socket fresh" },
	{ "what came with a message is not known",
	  SOCKET3 CONNECT3 "2000<1 recvmsg(3,1,0) = 1\n", 2000, 4, "none" },
	{ "and used it is something unknown, also under its new number",
	  SOCKET3 CONNECT3 "2000<1 recvmsg(3,1,0) = 1\n2000<1 dup2(4,0) = 0\n", 2000, 0,
	  "unknown 0" },
	{ "it turns out to be a socket",
	  "2000<1 recvmsg(3,1,0) = 1\n2000<1 dup2(4,0) = 0\n"
	  "2000<1 connect(4,1,10) = 0 inet=203.0.113.9:4444\n",
	  2000, 0, PEER },

	/* dup and its kin */
	{ "dup", SOCKET3 CONNECT3 "2000<1 dup(3) = 4\n", 2000, 4, PEER },
	{ "dup2", SOCKET3 CONNECT3 "2000<1 dup2(3,0) = 0\n", 2000, 0, PEER },
	{ "dup3", SOCKET3 CONNECT3 "2000<1 dup3(3,0,80000) = 0\n", 2000, 0, PEER },
	{ "F_DUPFD", SOCKET3 CONNECT3 "2000<1 fcntl(3,0,a) = 10\n", 2000, 10, PEER },
	{ "F_DUPFD_CLOEXEC", SOCKET3 CONNECT3 "2000<1 fcntl(3,406,a) = 10\n", 2000, 10,
	  PEER },
	{ "the command is 32 bits wide",
	  SOCKET3 CONNECT3 "2000<1 fcntl(3,ffffffff00000000,a) = 10\n", 2000, 10, PEER },
	{ "onto itself", SOCKET3 CONNECT3 "2000<1 dup2(3,3) = 3\n", 2000, 3, PEER },
	{ "dup3 onto itself fails", SOCKET3 CONNECT3 "2000<1 dup3(3,3,0) = -22\n", 2000,
	  3, PEER },
	{ "over another one",
	  SOCKET3 CONNECT3 "2000<1 pipe() = 0 fds=4,5\n"
			   "2000<1 dup2(3,4) = 4\n",
	  2000, 4, PEER },
	{ "of an unknown one", "2000<1 dup2(7,0) = 0\n", 2000, 0, "unknown 0" },
	{ "which is the same there", "2000<1 dup2(7,0) = 0\n", 2000, 7, "unknown 0" },
	{ "connected later, seen in both", SOCKET3 "2000<1 dup2(3,0) = 0\n" CONNECT3,
	  2000, 0, PEER },

	/* close and its kin */
	{ "close", SOCKET3 "2000<1 close(3) = 0\n", 2000, 3, "none" },
	{ "close of one of two",
	  SOCKET3 CONNECT3 "2000<1 dup2(3,0) = 0\n2000<1 close(3) = 0\n", 2000, 0, PEER },
	{ "close that complains has closed", SOCKET3 "2000<1 close(3) = -5\n", 2000, 3,
	  "none" },
	{ "close that was cut short has closed", SOCKET3 "2000<1 close(3) = -4\n", 2000,
	  3, "none" },
	{ "close of what is not open", SOCKET3 "2000<1 close(3) = -9\n", 2000, 3,
	  "socket fresh" },
	{ "close_range",
	  SOCKET3 CONNECT3 "2000<1 dup2(3,0) = 0\n"
			   "2000<1 close_range(3,ffffffff,0) = 0\n",
	  2000, 3, "none" },
	{ "close_range leaves the lower ones",
	  SOCKET3 CONNECT3 "2000<1 dup2(3,0) = 0\n"
			   "2000<1 close_range(3,ffffffff,0) = 0\n",
	  2000, 0, PEER },
	{ "close_range to an end",
	  SOCKET3 "2000<1 dup2(3,9) = 9\n"
		  "2000<1 close_range(3,8,0) = 0\n",
	  2000, 9, "socket fresh" },
	{ "close_range that only marks", SOCKET3 "2000<1 close_range(3,ffffffff,4) = 0\n",
	  2000, 3, "socket fresh" },
	{ "close_range that marks nobody else's",
	  SOCKET3 "2000<1 clone(411) = 2001\n2001<2000 close(9) = -9\n"
		  "2001<2000 close_range(3,ffffffff,6) = 0\n" EXEC(2000, 1),
	  2000, 3, "socket fresh" },
	{ "but its own",
	  SOCKET3 "2000<1 clone(411) = 2001\n2001<2000 close(9) = -9\n"
		  "2001<2000 close_range(3,ffffffff,6) = 0\n" EXEC(2001, 2000),
	  2001, 3, "none" },
	{ "and the mark works",
	  SOCKET3 "2000<1 close_range(3,ffffffff,4) = 0\n" EXEC(2000, 1), 2000, 3,
	  "none" },

	/* close-on-exec */
	{ "kept over exec", SOCKET3 CONNECT3 EXEC(2000, 1), 2000, 3, PEER },
	{ "SOCK_CLOEXEC", "2000<1 socket(2,80001,0) = 3\n" EXEC(2000, 1), 2000, 3,
	  "none" },
	{ "O_CLOEXEC",
	  "2000<1 openat(ffffff9c,1,80000) = 3 path=/etc/passwd\n" EXEC(2000, 1), 2000, 3,
	  "none" },
	{ "pipe2", "2000<1 pipe2(1,80000) = 0 fds=3,4\n" EXEC(2000, 1), 2000, 3, "none" },
	{ "accept4", "2000<1 accept4(3,0,0,80000) = 4\n" EXEC(2000, 1), 2000, 4, "none" },
	{ "dup does not inherit the mark",
	  "2000<1 socket(2,80001,0) = 3\n" CONNECT3
	  "2000<1 dup2(3,0) = 0\n" EXEC(2000, 1),
	  2000, 0, PEER },
	{ "dup3 has its own",
	  SOCKET3 CONNECT3 "2000<1 dup3(3,0,80000) = 0\n" EXEC(2000, 1), 2000, 0,
	  "none" },
	{ "F_DUPFD_CLOEXEC has it", SOCKET3 "2000<1 fcntl(3,406,a) = 10\n" EXEC(2000, 1),
	  2000, 10, "none" },
	{ "F_DUPFD has not",
	  "2000<1 socket(2,80001,0) = 3\n2000<1 fcntl(3,0,a) = 10\n" EXEC(2000, 1), 2000,
	  10, "socket fresh" },
	{ "onto itself the mark stays",
	  "2000<1 socket(2,80001,0) = 3\n2000<1 dup2(3,3) = 3\n" EXEC(2000, 1), 2000, 3,
	  "none" },
	{ "F_SETFD takes it off",
	  "2000<1 socket(2,80001,0) = 3\n" CONNECT3
	  "2000<1 fcntl(3,2,0) = 0\n" EXEC(2000, 1),
	  2000, 3, PEER },
	{ "F_SETFD puts it on", SOCKET3 "2000<1 fcntl(3,2,1) = 0\n" EXEC(2000, 1), 2000,
	  3, "none" },
	{ "taken off unseen: alive when it is copied",
	  "2000<1 socket(2,80001,0) = 3\n" CONNECT3 EXEC(
		  2000, 1) "2000<1 dup2(3,0) = 0 exe=/usr/bin/dash\n",
	  2000, 0, PEER },
	{ "a ghost's number is free",
	  "2000<1 socket(2,80001,0) = 3\n" CONNECT3 EXEC(
		  2000,
		  1) "2000<1 openat(ffffff9c,1,0) = 3 path=/etc/passwd exe=/usr/bin/dash\n",
	  2000, 3, "file /etc/passwd" },
	{ "a ghost lives for one image",
	  "2000<1 socket(2,80001,0) = 3\n" CONNECT3 EXEC(2000, 1)
		  EXEC(2000, 1) "2000<1 dup2(3,0) = 0 exe=/usr/bin/dash\n",
	  2000, 0, "unknown 0" },
	{ "failed exec closes nothing",
	  "2000<1 socket(2,80001,0) = 3\n"
	  "2000<1 execve() = -2 path=/usr/local/bin/sh\n",
	  2000, 3, "socket fresh" },

	/* fork */
	{ "the child has them", SOCKET3 CONNECT3 FORK EXEC(2001, 2000), 2001, 3, PEER },
	{ "as they were then",
	  SOCKET3 CONNECT3 FORK "2000<1 close(3) = 0\n" EXEC(2001, 2000), 2001, 3, PEER },
	{ "and not as they are later", FORK SOCKET3 EXEC(2001, 2000), 2001, 3, "none" },
	{ "the child's are its own", SOCKET3 FORK "2001<2000 close(3) = 0\n", 2000, 3,
	  "socket fresh" },
	{ "connected in one, seen in both",
	  SOCKET3 FORK "2001<2000 close(9) = -9\n" CONNECT3, 2001, 3, PEER },
	{ "CLONE_FILES shares the table",
	  SOCKET3 "2000<1 clone(411) = 2001\n"
		  "2001<2000 close(9) = -9\n2000<1 dup2(3,5) = 5\n",
	  2001, 5, "socket fresh" },
	{ "both ways", SOCKET3 "2000<1 clone(411) = 2001\n2001<2000 close(3) = 0\n", 2000,
	  3, "none" },
	{ "also where the child speaks first",
	  SOCKET3 "2001<2000 close(9) = -9\n"
		  "2000<1 clone(411) = 2001 @0\n2000<1 dup2(3,5) = 5\n",
	  2001, 5, "socket fresh" },
	{ "until it runs another image",
	  SOCKET3 "2000<1 clone(411) = 2001\n" EXEC(2001, 2000) "2000<1 dup2(3,5) = 5\n",
	  2001, 5, "none" },
	{ "or asks for its own",
	  SOCKET3 "2000<1 clone(411) = 2001\n"
		  "2001<2000 unshare(400) = 0\n2000<1 dup2(3,5) = 5\n",
	  2001, 5, "none" },
	{ "or closes only its own",
	  SOCKET3 "2000<1 clone(411) = 2001\n"
		  "2001<2000 close_range(3,ffffffff,2) = 0\n",
	  2000, 3, "socket fresh" },

	/* pipes, pairs, files */
	{ "pipe", "2000<1 pipe() = 0 fds=3,4\n", 2000, 4, "pipe 101" },
	{ "socketpair", "2000<1 socketpair(1,1,0) = 0 fds=3,4\n", 2000, 4,
	  "socketpair 101" },
	{ "pair whose numbers were lost", "2000<1 pipe() = 0\n", 2000, 3, "none" },
	{ "file", "2000<1 openat(ffffff9c,1,0) = 3 path=x cwd=/srv\n", 2000, 3,
	  "file /srv/x" },
	{ "open", "2000<1 open(1,0) = 3 path=x cwd=/srv\n", 2000, 3, "file /srv/x" },
	{ "creat", "2000<1 creat(1,1a4) = 3 path=x type=CREATE cwd=/srv\n", 2000, 3,
	  "file /srv/x" },
	{ "openat2", "2000<1 openat2(ffffff9c,1,2) = 3 path=x cwd=/srv\n", 2000, 3,
	  "file /srv/x" },
	{ "by handle", "2000<1 open_by_handle_at(4,1,0) = 3\n", 2000, 3, "unknown 101" },
	{ "below a directory that is open",
	  "2000<1 openat(ffffff9c,1,90000) = 3 path=/opt/a mode=040755\n"
	  "2000<1 openat(3,1,0) = 4 path=../b//./c cwd=/srv\n",
	  2000, 4, "file /opt/b/c" },
	{ "FIFO", "2000<1 openat(ffffff9c,1,0) = 3 path=/tmp/f mode=010600\n", 2000, 3,
	  "fifo /tmp/f" },
	{ "memfd", "2000<1 memfd_create(1,1) = 3\n", 2000, 3, "memfd 101" },
	{ "pidfd_getfd", "2000<1 pidfd_getfd(5,3,0) = 6\n", 2000, 6, "unknown 101" },
	{ "terminal by name",
	  "2000<1 openat(ffffff9c,1,2) = 3 path=/dev/pts/4 mode=020620\n", 2000, 3,
	  "pty /dev/pts/4" },
	{ "terminal's other side without a name",
	  "2000<1 openat(ffffff9c,1,2) = 3 path=/dev/ptmx mode=020666\n"
	  "2000<1 dup2(4,0) = 0\n",
	  2000, 0, "pty 0" },
	{ "/dev/fd of a pipe",
	  "2000<1 pipe() = 0 fds=3,4\n"
	  "2000<1 openat(ffffff9c,1,0) = 5 path=/dev/fd/3 mode=010600 dev=00:0e\n",
	  2000, 5, "pipe 102" },
	{ "/proc/self/fd of a file",
	  "2000<1 openat(ffffff9c,1,0) = 3 path=/etc/passwd\n"
	  "2000<1 openat(ffffff9c,1,0) = 5 path=/proc/self/fd/3\n",
	  2000, 5, "file /etc/passwd" },
};

START_TEST(stands_there)
{
	char out[128];

	world_run(&w, cases[_i].lines);
	world_fd(&w, cases[_i].pid, cases[_i].fd, out);
	ck_assert_msg(strcmp(out, cases[_i].want) == 0, "%s: %s, not %s", cases[_i].name,
		      out, cases[_i].want);
}
END_TEST

/* ---- who holds it ---- */

static const struct fdobj *at(int64_t pid, int fd)
{
	const struct fdent *ent = fdtab_get(world_proc(&w, pid)->fds, fd);

	ck_assert_ptr_nonnull(ent);
	return ent->obj;
}

static uint32_t holders(int64_t pid, int fd)
{
	uint32_t count;

	fdobj_holders(at(pid, fd), &count);
	return count;
}

START_TEST(holders_come_and_go)
{
	world_run(&w, "2000<1 pipe() = 0 fds=3,4\n" FORK "2001<2000 dup2(4,1) = 1\n");
	ck_assert_uint_eq(holders(2000, 4), 2);
	world_run(&w, "2001<2000 close(4) = 0\n");
	ck_assert_uint_eq(holders(2000, 4), 2); /* at 1 it still is */
	world_run(&w, "2001<2000 dup2(3,1) = 1\n");
	ck_assert_uint_eq(holders(2000, 4), 1);
	ck_assert_uint_eq(holders(2000, 3), 2);
	world_run(&w, "2001<2000 exit_group(0) = ?\n2000<1 close(9) = -9\n");
	ck_assert_uint_eq(holders(2000, 3), 1);
}
END_TEST

START_TEST(ends_of_a_channel)
{
	const struct fdobj *read;

	world_run(&w, "2000<1 pipe() = 0 fds=3,4\n");
	read = at(2000, 3);
	ck_assert_int_eq(read->kind, FDOBJ_PIPE_READ);
	ck_assert_int_eq(at(2000, 4)->kind, FDOBJ_PIPE_WRITE);
	ck_assert_ptr_eq(fdobj_channel(read), fdobj_channel(at(2000, 4)));
	ck_assert_uint_eq(fdobj_channel(read)->nends, 2);
	world_run(&w, "2000<1 close(4) = 0\n");
	ck_assert_uint_eq(fdobj_channel(read)->nends, 1);
}
END_TEST

/* Two that open one FIFO meet; another FIFO is another. */
START_TEST(fifo_joins_who_opens_it)
{
	world_run(
		&w,
		"2000<1 openat(ffffff9c,1,0) = 3 path=/tmp/f mode=010600 inode=5\n"
		"2002<1 openat(ffffff9c,1,1) = 3 path=/srv/../tmp/f mode=010600 inode=5\n"
		"2003<1 openat(ffffff9c,1,1) = 3 path=/tmp/f mode=010600 inode=6\n");
	ck_assert_ptr_eq(fdobj_channel(at(2000, 3)), fdobj_channel(at(2002, 3)));
	ck_assert_ptr_ne(fdobj_channel(at(2000, 3)), fdobj_channel(at(2003, 3)));
}
END_TEST

/* A copy of one process's pipe end through /proc is that pipe's. */
START_TEST(reopened_end_is_the_pipes)
{
	world_run(&w,
		  "2000<1 pipe() = 0 fds=3,4\n"
		  "2000<1 openat(ffffff9c,1,0) = 5 path=/dev/fd/3 mode=010600\n"
		  "2002<1 openat(ffffff9c,1,1) = 6 path=/proc/2000/fd/4 mode=010600\n");
	ck_assert_ptr_eq(fdobj_channel(at(2000, 5)), fdobj_channel(at(2000, 3)));
	ck_assert_int_eq(at(2000, 5)->kind, FDOBJ_PIPE_READ);
	ck_assert_ptr_eq(fdobj_channel(at(2002, 6)), fdobj_channel(at(2000, 3)));
	ck_assert_int_eq(at(2002, 6)->kind, FDOBJ_PIPE_WRITE);
}
END_TEST

/* Terminal 4 has a new master when its number is given again. */
START_TEST(terminal_number_is_used_again)
{
	world_run(&w, "2000<1 openat(ffffff9c,1,2) = 3 path=/dev/ptmx mode=020666\n"
		      "2000<1 openat(ffffff9c,1,2) = 4 path=/dev/pts/4 mode=020620\n");
	ck_assert_ptr_eq(fdobj_channel(at(2000, 3)), fdobj_channel(at(2000, 4)));
	world_run(&w, "2000<1 close(3) = 0\n2000<1 close(4) = 0\n"
		      "2002<1 openat(ffffff9c,1,2) = 3 path=/dev/ptmx mode=020666\n"
		      "2002<1 openat(ffffff9c,1,2) = 4 path=/dev/pts/4 mode=020620\n");
	ck_assert_ptr_eq(fdobj_channel(at(2002, 3)), fdobj_channel(at(2002, 4)));
	ck_assert_uint_eq(fdobj_channel(at(2002, 3))->nends, 2);
}
END_TEST

/* ---- what the table does not know ---- */

static bool unsure(int64_t pid, int fd)
{
	const struct proc *proc = world_proc(&w, pid);

	return proc_fd_unsure(proc, fdtab_get(proc->fds, fd));
}

START_TEST(unsure_where_nothing_closes)
{
	world_run(&w, SOCKET3 CONNECT3 "2000<1 dup2(3,0) = 0\n");
	ck_assert(unsure(2000, 0));
	ck_assert(unsure(2000, 3));
	/* What was copied in doubt stays in doubt. */
	world_run(&w, "2002<1 close(3) = 0\n");
	ck_assert(unsure(2000, 0));
	ck_assert(!unsure(2000, 3));
}
END_TEST

START_TEST(sure_where_closes_are_recorded)
{
	world_run(&w, "2002<1 close(3) = 0\n" SOCKET3 CONNECT3 "2000<1 dup2(3,0) = 0\n");
	ck_assert(!unsure(2000, 0));
}
END_TEST

/* A number that is given again while it is taken: its close went unseen. */
START_TEST(unsure_after_an_unseen_close)
{
	world_run(&w,
		  "2002<1 close(3) = 0\n" SOCKET3 CONNECT3 "2000<1 pipe() = 0 fds=4,5\n"
		  "2000<1 openat(ffffff9c,1,0) = 4 path=/etc/passwd\n"
		  "2000<1 dup2(3,0) = 0\n");
	ck_assert(unsure(2000, 3));
	ck_assert(unsure(2000, 0));
	ck_assert(!unsure(2000, 4));
}
END_TEST

/* ---- many ---- */

enum { TABLES = 4, NUMBERS = 700, ROUNDS = 60000 };

/* A table, and what it must hold: the number that an object was made with. */
struct twin {
	struct fdtab *tab;
	int64_t want[NUMBERS];
	bool marked[NUMBERS];
};

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223; /* Numerical Recipes, ranqd1 */
	return *state >> 8;
}

static void twin_put(struct twin *t, int fd, int64_t made, bool cloexec)
{
	struct fdobj *obj = fdobj_new(made % 3 ? FDOBJ_FILE : FDOBJ_PIPE_READ,
				      (struct evref){ 0 }, made);

	fdtab_put(&t->tab, NULL,
		  &(struct fdent){ .fd = fd, .obj = obj, .cloexec = cloexec });
	fdobj_unref(&obj);
	t->want[fd] = made;
	t->marked[fd] = cloexec;
}

static void twin_range(struct twin *t, uint32_t first, uint32_t last, bool mark)
{
	fdtab_close_range(&t->tab, NULL, first, last, mark);
	for (uint32_t fd = first; fd <= last && fd < NUMBERS; fd++) {
		if (mark)
			t->marked[fd] = true;
		else
			t->want[fd] = 0;
	}
}

static void twin_exec(struct twin *t)
{
	fdtab_exec(&t->tab, NULL);
	fdtab_exec(&t->tab, NULL); /* the ghosts go as well */
	for (int fd = 0; fd < NUMBERS; fd++) {
		if (t->marked[fd])
			t->want[fd] = 0;
	}
}

static void twin_fork(struct twin *t, const struct twin *from)
{
	struct fdtab *tab = fdtab_ref(from->tab);

	fdtab_unref(&t->tab);
	*t = *from;
	t->tab = tab;
}

static void twin_check(const struct twin *t)
{
	struct fdtab_iter up = { 0 }, down = { 0 };
	const struct fdent *ent;
	size_t count = 0;
	int last = -1;

	for (int fd = 0; fd < NUMBERS; fd++) {
		ent = fdtab_get(t->tab, fd);
		ck_assert_int_eq(ent ? ent->obj->maker_pid : 0, t->want[fd]);
		count += t->want[fd] != 0;
	}
	ck_assert_uint_eq(fdtab_count(t->tab), count);
	while ((ent = fdtab_next(t->tab, &up))) {
		ck_assert_int_gt(ent->fd, last);
		last = ent->fd;
		count--;
	}
	ck_assert_uint_eq(count, 0);
	last = NUMBERS;
	while ((ent = fdtab_prev(t->tab, &down))) {
		ck_assert_int_lt(ent->fd, last);
		last = ent->fd;
		count++;
	}
	ck_assert_uint_eq(count, fdtab_count(t->tab));
}

/* As if its process was put away, and came back. */
static void twin_rest(struct twin *t, struct memory *mem)
{
	struct evref base = { 1700000000000, 5 };
	struct fdrest *rest = fdtab_rest(&t->tab, base);

	if (!t->tab)
		t->tab = fdtab_of_rest(mem, &rest, base);
}

static void twin_step(struct twin *twins, struct memory *mem, uint32_t *seed, int round)
{
	struct twin *t = &twins[next_random(seed) % TABLES];
	uint32_t fd = next_random(seed) % NUMBERS, what = next_random(seed) % 1000;

	if (what < 2)
		twin_fork(t, &twins[next_random(seed) % TABLES]);
	else if (what < 3)
		twin_exec(t);
	else if (what < 5)
		twin_range(t, fd, fd + next_random(seed) % 200, next_random(seed) & 1);
	else if (what < 9)
		twin_rest(t, mem);
	else if (what < 400) {
		fdtab_close(&t->tab, NULL, (int)fd);
		t->want[fd] = 0;
	} else
		twin_put(t, (int)fd, round + 1, next_random(seed) % 8 == 0);
}

START_TEST(tables_are_what_was_done_to_them)
{
	static struct twin twins[TABLES];
	struct memory mem = { 0 };
	uint32_t seed = (uint32_t)_i;

	memset(twins, 0, sizeof(twins));
	for (int i = 0; i < TABLES; i++)
		twins[i].tab = fdtab_new(&mem);
	for (int round = 0; round < ROUNDS; round++) {
		twin_step(twins, &mem, &seed, round);
		if (round % 997 == 0)
			twin_check(&twins[round % TABLES]);
	}
	for (int i = 0; i < TABLES; i++) {
		twin_check(&twins[i]);
		fdtab_unref(&twins[i].tab);
	}
	ck_assert_uint_eq(mem.entries, 0);
	ck_assert_uint_eq(mem.bytes, 0);
	ck_assert_uint_eq(mem.resting, 0);
}
END_TEST

/* A hundred thousand in one process, its children, and their ends: each step
 * costs about the same. The order is the one that is worst for a list. */
START_TEST(many_descriptors)
{
	enum { MANY = 100000, CHILDREN = 200 };
	struct memory mem = { 0 };
	struct fdtab *tab = fdtab_new(&mem), *children[CHILDREN];
	struct fdobj *obj = fdobj_new(FDOBJ_FILE, (struct evref){ 0 }, 1);

	for (int fd = MANY; fd-- > 0;)
		ck_assert(fdtab_put(&tab, NULL, &(struct fdent){ .fd = fd, .obj = obj }));
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fdtab_ref(tab);
		fdtab_close(&children[i], NULL, i * 400);
	}
	ck_assert_uint_eq(fdtab_count(tab), MANY);
	ck_assert_uint_eq(fdtab_count(children[CHILDREN - 1]), MANY - 1);
	/* What was not written to is shared. */
	ck_assert_uint_lt(mem.entries, MANY + CHILDREN * 64);
	for (int i = 0; i < CHILDREN; i++)
		fdtab_unref(&children[i]);
	for (int fd = 0; fd < MANY; fd++)
		fdtab_close(&tab, NULL, fd);
	ck_assert_uint_eq(fdtab_count(tab), 0);
	fdtab_unref(&tab);
	fdobj_unref(&obj);
	ck_assert_uint_eq(mem.bytes, 0);
}
END_TEST

START_TEST(more_than_a_table_takes)
{
	struct memory mem = { 0 };
	struct fdtab *tab = fdtab_new(&mem);
	struct fdobj *obj = fdobj_new(FDOBJ_FILE, (struct evref){ 0 }, 1);

	for (int fd = 0; fd < LIMIT_FDS; fd++)
		ck_assert(fdtab_put(&tab, NULL, &(struct fdent){ .fd = fd, .obj = obj }));
	ck_assert(!fdtab_put(&tab, NULL, &(struct fdent){ .fd = LIMIT_FDS, .obj = obj }));
	ck_assert(fdtab_put(&tab, NULL, &(struct fdent){ .fd = 7, .obj = obj }));
	ck_assert_uint_eq(mem.lost[LOSS_FDS], 1);
	fdtab_unref(&tab);
	ck_assert_uint_eq(obj->refs, 1);
	fdobj_unref(&obj);
}
END_TEST

Suite *suite_fdtab(void);

Suite *suite_fdtab(void)
{
	Suite *suite = suite_create("fdtab");
	TCase *tc = tcase_create("fdtab");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, stands_there, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, holders_come_and_go);
	tcase_add_test(tc, ends_of_a_channel);
	tcase_add_test(tc, fifo_joins_who_opens_it);
	tcase_add_test(tc, reopened_end_is_the_pipes);
	tcase_add_test(tc, terminal_number_is_used_again);
	tcase_add_test(tc, unsure_where_nothing_closes);
	tcase_add_test(tc, sure_where_closes_are_recorded);
	tcase_add_test(tc, unsure_after_an_unseen_close);
	tcase_add_loop_test(tc, tables_are_what_was_done_to_them, 0, 8);
	tcase_add_test(tc, many_descriptors);
	tcase_add_test(tc, more_than_a_table_takes);
	suite_add_tcase(suite, tc);
	return suite;
}
