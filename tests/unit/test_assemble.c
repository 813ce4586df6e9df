/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/assemble.h"

#include <check.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/limits.h"
#include "base/compiler.h"
#include "base/strbuf.h"

static struct assembler *assembler;

static void setup(void)
{
	assembler = assembler_new();
}

static void teardown(void)
{
	assembler_free(&assembler);
}

static void feed(const char *line)
{
	assembler_feed(assembler, slice_str(line));
}

/* "TYPE:SERIAL TYPE:SERIAL" fed as records of one second. */
static void feed_short(const char *records)
{
	char *copy = strdup(records), *save = NULL;

	for (char *word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		char *colon = strchr(word, ':');
		char line[128];

		*colon = '\0';
		snprintf(line, sizeof(line), "type=%s msg=audit(100.000:%s): a=b", word,
			 colon + 1);
		feed(line);
	}
	free(copy);
}

/* "SERIAL*RECORDS" of all events that are ready. */
static const char *ready(struct strbuf *out)
{
	const struct event *event;

	strbuf_clear(out);
	while ((event = assembler_next(assembler)))
		strbuf_printf(out, "%s%u*%u", out->len ? " " : "", event->serial,
			      event->nrecords);
	return strbuf_str(out);
}

/* What is ready before the end, and what comes with it. */
static const struct {
	const char *records, *before, *after;
} scenes[] = {
	{ "SYSCALL:1 CWD:1 PROCTITLE:1", "1*3", "" },
	{ "SYSCALL:1 EOE:1", "1*1", "" },
	{ "SYSCALL:1 CWD:1", "", "1*2" },
	/* Two at once, the first ends last: the order is that of the starts. */
	{ "SYSCALL:1 SYSCALL:2 PROCTITLE:2 CWD:1 PROCTITLE:1", "1*3 2*2", "" },
	{ "SYSCALL:2 SYSCALL:1 PROCTITLE:1 PROCTITLE:2", "2*2 1*2", "" },
	/* EOE behind PROCTITLE ends nothing more; alone it is no event. */
	{ "SYSCALL:1 PROCTITLE:1 EOE:1 EOE:7", "1*2", "" },
	{ "EOE:1", "", "" },
	/* These come before the SYSCALL of their event. */
	{ "LOGIN:1 SYSCALL:1 PROCTITLE:1", "1*3", "" },
	{ "CONFIG_CHANGE:1 SYSCALL:1 PROCTITLE:1", "1*3", "" },
	{ "AVC:1 AVC:1 SYSCALL:1 PROCTITLE:1", "1*4", "" },
	{ "SECCOMP:1 SYSCALL:2 PROCTITLE:2", "", "1*1 2*2" },
	/* Behind PROCTITLE, while the event still waits for an older one. */
	{ "SYSCALL:1 SYSCALL:2 PROCTITLE:2 FD_PAIR:2 PROCTITLE:1", "1*2 2*3", "" },
	/* User-space and daemon records are events of their own, always. */
	{ "USER_AUTH:1 USER_AUTH:1", "1*1 1*1", "" },
	{ "DAEMON_START:1 SYSCALL:1 DAEMON_END:1 PROCTITLE:1", "1*1 1*2 1*1", "" },
	{ "ANOM_LOGIN_FAILURES:1 USER:2 KERNEL:3", "1*1 2*1 3*1", "" },
	/* Types without a known name are kept with their event. */
	{ "SYSCALL:1 NO_SUCH:1 UNKNOWN[1499]:1 PROCTITLE:1", "1*4", "" },
};

START_TEST(events_of_records)
{
	struct strbuf out;

	strbuf_init(&out);
	feed_short(scenes[_i].records);
	ck_assert_str_eq(ready(&out), scenes[_i].before);
	assembler_flush(assembler);
	ck_assert_str_eq(ready(&out), scenes[_i].after);
	ck_assert_uint_eq(assembler_open(assembler), 0);
	strbuf_fini(&out);
}
END_TEST

