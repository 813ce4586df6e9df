/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/expired.h"

#include <time.h>

#include "base/stamp.h"
#include "base/strbuf.h"

void expired_tell(const struct config *config, const char *path,
		  void (*tell)(const char *msg))
{
	stamp_ms now = (stamp_ms)time(NULL) * 1000;
	char when[STAMP_MAX];
	struct strbuf line;

	strbuf_init(&line);
	for (size_t i = 0; i < config->nexceptions; i++) {
		const struct exception *e = &config->exceptions[i];

		if (e->expires == 0 || e->expires > now)
			continue;
		stamp_short(e->expires, when);
		strbuf_clear(&line);
		strbuf_printf(&line,
			      "%s:%u: the exception (%s) has expired: what happened from "
			      "%.10s on is shown: renew or remove it",
			      path, e->line, e->reason, when);
		tell(strbuf_str(&line));
	}
	strbuf_fini(&line);
}
