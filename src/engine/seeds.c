/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A descriptor is "fd=NUMBER FLAGS KIND INODE ...": FLAGS is 1 for
 * close-on-exec; behind it stand, by KIND, "DEV PATH" or "FAMILY DATAGRAM
 * ROLE LOCAL PORT REMOTE PORT".
 */
#include "engine/seeds.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "state/procfs.h"

enum { FD_TEXT = 4096 + 128 };

static void add_fd(struct ask_message *message, const struct seed_fd *fd)
{
	char text[FD_TEXT];
	int n = snprintf(text, sizeof(text), "%d %d %d %llu ", fd->fd, fd->cloexec,
			 fd->kind, (unsigned long long)fd->inode);
	size_t room = sizeof(text) - (size_t)n;

	if (fd->kind == FDOBJ_SOCKET)
		snprintf(text + n, room, "%d %d %d %s %d %s %d", fd->family, fd->datagram,
			 fd->role, fd->local.addr[0] ? fd->local.addr : "-",
			 fd->local.port, fd->remote.addr[0] ? fd->remote.addr : "-",
			 fd->remote.port);
	else
		snprintf(text + n, room, "%llu %s", (unsigned long long)fd->dev,
			 fd->path ? fd->path : "");
	ask_add(message, "fd", text);
}

void seeds_encode(struct ask_message *message, const struct seed *seed)
{
	ask_start(message, ASK_PROCESS, 0);
	message->header.pid = seed->pid;
	ask_add_number(message, "ppid", (uint64_t)seed->ppid);
	ask_add_number(message, "started", (uint64_t)seed->started);
	ask_add(message, "exe", seed->exe);
	ask_add(message, "deleted", seed->deleted ? "1" : NULL);
	ask_add(message, "comm", seed->comm);
	ask_add(message, "cwd", seed->cwd);
	ask_add(message, "root", seed->root);
	ask_add(message, "tty", seed->tty);
	ask_add_number(message, "uid", seed->cred.uid);
	ask_add_number(message, "gid", seed->cred.gid);
	ask_add_number(message, "euid", seed->cred.euid);
	ask_add_number(message, "auid", seed->cred.auid);
	ask_add_number(message, "ses", seed->cred.ses);
	for (size_t i = 0; i < seed->nfds; i++)
		add_fd(message, &seed->fds[i]);
	for (size_t i = 0; i < seed->argc; i++)
		ask_add(message, "arg", seed->argv[i]);
}

/* ---- and back ---- */

static bool next_word(struct slice *rest, struct slice *word)
{
	const char *blank = memchr(rest->ptr ? rest->ptr : "", ' ', rest->len);
	size_t len = blank ? (size_t)(blank - rest->ptr) : rest->len;

	*word = slice_make(rest->ptr, len);
	*rest = slice_skip(*rest, len + 1);
	return len > 0;
}

static bool next_number(struct slice *rest, int64_t max, int64_t *out)
{
	struct slice word;

	return next_word(rest, &word) && num_i64(word, out) && *out >= -1 && *out <= max;
}

static bool read_address(struct slice *rest, struct sockaddr_info *out)
{
	struct slice addr;
	int64_t port;

	if (!next_word(rest, &addr) || addr.len >= sizeof(out->addr) ||
	    !next_number(rest, UINT16_MAX, &port))
		return false;
	memcpy(out->addr, addr.ptr, addr.len);
	out->addr[addr.len] = '\0';
	out->port = (int32_t)port;
	out->loopback =
		strncmp(out->addr, "127.", 4) == 0 || strcmp(out->addr, "::1") == 0;
	return true;
}

static bool read_socket(struct slice *rest, struct seed_fd *out)
{
	int64_t family, datagram, role;

	if (!next_number(rest, SOCK_NETLINK, &family) ||
	    !next_number(rest, 1, &datagram) ||
	    !next_number(rest, SOCK_LISTENING, &role) || family < 0 || role < 0 ||
	    !read_address(rest, &out->local) || !read_address(rest, &out->remote))
		return false;
	out->family = (enum sock_family)family;
	out->datagram = datagram == 1;
	out->role = (enum sock_role)role;
	out->local.family = out->remote.family = out->family;
	return true;
}

static bool read_fd(struct slice rest, struct arena *arena, struct seed_fd *out)
{
	int64_t fd, cloexec, kind, dev, inode;

	*out = (struct seed_fd){ .local.port = -1, .remote.port = -1 };
	if (!next_number(&rest, INT32_MAX, &fd) || fd < 0 ||
	    !next_number(&rest, 1, &cloexec) ||
	    !next_number(&rest, FDOBJ_KIND_MAX - 1, &kind) || kind < 0 ||
	    !next_number(&rest, INT64_MAX, &inode))
		return false;
	out->fd = (int)fd;
	out->cloexec = cloexec == 1;
	out->kind = (enum fdobj_kind)kind;
	out->inode = (uint64_t)inode;
	if (out->kind == FDOBJ_SOCKET)
		return read_socket(&rest, out);
	if (!next_number(&rest, INT64_MAX, &dev))
		return false;
	out->dev = (uint64_t)dev;
	out->path = rest.len ? arena_slice_dup(arena, rest) : NULL;
	return true;
}

static const char *text_of(struct slice texts, const char *key, struct arena *arena)
{
	struct slice value = ask_get(texts, key);

	return value.ptr ? arena_slice_dup(arena, value) : NULL;
}

static uint32_t id_of(struct slice texts, const char *key)
{
	uint32_t id = AUDIT_ID_UNSET;

	num_u32(ask_get(texts, key), &id);
	return id;
}

static void read_lists(struct slice texts, struct arena *arena, struct seed *out)
{
	const char **argv = arena_alloc(arena, PROCFS_ARGS_MAX * sizeof(*argv));
	struct seed_fd *fds = arena_alloc(arena, PROCFS_FDS_MAX * sizeof(*fds));
	struct slice key, value;

	while (ask_next(&texts, &key, &value)) {
		if (slice_eq_str(key, "arg") && out->argc < PROCFS_ARGS_MAX)
			argv[out->argc++] = arena_slice_dup(arena, value);
		else if (slice_eq_str(key, "fd") && out->nfds < PROCFS_FDS_MAX &&
			 read_fd(value, arena, &fds[out->nfds]))
			out->nfds++;
	}
	out->argv = argv;
	out->fds = fds;
}

bool seeds_decode(const struct ask_header *header, struct slice texts,
		  struct arena *arena, struct seed *out)
{
	*out = (struct seed){ .node = "", .pid = header->pid };
	if (header->pid <= 0 || !num_i64(ask_get(texts, "ppid"), &out->ppid) ||
	    !num_i64(ask_get(texts, "started"), &out->started))
		return false;
	out->exe = text_of(texts, "exe", arena);
	out->deleted = ask_get(texts, "deleted").ptr != NULL;
	out->comm = text_of(texts, "comm", arena);
	out->cwd = text_of(texts, "cwd", arena);
	out->root = text_of(texts, "root", arena);
	out->tty = text_of(texts, "tty", arena);
	out->cred = (struct cred){ id_of(texts, "uid"), id_of(texts, "gid"),
				   id_of(texts, "euid"), id_of(texts, "auid"),
				   id_of(texts, "ses") };
	read_lists(texts, arena, out);
	return true;
}
