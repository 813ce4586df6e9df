/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/mender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/xalloc.h"
#include "engine/logline.h"

enum {
	/* Where no place is remembered: the first line is in the end of the log. */
	LOOK_BACK = 64 << 20,
	/* Where the last one stopped, for what it had read and comes all the same. */
	LATE = 16 << 20,
	SCAN_PER_LINE = 16, /* bytes that may be looked through for each of the stream */
	ODD_LINES = 8,      /* of the stream that the log does not have */
	TITLES = 1024,      /* events whose last record was seen; a power of two */
	NO_TITLES = 64,     /* events without one, after which none is expected */
	ASK_MIN_MS = 1000,  /* between two fruitless questions, then doubled */
	ASK_MAX_MS = 64000,
	QUIET_MS = 1000, /* what the log has for so long will not come any more */
	ALIVE_LINES = 65536,
	RACES = 4, /* rotations while the log's end is read */
};

static const uint64_t SCAN_MAX = (uint64_t)8 << 30;

struct mender {
	struct mender_setup setup;
	struct chain *chain;
	bool open;
	/* What stands before main is what the stream said last. */
	bool aligned;
	unsigned nodd;
	uint64_t odd[ODD_LINES]; /* lines that the log did not have, since then */
	uint64_t looked;         /* lines */
	uint64_t debt;           /* bytes that were looked through in vain */
	uint64_t ask_due, ask_wait;
	uint64_t titles[TITLES];
	unsigned untitled;
	/* What is being filled */
	bool filling, to_end;
	struct chain_pos fill_to;
	unsigned races;
	char node[256]; /* "node=NAME " of the stream, or "" */
	bool node_known;
	struct mender_count read, lost;
	int64_t last_time; /* of the line before main */
	uint64_t last_file;
	/* What was read without being shown by a line, from there to main */
	bool guessed;
	struct chain_pos guessed_from;
	uint64_t quiet_since; /* 0: not quiet */
	struct chain_pos quiet_to;
	/* Places to go on from */
	bool begun, settled;
	struct chain_pos origin, settled_at;
	struct chain_pos known_to; /* what is before that was read before */
};

struct mender *mender_new(const struct mender_setup *setup)
{
	struct mender *m = xcalloc(1, sizeof(*m));

	m->setup = *setup;
	m->chain = chain_new(setup->list, setup->ctx);
	return m;
}

void mender_free(struct mender **mender)
{
	if (!*mender)
		return;
	chain_free(&(*mender)->chain);
	free(*mender);
	*mender = NULL;
}

/* ---- last records ---- */

/* An event's last record has come, from here or there. */
static void note_title(struct mender *m, const struct logline *h)
{
	uint64_t key = logline_event_key(h);

	m->titles[key & (TITLES - 1)] = key;
	m->untitled = 0;
}

static void note_title_of(struct mender *m, struct slice line)
{
	struct logline h;

	if ((slice_starts(line, SLICE_LIT("type=PROCTITLE ")) ||
	     slice_starts(line, SLICE_LIT("node="))) &&
	    logline_read(line, &h) && logline_is_title(&h))
		note_title(m, &h);
}

/* ---- the log ---- */

static bool may_ask(const struct mender *m, uint64_t now_ms)
{
	return now_ms >= m->ask_due;
}

static void asked(struct mender *m, uint64_t now_ms, bool fruitful)
{
	if (fruitful) {
		m->ask_wait = 0;
		return;
	}
	m->ask_wait = m->ask_wait ? m->ask_wait * 2 : ASK_MIN_MS;
	if (m->ask_wait > ASK_MAX_MS)
		m->ask_wait = ASK_MAX_MS;
	m->ask_due = now_ms + m->ask_wait;
}

static bool open_log(struct mender *m, uint64_t now_ms)
{
	if (m->open || !may_ask(m, now_ms))
		return m->open;
	asked(m, now_ms, mender_open(m));
	return m->open;
}

static bool refresh(struct mender *m, uint64_t now_ms)
{
	bool more;

	if (!may_ask(m, now_ms))
		return false;
	more = chain_refresh(m->chain);
	asked(m, now_ms, more);
	return more;
}

bool mender_open(struct mender *m)
{
	m->open = chain_open(m->chain);
	if (m->open)
		chain_seek_back(m->chain, LOOK_BACK);
	return m->open;
}

