/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What readers ask of the database: findings, process trees, relations. None
 * of it changes anything; a database that is being written may be read. What
 * returns an int gives 0, or -1 with err, where nothing else is said.
 */
#ifndef AUSPEX_STORE_QUERY_H
#define AUSPEX_STORE_QUERY_H

#include "store/store.h"

/* What findings are sorted by, the least first: names as users write them. */
enum finding_order {
	ORDER_TIME,
	ORDER_SEVERITY,
	ORDER_COUNT,
	ORDER_DETECTOR,
	ORDER_HOST,
	ORDER_CONTAINER,
	ORDER_ID,
	ORDERS
};

/* "time", ...; NULL at ORDERS. */
const char *finding_order_name(enum finding_order order);
/* false: there is none of that name. */
bool finding_order_parse(const char *name, enum finding_order *out);

/* What findings to read; zeroed: all. */
struct finding_filter {
	int64_t id;      /* 0: any */
	const char *uid; /* NULL: any; all else is not looked at then */
	bool has_severity;
	enum severity severity;                              /* at least */
	stamp_ms since, until;                               /* 0: open */
	const char *detector, *technique, *host, *container; /* NULL: any */
	bool suppressed; /* those as well that are not shown by default */
	enum finding_order order;
	bool reverse; /* the greatest first */
};

/* Has the database heard of a detector with that id? */
bool store_knows_detector(struct store *store, const char *id);

struct finding_cursor;

/* In the order of the filter; what is equal in it by first_seen, then id. */
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

/* A container with findings, or one of those that the log named. */
struct container_item {
	const char *host;
	struct finding_container row;
	uint64_t processes, findings;
	bool has_worst;
	enum severity worst; /* of its findings */
};

/* Those with the gravest findings first, at most limit, in arena. */
int store_containers(struct store *store, size_t limit, struct arena *arena,
		     struct container_item **out, size_t *n, struct err *err);

/* What was read and compared with, and what the log could not show: v_health. */
struct health_item {
	const char *kind; /* "source", "manifest", else that of a health_row */
	const char *host, *detail;
	uint64_t count;
	stamp_ms first, last;
};

/* At most limit, in arena. */
int store_health(struct store *store, size_t limit, struct arena *arena,
		 struct health_item **out, size_t *n, struct err *err);

/* What a list of indicators that comes later is held against. */
enum lookback_kind {
	LOOKBACK_CONTENTS,    /* files that were executed or loaded */
	LOOKBACK_FILES,       /* the same of findings whose file's hash is known */
	LOOKBACK_CONNECTIONS, /* with other hosts */
	LOOKBACK_COMMANDS,    /* what was executed, with its arguments */
	LOOKBACK_MAX
};

struct lookback_item {
	const char *host;
	struct finding_process process;
	bool in_container;
	struct finding_container container;
	const char *root; /* or NULL */
	stamp_ms time;
	uint64_t serial;
	/* CONTENTS, FILES */
	const char *path, *digest, *kind, *verdict, *manifest;
	uint64_t size; /* 0: not known */
	/* CONNECTIONS */
	const char *remote_addr, *direction;
	int32_t remote_port; /* -1: not known */
};

struct lookback;

/* All of that kind; to be closed. */
int store_lookback(struct store *store, enum lookback_kind kind, struct lookback **out,
		   struct err *err);
/* 1: *out is filled, its strings in arena; 0: end; -1: error. */
int lookback_next(struct lookback *lookback, struct arena *arena,
		  struct lookback_item *out, struct err *err);
void lookback_close(struct lookback **lookback);

#endif