START_TEST(ids_have_four_parts)
{
	struct strbuf out;

	strbuf_init(&out);
	feed("type=SYSCALL msg=audit(100.000:1): a=b");
	feed("type=SYSCALL msg=audit(100.001:1): a=b");
	feed("type=SYSCALL msg=audit(101.000:1): a=b");
	feed("type=SYSCALL msg=audit(100.000:2): a=b");
	feed("node=a type=SYSCALL msg=audit(100.000:1): a=b");
	feed("node=b type=SYSCALL msg=audit(100.000:1): a=b");
	feed("node=a type=CWD msg=audit(100.000:1): a=b");
	ck_assert_uint_eq(assembler_open(assembler), 6);
	assembler_flush(assembler);
	ck_assert_str_eq(ready(&out), "1*1 1*1 1*1 2*1 1*2 1*1");
	strbuf_fini(&out);
}
END_TEST

static void feed_others(unsigned count, unsigned first)
{
	for (unsigned i = 0; i < count; i++) {
		char line[64];

		snprintf(line, sizeof(line), "type=USER msg=audit(200.0:%u): a=b",
			 first + i);
		feed(line);
	}
}

START_TEST(ages_by_arrival)
{
	const struct event *event;

	feed_short("SYSCALL:1");
	feed_others(LIMIT_WINDOW, 10);
	ck_assert_ptr_null(assembler_next(assembler));
	/* A record, even of another hour, starts the window anew. */
	feed_short("CWD:1");
	feed_others(LIMIT_WINDOW, 5000);
	ck_assert_ptr_null(assembler_next(assembler));
	feed_others(1, 9999);
	event = assembler_next(assembler);
	ck_assert_ptr_nonnull(event);
	ck_assert_uint_eq(event->serial, 1);
	ck_assert_int_eq(event->end, EVENT_TIMEOUT);
	ck_assert(event->missing & EVENT_NO_PROCTITLE);
	for (unsigned i = 0; i < 2 * LIMIT_WINDOW + 1; i++)
		ck_assert_ptr_nonnull(assembler_next(assembler));
	ck_assert_ptr_null(assembler_next(assembler));
}
END_TEST

START_TEST(what_comes_too_late_says_so)
{
	const struct event *event;
	uint32_t missing[2];

	feed_short("SYSCALL:1 PROCTITLE:1 CWD:1 SYSCALL:2 PROCTITLE:2");
	assembler_flush(assembler);
	event = assembler_next(assembler);
	missing[0] = event->missing;
	event = assembler_next(assembler);
	missing[1] = event->missing;
	ck_assert_uint_eq(event->serial, 1);
	ck_assert_uint_eq(missing[0], 0);
	ck_assert_uint_eq(missing[1], EVENT_REST | EVENT_NO_SYSCALL);
	ck_assert_uint_eq(assembler_stats(assembler)->late, 1);
}
END_TEST

START_TEST(ages_by_the_clock_where_it_is_told)
{
	struct strbuf out;

	strbuf_init(&out);
	assembler_tick(assembler, 1000, 2000);
	feed_short("SYSCALL:1 SYSCALL:2 PROCTITLE:2");
	assembler_tick(assembler, 2999, 2000);
	ck_assert_str_eq(ready(&out), "");
	feed_short("SYSCALL:3");
	assembler_tick(assembler, 3000, 2000);
	ck_assert_str_eq(ready(&out), "1*1 2*2");
	assembler_tick(assembler, 4998, 2000);
	ck_assert_str_eq(ready(&out), "");
	assembler_tick(assembler, 4999, 2000);
	ck_assert_str_eq(ready(&out), "3*1");
	ck_assert_uint_eq(assembler_stats(assembler)->ends[EVENT_TIMEOUT], 2);
	strbuf_fini(&out);
}
END_TEST

START_TEST(records_of_an_event_are_bounded)
{
	const struct event *event;

	for (unsigned i = 0; i < LIMIT_EVENT_RECORDS + 10; i++)
		feed_short("PATH:1");
	feed_short("PROCTITLE:1");
	event = assembler_next(assembler);
	ck_assert_uint_eq(event->nrecords, LIMIT_EVENT_RECORDS);
	ck_assert(event->missing & EVENT_CUT);
	ck_assert_int_eq(event->end, EVENT_COMPLETE);
	ck_assert_uint_eq(assembler_stats(assembler)->cut, 1);
}
END_TEST

