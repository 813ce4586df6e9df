/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries at rest, a few bytes for each: numbers as differences to the entry
 * before, paths without what they begin with in common. An object that
 * nothing else refers to (a file, a socket) is a part of it; what is shared
 * or has a channel stays an object, and is referred to.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "state/fdleaf.h"
#include "state/path.h"

struct fdref {
	struct fdobj *obj; /* a reference, and named */
};

struct fdrest {
	uint32_t nbytes;
	int32_t first;
	uint16_t count, nobjs, places; /* entries; objects, and room for such */
	bool streams, marks;
	struct fdref objs[]; /* the bytes stand behind them */
};

enum entry_bits {
	ENTRY_CLOEXEC = 1,
	ENTRY_GHOST = 2,
	ENTRY_UNSURE = 4,
	ENTRY_HOW = 3 << 3, /* enum fd_how */
	ENTRY_SHARED = 1 << 5,
	ENTRY_BORN = 1 << 6, /* placed when the object was made */
	ENTRY_FROM = 1 << 7,
};

enum object_bits {
	OBJECT_KIND = 15, /* enum fdobj_kind */
	OBJECT_MAKER = 1 << 4,
	OBJECT_DEV = 1 << 5,
	OBJECT_FLAGS = 1 << 6, /* and mode */
	OBJECT_PATH = 1 << 7,
};
_Static_assert(FDOBJ_KIND_MAX <= OBJECT_KIND + 1, "OBJECT_KIND");

enum sock_bits {
	SOCKET_ROLE = 3,
	SOCKET_FAMILY = 15 << 2,
	SOCKET_DATAGRAM = 1 << 6,
	SOCKET_IN_PROGRESS = 1 << 7,
};

enum endpoint_bits { ENDPOINT_LOOPBACK = 1, ENDPOINT_IPV4 = 2 }; /* family << 2 */

enum socket_has { HAS_JOINED = 1, HAS_LOCAL = 2, HAS_REMOTE = 4 };

/*
 * Directories of files at rest: the first that came to each place, by its
 * hash. They stay: what is at rest refers to them.
 */
enum { DIRS = 4096, DIR_MIN = 4, DIR_MAX = 255 };

struct fddir {
	char *name; /* owned; or NULL */
};

struct fddirs {
	struct fddir *at;
	uint32_t n; /* DIRS */
};

/* What the next entry is told by its difference to. */
struct before {
	struct memory *mem;
	int fd;
	struct evref at;
	int32_t maker;
	uint32_t flags;
	uint16_t mode;
	uint64_t dev, inode;
	const char *path;
};

static uint8_t *bytes_of(const struct fdrest *rest)
{
	return (uint8_t *)(uintptr_t)&rest->objs[rest->places];
}

static size_t size_of(size_t places, size_t nbytes)
{
	return sizeof(struct fdrest) + places * sizeof(struct fdref) + nbytes;
}

/* ---- bytes ---- */

static void put_number(struct strbuf *out, uint64_t number)
{
	for (; number > 0x7f; number >>= 7)
		strbuf_add_char(out, (char)(number | 0x80));
	strbuf_add_char(out, (char)number);
}

/* Small ones of either sign are short. */
static void put_signed(struct strbuf *out, int64_t number)
{
	put_number(out, (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0));
}

struct reader {
	const uint8_t *at, *end;
	bool bad;
};

static uint8_t get_byte(struct reader *in)
{
	if (in->at < in->end)
		return *in->at++;
	in->bad = true;
	return 0;
}

static uint64_t get_number(struct reader *in)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = get_byte(in);

		number |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return number;
	}
	in->bad = true;
	return 0;
}

static int64_t get_signed(struct reader *in)
{
	uint64_t number = get_number(in);

	return (int64_t)(number >> 1 ^ (number & 1 ? UINT64_MAX : 0));
}

