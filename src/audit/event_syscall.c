/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SYSCALL record, and what an event should hold because of it. */
#include <linux/audit.h>
#include <linux/net.h>
#include <string.h>

#include "audit/argv.h"
#include "audit/event_priv.h"
#include "audit/field.h"
#include "audit/names.h"
#include "base/compiler.h"
#include "base/xalloc.h"

/* A SYSCALL record as it is written. */
struct raw_syscall {
	struct event_syscall call;
	struct slice success, exe, comm, key;
};

#define CALL_FIELD(key, as, member) FIELD_SPEC(key, as, struct raw_syscall, call.member)

/* In the order of audit_log_exit() and audit_log_task_info(). */
enum { SPEC_EXIT = 3, SPEC_ITEMS = 8, SPECS_OF_CALL };
static const struct field_spec syscall_specs[] = {
	CALL_FIELD("arch", FIELD_HEX32, arch),
	CALL_FIELD("syscall", FIELD_U32, nr),
	FIELD_SPEC("success", FIELD_RAW, struct raw_syscall, success),
	[SPEC_EXIT] = CALL_FIELD("exit", FIELD_I64, exit),
	CALL_FIELD("a0", FIELD_HEX64, a[0]),
	CALL_FIELD("a1", FIELD_HEX64, a[1]),
	CALL_FIELD("a2", FIELD_HEX64, a[2]),
	CALL_FIELD("a3", FIELD_HEX64, a[3]),
	[SPEC_ITEMS] = CALL_FIELD("items", FIELD_U32, items),
	CALL_FIELD("ppid", FIELD_I64, ppid),
	CALL_FIELD("pid", FIELD_I64, pid),
	CALL_FIELD("auid", FIELD_U32, auid),
	CALL_FIELD("uid", FIELD_U32, uid),
	CALL_FIELD("gid", FIELD_U32, gid),
	CALL_FIELD("euid", FIELD_U32, euid),
	FIELD_SPEC_SKIP("suid"),
	FIELD_SPEC_SKIP("fsuid"),
	CALL_FIELD("egid", FIELD_U32, egid),
	FIELD_SPEC_SKIP("sgid"),
	FIELD_SPEC_SKIP("fsgid"),
	CALL_FIELD("tty", FIELD_RAW, tty),
	CALL_FIELD("ses", FIELD_U32, ses),
	FIELD_SPEC("comm", FIELD_RAW, struct raw_syscall, comm),
	FIELD_SPEC("exe", FIELD_RAW, struct raw_syscall, exe),
	FIELD_SPEC_SKIP("subj"),
	FIELD_SPEC("key", FIELD_RAW, struct raw_syscall, key),
	FIELD_SPEC_SKIP("per"),
};

_Static_assert(ARRAY_SIZE(syscall_specs) <= FIELD_SPECS_MAX, "one bit each");

/* d_path() puts this behind the path of a file without a name. */
static const struct slice deleted = { " (deleted)", 10 };

/*
 * The calls of socketcall's first argument (net/socket.c, SYSCALL_DEFINE2
 * (socketcall)): those that calls.def has.
 */
static const struct {
	uint8_t number; /* SYS_*, linux/net.h */
	uint8_t call;
} socket_calls[] = {
	{ SYS_SOCKET, CALL_SOCKET },
	{ SYS_BIND, CALL_BIND },
	{ SYS_CONNECT, CALL_CONNECT },
	{ SYS_LISTEN, CALL_LISTEN },
	{ SYS_ACCEPT, CALL_ACCEPT },
	{ SYS_ACCEPT4, CALL_ACCEPT4 },
	{ SYS_GETPEERNAME, CALL_GETPEERNAME },
	{ SYS_SOCKETPAIR, CALL_SOCKETPAIR },
	{ SYS_SEND, CALL_SENDTO },
	{ SYS_SENDTO, CALL_SENDTO },
	{ SYS_RECV, CALL_RECVFROM },
	{ SYS_RECVFROM, CALL_RECVFROM },
	{ SYS_SENDMSG, CALL_SENDMSG },
	{ SYS_RECVMSG, CALL_RECVMSG },
};

