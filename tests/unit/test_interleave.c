/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assembly of real events whose records are mixed at random. The truth is
 * what the test did itself: it takes the events of a log in which they stand
 * in order, gives each a new stamp, and deals their records out into one
 * stream. A failure names its seed; AUSPEX_SEED=N runs that one alone.
 */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/assemble.h"
#include "audit/limits.h"
#include "audit/source.h"
#include "base/compiler.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

enum {
	SEEDS = 60,
	POOL_MAX = 3000,  /* events taken from a log */
	EVENTS = 400,     /* events in one stream */
	RECORDS_MAX = 80, /* records in one event */
	STREAM_MAX = EVENTS * RECORDS_MAX,
	ACTIVE_MAX = 300, /* events under way at once */
	OLDEST = 700,     /* an event gets its next record before that many others */
	HOUR = 3600 * 1000,
	DAY = 24 * HOUR,
};

/* A record around its stamp. */
struct piece {
	char *before, *after;
};

struct group {
	struct piece pieces[RECORDS_MAX];
	unsigned count;
};

/* An event as the stream holds it. */
struct made {
	char *lines[RECORDS_MAX + 1];
	unsigned count;
	const char *node;
	uint64_t time;
	uint32_t serial;
	bool alone, dropped;
	unsigned dealt;
	uint64_t last_dealt;
};

static struct group *pool;
static unsigned pool_size;
static char last[64]; /* the stamp of the last line that was added */
static uint64_t random_state;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static unsigned below(unsigned limit)
{
	return (unsigned)(next_random() % limit);
}

static bool chance(unsigned percent)
{
	return below(100) < percent;
}

/* Splits a line at its stamp and puts it into the group of that stamp. */
static void add_to_pool(struct slice line)
{
	char *text = xmemdup0(line.ptr, line.len);
	char *stamp = strstr(text, "audit(") + 6;
	char *end = strchr(stamp, ')');
	struct group *group = pool_size ? &pool[pool_size - 1] : NULL;

	*end = '\0';
	if (strcmp(last, stamp) != 0) {
		if (pool_size == POOL_MAX) {
			free(text);
			return;
		}
		snprintf(last, sizeof(last), "%s", stamp);
		group = &pool[pool_size++];
		group->count = 0;
	}
	end++;
	stamp[0] = '\0';
	if (group->count < RECORDS_MAX)
		group->pieces[group->count++] =
			(struct piece){ xstrdup(text), xasprintf(")%s", end) };
	free(text);
}

static void free_group(struct group *g)
{
	for (unsigned i = 0; i < g->count; i++) {
		free(g->pieces[i].before);
		free(g->pieces[i].after);
	}
}

/* Keeps whole events: SYSCALL first, PROCTITLE at the end. */
static void sieve_pool(void)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < pool_size; i++) {
		struct group *g = &pool[i];

		if (g->count > 1 && g->count < RECORDS_MAX &&
		    strstr(g->pieces[0].before, "type=SYSCALL ") &&
		    strstr(g->pieces[g->count - 1].before, "type=PROCTITLE "))
			pool[kept++] = *g;
		else
			free_group(g);
	}
	pool_size = kept;
}

static void load_pool(void)
{
	static const char *const paths[] = { TEST_DATA "/data/logs/sudo_su.log.xz",
					     TEST_DATA "/data/logs/long_argv.log.xz",
					     TEST_DATA "/data/logs/crun_added.log.xz",
					     TEST_DATA
					     "/data/logs/pg_copy_program.log.xz" };
	struct source *source;
	struct slice line;
	struct err err;

	pool = xcalloc(POOL_MAX, sizeof(*pool));
	ck_assert_msg(source_open(paths, ARRAY_SIZE(paths), &source, &err) == 0, "%s",
		      err.msg);
	while (source_next(source, &line, &err) == SOURCE_LINE)
		add_to_pool(line);
	source_close(&source);
	sieve_pool();
	ck_assert_uint_gt(pool_size, EVENTS);
}