static const char *get_bytes(struct reader *in, size_t len)
{
	const char *at = (const char *)in->at;

	if (len > (size_t)(in->end - in->at)) {
		in->bad = true;
		return NULL;
	}
	in->at += len;
	return at;
}

static void put_event(struct strbuf *out, struct evref at, struct evref from)
{
	put_signed(out, at.time - from.time);
	put_signed(out, (int64_t)at.serial - from.serial);
}

static struct evref get_event(struct reader *in, struct evref from)
{
	struct evref at;

	at.time = from.time + get_signed(in);
	at.serial = (uint32_t)(from.serial + get_signed(in));
	return at;
}

/* ---- in ---- */

/* Does only the one entry of the one table know of it? */
static bool is_private(const struct fdobj *obj)
{
	uint32_t holders;

	if (obj->refs != 1 || fdobj_channel(obj))
		return false;
	fdobj_holders(obj, &holders);
	return holders == 0 && (obj->kind == FDOBJ_FILE || obj->kind == FDOBJ_MEMFD ||
				obj->kind == FDOBJ_UNKNOWN || obj->kind == FDOBJ_SOCKET);
}

/* Is addr what its four bytes would be written as? */
static bool is_ipv4(const char *addr, struct in_addr *bytes)
{
	char text[INET_ADDRSTRLEN];

	return inet_pton(AF_INET, addr, bytes) == 1 &&
	       strcmp(inet_ntop(AF_INET, bytes, text, sizeof(text)), addr) == 0;
}

static void put_endpoint(struct strbuf *out, const struct endpoint *e)
{
	struct in_addr bytes;
	bool ipv4;
	size_t len;

	if (!e)
		return;
	ipv4 = is_ipv4(e->addr, &bytes);
	len = strlen(e->addr);
	put_number(out, (uint64_t)e->family << 2 | (ipv4 ? ENDPOINT_IPV4 : 0) |
				(e->loopback ? ENDPOINT_LOOPBACK : 0));
	put_signed(out, e->port);
	if (ipv4) {
		strbuf_add(out, &bytes, sizeof(bytes));
		return;
	}
	put_number(out, len);
	strbuf_add(out, e->addr, len);
}

static void put_sock(struct strbuf *out, const struct sock *sock, struct evref at)
{
	strbuf_add_char(out, (char)(sock->role | sock->family << 2 |
				    (sock->datagram ? SOCKET_DATAGRAM : 0) |
				    (sock->in_progress ? SOCKET_IN_PROGRESS : 0)));
	strbuf_add_char(out, (char)((sock->joined.serial ? HAS_JOINED : 0) |
				    (sock->local ? HAS_LOCAL : 0) |
				    (sock->remote ? HAS_REMOTE : 0)));
	if (sock->joined.serial)
		put_event(out, sock->joined, at);
	put_endpoint(out, sock->local);
	put_endpoint(out, sock->remote);
}

/* The place of that directory, from 1 on; 0: it has none. */
static uint32_t place_of(struct memory *mem, struct slice dir)
{
	uint32_t i = (uint32_t)hash_fixed(dir.ptr, dir.len) & (DIRS - 1);

	if (dir.len < DIR_MIN || dir.len > DIR_MAX)
		return 0;
	if (!mem->dirs) {
		mem->dirs = xcalloc(1, sizeof(*mem->dirs));
		mem->dirs->at = xcalloc(DIRS, sizeof(mem->dirs->at[0]));
		mem->dirs->n = DIRS;
	}
	if (!mem->dirs->at[i].name) {
		mem->dirs->at[i].name = xmemdup0(dir.ptr, dir.len);
		mem->bytes += memory_text(mem->dirs->at[i].name);
	}
	return slice_eq_str(dir, mem->dirs->at[i].name) ? i + 1 : 0;
}

void fddirs_free(struct memory *mem)
{
	if (!mem->dirs)
		return;
	for (uint32_t i = 0; i < DIRS; i++) {
		mem->bytes -= memory_text(mem->dirs->at[i].name);
		free(mem->dirs->at[i].name);
	}
	free(mem->dirs->at);
	free(mem->dirs);
	mem->dirs = NULL;
}

