/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the world model takes when somebody tries: each scenario is fed as
 * records of the kernel's form, in a process of its own, and the peak of its
 * memory is printed beside what the model counts and what it had to forget.
 *   state_limits [--save] [SCENARIO [COUNT]]
 * Exits 1 where a scenario went over 256 MiB. --save: what it then takes a
 * forked process to save it, as the plugin's does.
 */
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/assemble.h"
#include "base/clock.h"
#include "base/compiler.h"
#include "base/num.h"
#include "base/zip.h"
#include "state/save.h"
#include "state/state.h"
#include "store/resume.h"

enum {
	MIB = 1 << 20,
	LIMIT_MIB = 256,
	TOLD_EVERY = 50000,
	TOLD_FULL = 2000,
	TEXT = 16384
};

struct stream {
	struct assembler *assembler;
	struct state *state;
	uint32_t serial;
	uint64_t events, untold;
	char node[32]; /* "": none */
	char text[TEXT];
};

/* As the engine does between two commits. */
static void tell(struct stream *f)
{
	struct proc *proc;
	uint32_t first_new;

	while ((proc = state_next_changed(f->state, &first_new)))
		proc_unref(&proc);
	f->untold = 0;
}

static void take(struct stream *f)
{
	struct activity act;
	struct event *event;

	while ((event = assembler_next(f->assembler))) {
		state_apply(f->state, event, &act);
		f->events++;
		if (++f->untold == TOLD_EVERY ||
		    (f->untold > TOLD_FULL && state_wants_store(f->state)))
			tell(f);
	}
}

PRINTF_LIKE(3, 4)
static void record(struct stream *f, const char *type, const char *format, ...)
{
	va_list args;
	int n = snprintf(f->text, TEXT, "%s%s%stype=%s msg=audit(%u.%03u:%u): ",
			 f->node[0] ? "node=" : "", f->node, f->node[0] ? " " : "", type,
			 1795000000 + f->serial / 1000, f->serial % 1000, f->serial);

	va_start(args, format);
	n += vsnprintf(f->text + n, (size_t)(TEXT - n), format, args);
	va_end(args);
	assembler_feed(f->assembler, slice_make(f->text, (size_t)n));
}

static void call(struct stream *f, int pid, int ppid, int nr, long exit, const char *args,
		 const char *exe)
{
	f->serial++;
	record(f, "SYSCALL",
	       "arch=c000003e syscall=%d success=yes exit=%ld %s items=0 ppid=%d pid=%d "
	       "auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 "
	       "sgid=1000 fsgid=1000 tty=(none) ses=3 comm=\"%s\" exe=\"%s\" key=\"auspex\"",
	       nr, exit, args, ppid, pid, strrchr(exe, '/') + 1, exe);
}

static void end(struct stream *f)
{
	record(f, "PROCTITLE", "proctitle=\"x\"");
	take(f);
}

static const char bash[] = "/usr/bin/bash", worker[] = "/usr/sbin/workerd";

static void fork_child(struct stream *f, int pid, int ppid, int child, const char *exe)
{
	call(f, pid, ppid, 56, child, "a0=1200011 a1=0 a2=0 a3=7f5c2d0aaa10", exe);
	end(f);
}

static void exec_worker(struct stream *f, int pid, int ppid, size_t padding)
{
	call(f, pid, ppid, 59, 0, "a0=55d0c1 a1=55d0c2 a2=55d0c3 a3=8", worker);
	record(f, "EXECVE", "argc=3 a0=\"workerd\" a1=\"--instance=%d\" a2=\"%0*d\"", pid,
	       (int)padding, 7);
	record(f, "CWD", "cwd=\"/srv/app/instance-%d\"", pid);
	record(f, "PATH",
	       "item=0 name=\"%s\" inode=131 dev=fe:00 mode=0100755 ouid=0 "
	       "ogid=0 rdev=00:00 nametype=NORMAL",
	       worker);
	record(f, "PATH",
	       "item=1 name=\"/lib64/ld-linux-x86-64.so.2\" inode=132 dev=fe:00 "
	       "mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL");
	end(f);
}

static void open_file(struct stream *f, int pid, int ppid, long fd, int inode,
		      const char *name)
{
	call(f, pid, ppid, 257, fd, "a0=ffffff9c a1=55d0c1 a2=441 a3=1b6", worker);
	record(f, "CWD", "cwd=\"/srv/app\"");
	record(f, "PATH",
	       "item=0 name=\"%s%d\" inode=%d dev=fe:00 mode=0100644 ouid=0 "
	       "ogid=0 rdev=00:00 nametype=CREATE",
	       name, inode, inode);
	end(f);
}

