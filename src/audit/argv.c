/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/argv.h"

#include <linux/audit.h>
#include <string.h>

#include "audit/field.h"
#include "audit/limits.h"
#include "base/digest.h"
#include "base/num.h"

/* A field of an EXECVE record, understood. */
struct piece {
	enum { PIECE_ARGC, PIECE_WHOLE, PIECE_LEN, PIECE_PART } kind;
	uint64_t index;
	struct slice value;
};

/* Goes over the fields of all EXECVE records of an event. */
struct walk {
	const struct event *event;
	uint32_t record; /* the next one to look at */
	struct slice rest;
};

static bool key_index(struct slice digits, uint64_t *out)
{
	/* Far below where it could wrap; more arguments than that do not fit
	 * into the stack of a new process. */
	return digits.len <= 9 && num_u64(digits, out);
}

/* "aN", "aN_len", "aN[M]". */
static bool parse_key(struct slice key, struct piece *out)
{
	static const struct slice len_end = { "_len", 4 };
	struct slice digits = slice_skip(key, 1);

	if (key.len < 2 || key.ptr[0] != 'a')
		return false;
	out->kind = PIECE_WHOLE;
	if (digits.ptr[digits.len - 1] == ']') {
		const char *bracket = memchr(digits.ptr, '[', digits.len);

		if (!bracket)
			return false;
		out->kind = PIECE_PART;
		digits.len = (size_t)(bracket - digits.ptr);
	} else if (slice_ends(digits, len_end)) {
		out->kind = PIECE_LEN;
		digits.len -= len_end.len;
	}
	return key_index(digits, &out->index);
}

static bool walk_next(struct walk *walk, struct piece *out)
{
	struct field field;

	for (;;) {
		while (field_next(&walk->rest, &field)) {
			out->value = field.value;
			if (parse_key(field.key, out))
				return true;
			if (slice_eq(field.key, SLICE_LIT("argc"))) {
				out->kind = PIECE_ARGC;
				return true;
			}
		}
		while (walk->record < walk->event->nrecords &&
		       walk->event->records[walk->record].type != AUDIT_EXECVE)
			walk->record++;
		if (walk->record == walk->event->nrecords)
			return false;
		walk->rest = walk->event->records[walk->record++].body;
	}
}

struct builder {
	struct arena *arena;
	struct event_argv *out;
	uint32_t room;       /* entries that out->argv can hold */
	size_t bytes;        /* kept so far */
	uint64_t next;       /* index after the highest seen */
	bool open;           /* the last argument was begun by a piece */
	struct sha256 *rest; /* of what is not kept; NULL: all is */
};

static void grow(struct builder *b, uint32_t need)
{
	struct slice *argv;
	uint32_t room = b->room ? b->room : 16;

	if (need <= b->room)
		return;
	while (room < need)
		room *= 2;
	argv = arena_alloc(b->arena, room * sizeof(*argv));
	if (b->out->argc)
		memcpy(argv, b->out->argv, b->out->argc * sizeof(*argv));
	b->out->argv = argv;
	b->room = room;
}

/* Puts an argument at index; arguments that were left out become empty. */
static void put(struct builder *b, uint64_t index, struct slice value)
{
	uint64_t gap = index - b->next;

	b->next = index + 1;
	b->out->cut |= gap > 0;
	if (index >= LIMIT_ARGS_KEPT) {
		b->out->cut = true;
		return;
	}
	grow(b, (uint32_t)index + 1);
	while (b->out->argc < index)
		b->out->argv[b->out->argc++] = slice_make("", 0);
	b->out->argv[b->out->argc++] = value;
}

/* Of a string of len bytes, as many as may still be kept. */
static size_t keep(struct builder *b, size_t len)
{
	size_t left = LIMIT_ARGV_BYTES - b->bytes;

	if (len > left) {
		b->out->cut = true;
		len = left;
	}
	b->bytes += len;
	return len;
}

/* Bytes of argument index that are not kept. */
static void leave(struct builder *b, const char *bytes, size_t len)
{
	if (!b->rest)
		b->rest = sha256_new();
	sha256_add(b->rest, bytes, len);
}

/* The argument has ended: where a part of it was left out, so is its NUL. */
static void leave_end(struct builder *b)
{
	if (b->rest)
		sha256_add(b->rest, "", 1);
}

/* The same as in the records: quoted, or hexadecimal digits. */
static void leave_raw(struct builder *b, struct slice raw, bool hex, size_t from)
{
	char bytes[512];

	if (!hex) {
		raw = slice_skip(field_unquoted(raw), from);
		leave(b, raw.ptr, raw.len);
		return;
	}
	raw = slice_skip(raw, from * 2);
	while (raw.len >= 2) {
		size_t n = raw.len / 2 < sizeof(bytes) ? raw.len / 2 : sizeof(bytes);

		field_unhex(slice_make(raw.ptr, n * 2), bytes);
		leave(b, bytes, n);
		raw = slice_skip(raw, n * 2);
	}
}

