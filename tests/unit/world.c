/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit/world.h"

#include <arpa/inet.h>
#include <check.h>
#include <libaudit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/num.h"
#include "base/strbuf.h"

/* One line, taken apart. */
struct line {
	long long pid, ppid;
	char call[32];
	char args[4][24];
	char exit[16];
	const char *node, *ses, *auid, *uid, *exe, *comm, *tty, *argv, *path, *type,
		*mode;
	const char *inode, *dev, *cwd, *fds, *sa, *inet, *inet6, *un, *mmap, *arch, *nr;
	const char *wait, *serial, *title;
	const char *items[8];
	int nitems;
};

#define OPTION(name, field)                        \
	{                                          \
		name, offsetof(struct line, field) \
	}
static const struct {
	const char *name;
	size_t at;
} options[] = {
	OPTION("node=", node),   OPTION("ses=", ses),   OPTION("auid=", auid),
	OPTION("uid=", uid),     OPTION("exe=", exe),   OPTION("comm=", comm),
	OPTION("tty=", tty),     OPTION("argv=", argv), OPTION("path=", path),
	OPTION("type=", type),   OPTION("mode=", mode), OPTION("inode=", inode),
	OPTION("dev=", dev),     OPTION("cwd=", cwd),   OPTION("fds=", fds),
	OPTION("sa=", sa),       OPTION("inet=", inet), OPTION("inet6=", inet6),
	OPTION("unix=", un),     OPTION("mmap=", mmap), OPTION("arch=", arch),
	OPTION("nr=", nr),       OPTION("@", wait),     OPTION("#", serial),
	OPTION("title=", title),
};

void world_init(struct world *w)
{
	*w = (struct world){ .assembler = assembler_new(), .state = state_new() };
	w->ms = 1700000000000;
	w->serial = 100;
}

void world_fini(struct world *w)
{
	for (size_t i = 0; i < w->nknown; i++)
		proc_unref(&w->known[i]);
	state_free(&w->state);
	assembler_free(&w->assembler);
}

/* ---- lines ---- */

static void parse_option(struct line *l, const char *word)
{
	if (strncmp(word, "item=", 5) == 0) {
		ck_assert_int_lt(l->nitems, (int)ARRAY_SIZE(l->items));
		l->items[l->nitems++] = word + 5;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t len = strlen(options[i].name);

		if (strncmp(word, options[i].name, len) != 0)
			continue;
		*(const char **)((char *)l + options[i].at) = word + len;
		return;
	}
	ck_abort_msg("no such option: %s", word);
}

static void copy_to(char *out, size_t size, const char *from, size_t len)
{
	ck_assert_uint_lt(len, size);
	memcpy(out, from, len);
	out[len] = '\0';
}

static void parse_args(struct line *l, const char *at)
{
	for (int i = 0; i < 4; i++) {
		size_t len = strcspn(at, ",)");

		copy_to(l->args[i], sizeof(l->args[i]), len ? at : "0", len ? len : 1);
		at += len + (at[len] == ',');
	}
}

/* Cuts text, which the line's strings then point into. */
static void parse_line(struct line *l, char *text)
{
	char *save = NULL, *word, *paren, *less;

	*l = (struct line){ 0 };
	word = strtok_r(text, " ", &save);
	less = strchr(word, '<');
	ck_assert_msg(less != NULL, "no ppid: %s", word);
	l->pid = strtoll(word, NULL, 10);
	l->ppid = strtoll(less + 1, NULL, 10);
	word = strtok_r(NULL, " ", &save);
	paren = strchr(word, '(');
	ck_assert_msg(paren != NULL, "no call: %s", word);
	copy_to(l->call, sizeof(l->call), word, (size_t)(paren - word));
	parse_args(l, paren + 1);
	ck_assert_str_eq(strtok_r(NULL, " ", &save), "=");
	word = strtok_r(NULL, " ", &save);
	copy_to(l->exit, sizeof(l->exit), word, strlen(word));
	while ((word = strtok_r(NULL, " ", &save)))
		parse_option(l, word);
}

/* ---- records ---- */

