/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays a log to an auditd that listens for records of other machines:
 *   send_records HOST PORT LOG SECONDS RECORDS-PER-SECOND (0: as many as it takes)
 * Each round over the log has later times and other serials than the one
 * before it. The messages are as auditd's own forwarder sends them: a header
 * of 16 bytes, the record, and an answer of 16 bytes to each, once it stands in
 * auditd's queue (lib/private.h of audit: AUDIT_RMW_*).
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/fsio.h"
#include "base/num.h"

enum {
	HEADER = 16,
	LIMIT_LOG = 1 << 30,
	BUFFER = 64 << 10,
	BURST = 200,  /* records between two looks at the clock */
	WINDOW = 500, /* without an answer: or what waits in the network comes at once */
	ROUND_SECONDS = 60, /* between the times of two rounds */
	ROUND_SERIALS = 1000000,
};

struct sender {
	int fd;
	unsigned char out[BUFFER];
	size_t len, at;
	unsigned long long sent, answered;
	uint32_t seq;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static bool is_far_ahead(const struct sender *s)
{
	return s->sent >= s->answered / HEADER + WINDOW;
}

/* Waits until there is room for one more message; takes answers meanwhile. */
static int flush(struct sender *s, size_t need)
{
	unsigned char answers[4096];

	while (s->len + need > sizeof(s->out) || need == 0 || is_far_ahead(s)) {
		struct pollfd fd = { s->fd, POLLIN, 0 };
		ssize_t n;

		if (s->at < s->len)
			fd.events |= POLLOUT;
		else if (need == 0)
			return 0;
		poll(&fd, 1, 1000);
		if (fd.revents & POLLIN) {
			n = read(s->fd, answers, sizeof(answers));
			if (n <= 0)
				return -1;
			s->answered += (unsigned long long)n;
		}
		if (fd.revents & POLLOUT) {
			n = write(s->fd, s->out + s->at, s->len - s->at);
			if (n < 0 && errno != EAGAIN)
				return -1;
			s->at += n > 0 ? (size_t)n : 0;
		}
		if (s->at == s->len)
			s->at = s->len = 0;
	}
	return 0;
}

/* "audit(SEC.MSEC:SERIAL)" of the line, moved on by the rounds. */
static int put_record(struct sender *s, struct slice line, unsigned round)
{
	const char *id = memmem(line.ptr, line.len, "audit(", 6);
	unsigned char *p;
	uint64_t sec, serial;
	const char *dot, *colon, *end;
	int len;

	if (!id || !(dot = memchr(id, '.', 32)) || !(colon = memchr(dot, ':', 8)) ||
	    !(end = memchr(colon, ')', 16)))
		return 0;
	if (!num_u64(slice_make(id + 6, (size_t)(dot - id - 6)), &sec) ||
	    !num_u64(slice_make(colon + 1, (size_t)(end - colon - 1)), &serial))
		return 0;
	if (flush(s, HEADER + line.len + 32) != 0)
		return -1;
	p = s->out + s->len;
	len = snprintf((char *)p + HEADER, line.len + 32, "%.*s%llu%.*s%llu%.*s",
		       (int)(id + 6 - line.ptr), line.ptr,
		       (unsigned long long)sec + round * ROUND_SECONDS,
		       (int)(colon + 1 - dot), dot,
		       (unsigned long long)serial + round * ROUND_SERIALS,
		       (int)(line.ptr + line.len - end), end);
	memset(p, 0, HEADER);
	put32(p, 0xff0000feu);
	p[10] = (unsigned char)len;
	p[11] = (unsigned char)(len >> 8);
	put32(p + 12, s->seq++);
	s->len += HEADER + (size_t)len;
	s->sent++;
	return 0;
}

static int play(struct sender *s, struct slice log, double seconds, double rate)
{
	double start = now(), next = start;
	struct slice rest = log;
	unsigned round = 0;

	while (now() - start < seconds) {
		for (int i = 0; i < BURST; i++) {
			const char *end = memchr(rest.ptr, '\n', rest.len);
			size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

			if (put_record(s, slice_make(rest.ptr, len), round) != 0)
				return -1;
			rest = slice_skip(rest, len + 1);
			if (rest.len == 0) {
				rest = log;
				round++;
			}
		}
		/* Time that was lost is not made up for: that would be a burst. */
		next = (next > now() ? next : now()) + (rate > 0 ? BURST / rate : 0);
		while (rate > 0 && now() < next)
			usleep(100);
	}
	return flush(s, 0);
}

int main(int argc, char **argv)
{
	static struct sender s = { .seq = 1 };
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct strbuf log;
	struct err err;
	double start;
	int rc;

	if (argc != 6) {
		fputs("usage: send_records HOST PORT LOG SECONDS RATE\n", stderr);
		return 2;
	}
	strbuf_init(&log);
	if (fsio_read_file(argv[3], LIMIT_LOG, &log, &err) != 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	inet_pton(AF_INET, argv[1], &to.sin_addr);
	to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	s.fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(s.fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		perror("connect");
		return 1;
	}
	fcntl(s.fd, F_SETFL, O_NONBLOCK);
	start = now();
	rc = play(&s, strbuf_slice(&log), strtod(argv[4], NULL), strtod(argv[5], NULL));
	printf("%llu %.3f\n", s.sent, now() - start);
	strbuf_fini(&log);
	return rc != 0;
}
