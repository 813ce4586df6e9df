/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One audit event: all records with the same (node, time, serial), and what
 * they say, decoded when asked. The assembler makes events and owns them;
 * an event and every slice that it gave are valid until the assembler is
 * asked for the next one.
 */
#ifndef AUSPEX_AUDIT_EVENT_H
#define AUSPEX_AUDIT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/record.h"
#include "base/arena.h"
#include "finding/finding.h"

/* How an event came to its end. */
enum event_end {
	EVENT_COMPLETE,
	EVENT_TIMEOUT,  /* too many later records went by */
	EVENT_OVERFLOW, /* a limit was reached */
	EVENT_FLUSH,    /* the input ended */
	EVENT_END_MAX
};

/* What an event should hold and does not: bits of event.missing. */
enum event_missing {
	EVENT_NO_SYSCALL = 1 << 0,   /* has PATH, CWD, EXECVE... but no SYSCALL */
	EVENT_NO_PROCTITLE = 1 << 1, /* a syscall event without its last record */
	EVENT_NO_PATH = 1 << 2,      /* fewer PATH records than items= says */
	EVENT_NO_EXECVE = 1 << 3,    /* a successful execve without arguments */
	EVENT_NO_ARGS = 1 << 4,      /* fewer arguments than argc= says */
	EVENT_CUT = 1 << 5,          /* records dropped or shortened at a limit */
	EVENT_REST = 1 << 6,         /* the rest of an event that had gone before */
};

/*
 * The SYSCALL record. Strings are decoded; empty slice: absent or (null).
 * socketcall of 32-bit programs is given as the call that it stands for
 * (CALL_CONNECT...), with that call's arguments in a, where its SOCKETCALL
 * record is there; nr is left as recorded.
 */
struct event_syscall {
	uint32_t arch; /* AUDIT_ARCH_*, 0: none */
	uint32_t nr;   /* number in that arch's table */
	int call;      /* enum call: the same call on every arch (names.h) */
	bool success;  /* success=yes */
	bool has_exit; /* exit_group and killed calls have none */
	int64_t exit;
	uint64_t a[4];
	uint32_t items;
	int64_t pid, ppid;
	uint32_t auid, uid, gid, euid, egid, ses;
	struct slice tty, comm, exe;
	bool exe_deleted; /* the kernel's " (deleted)" was cut from exe */
	bool has_key;     /* key= is there, which the kernel writes last */
};

enum path_type { PATH_UNKNOWN, PATH_NORMAL, PATH_PARENT, PATH_CREATE, PATH_DELETE };

struct event_path {
	struct slice name; /* decoded; empty and has_name false for (null) */
	bool has_name;
	uint32_t item;
	enum path_type type;
	uint64_t inode; /* 0: none recorded */
	uint32_t dev_major, dev_minor;
	uint32_t mode; /* with file type bits; 0: none recorded */
	uint32_t ouid, ogid;
};

struct event_memo;

struct event {
	struct slice node;
	stamp_ms time;
	uint32_t serial;
	enum event_end end;
	uint32_t missing;       /* enum event_missing */
	struct record *records; /* in order of arrival */
	uint32_t nrecords;
	bool has_syscall; /* a SYSCALL record is there: syscall is valid */
	struct event_syscall syscall;
	/* The rest is decoded by the functions below. */
	struct arena *arena;     /* for what decoding must copy; freed with the event */
	struct event_memo *memo; /* what they have decoded already */
};

/* All records' lines, a newline between each two: so the assembler lays them. */
struct slice event_lines(const struct event *event);

/* The first record of that type, or NULL. */
const struct record *event_record(const struct event *event, uint16_t type);

/* The decoded current directory; empty when there is none. */
struct slice event_cwd(const struct event *event);

/* The PATH records (at most LIMIT_PATHS) in the order of item=. Returns the count. */
uint32_t event_paths(const struct event *event, const struct event_path **out);

/*
 * Of a symlink(at): the link with its own name, and what it leads to. The
 * kernel takes the item of the target for the link's where the target's name
 * fits behind the length of the link's directory (audit_compare_dname_path() in
 * kernel/auditfilter.c): the link is then called by the directory's item.
 * false: the records do not tell.
 */
bool event_symlink(const struct event *event, struct event_path *link,
		   struct slice *target);

/*
 * The arguments of the EXECVE records, pieces joined, in the event's arena.
 * argv: kept arguments as slices; argc: how many; total: what argc= says.
 * rest_sha256: of the bytes behind those that are kept, each argument with its
 * NUL, as in /proc/PID/cmdline; NULL: all is kept, or records are missing.
 * false when there is no EXECVE record.
 */
struct event_argv {
	struct slice *argv;
	uint32_t argc; /* at most LIMIT_ARGS_KEPT */
	uint64_t total;
	const char *rest_sha256;
	bool cut; /* some argument or byte is not here */
};
bool event_argv(const struct event *event, struct event_argv *out);

/* The SOCKADDR record's bytes; false when there is none or it is no hex. */
bool event_sockaddr(const struct event *event, struct slice *out);
/* FD_PAIR (pipe, socketpair). */
bool event_fd_pair(const struct event *event, int64_t fds[2]);
/* MMAP: fd and flags. */
bool event_mmap(const struct event *event, int64_t *fd, uint64_t *flags);

/*
 * The value of a field in any record of that type, decoded (quotes off, hex
 * undone where the kernel encodes the field so). Empty when absent.
 */
struct slice event_field(const struct event *event, uint16_t type, const char *key);
/* The same for what is inside of msg='...', which only its sender vouches for. */
struct slice event_inner(const struct event *event, uint16_t type, const char *key);

/* The keys of the rules that made the event: at most max, their count comes back. */
uint32_t event_keys(const struct event *event, struct slice *out, uint32_t max);

#endif