static const char *or_else(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

static void begin(const struct world *w, const struct line *l, struct strbuf *out,
		  const char *type)
{
	if (l->node)
		strbuf_printf(out, "node=%s ", l->node);
	strbuf_printf(out, "type=%s msg=audit(%llu.%03llu:%u): ", type,
		      (unsigned long long)w->ms / 1000, (unsigned long long)w->ms % 1000,
		      w->serial);
}

static int number_of(const struct line *l)
{
	int nr = l->nr ? (int)strtol(l->nr, NULL, 10)
		       : audit_name_to_syscall(l->call, MACH_86_64);

	ck_assert_msg(nr >= 0, "no such call: %s", l->call);
	return nr;
}

static void add_syscall(const struct world *w, const struct line *l, struct strbuf *out)
{
	const char *exe = or_else(l->exe, "/usr/bin/bash");
	const char *slash = strrchr(exe, '/');

	begin(w, l, out, "SYSCALL");
	strbuf_printf(out, "arch=%s syscall=%d", or_else(l->arch, "c000003e"),
		      number_of(l));
	if (l->exit[0] != '?')
		strbuf_printf(out, " success=%s exit=%s",
			      l->exit[0] == '-' ? "no" : "yes", l->exit);
	strbuf_printf(
		out,
		" a0=%s a1=%s a2=%s a3=%s items=%d ppid=%lld pid=%lld auid=%s uid=%s "
		"gid=0 euid=%s suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=%s ses=%s "
		"comm=\"%s\" exe=\"%s\" key=\"k\"\n",
		l->args[0], l->args[1], l->args[2], l->args[3],
		(l->path ? 1 : 0) + l->nitems, l->ppid, l->pid, or_else(l->auid, "4200"),
		or_else(l->uid, "0"), or_else(l->uid, "0"), or_else(l->tty, "(none)"),
		or_else(l->ses, "5"), or_else(l->comm, slash ? slash + 1 : exe), exe);
}

static void add_hex(struct strbuf *out, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		strbuf_printf(out, "%02X", ((const unsigned char *)bytes)[i]);
}

/* "%20" -> " "; what the kernel would write in hexadecimal is written so. */
static void add_argument(struct strbuf *out, const char *text, size_t len)
{
	struct strbuf plain;
	bool odd = false;

	strbuf_init(&plain);
	for (size_t i = 0; i < len; i++) {
		char hex[3] = { text[i + 1 < len ? i + 1 : i],
				text[i + 2 < len ? i + 2 : i], '\0' };
		bool coded = text[i] == '%' && i + 2 < len;
		char c = coded ? (char)strtoul(hex, NULL, 16) : text[i];

		odd = odd || c <= ' ' || c == '"' || c == 127;
		strbuf_add_char(&plain, c);
		i += coded ? 2 : 0;
	}
	if (odd)
		add_hex(out, plain.ptr, plain.len);
	else
		strbuf_printf(out, "\"%s\"", strbuf_str(&plain));
	strbuf_fini(&plain);
}

static void add_argv(const struct world *w, const struct line *l, struct strbuf *out)
{
	const char *exe = or_else(l->exe, "/usr/bin/bash");
	const char *slash = strrchr(exe, '/');
	const char *at = or_else(l->argv, slash ? slash + 1 : exe);
	unsigned argc = 1;

	if (strncmp(l->call, "execve", 6) != 0 || l->exit[0] == '-')
		return;
	for (const char *comma = at; (comma = strchr(comma, ',')); comma++)
		argc++;
	begin(w, l, out, "EXECVE");
	strbuf_printf(out, "argc=%u", argc);
	for (unsigned i = 0; i < argc; i++) {
		size_t len = strcspn(at, ",");

		strbuf_printf(out, " a%u=", i);
		add_argument(out, at, len);
		at += len + 1;
	}
	strbuf_add_str(out, "\n");
}

static void add_inet(struct strbuf *out, int family, const char *text)
{
	struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sa = { .sin_family = AF_INET };
	const char *colon = strrchr(text, ':');
	in_port_t port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	char addr[64];

	copy_to(addr, sizeof(addr), text, (size_t)(colon - text));
	sa.sin_port = sa6.sin6_port = port;
	if (family == AF_INET) {
		ck_assert_int_eq(inet_pton(AF_INET, addr, &sa.sin_addr), 1);
		add_hex(out, &sa, sizeof(sa));
	} else {
		ck_assert_int_eq(inet_pton(AF_INET6, addr, &sa6.sin6_addr), 1);
		add_hex(out, &sa6, sizeof(sa6));
	}
}

static void add_sockaddr(const struct world *w, const struct line *l, struct strbuf *out)
{
	if (!l->sa && !l->inet && !l->inet6 && !l->un)
		return;
	begin(w, l, out, "SOCKADDR");
	strbuf_add_str(out, "saddr=");
	if (l->sa)
		strbuf_add_str(out, l->sa);
	else if (l->inet)
		add_inet(out, AF_INET, l->inet);
	else if (l->inet6)
		add_inet(out, AF_INET6, l->inet6);
	else {
		strbuf_add_str(out, "0100");
		add_hex(out, l->un, strlen(l->un) + 1);
	}
	strbuf_add_str(out, "\n");
}

static void add_title(const struct world *w, const struct line *l, struct strbuf *out)
{
	begin(w, l, out, "PROCTITLE");
	if (!l->title) {
		strbuf_add_str(out, "proctitle=\"x\"\n");
		return;
	}
	strbuf_add_str(out, "proctitle=");
	for (const char *at = l->title; *at; at++)
		strbuf_printf(out, "%02X", *at == ',' ? 0 : (unsigned char)*at);
	strbuf_add_str(out, "\n");
}

struct item {
	const char *part[5]; /* name, type, inode, device, mode */
};

static void add_path(const struct world *w, const struct line *l, struct strbuf *out,
		     const struct item *item, int number)
{
	bool null = strcmp(item->part[0], "(null)") == 0;

	begin(w, l, out, "PATH");
	strbuf_printf(out,
		      "item=%d name=%s%s%s inode=%s dev=%s mode=%s ouid=0 ogid=0 "
		      "rdev=00:00 nametype=%s cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 "
		      "cap_frootid=0\n",
		      number, null ? "" : "\"", item->part[0], null ? "" : "\"",
		      item->part[2], item->part[3], item->part[4], item->part[1]);
}

static void add_item(const struct world *w, const struct line *l, struct strbuf *out,
		     int i)
{
	struct item item = { { "", "NORMAL", "77", "fe:00", "0100755" } };
	char text[256], *save = NULL, *word;
	size_t n = 0;

	copy_to(text, sizeof(text), l->items[i], strlen(l->items[i]));
	for (word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		ck_assert_uint_lt(n, ARRAY_SIZE(item.part));
		item.part[n++] = word;
	}
	add_path(w, l, out, &item, i + (l->path ? 1 : 0));
}

static void add_rest(const struct world *w, const struct line *l, struct strbuf *out)
{
	if (l->mmap) {
		begin(w, l, out, "MMAP");
		strbuf_printf(out, "fd=%s flags=0x2\n", l->mmap);
	}
	if (l->fds) {
		begin(w, l, out, "FD_PAIR");
		strbuf_printf(out, "fd0=%.*s fd1=%s\n", (int)strcspn(l->fds, ","), l->fds,
			      strchr(l->fds, ',') + 1);
	}
	add_sockaddr(w, l, out);
	if (l->cwd || l->path || l->nitems) {
		begin(w, l, out, "CWD");
		strbuf_printf(out, "cwd=\"%s\"\n", or_else(l->cwd, "/"));
	}
	if (l->path)
		add_path(w, l, out,
			 &(struct item){ { l->path, or_else(l->type, "NORMAL"),
					   or_else(l->inode, "77"),
					   or_else(l->dev, "fe:00"),
					   or_else(l->mode, "0100644") } },
			 0);
	for (int i = 0; i < l->nitems; i++)
		add_item(w, l, out, i);
	add_title(w, l, out);
}

/* ---- feeding ---- */

static void remember(struct world *w, struct proc *proc)
{
	for (size_t i = 0; i < w->nknown; i++) {
		if (w->known[i] == proc) {
			proc_unref(&proc);
			return;
		}
	}
	ck_assert_uint_lt(w->nknown, WORLD_KNOWN);
	w->known[w->nknown++] = proc;
}

static void take_ready(struct world *w)
{
	const struct event *event;
	uint32_t first_new;
	struct proc *proc;

	while ((event = assembler_next(w->assembler))) {
		state_apply(w->state, event, &w->act);
		if (w->look)
			w->look(w->ctx, w->state, &w->act);
		while ((proc = state_next_changed(w->state, &first_new)))
			remember(w, proc);
	}
}

void world_records(struct world *w, const char *records)
{
	while (*records) {
		size_t len = strcspn(records, "\n");

		assembler_feed(w->assembler, slice_make(records, len));
		records += len + (records[len] == '\n');
	}
	assembler_flush(w->assembler);
	take_ready(w);
}

static void run_line(struct world *w, char *text)
{
	struct strbuf records;
	struct line l;

	parse_line(&l, text);
	w->ms += l.wait ? strtoull(l.wait, NULL, 10) : 1;
	w->serial = l.serial ? (uint32_t)strtoul(l.serial, NULL, 10) : w->serial + 1;
	strbuf_init(&records);
	add_syscall(w, &l, &records);
	add_argv(w, &l, &records);
	add_rest(w, &l, &records);
	world_records(w, strbuf_str(&records));
	strbuf_fini(&records);
}

void world_run(struct world *w, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");
		char text[512];

		copy_to(text, sizeof(text), lines, len);
		lines += len + (lines[len] == '\n');
		if (len)
			run_line(w, text);
	}
}

