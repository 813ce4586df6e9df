/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open file descriptions, and the channels that join their ends. */
#include "state/fdobj.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/xalloc.h"
#include "state/save.h"

static const char *const kind_names[FDOBJ_KIND_MAX] = {
	[FDOBJ_UNKNOWN] = "unknown", [FDOBJ_FILE] = "file",
	[FDOBJ_SOCKET] = "socket",   [FDOBJ_PIPE_READ] = "pipe",
	[FDOBJ_PIPE_WRITE] = "pipe", [FDOBJ_SOCKETPAIR] = "socketpair",
	[FDOBJ_FIFO] = "fifo",       [FDOBJ_PTY_MASTER] = "pty",
	[FDOBJ_PTY_SLAVE] = "pty",   [FDOBJ_MEMFD] = "memfd",
};

const char *fdobj_kind_name(enum fdobj_kind kind)
{
	return kind_names[kind];
}

bool fdobj_is_stream(const struct fdobj *obj)
{
	return obj->kind != FDOBJ_FILE && obj->kind != FDOBJ_MEMFD &&
	       obj->kind != FDOBJ_UNKNOWN;
}

bool fdobj_is_inet(const struct fdobj *obj)
{
	return obj->kind == FDOBJ_SOCKET && (obj->stream->sock->family == SOCK_INET ||
					     obj->stream->sock->family == SOCK_INET6);
}

bool fdobj_is_joined(const struct fdobj *obj)
{
	return obj->kind == FDOBJ_SOCKET && (obj->stream->sock->role == SOCK_CONNECTED ||
					     obj->stream->sock->role == SOCK_ACCEPTED);
}

/* An UNKNOWN one may turn out to be a stream. */
static bool is_plain(enum fdobj_kind kind)
{
	return kind == FDOBJ_FILE || kind == FDOBJ_MEMFD;
}

struct fdobj *fdobj_new(enum fdobj_kind kind, struct evref birth, int64_t maker_pid)
{
	struct fdobj *obj =
		xcalloc(1, sizeof(*obj) + (is_plain(kind) ? 0 : sizeof(obj->stream[0])));

	obj->refs = 1;
	obj->kind = kind;
	obj->birth = birth;
	obj->maker_pid = (int32_t)maker_pid;
	if (kind == FDOBJ_SOCKET)
		obj->stream->sock = xcalloc(1, sizeof(*obj->stream->sock));
	return obj;
}

/* The path that stands behind it in the same allocation. */
static char *inline_path(struct fdobj *obj)
{
	return (char *)obj + sizeof(struct fdobj);
}

struct fdobj *fdobj_new_file(struct evref birth, int64_t maker_pid, const char *path)
{
	size_t len = strlen(path) + 1;
	struct fdobj *obj = xcalloc(1, sizeof(struct fdobj) + len);

	obj->refs = 1;
	obj->kind = FDOBJ_FILE;
	obj->birth = birth;
	obj->maker_pid = (int32_t)maker_pid;
	obj->path = inline_path(obj);
	memcpy(obj->path, path, len);
	return obj;
}

size_t fdobj_size(const struct fdobj *obj)
{
	size_t size = sizeof(*obj);

	if (obj->path)
		size += strlen(obj->path) + 1;
	if (is_plain(obj->kind))
		return size;
	size += sizeof(obj->stream[0]);
	size += obj->stream->sock ? sizeof(struct sock) + sizeof(struct endpoint) : 0;
	return size + (obj->stream->channel ? sizeof(struct channel) : 0);
}

struct channel *fdobj_channel(const struct fdobj *obj)
{
	return is_plain(obj->kind) ? NULL : obj->stream->channel;
}

const struct holder *fdobj_holders(const struct fdobj *obj, uint32_t *count)
{
	*count = is_plain(obj->kind) ? 0 : obj->stream->nholders;
	return is_plain(obj->kind) ? NULL : obj->stream->holders;
}

void fdobj_is_socket(struct fdobj *obj, enum sock_family family)
{
	obj->kind = FDOBJ_SOCKET;
	obj->stream->sock = xcalloc(1, sizeof(*obj->stream->sock));
	obj->stream->sock->family = family;
}

