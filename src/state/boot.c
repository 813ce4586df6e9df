/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel counts serials from 1 at boot. Time says nothing: clocks are
 * set. A fall of the serial alone says nothing either: records are held
 * back, files are given in another order. Together with what a boot leaves
 * in the log it does: DAEMON_START (auditd began, which it may do at any
 * time), SYSTEM_BOOT (which any program with CAP_AUDIT_WRITE can send), and
 * the kernel's own "state=initialized", which nobody can.
 */
#include "state/boot.h"

enum {
	/* linux/audit.h, libaudit.h */
	RECORD_SYSTEM_BOOT = 1127,
	RECORD_DAEMON_FIRST = 1200,
	RECORD_DAEMON_START = 1200,
	RECORD_DAEMON_LAST = 1299,
	RECORD_KERNEL = 2000,

	/* How far the serial must have fallen: by more than a backlog holds
	 * back while auditd is away... */
	FALL = 1 << 16,
	/* ...and where SYSTEM_BOOT itself has the low serial. */
	FALL_AT_BOOT = 1 << 10,
};

/* The counter itself has wrapped. */
static const uint32_t WRAP = UINT32_C(1) << 31;

static bool begins_kernel(const struct event *event)
{
	return slice_eq_str(event_field(event, RECORD_KERNEL, "state"), "initialized");
}

static bool is_new_boot(const struct host *host, const struct event *event)
{
	uint32_t fall =
		host->top_serial > event->serial ? host->top_serial - event->serial : 0;
	bool announced;

	if (host->top_serial == 0)
		return false;
	if (event_record(event, RECORD_KERNEL) && begins_kernel(event))
		return !host->boot_begun || host->top_serial > FALL_AT_BOOT;
	announced = event_record(event, RECORD_SYSTEM_BOOT) != NULL;
	if (fall > FALL && fall < WRAP && (host->boot_marker || announced))
		return true;
	return announced && fall > FALL_AT_BOOT && fall < WRAP;
}

bool boot_seen(struct host *host, const struct event *event)
{
	uint16_t type = event->nrecords ? event->records[0].type : 0;
	bool boot;

	if (type >= RECORD_DAEMON_FIRST && type <= RECORD_DAEMON_LAST) {
		/* auditd counts for itself. */
		host->boot_marker |= type == RECORD_DAEMON_START;
		return false;
	}
	boot = is_new_boot(host, event);
	if (boot)
		host->boot_begun = event_record(event, RECORD_SYSTEM_BOOT) != NULL;
	if (boot || event->serial > host->top_serial ||
	    host->top_serial - event->serial >= WRAP)
		host->top_serial = event->serial;
	if (boot || host->top_serial - event->serial <= FALL)
		host->boot_marker = false;
	return boot;
}
