/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make_store FILE PROCESSES FINDINGS: a database of that size, written as
 * analyze writes one. Its content is the same every time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "store/store.h"

enum {
	BATCH = 20000, /* rows in a transaction */
	HOSTS = 3,
	CONTAINERS = 200,
	SESSIONS = 5000,
	CHAIN = 6,
	EVIDENCE = 6,
	STEP = 80, /* ms between two processes: a day for a million */
};

static const stamp_ms begin = 1795000000000;

struct maker {
	struct store *store;
	uint64_t n, findings;
	uint64_t state; /* of the random numbers */
};

static uint64_t below(struct maker *m, uint64_t n)
{
	m->state = m->state * 6364136223846793005u + 1442695040888963407u;
	return (m->state >> 33) % n;
}

static _Noreturn void fail(const struct err *err)
{
	fprintf(stderr, "make_store: %s\n", err->msg);
	exit(1);
}

static const char *const programs[] = {
	"/usr/bin/bash", "/usr/bin/sed",  "/usr/bin/gcc",    "/usr/bin/python3.11",
	"/usr/bin/git",  "/usr/bin/make", "/usr/sbin/nginx", "/usr/bin/cat",
	"/usr/bin/grep", "/usr/bin/find", "/usr/sbin/sshd",  "/usr/bin/curl",
	"/usr/bin/ls",   "/usr/bin/dpkg", "/usr/sbin/cron",  "/usr/bin/sleep",
};

static const char *name_host(uint64_t i, char out[16])
{
	snprintf(out, 16, "node%llu", (unsigned long long)(i % HOSTS));
	return out;
}

static const char *name_uid(uint64_t i, char out[40])
{
	snprintf(out, 40, "%032llx", (unsigned long long)i);
	return out;
}

static const char *name_container(uint64_t i, char out[72])
{
	snprintf(out, 72, "%064llx", (unsigned long long)(i % CONTAINERS) + 1);
	return out;
}

/* Every fifth process lives in a container. */
static bool contained(uint64_t i)
{
	return i % 5 == 0;
}

static void put_containers(struct maker *m, struct err *err)
{
	for (uint64_t i = 0; i < CONTAINERS; i++) {
		char id[72], host[16], name[32], pod[32];
		struct finding_container c = { .id = name_container(i, id),
					       .name = name,
					       .image = "registry/shop:1.4",
					       .pod = pod,
					       .ns = "shop",
					       .runtime = "containerd" };

		snprintf(name, sizeof(name), "web%llu", (unsigned long long)i);
		snprintf(pod, sizeof(pod), "web-%llu", (unsigned long long)i);
		if (store_put_container(m->store, name_host(i, host), &c, err) != 0)
			fail(err);
	}
}

/* Jobs of four below their shell; shells below one that came before. */
static uint64_t parent_of(uint64_t i)
{
	return i % 4 ? i - i % 4 : i / 8 & ~3ull;
}

static void put_process(struct maker *m, uint64_t i, struct err *err)
{
	char uid[40], up[40], host[16], id[72], number[24];
	const char *exe = programs[below(m, ARRAY_SIZE(programs))];
	const char *argv[] = { exe, "--job", number, "-o", "/srv/build/out.o", NULL };
	stamp_ms at = begin + (stamp_ms)i * STEP;
	struct process_row row = { .uid = name_uid(i, uid),
				   .host = name_host(i, host),
				   .boot = "0",
				   .pid = (int64_t)(2 + i % 4000000),
				   .started = at,
				   .ended = at + (stamp_ms)below(m, 60000),
				   .start_seen = true,
				   .has_exit = true,
				   .exit_code = below(m, 50) == 0,
				   .observed = true };
	struct image_row image = { .process_uid = uid,
				   .seq = 1,
				   .exe = exe,
				   .comm = "job",
				   .cwd = "/srv/build",
				   .tty = "(none)",
				   .argv = argv,
				   .argc = 5,
				   .argc_total = 5,
				   .user_id = (uint32_t)(i % 40 == 0 ? 33 : 1000),
				   .auid = 1000,
				   .ses = (uint32_t)(i % SESSIONS),
				   .event = { NULL, at, i + 1 } };

	snprintf(number, sizeof(number), "%llu", (unsigned long long)i);
	if (i > 0)
		row.parent_uid = name_uid(parent_of(i), up);
	if (contained(i))
		row.container_id = name_container(i, id);
	if (i % 10007 == 0)
		image.exe = "/tmp/.x/kworkerd";
	if (store_put_process(m->store, &row, err) != 0 ||
	    store_put_image(m->store, &image, err) != 0)
		fail(err);
}

static struct finding_process *describe(struct finding *f, uint64_t i, int64_t pid)
{
	struct finding_process *p = arena_zalloc(&f->arena, sizeof(*p));
	char uid[40];

