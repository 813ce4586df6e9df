/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What auditd's settings (auditd.conf(5)) mean for a plugin. */
#ifndef AUSPEX_CMD_AUDITD_CONF_H
#define AUSPEX_CMD_AUDITD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { AUDITD_ADVICE_MAX = 8 };

struct auditd_advice {
	char text[256];
	bool note; /* good to know, and nothing that has to be done */
};

/*
 * Looks at auditd.conf and plugins.d/auspex.conf in dir, for that version of
 * auditd ("3.0.9", or ""). Returns how many.
 */
size_t auditd_conf_check(const char *dir, const char *version,
			 struct auditd_advice out[AUDITD_ADVICE_MAX]);

/*
 * What is known to be wrong with that version of auditd ("3.0.9"), with records
 * as text alone (log_format = RAW) or not. Returns how many; what is not to be
 * parsed has none.
 */
size_t auditd_version_check(const char *version, bool raw,
			    struct auditd_advice out[AUDITD_ADVICE_MAX]);

/* Asks auditctl for its version, which is auditd's. false: there is none. */
bool auditd_version(char *out, size_t size);

/* Is log_format = RAW in DIR/auditd.conf? */
bool auditd_is_raw(const char *dir);

/* Does auditd, whose pid that is, have a plugin of our program's name? */
bool auditd_runs_plugin(pid_t auditd);

#endif
