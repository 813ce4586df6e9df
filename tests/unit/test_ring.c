/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/ring.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "base/slice.h"

enum { STREAM_LINES = 60000 };

/* What a reader made of a ring: every line bears its number. */
struct seen {
	uint64_t pos;
	uint64_t lines, bytes, dropped, gaps, cut;
	uint64_t next; /* the number that the next line should have */
	bool ended;
};

static void open_pipe(int fds[2])
{
	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	fcntl(fds[0], F_SETPIPE_SZ, 1 << 20);
}

static void see_line(struct seen *seen, struct slice line)
{
	uint64_t number;

	ck_assert_uint_ge(line.len, 8);
	ck_assert(num_u64(slice_make(line.ptr, 8), &number));
	ck_assert_uint_eq(number, seen->next);
	/* The rest of a line is one letter, so that a mixture would show. */
	for (size_t i = 8; i < line.len; i++)
		ck_assert_int_eq(line.ptr[i], 'a' + (char)(number % 26));
	seen->next++;
	seen->lines++;
	seen->bytes += line.len + 1;
}

static void see_frame(struct seen *seen, const struct ring_frame *frame)
{
	struct slice rest = slice_make(ring_payload(frame), frame->len);
	struct ring_dropped gap;

	switch (frame->kind) {
	case RING_LINES:
		ck_assert_int_eq(rest.ptr[rest.len - 1], '\n');
		while (rest.len) {
			size_t len =
				(size_t)((const char *)memchr(rest.ptr, '\n', rest.len) -
					 rest.ptr);

			see_line(seen, slice_make(rest.ptr, len));
			rest = slice_skip(rest, len + 1);
		}
		break;
	case RING_DROPPED:
		memcpy(&gap, rest.ptr, sizeof(gap));
		ck_assert_uint_gt(gap.records, 0);
		seen->next += gap.records;
		seen->dropped += gap.records;
		seen->gaps++;
		break;
	case RING_END: seen->ended = true; break;
	default: break;
	}
}

/* Reads up to max frames and lets go of them. */
static void see(struct ring *ring, struct seen *seen, unsigned max)
{
	const struct ring_frame *frame;

	while (max-- && (frame = ring_at(ring, seen->pos))) {
		see_frame(seen, frame);
		seen->pos = ring_behind(seen->pos, frame);
	}
	ring->ctl->keep = seen->pos;
}

/*
 * Lines of random lengths in pieces of random sizes; the reader keeps up, or
 * falls behind now and then. What is not read was told as dropped, to the line.
 */
START_TEST(stream_keeps_every_line_or_counts_it)
{
	static const struct {
		unsigned read_every, frames, longest;
	} cases[] = {
		{ 1, 1000, 300 }, { 50, 1000, 300 },    { 400, 3, 300 },
		{ 400, 1, 9000 }, { 3000, 1000, 2000 }, { 100, 10, 60000 },
	};
	unsigned longest = cases[_i].longest,
		 lines = STREAM_LINES * 300 / (longest + 299);
	struct ring ring;
	struct seen seen = { 0 };
	static char text[1 << 18];
	size_t len = 0, at = 0;
	unsigned made = 0, step = 0;
	int fds[2];

	srand48(_i);
	ck_assert_int_eq(ring_init(&ring, RING_SIZE_MIN, NULL), 0);
	open_pipe(fds);
	while (made < lines || at < len) {
		size_t n;
		ssize_t wrote;

		if (at == len) {
			for (at = len = 0; made < lines && len < sizeof(text) / 2;
			     made++) {
				size_t more = (size_t)lrand48() % longest;

				len += (size_t)snprintf(text + len, 9, "%08u", made);
				memset(text + len, 'a' + (char)(made % 26), more);
				len += more;
				text[len++] = '\n';
			}
		}
		n = 1 + (size_t)lrand48() % (len - at);
		wrote = write(fds[1], text + at, n);
		at += wrote > 0 ? (size_t)wrote : 0;
		ring_fill(&ring, fds[0], 1);
		if (lrand48() % 20 == 0)
			ring_put(&ring, RING_TICK, NULL, 0, 1);
		if (++step % cases[_i].read_every == 0)
			see(&ring, &seen, cases[_i].frames);
	}
	close(fds[1]);
	while (ring_fill(&ring, fds[0], 1) > 0)
		;
	while (!ring_finish(&ring, 2))
		see(&ring, &seen, 1000);
	see(&ring, &seen, UINT32_MAX);
	ck_assert(seen.ended);
	ck_assert_uint_eq(seen.lines + seen.dropped, lines);
	ck_assert_uint_eq(seen.next, lines);
	ck_assert_uint_eq(seen.dropped, ring.ctl->dropped_records);
	ck_assert_uint_eq(seen.bytes, ring.ctl->lines_bytes);
	/* The first two keep up; the others must have had gaps. */
	ck_assert_int_eq(seen.gaps > 0, _i >= 2);
	close(fds[0]);
	ring_fini(&ring);
}
END_TEST

