/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For targets whose input is lines of a log: an execution that changes one
 * byte of a long input tries one record and repeats the others. Here every
 * line is changed, each in its own way, so that an execution tries as many
 * mutated records as it has lines. The target counts them with
 * fuzz_count_record(); the sum is printed when libFuzzer ends.
 */
#ifndef AUSPEX_FUZZ_MUTATE_H
#define AUSPEX_FUZZ_MUTATE_H

#include "fuzz/fuzz.h"

void fuzz_count_record(void);

/* libFuzzer's name and contract. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);

#endif
