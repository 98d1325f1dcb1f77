/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Physical memory whose first reachable bytes are an input. Zeros follow. Each answer
 * of boot_physical() is a heap block of its own, with exactly the bytes that were
 * asked for, so that every read beyond them is seen.
 */
#pragma once

#include "fuzz.h"

#include "memory.h"

/* How far memory reaches: not far, so that hostile loops through it are short. */
#define MEMORY_START 0x1000ull
#define MEMORY_END 0x5000ull

void memory_begin(const uint8_t *data, size_t size);

/* All answers are gone. */
void memory_end(void);

/*
 * From now on, in what is asked for, the byte at `at` is such that all of them
 * add up to zero. That is how firmware protects its tables, and an input that is
 * changed at random would hardly ever get it right.
 */
void memory_sums_are_right(size_t at);

/* Change the byte at `at` such that all bytes add up to zero. */
void set_sum(uint8_t *bytes, size_t size, size_t at);