START_TEST(bytes_of_an_event_are_bounded)
{
	const size_t len = LIMIT_LINE - 100;
	static const char head[] = "type=PATH msg=audit(1.000:1): ";
	char *line = malloc(len);
	const struct event *event;
	size_t bytes = 0;

	memset(line, 'x', len);
	memcpy(line, head, sizeof(head) - 1);
	for (unsigned i = 0; i < LIMIT_EVENT_BYTES / len + 5; i++)
		assembler_feed(assembler, slice_make(line, len));
	assembler_flush(assembler);
	event = assembler_next(assembler);
	for (uint32_t i = 0; i < event->nrecords; i++) {
		bytes += event->records[i].line.len;
		ck_assert(memcmp(event->records[i].line.ptr, line, len) == 0);
	}
	ck_assert_uint_le(bytes, LIMIT_EVENT_BYTES);
	ck_assert_uint_gt(bytes, LIMIT_EVENT_BYTES - len);
	ck_assert(event->missing & EVENT_CUT);
	free(line);
}
END_TEST

/* A head that never ends, kept young by a record in every window. */
START_TEST(open_events_are_bounded)
{
	const struct event *event;
	char line[64];

	for (unsigned i = 0; i < LIMIT_OPEN_EVENTS + 1; i++) {
		snprintf(line, sizeof(line), "type=CWD msg=audit(7.0:%u): a=b", i);
		feed(line);
		if (i % 500 == 0)
			feed("type=CWD msg=audit(7.0:0): a=b");
		ck_assert_uint_le(assembler_open(assembler), LIMIT_OPEN_EVENTS);
	}
	event = assembler_next(assembler);
	ck_assert_ptr_nonnull(event);
	ck_assert_uint_eq(event->serial, 0);
	ck_assert_int_eq(event->end, EVENT_OVERFLOW);
}
END_TEST

START_TEST(long_lines_are_cut_and_counted)
{
	static const char head[] = "type=CWD msg=audit(1.000:1): cwd=\"";
	char *line = malloc(LIMIT_LINE + 1);
	const struct event *event;

	memset(line, 'x', LIMIT_LINE + 1);
	memcpy(line, head, sizeof(head) - 1);
	assembler_feed(assembler, slice_make(line, LIMIT_LINE + 1));
	assembler_flush(assembler);
	event = assembler_next(assembler);
	ck_assert_uint_eq(event->records[0].line.len, LIMIT_LINE);
	ck_assert(event->missing & EVENT_CUT);
	ck_assert_uint_eq(assembler_stats(assembler)->too_long, 1);
	free(line);
}
END_TEST

START_TEST(counts_what_is_no_record)
{
	const struct assembler_stats *stats = assembler_stats(assembler);

	feed("");
	feed("hello");
	feed("type=CWD msg=audit(1.000:1: cwd");
	feed("type=EOE msg=audit(1.000:1): ");
	ck_assert_uint_eq(stats->malformed, 2);
	ck_assert_uint_eq(stats->records, 1);
	assembler_flush(assembler);
	ck_assert_ptr_null(assembler_next(assembler));
	ck_assert_uint_eq(stats->events, 0);
}
END_TEST

/* Kernels before 3.14 and rules that exclude it: nothing is missing then. */
START_TEST(a_log_without_proctitle)
{
	const struct event *event;
	unsigned flagged = 0, count = 0;

	for (unsigned i = 0; i < 1000; i++) {
		char line[64];

		snprintf(line, sizeof(line), "type=SYSCALL msg=audit(1.0:%u): a=b", i);
		feed(line);
	}
	assembler_flush(assembler);
	while ((event = assembler_next(assembler))) {
		flagged += (event->missing & EVENT_NO_PROCTITLE) != 0;
		count++;
	}
	ck_assert_uint_eq(count, 1000);
	ck_assert_uint_eq(flagged, 256);
	feed_short("SYSCALL:1 SYSCALL:2 PROCTITLE:2");
	assembler_flush(assembler);
	event = assembler_next(assembler);
	ck_assert_uint_eq(event->missing, EVENT_NO_PROCTITLE);
}
END_TEST

