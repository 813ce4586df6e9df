/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "engine/confine.h"
#include "keeper/links.h"
#include "keeper/manners.h"

enum { ARGS_MAX = 24 };

/*
 * There is little for it to do, and that at once: auditd's queue holds 2000
 * records, 40 ms of a storm. Only a real-time class keeps others from coming
 * between; units of auditd with RestrictRealtime= do not allow it.
 */
static void hurry(bool realtime)
{
	const struct sched_param first = { .sched_priority = 1 };

	setpriority(PRIO_PROCESS, 0, -20);
	if (realtime &&
	    sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first) != 0)
		return;
}

/* Where this program is; "" where /proc does not say. */
static void find_self(char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

	out[n > 0 ? n : 0] = '\0';
}

/*
 * The file that runs, whatever has its name by now: all processes of a plugin
 * are of one version, also while a package is replaced.
 */
static int open_program(struct err *err)
{
	int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);

	/* syslog(3) may have that number; it opens another one. */
	closelog();
	if (fd >= 0 && fd != LINK_PROGRAM && dup2(fd, LINK_PROGRAM) < 0)
		fd = -1;
	if (fd < 0 || fcntl(LINK_PROGRAM, F_SETFD, 0) != 0)
		return err_set(err, "/proc/self/exe cannot be opened: %s",
			       strerror(errno));
	if (fd != LINK_PROGRAM)
		close(fd);
	return 0;
}

static int open_keeper(const char *self, char path[PATH_MAX], struct err *err)
{
	const char *slash = strrchr(self, '/');
	int fd = -1;

	if (slash && snprintf(path, PATH_MAX, "%.*s/auspex-keeper", (int)(slash - self),
			      self) < PATH_MAX)
		fd = open(path, O_PATH | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	snprintf(path, PATH_MAX, "%s", KEEPER_FILE);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		err_set(err, "%s: %s: it is a part of auspex: install it anew", path,
			strerror(errno));
	return fd;
}

static void give_up_rights(const struct launch *launch)
{
	struct err err;

	hurry(launch->realtime);
	manners_oom(-1000);
	if (confine_rights(launch->caps, &err) != 0 || confine_never(&err) < 0)
		launch->complain(err.msg);
	/* It may have taken a number that is another's. */
	closelog();
}

int launch_keeper(const struct launch *launch, struct err *err)
{
	static char *const no_environment[] = { NULL };
	char self[PATH_MAX], path[PATH_MAX], mib[16], children[4];
	char *argv[ARGS_MAX + 1] = {
		path, mib, children, self, (char *)"plugin", (char *)"--role", (char *)""
	};
	size_t n = 7;
	int fd;

	find_self(self);
	/* In this order: the keeper's own file is not to have the program's number. */
	if (open_program(err) != 0 || (fd = open_keeper(self, path, err)) < 0)
		return -1;
	snprintf(mib, sizeof(mib), "%u", launch->ring_mib);
	snprintf(children, sizeof(children), "-%s%s", launch->helper ? "h" : "",
		 launch->probe ? "p" : "");
	for (char *const *arg = launch->args; *arg; arg++) {
		if (n == ARGS_MAX)
			return err_set(err, "too many arguments");
		argv[n++] = *arg;
	}
	give_up_rights(launch);
	fexecve(fd, argv, no_environment);
	return err_set(err, "%s cannot be executed: %s", path, strerror(errno));
}