static void connect_socket(struct stream *f, int pid, int ppid, long fd, int n)
{
	char args[64];

	call(f, pid, ppid, 41, fd, "a0=2 a1=1 a2=0 a3=0", worker);
	end(f);
	snprintf(args, sizeof(args), "a0=%lx a1=7ffd a2=10 a3=0", fd);
	call(f, pid, ppid, 42, 0, args, worker);
	record(f, "SOCKADDR", "saddr=020001BB0A%02X%02X%02X0000000000000000",
	       n >> 16 & 255, n >> 8 & 255, n & 255);
	end(f);
}

/* A program of its own, below the shell 900. */
static void start_service(struct stream *f, int pid)
{
	fork_child(f, 900, 1, pid, bash);
	exec_worker(f, pid, 900, 8);
}

static void dup_to(struct stream *f, int pid, int from, int to)
{
	char args[64];

	snprintf(args, sizeof(args), "a0=%x a1=%x a2=0 a3=0", from, to);
	call(f, pid, 900, 33, to, args, worker);
	end(f);
}

static void exit_group(struct stream *f, int pid, int ppid, const char *exe)
{
	call(f, pid, ppid, 231, 0, "a0=0 a1=0 a2=0 a3=0", exe);
	end(f);
}

/* ---- scenarios ---- */

/* Services: each its own program, arguments, directory, file and connection. */
static void services(struct stream *f, int count)
{
	for (int i = 0; i < count; i++) {
		int pid = 1000 + i;

		start_service(f, pid);
		open_file(f, pid, 900, 3, 1000 + i, "/var/log/app/instance.log.");
		connect_socket(f, pid, 900, 4, i);
	}
}

/* The same with two files each, of names that none of the others has. */
static void two_files(struct stream *f, int count)
{
	for (int i = 0; i < count; i++) {
		int pid = 1000 + i;

		start_service(f, pid);
		open_file(f, pid, 900, 3, 1000 + i, "/var/lib/worker/state/instance-");
		open_file(f, pid, 900, 4, 2000 + i, "/var/log/worker/instance.log.");
	}
}

/* Workers of a server that hold what it opened, and have said one word. */
static void workers(struct stream *f, int count)
{
	exec_worker(f, 900, 1, 8);
	open_file(f, 900, 1, 3, 1, "/var/log/app.log.");
	connect_socket(f, 900, 1, 4, 1);
	for (int i = 0; i < count; i++) {
		fork_child(f, 900, 1, 1000 + i, worker);
		call(f, 1000 + i, 900, 288, -11, "a0=4 a1=0 a2=0 a3=0", worker);
		end(f);
	}
}

/* :(){ :|:& };: */
static void bomb(struct stream *f, int count)
{
	for (int i = 1; i < count; i++) {
		int parent = 1000 + (i - 1) / 2, up = 1000 + ((i - 1) / 2 - 1) / 2;

		fork_child(f, parent, parent == 1000 ? 1 : up, 1000 + i, bash);
	}
}

/* Each the child of the one before; all of them live. */
static void line(struct stream *f, int count)
{
	for (int i = 0; i < count; i++)
		fork_child(f, 1000 + i, i ? 999 + i : 1, 1001 + i, bash);
}

/* The same, and each ends when it has forked. */
static void relay(struct stream *f, int count)
{
	for (int i = 0; i < count; i++) {
		fork_child(f, 1000 + i, i ? 999 + i : 1, 1001 + i, bash);
		exit_group(f, 1000 + i, i ? 999 + i : 1, bash);
	}
}

static void short_lived(struct stream *f, int count)
{
	for (int i = 0; i < count; i++) {
		int pid = 1000 + i % 3000000;

		start_service(f, pid);
		open_file(f, pid, 900, 3, 1000 + i, "/var/log/app/instance.log.");
		exit_group(f, pid, 900, worker);
	}
}

static void execs(struct stream *f, int count)
{
	for (int i = 0; i < count; i++)
		exec_worker(f, 1000, 900, 7000);
}

static void dups(struct stream *f, int count)
{
	connect_socket(f, 1000, 900, 3, 1);
	for (int i = 0; i < count; i++)
		dup_to(f, 1000, 3, 4 + i);
}