static void put_whole(struct builder *b, const struct piece *piece)
{
	struct slice value = field_text(piece->value, b->arena);
	size_t kept = piece->index < LIMIT_ARGS_KEPT ? keep(b, value.len) : 0;

	if (kept < value.len || piece->index >= LIMIT_ARGS_KEPT)
		leave(b, value.ptr + kept, value.len - kept);
	leave_end(b);
	value.len = kept;
	put(b, piece->index, value);
}

/* Bytes that the parts of argument index hold, from this one on. */
static size_t parts_size(struct walk walk, const struct piece *first)
{
	struct piece piece = *first;
	size_t size = 0;

	do {
		if (piece.kind != PIECE_PART || piece.index != first->index)
			break;
		size += piece.value.len;
	} while (walk_next(&walk, &piece));
	return size;
}

/*
 * Joins all parts of one argument. Takes those that follow from walk, and
 * leaves the first piece that is none of them in *piece; false when there
 * are no more.
 */
static bool put_parts(struct builder *b, struct walk *walk, struct piece *piece)
{
	uint64_t index = piece->index;
	size_t room = parts_size(*walk, piece);
	char *bytes;
	size_t len = 0;
	bool more = true;

	if (room > LIMIT_ARGV_BYTES)
		room = LIMIT_ARGV_BYTES;
	bytes = arena_alloc(b->arena, room + 1);
	while (more && piece->kind == PIECE_PART && piece->index == index) {
		struct slice raw = piece->value;
		bool hex = field_is_hex(raw);
		size_t size = hex ? raw.len / 2 : field_unquoted(raw).len;
		size_t kept = index < LIMIT_ARGS_KEPT ? keep(b, size) : 0;

		if (hex)
			field_unhex(slice_make(raw.ptr, kept * 2), bytes + len);
		else if (kept)
			memcpy(bytes + len, field_unquoted(raw).ptr, kept);
		if (kept < size)
			leave_raw(b, raw, hex, kept);
		len += kept;
		more = walk_next(walk, piece);
	}
	leave_end(b);
	put(b, index, slice_make(bytes, len));
	return more;
}

static void end_rest(struct builder *b, bool complete)
{
	uint8_t digest[SHA256_LEN];
	char *hex;

	if (!b->rest)
		return;
	sha256_end(b->rest, digest);
	sha256_free(&b->rest);
	if (!complete)
		return;
	hex = arena_alloc(b->arena, SHA256_HEX + 1);
	hex_encode(digest, sizeof(digest), hex);
	b->out->rest_sha256 = hex;
}

bool argv_join(const struct event *event, struct arena *arena, struct event_argv *out)
{
	struct walk walk = { .event = event };
	struct builder b = { .arena = arena, .out = out };
	struct piece piece;
	bool more, complete;

	*out = (struct event_argv){ 0 };
	if (!event_record(event, AUDIT_EXECVE))
		return false;
	more = walk_next(&walk, &piece);
	while (more) {
		if (piece.kind == PIECE_ARGC) {
			num_u64(piece.value, &out->total);
		} else if (piece.kind != PIECE_LEN && piece.index >= b.next) {
			if (piece.kind == PIECE_PART) {
				more = put_parts(&b, &walk, &piece);
				continue;
			}
			put_whole(&b, &piece);
		}
		more = walk_next(&walk, &piece);
	}
	if (out->total < out->argc)
		out->total = out->argc;
	complete = out->total <= b.next && argv_complete(event);
	out->cut |= !complete;
	end_rest(&b, complete);
	return true;
}

bool argv_complete(const struct event *event)
{
	struct walk walk = { .event = event };
	uint64_t argc = 0, seen = 0, length = 0, parts = 0, part_of = UINT64_MAX;
	struct piece piece;

	while (walk_next(&walk, &piece)) {
		if (piece.kind == PIECE_ARGC) {
			num_u64(piece.value, &argc);
		} else if (piece.kind == PIECE_LEN) {
			if (parts != length || !num_u64(piece.value, &length))
				return false;
			parts = 0;
			part_of = piece.index;
		} else if (piece.kind == PIECE_PART) {
			if (piece.index != part_of)
				return false;
			/* LENGTH counts what is written: hex digits as they
			 * stand, and text without its quotes. */
			parts += field_unquoted(piece.value).len;
			seen += piece.index >= seen;
		} else {
			seen += piece.index >= seen;
		}
	}
	return parts == length && seen >= argc;
}
