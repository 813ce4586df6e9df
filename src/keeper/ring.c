/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* linux/fcntl.h, Linux 5.1 */
#endif

enum {
	/* Kept free of lines, so that a gap can always be told and closed. */
	RESERVE = RING_LINE_MAX + 4096,
	CTL_SIZE = 4096,
};

_Static_assert(sizeof(struct ring_ctl) <= CTL_SIZE, "the control page is one page");
_Static_assert(sizeof(struct ring_frame) == RING_ALIGN, "headers stay aligned");

static char *map_twice(int fd, size_t size, int prot)
{
	char *data = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		return NULL;
	for (int i = 0; i < 2; i++) {
		if (mmap(data + (size_t)i * size, size, prot, MAP_SHARED | MAP_FIXED, fd,
			 0) == MAP_FAILED) {
			munmap(data, 2 * size);
			return NULL;
		}
	}
	return data;
}

/* Of a size that nobody can change: a mapping of it never faults. */
static int sealed_memory(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && (ftruncate(fd, (off_t)size) != 0 ||
			fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int ring_init(struct ring *ring, size_t size, struct err *err)
{
	size_t rounded = RING_SIZE_MIN;
	void *ctl = MAP_FAILED;

	while (rounded < size)
		rounded *= 2;
	*ring = (struct ring){ .size = rounded, .ctl_fd = -1, .fd = -1 };
	ring->ctl_fd = sealed_memory("auspex-control", CTL_SIZE);
	/* It stays open: the children map it, and root may look at it through /proc. */
	if (ring->ctl_fd >= 0)
		ctl = mmap(NULL, CTL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   ring->ctl_fd, 0);
	ring->scratch = mmap(NULL, RING_CHUNK, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ring->fd = sealed_memory("auspex-ring", rounded);
	if (ring->fd >= 0)
		ring->data = map_twice(ring->fd, rounded, PROT_READ | PROT_WRITE);
	if (ctl == MAP_FAILED || ring->scratch == MAP_FAILED || !ring->data)
		return err_set(err,
			       "no memory for a ring of %zu MiB (%s): set a smaller "
			       "plugin.ring_mib",
			       rounded >> 20, strerror(errno));
	/* No new mapping can write from here on (not known before Linux 5.1). */
	fcntl(ring->fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	ring->ctl = ctl;
	ring->ctl->form = RING_FORM;
	return 0;
}

void ring_fini(struct ring *ring)
{
	if (ring->data)
		munmap(ring->data, 2 * ring->size);
	if (ring->ctl)
		munmap(ring->ctl, CTL_SIZE);
	if (ring->scratch && ring->scratch != MAP_FAILED)
		munmap(ring->scratch, RING_CHUNK);
	if (ring->fd >= 0)
		close(ring->fd);
	if (ring->ctl_fd >= 0)
		close(ring->ctl_fd);
	*ring = (struct ring){ .ctl_fd = -1, .fd = -1 };
}

struct ring_ctl *ring_map_control(int ctl_fd, struct err *err)
{
	struct ring_ctl *ctl =
		mmap(NULL, CTL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, ctl_fd, 0);

	if (ctl == MAP_FAILED) {
		err_set(err, "no keeper: this is started by auspex-keeper alone");
		return NULL;
	}
	if (ctl->form != RING_FORM) {
		munmap(ctl, CTL_SIZE);
		err_set(err, "auspex-keeper is of another version: install both anew");
		return NULL;
	}
	return ctl;
}

int ring_attach(struct ring *ring, int ctl_fd, int fd, struct err *err)
{
	struct stat st;

	*ring = (struct ring){ .ctl_fd = ctl_fd, .fd = -1 };
	ring->ctl = ring_map_control(ctl_fd, err);
	if (!ring->ctl)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		ring->data = map_twice(fd, (size_t)st.st_size, PROT_READ);
	if (!ring->data)
		return err_set(err, "the ring cannot be mapped: %s", strerror(errno));
	ring->size = (size_t)st.st_size;
	close(fd);
	return 0;
}

/* ---- writing ---- */

static char *place(const struct ring *ring, uint64_t pos)
{
	return ring->data + (pos & (ring->size - 1));
}

static char *payload(const struct ring *ring)
{
	return place(ring, ring->head) + sizeof(struct ring_frame);
}

/* Bytes that may still be written behind head, its header not counted. */
static size_t room(struct ring *ring)
{
	uint64_t keep = atomic_load_explicit(&ring->ctl->keep, memory_order_acquire);
	uint64_t used;

	if (keep >= ring->keep && keep <= ring->head)
		ring->keep = keep;
	used = ring->head - ring->keep + 2 * sizeof(struct ring_frame);
	return used < ring->size ? ring->size - (size_t)used : 0;
}

/* Makes a frame of the len bytes at the payload; what follows them stays unfinished. */
static void publish(struct ring *ring, enum ring_kind kind, size_t len, uint64_t mono_ms)
{
	struct ring_frame *frame = (struct ring_frame *)(void *)place(ring, ring->head);
	const char *rest = payload(ring) + len;
	uint64_t begin = ring->head;

	*frame = (struct ring_frame){ kind, (uint32_t)len, mono_ms };
	ring->head = ring_behind(begin, frame);
	/*
	 * The two places overlap, and the next payload may be mapped at the
	 * ring's beginning again: memmove must see both in one mapping.
	 */
	if (ring->tail)
		memmove((char *)frame + (ring->head - begin) + sizeof(*frame), rest,
			ring->tail);
	atomic_store_explicit(&ring->ctl->head, ring->head, memory_order_release);
}

bool ring_put(struct ring *ring, enum ring_kind kind, const void *data, size_t len,
	      uint64_t mono_ms)
{
	size_t whole = sizeof(struct ring_frame) + len + RING_ALIGN;
	char *at = payload(ring);

	if (room(ring) < whole + ring->tail)
		return false;
	/* The unfinished line makes way. */
	memmove(at + len, at, ring->tail);
	if (len)
		memcpy(at, data, len);
	publish(ring, kind, len, mono_ms);
	return true;
}

static void count_dropped(struct ring *ring, uint64_t records, uint64_t bytes)
{
	if (!ring->dropping) {
		ring->dropping = true;
		ring->gap = (struct ring_dropped){ .first = wall_ms() };
	}
	ring->gap.records += records;
	ring->gap.bytes += bytes;
	atomic_fetch_add(&ring->ctl->dropped_records, records);
	atomic_fetch_add(&ring->ctl->dropped_bytes, bytes);
}

static bool tell_gap(struct ring *ring, uint64_t mono_ms)
{
	ring->gap.last = wall_ms();
	if (!ring_put(ring, RING_DROPPED, &ring->gap, sizeof(ring->gap), mono_ms))
		return false;
	ring->dropping = false;
	return true;
}

/*
 * Takes the rest of a line that was dropped or cut from the n bytes at p.
 * Returns what is left.
 */
static size_t skip_rest(struct ring *ring, char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	size_t gone = end ? (size_t)(end - p) + 1 : n;

	if (!ring->cutting)
		count_dropped(ring, end ? 1 : 0, gone);
	if (end)
		ring->skipping = ring->cutting = false;
	memmove(p, p + gone, n - gone);
	return n - gone;
}

/*
 * n bytes came behind the unfinished line: whole lines become a frame. A
 * line without an end is cut: its beginning is kept, its rest is dropped.
 */
static void take(struct ring *ring, size_t n, uint64_t mono_ms)
{
	char *line = payload(ring), *last;

	atomic_fetch_add(&ring->ctl->lines_bytes, n);
	last = memrchr(line + ring->tail, '\n', n);
	ring->tail += n;
	if (last) {
		size_t len = (size_t)(last - line) + 1;

		ring->tail -= len;
		publish(ring, RING_LINES, len, mono_ms);
	} else if (ring->tail >= RING_LINE_MAX) {
		size_t len = ring->tail;

		line[len - 1] = '\n';
		ring->tail = 0;
		ring->skipping = ring->cutting = true;
		atomic_fetch_add(&ring->ctl->cut_lines, 1);
		publish(ring, RING_LINES, len, mono_ms);
	}
}

/* A line that was begun before the gap is finished: there is room kept for it. */
static size_t finish_line(struct ring *ring, char *p, size_t n, uint64_t mono_ms)
{
	const char *end = memchr(p, '\n', n);
	size_t len = end ? (size_t)(end - p) + 1 : n;

	if (len > RING_LINE_MAX - ring->tail)
		len = RING_LINE_MAX - ring->tail;
	memcpy(payload(ring) + ring->tail, p, len);
	take(ring, len, mono_ms);
	memmove(p, p + len, n - len);
	return n - len;
}

static ssize_t drop(struct ring *ring, int fd, uint64_t mono_ms)
{
	ssize_t got = read(fd, ring->scratch, RING_CHUNK);
	char *p = ring->scratch;
	size_t n;
	uint64_t lines = 0;

	if (got <= 0)
		return got;
	n = (size_t)got;
	if (ring->tail)
		n = finish_line(ring, p, n, mono_ms);
	if (n && ring->skipping)
		n = skip_rest(ring, p, n);
	if (n == 0)
		return got;
	for (const char *at = p; (at = memchr(at, '\n', (size_t)(p + n - at))); at++)
		lines++;
	count_dropped(ring, lines, n);
	ring->skipping = p[n - 1] != '\n';
	return got;
}

ssize_t ring_fill(struct ring *ring, int fd, uint64_t mono_ms)
{
	size_t space = room(ring), enough = ring->tail + RESERVE + RING_LINE_MAX, want;
	ssize_t got;

	if (ring->dropping)
		enough = ring->size / 8 > enough ? ring->size / 8 : enough;
	if (space < enough || (ring->dropping && !ring->skipping && !ring->tail &&
			       !tell_gap(ring, mono_ms)))
		return drop(ring, fd, mono_ms);
	want = room(ring) - ring->tail - RESERVE;
	if (want > RING_CHUNK)
		want = RING_CHUNK;
	got = read(fd, payload(ring) + ring->tail, want);
	if (got > 0) {
		size_t n = (size_t)got;

		if (ring->skipping)
			n = skip_rest(ring, payload(ring), n);
		/* What was skipped ends the gap: its frame stands before the next line. */
		if (n && ring->dropping && !ring->skipping && !ring->tail) {
			ring->tail = n;
			tell_gap(ring, mono_ms);
			ring->tail = 0;
		}
		if (n)
			take(ring, n, mono_ms);
	}
	return got;
}

void ring_mend(struct ring *ring, uint64_t mono_ms)
{
	if (ring->dropping && !ring->skipping && !ring->tail &&
	    room(ring) > ring->size / 8 + RESERVE)
		tell_gap(ring, mono_ms);
}

bool ring_finish(struct ring *ring, uint64_t mono_ms)
{
	if (ring->tail) {
		payload(ring)[ring->tail] = '\n';
		take(ring, 1, mono_ms);
	}
	if (ring->dropping && !tell_gap(ring, mono_ms))
		return false;
	return ring_put(ring, RING_END, NULL, 0, mono_ms);
}

/* ---- reading ---- */

const struct ring_frame *ring_at(const struct ring *ring, uint64_t pos)
{
	if (pos == atomic_load_explicit(&ring->ctl->head, memory_order_acquire))
		return NULL;
	return (const struct ring_frame *)(const void *)place(ring, pos);
}
