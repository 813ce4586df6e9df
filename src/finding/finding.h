/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a detector says: plain data, below the detectors that make it and
 * the store and reports that take it. A finding owns an arena in which all
 * of its strings live. Strings are NUL-terminated bytes as the records hold
 * them (not escaped, not necessarily UTF-8); NULL means "not known", and
 * what is not known is not guessed.
 */
#ifndef AUSPEX_FINDING_FINDING_H
#define AUSPEX_FINDING_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "finding/catalog.h"

enum { AUDIT_ID_UNSET = 0xffffffffu }; /* auid and ses that nobody set */

/* Milliseconds since 1970, UTC, as in audit(SEC.MSEC:SERIAL). */
typedef int64_t stamp_ms;

/* The name of one audit event. */
struct event_id {
	const char *node; /* NULL where the log has no node= */
	stamp_ms time;
	uint64_t serial;
};

struct finding_process {
	const char *uid; /* stable over re-runs; see state/proc.h */
	int64_t pid, ppid;
	const char *exe, *comm, *cwd, *tty;
	const char *const *argv; /* argc strings, NULL-terminated array */
	size_t argc;             /* arguments kept */
	uint64_t argc_total;     /* arguments there were */
	const char *argv_rest;   /* SHA-256 of what of them is not kept; or NULL */
	const char *uid_name;    /* from an enriched log only */
	uint32_t user_id, auid, ses;
	stamp_ms started; /* first seen; 0: not known */
	bool observed;    /* false: only its pid is known */
	/* nenv "NAME=VALUE", of those that matter; NULL: not known */
	const char *const *env;
	size_t nenv;
};

/* The file that a finding is about. */
struct finding_target {
	const char *path;
	const char *kind;            /* binary library script memfd */
	const char *sha256;          /* 64 hex digits */
	const char *expected_sha256; /* what the manifest holds */
	const char *how;             /* the evidence for the verdict, a short clause */
	const struct finding_process *writer;
	const char *origin; /* URL or peer that the writer took it from */
};

struct finding_network {
	const char *direction;                /* outbound inbound unknown */
	const char *family;                   /* inet inet6 unix */
	const char *remote_addr, *local_addr; /* or socket path */
	int32_t remote_port, local_port;      /* -1: not known */
	const char *mechanism; /* dup dup2 dup3 fcntl inherited accept pipe pty ... */
	const int *fds;
	size_t nfds;
	const char *path; /* "203.0.113.9:4444 ⇄ nc (812) ⇄ pipe ⇄ bash (815)" */
};

struct finding_container {
	const char *id, *name, *image, *image_digest, *pod, *ns, *runtime;
	const char *via; /* how the process came there: entry exec found; or NULL */
};

struct finding_evidence {
	struct event_id id;
	const char *what; /* "dup2 3 -> 0" */
	const char *raw;  /* the event's records, '\n' between; NULL: not kept */
};

/* A program that was run in a session. */
struct finding_command {
	const char *uid; /* of its process */
	uint32_t seq;    /* of that process's programs, from its beginning */
	int64_t pid;
	const char *exe, *comm;
	const char *const *argv;
	size_t argc;
	uint64_t argc_total;
	stamp_ms time, ended; /* 0: not known */
	uint64_t serial;      /* of its execve; 0: not seen */
	bool has_exit;
	int64_t exit_code;
};

enum { LIMIT_FINDING_COMMANDS = 1000 }; /* kept of one session; the others count */

/* What goes on in a shell that a finding is about. */
struct finding_session {
	stamp_ms started, last, ended; /* ended 0: not seen */
	uint64_t commands;             /* that were run; count may be less */
	const struct finding_command *list;
	size_t n;
};

/* What a list of indicators says of the file, URL or address. */
struct finding_indicator {
	const char *kind;  /* md5 sha1 sha256 url domain address */
	const char *value; /* as the list has it */
	const char *name;  /* the family, or whatever it is called */
	const char *author, *source;
	stamp_ms imported; /* 0: just now, for this run */
};

struct finding {
	struct arena arena;
	const struct detector_info *detector; /* catalog.h; never NULL */
	const char *uid; /* 32 hex digits, stable over re-runs on the same log */
	enum severity severity;
	enum confidence confidence;
	const enum technique *techniques;
	size_t ntechniques;
	stamp_ms first_seen, last_seen;
	uint64_t count;
	const char *host;       /* NULL: the log does not say */
	const char *summary;    /* one sentence for a person */
	const char *caveat;     /* what was not seen, where confidence is not high */
	const char *confirmed;  /* what else than the records shows it; NULL: nothing */
	const char *suppressed; /* why it is not shown unless asked for; NULL: it is */
	const struct finding_process *process;
	const struct finding_process *const *ancestry; /* parent first */
	size_t nancestry;
	const struct finding_target *target;
	const struct finding_network *network;
	const struct finding_container *container;
	const struct finding_session *session;
	const struct finding_indicator *indicator;
	const char *manifest; /* what it was judged against */
	const struct finding_evidence *evidence;
	size_t nevidence;
};

/* Everything but detector, severity and techniques (the catalog's) unset. */
struct finding *finding_new(enum detector_id detector);
/* The same for one that is not in the catalog; info is borrowed. */
struct finding *finding_new_of(const struct detector_info *info);
/* A copy of from becomes its container. */
void finding_set_container(struct finding *finding, const struct finding_container *from);
/* Leaves *finding NULL; NULL is allowed. */
void finding_free(struct finding **finding);

/*
 * The stable uid: a digest over the detector's id and the given parts in
 * their order; NULL parts count as absent. Returns 32 hex digits in arena.
 */
char *finding_make_uid(struct arena *arena, const char *const *parts, size_t nparts);

#endif