bool mender_start(struct mender *m, const struct chain_mark *mark,
		  const struct chain_mark *known)
{
	const struct chain_reader *here = chain_main(m->chain);

	m->known_to = (struct chain_pos){ 0 };
	if (known && chain_seek_mark(m->chain, known))
		m->known_to = here->pos;
	m->aligned = m->settled = m->begun = chain_seek_mark(m->chain, mark);
	if (!m->aligned)
		chain_seek_back(m->chain, LOOK_BACK);
	m->settled_at = m->origin = here->pos;
	m->last_file = here->pos.file;
	/* auditd logs a record before it dispatches it: its queue may have them yet. */
	m->guessed = m->aligned;
	m->guessed_from = chain_before(m->chain, LATE);
	return m->aligned;
}

uint64_t mender_unread(struct mender *m)
{
	return chain_unread(m->chain);
}

bool mender_is_open(const struct mender *m)
{
	return m->open;
}

/* The line at main has been taken care of. */
static void pass_line(struct mender *m)
{
	struct chain_reader *here = chain_main(m->chain);

	chain_skip(here);
	if (here->pos.file != m->last_file)
		chain_forget(m->chain);
	m->last_file = here->pos.file;
}

/* ---- looking ahead ---- */

/* It is only looked at lines; who watches is to see that there is no hanging. */
static void stay_alive(struct mender *m)
{
	if (++m->looked % ALIVE_LINES == 0)
		m->setup.alive(m->setup.ctx);
}

struct wanted {
	struct slice text;
	bool whole; /* or does the line only begin so? */
	bool after; /* fill up to the line's end, not to its beginning */
};

static bool is_wanted(const struct wanted *wanted, struct slice line)
{
	return wanted->whole ? logline_same(wanted->text, line)
			     : slice_starts(line, wanted->text);
}

/* From reader on; to: not further, or NULL. *bytes: those before it. */
static bool look_through(struct mender *m, struct chain_reader *reader,
			 const struct wanted *wanted, const struct chain_pos *to,
			 uint64_t *bytes)
{
	struct slice line;

	while (*bytes < SCAN_MAX && chain_line(m->chain, reader, &line)) {
		if (to && chain_compare(&reader->pos, to) >= 0)
			return false;
		if (is_wanted(wanted, line))
			return true;
		*bytes += line.len + 1;
		chain_skip(reader);
		stay_alive(m);
	}
	return false;
}

/*
 * Finds it between main and the end. What is looked through in vain must not
 * be much more than what the stream is anyway.
 */
static bool look_ahead(struct mender *m, const struct wanted *wanted, uint64_t now_ms,
		       struct chain_pos *at, uint64_t *bytes)
{
	struct chain_reader *scout;
	bool found;

	*bytes = 0;
	if (m->debt) {
		uint64_t paid = (uint64_t)wanted->text.len * SCAN_PER_LINE;

		m->debt -= paid < m->debt ? paid : m->debt;
		return false;
	}
	scout = chain_scout(m->chain);
	do {
		found = look_through(m, scout, wanted, NULL, bytes);
	} while (!found && wanted->whole && refresh(m, now_ms));
	if (!found) {
		m->debt = *bytes;
		return false;
	}
	if (wanted->after) {
		*bytes += scout->line;
		chain_skip(scout);
	}
	*at = scout->pos;
	return true;
}

/* ---- filling ---- */

/* Of more than the limit the oldest part is passed over. */
static void pass_over(struct mender *m, uint64_t bytes)
{
	struct logline h;
	struct slice line;

	while (bytes > 0 && chain_line(m->chain, chain_main(m->chain), &line)) {
		if (logline_read(line, &h)) {
			int64_t time = logline_time(h.id);

			if (m->lost.records++ == 0)
				m->lost.first = time;
			m->lost.last = m->last_time = time;
		}
		bytes -= bytes < line.len + 1 ? bytes : line.len + 1;
		pass_line(m);
		stay_alive(m);
	}
}

static void begin_fill(struct mender *m, const struct chain_pos *to, uint64_t bytes)
{
	if (bytes > m->setup.limit)
		pass_over(m, bytes - m->setup.limit);
	m->filling = true;
	m->to_end = to == NULL;
	if (to)
		m->fill_to = *to;
	m->races = 0;
}

/*
 * Events of other hosts are in the log of an auditd that receives them, and
 * in the stream only where distribute_network says so: they are no gap.
 */
static void note_node(struct mender *m, const struct logline *h)
{
	snprintf(m->node, sizeof(m->node), "%.*s", SLICE_FMT(h->node));
	m->node_known = true;
}

static bool is_ours(const struct mender *m, const struct logline *h)
{
	return !m->node_known || slice_eq_str(h->node, m->node);
}