static char *make_line(const struct made *m, const struct piece *p)
{
	return xasprintf("%s%s%s%s%" PRIu64 ".%03u:%u%s", m->node ? "node=" : "",
			 m->node ? m->node : "", m->node ? " " : "", p->before,
			 m->time / 1000, (unsigned)(m->time % 1000), m->serial, p->after);
}

static void make_event(struct made *m, const struct group *g)
{
	static const struct piece login = {
		"type=LOGIN msg=audit(",
		"): pid=1 uid=0 old-auid=4294967295 auid=0 old-ses=1 ses=2 res=1"
	};
	static const struct piece config = { "type=CONFIG_CHANGE msg=audit(",
					     "): op=add_rule key=(null) list=4 res=1" };
	unsigned drop = RECORDS_MAX;

	if (chance(10))
		m->lines[m->count++] = make_line(m, chance(50) ? &login : &config);
	if (chance(10)) {
		m->dropped = true;
		drop = below(g->count);
	}
	for (unsigned i = 0; i < g->count; i++) {
		if (i != drop)
			m->lines[m->count++] = make_line(m, &g->pieces[i]);
	}
}

/* A record of auditd with the stamp of another event. */
static void make_daemon(struct made *m)
{
	static const struct piece rotate = {
		"type=DAEMON_ROTATE msg=audit(",
		"): op=rotate-logs auid=0 pid=1 res=success"
	};

	m->alone = true;
	m->lines[m->count++] = make_line(m, &rotate);
}

static bool stamp_is_taken(const struct made *made, unsigned count, const struct made *m)
{
	for (unsigned i = 0; i < count; i++) {
		if (made[i].time == m->time && made[i].serial == m->serial &&
		    made[i].node == m->node)
			return true;
	}
	return false;
}

static void make_events(struct made *made)
{
	static const char *const nodes[] = { "alpha", "beta" };
	uint64_t clock = 1795307651000;
	uint32_t serial = below(2) ? UINT32_MAX - 100 : below(100000);

	for (unsigned i = 0; i < EVENTS; i++) {
		struct made *m = &made[i];

		*m = (struct made){ .node = NULL };
		if (chance(1))
			clock += chance(50) ? DAY : (uint64_t)-DAY;
		if (chance(1))
			serial = 0;
		clock += below(4);
		m->time = clock - (chance(10) ? below(HOUR) : 0);
		m->serial = ++serial;
		if (i && chance(5)) {
			m->time = made[i - 1].time;
			m->serial = made[i - 1].serial;
			if (chance(50)) {
				make_daemon(m);
				continue;
			}
			m->node = nodes[below(2)];
		}
		while (stamp_is_taken(made, i, m))
			m->time++;
		make_event(m, &pool[below(pool_size)]);
	}
}

static void free_events(struct made *made)
{
	for (unsigned i = 0; i < EVENTS; i++) {
		for (unsigned k = 0; k < made[i].count; k++)
			free(made[i].lines[k]);
	}
}

/* The event whose next record comes now. */
static struct made *choose(struct made **active, unsigned count, uint64_t now)
{
	struct made *oldest = active[0];

	for (unsigned i = 1; i < count; i++) {
		if (active[i]->last_dealt < oldest->last_dealt)
			oldest = active[i];
	}
	return now - oldest->last_dealt >= OLDEST ? oldest : active[below(count)];
}

/* Deals the records of all events out into one stream. Returns its length. */
static unsigned deal(struct made *made, const char **stream)
{
	struct made *active[ACTIVE_MAX];
	unsigned count = 0, next = 0, len = 0, width = 1 + below(ACTIVE_MAX);

	while (next < EVENTS || count) {
		struct made *m;

		while (count < width && next < EVENTS) {
			made[next].last_dealt = len;
			active[count++] = &made[next++];
		}
		m = choose(active, count, len);
		stream[len] = m->lines[m->dealt++];
		m->last_dealt = len++;
		for (unsigned i = 0; m->dealt == m->count && i < count; i++) {
			if (active[i] == m)
				active[i] = active[--count];
		}
	}
	return len;
}

