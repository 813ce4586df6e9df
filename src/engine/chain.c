/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/chain.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

enum {
	BUFFER = 2 * CHAIN_LINE,
	FILES = 2 * CHAIN_LIST,
	FIRST_BYTES = 48, /* shorter than any record */
};

struct chain_file {
	int fd;
	uint64_t dev, inode;
	uint64_t number; /* chain_pos.file */
	bool hole;       /* what was before it is not there */
};

struct chain {
	size_t (*list)(void *ctx, int fds[CHAIN_LIST]);
	void *ctx;
	struct chain_file files[FILES]; /* the oldest first */
	size_t n;
	uint64_t next_number;
	struct chain_reader main, scout;
};

struct chain *chain_new(size_t (*list)(void *ctx, int fds[CHAIN_LIST]), void *ctx)
{
	struct chain *c = xcalloc(1, sizeof(*c));

	c->list = list;
	c->ctx = ctx;
	c->main.buffer = xmalloc(BUFFER);
	c->scout.buffer = xmalloc(BUFFER);
	return c;
}

static void drop_first(struct chain *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(c->files[i].fd);
	c->n -= n;
	memmove(c->files, c->files + n, c->n * sizeof(c->files[0]));
}

void chain_free(struct chain **chain)
{
	if (!*chain)
		return;
	drop_first(*chain, (*chain)->n);
	free((*chain)->main.buffer);
	free((*chain)->scout.buffer);
	free(*chain);
	*chain = NULL;
}

/* ---- files ---- */

static struct chain_file *file_of(struct chain *c, uint64_t number)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->files[i].number == number)
			return &c->files[i];
	}
	return NULL;
}

static uint64_t size_of(const struct chain_file *file)
{
	struct stat st;

	return fstat(file->fd, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

/* Takes fd over. */
static void append(struct chain *c, int fd, const struct stat *st, bool hole)
{
	if (c->n == FILES)
		drop_first(c, 1);
	c->files[c->n++] = (struct chain_file){ .fd = fd,
						.dev = st->st_dev,
						.inode = st->st_ino,
						.number = ++c->next_number,
						.hole = hole };
}

static bool is_known(const struct chain *c, const struct stat *st)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->files[i].inode == st->st_ino && c->files[i].dev == st->st_dev)
			return true;
	}
	return false;
}

/*
 * The file is still written to, but has become shorter: copied and truncated.
 * It goes on as another file from its beginning.
 */
static bool begin_again(struct chain *c)
{
	struct chain_file *last = &c->files[c->n - 1];
	struct stat st;
	int fd;

	if (c->main.pos.file != last->number || size_of(last) >= c->main.pos.offset)
		return false;
	fd = dup(last->fd);
	if (fd < 0 || fstat(fd, &st) != 0)
		return false;
	append(c, fd, &st, true);
	return true;
}

bool chain_refresh(struct chain *c)
{
	int fds[CHAIN_LIST];
	size_t n = c->list(c->ctx, fds), new = n;
	struct stat st[CHAIN_LIST];
	bool more = false, hole;

	for (size_t i = 0; i < n; i++) {
		if (fstat(fds[i], &st[i]) != 0)
			st[i] = (struct stat){ 0 };
	}
	/* Those before the newest that we have are new. */
	for (size_t i = 0; i < n && new == n && c->n; i++) {
		if (st[i].st_ino == c->files[c->n - 1].inode &&
		    st[i].st_dev == c->files[c->n - 1].dev)
			new = i;
	}
	hole = c->n && n && new == n;
	for (size_t i = n; i-- > 0;) {
		if (i >= new || is_known(c, &st[i])) {
			close(fds[i]);
			continue;
		}
		append(c, fds[i], &st[i], hole);
		hole = false;
		more = true;
	}
	return more || (c->n && begin_again(c));
}

bool chain_open(struct chain *c)
{
	drop_first(c, c->n);
	if (!chain_refresh(c))
		return false;
	chain_move(c, &c->main, &(struct chain_pos){ c->files[0].number, 0 });
	return true;
}

bool chain_is_hole(const struct chain *c, uint64_t number)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->files[i].number == number)
			return c->files[i].hole;
	}
	return false;
}

void chain_forget(struct chain *c)
{
	size_t n = 0;

	while (n + 1 < c->n && c->files[n].number < c->main.pos.file)
		n++;
	if (n)
		drop_first(c, n);
}

uint64_t chain_unread(struct chain *c)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (c->files[i].number >= c->main.pos.file)
			bytes += size_of(&c->files[i]);
	}
	return bytes > c->main.pos.offset ? bytes - c->main.pos.offset : 0;
}

/* ---- lines ---- */

struct chain_reader *chain_main(struct chain *c)
{
	return &c->main;
}

struct chain_reader *chain_scout(struct chain *c)
{
	chain_move(c, &c->scout, &c->main.pos);
	return &c->scout;
}

void chain_move(struct chain *c, struct chain_reader *r, const struct chain_pos *to)
{
	(void)c;
	/* What is in the buffer stays there if it is of use. */
	if (r->pos.file != to->file || to->offset < r->begin ||
	    to->offset > r->begin + r->len) {
		r->begin = to->offset;
		r->len = 0;
	}
	r->pos = *to;
	r->line = 0;
}

