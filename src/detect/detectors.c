/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/detector.h"

#include "detect/families.h"

static const struct detector *const table[] = {
	&detector_drift,
	&detector_shell,
	NULL,
};

const struct detector *const *detectors(void)
{
	return table;
}