/* Without its directory, or without what it has in common with the one before. */
static void put_path(struct strbuf *out, const char *path, struct before *b)
{
	size_t same = 0, len = strlen(path);
	size_t dir = len - slice_basename(slice_make(path, len)).len;
	uint32_t place;

	while (b->path && same < len && path[same] == b->path[same])
		same++;
	place = same < dir ? place_of(b->mem, slice_make(path, dir)) : 0;
	put_number(out, place ? place << 1 | 1 : (uint64_t)same << 1);
	same = place ? dir : same;
	put_number(out, len - same);
	strbuf_add(out, path + same, len - same);
}

static bool has_inode(uint8_t kind)
{
	return kind == FDOBJ_FILE || kind == FDOBJ_MEMFD;
}

static void put_object(struct strbuf *out, const struct fdobj *obj, struct before *b)
{
	bool inode = has_inode(obj->kind), maker = obj->maker_pid != b->maker;
	bool dev = inode && obj->dev != b->dev;
	bool flags = inode && (obj->flags != b->flags || obj->mode != b->mode);

	strbuf_add_char(out, (char)(obj->kind | (maker ? OBJECT_MAKER : 0) |
				    (dev ? OBJECT_DEV : 0) | (flags ? OBJECT_FLAGS : 0) |
				    (obj->path ? OBJECT_PATH : 0)));
	if (maker)
		put_signed(out, (int64_t)obj->maker_pid - b->maker);
	if (dev) {
		put_number(out, obj->dev >> 32);
		put_number(out, (uint32_t)obj->dev);
	}
	if (flags) {
		put_number(out, obj->flags);
		put_number(out, obj->mode);
	}
	if (inode)
		put_signed(out, (int64_t)(obj->inode - b->inode));
	if (obj->path)
		put_path(out, obj->path, b);
	if (fdobj_sock(obj))
		put_sock(out, fdobj_sock(obj), obj->birth);
	b->maker = obj->maker_pid;
	b->path = obj->path ? obj->path : b->path;
	if (!inode)
		return;
	b->dev = obj->dev;
	b->inode = obj->inode;
	b->flags = obj->flags;
	b->mode = obj->mode;
}

static void put_entry(struct strbuf *out, const struct fdent *ent, bool shared,
		      struct before *b)
{
	const struct fdobj *obj = ent->obj;
	bool born = obj->birth.time == ent->placed.time &&
		    obj->birth.serial == ent->placed.serial;

	strbuf_add_char(out,
			(char)((ent->cloexec ? ENTRY_CLOEXEC : 0) |
			       (ent->ghost ? ENTRY_GHOST : 0) |
			       (ent->unsure ? ENTRY_UNSURE : 0) | ent->how << 3 |
			       (shared ? ENTRY_SHARED : 0) | (born ? ENTRY_BORN : 0) |
			       (ent->from != -1 ? ENTRY_FROM : 0)));
	put_number(out, (uint64_t)(ent->fd - b->fd));
	put_event(out, ent->placed, b->at);
	if (ent->from != -1)
		put_signed(out, ent->from);
	b->fd = ent->fd;
	b->at = ent->placed;
	if (shared)
		return;
	if (!born)
		put_event(out, obj->birth, ent->placed);
	put_object(out, obj, b);
}

struct fdrest *fdrest_pack(struct memory *mem, struct leaf *leaf, struct evref base)
{
	struct fdobj *shared[LEAF_MAX];
	struct before before = { .mem = mem, .fd = leaf->ents[0].fd, .at = base };
	struct fdrest head = { .first = leaf->ents[0].fd, .count = leaf->count };
	struct fdrest *rest;
	struct strbuf bytes;