/* Reads more behind what the buffer holds. false: there is no more. */
static bool fill(struct chain *c, struct chain_reader *r)
{
	const struct chain_file *file = file_of(c, r->pos.file);
	size_t used = (size_t)(r->pos.offset - r->begin);
	ssize_t got;

	if (!file)
		return false;
	memmove(r->buffer, r->buffer + used, r->len - used);
	r->begin += used;
	r->len -= used;
	if (r->len == BUFFER)
		return false;
	got = pread(file->fd, r->buffer + r->len, BUFFER - r->len,
		    (off_t)(r->begin + r->len));
	if (got <= 0)
		return false;
	r->len += (size_t)got;
	return true;
}

/* To the beginning of the file behind the reader's. */
static bool next_file(struct chain *c, struct chain_reader *r)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->files[i].number > r->pos.file) {
			chain_move(c, r, &(struct chain_pos){ c->files[i].number, 0 });
			return true;
		}
	}
	return false;
}

bool chain_line(struct chain *c, struct chain_reader *r, struct slice *line)
{
	size_t looked = 0;

	for (;;) {
		size_t used = (size_t)(r->pos.offset - r->begin);
		const char *at = r->buffer + used;
		const char *end = NULL;

		if (r->len - used > looked)
			end = memchr(at + looked, '\n', r->len - used - looked);
		if (end) {
			*line = slice_make(at, (size_t)(end - at));
			r->line = line->len + 1;
			return true;
		}
		looked = r->len - used;
		if (looked >= CHAIN_LINE) {
			/* Nobody's record: on behind it. */
			r->pos.offset += looked;
			looked = 0;
		}
		if (fill(c, r))
			continue;
		/* A file that another one follows is not written to any more. */
		if (!next_file(c, r))
			return false;
		looked = 0;
	}
}

void chain_skip(struct chain_reader *r)
{
	r->pos.offset += r->line;
	r->line = 0;
}

bool chain_skip_if(struct chain *c, struct chain_reader *r, struct slice line)
{
	size_t used = (size_t)(r->pos.offset - r->begin);

	if (r->len - used <= line.len) {
		if (!fill(c, r))
			return false;
		used = (size_t)(r->pos.offset - r->begin);
	}
	if (r->len - used <= line.len || r->buffer[used + line.len] != '\n' ||
	    memcmp(r->buffer + used, line.ptr, line.len) != 0)
		return false;
	r->pos.offset += line.len + 1;
	r->line = 0;
	return true;
}

/* ---- places ---- */

static bool digest_before(const struct chain_file *file, uint64_t offset,
			  char out[SHA256_HEX + 1])
{
	uint8_t raw[SHA256_LEN];
	char bytes[CHAIN_MARK_BYTES];
	size_t n = offset < sizeof(bytes) ? (size_t)offset : sizeof(bytes);
	uint64_t from = offset - n;
	struct sha256 *ctx;

	/* Nothing is before a file's beginning. */
	if (n == 0)
		n = FIRST_BYTES;
	if (pread(file->fd, bytes, n, (off_t)from) != (ssize_t)n)
		return false;
	ctx = sha256_new();
	sha256_add(ctx, bytes, n);
	sha256_end(ctx, raw);
	sha256_free(&ctx);
	hex_encode(raw, SHA256_LEN, out);
	return true;
}

bool chain_mark(struct chain *c, const struct chain_pos *pos, struct chain_mark *out)
{
	const struct chain_file *file = file_of(c, pos->file);

	out->offset = pos->offset;
	return file && digest_before(file, pos->offset, out->digest);
}

/* Serials and times stand before a place: no other has the same bytes before it. */
bool chain_seek_mark(struct chain *c, const struct chain_mark *mark)
{
	char digest[SHA256_HEX + 1];

	for (size_t i = c->n; i-- > 0;) {
		if (!digest_before(&c->files[i], mark->offset, digest) ||
		    strcmp(digest, mark->digest) != 0)
			continue;
		chain_move(c, &c->main,
			   &(struct chain_pos){ c->files[i].number, mark->offset });
		return true;
	}
	return false;
}

/* Puts r to the first line of the so many bytes before end, which is in the file i. */
static void go_back(struct chain *c, struct chain_reader *r, size_t i, uint64_t end,
		    uint64_t bytes)
{
	struct chain_pos to = { 0 };
	struct slice line;

	while (bytes > end && i > 0) {
		bytes -= end;
		end = size_of(&c->files[--i]);
	}
	to.file = c->files[i].number;
	to.offset = bytes > end ? 0 : end - bytes;
	chain_move(c, r, &to);
	/* In the middle of a line, most likely. */
	if (to.offset && chain_line(c, r, &line))
		chain_skip(r);
}

void chain_seek_back(struct chain *c, uint64_t bytes)
{
	if (c->n)
		go_back(c, &c->main, c->n - 1, size_of(&c->files[c->n - 1]), bytes);
}

struct chain_pos chain_before(struct chain *c, uint64_t bytes)
{
	struct chain_reader *scout = chain_scout(c);

	for (size_t i = 0; i < c->n; i++) {
		if (c->files[i].number == c->main.pos.file)
			go_back(c, scout, i, c->main.pos.offset, bytes);
	}
	return scout->pos;
}
