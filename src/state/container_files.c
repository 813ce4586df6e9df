/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the names of files tell: a daemon reads the objects of an image right
 * before it makes the directory of the container that gets it, and the
 * kubelet links each container's log under a name that has everything.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "state/state_priv.h"

enum { ID_LEN = 64, LIMIT_CONTAINER_NAME = 256 };

/* Only these are believed, and only on the host. */
static bool is_engine(const struct proc *proc)
{
	static const char *const names[] = {
		"containerd", "dockerd", "podman", "crio", "docker-containerd", "buildah"
	};
	struct slice base = slice_basename(slice_str(proc->image->exe));

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_eq_str(base, names[i]))
			return true;
	}
	return false;
}

/* What stands behind mark, up to the next '/'; empty: mark is not there. */
static struct slice behind(const char *path, const char *mark)
{
	const char *at = strstr(path, mark);

	if (!at)
		return (struct slice){ NULL, 0 };
	at += strlen(mark);
	return slice_make(at, strcspn(at, "/"));
}

/*
 * containerd opens content/blobs/sha256/MANIFEST and then .../CONFIG, dockerd
 * imagedb/content/sha256/CONFIG, podman and CRI-O DRIVER-images/CONFIG/...
 */
static struct slice image_object(const char *path)
{
	static const char *const marks[] = { "/blobs/sha256/", "/imagedb/content/sha256/",
					     "-images/" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct slice id = behind(path, marks[i]);

		if (container_is_long_id(id))
			return id;
	}
	return (struct slice){ NULL, 0 };
}

static struct slice container_directory(const char *path)
{
	static const char *const marks[] = { "/layerdb/mounts/", "-containers/" };
	struct slice id, ns;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		id = behind(path, marks[i]);
		if (container_is_long_id(id))
			return id;
	}
	ns = behind(path, "/io.containerd.runtime.v2.task/");
	if (ns.len == 0 || ns.ptr[ns.len] != '/')
		return (struct slice){ NULL, 0 };
	id = slice_str(ns.ptr + ns.len + 1);
	id.len = strcspn(id.ptr, "/");
	return id.ptr[id.len] == '/' ? id : (struct slice){ NULL, 0 };
}

static void remember_object(struct proc *proc, struct slice id)
{
	if (proc->role && proc->role->kind != ROLE_ENGINE)
		return;
	if (!proc->role)
		ctr_role_set(proc, ROLE_ENGINE, NULL);
	free(proc->role->object);
	proc->role->object = xasprintf("sha256:%.*s", SLICE_FMT(id));
}

void containers_opened(struct apply *a, const char *path, bool create)
{
	struct proc *proc = a->proc;
	struct slice id;

	if (proc->container || !strchr(path + 1, '/') || !is_engine(proc))
		return;
	id = create ? (struct slice){ NULL, 0 } : image_object(path);
	if (id.len) {
		remember_object(proc, id);
		return;
	}
	id = create && proc->role && proc->role->object ? container_directory(path)
							: (struct slice){ NULL, 0 };
	if (id.len) {
		struct container *c =
			containers_get(a->state->containers, proc->host, id);

		containers_learn(a->state->containers, c, &c->image_id,
				 slice_str(proc->role->object));
	}
}

/* POD_NAMESPACE_CONTAINER-ID.log, kubernetes, pkg/kubelet/kuberuntime/legacy.go */
static bool split_log_name(struct slice name, struct slice part[3], struct slice *id)
{
	static const struct slice end = SLICE_LIT(".log");

	if (!slice_ends(name, end) || name.len <= end.len + ID_LEN + 1)
		return false;
	name.len -= end.len;
	*id = slice_skip(name, name.len - ID_LEN);
	name.len -= ID_LEN;
	if (!container_is_long_id(*id) || name.ptr[name.len - 1] != '-')
		return false;
	name.len--;
	for (size_t i = 0; i < 3; i++) {
		const char *at = i < 2 ? memchr(name.ptr, '_', name.len) : NULL;

		part[i] = slice_make(name.ptr, at ? (size_t)(at - name.ptr) : name.len);
		if (part[i].len == 0 || part[i].len > LIMIT_CONTAINER_NAME ||
		    (i < 2 && !at))
			return false;
		name = slice_skip(name, part[i].len + 1);
	}
	return true;
}

void containers_symlink(struct apply *a)
{
	static const struct slice dir = SLICE_LIT("/var/log/containers/");
	const struct event_path *p = apply_target(a);
	struct slice part[3], id;
	struct container *c;

	if (!p || a->proc->container || a->sc.uid != 0 || !slice_starts(p->name, dir) ||
	    !split_log_name(slice_skip(p->name, dir.len), part, &id))
		return;
	c = containers_get(a->state->containers, a->proc->host, id);
	containers_learn(a->state->containers, c, &c->pod, part[0]);
	containers_learn(a->state->containers, c, &c->ns, part[1]);
	containers_learn(a->state->containers, c, &c->name, part[2]);
}
