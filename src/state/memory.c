/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/memory.h"

static const struct {
	const char *kind, *detail;
} names[LOSS_MAX] = {
	[LOSS_FDS] = { "state_descriptors", "descriptors that were not kept: too many" },
	[LOSS_IDLE] = { "state_idle", "times that an idle process was put away, without "
				      "its arguments, to make room" },
	[LOSS_PROCESSES] = { "state_processes",
			     "idle processes that were forgotten to make room" },
	[LOSS_LINES] = { "state_ancestors",
			 "ended ancestors that were cut off: too long a line" },
	[LOSS_IMAGES] = { "state_images", "programs that were forgotten unstored" },
	[LOSS_HOSTS] = { "state_hosts", "events of more hosts than are followed" },
	[LOSS_CHANNELS] = { "state_channels",
			    "FIFOs and pseudo-terminals beyond what is followed" },
	[LOSS_CONTAINERS] = { "state_containers",
			      "containers, and names of such, that were not kept: too many" },
	[LOSS_FILES] = { "state_files",
			 "files whose history was forgotten to make room" },
};

const char *loss_kind(enum loss loss)
{
	return names[loss].kind;
}

const char *loss_detail(enum loss loss)
{
	return names[loss].detail;
}