/* Processes with 100,000 files each. */
static void tables(struct stream *f, int count)
{
	for (int i = 0; i < count; i++)
		open_file(f, 1000 + i / 100000, 900, 3 + i % 100000, 1000 + i, "/data/");
}

/* Processes with 100,000 descriptors of ten sockets each. */
static void dup_tables(struct stream *f, int count)
{
	for (int i = 0; i < count; i++) {
		int pid = 1000 + i / 100000, n = i % 100000;

		if (n < 10)
			connect_socket(f, pid, 900, 3 + n, i);
		else
			dup_to(f, pid, 3 + n % 10, 3 + n);
	}
}

static void files(struct stream *f, int count)
{
	char name[1024] = "/data/";

	memset(name + 6, 'x', 900);
	for (int i = 0; i < count; i++) {
		open_file(f, 1000 + i % 1000, 900, 3, 1000 + i, name);
		call(f, 1000 + i % 1000, 900, 3, 0, "a0=3 a1=0 a2=0 a3=0", worker);
		end(f);
	}
}

static void fifos(struct stream *f, int count)
{
	for (int i = 0; i < count; i++) {
		call(f, 1000, 900, 257, 3, "a0=ffffff9c a1=55d0c1 a2=1 a3=0", worker);
		record(f, "CWD", "cwd=\"/srv/app\"");
		record(f, "PATH",
		       "item=0 name=\"/tmp/f%d\" inode=%d dev=fe:00 mode=010644 "
		       "ouid=0 ogid=0 rdev=00:00 nametype=NORMAL",
		       i, i + 1);
		end(f);
		call(f, 1000, 900, 257, 4 + i, "a0=ffffff9c a1=55d0c1 a2=2 a3=0", worker);
		record(f, "CWD", "cwd=\"/srv/app\"");
		record(f, "PATH",
		       "item=0 name=\"/dev/pts/%d\" inode=%d dev=00:16 "
		       "mode=020620 ouid=0 ogid=0 rdev=88:00 nametype=NORMAL",
		       i, i + 3);
		end(f);
	}
}

static void hosts(struct stream *f, int count)
{
	for (int i = 0; i < count; i++) {
		snprintf(f->node, sizeof(f->node), "host%d", i % 100000);
		fork_child(f, 1000, 900, 1001 + i / 100000, bash);
	}
}

/* Namespaces, each with a mount of its own above a thousand others. */
static void mounts(struct stream *f, int count)
{
	for (int i = 0; i < 1000 + count; i++) {
		int pid = i < 1000 ? 900 : 1000 + i;

		if (i >= 1000) {
			fork_child(f, 900, 1, pid, bash);
			call(f, pid, 900, 272, 0, "a0=20000 a1=0 a2=0 a3=0", bash);
			end(f);
		}
		call(f, pid, i < 1000 ? 1 : 900, 165, 0, "a0=1 a1=2 a2=3 a3=1000", bash);
		record(f, "CWD", "cwd=\"/\"");
		record(f, "PATH",
		       "item=0 name=\"/mnt/%d\" inode=%d dev=fe:00 mode=040755 "
		       "ouid=0 ogid=0 rdev=00:00 nametype=NORMAL",
		       i, i + 1);
		record(f, "PATH",
		       "item=1 name=\"/srv/%d\" inode=%d dev=fe:00 mode=040755 "
		       "ouid=0 ogid=0 rdev=00:00 nametype=NORMAL",
		       i, i + 1);
		end(f);
	}
}

static const struct scenario {
	const char *name;
	void (*run)(struct stream *f, int count);
	int count;
} scenarios[] = {
	{ "services", services, 1000000 },
	{ "two_files", two_files, 1000000 },
	{ "workers", workers, 1000000 },
	{ "bomb", bomb, 2000000 },
	{ "line", line, 1000000 },
	{ "relay", relay, 1000000 },
	{ "short_lived", short_lived, 1000000 },
	{ "execs", execs, 200000 },
	{ "dups", dups, 1000000 },
	{ "dup_tables", dup_tables, 2000000 },
	{ "tables", tables, 2000000 },
	{ "files", files, 500000 },
	{ "fifos", fifos, 200000 },
	{ "hosts", hosts, 300000 },
	{ "mounts", mounts, 20000 },
};

