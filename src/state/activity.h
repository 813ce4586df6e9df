/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one event meant, in terms of the world model: the only thing that
 * detectors look at besides the model itself. Everything is borrowed until
 * the next state_apply().
 */
#ifndef AUSPEX_STATE_ACTIVITY_H
#define AUSPEX_STATE_ACTIVITY_H

#include "state/proc.h"

enum activity_kind {
	ACT_OTHER, /* a record of proc's that changes nothing that matters here */
	ACT_EXEC,  /* proc runs a new image; before is what it ran until now */
	ACT_FORK,  /* proc made a child */
	ACT_EXIT,
	ACT_FD, /* obj stands at fd */
	ACT_CLOSE,
	ACT_JOIN, /* obj, at fd, was connected, or accepted a peer */
	ACT_LISTEN,
	ACT_LOAD, /* file obj was mapped executable; fd names it */
	ACT_FILE, /* a file operation on path */
	ACT_KIND_MAX
};

struct activity {
	enum activity_kind kind;
	const struct event *event;
	struct evref at;
	const struct proc *proc; /* NULL: the event has no SYSCALL record */
	const struct image *before;
	int fd; /* -1: none */
	const struct fdobj *obj;
	const char *path;
};

#endif
