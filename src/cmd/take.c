/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/take.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stamp.h"
#include "cmd/complain.h"

bool take_time(const char *command, const char *option, const char *text, stamp_ms *out)
{
	if (stamp_parse(text, wall_ms(), out))
		return true;
	complain("%s: --%s: \"%s\" is no time: try 2026-11-21, \"2026-11-21 23:25\", "
		 "yesterday or \"2 hours ago\"",
		 command, option, text);
	return false;
}

bool take_severity(const char *command, const char *text, struct finding_filter *filter)
{
	filter->has_severity = true;
	for (int i = 0; i < SEV_MAX; i++) {
		filter->severity = (enum severity)i;
		if (strcasecmp(severity_name(filter->severity), text) == 0)
			return true;
	}
	complain("%s: \"%s\" is no severity: use info, low, medium, high or critical",
		 command, text);
	return false;
}

int take_output(const char *path, struct fsio_out **out)
{
	struct err err;
	int rc = path && strcmp(path, "-") != 0
			 ? fsio_out_open(path, out, &err)
			 : fsio_out_fd(STDOUT_FILENO, "standard output", out, &err);

	if (rc != 0)
		complain("%s", err.msg);
	return rc;
}