	p->uid = arena_strdup(&f->arena, name_uid(i, uid));
	p->pid = pid;
	p->exe = programs[i % ARRAY_SIZE(programs)];
	p->user_id = 1000;
	p->auid = 1000;
	p->ses = (uint32_t)(i % SESSIONS);
	p->observed = true;
	return p;
}

static const struct finding_evidence *prove(struct finding *f, uint64_t i)
{
	struct finding_evidence *e = arena_zalloc(&f->arena, EVIDENCE * sizeof(*e));

	for (int k = 0; k < EVIDENCE; k++) {
		e[k].id.time = begin + (stamp_ms)i * STEP;
		e[k].id.serial = i * EVIDENCE + (uint64_t)k;
		e[k].what = "connected";
		e[k].raw =
			"type=SYSCALL msg=audit(1795000000.000:1): arch=c000003e "
			"syscall=42 success=yes exit=0 a0=3 a1=7ffd a2=10 a3=0 items=0 "
			"ppid=800 pid=812 auid=1000 uid=1000 gid=1000 euid=1000 "
			"tty=(none) ses=3 comm=\"bash\" exe=\"/usr/bin/bash\" key=\"x\"\n"
			"type=SOCKADDR msg=audit(1795000000.000:1): "
			"saddr=0200115CCB007109000000000000";
	}
	return e;
}

static void put_finding(struct maker *m, uint64_t k, struct err *err)
{
	uint64_t i = k * (m->n / m->findings) + below(m, m->n / m->findings);
	enum detector_id detector = (enum detector_id)(k % DETECTOR_MAX);
	struct finding *f = finding_new(detector);
	struct finding_container container = { .runtime = "containerd" };
	struct finding_network network = { .direction = "outbound",
					   .family = "inet",
					   .remote_port = 4444,
					   .local_port = -1,
					   .mechanism = "dup" };
	struct finding_target target = { .kind = "binary", .how = "which is new" };
	const struct finding_process *chain[CHAIN];
	char uid[40], host[16], id[72], addr[32], path[48], sha[80];

	f->uid = name_uid(k + 1000000000, uid);
	f->host = name_host(i, host);
	f->severity = (enum severity)(k % SEV_MAX);
	f->first_seen = f->last_seen = begin + (stamp_ms)i * STEP;
	f->summary = "bash (pid 812) reads its input from and writes its output to "
		     "203.0.113.9:4444";
	f->process = describe(f, i, (int64_t)(2 + i % 4000000));
	for (int c = 0; c < CHAIN; c++)
		chain[c] = describe(f, i / (uint64_t)(c + 2), 800 + c);
	f->ancestry = chain;
	f->nancestry = CHAIN;
	f->evidence = prove(f, i);
	f->nevidence = EVIDENCE;
	snprintf(addr, sizeof(addr), "203.0.113.%llu", (unsigned long long)(k % 250));
	network.remote_addr = addr;
	snprintf(path, sizeof(path), "/tmp/.x/%llu", (unsigned long long)(k % 700));
	target.path = path;
	snprintf(sha, sizeof(sha), "%064llx", (unsigned long long)(k % 700));
	target.sha256 = sha;
	if (k % 2)
		f->network = &network;
	else
		f->target = &target;
	container.id = name_container(i, id);
	if (contained(i))
		f->container = &container;
	if (store_put_finding(m->store, f, err) != 0)
		fail(err);
	finding_free(&f);
}

/* All rows of a kind, in transactions of bounded size. */
static void put_all(struct maker *m, uint64_t n,
		    void (*put)(struct maker *, uint64_t, struct err *), struct err *err)
{
	for (uint64_t i = 0; i < n; i++) {
		if (i % BATCH == 0 && store_begin(m->store, err) != 0)
			fail(err);
		put(m, i, err);
		if ((i % BATCH == BATCH - 1 || i == n - 1) &&
		    store_commit(m->store, err) != 0)
			fail(err);
	}
}

int main(int argc, char **argv)
{
	struct maker m = { .state = 1 };
	struct err err;

	if (argc != 4) {
		fputs("usage: make_store FILE PROCESSES FINDINGS\n", stderr);
		return 2;
	}
	m.n = strtoull(argv[2], NULL, 10);
	m.findings = strtoull(argv[3], NULL, 10);
	if (m.n == 0 || m.findings == 0 || m.findings > m.n)
		return 2;
	if (store_open(argv[1], STORE_WRITE, &m.store, &err) != 0 ||
	    store_begin(m.store, &err) != 0)
		fail(&err);
	put_containers(&m, &err);
	if (store_commit(m.store, &err) != 0)
		fail(&err);
	put_all(&m, m.n, put_process, &err);
	put_all(&m, m.findings, put_finding, &err);
	store_close(&m.store);
	return 0;
}
