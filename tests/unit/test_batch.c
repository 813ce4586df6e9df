/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is copied into a batch is what the assembler gave. */
#include "audit/batch.h"

#include <check.h>
#include <inttypes.h>
#include <string.h>

#include "audit/assemble.h"
#include "audit/source.h"
#include "base/compiler.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

static const char *const logs[] = {
	TEST_DATA "/data/logs/sudo_su.log.xz",
	TEST_DATA "/data/logs/long_argv.log.xz",
	TEST_DATA "/data/logs/crun_added.log.xz",
	TEST_DATA "/data/logs/pg_copy_program.log.xz",
};

enum { EVENTS = 7 }; /* in a batch */

static void put(struct strbuf *out, struct slice s)
{
	strbuf_printf(out, "%zu:%.*s ", s.len, SLICE_FMT(s));
}

/* All that an event says, read and decoded. */
static void describe(struct strbuf *out, const struct event *event)
{
	const struct event_syscall *sc = &event->syscall;
	const struct event_path *paths;
	uint32_t npaths = event_paths(event, &paths);
	struct event_argv args;
	struct slice address;

	strbuf_printf(out, "%" PRId64 ":%u end %d missing %x records %u call %d\n",
		      event->time, event->serial, (int)event->end, event->missing,
		      event->nrecords, event->has_syscall ? sc->call : -1);
	put(out, event->node);
	put(out, sc->tty);
	put(out, sc->comm);
	put(out, sc->exe);
	put(out, event_cwd(event));
	for (uint32_t i = 0; i < event->nrecords; i++) {
		put(out, event->records[i].line);
		put(out, event->records[i].node);
		put(out, event->records[i].body);
		put(out, event->records[i].enriched);
	}
	for (uint32_t i = 0; i < npaths; i++)
		put(out, paths[i].name);
	if (event_argv(event, &args))
		for (uint32_t i = 0; i < args.argc; i++)
			put(out, args.argv[i]);
	if (event_sockaddr(event, &address))
		put(out, address);
	strbuf_add_char(out, '\n');
}

static void empty(struct batch *batch, struct strbuf *out)
{
	const struct event *event;

	while ((event = batch_next(batch)))
		describe(out, event);
	batch_clear(batch);
}

/* Adds all that is ready; what fills the batch comes into the next one. */
static unsigned collect(struct assembler *assembler, struct batch *batch,
			struct strbuf *given, struct strbuf *copied)
{
	const struct event *event;
	unsigned full = 0;

	while ((event = assembler_next(assembler))) {
		describe(given, event);
		if (!batch_add(batch, event)) {
			full++;
			empty(batch, copied);
			ck_assert(batch_add(batch, event));
		}
	}
	return full;
}

START_TEST(copies_say_the_same)
{
	struct assembler *assembler = assembler_new();
	struct batch *batch = batch_new(EVENTS);
	struct strbuf given, copied;
	struct source *source;
	struct slice line;
	struct err err;
	unsigned full = 0;

	strbuf_init(&given);
	strbuf_init(&copied);
	ck_assert_msg(source_open(&logs[_i], 1, &source, &err) == 0, "%s", err.msg);
	while (source_next(source, &line, &err) == SOURCE_LINE) {
		assembler_feed(assembler, line);
		full += collect(assembler, batch, &given, &copied);
	}
	assembler_flush(assembler);
	full += collect(assembler, batch, &given, &copied);
	empty(batch, &copied);
	ck_assert(given.len > 10000);
	ck_assert(full > 0);
	ck_assert_str_eq(strbuf_str(&given), strbuf_str(&copied));
	strbuf_fini(&given);
	strbuf_fini(&copied);
	source_close(&source);
	batch_free(&batch);
	assembler_free(&assembler);
}
END_TEST

/* A program's name in hex is decoded outside of the event's lines. */
START_TEST(decoded_names_are_copied)
{
	struct assembler *assembler = assembler_new();
	struct batch *batch = batch_new(EVENTS);
	const struct event *event;

	assembler_feed(assembler,
		       SLICE_LIT("node=a type=SYSCALL msg=audit(1.000:1): arch=c000003e "
				 "syscall=59 comm=61206220 exe=2F612062"));
	assembler_flush(assembler);
	ck_assert(batch_add(batch, assembler_next(assembler)));
	ck_assert_ptr_null(assembler_next(assembler));
	assembler_free(&assembler);
	event = batch_next(batch);
	ck_assert(slice_eq_str(event->node, "a"));
	ck_assert(slice_eq_str(event->syscall.comm, "a b "));
	ck_assert(slice_eq_str(event->syscall.exe, "/a b"));
	ck_assert_ptr_null(batch_next(batch));
	batch_free(&batch);
}
END_TEST

/* Larger than a batch: alone in it, and the next ones are as they were. */
START_TEST(a_large_event_is_alone)
{
	enum { SIZE = 60000, RECORDS = 40 };
	struct assembler *assembler = assembler_new();
	struct batch *batch = batch_new(EVENTS);
	struct strbuf line;
	const struct event *event;

	strbuf_init(&line);
	strbuf_add(&line, "type=PATH msg=audit(1.000:2): name=", 35);
	for (int i = 0; i < SIZE; i++)
		strbuf_add_char(&line, 'x');
	assembler_feed(assembler, SLICE_LIT("type=USER_CMD msg=audit(1.000:1): pid=1"));
	for (int i = 0; i < RECORDS; i++)
		assembler_feed(assembler, strbuf_slice(&line));
	assembler_flush(assembler);
	ck_assert(batch_add(batch, assembler_next(assembler)));
	event = assembler_next(assembler);
	ck_assert(!batch_add(batch, event));
	ck_assert_uint_eq(batch_next(batch)->serial, 1);
	ck_assert_ptr_null(batch_next(batch));
	batch_clear(batch);
	ck_assert(batch_add(batch, event));
	ck_assert(!batch_add(batch, event));
	event = batch_next(batch);
	ck_assert_uint_eq(event->nrecords, RECORDS);
	ck_assert(slice_eq(event->records[RECORDS - 1].line, strbuf_slice(&line)));
	batch_clear(batch);
	ck_assert_ptr_null(batch_next(batch));
	strbuf_fini(&line);
	batch_free(&batch);
	assembler_free(&assembler);
}
END_TEST

Suite *suite_batch(void);

Suite *suite_batch(void)
{
	Suite *suite = suite_create("batch");
	TCase *tc = tcase_create("batch");

	tcase_add_loop_test(tc, copies_say_the_same, 0, ARRAY_SIZE(logs));
	tcase_add_test(tc, decoded_names_are_copied);
	tcase_add_test(tc, a_large_event_is_alone);
	suite_add_tcase(suite, tc);
	return suite;
}