/* ---- looking ---- */

const struct proc *world_proc(const struct world *w, int64_t pid)
{
	const struct proc *proc = state_find(w->state, "", pid);

	ck_assert_msg(proc != NULL, "process %lld is not there", (long long)pid);
	return proc;
}

const struct proc *world_nth(const struct world *w, int64_t pid, size_t n)
{
	for (size_t i = 0; i < w->nknown; i++) {
		if (w->known[i]->pid == pid && n-- == 0)
			return w->known[i];
	}
	ck_abort_msg("not so many processes had pid %lld", (long long)pid);
	return NULL;
}

size_t world_count(const struct world *w, int64_t pid)
{
	size_t n = 0;

	for (size_t i = 0; i < w->nknown; i++)
		n += w->known[i]->pid == pid;
	return n;
}

static const char *role_name(enum sock_role role)
{
	static const char *const names[] = { "fresh", "connected", "accepted",
					     "listening" };

	return names[role];
}

/* "203.0.113.9:80", or the path of a unix socket. */
static const char *endpoint_name(const struct endpoint *e, char out[128])
{
	if (e->port < 0)
		snprintf(out, 128, "%s", e->addr);
	else
		snprintf(out, 128, "%s:%d", e->addr, e->port);
	return out;
}

static void name_socket(const struct sock *sock, char out[128])
{
	bool unix_peer = sock->remote && sock->remote->family == SOCK_UNIX;
	char remote[128] = "", local[128] = "";

	if (sock->remote)
		endpoint_name(sock->remote, remote);
	if (sock->local && sock->role == SOCK_ACCEPTED)
		endpoint_name(sock->local, local);
	snprintf(out, 128, "%s%s%.40s %s%s%.40s", unix_peer ? "unix" : "socket",
		 remote[0] ? " " : "", remote, role_name(sock->role),
		 local[0] ? " at " : "", local);
}

const char *world_fd(const struct world *w, int64_t pid, int fd, char out[128])
{
	struct proc *proc = (struct proc *)world_proc(w, pid);
	const struct fdent *ent = fdtab_get(proc_files(proc)->fds, fd);
	const struct fdobj *obj = ent ? ent->obj : NULL;
	const struct sock *sock = obj ? fdobj_sock(obj) : NULL;

	if (!obj)
		snprintf(out, 128, "none");
	else if (sock)
		name_socket(sock, out);
	else if (obj->path)
		snprintf(out, 128, "%s %s", fdobj_kind_name(obj->kind), obj->path);
	else
		snprintf(out, 128, "%s %u", fdobj_kind_name(obj->kind),
			 obj->birth.serial);
	return out;
}
