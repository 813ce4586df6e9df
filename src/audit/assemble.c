/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open events stand in a list in the order of their first records, and in a
 * hash table by their id. Only the head of the list is ever handed out: when
 * it is done, when it has aged, or when there is too much behind it. An
 * event is a slot with one growing text buffer into which its lines are
 * copied; slots are used again, so that a steady stream allocates nothing.
 */
#include "audit/assemble.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "audit/assemble_priv.h"
#include "audit/limits.h"
#include "base/compiler.h"
#include "base/map.h"
#include "base/xalloc.h"

enum {
	SPARE_SLOTS = 256, /* kept for the next events */
	TEXT_START = 2048,
	TEXT_KEEP = 64 * 1024, /* larger buffers are not kept */
	RECORDS_START = 8,
	RECORDS_KEEP = 256,
	/* What auditd writes of itself (libaudit.h, not in the kernel's header). */
	FIRST_DAEMON = AUDIT_DAEMON_START,
	LAST_DAEMON = 1299,
};

static void list_add(struct slot_list *list, struct slot *slot)
{
	slot->next = NULL;
	if (list->tail)
		list->tail->next = slot;
	else
		list->head = slot;
	list->tail = slot;
}

static struct slot *list_take(struct slot_list *list)
{
	struct slot *slot = list->head;

	if (slot) {
		list->head = slot->next;
		if (!list->head)
			list->tail = NULL;
	}
	return slot;
}

struct assembler *assembler_new(void)
{
	struct assembler *a = xcalloc(1, sizeof(*a));

	for (size_t i = 0; i < ARRAY_SIZE(a->seed); i++)
		a->seed[i] = hash_u64(i) | 1;
	for (size_t i = 0; i < GONE; i++)
		a->gone[i].time = UINT64_MAX; /* no event's */
	a->ends = syscall_ends_new();
	return a;
}

static void slot_free(struct slot *slot)
{
	free(slot->text);
	free(slot->event.records);
	arena_fini(&slot->arena);
	free(slot);
}

static void list_free(struct slot *head)
{
	struct slot *next;

	for (; head; head = next) {
		next = head->next;
		slot_free(head);
	}
}

void assembler_free(struct assembler **assembler)
{
	if (!*assembler)
		return;
	list_free((*assembler)->open.head);
	list_free((*assembler)->ready.head);
	list_free((*assembler)->spare);
	if ((*assembler)->lent)
		slot_free((*assembler)->lent);
	free((*assembler)->ends);
	free(*assembler);
	*assembler = NULL;
}

static struct slot *slot_get(struct assembler *a)
{
	struct slot *slot = a->spare;

	if (!slot)
		return xcalloc(1, sizeof(*slot));
	a->spare = slot->next;
	a->nspare--;
	return slot;
}

/* Makes a slot that was handed out ready for the next event. */
static void slot_put(struct assembler *a, struct slot *slot)
{
	struct record *records = slot->event.records;
	struct arena arena;

	if (a->nspare >= SPARE_SLOTS) {
		slot_free(slot);
		return;
	}
	if (slot->cap > TEXT_KEEP) {
		free(slot->text);
		slot->text = NULL;
		slot->cap = 0;
	}
	if (slot->room > RECORDS_KEEP) {
		free(records);
		records = NULL;
		slot->room = 0;
	}
	arena_reset(&slot->arena);
	arena = slot->arena;
	*slot = (struct slot){ .text = slot->text,
			       .cap = slot->cap,
			       .room = slot->room,
			       .arena = arena,
			       .event.records = records,
			       .next = a->spare };
	a->spare = slot;
	a->nspare++;
}

static bool same_id(const struct id *a, const struct id *b)
{
	return a->serial == b->serial && a->time == b->time && a->node == b->node;
}

/* FNV-1a: the same in every run, as an id may be saved. */
static uint64_t node_hash(struct slice node)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < node.len; i++)
		hash = (hash ^ (unsigned char)node.ptr[i]) * 0x100000001b3u;
	return hash | 1;
}

struct id slot_id(const struct record *record)
{
	return (struct id){
		.time = record->sec * 1000 + record->msec,
		.node = record->node.len ? node_hash(record->node) : 0,
		.serial = record->serial,
	};
}

/* Multiply-shift with secret factors: the high bits are what is mixed. */
static struct slot **bucket(struct assembler *a, const struct id *id)
{
	uint64_t hash =
		id->time * a->seed[0] + id->node * a->seed[1] + id->serial * a->seed[2];

	return &a->buckets[hash >> (64 - BUCKET_BITS)];
}

static struct slot *find(struct assembler *a, const struct id *id)
{
	struct slot *slot;

