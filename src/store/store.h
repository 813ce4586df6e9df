/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SQLite database: the one writer, and queries for readers. Everything
 * is keyed by stable uids, so that storing the same facts again changes
 * nothing.
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
	bool observed; /* has records of its own */
};

/* One program that a process ran; seq 0 is what it was before its first execve. */
struct image_row {
	const char *process_uid;
	uint32_t seq;
	const char *exe, *comm, *cwd, *tty;
	const char *const *argv;
	size_t argc;
	uint64_t argc_total;
	uint32_t user_id, gid, auid, ses;
	struct event_id event; /* its execve; serial 0: not seen */
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

/* The digest of the file that a finding is about, where it has none yet. */
int store_put_sha256(struct store *store, const char *finding_uid, const char *sha256,
		     struct err *err);

/* What findings to read; zeroed: all. */
struct finding_filter {
	int64_t id; /* 0: any */
	bool has_severity;
	enum severity severity;                              /* at least */
	stamp_ms since, until;                               /* 0: open */
	const char *detector, *technique, *host, *container; /* NULL: any */
	bool suppressed; /* those as well that are not shown by default */
};

struct finding_cursor;

/* In the order of first_seen, then id. */
int store_findings(struct store *store, const struct finding_filter *filter,
		   struct finding_cursor **out, struct err *err);
/* 1: *out is the next finding (to be freed) and *id its number; 0: end; -1: error. */
int finding_cursor_next(struct finding_cursor *cursor, struct finding **out, int64_t *id,
			struct err *err);
void finding_cursor_close(struct finding_cursor **cursor);

/* Whose trees to read: processes of that kind, all above and all below them. */
enum process_seed {
	SEED_FINDINGS,  /* those of any finding */
	SEED_FINDING,   /* those of finding number */
	SEED_PID,       /* pid number; those that lived at the time, where it is given */
	SEED_SESSION,   /* login session number */
	SEED_CONTAINER, /* in a container of that id (or its beginning), name or pod */
};

struct process_filter {
	enum process_seed seed;
	int64_t number;
	stamp_ms at; /* 0: any time */
	const char *container;
	size_t limit; /* no more processes than these */
};

/* A finding about a process. */
struct process_mark {
	int64_t finding;
	enum severity severity;
	const char *title;
};

struct process_item {
	int64_t id, parent_id; /* parent_id 0: none known */
	bool seed;             /* is what was asked for, not above or below it */
	struct process_row row;
	const char *container;          /* name, or the beginning of the id */
	const struct image_row *images; /* in their order */
	size_t nimages;
	const struct process_mark *marks; /* gravest first */
	size_t nmarks;
};

struct process_cursor;

/* In the order of their ids: a parent may come after its children. */
int store_processes(struct store *store, const struct process_filter *filter,
		    struct process_cursor **out, struct err *err);
/* 1: *out is filled, its strings in arena; 0: end; -1: error. */
int process_cursor_next(struct process_cursor *cursor, struct arena *arena,
			struct process_item *out, struct err *err);
void process_cursor_close(struct process_cursor **cursor);

/* A finding that has to do with another one. */
struct related_finding {
	int64_t id;
	enum severity severity;
	stamp_ms first_seen;
	const char *title, *summary;
	const char *why; /* "same process", "started by it", "same file", ... */
};

/* Those nearest in time, at most limit, in arena; *n: how many. */
int store_related(struct store *store, int64_t id, size_t limit, struct arena *arena,
		  struct related_finding **out, size_t *n, struct err *err);

#endif
