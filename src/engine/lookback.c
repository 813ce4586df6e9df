/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/lookback.h"

#include <string.h>

#include "base/digest.h"
#include "detect/malicious.h"

struct look {
	struct intel_set *intel;
	struct lookback_item item;
	struct arena *arena; /* of the item */
};

static const char *copy(struct finding *f, const char *text)
{
	return text ? arena_strdup(&f->arena, text) : NULL;
}

static void copy_process(struct finding *f, const struct finding_process *from)
{
	struct finding_process *p = arena_zalloc(&f->arena, sizeof(*p));
	const char **argv = arena_zalloc(&f->arena, (from->argc + 1) * sizeof(*argv));

	*p = *from;
	p->uid = copy(f, from->uid);
	p->exe = copy(f, from->exe);
	p->cwd = copy(f, from->cwd);
	p->tty = copy(f, from->tty);
	for (size_t i = 0; i < from->argc; i++)
		argv[i] = copy(f, from->argv[i]);
	p->argv = from->argv ? argv : NULL;
	f->process = p;
}

/* "bash (pid 812)" */
static const char *name_of(struct finding *f, const struct finding_process *p)
{
	struct slice base = slice_basename(slice_str(p->exe));

	return base.len ? arena_printf(&f->arena, "%.*s (pid %lld)", SLICE_FMT(base),
				       (long long)p->pid)
			: arena_printf(&f->arena, "pid %lld", (long long)p->pid);
}

/* what: the last parts of the uid, as the detector makes it. */
static struct finding *start(const struct look *l, enum detector_id id,
			     const struct intel_match *match, const char *what,
			     const char *who, const char *evidence)
{
	const struct lookback_item *it = &l->item;
	struct finding *f = finding_new(id);
	const char *where = it->in_container ? it->container.id : it->root;
	const char *parts[] = { f->detector->id, it->host, where, what, who };
	struct finding_evidence *e;

	f->uid = finding_make_uid(&f->arena, parts, who ? 5 : 4);
	f->host = copy(f, it->host);
	f->first_seen = f->last_seen = it->time;
	f->manifest = copy(f, it->manifest);
	copy_process(f, &it->process);
	if (it->in_container)
		finding_set_container(f, &it->container);
	malicious_describe(f, match);
	if (it->serial) {
		e = arena_zalloc(&f->arena, sizeof(*e));
		e->id = (struct event_id){ f->host, it->time, it->serial };
		e->what = evidence;
		f->evidence = e;
		f->nevidence = 1;
	}
	return f;
}

static struct finding *look_at_file(const struct look *l)
{
	const struct lookback_item *it = &l->item;
	uint64_t size = it->size ? it->size : SIZE_UNKNOWN;
	bool md5 = strlen(it->digest) == MD5_HEX;
	bool library = strcmp(it->kind, "library") == 0;
	struct finding_target *target;
	uint8_t digest[SHA256_LEN];
	struct intel_match match;
	struct finding *f;

	if (!hex_decode(slice_str(it->digest), digest, md5 ? MD5_LEN : SHA256_LEN) ||
	    !intel_find_digest(l->intel, md5 ? IND_MD5 : IND_SHA256, digest, size,
			       it->time, l->arena, &match))
		return NULL;
	f = start(l, malicious_detector(it->kind, it->verdict), &match, it->path, NULL,
		  library ? "mapped executable" : "executed");
	target = arena_zalloc(&f->arena, sizeof(*target));
	target->path = copy(f, it->path);
	target->kind = copy(f, it->kind);
	target->sha256 = md5 ? NULL : copy(f, it->digest);
	target->how = "found by a list that came later";
	f->target = target;
	if (strcmp(it->verdict, "unjudged") == 0)
		f->caveat = "no manifest of its image was given: whether the image holds "
			    "it is not known";
	f->summary = arena_printf(&f->arena, "%s %s %s; %s", name_of(f, &it->process),
				  library ? "loaded" : "was started from", it->path,
				  malicious_words(f, &match));
	return f;
}

