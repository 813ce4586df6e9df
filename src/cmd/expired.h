/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions of the settings that hold no more. */
#ifndef AUSPEX_CMD_EXPIRED_H
#define AUSPEX_CMD_EXPIRED_H

#include "config/config.h"

/* One line for each; path: of the settings. */
void expired_tell(const struct config *config, const char *path,
		  void (*tell)(const char *msg));

#endif
