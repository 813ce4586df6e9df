/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The world model in the words of a finding: everything is copied into it. */
#ifndef AUSPEX_DETECT_DESCRIBE_H
#define AUSPEX_DETECT_DESCRIBE_H

#include "finding/finding.h"
#include "state/container.h"
#include "state/proc.h"

enum { LIMIT_FINDING_ANCESTRY = 64, LIMIT_FINDING_EVIDENCE = 64, DESCRIBE_PEER = 160 };

/* Sets process, ancestry, host and container. image: what it ran then. */
void describe_process(struct finding *f, const struct proc *proc,
		      const struct image *image);
struct finding_process *describe_one(struct finding *f, const struct proc *proc,
				     const struct image *image);
/* Borrows all texts of c; via is NULL. */
struct finding_container describe_container(const struct container *c);
/* Adds the event; the same event twice counts once. what may be NULL. */
void describe_evidence(struct finding *f, const struct proc *proc, struct evref at,
		       const char *what);
/* Sets network from a socket; fds and mechanism are the caller's. */
struct finding_network *describe_socket(struct finding *f, const struct fdobj *obj);
/* "203.0.113.9:4444", "[2001:db8::1]:443", "/run/x.sock" or "an unknown peer". */
const char *describe_peer(const struct fdobj *obj, char out[DESCRIBE_PEER]);
/* "bash (pid 812)" */
const char *describe_name(struct finding *f, const struct proc *proc,
			  const struct image *image);

#endif