	strbuf_init(&bytes);
	for (uint32_t i = 0; i < leaf->count; i++) {
		const struct fdent *ent = &leaf->ents[i];
		bool own = is_private(ent->obj);

		put_entry(&bytes, ent, !own, &before);
		head.marks |= ent->cloexec;
		head.streams |= fdobj_is_stream(ent->obj);
		if (!own)
			shared[head.nobjs++] = fdobj_ref(ent->obj);
	}
	head.places = head.nobjs;
	head.nbytes = (uint32_t)bytes.len;
	rest = xmalloc(size_of(head.places, bytes.len));
	*rest = head;
	for (uint16_t i = 0; i < head.nobjs; i++) {
		leaf_name(mem, shared[i]);
		rest->objs[i].obj = shared[i];
	}
	memcpy(bytes_of(rest), bytes.ptr, bytes.len);
	mem->entries += (size_t)(head.count - head.nobjs);
	mem->bytes += size_of(head.places, bytes.len) + MALLOC_COST;
	mem->resting += size_of(head.places, bytes.len) + MALLOC_COST;
	strbuf_fini(&bytes);
	leaf_unref(mem, leaf);
	return rest;
}

/* ---- out ---- */

static struct endpoint *get_endpoint(struct reader *in)
{
	struct sockaddr_info info = { 0 };
	uint64_t bits = get_number(in);
	const char *addr;
	size_t len;

	info.family = (enum sock_family)(bits >> 2);
	info.loopback = bits & ENDPOINT_LOOPBACK;
	info.port = (int32_t)get_signed(in);
	len = bits & ENDPOINT_IPV4 ? sizeof(struct in_addr) : get_number(in);
	addr = get_bytes(in, len);
	if (!addr || len >= sizeof(info.addr)) {
		in->bad = true;
		return NULL;
	}
	if (bits & ENDPOINT_IPV4)
		inet_ntop(AF_INET, addr, info.addr, sizeof(info.addr));
	else
		memcpy(info.addr, addr, len);
	return endpoint_new(&info);
}

static void get_sock(struct reader *in, struct sock *sock, struct evref at)
{
	uint8_t bits = get_byte(in), has = get_byte(in);

	sock->role = (enum sock_role)(bits & SOCKET_ROLE);
	sock->family = (enum sock_family)((bits & SOCKET_FAMILY) >> 2);
	sock->datagram = bits & SOCKET_DATAGRAM;
	sock->in_progress = bits & SOCKET_IN_PROGRESS;
	if (has & HAS_JOINED)
		sock->joined = get_event(in, at);
	if (has & HAS_LOCAL)
		sock->local = get_endpoint(in);
	if (has & HAS_REMOTE)
		sock->remote = get_endpoint(in);
}

/* What a path begins with; NULL: damaged. */
static const char *get_beginning(struct reader *in, const struct before *b, size_t *len)
{
	uint64_t number = get_number(in);
	const char *from = b->path;

	*len = number >> 1;
	if (number & 1) {
		if (*len == 0 || *len > DIRS || !b->mem->dirs)
			return NULL;
		from = b->mem->dirs->at[*len - 1].name;
		*len = from ? strlen(from) : 0;
	}
	from = from ? from : "";
	return *len <= strlen(from) ? from : NULL;
}

static bool get_path(struct reader *in, const struct before *b, char out[LIMIT_PATH])
{
	size_t begin, len;
	const char *from = get_beginning(in, b, &begin), *rest;

	len = get_number(in);
	rest = get_bytes(in, len);
	if (!from || !rest || begin + len >= LIMIT_PATH) {
		in->bad = true;
		return false;
	}
	memcpy(out, from, begin);
	memcpy(out + begin, rest, len);
	out[begin + len] = '\0';
	return true;
}

static struct fdobj *make_object(uint8_t kind, struct evref birth, int32_t maker,
				 const char *path)
{
	struct fdobj *obj;

	if (kind == FDOBJ_FILE && path)
		return fdobj_new_file(birth, maker, path);
	obj = fdobj_new((enum fdobj_kind)kind, birth, maker);
	obj->path = path ? xstrdup(path) : NULL;
	return obj;
}

