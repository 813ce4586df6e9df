/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/detector.h"

#include "detect/families.h"

static const struct detector *const table[] = {
	&detector_drift,       &detector_shell,
	&detector_child_shell, &detector_pipeline,
	&detector_relay_tool,  &detector_malicious_net,
	&detector_signature,   NULL,
};

const struct detector *const *detectors(void)
{
	return table;
}