/* ---- addresses ---- */

struct endpoint *endpoint_new(const struct sockaddr_info *info)
{
	size_t len = strlen(info->addr) + 1;
	struct endpoint *endpoint = xmalloc(sizeof(*endpoint) + len);

	endpoint->refs = 1;
	endpoint->family = info->family;
	endpoint->port = info->port;
	endpoint->loopback = info->loopback;
	memcpy(endpoint->addr, info->addr, len);
	return endpoint;
}

struct endpoint *endpoint_ref(struct endpoint *endpoint)
{
	endpoint->refs++;
	return endpoint;
}

void endpoint_set(struct endpoint **place, struct endpoint *endpoint)
{
	if (*place && --(*place)->refs == 0)
		free(*place);
	*place = endpoint;
}

/* ---- objects ---- */

struct fdobj *fdobj_ref(struct fdobj *obj)
{
	obj->refs++;
	return obj;
}

/* ---- channels ---- */

struct channel *channel_new(struct evref made)
{
	struct channel *channel = xcalloc(1, sizeof(*channel));

	channel->pts = -1;
	channel->made = made.serial;
	return channel;
}

void channel_join(struct channel *channel, struct fdobj *obj)
{
	if (channel->nends >= LIMIT_CHANNEL_ENDS)
		return; /* obj then has no channel: it leads nowhere */
	if (channel->nends == channel->cap) {
		channel->cap = channel->cap ? channel->cap * 2 : 2;
		channel->ends = xreallocarray(channel->ends, channel->cap,
					      sizeof(*channel->ends));
	}
	channel->ends[channel->nends++] = obj;
	obj->stream->channel = channel;
}

static void channel_free_unused(struct channel *channel)
{
	if (channel->nends || channel->held)
		return;
	free(channel->ends);
	free(channel);
}

void channel_let_go(struct channel *channel)
{
	channel->held = false;
	channel_free_unused(channel);
}

static void channel_leave(struct fdobj *obj)
{
	struct channel *channel = obj->stream->channel;

	for (uint32_t i = 0; i < channel->nends; i++) {
		if (channel->ends[i] == obj) {
			channel->ends[i] = channel->ends[--channel->nends];
			break;
		}
	}
	obj->stream->channel = NULL;
	channel_free_unused(channel);
}

static void let_go_of_stream(struct fdobj *obj)
{
	if (obj->stream->channel)
		channel_leave(obj);
	if (obj->stream->sock) {
		endpoint_set(&obj->stream->sock->local, NULL);
		endpoint_set(&obj->stream->sock->remote, NULL);
		free(obj->stream->sock);
	}
	free(obj->stream->holders);
}

void fdobj_unref(struct fdobj **objp)
{
	struct fdobj *obj = *objp;

	*objp = NULL;
	if (!obj || --obj->refs)
		return;
	if (!is_plain(obj->kind))
		let_go_of_stream(obj);
	if (obj->path != inline_path(obj))
		free(obj->path);
	free(obj);
}

/* ---- saving ---- */

static void put_endpoint_head(struct packer *packer, const void *obj)
{
	const struct endpoint *endpoint = obj;
	size_t len = strlen(endpoint->addr);

	pack_number(packer, len);
	pack_bytes(packer, endpoint->addr, len);
}

static void *make_endpoint(struct unpacker *unpacker)
{
	struct slice addr = unpack_bytes(unpacker, unpack_number(unpacker));
	struct endpoint *endpoint;

	if (!addr.ptr)
		return NULL;
	endpoint = unpack_room(unpacker, sizeof(*endpoint) + addr.len + 1);
	memcpy(endpoint->addr, addr.ptr, addr.len);
	return endpoint;
}

static const struct pack_field endpoint_rows[] = {
	PACK_NUMBER(struct endpoint, refs),
	PACK_NUMBER(struct endpoint, family),
	PACK_NUMBER(struct endpoint, port),
	PACK_NUMBER(struct endpoint, loopback),
};
const struct pack_type pack_endpoint =
	PACK_COUNTED_TABLE("endpoint", struct endpoint, endpoint_rows,
			   .put_head = put_endpoint_head, .make = make_endpoint);

