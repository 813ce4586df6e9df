/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What time it is. None of these fails or allocates. */
#ifndef AUSPEX_BASE_CLOCK_H
#define AUSPEX_BASE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, in us and in ms: for how long something takes. */
uint64_t mono_us(void);
uint64_t mono_ms(void);
/* CLOCK_REALTIME, in ms since 1970: for what is written down. */
int64_t wall_ms(void);

#endif
