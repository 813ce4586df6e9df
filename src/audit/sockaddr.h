/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a saddr= blob says: a struct sockaddr as the kernel had it. */
#ifndef AUSPEX_AUDIT_SOCKADDR_H
#define AUSPEX_AUDIT_SOCKADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum sock_family {
	SOCK_OTHER,
	SOCK_UNSPEC,
	SOCK_UNIX,
	SOCK_INET,
	SOCK_INET6,
	SOCK_NETLINK
};

enum { SOCKADDR_TEXT = 112 };

struct sockaddr_info {
	enum sock_family family;
	int number; /* AF_* as recorded */
	/* inet: numeric, IPv4-mapped as IPv4; unix: path, abstract as "@name" */
	char addr[SOCKADDR_TEXT];
	int32_t port; /* -1: none */
	bool loopback;
};

/*
 * bytes: the decoded blob. big_endian: the family's byte order (s390x, ppc64).
 * false when it is too short for its family; *out is then untouched.
 */
bool sockaddr_parse(struct slice bytes, bool big_endian, struct sockaddr_info *out);

#endif
