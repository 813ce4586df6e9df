/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each fuzz_<name>.c defines; libFuzzer's name and contract. */
#ifndef AUSPEX_FUZZ_H
#define AUSPEX_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Any bytes. Returns 0; what is wrong ends the program. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