START_TEST(line_without_end_is_cut)
{
	static char text[3 * RING_LINE_MAX];
	const struct ring_frame *frame;
	struct ring ring;
	int fds[2];

	ck_assert_int_eq(ring_init(&ring, RING_SIZE_MIN, NULL), 0);
	open_pipe(fds);
	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(write(fds[1], text, sizeof(text)), sizeof(text));
	ck_assert_int_eq(write(fds[1], "\nnext\n", 6), 6);
	close(fds[1]);
	while (ring_fill(&ring, fds[0], 1) > 0)
		;
	ck_assert(ring_finish(&ring, 1));
	frame = ring_at(&ring, 0);
	ck_assert_uint_eq(frame->kind, RING_LINES);
	ck_assert_uint_ge(frame->len, RING_LINE_MAX);
	ck_assert_uint_eq(ring.ctl->cut_lines, 1);
	ck_assert_uint_eq(ring.ctl->dropped_records, 0);
	frame = ring_at(&ring, ring_behind(0, frame));
	ck_assert_uint_eq(frame->kind, RING_LINES);
	ck_assert_uint_eq(frame->len, 5);
	ck_assert_int_eq(memcmp(ring_payload(frame), "next\n", 5), 0);
	close(fds[0]);
	ring_fini(&ring);
}
END_TEST

START_TEST(last_line_needs_no_newline)
{
	const struct ring_frame *frame;
	struct ring ring;
	int fds[2];

	ck_assert_int_eq(ring_init(&ring, RING_SIZE_MIN, NULL), 0);
	open_pipe(fds);
	ck_assert_int_eq(write(fds[1], "one\ntwo", 7), 7);
	close(fds[1]);
	while (ring_fill(&ring, fds[0], 1) > 0)
		;
	ck_assert(ring_finish(&ring, 1));
	frame = ring_at(&ring, 0);
	ck_assert_uint_eq(frame->len, 4);
	frame = ring_at(&ring, ring_behind(0, frame));
	ck_assert_int_eq(memcmp(ring_payload(frame), "two\n", 4), 0);
	frame = ring_at(&ring, ring_behind((uint64_t)32, frame));
	ck_assert_uint_eq(frame->kind, RING_END);
	close(fds[0]);
	ring_fini(&ring);
}
END_TEST

/* What a worker says of itself is believed only where it can be true. */
START_TEST(wrong_keep_is_ignored)
{
	static const uint64_t wrong[] = { UINT64_MAX, 1 << 30, 4096 };
	char filler[1024] = { 0 };
	struct ring ring;

	ck_assert_int_eq(ring_init(&ring, RING_SIZE_MIN, NULL), 0);
	ring.ctl->keep = wrong[_i];
	if (_i == 2) { /* possible once, and not to be taken back */
		while (ring.head < 8192)
			ck_assert(ring_put(&ring, RING_REPLY, filler, sizeof(filler), 1));
		ck_assert_uint_eq(ring.keep, 4096);
		ring.ctl->keep = 0;
	}
	while (ring_put(&ring, RING_REPLY, filler, sizeof(filler), 1))
		ck_assert_uint_lt(ring.head - (_i == 2 ? 4096 : 0), RING_SIZE_MIN);
	ck_assert_uint_eq(ring.keep, _i == 2 ? 4096 : 0);
	ring_fini(&ring);
}
END_TEST

/* The worker's mapping cannot be made writable again. */
START_TEST(reader_cannot_write)
{
	struct ring ring;
	int status;
	pid_t pid;

	ck_assert_int_eq(ring_init(&ring, RING_SIZE_MIN, NULL), 0);
	ck_assert(ring_put(&ring, RING_TICK, NULL, 0, 7));
	pid = fork();
	if (pid == 0) {
		struct ring own;

		if (ring_attach(&own, ring.ctl_fd, ring.fd, NULL) != 0 ||
		    own.size != RING_SIZE_MIN || !ring_at(&own, 0) ||
		    ring_at(&own, 0)->mono_ms != 7)
			_exit(7);
		own.data[0] = 'x';
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) ||
		  (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 7));
	ring_fini(&ring);
}
END_TEST

Suite *suite_ring(void);

Suite *suite_ring(void)
{
	Suite *suite = suite_create("ring");
	TCase *tc = tcase_create("ring");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, stream_keeps_every_line_or_counts_it, 0, 6);
	tcase_add_test(tc, line_without_end_is_cut);
	tcase_add_test(tc, last_line_needs_no_newline);
	tcase_add_loop_test(tc, wrong_keep_is_ignored, 0, 3);
	tcase_add_test(tc, reader_cannot_write);
	suite_add_tcase(suite, tc);
	return suite;
}