/* Gives a socketcall the name and the arguments of the call behind it. */
static void resolve_socketcall(const struct event *event, struct event_syscall *out)
{
	struct args {
		uint64_t a[4];
	} args = { 0 };
	static const struct field_spec specs[] = {
		FIELD_SPEC("a0", FIELD_HEX64, struct args, a[0]),
		FIELD_SPEC("a1", FIELD_HEX64, struct args, a[1]),
		FIELD_SPEC("a2", FIELD_HEX64, struct args, a[2]),
		FIELD_SPEC("a3", FIELD_HEX64, struct args, a[3]),
	};
	const struct record *record = event_record(event, AUDIT_SOCKETCALL);

	if (!record)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(socket_calls); i++) {
		if (socket_calls[i].number != out->a[0])
			continue;
		fields_read(record->body, specs, ARRAY_SIZE(specs), &args);
		out->call = socket_calls[i].call;
		memcpy(out->a, args.a, sizeof(out->a));
		return;
	}
}

/* ---- the end of the record, which is the task's ---- */

enum {
	ENDS = 64, /* tasks that take turns, times the rules' keys */
	END_MAX = 448,
	END_MIN = 24,
	/* Without these the record is not as the kernel writes it. */
	CALL_NEEDED = 1 << 0 | 1 << 1 | 0xf << 4 | 1 << SPEC_ITEMS,
};

struct syscall_end {
	size_t len;
	char text[END_MAX];
	struct raw_syscall raw; /* its slices point into text */
};

struct syscall_ends {
	struct syscall_end ends[ENDS];
};

struct syscall_ends *syscall_ends_new(void)
{
	return xcalloc(1, sizeof(struct syscall_ends));
}

static const struct raw_syscall nothing = {
	.call = { .auid = AUDIT_ID_UNSET, .ses = AUDIT_ID_UNSET },
};

/* By what follows "ppid=", mostly both numbers, and the rule's key at the end. */
static struct syscall_end *place_of(struct syscall_ends *ends, struct slice text)
{
	uint64_t a, b, c;

	memcpy(&a, text.ptr + 5, sizeof(a));
	memcpy(&b, text.ptr + 13, sizeof(b));
	memcpy(&c, text.ptr + text.len - sizeof(c), sizeof(c));
	a = (a * 0x9e3779b97f4a7c15u ^ b) * 0xc2b2ae3d27d4eb4fu;
	a = (a ^ a >> 32 ^ c) * 0x9e3779b97f4a7c15u;
	return &ends->ends[a >> 32 & (ENDS - 1)];
}

/* NULL: it has to be read with the rest of its record. */
static const struct syscall_end *read_end(struct syscall_ends *ends, struct slice text)
{
	struct syscall_end *end;
	uint32_t read;

	if (text.len < END_MIN || text.len > END_MAX ||
	    !slice_starts(text, SLICE_LIT("ppid=")))
		return NULL;
	end = place_of(ends, text);
	if (end->len == text.len && memcmp(end->text, text.ptr, text.len) == 0)
		return end;
	memcpy(end->text, text.ptr, text.len);
	end->raw = nothing;
	read = fields_read(slice_make(end->text, text.len), syscall_specs,
			   ARRAY_SIZE(syscall_specs), &end->raw);
	end->len = read & ((1u << SPECS_OF_CALL) - 1) ? 0 : text.len;
	return end->len ? end : NULL;
}

static struct slice moved(struct slice s, const struct syscall_end *end, const char *to)
{
	return s.ptr ? slice_make(to + (s.ptr - end->text), s.len) : s;
}

static void take_end(struct raw_syscall *raw, const struct syscall_end *end,
		     const char *at)
{
	struct event_syscall call = end->raw.call;

	call.arch = raw->call.arch;
	call.nr = raw->call.nr;
	call.exit = raw->call.exit;
	memcpy(call.a, raw->call.a, sizeof(call.a));
	call.items = raw->call.items;
	call.tty = moved(call.tty, end, at);
	raw->call = call;
	raw->comm = moved(end->raw.comm, end, at);
	raw->exe = moved(end->raw.exe, end, at);
	raw->key = moved(end->raw.key, end, at);
}

