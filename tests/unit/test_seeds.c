/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/seeds.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "state/procfs.h"

static const struct seed_fd *fd_of(const struct seed *seed, int fd)
{
	for (size_t i = 0; i < seed->nfds; i++) {
		if (seed->fds[i].fd == fd)
			return &seed->fds[i];
	}
	return NULL;
}

/* Over the wire and back, this process. */
static void see_self(struct arena *arena, struct seed *out)
{
	static struct ask_message message;
	struct procfs *procfs = procfs_new();
	struct ask_header header;
	struct slice texts;
	struct seed seed;

	ck_assert(procfs_read(procfs, getpid(), arena, &seed));
	seeds_encode(&message, &seed);
	ck_assert(ask_read(&message, ask_size(&message), &header, &texts));
	ck_assert_uint_eq(header.kind, ASK_PROCESS);
	ck_assert(seeds_decode(&header, texts, arena, out));
	procfs_free(&procfs);
}

START_TEST(process_sees_itself)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0), peer, accepted, pipes[2];
	const struct seed_fd *fd;
	struct arena arena;
	struct seed seed;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&addr, &len);
	peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&addr, sizeof(addr)), 0);
	accepted = accept(listener, NULL, NULL);
	ck_assert_int_eq(pipe(pipes), 0);
	arena_init(&arena);
	see_self(&arena, &seed);

	ck_assert_int_eq(seed.pid, getpid());
	ck_assert_int_eq(seed.ppid, getppid());
	ck_assert_uint_eq(seed.cred.uid, getuid());
	ck_assert(seed.argc > 0 && strstr(seed.argv[0], "run_unit"));
	ck_assert_ptr_nonnull(strstr(seed.exe, "run_unit"));
	ck_assert_ptr_nonnull(seed.cwd);

	fd = fd_of(&seed, listener);
	ck_assert(fd && fd->kind == FDOBJ_SOCKET && fd->role == SOCK_LISTENING);
	fd = fd_of(&seed, peer);
	ck_assert(fd && fd->role == SOCK_CONNECTED && fd->cloexec && !fd->datagram);
	ck_assert_str_eq(fd->remote.addr, "127.0.0.1");
	ck_assert_int_eq(fd->remote.port, ntohs(addr.sin_port));
	ck_assert(fd->remote.loopback && fd->family == SOCK_INET);
	fd = fd_of(&seed, accepted);
	ck_assert(fd && fd->role == SOCK_ACCEPTED && !fd->cloexec);
	ck_assert_int_eq(fd->local.port, ntohs(addr.sin_port));
	fd = fd_of(&seed, pipes[0]);
	ck_assert(fd && fd->kind == FDOBJ_PIPE_READ);
	ck_assert_uint_eq(fd->inode, fd_of(&seed, pipes[1])->inode);
	ck_assert_int_eq(fd_of(&seed, pipes[1])->kind, FDOBJ_PIPE_WRITE);
	arena_fini(&arena);
	close(listener);
	close(peer);
	close(accepted);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

/* What no helper of ours would send is refused or left out. */
START_TEST(nonsense_is_left_out)
{
	static const char *const fds[] = {
		"",
		"x 0 1 5 0 /x",
		"-1 0 1 5 0 /x",
		"3 0 99 5 0 /x",
		"3 0 -1 5 0 /x",
		"99999999999 0 1 5 0 /x",
		"3 7 1 5 0 /x",
		"3 0 2 5",
		"3 0 2 5 9 0 1 127.0.0.1 1 127.0.0.1 1",
		"3 0 2 5 3 0 9 127.0.0.1 1 127.0.0.1 1",
		"3 0 2 5 3 0 1 127.0.0.1 70000 127.0.0.1 1",
		("3 0 2 5 3 0 1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1 - 1"),
	};
	static struct ask_message message;
	struct ask_header header;
	struct slice texts;
	struct arena arena;
	struct seed seed;

	ask_start(&message, ASK_PROCESS, 0);
	message.header.pid = 5;
	ask_add(&message, "ppid", "1");
	ask_add(&message, "started", "1000");
	ask_add(&message, "fd", fds[_i]);
	ck_assert(ask_read(&message, ask_size(&message), &header, &texts));
	arena_init(&arena);
	ck_assert(seeds_decode(&header, texts, &arena, &seed));
	ck_assert_uint_eq(seed.nfds, 0);
	arena_fini(&arena);
}
END_TEST

START_TEST(damaged_message_is_refused)
{
	static struct ask_message message;
	struct ask_header header;
	struct slice texts;
	size_t size;

	ask_start(&message, ASK_PROCESS, 7);
	ask_add(&message, "path", "/bin/true");
	size = ask_size(&message);
	ck_assert(ask_read(&message, size, &header, &texts));
	ck_assert(slice_eq_str(ask_get(texts, "path"), "/bin/true"));
	ck_assert_ptr_null(ask_get(texts, "pat").ptr);
	for (size_t cut = 0; cut < size; cut++)
		ck_assert(!ask_read(&message, cut, &header, &texts));
	message.header.kind = ASK_KIND_MAX;
	ck_assert(!ask_read(&message, size, &header, &texts));
	message.header.kind = ASK_FILE;
	message.text[message.header.len - 1] = 'x';
	ck_assert(!ask_read(&message, size, &header, &texts));
}
END_TEST

Suite *suite_seeds(void);

Suite *suite_seeds(void)
{
	Suite *suite = suite_create("seeds");
	TCase *tc = tcase_create("seeds");

	tcase_add_test(tc, process_sees_itself);
	tcase_add_loop_test(tc, nonsense_is_left_out, 0, 12);
	tcase_add_test(tc, damaged_message_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