static struct finding *look_at_connection(const struct look *l)
{
	const struct lookback_item *it = &l->item;
	bool inbound = strcmp(it->direction, "inbound") == 0;
	struct finding_network *net;
	struct intel_match match;
	struct finding *f;

	if (!intel_find_address(l->intel, it->remote_addr, inbound ? -1 : it->remote_port,
				it->time, l->arena, &match))
		return NULL;
	f = start(l, DETECT_MALICIOUS_ADDRESS_CONTACTED, &match, match.value,
		  it->process.exe ? it->process.exe : "",
		  inbound ? "accepted" : "connected");
	net = arena_zalloc(&f->arena, sizeof(*net));
	net->direction = inbound ? "inbound" : "outbound";
	net->family = strchr(it->remote_addr, ':') ? "inet6" : "inet";
	net->remote_addr = copy(f, it->remote_addr);
	net->remote_port = it->remote_port;
	net->local_port = -1;
	f->network = net;
	f->summary = arena_printf(&f->arena, "%s %s %s, %s", name_of(f, &it->process),
				  inbound ? "was connected to from" : "connected to",
				  it->remote_addr, malicious_words(f, &match));
	return f;
}

static struct finding *look_at_command(const struct look *l)
{
	const struct lookback_item *it = &l->item;
	struct intel_match match;
	struct finding *f;

	if (!malicious_argv(l->intel, it->process.argv, it->process.argc, it->time,
			    l->arena, &match))
		return NULL;
	f = start(l, DETECT_MALICIOUS_URL_OBSERVED, &match, match.value,
		  it->process.exe ? it->process.exe : "", "executed");
	f->summary =
		arena_printf(&f->arena, "%s was started with %s in its arguments, %s",
			     name_of(f, &it->process), match.value,
			     malicious_words(f, &match));
	return f;
}

static int run_one(struct store *store, enum lookback_kind kind, struct look *l,
		   int (*emit)(void *ctx, struct finding *finding, struct err *err),
		   void *ctx, uint64_t *count, struct err *err)
{
	static struct finding *(*const lookers[LOOKBACK_MAX])(const struct look *) = {
		[LOOKBACK_CONTENTS] = look_at_file,
		[LOOKBACK_FILES] = look_at_file,
		[LOOKBACK_CONNECTIONS] = look_at_connection,
		[LOOKBACK_COMMANDS] = look_at_command,
	};
	struct lookback *lookback;
	int rc;

	if (store_lookback(store, kind, &lookback, err) != 0)
		return -1;
	while ((rc = lookback_next(lookback, l->arena, &l->item, err)) > 0) {
		struct finding *f = lookers[kind](l);

		++*count;
		if (f && emit(ctx, f, err) != 0) {
			rc = -1;
			break;
		}
		arena_reset(l->arena);
	}
	lookback_close(&lookback);
	return rc;
}

int lookback_run(struct store *store, struct intel_set *intel,
		 int (*emit)(void *ctx, struct finding *finding, struct err *err),
		 void *ctx, struct lookback_counts *counts, struct err *err)
{
	uint64_t *const to[LOOKBACK_MAX] = {
		[LOOKBACK_CONTENTS] = &counts->contents,
		[LOOKBACK_FILES] = &counts->contents,
		[LOOKBACK_CONNECTIONS] = &counts->connections,
		[LOOKBACK_COMMANDS] = &counts->commands,
	};
	struct arena arena;
	struct look l = { .intel = intel, .arena = &arena };
	int rc = 0;

	arena_init(&arena);
	for (int kind = 0; kind < LOOKBACK_MAX && rc == 0; kind++)
		rc = run_one(store, (enum lookback_kind)kind, &l, emit, ctx, to[kind],
			     err);
	arena_fini(&arena);
	return rc;
}