/* Events of the truth in the order of their first records in the stream. */
static void order_events(struct made *made, struct made **ordered, const char **stream,
			 unsigned len)
{
	unsigned n = 0;

	for (unsigned at = 0; at < len; at++) {
		for (unsigned i = 0; i < EVENTS; i++) {
			if (made[i].count && made[i].lines[0] == stream[at])
				ordered[n++] = &made[i];
		}
	}
	ck_assert_uint_eq(n, EVENTS);
}

static void check_event(const struct event *event, const struct made *m, uint64_t seed)
{
	ck_assert_msg(event->serial == m->serial && event->time == (stamp_ms)m->time,
		      "seed %" PRIu64 ": %u instead of %u", seed, event->serial,
		      m->serial);
	ck_assert_msg(slice_eq_str(event->node, m->node ? m->node : ""),
		      "seed %" PRIu64 ": node of %u", seed, m->serial);
	ck_assert_msg(event->nrecords == m->count,
		      "seed %" PRIu64 ": %u has %u records, not %u", seed, m->serial,
		      event->nrecords, m->count);
	for (uint32_t i = 0; i < event->nrecords; i++)
		ck_assert_msg(slice_eq_str(event->records[i].line, m->lines[i]),
			      "seed %" PRIu64 ": record %u of %u", seed, i, m->serial);
	if (!m->dropped)
		ck_assert_msg(event->missing == 0 && event->end == EVENT_COMPLETE,
			      "seed %" PRIu64 ": %u lacks %x, ended %d", seed, m->serial,
			      event->missing, event->end);
}

/* Does a record whose absence must be noticed lack? */
static bool lacks(const struct made *m)
{
	unsigned syscalls = 0, titles = 0, execves = 0, paths = 0, items = 0;
	bool executed = false;

	for (unsigned i = 0; i < m->count; i++) {
		const char *line = m->lines[i], *at;

		titles += strstr(line, "type=PROCTITLE ") != NULL;
		paths += strstr(line, "type=PATH ") != NULL;
		execves += strstr(line, " argc=") != NULL;
		if (!strstr(line, "type=SYSCALL "))
			continue;
		syscalls++;
		at = strstr(line, " items=");
		items = (unsigned)strtoul(at + 7, NULL, 10);
		executed = strstr(line, " syscall=59 success=yes") ||
			   strstr(line, " syscall=322 success=yes");
	}
	return !syscalls || !titles || paths < items || (executed && !execves);
}

/* Takes what is ready; one in so many times. Returns the count of all so far. */
static unsigned take_ready(struct assembler *assembler, struct made *const *ordered,
			   unsigned got, unsigned percent, uint64_t seed)
{
	const struct event *event;

	while (chance(percent) && (event = assembler_next(assembler))) {
		ck_assert_msg(got < EVENTS, "seed %" PRIu64 ": too many events", seed);
		check_event(event, ordered[got], seed);
		ck_assert_msg(!lacks(ordered[got]) || event->missing ||
				      ordered[got]->alone,
			      "seed %" PRIu64 ": %u lacks nothing", seed, event->serial);
		got++;
	}
	return got;
}

/* Stops, and goes on with what was saved. */
static void save_and_load(struct assembler **assembler, uint64_t seed)
{
	struct strbuf saved, again;

	strbuf_init(&saved);
	strbuf_init(&again);
	assembler_save(*assembler, &saved);
	assembler_free(assembler);
	*assembler = assembler_load(strbuf_slice(&saved));
	ck_assert_msg(*assembler != NULL, "seed %" PRIu64 ": damaged", seed);
	assembler_save(*assembler, &again);
	ck_assert_str_eq(strbuf_str(&saved), strbuf_str(&again));
	strbuf_fini(&saved);
	strbuf_fini(&again);
}