static struct fdobj *get_object(struct reader *in, struct evref birth, struct before *b)
{
	uint8_t bits = get_byte(in), kind = bits & OBJECT_KIND;
	char path[LIMIT_PATH];
	struct fdobj *obj;

	if (bits & OBJECT_MAKER)
		b->maker += (int32_t)get_signed(in);
	if (bits & OBJECT_DEV) {
		b->dev = get_number(in) << 32;
		b->dev |= get_number(in);
	}
	if (bits & OBJECT_FLAGS) {
		b->flags = (uint32_t)get_number(in);
		b->mode = (uint16_t)get_number(in);
	}
	if (has_inode(kind))
		b->inode += (uint64_t)get_signed(in);
	if (bits & OBJECT_PATH && !get_path(in, b, path))
		return NULL;
	in->bad |= kind >= FDOBJ_KIND_MAX;
	if (in->bad)
		return NULL;
	obj = make_object(kind, birth, b->maker, bits & OBJECT_PATH ? path : NULL);
	if (has_inode(kind)) {
		obj->dev = b->dev;
		obj->inode = b->inode;
		obj->flags = b->flags;
		obj->mode = b->mode;
	}
	if (fdobj_sock(obj))
		get_sock(in, fdobj_sock(obj), birth);
	if (obj->path)
		b->path = obj->path;
	return obj;
}

/* The object of the entry: one of the rest's, or a new one; a new reference. */
static struct fdobj *get_target(struct reader *in, uint8_t bits,
				const struct fdrest *rest, uint16_t *nth,
				struct before *b)
{
	struct evref birth = b->at;

	if (!(bits & ENTRY_SHARED)) {
		if (!(bits & ENTRY_BORN))
			birth = get_event(in, b->at);
		return get_object(in, birth, b);
	}
	in->bad |= *nth >= rest->nobjs;
	return in->bad ? NULL : fdobj_ref(rest->objs[(*nth)++].obj);
}

struct leaf *fdrest_copy(struct memory *mem, const struct fdrest *rest, struct evref base)
{
	struct reader in = { .at = bytes_of(rest), .end = bytes_of(rest) + rest->nbytes };
	struct before before = { .mem = mem, .fd = rest->first, .at = base };
	struct leaf *leaf;
	uint32_t cap = LEAF_MIN;
	uint16_t nth = 0;

	while (cap < rest->count && cap < LEAF_MAX)
		cap *= 2;
	leaf = leaf_new(mem, cap);
	while (leaf->count < rest->count && leaf->count < cap) {
		struct fdent *ent = &leaf->ents[leaf->count];
		uint8_t bits = get_byte(&in);

		before.fd += (int)get_number(&in);
		before.at = get_event(&in, before.at);
		*ent = (struct fdent){
			.placed = before.at,
			.fd = before.fd,
			.from = bits & ENTRY_FROM ? (int)get_signed(&in) : -1,
			.how = (bits & ENTRY_HOW) >> 3,
			.cloexec = bits & ENTRY_CLOEXEC,
			.ghost = bits & ENTRY_GHOST,
			.unsure = bits & ENTRY_UNSURE,
		};
		ent->obj = in.bad ? NULL : get_target(&in, bits, rest, &nth, &before);
		if (!ent->obj) /* damaged: what follows is not known */
			break;
		leaf_name(mem, ent->obj);
		leaf->count++;
	}
	return leaf;
}

struct leaf *fdrest_unpack(struct memory *mem, struct fdrest **rest, struct evref base)
{
	struct leaf *leaf = fdrest_copy(mem, *rest, base);

	fdrest_free(mem, rest);
	return leaf;
}

