/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/xalloc.h"
#include "engine/contents.h"
#include "engine/usernames.h"
#include "state/container.h"
#include "store/query.h"

struct sink {
	struct store *store;
	const struct evidence *evidence;
	const struct config *config;
	struct map *uids;          /* of this run; the value is mark_of() a severity */
	struct contents *contents; /* NULL: none will come */
	void (*found)(void *ctx, const struct finding *finding);
	void *ctx;
	int status;
	struct err err;
};

struct sink *sink_new(struct store *store, const struct evidence *evidence,
		      const struct config *config)
{
	struct sink *sink = xcalloc(1, sizeof(*sink));

	sink->store = store;
	sink->evidence = evidence;
	sink->config = config;
	sink->uids = map_new();
	return sink;
}

void sink_free(struct sink **sinkp)
{
	if (!*sinkp)
		return;
	map_free(&(*sinkp)->uids);
	contents_free(&(*sinkp)->contents);
	free(*sinkp);
	*sinkp = NULL;
}

void sink_tell(struct sink *sink, void (*found)(void *ctx, const struct finding *finding),
	       void *ctx)
{
	sink->found = found;
	sink->ctx = ctx;
}

static void suppress(const struct sink *sink, struct finding *finding)
{
	const struct exception *exception;

	if (finding->suppressed)
		return;
	exception = config_exception(sink->config, finding);
	if (exception)
		finding->suppressed =
			arena_printf(&finding->arena, "exception: %s", exception->reason);
}

void sink_take_contents(struct sink *sink)
{
	sink->contents = contents_new();
}

static bool has_hashes(const struct config *config)
{
	for (size_t i = 0; i < config->nexceptions; i++) {
		if (config->exceptions[i].sha256)
			return true;
	}
	return false;
}

/* An exception may name the hash, which nobody knew when it was found. */
static int suppress_stored(struct sink *sink, const char *uid)
{
	const struct finding_filter filter = { .uid = uid };
	struct finding_cursor *cursor;
	struct finding *f = NULL;
	int64_t id;
	int rc;

	if (store_findings(sink->store, &filter, &cursor, &sink->err) != 0)
		return -1;
	rc = finding_cursor_next(cursor, &f, &id, &sink->err);
	finding_cursor_close(&cursor);
	if (rc > 0 && !f->suppressed) {
		suppress(sink, f);
		rc = f->suppressed ? store_suppress_finding(sink->store, uid,
							    f->suppressed, &sink->err)
				   : 0;
		if (f->suppressed)
			map_del(sink->uids, slice_str(uid));
	}
	finding_free(&f);
	return rc < 0 ? -1 : 0;
}

void sink_content(struct sink *sink, const struct content *content)
{
	const char *uids[CONTENT_FINDINGS];
	size_t n = sink->contents ? contents_take(sink->contents, content, uids) : 0;

	for (size_t i = 0; i < n && sink->status == 0; i++) {
		sink->status = store_put_sha256(sink->store, uids[i], content->sha256,
						&sink->err);
		if (sink->status == 0 && has_hashes(sink->config))
			sink->status = suppress_stored(sink, uids[i]);
	}
}

static void *mark_of(enum severity severity)
{
	return (void *)((uintptr_t)severity + 1);
}

static void take(void *ctx, struct finding *finding)
{
	struct sink *sink = ctx;

	evidence_fill(sink->evidence, finding);
	usernames_fill(finding);
	if (sink->contents)
		contents_fill(sink->contents, finding);
	suppress(sink, finding);
	if (!finding->suppressed) {
		map_put(sink->uids, slice_str(finding->uid), mark_of(finding->severity));
	}
	if (sink->status == 0)
		sink->status = store_put_finding(sink->store, finding, &sink->err);
	if (sink->found)
		sink->found(sink->ctx, finding);
	finding_free(&finding);
}

static void again(void *ctx, const char *uid, uint64_t count, stamp_ms last)
{
	struct sink *sink = ctx;

	if (sink->status == 0)
		sink->status =
			store_count_finding(sink->store, uid, count, last, &sink->err);
}

