/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of tcp (proc_pid_net(5), net/ipv4/tcp_ipv4.c):
 *   sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
 *    0: 0100007F:1F90 00000000:0000 0A ...
 * Addresses are 32-bit words in the machine's byte order.
 */
#include "state/procfs_net.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/map.h"
#include "base/num.h"
#include "base/xalloc.h"

enum {
	LIMIT_SPACES = 1024,
	LIMIT_SOCKETS = 1 << 20, /* of one table */
	TCP_LISTEN = 10,         /* include/net/tcp_states.h */
	ADDRESS_BYTES = 16,
};

struct net_socket {
	bool datagram, listening;
	enum sock_family family;
	struct sockaddr_info local, remote;
};

/* The tables of one network namespace. */
struct space {
	struct map *sockets;   /* struct net_socket by inode */
	struct map *listeners; /* local ports that are listened at; the value is a mark */
	struct arena arena;
};

struct procfs_net {
	struct map *spaces; /* struct space by the namespace's link */
};

struct procfs_net *procfs_net_new(void)
{
	struct procfs_net *net = xcalloc(1, sizeof(*net));

	net->spaces = map_new();
	return net;
}

void procfs_net_free(struct procfs_net **netp)
{
	struct map_iter it = { 0 };
	void *value;

	if (!*netp)
		return;
	while (map_next((*netp)->spaces, &it, NULL, &value)) {
		struct space *space = value;

		map_free(&space->sockets);
		map_free(&space->listeners);
		arena_fini(&space->arena);
		free(space);
	}
	map_free(&(*netp)->spaces);
	free(*netp);
	*netp = NULL;
}

/* "0100007F:1F90". false: it is no address. */
static bool parse_address(struct slice text, struct sockaddr_info *out)
{
	unsigned char bytes[ADDRESS_BYTES];
	size_t digits = text.len > 5 ? text.len - 5 : 0;
	uint64_t port, word;

	if ((digits != 8 && digits != 32) || text.ptr[digits] != ':' ||
	    !num_hex64(slice_skip(text, digits + 1), &port))
		return false;
	for (size_t i = 0; i < digits / 8; i++) {
		uint32_t host_order;

		if (!num_hex64(slice_make(text.ptr + 8 * i, 8), &word))
			return false;
		host_order = (uint32_t)word;
		memcpy(bytes + 4 * i, &host_order, 4);
	}
	*out = (struct sockaddr_info){ .port = (int32_t)port };
	if (digits == 32 && memcmp(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0) {
		memmove(bytes, bytes + 12, 4); /* IPv4-mapped */
		digits = 8;
	}
	out->family = digits == 8 ? SOCK_INET : SOCK_INET6;
	out->number = digits == 8 ? AF_INET : AF_INET6;
	out->loopback =
		digits == 8 ? bytes[0] == 127
			    : memcmp(bytes, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16) == 0;
	return inet_ntop(out->number, bytes, out->addr, sizeof(out->addr)) != NULL;
}

static bool next_word(struct slice *line, struct slice *word)
{
	while (line->len && (line->ptr[0] == ' ' || line->ptr[0] == '\t'))
		*line = slice_skip(*line, 1);
	*word = slice_make(line->ptr, 0);
	while (word->len < line->len && !strchr(" \t\n", word->ptr[word->len]))
		word->len++;
	*line = slice_skip(*line, word->len);
	return word->len > 0;
}

static void take_line(struct space *space, struct slice line, bool datagram)
{
	enum { LOCAL = 1, REMOTE = 2, STATE = 3, INODE = 9, WORDS };
	struct slice words[WORDS] = { { 0 } };
	struct net_socket *socket = arena_zalloc(&space->arena, sizeof(*socket));
	uint64_t state, inode;

	for (size_t i = 0; i < WORDS; i++) {
		if (!next_word(&line, &words[i]))
			return;
	}
	if (!parse_address(words[LOCAL], &socket->local) ||
	    !parse_address(words[REMOTE], &socket->remote) ||
	    !num_hex64(words[STATE], &state) || !num_u64(words[INODE], &inode) ||
	    inode == 0)
		return;
	socket->datagram = datagram;
	socket->family = socket->local.family;
	socket->listening = !datagram && state == TCP_LISTEN;
	if (socket->remote.port == 0)
		socket->remote.port = -1;
	if (socket->listening)
		map_put_u64(space->listeners, (uint64_t)socket->local.port + 1, space);
	map_put_u64(space->sockets, inode, socket);
}

static void read_table(struct space *space, int64_t pid, const char *name, bool datagram)
{
	char path[64], *line = NULL;
	size_t cap = 0;
	ssize_t n;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%lld/net/%s", (long long)pid, name);
	file = fopen(path, "re");
	for (int i = 0; file && i < LIMIT_SOCKETS && (n = getline(&line, &cap, file)) > 0;
	     i++) {
		if (i > 0) /* the first one is a heading */
			take_line(space, slice_make(line, (size_t)n), datagram);
	}
	free(line);
	if (file)
		fclose(file);
}

static struct space *space_of(struct procfs_net *net, int64_t pid)
{
	char path[64], link[64];
	struct space *space;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%lld/ns/net", (long long)pid);
	n = readlink(path, link, sizeof(link));
	if (n <= 0)
		return NULL;
	space = map_get(net->spaces, slice_make(link, (size_t)n));
	if (space || map_count(net->spaces) >= LIMIT_SPACES)
		return space;
	space = xcalloc(1, sizeof(*space));
	space->sockets = map_new();
	space->listeners = map_new();
	arena_init(&space->arena);
	map_put(net->spaces, slice_make(link, (size_t)n), space);
	read_table(space, pid, "tcp", false);
	read_table(space, pid, "tcp6", false);
	read_table(space, pid, "udp", true);
	read_table(space, pid, "udp6", true);
	return space;
}

/* Who listens at the port of one's own has accepted; everybody else has connected. */
static enum sock_role role_of(const struct space *space, const struct net_socket *socket)
{
	if (socket->listening)
		return SOCK_LISTENING;
	if (socket->remote.port < 0)
		return SOCK_FRESH;
	if (!socket->datagram &&
	    map_get_u64(space->listeners, (uint64_t)socket->local.port + 1))
		return SOCK_ACCEPTED;
	return SOCK_CONNECTED;
}

void procfs_net_fill(struct procfs_net *net, int64_t pid, struct seed_fd *fd)
{
	struct space *space = space_of(net, pid);
	const struct net_socket *socket =
		space ? map_get_u64(space->sockets, fd->inode) : NULL;

	fd->kind = FDOBJ_SOCKET;
	fd->family = SOCK_OTHER;
	if (!socket)
		return;
	fd->family = socket->family;
	fd->datagram = socket->datagram;
	fd->role = role_of(space, socket);
	fd->local = socket->local;
	fd->remote = socket->remote;
}