	if (a->last && same_id(&a->last->id, id))
		return a->last;
	for (slot = *bucket(a, id); slot; slot = slot->chain) {
		if (same_id(&slot->id, id))
			return slot;
	}
	return NULL;
}

static void unhash(struct assembler *a, struct slot *slot)
{
	struct slot **at = bucket(a, &slot->id);

	while (*at != slot)
		at = &(*at)->chain;
	*at = slot->chain;
}

struct id *gone_entry(struct assembler *a, const struct id *id)
{
	return &a->gone[id->serial & (GONE - 1)];
}

static bool expects_proctitle(struct assembler *a, const struct slot *slot)
{
	if (slot->alone || slot->eoe)
		return false;
	if (a->proctitle_seen)
		return true;
	if (a->proctitle_trial == PROCTITLE_TRIAL)
		return false;
	a->proctitle_trial++;
	return true;
}

/* Moves the head of the open events to those that are ready. */
static void hand_out(struct assembler *a, enum event_end end)
{
	struct slot *slot = list_take(&a->open);

	slot->event.end = end;
	slot->proctitle = expects_proctitle(a, slot);
	a->nopen--;
	a->open_bytes -= slot->cap;
	if (a->last == slot)
		a->last = NULL;
	if (!slot->alone) {
		unhash(a, slot);
		*gone_entry(a, &slot->id) = slot->id;
	}
	list_add(&a->ready, slot);
}

static void hand_out_ready(struct assembler *a)
{
	while (a->open.head) {
		const struct slot *head = a->open.head;

		if (head->done)
			hand_out(a, EVENT_COMPLETE);
		else if (a->arrivals - head->last_arrival > LIMIT_WINDOW)
			hand_out(a, EVENT_TIMEOUT);
		else if (a->nopen > LIMIT_OPEN_EVENTS || a->open_bytes > LIMIT_OPEN_BYTES)
			hand_out(a, EVENT_OVERFLOW);
		else
			break;
	}
}

/*
 * Records that are an event of their own: sent by user space (the kernel
 * stamps each anew: audit_log_user_recv_msg() in kernel/audit.c), made by
 * auditd with a serial of its own, or written at boot.
 */
static bool stands_alone(uint16_t type)
{
	return type == AUDIT_USER ||
	       (type >= AUDIT_FIRST_USER_MSG && type <= AUDIT_LAST_USER_MSG) ||
	       (type >= FIRST_DAEMON && type <= LAST_DAEMON) || type == AUDIT_KERNEL ||
	       (type >= AUDIT_FIRST_USER_MSG2 && type <= AUDIT_LAST_USER_MSG2);
}

struct slot *slot_open(struct assembler *a, const struct id *id, bool alone)
{
	struct slot *slot = slot_get(a);
	struct slot **head;

	slot->id = *id;
	slot->alone = alone;
	slot->done = alone;
	slot->event.time = (stamp_ms)id->time;
	slot->event.serial = id->serial;
	slot->event.arena = &slot->arena;
	slot->event.memo = &slot->memo;
	if (!alone) {
		head = bucket(a, id);
		slot->chain = *head;
		*head = slot;
	}
	list_add(&a->open, slot);
	a->nopen++;
	a->open_bytes += slot->cap;
	return slot;
}

static struct slice moved(struct slice s, const char *from, const char *to)
{
	return slice_make(to + (s.ptr - from), s.len);
}

/* Makes the slices of a record, which point into from, point into to. */
static void move_record(struct record *record, const char *from, const char *to)
{
	record->line = moved(record->line, from, to);
	record->node = moved(record->node, from, to);
	record->body = moved(record->body, from, to);
	record->enriched = moved(record->enriched, from, to);
}

static void grow_text(struct assembler *a, struct slot *slot, size_t need)
{
	size_t cap = slot->cap ? slot->cap : TEXT_START;
	char *text;

	while (cap < need)
		cap *= 2;
	text = xmalloc(cap);
	if (slot->len)
		memcpy(text, slot->text, slot->len);
	for (uint32_t i = 0; i < slot->event.nrecords; i++)
		move_record(&slot->event.records[i], slot->text, text);
	free(slot->text);
	slot->text = text;
	a->open_bytes += cap - slot->cap;
	slot->cap = cap;
}