static bool is_odd(const struct mender *m, const struct logline *h)
{
	uint64_t key = logline_key(h);

	for (unsigned i = 0; i < m->nodd && i < ODD_LINES; i++) {
		if (m->odd[i] == key)
			return true;
	}
	return false;
}

/* Files between the last line and this one had gone before they were read. */
static void note_hole(struct mender *m, const struct logline *h)
{
	uint64_t file = chain_main(m->chain)->pos.file;

	if (file == m->last_file || !chain_is_hole(m->chain, file))
		return;
	if (m->lost.first == 0)
		m->lost.first = m->last_time;
	m->lost.last = logline_time(h->id);
}

/*
 * Not all that auditd writes of itself goes to plugins (DAEMON_CONFIG does not:
 * distribute_event() in src/auditd.c of audit 3.0.9): it is taken, not missed.
 */
static bool is_auditds(const struct logline *h)
{
	return slice_starts(h->type, SLICE_LIT("DAEMON_"));
}

static bool at_end(struct mender *m, struct slice *line)
{
	struct chain_reader *here = chain_main(m->chain);

	while (!chain_line(m->chain, here, line)) {
		if (!m->to_end || m->races++ == RACES || !chain_refresh(m->chain))
			return true;
	}
	return !m->to_end && chain_compare(&here->pos, &m->fill_to) >= 0;
}

static void count(struct mender *m, int64_t time)
{
	if (chain_compare(&chain_main(m->chain)->pos, &m->known_to) < 0)
		return;
	if (m->read.records++ == 0)
		m->read.first = time;
	m->read.last = time;
}

bool mender_fill(struct mender *m, struct slice *line)
{
	struct logline h;
	bool wanted;

	while (m->filling && !at_end(m, line)) {
		wanted = logline_read(*line, &h) && is_ours(m, &h) && !is_odd(m, &h);
		if (wanted) {
			note_hole(m, &h);
			m->last_time = logline_time(h.id);
			if (!is_auditds(&h))
				count(m, m->last_time);
			if (logline_is_title(&h))
				note_title(m, &h);
		}
		pass_line(m);
		if (wanted)
			return true;
	}
	m->filling = false;
	return false;
}

uint64_t mender_place(const struct mender *m)
{
	const struct chain_reader *here = chain_main(m->chain);

	return (here->pos.file & 0x7fff) << 48 | (here->pos.offset & 0xffffffffffff);
}

bool mender_filled(struct mender *m, struct mender_count *read, struct mender_count *lost)
{
	*read = m->read;
	*lost = m->lost;
	m->read = m->lost = (struct mender_count){ 0 };
	return read->records || lost->records || lost->first;
}

bool mender_has_lost(const struct mender *m)
{
	return m->lost.records || m->lost.first;
}

/* ---- the stream ---- */

/* *bytes: of the line in the log. */
static bool matches_next(struct mender *m, struct slice *line, size_t *bytes)
{
	struct chain_reader *here = chain_main(m->chain);
	struct slice next;

	if (here->pos.file == m->last_file && chain_skip_if(m->chain, here, *line)) {
		*bytes = line->len + 1;
		return true;
	}
	if (!chain_line(m->chain, here, &next) || !logline_same(*line, next))
		return false;
	*bytes = next.len + 1;
	pass_line(m);
	if (next.len > line->len)
		*line = next;
	return true;
}

static enum mender_verdict join(struct mender *m, struct slice line, size_t line_bytes)
{
	bool was_aligned = m->aligned;

	if (!m->begun) {
		m->origin = chain_main(m->chain)->pos;
		m->origin.offset -= line_bytes;
		m->begun = true;
	}
	m->aligned = true;
	m->guessed = false;
	m->nodd = 0;
	m->debt = 0;
	note_title_of(m, line);
	return was_aligned ? MENDER_JOINED : MENDER_TAKE;
}

/*
 * EOE comes right behind the last record of an event, and is not in the log:
 * that record is to come before it.
 */
static enum mender_verdict take_end(struct mender *m, const struct logline *h,
				    uint64_t now_ms)
{
	struct wanted wanted = { .after = true };
	uint64_t key = logline_event_key(h), bytes;
	struct chain_pos at;
	char text[512];

	if (m->titles[key & (TITLES - 1)] == key || !m->aligned ||
	    m->untitled >= NO_TITLES)
		return MENDER_PASS;
	m->untitled++;
	snprintf(text, sizeof(text),
		 "%.*stype=PROCTITLE msg=audit(%.*s):", SLICE_FMT(h->node),
		 SLICE_FMT(h->id));
	wanted.text = slice_str(text);
	if (!look_ahead(m, &wanted, now_ms, &at, &bytes))
		return MENDER_PASS;
	begin_fill(m, &at, bytes);
	return MENDER_FILL;
}

