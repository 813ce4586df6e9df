/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/usernames.h"

#include <linux/audit.h>
#include <string.h>

#include "audit/field.h"
#include "audit/record.h"
#include "base/compiler.h"
#include "base/num.h"

enum { NAMES_MAX = 16 };

struct names {
	struct {
		uint32_t id;
		const char *name; /* in the finding's arena */
	} list[NAMES_MAX];
	size_t n;
};

static const char *name_of(const struct names *names, uint32_t id)
{
	for (size_t i = 0; i < names->n; i++) {
		if (names->list[i].id == id)
			return names->list[i].name;
	}
	return NULL;
}

static struct slice value_of(struct slice fields, const char *key)
{
	struct field field;

	while (field_next(&fields, &field)) {
		if (slice_eq_str(field.key, key))
			return field.value;
	}
	return slice_make(NULL, 0);
}

/* uid=33 of the body and UID="www-data" of what auditd has put behind it. */
static void learn(struct names *names, struct arena *arena, const struct record *record,
		  const char *key, const char *enriched)
{
	struct slice name = value_of(record->enriched, enriched);
	uint32_t id;

	if (name.len == 0 || names->n == NAMES_MAX ||
	    !num_u32(value_of(record->body, key), &id) || id == AUDIT_ID_UNSET ||
	    name_of(names, id))
		return;
	name = field_text(name, arena);
	/* What auditd writes for a number without a name: auditd-event.c. */
	if (name.len == 0 || slice_starts(name, SLICE_LIT("unknown(")))
		return;
	names->list[names->n].id = id;
	names->list[names->n++].name = arena_slice_dup(arena, name);
}

static void learn_lines(struct names *names, struct arena *arena, const char *raw)
{
	while (*raw) {
		size_t len = strcspn(raw, "\n");
		struct record record;

		if (record_scan(slice_make(raw, len), &record) &&
		    record.type == AUDIT_SYSCALL && record.enriched.len > 0) {
			learn(names, arena, &record, "uid", "UID");
			learn(names, arena, &record, "auid", "AUID");
		}
		raw += len + (raw[len] == '\n');
	}
}

/* Processes of a finding are its own, in its arena, whatever others see. */
static void fill(const struct names *names, const struct finding_process *process)
{
	struct finding_process *p = (struct finding_process *)process;

	if (p && !p->uid_name && p->observed)
		p->uid_name = name_of(names, p->user_id);
}

void usernames_fill(struct finding *f)
{
	struct names names = { 0 };

	for (size_t i = 0; i < f->nevidence; i++) {
		if (f->evidence[i].raw)
			learn_lines(&names, &f->arena, f->evidence[i].raw);
	}
	if (names.n == 0)
		return;
	fill(&names, f->process);
	for (size_t i = 0; i < f->nancestry; i++)
		fill(&names, f->ancestry[i]);
	if (f->target)
		fill(&names, f->target->writer);
}