/* Returns the set of specs that were read; of the end's none. */
static uint32_t read_syscall(struct slice body, struct syscall_ends *ends,
			     struct raw_syscall *raw)
{
	const struct syscall_end *end = NULL;
	struct slice rest = body;
	uint32_t read;

	*raw = nothing;
	read = fields_begin(&rest, syscall_specs, SPECS_OF_CALL, raw);
	if ((read & CALL_NEEDED) == CALL_NEEDED)
		end = read_end(ends, rest);
	if (end) {
		take_end(raw, end, rest.ptr);
		return read;
	}
	*raw = nothing;
	return fields_read(body, syscall_specs, ARRAY_SIZE(syscall_specs), raw);
}

static void decode_syscall(struct event *event, const struct record *record,
			   struct syscall_ends *ends)
{
	struct event_syscall *out = &event->syscall;
	struct raw_syscall raw;
	uint32_t read = read_syscall(record->body, ends, &raw);

	*out = raw.call;
	out->call = call_of(out->arch, out->nr);
	out->success = slice_eq(raw.success, SLICE_LIT("yes"));
	out->has_exit = read & 1u << SPEC_EXIT;
	out->has_key = raw.key.len > 0;
	out->comm = field_text(raw.comm, event->arena);
	out->exe = field_text(raw.exe, event->arena);
	if (slice_ends(out->exe, deleted)) {
		out->exe.len -= deleted.len;
		out->exe_deleted = true;
	}
	if (out->call == CALL_SOCKETCALL)
		resolve_socketcall(event, out);
}

/* Records that only stand beside a SYSCALL record (audit_log_exit()). */
static bool belongs_to_syscall(uint16_t type)
{
	switch (type) {
	case AUDIT_PATH:
	case AUDIT_SOCKETCALL:
	case AUDIT_SOCKADDR:
	case AUDIT_CWD:
	case AUDIT_EXECVE:
	case AUDIT_FD_PAIR:
	case AUDIT_OBJ_PID:
	case AUDIT_BPRM_FCAPS:
	case AUDIT_CAPSET:
	case AUDIT_MMAP:
	case AUDIT_OPENAT2:
	case AUDIT_PROCTITLE: return true;
	default: return false;
	}
}

/* What the kinds of records in an event are, in one pass. */
struct kinds {
	const struct record *syscall;
	uint32_t paths;
	bool execve, proctitle, uring, dependent;
};

static struct kinds look(const struct event *event)
{
	struct kinds k = { 0 };

	for (uint32_t i = 0; i < event->nrecords; i++) {
		const struct record *record = &event->records[i];

		if (record->type == AUDIT_SYSCALL) {
			if (!k.syscall)
				k.syscall = record;
			continue;
		}
		k.paths += record->type == AUDIT_PATH;
		k.execve |= record->type == AUDIT_EXECVE;
		k.proctitle |= record->type == AUDIT_PROCTITLE;
		k.uring |= record->type == AUDIT_URINGOP;
		k.dependent |= belongs_to_syscall(record->type);
	}
	return k;
}

static uint32_t syscall_missing(const struct event *event, const struct kinds *k)
{
	const struct event_syscall *call = &event->syscall;
	uint32_t missing = 0;

	if (call->items > k->paths)
		missing |= EVENT_NO_PATH;
	if ((call->call == CALL_EXECVE || call->call == CALL_EXECVEAT) && call->success &&
	    !k->execve)
		missing |= EVENT_NO_EXECVE;
	return missing;
}

void event_finish(struct event *event, bool proctitle, struct syscall_ends *ends)
{
	struct kinds k = look(event);

	if (k.syscall) {
		event->has_syscall = true;
		decode_syscall(event, k.syscall, ends);
		event->missing |= syscall_missing(event, &k);
		if (proctitle && !k.proctitle)
			event->missing |= EVENT_NO_PROCTITLE;
	} else if (k.dependent && !k.uring) {
		event->missing |= EVENT_NO_SYSCALL;
	}
	if (k.execve && !argv_complete(event))
		event->missing |= EVENT_NO_ARGS;
}
