/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/compiler.h"

enum {
	INET_MIN = 8,   /* family, port, address */
	INET6_MIN = 24, /* SIN6_LEN_RFC2133, net/ipv6.h: without the scope */
	UNIX_MIN = 2,   /* an unnamed socket has nothing but its family */
	V4_IN_V6 = 12,
};

_Static_assert(SOCKADDR_TEXT > sizeof(((struct sockaddr_un *)0)->sun_path) + 2,
	       "a path, an '@' and a NUL fit");
_Static_assert(SOCKADDR_TEXT >= INET6_ADDRSTRLEN, "an address fits");

static int32_t read_port(struct slice bytes)
{
	return (unsigned char)bytes.ptr[2] << 8 | (unsigned char)bytes.ptr[3];
}

static void parse_v4(const char *addr, struct sockaddr_info *out)
{
	inet_ntop(AF_INET, addr, out->addr, sizeof(out->addr));
	out->loopback = (unsigned char)addr[0] == IN_LOOPBACKNET;
}

static void parse_inet(struct slice bytes, struct sockaddr_info *out)
{
	out->family = SOCK_INET;
	out->port = read_port(bytes);
	parse_v4(bytes.ptr + offsetof(struct sockaddr_in, sin_addr), out);
}

static void parse_inet6(struct slice bytes, struct sockaddr_info *out)
{
	struct in6_addr addr;

	memcpy(&addr, bytes.ptr + offsetof(struct sockaddr_in6, sin6_addr), sizeof(addr));
	out->port = read_port(bytes);
	if (IN6_IS_ADDR_V4MAPPED(&addr)) {
		out->family = SOCK_INET;
		parse_v4((const char *)&addr + V4_IN_V6, out);
		return;
	}
	out->family = SOCK_INET6;
	out->loopback = IN6_IS_ADDR_LOOPBACK(&addr);
	inet_ntop(AF_INET6, &addr, out->addr, sizeof(out->addr));
}

/*
 * A path ends at its NUL; an abstract name begins with one and goes on to
 * the end, with any bytes (unix(7)): its NULs are shown as '@', but for those
 * at the end, which are there because many callers pass the whole struct.
 */
static void parse_unix(struct slice bytes, struct sockaddr_info *out)
{
	struct slice name = slice_skip(bytes, offsetof(struct sockaddr_un, sun_path));
	size_t i;

	out->family = SOCK_UNIX;
	if (name.len > SOCKADDR_TEXT - 1)
		name.len = SOCKADDR_TEXT - 1;
	if (name.len && name.ptr[0] != '\0')
		name.len = strnlen(name.ptr, name.len);
	while (name.len > 1 && name.ptr[name.len - 1] == '\0')
		name.len--;
	for (i = 0; i < name.len; i++)
		out->addr[i] = name.ptr[i] ? name.ptr[i] : '@';
	out->addr[i] = '\0';
}

static void parse_unspec(struct slice bytes UNUSED, struct sockaddr_info *out)
{
	out->family = SOCK_UNSPEC;
}

static void parse_netlink(struct slice bytes UNUSED, struct sockaddr_info *out)
{
	out->family = SOCK_NETLINK;
}

static const struct {
	int number;
	size_t min;
	void (*parse)(struct slice bytes, struct sockaddr_info *out);
} families[] = {
	{ AF_UNSPEC, sizeof(sa_family_t), parse_unspec },
	{ AF_UNIX, UNIX_MIN, parse_unix },
	{ AF_INET, INET_MIN, parse_inet },
	{ AF_INET6, INET6_MIN, parse_inet6 },
	{ AF_NETLINK, sizeof(sa_family_t), parse_netlink },
};

bool sockaddr_parse(struct slice bytes, bool big_endian, struct sockaddr_info *out)
{
	struct sockaddr_info info = { .family = SOCK_OTHER, .port = -1 };
	unsigned first, second;

	if (bytes.len < sizeof(sa_family_t))
		return false;
	first = (unsigned char)bytes.ptr[0];
	second = (unsigned char)bytes.ptr[1];
	info.number = (int)(big_endian ? first << 8 | second : second << 8 | first);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i].number != info.number)
			continue;
		if (bytes.len < families[i].min)
			return false;
		families[i].parse(bytes, &info);
		break;
	}
	*out = info;
	return true;
}
