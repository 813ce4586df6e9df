/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/honest.h"

#include <string.h>

#include "base/compiler.h"

static const char *const servers[] = {
	"/usr/sbin/sshd",
	"/usr/lib/openssh/sshd-session",
	"/usr/libexec/openssh/sshd-session",
	"/usr/bin/tmux",
	"/usr/bin/screen",
	"/usr/bin/mosh-server",
};

bool honest_server(const struct proc *proc)
{
	if (!proc->image->exe || proc->image->deleted)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		if (strcmp(proc->image->exe, servers[i]) == 0)
			return true;
	}
	return false;
}

bool honest_place(const char *exe)
{
	static const char *const dirs[] = { "/usr/bin/", "/usr/sbin/", "/usr/lib/",
					    "/usr/lib64/", "/usr/libexec/", "/usr/local/",
					    "/bin/", "/sbin/", "/lib/", "/lib64/" };

	for (size_t i = 0; exe && i < ARRAY_SIZE(dirs); i++) {
		if (strncmp(exe, dirs[i], strlen(dirs[i])) == 0)
			return true;
	}
	return false;
}

bool honest_way(const struct flow *flow)
{
	for (size_t i = 1; i < flow->nsteps; i++) {
		if (honest_server(flow->steps[i].holder))
			return true;
	}
	return false;
}
