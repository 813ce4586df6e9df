/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/asker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/digest.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "engine/used_file.h"

enum {
	LOADS = 1024,          /* a power of two */
	LOAD_AGAIN_MS = 1000,  /* the C library is loaded by everyone all the time */
	CLOCK_SLACK_MS = 2000, /* /proc counts from the boot, whose time moves */
};

struct question {
	uint64_t id; /* 0: none */
	struct used_file file;
};

/* A file that was asked for because a process loaded it. */
struct load {
	uint64_t key;
	stamp_ms at;
};

/* A finding that may be seen to be so. */
struct doubt {
	uint64_t id; /* 0: none */
	char uid[64];
	char addr[sizeof(((struct sockaddr_info *)0)->addr)];
	int32_t port;
	stamp_ms at;
};

struct asker {
	int socket;
	uint64_t base, next;
	struct doubt doubts[LIMIT_DOUBTS];     /* at id % LIMIT_DOUBTS */
	struct question open[LIMIT_QUESTIONS]; /* at id % LIMIT_QUESTIONS */
	struct load loads[LOADS];
	struct used_file answered; /* lent by asker_answer() */
	char sha256[SHA256_HEX + 1];
	struct ask_message message;
};

struct asker *asker_new(int socket, uint32_t model)
{
	struct asker *a = xcalloc(1, sizeof(*a));

	a->socket = socket;
	/* Answers to a model that is lost must not be taken for ours. */
	a->base = (uint64_t)model << 40;
	return a;
}

