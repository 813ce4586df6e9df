/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers, as far as the log and the runtimes' own files tell: their
 * names, the devices their roots are on, and what a process has to do with
 * one. A process is in a container (proc->container), or it is a part of
 * what makes and keeps containers (proc->role), or it is the host's.
 *
 * The table owns the containers; a process's pointers count as uses, and one
 * without uses may be forgotten when the table is full. Of some containers
 * only this is known, that they are there: they have no id, and may turn out
 * later to be one that has (container_real).
 */
#ifndef AUSPEX_STATE_CONTAINER_H
#define AUSPEX_STATE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "state/container_cli.h"
#include "state/ctrfiles.h"
#include "state/fdtab.h"

struct host;
struct proc;
struct proctab;

/* How a process came to be in its container; children inherit it. */
enum container_via {
	VIA_NONE,  /* it is in none */
	VIA_ENTRY, /* descends from the container's own first process */
	VIA_EXEC,  /* was put into the running container from outside */
	VIA_FOUND, /* was there when the log began: either of them */
};

struct container {
	struct containers *tab;
	struct host *host;
	char *id; /* NULL: not known */
	char *name;
	char *image, *image_digest; /* reference; digest of the manifest */
	char *image_id;             /* "sha256:..." of the image's configuration */
	char *pod, *ns;
	char *runtime;         /* docker containerd podman cri-o runc lxc... */
	char *bundle, *rootfs; /* directories on the host */
	char *root;            /* proc->root of its processes; NULL: none seen */
	char *sandbox;         /* CRI: id of its pod's sandbox */
	bool has_dev;
	uint64_t dev;             /* the root's, as in image->dev */
	bool awaits_entry;        /* was made, its first process not seen yet */
	uint32_t awaits_exec;     /* commands to enter it that are under way */
	enum container_via asked; /* what the newest command wants */
	uint64_t command;         /* number of that command; 0: none */
	struct container *same;   /* has turned out to be that one */
	struct proc **members;    /* of one without id: references, to be told of it */
	uint32_t nmembers, members_cap;
	uint32_t users;
	bool in_files;      /* the runtimes' files know it */
	bool renewed;       /* another one had its id before */
	struct evref since; /* when it was first seen at work; see entered */
	bool entered;       /* a process has been in it */
	bool listed;        /* stands in the list of changed ones */
};

enum ctr_role_kind {
	ROLE_RUNTIME, /* on the way into role->container, or setting it up */
	ROLE_MONITOR, /* parent of the container's first processes */
	ROLE_ENGINE,  /* podman, containerd: knows the image of what comes next */
};

/* What a process of the host has to do with containers. */
struct ctr_role {
	enum ctr_role_kind kind;
	enum cli_verb verb;
	const char *runtime;         /* static, or NULL */
	struct container *container; /* a use; NULL: engines, and a runtime that
				      * does something else than enter one */
	/* RUNTIME */
	int64_t maker_pid;   /* who was given the command line */
	uint64_t dev, inode; /* of the runtime's binary */
	bool inside;         /* has left the host's root or namespaces */
	bool self;           /* runs a copy of the runtime's own binary */
	/* MONITOR */
	bool implied;            /* only by its child's command line */
	bool is_pod;             /* role->container is the sandbox of a pod */
	struct container **more; /* further ones; uses */
	uint32_t nmore, more_cap;
	char *helper; /* what conmon starts on the host; or NULL */
	/* ENGINE */
	char *image, *name; /* from the command line; or NULL */
	char *object;       /* digest of the image object it read last */
};

struct containers;

/* files: what is known beforehand; borrowed; NULL: nothing. */
struct containers *containers_new(struct proctab *procs);
void containers_free(struct containers **tab);
/* Lets go of all processes; to be called before they are freed. */
void containers_let_go(struct containers *tab);
void containers_know(struct containers *tab, const struct ctrfiles *files);
const struct ctrfiles *containers_files(const struct containers *tab);