/* An event that waited half of the window before the stop waits the rest after. */
START_TEST(age_is_saved)
{
	struct strbuf saved, out;

	strbuf_init(&saved);
	strbuf_init(&out);
	feed_short("SYSCALL:1 PROCTITLE:7 SYSCALL:2");
	feed_others(LIMIT_WINDOW / 2, 10);
	ck_assert_str_eq(ready(&out), "");
	assembler_save(assembler, &saved);
	assembler_free(&assembler);
	assembler = assembler_load(strbuf_slice(&saved));
	ck_assert_ptr_nonnull(assembler);
	feed_others(LIMIT_WINDOW / 2 - 2, 5000);
	ck_assert_str_eq(ready(&out), "");
	feed_others(1, 9999);
	ck_assert_int_eq(strncmp(ready(&out), "1*1 7*1", 7), 0);
	/* What had gone is known to have gone. */
	feed_short("CWD:7");
	ck_assert_uint_eq(assembler_stats(assembler)->late, 1);
	strbuf_fini(&saved);
	strbuf_fini(&out);
}
END_TEST

/* What was loaded has its whole time from the first that is heard of a clock. */
START_TEST(loaded_events_are_young)
{
	struct strbuf saved, out;

	strbuf_init(&saved);
	strbuf_init(&out);
	assembler_tick(assembler, 50000, 2000);
	feed_short("SYSCALL:1 CWD:1");
	assembler_save(assembler, &saved);
	assembler_free(&assembler);
	assembler = assembler_load(strbuf_slice(&saved));
	ck_assert_ptr_nonnull(assembler);
	assembler_tick(assembler, 7000000, 2000);
	assembler_tick(assembler, 7001999, 2000);
	ck_assert_str_eq(ready(&out), "");
	assembler_tick(assembler, 7002000, 2000);
	ck_assert_int_eq(strncmp(ready(&out), "1*2", 3), 0);
	strbuf_fini(&saved);
	strbuf_fini(&out);
}
END_TEST

START_TEST(damaged_bytes_are_refused)
{
	struct strbuf saved;
	struct assembler *again;

	strbuf_init(&saved);
	feed_short("SYSCALL:1 SYSCALL:2 CWD:2 USER:3");
	assembler_save(assembler, &saved);
	for (size_t len = 0; len < saved.len; len++) {
		again = assembler_load(slice_make(saved.ptr, len));
		ck_assert_msg(!again, "cut at %zu", len);
	}
	again = assembler_load(strbuf_slice(&saved));
	ck_assert_ptr_nonnull(again);
	assembler_free(&again);
	strbuf_fini(&saved);
}
END_TEST

Suite *suite_assemble(void);

Suite *suite_assemble(void)
{
	Suite *suite = suite_create("assemble");
	TCase *tc = tcase_create("assemble");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, events_of_records, 0, ARRAY_SIZE(scenes));
	tcase_add_test(tc, ids_have_four_parts);
	tcase_add_test(tc, ages_by_arrival);
	tcase_add_test(tc, what_comes_too_late_says_so);
	tcase_add_test(tc, ages_by_the_clock_where_it_is_told);
	tcase_add_test(tc, records_of_an_event_are_bounded);
	tcase_add_test(tc, bytes_of_an_event_are_bounded);
	tcase_add_test(tc, open_events_are_bounded);
	tcase_add_test(tc, long_lines_are_cut_and_counted);
	tcase_add_test(tc, counts_what_is_no_record);
	tcase_add_test(tc, a_log_without_proctitle);
	tcase_add_test(tc, age_is_saved);
	tcase_add_test(tc, loaded_events_are_young);
	tcase_add_test(tc, damaged_bytes_are_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