static void ask(struct asker *a, const struct activity *act, bool program,
		const char *path, uint64_t dev, uint64_t inode)
{
	uint64_t id = a->base + ++a->next;
	struct question *q = &a->open[id % LIMIT_QUESTIONS];

	q->id = id;
	used_file_set(&q->file, act, program, path, dev, inode);
	ask_start(&a->message, program ? ASK_PROGRAM : ASK_FILE, id);
	a->message.header.pid = act->proc->pid;
	a->message.header.dev = dev;
	a->message.header.inode = inode;
	ask_add(&a->message, "path", path);
	/* A helper that is behind is not waited for: what it misses stays unknown. */
	send(a->socket, &a->message, ask_size(&a->message), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* PATH item 0 is the program itself, unless that is a script's interpreter. */
static bool is_item0(const struct image *image)
{
	return image->name && strcmp(image->name, image->exe) == 0;
}

static bool asked_just_now(struct asker *a, const struct fdobj *obj, stamp_ms now)
{
	uint64_t words[2] = { obj->dev, obj->inode };
	uint64_t key = hash_bytes(words, sizeof(words)) ^
		       hash_bytes(obj->path, strlen(obj->path));
	struct load *load = &a->loads[key & (LOADS - 1)];

	if (load->key == key && now >= load->at && now - load->at < LOAD_AGAIN_MS)
		return true;
	*load = (struct load){ key, now };
	return false;
}

/* What its execve named besides the program: exe is their interpreter. */
static void ask_scripts(struct asker *a, const struct activity *act)
{
	const struct image *image = act->proc->image;

	for (uint32_t i = 0; i < image->nfiles; i++) {
		const struct exec_file *file = &image->files[i];

		if (file->role == EXEC_SCRIPT && file->path)
			ask(a, act, false, file->path, file->dev, file->inode);
	}
}

void asker_activity(struct asker *a, const struct activity *act)
{
	const struct image *image;

	if (a->socket < 0 || !act->proc)
		return;
	image = act->proc->image;
	if (act->kind == ACT_EXEC && image->exe) {
		ask(a, act, true, image->exe, is_item0(image) ? image->dev : 0,
		    is_item0(image) ? image->inode : 0);
		ask_scripts(a, act);
	}
	if (act->kind == ACT_LOAD && act->obj->kind == FDOBJ_FILE && act->obj->path &&
	    !asked_just_now(a, act->obj, act->at.time))
		ask(a, act, false, act->obj->path, act->obj->dev, act->obj->inode);
}

void asker_finding(struct asker *a, const struct finding *finding)
{
	const struct finding_network *net = finding->network;
	struct doubt *doubt;
	uint64_t id;

	if (a->socket < 0 || !net || !net->remote_addr || net->remote_port < 0 ||
	    !finding->process || finding->process->pid <= 0 || finding->suppressed)
		return;
	id = a->base + ++a->next;
	doubt = &a->doubts[id % LIMIT_DOUBTS];
	doubt->id = id;
	doubt->port = net->remote_port;
	doubt->at = finding->last_seen;
	snprintf(doubt->uid, sizeof(doubt->uid), "%s", finding->uid);
	snprintf(doubt->addr, sizeof(doubt->addr), "%s", net->remote_addr);
	ask_start(&a->message, ASK_FDS, id);
	a->message.header.pid = finding->process->pid;
	send(a->socket, &a->message, ask_size(&a->message), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* An IPv4 peer of a socket for both is "::ffff:192.0.2.1" in one of the two. */
static const char *plain_address(const char *addr)
{
	return strncmp(addr, "::ffff:", 7) == 0 && strchr(addr, '.') ? addr + 7 : addr;
}

const char *asker_confirm(struct asker *a, const struct ask_header *header,
			  const struct seed *seed, struct arena *arena,
			  const char **words)
{
	struct doubt *doubt = &a->doubts[header->id % LIMIT_DOUBTS];
	const char *fds = NULL;

	if (header->id == 0 || doubt->id != header->id)
		return NULL;
	doubt->id = 0;
	/* Born later: it is another process. */
	if (seed->started > doubt->at + CLOCK_SLACK_MS)
		return NULL;
	for (size_t i = 0; i < seed->nfds; i++) {
		const struct seed_fd *fd = &seed->fds[i];

		if (fd->kind != FDOBJ_SOCKET || fd->remote.port != doubt->port ||
		    strcmp(plain_address(fd->remote.addr), plain_address(doubt->addr)) !=
			    0)
			continue;
		fds = fds ? arena_printf(arena, "%s, %d", fds, fd->fd)
			  : arena_printf(arena, "%d", fd->fd);
	}
	if (!fds)
		return NULL;
	*words = arena_printf(arena, "/proc/%lld/fd: %s %s the connection to %s port %d",
			      (long long)seed->pid, fds, strchr(fds, ',') ? "are" : "is",
			      doubt->addr, doubt->port);
	return doubt->uid;
}

bool asker_about(struct asker *a, const struct ask_header *header,
		 struct process_facts *out)
{
	const struct question *q = &a->open[header->id % LIMIT_QUESTIONS];

	if (header->id == 0 || q->id != header->id)
		return false;
	*out = (struct process_facts){ .proc = q->file.proc, .image = q->file.image };
	return true;
}

void asker_scan(struct asker *a)
{
	if (a->socket < 0)
		return;
	ask_start(&a->message, ASK_SCAN, 0);
	send(a->socket, &a->message, ask_size(&a->message), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool is_sha256(struct slice s)
{
	return s.len == SHA256_HEX && strspn(s.ptr, "0123456789abcdef") == SHA256_HEX;
}

bool asker_answer(struct asker *a, const struct ask_header *header, struct slice texts,
		  struct content *out)
{
	struct question *q = &a->open[header->id % LIMIT_QUESTIONS];
	struct slice sha256 = ask_get(texts, "sha256");

	if (header->id == 0 || q->id != header->id)
		return false;
	used_file_clear(&a->answered);
	a->answered = q->file;
	*q = (struct question){ 0 };
	if (!is_sha256(sha256))
		return false;
	memcpy(a->sha256, sha256.ptr, sizeof(a->sha256));
	*out = used_file_content(&a->answered);
	out->sha256 = a->sha256;
	return true;
}