void fdrest_free(struct memory *mem, struct fdrest **restp)
{
	struct fdrest *rest = *restp;
	size_t size;

	if (!rest)
		return;
	size = size_of(rest->places, rest->nbytes) + MALLOC_COST;
	for (uint16_t i = 0; i < rest->nobjs; i++)
		leaf_unname(mem, rest->objs[i].obj);
	mem->entries -= (size_t)(rest->count - rest->nobjs);
	mem->bytes -= size;
	mem->resting -= size;
	free(rest);
	*restp = NULL;
}

int fdrest_first(const struct fdrest *rest)
{
	return rest->first;
}

uint32_t fdrest_count(const struct fdrest *rest)
{
	return rest->count;
}

bool fdrest_has_streams(const struct fdrest *rest)
{
	return rest->streams;
}

bool fdrest_has_marks(const struct fdrest *rest)
{
	return rest->marks;
}

/* ---- saving ---- */

static void put_head(struct packer *packer, const void *obj)
{
	const struct fdrest *rest = obj;

	pack_number(packer, rest->places);
	pack_number(packer, rest->nbytes);
	pack_bytes(packer, bytes_of(rest), rest->nbytes);
}

static void *make_rest(struct unpacker *unpacker)
{
	uint64_t places = unpack_number(unpacker), nbytes = unpack_number(unpacker);
	struct slice bytes = unpack_bytes(unpacker, nbytes);
	struct fdrest *rest;

	if (!bytes.ptr || places > LEAF_MAX || nbytes > UINT32_MAX)
		return NULL;
	rest = unpack_room(unpacker, size_of(places, nbytes));
	rest->places = (uint16_t)places;
	rest->nbytes = (uint32_t)nbytes;
	memcpy(bytes_of(rest), bytes.ptr, nbytes);
	return rest;
}

static bool settle_rest(struct unpacker *unpacker, void *obj)
{
	const struct fdrest *rest = obj;

	(void)unpacker;
	return rest->count <= LEAF_MAX && rest->nobjs <= rest->count && rest->first >= 0;
}

static bool settle_dirs(struct unpacker *unpacker, void *obj)
{
	(void)unpacker;
	return ((const struct fddirs *)obj)->n == DIRS;
}

static const struct pack_field dir_rows[] = { PACK_TEXT(struct fddir, name) };
static const struct pack_type pack_fddir = PACK_TABLE("fddir", struct fddir, dir_rows);

static const struct pack_field dirs_rows[] = {
	PACK_ITEMS(struct fddirs, at, &pack_fddir, PACK_COUNTED_BY(struct fddirs, n)),
	PACK_NUMBER(struct fddirs, n),
};
const struct pack_type pack_fddirs = { .name = "fddirs",
				       .size = sizeof(struct fddirs),
				       .fields = dirs_rows,
				       .nfields =
					       sizeof(dirs_rows) / sizeof(dirs_rows[0]),
				       .settle = settle_dirs };

static const struct pack_field fdref_rows[] = {
	PACK_OWN(struct fdref, obj, &pack_fdobj),
};
static const struct pack_type pack_fdref = PACK_TABLE("fdref", struct fdref, fdref_rows);

static const struct pack_field rest_rows[] = {
	PACK_KEPT(struct fdrest, nbytes),
	PACK_NUMBER(struct fdrest, first),
	PACK_NUMBER(struct fdrest, count),
	PACK_NUMBER(struct fdrest, nobjs),
	PACK_KEPT(struct fdrest, places),
	PACK_NUMBER(struct fdrest, streams),
	PACK_NUMBER(struct fdrest, marks),
	PACK_BEHIND(struct fdrest, objs, &pack_fdref,
		    PACK_COUNTED_BY(struct fdrest, nobjs),
		    PACK_PLACES_IN(struct fdrest, places)),
};
const struct pack_type pack_fdrest = { .name = "fdrest",
				       .size = sizeof(struct fdrest),
				       .fields = rest_rows,
				       .nfields =
					       sizeof(rest_rows) / sizeof(rest_rows[0]),
				       .put_head = put_head,
				       .make = make_rest,
				       .settle = settle_rest };
