/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/take.h"

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
	if (severity_parse(text, &filter->severity))
		return true;
	complain("%s: \"%s\" is no severity: use info, low, medium, high or critical",
		 command, text);
	return false;
}