static const struct pack_field sock_rows[] = {
	/* family and role stand before it */
	PACK_NUMBER(struct sock, datagram),
	PACK_NUMBER(struct sock, in_progress),
	PACK_FLAT(struct sock, joined),
	PACK_OWN(struct sock, local, &pack_endpoint),
	PACK_OWN(struct sock, remote, &pack_endpoint),
};
static const struct pack_type pack_sock = PACK_TABLE("sock", struct sock, sock_rows);

static const struct pack_field holder_rows[] = {
	PACK_REF(struct holder, proc, &pack_proc),
	PACK_NUMBER(struct holder, count),
};
static const struct pack_type pack_holder =
	PACK_TABLE("holder", struct holder, holder_rows);

static const struct pack_field stream_rows[] = {
	PACK_REF(struct fdstream, sock, &pack_sock),
	PACK_REF(struct fdstream, channel, &pack_channel),
	PACK_ITEMS(struct fdstream, holders, &pack_holder,
		   PACK_COUNTED_BY(struct fdstream, nholders),
		   PACK_PLACES_IN(struct fdstream, holders_cap),
		   .room_max = LIMIT_HOLDERS),
	PACK_NUMBER(struct fdstream, nholders),
	PACK_NUMBER(struct fdstream, holders_cap),
};
static const struct pack_type pack_stream =
	PACK_TABLE("fdstream", struct fdstream, stream_rows);

/* What an object has room for: a stream, its path behind it. */
enum { HAS_STREAM = 1, HAS_PATH = 2, HAS_PATH_BEHIND = 4 };

static void put_object_head(struct packer *packer, const void *from)
{
	const struct fdobj *obj = from;
	bool behind = obj->path == inline_path((struct fdobj *)obj);
	size_t len = obj->path ? strlen(obj->path) : 0;

	pack_number(packer, (is_plain(obj->kind) ? 0u : HAS_STREAM) |
				    (obj->path ? HAS_PATH : 0u) |
				    (behind ? HAS_PATH_BEHIND : 0u));
	if (obj->path) {
		pack_number(packer, len);
		pack_bytes(packer, obj->path, len);
	}
}

static void *make_object(struct unpacker *unpacker)
{
	uint64_t has = unpack_number(unpacker);
	size_t size = sizeof(struct fdobj);
	struct slice path = slice_make(NULL, 0);
	struct fdobj *obj;

	if (has & HAS_PATH) {
		path = unpack_bytes(unpacker, unpack_number(unpacker));
		if (!path.ptr)
			return NULL;
	}
	size += has & HAS_STREAM ? sizeof(struct fdstream) : 0;
	size += has & HAS_PATH_BEHIND ? path.len + 1 : 0;
	obj = unpack_room(unpacker, size);
	if (path.ptr) {
		obj->path = has & HAS_PATH_BEHIND ? inline_path(obj)
						  : unpack_room(unpacker, path.len + 1);
		memcpy(obj->path, path.ptr, path.len);
	}
	return obj;
}

static bool has_stream(const void *obj)
{
	return !is_plain(((const struct fdobj *)obj)->kind);
}

static const struct pack_field object_rows[] = {
	PACK_NUMBER(struct fdobj, refs),
	PACK_NUMBER(struct fdobj, named), /* the kind stands behind it */
	PACK_NUMBER(struct fdobj, weight),
	PACK_NUMBER(struct fdobj, mode),
	PACK_NUMBER(struct fdobj, flags),
	PACK_NUMBER(struct fdobj, maker_pid),
	PACK_FLAT(struct fdobj, birth),
	PACK_KEPT(struct fdobj, path),
	PACK_NUMBER(struct fdobj, dev),
	PACK_NUMBER(struct fdobj, inode),
	{ .name = "stream",
	  .kind = PACK_AS_PART,
	  .at = offsetof(struct fdobj, stream),
	  .type = &pack_stream,
	  .when = has_stream },
};
const struct pack_type pack_fdobj =
	PACK_COUNTED_TABLE("fdobj", struct fdobj, object_rows,
			   .put_head = put_object_head, .make = make_object);
