/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines of what makes, enters and looks after containers: OCI
 * runtimes (runc, crun and their kin), monitors (conmon, containerd-shim),
 * front ends that name an image (podman, ctr), lxc, systemd-nspawn, bwrap and
 * nsenter. Which program it was is for the caller to know: argv is the
 * process's own word, and only read here.
 */
#ifndef AUSPEX_STATE_CONTAINER_CLI_H
#define AUSPEX_STATE_CONTAINER_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum cli_kind {
	CLI_NONE,
	CLI_RUNTIME, /* its child becomes the container's process */
	CLI_MONITOR, /* stays as long as the container does */
	CLI_ENGINE,  /* what a person calls: names the image */
	CLI_KIND_MAX
};

enum cli_verb {
	VERB_OTHER,
	VERB_CREATE, /* makes the container; its process waits for VERB_START */
	VERB_RUN,
	VERB_START,
	VERB_EXEC, /* a further process into a running container */
	VERB_DELETE,
	VERB_INIT, /* the runtime's own stage on the way in */
	VERB_MAX
};

/* Empty slices and pid 0: not said. Everything is borrowed from argv. */
struct container_cli {
	enum cli_kind kind;
	enum cli_verb verb;
	const char *runtime; /* "runc", "conmon", "lxc"...: static */
	struct slice id, name, bundle, image, ns, pod;
	struct slice root;   /* the directory that becomes the container's root */
	struct slice helper; /* program that a monitor starts on the host */
	int64_t pid;         /* nsenter: whose namespaces */
	bool by_monitor;     /* flags that only monitors use */
};

/*
 * program: base name of what ran. false: it is none of those programs, or
 * the line makes, enters and names nothing.
 */
bool container_cli_parse(struct slice program, const struct slice *argv, uint32_t argc,
			 struct container_cli *out);

/* The static string of that text that a parse may give as runtime, or NULL. */
const char *container_cli_runtime(struct slice name);

/* Is it one of the programs, whatever its arguments? */
enum cli_kind container_cli_kind(struct slice program);

/*
 * "k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT", the name that the kubelet's
 * runtimes give (kubernetes, pkg/kubelet/dockershim/naming.go; cri-o,
 * internal/storage). false: it is not such a name.
 */
bool container_name_split(struct slice name, struct slice *container, struct slice *pod,
			  struct slice *ns);

/* 64 lower-case hex digits, as docker, podman and containerd's CRI name theirs. */
bool container_is_long_id(struct slice s);

#endif
