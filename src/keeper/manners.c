/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/manners.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST_LEAK = 3, LAST_LEAK = 1024 };

static void close_leaks(void)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, FIRST_LEAK, ~0u, 0) == 0)
		return;
#endif
	for (int fd = FIRST_LEAK; fd <= LAST_LEAK; fd++)
		close(fd);
}

/* Or the first file that is opened would be what somebody takes for standard error. */
static void fill_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd < FIRST_LEAK);
	if (fd >= 0)
		close(fd);
}

void manners_reset(void)
{
	struct sigaction def = { .sa_handler = SIG_DFL };
	sigset_t later;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &def, NULL);
	def.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &def, NULL);
	/* Until the keeper catches them they wait: they would end it. */
	sigemptyset(&later);
	sigaddset(&later, SIGHUP);
	sigaddset(&later, SIGTERM);
	sigprocmask(SIG_SETMASK, &later, NULL);
	umask(027);
	clearenv();
	/* Where it was started is nobody's to unmount. */
	if (chdir("/") != 0)
		return;
	close_leaks();
	fill_standard();
}

void manners_oom(int score)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	char text[8];
	int len = snprintf(text, sizeof(text), "%d", score);

	if (fd < 0)
		return;
	/* Without CAP_SYS_RESOURCE it can only be raised: then it stays. */
	(void)!write(fd, text, (size_t)len);
	close(fd);
}

void manners_drop_input(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		close(STDIN_FILENO);
		return;
	}
	dup2(fd, STDIN_FILENO);
	close(fd);
}