/* KiB of this process that it shares with no other. */
static unsigned long own_kib(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	unsigned long kib = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "Private_", 8) == 0)
			kib += strtoul(strchr(line, ':') + 1, NULL, 10);
	}
	if (file)
		fclose(file);
	return kib;
}

struct saving {
	struct strbuf bytes;
	unsigned long own; /* KiB, at most */
};

static void take_saved(void *ctx, const void *bytes, size_t len)
{
	struct saving *saving = ctx;
	unsigned long own = own_kib();

	strbuf_add(&saving->bytes, bytes, len);
	if (own > saving->own)
		saving->own = own;
}

static void zip_more(void *ctx, const void *bytes, size_t len)
{
	zip_add(ctx, bytes, len);
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* As the worker does; ms that it takes by the clock, or -1. */
static long store_saved(struct slice state)
{
	struct resume_row row = { .path = "bench",
				  .made_by = "",
				  .settings = "",
				  .marks = "",
				  .sha256 = "",
				  .state = state };
	char path[] = "./saved.XXXXXX";
	struct store *store = NULL;
	uint64_t since = 0;
	struct err err;
	int fd = mkstemp(path);
	bool stored;

	stored = fd >= 0 && store_open(path, STORE_DURABLE, &store, &err) == 0;
	since = mono_ms();
	stored = stored && store_begin(store, &err) == 0 &&
		 store_put_resume(store, &row, &err) == 0 &&
		 store_commit(store, &err) == 0;
	since = mono_ms() - since;
	store_close(&store);
	close(fd);
	unlink(path);
	return stored ? (long)since : -1;
}

static void save_once(struct state *state)
{
	struct pack_root roots[STATE_ROOTS];
	struct saving saving = { .own = 0 };
	struct zip *zip = zip_new_to(take_saved, &saving);
	double took;

	strbuf_init(&saving.bytes);
	state_roots(state, roots);
	pack_graph_to(roots, STATE_ROOTS, zip_more, zip);
	zip_end(&zip);
	took = cpu_seconds();
	printf("%-12s saved: %zu KiB in %.2f s of processor time, with %lu MiB of memory "
	       "of its own; stored in %ld ms\n",
	       "", saving.bytes.len / 1024, took, saving.own / 1024,
	       store_saved(strbuf_slice(&saving.bytes)));
	fflush(stdout);
}

static void save(struct state *state)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		save_once(state);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static int run(const struct scenario *s, int count, bool saves)
{
	struct stream f = { .assembler = assembler_new(), .state = state_new() };
	const struct memory *memory;
	struct rusage usage;
	struct mallinfo2 info;

	s->run(&f, count);
	assembler_flush(f.assembler);
	take(&f);
	memory = state_memory(f.state);
	getrusage(RUSAGE_SELF, &usage);
	info = mallinfo2();
	printf("%-12s %8d %9llu events, %7zu alive, %7zu entries: peak %3ld MiB, counted "
	       "%3zu MiB, allocated %3zu MiB, %2ld s",
	       s->name, count, (unsigned long long)f.events, state_alive(f.state),
	       memory->entries, usage.ru_maxrss / 1024, memory->bytes / MIB,
	       (info.uordblks + info.hblkhd) / MIB, usage.ru_utime.tv_sec);
	for (int i = 0; i < LOSS_MAX; i++) {
		if (memory->lost[i])
			printf(", %s %llu", loss_kind((enum loss)i),
			       (unsigned long long)memory->lost[i]);
	}
	putchar('\n');
	if (saves)
		save(f.state);
	fflush(stdout);
	state_free(&f.state);
	assembler_free(&f.assembler);
	return usage.ru_maxrss / 1024 > LIMIT_MIB;
}

int main(int argc, char **argv)
{
	bool saves = argc > 1 && strcmp(argv[1], "--save") == 0;
	int bad = 0, status;

	argv += saves;
	argc -= saves;

	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		const struct scenario *s = &scenarios[i];
		uint32_t count = (uint32_t)s->count;
		pid_t pid;

		if (argc > 1 && strcmp(argv[1], s->name) != 0)
			continue;
		if (argc > 2 && !num_u32(slice_str(argv[2]), &count))
			return 2;
		pid = fork();
		if (pid == 0)
			_exit(run(s, (int)count, saves));
		if (waitpid(pid, &status, 0) != pid || status != 0) {
			printf("%-12s over the limit, or it crashed: %#x\n", s->name,
			       status);
			bad = 1;
		}
	}
	return bad;
}
