/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/database.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/complain.h"

const char *database_path(const char *given)
{
	const char *env = getenv("AUSPEX_DB");

	if (given)
		return given;
	if (env && env[0])
		return env;
	return access("auspex.db", F_OK) == 0 ? "auspex.db" : "/var/lib/auspex/auspex.db";
}

struct store *database_open(const char *given)
{
	struct store *store;
	struct err err;

	if (store_open(database_path(given), STORE_READ, &store, &err) == 0)
		return store;
	complain("%s", err.msg);
	return NULL;
}

static _Noreturn void become_pager(const char *command)
{
	setenv("LESS", "FRX", 0);
	if (command)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	else
		execlp("less", "less", (char *)NULL);
	execlp("cat", "cat", (char *)NULL);
	_exit(127);
}

void pager_start(struct pager *pager)
{
	const char *command = getenv("PAGER");
	int fds[2];

	pager->pid = 0;
	if (!isatty(STDOUT_FILENO) ||
	    (command && (command[0] == '\0' || strcmp(command, "cat") == 0)) ||
	    pipe(fds) != 0)
		return;
	fflush(stdout);
	pager->pid = fork();
	if (pager->pid == 0) {
		dup2(fds[0], STDIN_FILENO);
		close(fds[0]);
		close(fds[1]);
		become_pager(command);
	}
	if (pager->pid > 0) {
		dup2(fds[1], STDOUT_FILENO);
		/* Who quits the pager has read enough: that is no error. */
		signal(SIGPIPE, SIG_IGN);
	} else {
		pager->pid = 0;
	}
	close(fds[0]);
	close(fds[1]);
}

int pager_end(struct pager *pager, struct err *err)
{
	int status;

	if (pager->pid == 0) {
		if (fflush(stdout) == 0 && !ferror(stdout))
			return 0;
		return err_set(err, "output: %s: see that there is room for it",
			       strerror(errno));
	}
	fflush(stdout);
	clearerr(stdout);
	/* The end of the pipe is what the pager waits for. */
	close(STDOUT_FILENO);
	while (waitpid(pager->pid, &status, 0) < 0 && errno == EINTR)
		;
	pager->pid = 0;
	return 0;
}
