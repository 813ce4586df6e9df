/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SQLite database: the one writer, and queries for readers. Everything
 * is keyed by stable uids, so that storing the same facts again changes
 * nothing. What returns an int gives 0, or -1 with err where nothing else is
 * said. Strings that are put are copied; texts are bytes as they were logged.
 */
#ifndef AUSPEX_STORE_STORE_H
#define AUSPEX_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "finding/finding.h"

struct store;

enum store_mode {
	STORE_READ,
	STORE_WRITE,   /* a commit survives our death, not a power failure */
	STORE_DURABLE, /* each commit is on the disk when it returns */
};

/*
 * Writing creates the file and migrates forward; refuses a file that is not
 * ours (application_id), newer than we are, or held by another writer.
 * STORE_READ changes nothing in it. err names the path.
 */
int store_open(const char *path, enum store_mode mode, struct store **out,
	       struct err *err);
/* The host of what is put without one; "" or NULL: it stays unknown. */
void store_name_host(struct store *store, const char *hostname);
/* Rolls back what was not committed; leaves *store NULL. */
void store_close(struct store **store);

/*
 * Between two transactions of a writer: lets go of the file, so that the
 * process can be forked (https://www.sqlite.org/howtocorrupt.html, section
 * 2.6), and takes it up again. The writer's lock is kept throughout, by the
 * forked process as well. After a failed resume only close and another
 * resume are allowed.
 */
int store_suspend(struct store *store, struct err *err);
int store_resume(struct store *store, struct err *err);
/* In a forked process that will not take it up: the lock is its parent's alone. */
void store_leave(struct store *store);

/*
 * All puts stand between these two. After an error of any of them nothing
 * since store_begin is kept, and store_begin may be tried again.
 */
int store_begin(struct store *store, struct err *err);
int store_commit(struct store *store, struct err *err);
/* Forgets what was put since store_begin. */
void store_rollback(struct store *store);

/* One process; put again when more is known (latest facts win, NULLs keep). */
struct process_row {
	const char *uid, *parent_uid; /* parent_uid NULL: not observed */
	const char *host, *boot;
	int64_t pid, ppid;
	stamp_ms started, ended; /* 0: not known */
	bool start_seen;         /* its fork or clone is in the log */
	bool has_exit;
	int64_t exit_code;
	const char *container_id;
	const char *container_via; /* how it came there: entry exec found; or NULL */
	bool observed;             /* has records of its own */
};

/* One program that a process ran; seq 0 is what it was before its first execve. */
struct image_row {
	const char *process_uid;
	uint32_t seq;
	const char *exe, *comm, *cwd, *tty;
	const char *const *argv;
	size_t argc;
	uint64_t argc_total;
	const char *argv_rest; /* SHA-256 of what of them is not in argv; or NULL */
	uint32_t user_id, gid, auid, ses;
	struct event_id event; /* its execve; serial 0: not seen */
	const char *const
		*env; /* nenv "NAME=VALUE", of those that matter; NULL: unknown */
	size_t nenv;
};

/* A manifest that was compared with. */
struct manifest_row {
	const char *name, *path;
	const char *sha256; /* of the manifest file; NULL: not known */
	uint64_t entries;
};

struct source_row {
	const char *path;
	const char *fingerprint; /* SHA-256 of the first record's line, or NULL */
	uint64_t bytes, records, events, malformed;
	stamp_ms first, last;
};

/* What a log could not show; one row for each (host, kind, first). */
struct health_row {
	const char *host;
	const char *kind; /* "incomplete_events", "malformed_records", ... */
	const char *detail;
	uint64_t count;
	stamp_ms first, last;
};

int store_put_process(struct store *store, const struct process_row *row,
		      struct err *err);
int store_put_image(struct store *store, const struct image_row *row, struct err *err);
/* What is known of a container; NULLs keep what is there. */
int store_put_container(struct store *store, const char *host,
			const struct finding_container *row, struct err *err);
int store_put_manifest(struct store *store, const struct manifest_row *row,
		       struct err *err);
int store_put_source(struct store *store, const struct source_row *row, struct err *err);
int store_put_health(struct store *store, const struct health_row *row, struct err *err);
/*
 * A finding that is there already (by uid) is replaced by what is put, its
 * times only widened; one with less count or evidence than is there is an
 * earlier state of it, and changes nothing but the times.
 */
int store_put_finding(struct store *store, const struct finding *finding,
		      struct err *err);

/* A file that was executed or loaded, and what it holds. */
struct content_row {
	const char *host, *container_id; /* NULL: not known; in none */
	const char *root;                /* of the process; NULL: the host's */
	const char *path;
	const char *digest;   /* SHA-256 or MD5, in hex */
	uint64_t size;        /* 0: not known */
	const char *kind;     /* binary library script */
	const char *verdict;  /* same added modified unjudged */
	const char *manifest; /* or NULL */
	const char *process_uid, *exe;
	int64_t pid;
	stamp_ms time;
	uint64_t serial;
};

/* The same file again changes nothing, but that it was judged. */
int store_put_content(struct store *store, const struct content_row *row,
		      struct err *err);

struct connection_row {
	const char *host, *process_uid, *exe;
	int64_t pid;
	const char *direction; /* outbound inbound */
	const char *remote_addr;
	int32_t remote_port; /* 0: means nothing */
	stamp_ms time;
	uint64_t serial;
};

int store_put_connection(struct store *store, const struct connection_row *row,
			 struct err *err);

/* It has happened count times; never lowers what is there. */
int store_count_finding(struct store *store, const char *uid, uint64_t count,
			stamp_ms last, struct err *err);

/*
 * How far the session of a finding has come: times are widened, commands
 * counted, and those of the list added. Nothing happens where there is no
 * finding of that uid.
 */
int store_put_session(struct store *store, const char *uid,
		      const struct finding_session *session, struct err *err);

/* It is not shown any more unless asked for: why. */
int store_suppress_finding(struct store *store, const char *uid, const char *why,
			   struct err *err);

/* The digest of the file that a finding is about, where it has none yet. */
int store_put_sha256(struct store *store, const char *finding_uid, const char *sha256,
		     struct err *err);

/* What was seen of it while it went on, besides the records. */
int store_confirm_finding(struct store *store, const char *finding_uid, const char *what,
			  struct err *err);

/* The newest process of that pid whose end is not known. */
struct living_row {
	char uid[64];
	stamp_ms started;
	bool start_seen;
	uint32_t seq;   /* of its newest image */
	char exe[4096]; /* of that; "": not known */
};
/* 1: found; 0: none; -1: error. host as in the records, "" for none. */
int store_find_living(struct store *store, const char *host, int64_t pid,
		      struct living_row *out, struct err *err);

#endif
