/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What auditd's settings (auditd.conf(5)) mean for a plugin. */
#ifndef AUSPEX_CMD_AUDITD_CONF_H
#define AUSPEX_CMD_AUDITD_CONF_H

#include <stddef.h>

enum { AUDITD_ADVICE_MAX = 8 };

struct auditd_advice {
	char text[256];
};

/* Looks at auditd.conf and plugins.d/auspex.conf in dir. Returns how many. */
size_t auditd_conf_check(const char *dir, struct auditd_advice out[AUDITD_ADVICE_MAX]);

#endif
