/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/honest.h"

#include <string.h>

#include <stdio.h>

#include "base/compiler.h"
#include "base/map.h"
#include "detect/integrity.h"

enum { LIMIT_BROKEN = 4096, KEY_MAX = 320 };

static struct slice key_of(const struct proc *proc, uint64_t dev, uint64_t inode,
			   char key[KEY_MAX])
{
	int n = snprintf(key, KEY_MAX, "%llx:%llx %s", (unsigned long long)dev,
			 (unsigned long long)inode, proc->host->node);

	return slice_make(key, n < KEY_MAX ? (size_t)n : KEY_MAX - 1);
}

void honest_fini(struct honest *h)
{
	map_free(&h->broken);
}

void honest_learn(struct honest *h, const struct content *content)
{
	char key[KEY_MAX];
	struct slice file = key_of(content->proc, content->dev, content->inode, key);

	if (content->inode == 0)
		return;
	if (integrity_of_content(h->manifests, content->proc, content->path,
				 content->sha256) != INTEGRITY_BROKEN) {
		if (h->broken)
			map_del(h->broken, file);
		return;
	}
	if (!h->broken)
		h->broken = map_new();
	if (map_count(h->broken) < LIMIT_BROKEN)
		map_put(h->broken, file, h);
}

static bool is_broken(const struct honest *h, const struct proc *proc)
{
	const struct image *image = proc->image;
	char key[KEY_MAX];

	if (h->broken && map_get(h->broken, key_of(proc, image->dev, image->inode, key)))
		return true;
	return h->manifests &&
	       integrity_of(h->manifests, h->state, proc) == INTEGRITY_BROKEN;
}

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

/* By its path alone. */
static bool is_listed(const struct honest *h, const struct image *image)
{
	return image->exe &&
	       config_list_has(&h->config->login_servers, slice_str(image->exe));
}

bool honest_server(const struct honest *h, const struct proc *proc)
{
	const struct image *image = proc->image;

	return is_listed(h, image) && !image->deleted &&
	       !(proc->root && !proc->container) && !changed(h, proc) &&
	       !is_broken(h, proc);
}

const struct proc *honest_fallen(const struct honest *h, const struct flow *flow)
{
	for (size_t i = 1; i < flow->nsteps; i++) {
		const struct proc *proc = flow->steps[i].holder;

		if (is_listed(h, proc->image) && (changed(h, proc) || is_broken(h, proc)))
			return proc;
	}
	return NULL;
}

/*
 * sshd listens on the loopback address for display 10 and those behind it
 * (X11DisplayOffset, sshd_config(5)); an X server's port is 6000 and the number
 * of its display (X(7)).
 */
enum { PORT_X_FORWARDED = 6010, PORT_X_LAST = 6063 };

bool honest_display(const struct flow *flow)
{
	const struct endpoint *remote =
		flow->socket ? fdobj_sock(flow->socket)->remote : NULL;

	return remote && remote->loopback && remote->port >= PORT_X_FORWARDED &&
	       remote->port <= PORT_X_LAST &&
	       fdobj_sock(flow->socket)->role == SOCK_CONNECTED && flow->nsteps > 1 &&
	       flow->steps[0].obj->kind == FDOBJ_PTY_SLAVE;
}

const char *honest_reason(const struct honest *h, const struct proc *proc)
{
	return h->manifests && integrity_of(h->manifests, h->state, proc) ==
				       INTEGRITY_KEPT
		       ? "its file is the one that the image recorded"
		       : "the log shows no change of its file";
}

/*
 * What it starts itself and listens to (tmux's pipe-pane) is nobody's login.
 * Another terminal of its own is not listened to.
 */
static bool listens_below(const struct flow *flow, size_t i)
{
	return i + 1 < flow->nsteps && flow->steps[i].obj->kind != FDOBJ_PTY_MASTER &&
	       proc_descends(flow->steps[i + 1].holder, flow->steps[i].holder);
}

const struct proc *honest_way(const struct honest *h, const struct flow *flow)
{
	for (size_t i = 1; i < flow->nsteps; i++) {
		if (!listens_below(flow, i) && honest_server(h, flow->steps[i].holder))
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