static void check_seed(uint64_t seed)
{
	struct made *made = xcalloc(EVENTS, sizeof(*made)), *ordered[EVENTS];
	const char **stream = xcalloc(STREAM_MAX, sizeof(*stream));
	struct assembler *assembler = assembler_new();
	unsigned len, got = 0, percent;

	random_state = seed * 0x9e3779b97f4a7c15u + 1;
	percent = chance(50) ? 100 : below(100);
	make_events(made);
	len = deal(made, stream);
	order_events(made, ordered, stream, len);
	for (unsigned i = 0; i < len; i++) {
		assembler_feed(assembler, slice_str(stream[i]));
		got = take_ready(assembler, ordered, got, percent, seed);
		if (chance(1)) {
			got = take_ready(assembler, ordered, got, 100, seed);
			save_and_load(&assembler, seed);
		}
	}
	assembler_flush(assembler);
	got = take_ready(assembler, ordered, got, 100, seed);
	ck_assert_msg(got == EVENTS, "seed %" PRIu64 ": %u events", seed, got);
	ck_assert_uint_eq(assembler_stats(assembler)->late, 0);
	ck_assert_uint_eq(assembler_stats(assembler)->malformed, 0);
	assembler_free(&assembler);
	free_events(made);
	free(made);
	free(stream);
}

START_TEST(mixed_records_give_the_same_events)
{
	const char *seed = getenv("AUSPEX_SEED");

	/* Once for all: it is most of the work, and each process would repeat it. */
	load_pool();
	if (seed)
		check_seed(strtoull(seed, NULL, 10));
	for (uint64_t i = 0; !seed && i < SEEDS; i++)
		check_seed(i);
}
END_TEST

/* Feeds the lines of text, the last one possibly cut. */
static void feed_text(struct assembler *assembler, const char *text, size_t len)
{
	while (len) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len;

		assembler_feed(assembler, slice_make(text, n));
		if (n < len)
			n++;
		text += n;
		len -= n;
	}
}

static void check_cut(struct made *const *ordered, const char *text, size_t len)
{
	struct assembler *assembler = assembler_new();
	const struct event *event;
	unsigned got = 0;

	feed_text(assembler, text, len);
	assembler_flush(assembler);
	while ((event = assembler_next(assembler))) {
		const struct made *m = ordered[got++];

		ck_assert_msg(event->serial == m->serial, "cut at %zu: %u instead of %u",
			      len, event->serial, m->serial);
		ck_assert_uint_le(event->nrecords, m->count);
		for (uint32_t i = 0; i + 1 < event->nrecords; i++)
			ck_assert_msg(slice_eq_str(event->records[i].line, m->lines[i]),
				      "cut at %zu: record %u of %u", len, i, m->serial);
		ck_assert_msg(event->nrecords == m->count || event->missing ||
				      event->end == EVENT_FLUSH,
			      "cut at %zu: %u lacks nothing", len, m->serial);
	}
	ck_assert_uint_le(assembler_stats(assembler)->malformed, 1);
	assembler_free(&assembler);
}

START_TEST(a_stream_may_be_cut_anywhere)
{
	struct made *made = xcalloc(EVENTS, sizeof(*made)), *ordered[EVENTS];
	const char **stream = xcalloc(STREAM_MAX, sizeof(*stream));
	struct strbuf text;
	unsigned len;

	load_pool();
	random_state = 77;
	make_events(made);
	len = deal(made, stream);
	order_events(made, ordered, stream, len);
	strbuf_init(&text);
	for (unsigned i = 0; i < len; i++) {
		strbuf_add_str(&text, stream[i]);
		strbuf_add_char(&text, '\n');
	}
	/* Each place around the first line ends, then places at random. */
	for (size_t n = 0; n < 1500; n++)
		check_cut(ordered, text.ptr, n);
	for (unsigned i = 0; i < 300; i++)
		check_cut(ordered, text.ptr, below((unsigned)text.len));
	strbuf_fini(&text);
	free_events(made);
	free(made);
	free(stream);
}
END_TEST

Suite *suite_interleave(void);

Suite *suite_interleave(void)
{
	Suite *suite = suite_create("interleave");
	TCase *tc = tcase_create("interleave");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, mixed_records_give_the_same_events);
	tcase_add_test(tc, a_stream_may_be_cut_anywhere);
	suite_add_tcase(suite, tc);
	return suite;
}
