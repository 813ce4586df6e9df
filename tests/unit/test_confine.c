/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process may still do once it is confined; each try in a child. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "engine/confine.h"

enum { NOT_HERE = 77 };

static char folder[] = "/tmp/auspex-confine.XXXXXX";

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool in_folder(const char *name, int flags)
{
	char path[sizeof(folder) + 16];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return can_open(path, flags);
}

static bool write_own(void)
{
	return in_folder("new", O_WRONLY | O_CREAT);
}

static bool read_own(void)
{
	return in_folder("old", O_RDONLY);
}

static bool read_other(void)
{
	return can_open("/etc/passwd", O_RDONLY);
}

static bool read_allowed(void)
{
	return can_open("/usr/bin/env", O_RDONLY);
}

static bool write_allowed(void)
{
	return can_open("/usr/bin/auspex-confine-test", O_WRONLY | O_CREAT);
}

static bool remove_own(void)
{
	char path[sizeof(folder) + 16];

	snprintf(path, sizeof(path), "%s/old", folder);
	return unlink(path) == 0;
}

static bool make_link(void)
{
	char path[sizeof(folder) + 16];

	snprintf(path, sizeof(path), "%s/link", folder);
	return symlink("/etc/passwd", path) == 0;
}

static bool make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool execute(void)
{
	char *const argv[] = { (char *)"true", NULL };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execv("/bin/true", argv);
		_exit(1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static bool become_root(void)
{
	return setuid(0) == 0;
}

/* files: our folder to write, /usr to read. */
static int confine_to_files(struct err *err)
{
	const char *const rw[] = { folder, NULL };
	const char *const ro[] = { "/usr", "/there/is/none", NULL };

	return confine_files(rw, ro, err);
}

/* As the worker does it. */
static int confine_to_nobody(struct err *err)
{
	static const int none[] = { -1 };
	struct confine_user user;

	if (geteuid() != 0 || !confine_find_user("nobody", &user))
		return 1;
	return confine_identity(&user, none, err);
}

static const struct {
	const char *what;
	int (*confine)(struct err *err);
	bool (*can)(void);
	bool allowed;
} tries[] = {
	{ "files: write in the own folder", confine_to_files, write_own, true },
	{ "files: read in the own folder", confine_to_files, read_own, true },
	{ "files: remove in the own folder", confine_to_files, remove_own, true },
	{ "files: link from the own folder", confine_to_files, make_link, false },
	{ "files: read what may be read", confine_to_files, read_allowed, true },
	{ "files: write what may be read", confine_to_files, write_allowed, false },
	{ "files: read elsewhere", confine_to_files, read_other, false },
	{ "files: execute", confine_to_files, execute, false },
	{ "calls: read", confine_calls, read_other, true },
	{ "calls: fork", confine_calls, make_process, true },
	{ "calls: execute", confine_calls, execute, false },
	{ "calls: socket", confine_calls, make_socket, false },
	{ "calls: trace", confine_calls, trace, false },
	{ "calls: map code", confine_calls, map_code, false },
	{ "calls: make code", confine_calls, make_code, false },
	{ "identity: root again", confine_to_nobody, become_root, false },
};

START_TEST(confined)
{
	int status;
	pid_t pid;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert(in_folder("old", O_WRONLY | O_CREAT));
	/* Where nothing forbids it, it is possible: or the try would tell nothing. */
	ck_assert_msg(tries[_i].can == become_root || tries[_i].can == write_allowed ||
			      tries[_i].can == trace || tries[_i].can == remove_own ||
			      tries[_i].can == make_link || tries[_i].can(),
		      "%s: not possible in the first place", tries[_i].what);
	pid = fork();
	if (pid == 0) {
		struct err err = { "" };
		int rc = tries[_i].confine(&err);

		if (rc > 0)
			_exit(NOT_HERE);
		_exit(rc == 0 && tries[_i].can() == tries[_i].allowed ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_HERE)
		printf("skipped: %s: this kernel or build cannot\n", tries[_i].what);
	else
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
			      "%s: %s (status %x)", tries[_i].what,
			      tries[_i].allowed ? "not possible" : "possible", status);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "old", "new", "link" };
		char path[sizeof(folder) + 16];

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}
END_TEST

/* In /proc/self/status, as bits. */
static uint64_t capabilities(const char *key)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long caps = ~0ULL;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, strlen(key)) == 0)
			caps = strtoull(line + strlen(key), NULL, 16);
	}
	if (file)
		fclose(file);
	return caps;
}

START_TEST(keeps_what_is_named)
{
	static const int some[] = { CAP_KILL, CAP_SETUID, -1 };
	struct err err = { "" };

	if (geteuid() != 0) {
		printf("skipped: only root has capabilities to give up\n");
		return;
	}
	ck_assert_msg(confine_identity(NULL, some, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(capabilities("CapEff:\t"), 1u << CAP_KILL | 1u << CAP_SETUID);
	ck_assert_uint_eq(capabilities("CapPrm:\t"), 1u << CAP_KILL | 1u << CAP_SETUID);
	ck_assert_uint_eq(capabilities("CapBnd:\t"), 0);
	ck_assert_uint_eq(capabilities("NoNewPrivs:\t"), 1);
}
END_TEST

/* What the keeper does: its children get what it has by their execution. */
START_TEST(hands_on_what_is_named)
{
	static const int some[] = { CAP_KILL, CAP_SETPCAP, -1 };
	const uint64_t mask = 1u << CAP_KILL | 1u << CAP_SETPCAP;
	char want[32];
	struct err err = { "" };
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		printf("skipped: only root has capabilities to hand on\n");
		return;
	}
	ck_assert_msg(confine_rights(some, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(capabilities("CapPrm:\t"), mask);
	ck_assert_uint_eq(capabilities("CapBnd:\t"), mask);
	ck_assert_uint_eq(capabilities("NoNewPrivs:\t"), 1);
	snprintf(want, sizeof(want), "^CapEff:.%016llx$", (unsigned long long)mask);
	pid = fork();
	if (pid == 0) {
		execlp("grep", "grep", "-qi", want, "/proc/self/status", NULL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

Suite *suite_confine(void);

Suite *suite_confine(void)
{
	Suite *suite = suite_create("confine");
	TCase *tc = tcase_create("confine");

	tcase_add_loop_test(tc, confined, 0, ARRAY_SIZE(tries));
	tcase_add_test(tc, keeps_what_is_named);
	tcase_add_test(tc, hands_on_what_is_named);
	suite_add_tcase(suite, tc);
	return suite;
}
