/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines into events, and everything that can be asked of an event. The lines
 * go through twice, events being taken after each line and at the end only:
 * the same must come out.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/assemble.h"
#include "audit/limits.h"
#include "audit/names.h"
#include "audit/sockaddr.h"
#include "base/strbuf.h"
#include "fuzz/mutate.h"

static uint64_t touch(struct slice s)
{
	uint64_t sum = s.len;

	for (size_t i = 0; i < s.len; i++)
		sum = sum * 31 + (unsigned char)s.ptr[i];
	return sum;
}

static uint64_t ask(const struct event *event)
{
	const struct event_path *paths;
	struct sockaddr_info info;
	struct slice keys[4], bytes;
	struct event_argv argv;
	uint64_t sum = touch(event_cwd(event)), flags;
	int64_t fds[2], fd;

	for (uint32_t n = event_paths(event, &paths); n-- > 0;)
		sum += touch(paths[n].name);
	if (event_argv(event, &argv)) {
		for (uint32_t i = 0; i < argv.argc; i++)
			sum += touch(argv.argv[i]);
	}
	if (event_sockaddr(event, &bytes))
		sum += sockaddr_parse(bytes, arch_big_endian(event->syscall.arch), &info);
	sum += event_fd_pair(event, fds) + event_mmap(event, &fd, &flags);
	for (uint32_t n = event_keys(event, keys, 4); n-- > 0;)
		sum += touch(keys[n]);
	sum += touch(event_inner(event, event->records[0].type, "acct"));
	sum += touch(event->syscall.comm) + touch(event->syscall.exe) +
	       touch(event->syscall.tty);
	return sum;
}

static void take(struct assembler *assembler, struct strbuf *log, uint64_t *records)
{
	const struct event *event;

	while ((event = assembler_next(assembler))) {
		if (event->nrecords == 0 || event->nrecords > LIMIT_EVENT_RECORDS)
			abort();
		*records += event->nrecords;
		strbuf_printf(log, "%lld:%u:%u:%x:%u:%llx\n", (long long)event->time,
			      event->serial, event->nrecords, event->missing,
			      (unsigned)event->end, (unsigned long long)ask(event));
		for (uint32_t i = 0; i < event->nrecords; i++)
			strbuf_printf(log, "%llx ",
				      (unsigned long long)touch(event->records[i].line));
	}
}

static void run(struct slice text, bool take_each, struct strbuf *log)
{
	struct assembler *assembler = assembler_new();
	const struct assembler_stats *stats = assembler_stats(assembler);
	uint64_t records = 0;

	while (text.len) {
		const char *newline = memchr(text.ptr, '\n', text.len);
		size_t len = newline ? (size_t)(newline - text.ptr) : text.len;

		assembler_feed(assembler, slice_make(text.ptr, len));
		if (take_each)
			fuzz_count_record();
		text = slice_skip(text, len + 1);
		if (take_each)
			take(assembler, log, &records);
		if (assembler_open(assembler) > LIMIT_OPEN_EVENTS)
			abort();
	}
	assembler_flush(assembler);
	take(assembler, log, &records);
	if (assembler_open(assembler) || records > stats->records)
		abort();
	assembler_free(&assembler);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);
	struct strbuf each, last;

	strbuf_init(&each);
	strbuf_init(&last);
	run(text, true, &each);
	run(text, false, &last);
	if (!slice_eq(strbuf_slice(&each), strbuf_slice(&last)))
		abort();
	strbuf_fini(&each);
	strbuf_fini(&last);
	return 0;
}