/* The host's container with that id, made when it is new. */
struct container *containers_get(struct containers *tab, struct host *host,
				 struct slice id);
/* One of which nothing else is known. */
struct container *containers_unknown(struct containers *tab, struct host *host);
/*
 * A runtime makes a container of that id from bundle: the one that this calls
 * for, which is another than c where that was in use with another bundle. What
 * the runtimes' files say of another one's bundle is forgotten.
 */
struct container *containers_made(struct containers *tab, struct container *c,
				  struct slice bundle);
/* The same where it is made of an image. */
struct container *containers_made_of(struct containers *tab, struct container *c,
				     struct slice image);
/* c, which has no id, and other are one; c's processes are marked as changed. */
void containers_unite(struct containers *tab, struct container *c,
		      struct container *other);
/* Sets a field that is NULL so far; an empty value is no value. */
void containers_learn(struct containers *tab, struct container *c, char **field,
		      struct slice value);
/* The container is gone: its device may become another's. */
void containers_gone(struct containers *tab, struct container *c);
/* All of the host are gone. */
void containers_reboot(struct containers *tab, const struct host *host);
/* The number of the next command. */
uint64_t containers_command(struct containers *tab);

/* c's root is on that device, and nobody else's any more. */
void containers_map_dev(struct containers *tab, struct container *c, uint64_t dev);
/* Programs of the host are on that device: no container is known by it. */
void containers_host_dev(struct containers *tab, const struct host *host, uint64_t dev);
bool containers_is_host_dev(const struct containers *tab, const struct host *host,
			    uint64_t dev);
/* NULL: none. */
struct container *containers_by_dev(const struct containers *tab, const struct host *host,
				    uint64_t dev);

/* A process is in it. */
void containers_entered(struct containers *tab, struct container *c, struct evref at);
/* All that there are, in no order; i below the count. */
size_t containers_count(const struct containers *tab);
const struct container *containers_at(const struct containers *tab, size_t i);
/* One that changed since it was last asked for, or NULL. */
const struct container *containers_next_changed(struct containers *tab);

struct container *container_real(struct container *c);
/* The container that the process is in, or NULL. */
const struct container *container_of(const struct proc *proc);
/* Are the runtimes' files silent about it, though there are such files? */
bool container_is_stray(const struct container *c);
const char *container_via_name(enum container_via via);

/*
 * Does its present image belong to what made the container, not to whatever
 * is in it? A runtime's copy of itself on the way in; or the init that
 * --init mounts from the host over the image.
 */
bool container_runtime_exec(const struct proc *proc);

/*
 * proc has parent for a parent now, which is not who forked it. Orphans are
 * taken in by an ancestor or by the first process of their own container:
 * true when parent can be neither, so that it is another process with the
 * same pid.
 */
bool container_tells_apart(const struct proc *proc, const struct proc *parent);

/* What a new child gets from its parent. */
void container_inherit(struct proc *child, const struct proc *parent);
/* The same for a runtime's child, whoever its parent is now. */
void ctr_role_inherit(struct proc *child, const struct ctr_role *from);
void container_put_in(struct proc *proc, struct container *c, enum container_via via);
/* proc ceases to be in one, and has no role. */
void container_let_go(struct proc *proc);

/* proc's role, new and empty; c may be NULL. */
struct ctr_role *ctr_role_set(struct proc *proc, enum ctr_role_kind kind,
			      struct container *c);
void ctr_role_drop(struct proc *proc);
/* Is it settled what the process is? Not where only a child's word tells. */
bool ctr_role_is_settled(const struct ctr_role *role);
/* Every container of an implied monitor that has no id is c. */
void ctr_role_unite(struct containers *tab, struct ctr_role *role, struct container *c);
/* A monitor has this container too. */
void ctr_role_add(struct ctr_role *role, struct container *c);

#endif
