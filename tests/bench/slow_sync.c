/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linked in before the C library: a disk that takes half a second for each fsync(2). */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fsync(int fd);
int fdatasync(int fd);

static void wait_for_disk(void)
{
	const struct timespec half = { 0, 500000000 };

	nanosleep(&half, NULL);
}

int fsync(int fd)
{
	wait_for_disk();
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	wait_for_disk();
	return (int)syscall(SYS_fdatasync, fd);
}
