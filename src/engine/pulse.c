/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/pulse.h"

#include "engine/ask.h"

static int note(struct engine *engine, const char *kind, const char *detail,
		const struct trouble *t, stamp_ms last, struct err *err)
{
	struct health_row row = { .kind = kind,
				  .detail = detail,
				  .count = t->count,
				  .first = t->since,
				  .last = last };

	return engine_note(engine, &row, err);
}

/*
 * The kernel counts what it lost since it was booted, and gives lost records
 * no serials: only the counter tells (kernel/audit.c, audit_log_start).
 */
static int take_lost(struct pulse *p, uint64_t lost, stamp_ms now, struct engine *engine,
		     struct err *err)
{
	uint64_t more = lost >= p->lost ? lost - p->lost : lost;

	if (!p->known || more == 0) {
		p->losing.since = 0;
		return 0;
	}
	if (!p->losing.since)
		p->losing = (struct trouble){ .since = p->seen };
	p->losing.count += more;
	return note(engine, "kernel_lost",
		    "records that the kernel had no room for: raise -b and see what "
		    "rules make so many",
		    &p->losing, now, err);
}

/* Something that is so or not; one row from its beginning to its end. */
static int take_state(struct trouble *t, bool bad, stamp_ms now, struct engine *engine,
		      const char *kind, const char *detail, struct err *err)
{
	if (!bad) {
		t->since = 0;
		return 0;
	}
	if (!t->since)
		*t = (struct trouble){ .since = now, .count = 1 };
	return note(engine, kind, detail, t, now, err);
}

int pulse_take(struct pulse *p, struct slice texts, struct engine *engine,
	       struct err *err)
{
	uint64_t now, lost, enabled, rate;
	struct slice overflow = ask_get(texts, "overflow");

	if (!ask_get_number(texts, "time", &now))
		return 0;
	if (ask_get_number(texts, "lost", &lost)) {
		if (take_lost(p, lost, (stamp_ms)now, engine, err) != 0)
			return -1;
		p->known = true;
		p->lost = lost;
		p->seen = (stamp_ms)now;
	}
	if (ask_get_number(texts, "enabled", &enabled) &&
	    take_state(&p->off, enabled == 0, (stamp_ms)now, engine, "audit_off",
		       "the kernel's audit is switched off: auditctl -e 1", err) != 0)
		return -1;
	if (ask_get_number(texts, "rate_limit", &rate) &&
	    take_state(&p->limited, rate != 0, (stamp_ms)now, engine, "rate_limit",
		       "the kernel drops single records above a rate: auditctl -r 0",
		       err) != 0)
		return -1;
	if (!overflow.ptr)
		return 0;
	return take_state(&p->overflow, slice_eq_str(overflow, "yes"), (stamp_ms)now,
			  engine, "auditd_overflow",
			  "auditd's queue for plugins was full: raise q_depth; what it "
			  "dropped is read back from audit.log",
			  err);
}