/* Was it read already, in a quiet moment or by who was there before? */
static bool was_guessed(struct mender *m, struct slice line)
{
	const struct wanted wanted = { .text = line, .whole = true };
	struct chain_reader *scout = chain_scout(m->chain);
	uint64_t bytes = 0;

	if (!m->guessed)
		return false;
	chain_move(m->chain, scout, &m->guessed_from);
	if (!look_through(m, scout, &wanted, &chain_main(m->chain)->pos, &bytes))
		return false;
	chain_skip(scout);
	m->guessed_from = scout->pos;
	return true;
}

/* The log does not have it. */
static enum mender_verdict take_odd(struct mender *m, const struct logline *h)
{
	if (m->nodd == ODD_LINES)
		m->aligned = false;
	else if (h)
		m->odd[m->nodd++] = logline_key(h);
	return MENDER_TAKE;
}

static enum mender_verdict take_other(struct mender *m, struct slice *line,
				      const struct logline *h, uint64_t now_ms)
{
	const struct wanted wanted = { .text = *line, .whole = true };
	struct chain_pos at;
	uint64_t bytes;
	size_t length;

	if (was_guessed(m, *line)) {
		note_title_of(m, *line);
		return MENDER_KNOWN;
	}
	if (!look_ahead(m, &wanted, now_ms, &at, &bytes))
		return take_odd(m, h);
	if (m->aligned) {
		begin_fill(m, &at, bytes);
		return MENDER_FILL;
	}
	chain_move(m->chain, chain_main(m->chain), &at);
	return matches_next(m, line, &length) ? join(m, *line, length) : take_odd(m, h);
}

enum mender_verdict mender_line(struct mender *m, struct slice *line, uint64_t now_ms)
{
	struct logline h;
	size_t length;

	m->quiet_since = 0;
	if (!open_log(m, now_ms))
		return MENDER_TAKE;
	if (matches_next(m, line, &length))
		return join(m, *line, length);
	if (!logline_read(*line, &h))
		return m->aligned && logline_is_torn(*line) ? MENDER_KNOWN
							    : take_odd(m, NULL);
	note_node(m, &h);
	if (slice_eq(h.type, SLICE_LIT("EOE")))
		return take_end(m, &h, now_ms);
	return take_other(m, line, &h, now_ms);
}

bool mender_quiet(struct mender *m, uint64_t until_ms, uint64_t seen_ms)
{
	struct chain_reader *scout;
	struct slice line;

	if (!m->open || !m->aligned ||
	    !chain_line(m->chain, chain_main(m->chain), &line)) {
		m->quiet_since = 0;
		return false;
	}
	if (!m->quiet_since) {
		uint64_t bytes = 0;

		scout = chain_scout(m->chain);
		look_through(m, scout, &(struct wanted){ .text = { "\n", 1 } }, NULL,
			     &bytes);
		m->quiet_to = scout->pos;
		m->quiet_since = seen_ms;
		return false;
	}
	if (until_ms < m->quiet_since + QUIET_MS)
		return false;
	m->quiet_since = 0;
	if (!m->guessed)
		m->guessed_from = chain_main(m->chain)->pos;
	m->guessed = true;
	begin_fill(m, &m->quiet_to, chain_unread(m->chain));
	return true;
}

bool mender_is_waiting(const struct mender *m)
{
	return m->quiet_since != 0;
}

bool mender_end(struct mender *m)
{
	if (!m->open || !m->aligned)
		return false;
	begin_fill(m, NULL, chain_unread(m->chain));
	return true;
}

/* ---- where to go on ---- */

void mender_settle(struct mender *m)
{
	const struct chain_reader *here = chain_main(m->chain);

	if (!m->open || !m->aligned)
		return;
	m->settled = true;
	m->settled_at = here->pos;
}

bool mender_mark(struct mender *m, struct chain_mark *out)
{
	return m->settled && chain_mark(m->chain, &m->settled_at, out);
}

bool mender_origin(struct mender *m, struct chain_mark *out)
{
	return m->begun && chain_mark(m->chain, &m->origin, out);
}

bool mender_here(struct mender *m, struct chain_mark *out)
{
	return m->open && m->aligned &&
	       chain_mark(m->chain, &chain_main(m->chain)->pos, out);
}

bool mender_exact(struct mender *m, struct chain_mark *out)
{
	return m->nodd == 0 && mender_here(m, out);
}