bool slot_add_record(struct assembler *a, struct slot *slot, struct record *record)
{
	struct event *event = &slot->event;
	size_t need = slot->len + record->line.len + 1;
	char *copy;

	if (event->nrecords == LIMIT_EVENT_RECORDS || need > LIMIT_EVENT_BYTES)
		return false;
	if (need > slot->cap)
		grow_text(a, slot, need);
	if (event->nrecords == slot->room) {
		slot->room = slot->room ? slot->room * 2 : RECORDS_START;
		event->records = xreallocarray(event->records, slot->room,
					       sizeof(*event->records));
	}
	copy = slot->text + slot->len;
	memcpy(copy, record->line.ptr, record->line.len);
	copy[record->line.len] = '\n';
	move_record(record, record->line.ptr, copy);
	slot->len = need;
	event->records[event->nrecords++] = *record;
	return true;
}

/* The event of this record, or a new one; NULL: an EOE that ends nothing. */
static struct slot *slot_for(struct assembler *a, const struct record *record)
{
	struct id id = slot_id(record);
	struct slot *slot;

	if (stands_alone(record->type))
		return slot_open(a, &id, true);
	slot = find(a, &id);
	if (slot)
		return slot;
	if (record->type == AUDIT_EOE)
		return NULL;
	slot = slot_open(a, &id, false);
	if (same_id(gone_entry(a, &id), &id)) {
		slot->event.missing |= EVENT_REST;
		a->stats.late++;
	}
	return slot;
}

static void take_record(struct assembler *a, struct record *record, bool cut)
{
	struct slot *slot = slot_for(a, record);

	a->arrivals++;
	if (!slot)
		return;
	a->last = slot->alone ? NULL : slot;
	slot->last_arrival = a->arrivals;
	slot->last_ms = a->now_ms;
	if (record->type == AUDIT_EOE) {
		slot->eoe = slot->done = true;
		return;
	}
	if (record->type == AUDIT_PROCTITLE) {
		slot->done = true;
		a->proctitle_seen = true;
	}
	if (!slot_add_record(a, slot, record) || cut)
		slot->event.missing |= EVENT_CUT;
}

void assembler_feed(struct assembler *a, struct slice line)
{
	struct record record;
	bool cut = line.len > LIMIT_LINE;

	if (line.len == 0)
		return;
	if (UNLIKELY(cut)) {
		line.len = LIMIT_LINE;
		a->stats.too_long++;
	}
	if (UNLIKELY(!record_scan(line, &record))) {
		a->stats.malformed++;
		return;
	}
	a->stats.records++;
	take_record(a, &record, cut);
	hand_out_ready(a);
}

void assembler_tick(struct assembler *a, uint64_t now_ms, uint64_t max_age_ms)
{
	/* When those came that were loaded is not known: it is not long ago. */
	for (struct slot *slot = a->open.head; slot && a->now_ms == 0; slot = slot->next)
		slot->last_ms = now_ms;
	a->now_ms = now_ms;
	while (a->open.head && now_ms - a->open.head->last_ms >= max_age_ms) {
		hand_out(a, a->open.head->done ? EVENT_COMPLETE : EVENT_TIMEOUT);
		hand_out_ready(a);
	}
}

void assembler_flush(struct assembler *a)
{
	while (a->open.head)
		hand_out(a, a->open.head->done ? EVENT_COMPLETE : EVENT_FLUSH);
}

static void count(struct assembler_stats *stats, const struct event *event)
{
	uint32_t missing = event->missing;

	stats->events++;
	stats->ends[event->end]++;
	stats->no_key += event->has_syscall && !event->syscall.has_key;
	if (LIKELY(!missing))
		return;
	stats->incomplete++;
	stats->no_syscall += (missing & EVENT_NO_SYSCALL) != 0;
	stats->no_proctitle += (missing & EVENT_NO_PROCTITLE) != 0;
	stats->no_path += (missing & EVENT_NO_PATH) != 0;
	stats->no_execve += (missing & EVENT_NO_EXECVE) != 0;
	stats->no_args += (missing & EVENT_NO_ARGS) != 0;
	stats->cut += (missing & EVENT_CUT) != 0;
}

struct event *assembler_next(struct assembler *a)
{
	struct slot *slot;

	if (a->lent)
		slot_put(a, a->lent);
	a->lent = slot = list_take(&a->ready);
	if (!slot)
		return NULL;
	slot->event.node =
		slot->event.nrecords ? slot->event.records[0].node : slice_make(NULL, 0);
	event_finish(&slot->event, slot->proctitle, a->ends);
	count(&a->stats, &slot->event);
	return &slot->event;
}

uint32_t assembler_open(const struct assembler *a)
{
	return a->nopen;
}

const struct assembler_stats *assembler_stats(const struct assembler *a)
{
	return &a->stats;
}

void assembler_count_from(struct assembler *a, const struct assembler_stats *stats)
{
	a->stats = *stats;
}
