/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/honest.h"

#include <string.h>

#include "base/compiler.h"

/* Did the log see another file put there, or its bytes changed, before it ran? */
static bool changed(const struct honest *h, const struct proc *proc)
{
	const struct image *image = proc->image;
	const struct file *file =
		files_find(state_files(h->state), proc->host, image->dev, image->inode);

	if (!file)
		return false;
	if (file->content.act.at.serial)
		return file->content.act.at.serial < image->event.serial;
	return file->named.at.serial && strcmp(file->home, image->exe) != 0;
}

bool honest_server(const struct honest *h, const struct proc *proc)
{
	const struct image *image = proc->image;

	if (!image->exe || image->deleted || (proc->root && !proc->container))
		return false;
	return config_list_has(&h->config->login_servers, slice_str(image->exe)) &&
	       !changed(h, proc);
}

const struct proc *honest_way(const struct honest *h, const struct flow *flow)
{
	for (size_t i = 1; i < flow->nsteps; i++) {
		if (honest_server(h, flow->steps[i].holder))
			return flow->steps[i].holder;
	}
	return NULL;
}

bool honest_place(const char *exe)
{
	static const char *const dirs[] = { "/usr/bin/",   "/usr/sbin/",    "/usr/lib/",
					    "/usr/lib64/", "/usr/libexec/", "/usr/local/",
					    "/bin/",       "/sbin/",        "/lib/",
					    "/lib64/" };

	for (size_t i = 0; exe && i < ARRAY_SIZE(dirs); i++) {
		if (strncmp(exe, dirs[i], strlen(dirs[i])) == 0)
			return true;
	}
	return false;
}
