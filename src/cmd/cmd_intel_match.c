/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex intel match: what is in the database already, held against lists. */
#include "cmd/cmd.h"
#include "cmd/cmd_intel.h"
#include "cmd/complain.h"

int intel_run_match(struct intel_args *args)
{
	complain("%s: not yet", args->intel);
	return STATUS_USAGE;
}