static void withdraw(void *ctx, const char *uid, const char *why)
{
	struct sink *sink = ctx;

	map_del(sink->uids, slice_str(uid));
	if (sink->status == 0)
		sink->status = store_suppress_finding(sink->store, uid, why, &sink->err);
}

static void session(void *ctx, const char *uid, const struct finding_session *news)
{
	struct sink *sink = ctx;

	if (sink->status == 0)
		sink->status = store_put_session(sink->store, uid, news, &sink->err);
}

static void file(void *ctx, const struct file_fact *fact)
{
	const struct proc *proc = fact->proc;
	const struct container *container = container_of(proc);
	struct sink *sink = ctx;
	struct content_row row = {
		.host = proc->host->node[0] ? proc->host->node : NULL,
		.container_id = container ? container->id : NULL,
		.root = proc->root,
		.path = fact->path,
		.digest = fact->digest,
		.size = fact->size,
		.kind = fact->kind,
		.verdict = fact->verdict,
		.manifest = fact->manifest,
		.process_uid = proc->uid,
		.exe = fact->image->exe,
		.pid = proc->pid,
		.time = fact->at.time,
		.serial = fact->at.serial,
	};

	if (sink->status == 0)
		sink->status = store_put_content(sink->store, &row, &sink->err);
}

/* The machine with itself: nobody will look for that. */
static bool is_own_address(const char *addr)
{
	return strncmp(addr, "127.", 4) == 0 || strcmp(addr, "::1") == 0 ||
	       strncmp(addr, "::ffff:127.", 11) == 0;
}

void sink_activity(struct sink *sink, const struct activity *act)
{
	const struct sock *sock;
	struct connection_row row;

	if (act->kind != ACT_JOIN || !fdobj_is_inet(act->obj))
		return;
	sock = fdobj_sock(act->obj);
	if (!sock->remote || !sock->remote->addr[0] || is_own_address(sock->remote->addr))
		return;
	row = (struct connection_row){
		.host = act->proc->host->node[0] ? act->proc->host->node : NULL,
		.process_uid = act->proc->uid,
		.exe = act->proc->image->exe,
		.pid = act->proc->pid,
		.direction = sock->role == SOCK_ACCEPTED ? "inbound" : "outbound",
		.remote_addr = sock->remote->addr,
		.time = act->at.time,
		.serial = act->at.serial,
	};
	/* A client's own port is another one each time. */
	if (sock->role != SOCK_ACCEPTED && sock->remote->port > 0)
		row.remote_port = sock->remote->port;
	if (sink->status == 0)
		sink->status = store_put_connection(sink->store, &row, &sink->err);
}

struct finding_out sink_out(struct sink *sink)
{
	return (struct finding_out){ take, again, session, withdraw, file, sink };
}

int sink_status(const struct sink *sink, struct err *err)
{
	if (sink->status != 0 && err)
		memcpy(err->msg, sink->err.msg, sizeof(err->msg));
	return sink->status;
}

uint64_t sink_count(const struct sink *sink)
{
	return map_count(sink->uids);
}

bool sink_has(const struct sink *sink, const char *uid)
{
	return map_get(sink->uids, slice_str(uid)) != NULL;
}

bool sink_worst(const struct sink *sink, enum severity *out)
{
	struct map_iter it = { 0 };
	uintptr_t worst = 1;
	void *mark;

	while (map_next(sink->uids, &it, NULL, &mark)) {
		if ((uintptr_t)mark > worst)
			worst = (uintptr_t)mark;
	}
	*out = (enum severity)(worst - 1);
	return map_count(sink->uids) != 0;
}

static const struct pack_field sink_rows[] = {
	PACK_KEPT(struct sink, store),
	PACK_KEPT(struct sink, evidence),
	PACK_KEPT(struct sink, config),
	PACK_MAP(struct sink, uids, NULL, .key = PACK_KEY_BYTES),
	PACK_KEPT(struct sink, contents),
	PACK_KEPT(struct sink, found),
	PACK_KEPT(struct sink, ctx),
	PACK_KEPT(struct sink, status),
	PACK_KEPT(struct sink, err),
};
static const struct pack_type pack_sink = PACK_TABLE("sink", struct sink, sink_rows);

struct pack_root sink_memory(struct sink *sink)
{
	return (struct pack_root){ &pack_sink, sink };
}
